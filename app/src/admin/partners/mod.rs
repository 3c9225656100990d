//! `/admin/partners`: the companies that receive leads, their users, permissions and activity.

mod access_page;
pub mod api;
mod fields;
pub(crate) mod frame;
pub mod import_api;
mod import_page;
mod leads_page;
mod list_page;
mod new_page;
mod overview_page;
mod reading_pages;
pub mod users_api;
mod users_page;
pub mod view_api;

pub use access_page::PartnerAccessPage;
pub(crate) use access_page::sentence;
pub use import_page::ImportPartnersPage;
pub use leads_page::PartnerLeadsPage;
pub use list_page::PartnersPage;
pub use new_page::NewPartnerPage;
pub use overview_page::PartnerOverviewPage;
pub use reading_pages::{PartnerActivityPage, PartnerInvoicesPage};
pub use users_page::PartnerUsersPage;

/// The list's address.
pub(crate) const LIST: &str = "/admin/partners";
