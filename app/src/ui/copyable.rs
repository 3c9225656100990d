//! A text that is meant to be copied, with a button that does so.

use std::time::Duration;

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

/// For how long it is said that the text was copied.
const SAID: Duration = Duration::from_secs(2);

/// The text of its children, with the button behind it. Browsers let pages copy only where nobody else can have changed them: over
/// HTTPS and on the machine itself.
#[island]
pub fn Copyable(
    /// What is copied.
    children: Children,
) -> impl IntoView {
    let (may, copied) = (RwSignal::new(false), RwSignal::new(false));
    let text = NodeRef::<html::Span>::new();
    Effect::new(move || may.set(window().is_secure_context()));
    let copy = move |_| {
        let Some(text) = text.get_untracked().and_then(|text| text.text_content()) else { return };
        spawn_local(async move {
            // Whoever does not allow it still has the text to select.
            if JsFuture::from(window().navigator().clipboard().write_text(&text)).await.is_ok() {
                copied.try_set(true);
                set_timeout(
                    move || {
                        copied.try_set(false);
                    },
                    SAID,
                );
            }
        });
    };
    view! {
        <span class="copyable">
            <span node_ref=text>{children()}</span>
            <button class="button" type="button" hidden=move || !may.get() on:click=copy>"Copy"</button>
            <span class="muted" role="status">{move || copied.get().then_some("Copied.")}</span>
        </span>
    }
}
