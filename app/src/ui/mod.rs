//! Components that every feature shares.

mod activity;
pub(crate) mod ago;
pub(crate) mod api_keys;
mod badge;
mod brand;
mod chart;
mod chart_keys;
pub(crate) mod clock;
mod combobox;
mod copyable;
pub(crate) mod dom;
mod error_page;
mod export_links;
mod field;
mod file_format;
mod form_help;
mod href;
mod invitations;
mod judge;
mod layout;
pub(crate) mod markup;
mod pager;
mod password_field;
mod password_help;
mod restored;
pub(crate) mod row_files;
mod status;
pub(crate) mod swap;

pub use activity::ActivityList;
pub use ago::{LiveTimes, When};
pub(crate) use badge::status_badge;
pub use badge::{InvoiceBadge, PartnerBadge, StatusBadge, StatusHelp};
pub use brand::BrandStyle;
pub(crate) use chart::{Bar, BarChart};
pub use combobox::Combobox;
pub use copyable::Copyable;
pub use error_page::{ErrorPage, NotFoundPage};
pub use export_links::ExportLinks;
pub use field::{Choice, Done, FormAlert, FormError, SelectField, TextArea, TextField, VersionField, form_error};
pub use file_format::FileFormat;
pub use form_help::FormHelp;
pub use href::with_pair;
pub use invitations::{invitations_card, revoke_button};
pub use layout::{PartnerLayout, ViewerResource, use_viewer};
pub use pager::Pager;
pub use password_field::PasswordField;
pub use restored::{RestoredNotice, TwoFactorDue};
pub use status::Status;
pub use swap::UNATTENDED;

use leptos::prelude::*;

/// A message that matters now: what went wrong, or what was left out.
#[component]
pub fn Alert(
    /// The message, and links if they help.
    children: Children,
) -> impl IntoView {
    view! { <div class="alert" role="alert">{children()}</div> }
}
