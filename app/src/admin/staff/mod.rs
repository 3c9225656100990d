//! `/admin/users`: the staff itself.

pub mod api;
#[cfg(feature = "ssr")]
pub(super) mod joining;
#[cfg(feature = "ssr")]
pub(super) mod manage;
mod page;

#[cfg(feature = "ssr")]
pub use manage::INVITATION_LIFE;
pub use page::AdminsPage;
