//! The parts of pages on which a passkey is used or made. They need the browser's own dialogue, and hence its script: where there is
//! none they stay hidden, and the password and a code do.

use domain::{ids::PasskeyId, time::LocalTime};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::ways::Ways;
use crate::ui::{Alert, FormError, When};

/// A passkey of the reader's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyRow {
    /// Its id.
    pub id: PasskeyId,
    /// What the reader calls it.
    pub name: String,
    /// When it was made.
    pub created: LocalTime,
    /// When it was last used.
    pub last_used: Option<LocalTime>,
}

/// The script behind a page's forms for passkeys.
#[component]
pub(crate) fn PasskeyScript() -> impl IntoView {
    view! { <script type="module" nonce=leptos::nonce::use_nonce()>{include_str!("passkeys.js")}</script> }
}

/// What was wrong with a passkey.
#[component]
pub(crate) fn PasskeyAlert(error: FormError) -> impl IntoView {
    move || {
        let found = error.get()?;
        let text = error.message("answer").unwrap_or_else(|| found.message().to_string());
        Some(view! { <Alert>{text}</Alert> })
    }
}

/// A form that a passkey answers.
#[component]
pub(crate) fn PasskeyForm(
    /// Where the question comes from.
    ask: &'static str,
    /// Where the answer is sent.
    action: &'static str,
    /// What the button says.
    text: &'static str,
    /// Whether a new passkey is made.
    #[prop(optional)]
    new: bool,
    /// Fields that are sent along.
    children: Children,
) -> impl IntoView {
    view! {
        <form method="post" action=action class="stack" hidden data-ask=ask data-passkey=if new { "create" } else { "get" }>
            <input type="hidden" name="answer"/>
            {children()}
            <button class="button button--wide" type="submit">{text}</button>
            <p class="field__error" aria-live="assertive"></p>
        </form>
    }
}

/// The reader's passkeys, and the form for another one.
pub(super) fn passkeys(found: Vec<PasskeyRow>, ways: Ways, name_error: FormError) -> impl IntoView {
    let rows = found.into_iter().map(|passkey| {
        let used = match passkey.last_used {
            Some(used) => view! { "last used " <When time=used/> }.into_any(),
            None => view! { "added " <When time=passkey.created/> }.into_any(),
        };
        let label = format!("Remove the passkey {}", passkey.name);
        view! {
            <li class="passkey">
                <span><strong><bdi>{passkey.name}</bdi></strong> <span class="muted">" · " {used}</span></span>
                <form method="post" action=ways.passkey_remove>
                    <input type="hidden" name="id" value=passkey.id.to_string()/>
                    <button class="button button--quiet" type="submit" aria-label=label>"Remove"</button>
                </form>
            </li>
        }
    });
    let rows: Vec<_> = rows.collect();
    let message = move || name_error.message("name");
    view! {
        <h2>"Passkeys"</h2>
        <p class="muted">
            "A passkey logs you in by the finger, face or PIN of your phone or computer: without a password, and without a code. \
             Your browser asks for it."
        </p>
        <noscript><p class="muted">"To use passkeys, switch JavaScript on in your browser."</p></noscript>
        {(!rows.is_empty()).then(|| view! { <ul class="passkeys">{rows}</ul> })}
        <PasskeyForm ask=ways.passkey_begin action=ways.passkey_add text="Add a passkey" new=true>
            <div class="field">
                <label for="passkey-name">"Name"</label>
                <input id="passkey-name" name="name" type="text" maxlength="60" autocomplete="off" aria-describedby="passkey-hint"
                    aria-invalid=move || message().is_some().then_some("true")/>
                <p class="field__hint" id="passkey-hint">"So that you know it again, such as “My phone”. You can leave it empty."</p>
                {move || message().map(|message| view! { <p class="field__error">{message}</p> })}
            </div>
        </PasskeyForm>
    }
}
