//! The links to a list's files.

use leptos::prelude::*;

/// Links to a list as CSV and as a workbook. They lie beside each other, and take the query of the list with them.
#[component]
pub fn ExportLinks(
    /// The list as CSV.
    csv: String,
    /// The list as a workbook.
    xlsx: String,
) -> impl IntoView {
    view! {
        <a class="button" href=csv rel="external">"Export CSV"</a>
        <a class="button" href=xlsx rel="external">"Excel"</a>
    }
}
