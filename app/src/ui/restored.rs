//! What there is to say where somebody had to log in, or to confirm the login, before a form could be sent.

use leptos::prelude::*;

/// Says, above the page, that a form on it holds what was typed before that.
#[component]
pub fn RestoredNotice() -> impl IntoView {
    is_restored().then(|| {
        view! {
            <div class="alert" role="status">
                <p>"You had to log in or confirm your login first, so nothing was saved yet. The form below holds what you had typed: look it over and send it again."</p>
            </div>
        }
    })
}

#[cfg(feature = "ssr")]
fn is_restored() -> bool {
    use_context::<axum::http::request::Parts>()
        .is_some_and(|parts| parts.extensions.get::<crate::access::Restored>().is_some())
}

#[cfg(not(feature = "ssr"))]
fn is_restored() -> bool {
    false
}
