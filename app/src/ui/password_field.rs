//! A field for a password: what is typed can be looked at, Caps Lock is told of, and a new one says how much is missing.

use leptos::prelude::*;

use super::{form_help::FormHelp, password_help::SHOW};

/// One password. Passwords never come back into it. Nor are they cut: one that is too long is refused in words.
#[component]
pub fn PasswordField(
    /// The input's name, by which errors find it.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// What browsers may fill in, as HTML's `autocomplete` names it.
    autocomplete: &'static str,
    /// What is wrong with it.
    message: Option<String>,
    /// Whether it was refused, although nothing can be said of it by itself.
    #[prop(optional)]
    refused: bool,
    /// What helps to fill it in.
    #[prop(optional)]
    hint: &'static str,
) -> impl IntoView {
    view! {
        <FormHelp/>
        <div class="field field--password">
            <label for=name>{label}</label>
            <input id=name name=name type="password" autocomplete=autocomplete required spellcheck="false" autocapitalize="none"
                aria-describedby=format!("{name}-hint {name}-error")
                aria-invalid=(message.is_some() || refused).then_some("true")/>
            <button class="field__show" type="button" aria-controls=name hidden>{SHOW}</button>
            {(!hint.is_empty()).then(|| view! { <p class="field__hint" id=format!("{name}-hint")>{hint}</p> })}
            <p class="field__hint" role="status" data-typed></p>
            {message.map(|message| view! { <p class="field__error" id=format!("{name}-error")>{message}</p> })}
        </div>
    }
}
