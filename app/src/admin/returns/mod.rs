//! The account's returns: what partners ask for, what was decided, what is to be credited, and the rules for all of it.

pub mod api;
mod credits;
mod policy_form;
mod policy_pages;
mod queue_page;

pub(crate) use api::DecideReturns;
pub use policy_pages::{PartnerReturnsPage, ReturnsSettingsPage};
pub use queue_page::ReturnsPage;
pub(crate) use queue_page::{Decided, decision_form};

/// Where the queue is.
const QUEUE: &str = "/admin/returns";
