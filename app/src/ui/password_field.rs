//! A field for a password: what is typed can be looked at, Caps Lock is told of, and a new one says how much is missing.

use domain::passwords::MIN_LENGTH;
use leptos::{
    ev,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, Event, HtmlInputElement},
};

use super::{form_help::FormHelp, swap::all};

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
    #[prop(into)]
    message: Signal<Option<String>>,
    /// Whether it was refused, although nothing can be said of it by itself.
    #[prop(into, optional)]
    refused: Signal<bool>,
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
                aria-invalid=move || (message.get().is_some() || refused.get()).then_some("true")/>
            <button class="field__show" type="button" aria-controls=name hidden>{SHOW}</button>
            {(!hint.is_empty()).then(|| view! { <p class="field__hint" id=format!("{name}-hint")>{hint}</p> })}
            <p class="field__hint" role="status" data-typed></p>
            {move || message.get().map(|message| view! { <p class="field__error" id=format!("{name}-error")>{message}</p> })}
        </div>
    }
}

const SHOW: &str = "Show password";
const HIDE: &str = "Hide password";

/// Wakes the password fields of the page.
pub(super) fn listen() {
    let Some(root) = document().document_element() else { return };
    all(&root, ".field__show").for_each(|button| drop(button.remove_attribute("hidden")));
    window_event_listener(ev::click, |event| {
        let button = element_of(&event).and_then(|target| target.closest(".field__show").ok().flatten());
        let Some((button, input)) = button.and_then(|button| Some((button.clone(), input_of(&button)?))) else {
            return;
        };
        let hidden = input.type_() == "password";
        input.set_type(if hidden { "text" } else { "password" });
        button.set_text_content(Some(if hidden { HIDE } else { SHOW }));
    });
    // Sent as a password again, so that no browser keeps it among the texts typed before.
    window_event_listener(ev::submit, move |_| {
        for button in all(&root, ".field__show") {
            button.set_text_content(Some(SHOW));
            if let Some(input) = input_of(&button) {
                input.set_type("password");
            }
        }
    });
    window_event_listener(ev::keyup, |event| tell(&event, event.get_modifier_state("CapsLock")));
    window_event_listener(ev::focusout, |event| tell(&event, false));
}

/// Says below a password field what is missing in it, and that Caps Lock is on.
fn tell(event: &Event, capitals: bool) {
    let input = element_of(event).and_then(|target| input_of(&target));
    let Some(input) = input.filter(|input| Some(input.unchecked_ref()) == element_of(event).as_ref()) else { return };
    let place = input.closest(".field").ok().flatten();
    let Some(place) = place.and_then(|field| field.query_selector("[data-typed]").ok().flatten()) else { return };
    let missing = MIN_LENGTH.saturating_sub(input.value().chars().count());
    let new = input.autocomplete() == "new-password" && input.name() == "password" && !input.value().is_empty();
    let length = match missing {
        _ if !new => String::new(),
        0 => "Long enough.".to_owned(),
        1 => "1 more character.".to_owned(),
        _ => format!("{missing} more characters."),
    };
    let capitals = if capitals { "Caps Lock is on. " } else { "" };
    place.set_text_content(Some(format!("{capitals}{length}").trim()));
}

fn element_of(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// The input of the password field that an element stands in.
fn input_of(element: &Element) -> Option<HtmlInputElement> {
    let field = element.closest(".field--password").ok()??;
    field.query_selector("input").ok()??.dyn_into().ok()
}
