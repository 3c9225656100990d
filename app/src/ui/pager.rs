//! The way from page to page.

use leptos::prelude::*;

/// Links to the pages before and after; a missing one is shown as such, so that the other stays where it was.
#[component]
pub fn Pager(
    /// The first page, when this is not it.
    first: Option<String>,
    /// The page before, if there is one.
    previous: Option<String>,
    /// The page after, if there is one.
    next: Option<String>,
) -> impl IntoView {
    let link = |href: Option<String>, rel: &'static str, label: &'static str| match href {
        Some(href) => view! { <a class="button" href=href rel=rel>{label}</a> }.into_any(),
        None => view! { <span class="button button--off" aria-disabled="true">{label}</span> }.into_any(),
    };
    let any = previous.is_some() || next.is_some();
    any.then(|| {
        view! {
            <nav class="pager" aria-label="Pages">
                {first.map(|href| view! { <a class="pager__first" href=href>"First page"</a> })}
                {link(previous, "prev", "Previous")}
                {link(next, "next", "Next")}
            </nav>
        }
    })
}
