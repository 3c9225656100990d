//! What there is to say where a session ended while somebody wrote.

use leptos::{prelude::*, server::codee::string::JsonSerdeCodec};

use crate::error::AppError;

/// Says, above the page, that a form on it holds what was typed before the session ended.
#[component]
pub fn RestoredNotice() -> impl IntoView {
    // Known to the server alone, which tells the browser: both have to make the same page of it.
    let restored = SharedValue::<bool, JsonSerdeCodec>::new(is_restored).into_inner();
    restored.then(|| {
        view! {
            <div class="alert" role="status">
                <p>"Your session had ended, so nothing was saved yet. The form below holds what you had typed: look it over and send it again."</p>
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

/// How often an action has succeeded: for what is to be read anew then. A failure changes nothing, so that a form stays as it was
/// typed.
pub fn successes<I, O>(action: ServerAction<I>) -> Signal<usize>
where
    I: leptos::server_fn::ServerFn<Output = O, Error = AppError> + Clone + Send + Sync + 'static,
    O: Clone + Send + Sync + 'static,
{
    let count = Memo::new(move |before: Option<&usize>| {
        let before = before.copied().unwrap_or_default();
        let version = action.version().get();
        if version > 0 && action.value().with(|value| matches!(value, Some(Ok(_)))) { version } else { before }
    });
    count.into()
}
