//! What a browser does for forms beyond HTML's own: it judges them by the domain's rules before they are sent, sends them once, and
//! asks before something typed is left behind.

use domain::validation::FieldErrors;
use leptos::{
    ev,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, FormData, HtmlFormElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement, Url},
};

use super::{
    dom::{all, closest, first, focus, target_of},
    judge::judge,
    password_help,
};
use crate::error::AppError;

/// Listens to all forms of the page that are sent by POST. It shows nothing itself.
#[island]
pub fn FormHelp() -> impl IntoView {
    Effect::new(move || {
        // A page has several forms, and one of these beside each.
        let Some(root) = document().document_element().filter(|root| !root.has_attribute(HELPED)) else { return };
        let _ = root.set_attribute(HELPED, "");
        password_help::listen();
        // What HTML itself finds wrong is said in the same way, not in a bubble that goes away.
        forms().for_each(|form| form.set_no_validate(true));
        window_event_listener(ev::focusout, |event| {
            // A line more would push what is being clicked away from under the pointer; a form that is sent is judged anyway.
            let to = event.related_target().and_then(|to| to.dyn_into::<Element>().ok());
            if to.is_none_or(|to| !to.matches("a, button, summary").unwrap_or(false)) {
                reconsider(&event, true);
            }
        });
        window_event_listener(ev::input, |event| reconsider(&event, false));
        window_event_listener(ev::submit, |event| submit(&event));
        window_event_listener(ev::beforeunload, |event| {
            if forms().any(|form| is_edited(&form)) {
                event.prevent_default();
            }
        });
        // A page that the way back leads to is as it was left.
        window_event_listener(ev::pageshow, |_| forms().for_each(|form| drop(form.remove_attribute(SENT))));
    });
}

/// Says that the page's forms are listened to.
const HELPED: &str = "data-helped";
/// Says that a form is on its way.
const SENT: &str = "data-sent";
/// Says that a summary was written here, not by the server.
const SUMMARY: &str = "data-summary";

/// The forms of the page, but for those that a list sends itself.
fn forms() -> impl Iterator<Item = HtmlFormElement> {
    all(&document(), "form[method=post]").filter(is_ours).filter_map(|form| form.dyn_into().ok())
}

/// A list takes the forms in it itself.
fn is_ours(form: &Element) -> bool {
    closest(form, "[data-part]").is_none()
}

/// What is wrong with a form as it stands.
fn errors_of(form: &HtmlFormElement) -> FieldErrors {
    let path = Url::new(&form.action()).map(|url| url.pathname()).unwrap_or_default();
    let data = FormData::new_with_form(form).ok();
    judge(&path, |name| data.as_ref()?.get(name).as_string())
}

/// A field was left, or is being changed: what is wrong with it is said when it is left, and no longer as soon as it is right.
fn reconsider(event: &ev::Event, left: bool) {
    let field = target_of::<Element>(event).filter(|field| field.has_attribute("name"));
    let form = field.as_ref().and_then(|field| closest(field, "form[method=post]")?.dyn_into().ok());
    let (Some(field), Some(form)) = (field, form) else { return };
    let marked = field.has_attribute("aria-invalid");
    // Whoever only passes through an empty field has not made a mistake yet.
    if marked || left && is_changed(&field) {
        let name = field.get_attribute("name").unwrap_or_default();
        say(&field, message(&field, errors_of(&form).get(&name)).as_deref());
    }
}

/// What is wrong with a field: what the domain says of it, or else the browser.
fn message(field: &Element, judged: Option<&str>) -> Option<String> {
    judged.map(ToOwned::to_owned).or_else(|| {
        let said = if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
            input.validation_message()
        } else if let Some(select) = field.dyn_ref::<HtmlSelectElement>() {
            select.validation_message()
        } else {
            field.dyn_ref::<HtmlTextAreaElement>()?.validation_message()
        };
        said.ok().filter(|said| !said.is_empty())
    })
}

