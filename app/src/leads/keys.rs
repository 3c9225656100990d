//! The list's keyboard shortcuts: single letters, as programs for mail have them, that can be switched off (WCAG 2.2, 2.1.4).

use leptos::{
    ev, html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement},
};
use web_sys::Storage;

use crate::ui::dom::{closest, first, focus};

/// Where the browser remembers that they are off.
const OFF: &str = "lead-shortcuts-off";

/// The shortcuts and what they do.
const SHORTCUTS: [(&str, &str); 6] = [
    ("j", "Next lead"),
    ("k", "Previous lead"),
    ("Enter", "Open the lead"),
    ("x", "Select the lead, or no longer"),
    ("/", "Search"),
    ("?", "Show this help"),
];

/// Listens for the shortcuts as long as the list is there.
pub(super) fn keys(help: NodeRef<html::Dialog>) {
    Effect::new(move || {
        let pressed = window_event_listener(ev::keydown, move |event| {
            let aside = event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing();
            if aside || event.default_prevented() || is_writing() || are_off() || is_open(help) {
                return;
            }
            let done = match event.key().as_str() {
                "j" => step(1),
                "k" => step(-1),
                "x" => pick(),
                "/" => first(&document(), "#q").is_some_and(focus),
                "?" => help.get_untracked().is_some_and(|dialog| dialog.show_modal().is_ok()),
                _ => false,
            };
            // The letter is not typed into what has the focus now.
            if done {
                event.prevent_default();
            }
        });
        on_cleanup(move || pressed.remove());
    });
}

fn storage() -> Option<Storage> {
    // A browser that keeps nothing has the shortcuts each time anew.
    window().local_storage().ok().flatten()
}

fn are_off() -> bool {
    storage().is_some_and(|storage| storage.get_item(OFF).is_ok_and(|item| item.is_some()))
}

fn is_open(help: NodeRef<html::Dialog>) -> bool {
    help.get_untracked().is_some_and(|dialog| dialog.open())
}

/// Whether what has the focus takes letters itself.
fn is_writing() -> bool {
    let takes = "input:not([type=checkbox]), textarea, select, [contenteditable]";
    document().active_element().is_some_and(|focused| focused.matches(takes).unwrap_or(false))
}

/// The row that has the focus or something in it that has.
fn row() -> Option<Element> {
    closest(&document().active_element()?, "#rows tbody tr")
}

/// Moves the focus to the next row's lead or the one before; from elsewhere to the first.
fn step(by: i8) -> bool {
    let to = match row() {
        Some(row) if by > 0 => row.next_element_sibling(),
        Some(row) => row.previous_element_sibling(),
        None => first(&document(), "#rows tbody tr"),
    };
    to.and_then(|row| first(&row, ".row-link")).is_some_and(focus)
}

fn pick() -> bool {
    let checkbox = row().and_then(|row| first(&row, "input[type=checkbox]")?.dyn_into().ok());
    checkbox.inspect(HtmlElement::click).is_some()
}

/// The way to the help, and the help with the switch. There for whoever has a keyboard, once the list is awake.
pub(super) fn shortcuts(help: NodeRef<html::Dialog>) -> impl IntoView {
    let awake = RwSignal::new(false);
    let on = RwSignal::new(true);
    Effect::new(move || {
        on.set(!are_off());
        awake.set(true);
    });
    let switch = move |event: ev::Event| {
        let wanted = event_target_checked(&event);
        let Some(storage) = storage() else { return };
        let stored = if wanted { storage.remove_item(OFF) } else { storage.set_item(OFF, "1") };
        on.set(if stored.is_ok() { wanted } else { !are_off() });
    };
    let rows = SHORTCUTS.map(|(key, meaning)| view! { <div><dt><kbd>{key}</kbd></dt><dd>{meaning}</dd></div> });
    view! {
        <button class="button button--quiet shortcuts" type="button" hidden=move || !awake.get()
            on:click=move |_| drop(help.get_untracked().map(|dialog| dialog.show_modal()))>
            "Keyboard shortcuts"
        </button>
        <dialog node_ref=help class="dialog" aria-labelledby="shortcuts">
            <h2 id="shortcuts">"Keyboard shortcuts"</h2>
            <dl class="data">{rows.into_iter().collect_view()}</dl>
            <label class="choice">
                <input type="checkbox" prop:checked=on on:change=switch/>
                "Use single keys as shortcuts"
            </label>
            <form method="dialog"><button class="button" type="submit">"Close"</button></form>
        </dialog>
    }
}
