//! Components that every feature shares.

mod activity;
mod badge;
mod brand;
mod error_page;
mod export_links;
mod field;
mod file_format;
mod href;
mod invitations;
mod layout;
mod packed;
mod pager;
mod restored;
mod status;

pub use activity::ActivityList;
pub use badge::{InvoiceBadge, PartnerBadge, StatusBadge, StatusHelp};
pub use brand::BrandStyle;
pub use error_page::{ErrorPage, NotFoundPage};
pub use export_links::ExportLinks;
pub use field::{Choice, Done, FormAlert, FormError, SelectField, TextArea, TextField, VersionField, form_error};
pub use file_format::FileFormat;
pub use href::with_pair;
pub use invitations::{invitations_card, revoke_button};
pub use layout::{PartnerLayout, ViewerResource, use_viewer};
pub use packed::Packed;
pub use pager::Pager;
pub use restored::RestoredNotice;
pub use status::Status;

use domain::time::LocalTime;
use leptos::prelude::*;

/// A message that matters now: what went wrong, or what was left out.
#[component]
pub fn Alert(
    /// The message, and links if they help.
    children: Children,
) -> impl IntoView {
    view! { <div class="alert" role="alert">{children()}</div> }
}

/// An instant: day and minute in the account's zone, the exact instant on hover.
#[component]
pub fn When(
    /// The instant.
    time: LocalTime,
) -> impl IntoView {
    view! { <time datetime=time.rfc3339() title=time.exact()>{time.date_time()}</time> }
}
