//! What moves in password fields, see `PasswordField`.

use domain::passwords::MIN_LENGTH;
use leptos::{
    ev,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, Event, HtmlInputElement},
};

use super::dom::{all, closest, first, target_of};

/// What a password stands in, with what belongs to it.
const FIELD: &str = ".field--password";

/// What the button says while the password is hidden.
pub(super) const SHOW: &str = "Show password";
const HIDE: &str = "Hide password";

/// Wakes the password fields of the page.
pub(super) fn listen() {
    all(&document(), ".field__show").for_each(|button| drop(button.remove_attribute("hidden")));
    window_event_listener(ev::click, |event| {
        let button = target_of(&event).and_then(|target| closest(&target, ".field__show"));
        let Some((button, input)) = button.and_then(|button| Some((button.clone(), input_of(&button)?))) else {
            return;
        };
        let hidden = input.type_() == "password";
        input.set_type(if hidden { "text" } else { "password" });
        button.set_text_content(Some(if hidden { HIDE } else { SHOW }));
    });
    // Sent as a password again, so that no browser keeps it among the texts typed before.
    window_event_listener(ev::submit, |_| {
        for button in all(&document(), ".field__show") {
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
    let Some(input) = target_of::<HtmlInputElement>(event) else { return };
    let place = closest(&input, FIELD).and_then(|field| first(&field, "[data-typed]"));
    let Some(place) = place else { return };
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

/// The input of the password field that an element stands in.
fn input_of(element: &Element) -> Option<HtmlInputElement> {
    closest(element, FIELD).and_then(|field| first(&field, "input"))?.dyn_into().ok()
}
