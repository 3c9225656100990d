//! Badges.

use domain::leads::LeadStatus;
use leptos::prelude::*;

/// A lead's status: a word, a sign and a colour, so that none of them has to carry it alone.
#[component]
pub fn StatusBadge(
    /// The status.
    status: LeadStatus,
) -> impl IntoView {
    view! { <span class=format!("badge badge--{status}")>{status.label()}</span> }
}
