//! The account's colours.

use leptos::prelude::*;
use leptos_meta::Stylesheet;

/// Loads the style sheet with the account's colours; nothing without a short name.
#[component]
pub fn BrandStyle(
    /// The account's short name.
    slug: String,
) -> impl IntoView {
    (!slug.is_empty()).then(|| view! { <Stylesheet id="brand" href=format!("/brand/{slug}.css")/> })
}