/// Writes beside a field what is wrong with it, or that nothing is.
fn say(field: &Element, message: Option<&str>) {
    let Some(place) = closest(field, ".field") else { return };
    let old = first(&place, ".field__error");
    let Some(message) = message else {
        let _ = field.remove_attribute("aria-invalid");
        old.inspect(Element::remove);
        return;
    };
    let _ = field.set_attribute("aria-invalid", "true");
    let line = old.or_else(|| {
        let line = document().create_element("p").ok()?;
        line.set_class_name("field__error");
        line.set_id(&format!("{}-error", field.id()));
        place.append_child(&line).ok()?;
        Some(line)
    });
    if let Some(line) = line {
        line.set_text_content(Some(message));
    }
}

fn submit(event: &ev::SubmitEvent) {
    let form = target_of::<HtmlFormElement>(event);
    let Some(form) = form.filter(|form| form.method() == "post" && is_ours(form)) else { return };
    if form.has_attribute(SENT) {
        return event.prevent_default();
    }
    let errors = errors_of(&form);
    let fields = all(&form, "[name]").filter(|field| field.get_attribute("type").is_none_or(|kind| kind != "hidden"));
    let mut lines = Vec::new();
    for field in fields {
        let judged = field.get_attribute("name").and_then(|name| errors.get(&name));
        let message = message(&field, judged);
        say(&field, message.as_deref());
        lines.extend(message.map(|message| {
            // What the browser says does not name the field.
            let label = first(&form, &format!("label[for='{}']", field.id())).filter(|_| judged.is_none());
            let label = label.and_then(|label| label.text_content()).map(|label| format!("{label}: "));
            (field.id(), format!("{}{message}", label.unwrap_or_default()))
        }));
    }
    if lines.is_empty() {
        drop(form.set_attribute(SENT, ""));
    } else {
        event.prevent_default();
        summarise(&form, &lines);
    }
}

/// Says above a form what is wrong with it, with a way to each field, and leads there.
fn summarise(form: &HtmlFormElement, lines: &[(String, String)]) {
    let make = |kind: &str| document().create_element(kind).ok();
    let written = || {
        all(form, &format!("[{SUMMARY}]")).for_each(|old| old.remove());
        let (summary, head, list) = (make("div")?, make("p")?, make("ul")?);
        for (name, value) in [("class", "alert"), ("role", "alert"), ("tabindex", "-1"), (SUMMARY, "")] {
            summary.set_attribute(name, value).ok()?;
        }
        head.set_text_content(Some(&AppError::Invalid(FieldErrors::default()).message()));
        for (id, message) in lines {
            let (line, link) = (make("li")?, make("a")?);
            link.set_attribute("href", &format!("#{id}")).ok()?;
            link.set_text_content(Some(message));
            line.append_child(&link).ok()?;
            list.append_child(&line).ok()?;
        }
        summary.append_child(&head).ok()?;
        summary.append_child(&list).ok()?;
        form.prepend_with_node_1(&summary).ok()?;
        Some(focus(summary))
    };
    let _ = written();
}

/// Whether a form of a page's own content holds what would be lost: something typed or chosen, and not on its way.
fn is_edited(form: &HtmlFormElement) -> bool {
    closest(form, ".card").is_some()
        && !form.has_attribute(SENT)
        && all(form, "input[name]:not([type=hidden]):not([type=password]), textarea, select")
            .any(|field| is_changed(&field))
}

/// Whether a field holds something else than it came with.
fn is_changed(field: &Element) -> bool {
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        match &*input.type_() {
            "checkbox" | "radio" => input.checked() != input.default_checked(),
            "file" => !input.value().is_empty(),
            _ => input.value() != input.default_value(),
        }
    } else if let Some(text) = field.dyn_ref::<HtmlTextAreaElement>() {
        text.default_value().is_ok_and(|default| default != text.value())
    } else if let Some(select) = field.dyn_ref::<HtmlSelectElement>() {
        // With none marked, the first one is what it came with.
        let marked = first(select, "option[selected]").or_else(|| first(select, "option"));
        marked.is_some_and(|option| option.get_attribute("value").is_some_and(|value| value != select.value()))
    } else {
        false
    }
}
