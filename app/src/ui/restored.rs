//! What there is to say above a page: where somebody had to log in, or to confirm the login, before a form could be sent.

use domain::time::LocalTime;
use leptos::prelude::*;

use super::When;

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

/// Says, above the page, until when two-factor authentication has to be set up.
#[component]
pub fn TwoFactorDue(
    /// Until when; nothing when it need not be.
    due: Option<LocalTime>,
    /// The page where that is done.
    page: &'static str,
) -> impl IntoView {
    due.map(|due| {
        view! {
            <div class="alert" role="status">
                <p>"Your login has to be protected by a second factor from " <When time=due/> " on. " <a href=page>"Set it up"</a></p>
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
