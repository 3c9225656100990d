//! What stands where data is on its way.

use leptos::prelude::*;

/// The page's title, and grey rows in place of its own.
#[component]
pub fn Skeleton(
    /// The page's title.
    title: &'static str,
) -> impl IntoView {
    view! {
        <div class="page__head"><h1>{title}</h1></div>
        <div class="skeleton" aria-hidden="true">{(0..8).map(|_| view! { <div class="skeleton__row"></div> }).collect_view()}</div>
        <p class="sr-only" role="status">"Loading"</p>
    }
}
