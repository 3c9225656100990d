//! Badges.

use domain::{invoices::InvoiceState, leads::LeadStatus, partners::PartnerStatus};
use leptos::prelude::*;

use super::markup::Markup;

/// A lead's status: a word, a sign and a colour, so that none of them has to carry it alone.
#[component]
pub fn StatusBadge(
    /// The status.
    status: LeadStatus,
) -> impl IntoView {
    view! { <span class=lead_class(status) title=status.meaning()>{status.label()}</span> }
}

/// The same as [`StatusBadge`] in a row that is written as text.
pub(crate) fn status_badge(markup: &mut Markup, status: LeadStatus) {
    markup.element("span", &[("class", &lead_class(status)), ("title", status.meaning())], status.label());
}

fn lead_class(status: LeadStatus) -> String {
    format!("badge badge--{status}")
}

/// An invoice's state, likewise; what it means is said on hover and beside it where there is room.
#[component]
pub fn InvoiceBadge(
    /// The state.
    state: InvoiceState,
) -> impl IntoView {
    view! { <span class=format!("badge badge--{state}") title=state.meaning()>{state.label()}</span> }
}

/// Whether a partner takes part.
#[component]
pub fn PartnerBadge(
    /// The status.
    status: PartnerStatus,
) -> impl IntoView {
    view! { <span class=format!("badge badge--{status}")>{status.label()}</span> }
}

/// What each status means, for whoever asks.
#[component]
pub fn StatusHelp(
    /// Each status and its meaning.
    meanings: Vec<(&'static str, &'static str)>,
) -> impl IntoView {
    let rows = meanings.into_iter().map(|(label, meaning)| view! { <div><dt>{label}</dt><dd>{meaning}</dd></div> });
    view! {
        <details class="help">
            <summary>"What does the status mean?"</summary>
            <dl class="data">{rows.collect_view()}</dl>
        </details>
    }
}
