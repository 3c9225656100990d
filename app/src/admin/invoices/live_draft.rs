//! What moves in the form of a draft: sums that follow what is typed, lines that are added, taken away and put in another order. What
//! is sent in the end is the same form.

use domain::{
    invoices::{LineForm, sums_so_far},
    money::Currency,
};
use leptos::{
    ev,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlInputElement},
};

use super::draft_parts::{FIELDS, id_of, line_name, name_of, sums};
use crate::ui::dom::{all, closest, first, focus, target_of};

/// The lines.
const LINES: &str = ".draft-lines__line";

/// Form and sums of a draft.
#[island]
pub fn LiveDraft(
    /// The form and the sums.
    children: Children,
) -> impl IntoView {
    let said = RwSignal::new(String::new());
    Effect::new(move || {
        all(&document(), "[data-line-ways], [data-add-line]").for_each(|ways| drop(ways.remove_attribute("hidden")));
        reckon();
    });
    let click = move |event: ev::MouseEvent| {
        let Some(button) = target_of(&event).and_then(|target| closest(&target, "button")) else { return };
        let done = match button.get_attribute("data-move") {
            Some(to) => move_line(&button, &to),
            None if button.has_attribute("data-add-line") => add(),
            None => return,
        };
        if let Some(text) = done {
            said.set(text);
        }
        reckon();
    };
    view! {
        <div class="stack" on:input=|_| reckon() on:click=click>
            <p class="sr-only" role="status">{said}</p>
            {children()}
        </div>
    }
}

fn lines() -> Vec<Element> {
    all(&document(), LINES).collect()
}

/// Those that were not taken away.
fn shown() -> Vec<Element> {
    lines().into_iter().filter(|line| !line.has_attribute("hidden")).collect()
}

fn fields_of(line: &Element) -> impl Iterator<Item = HtmlInputElement> + use<> {
    all(line, "input").filter_map(|input| input.dyn_into().ok())
}

/// Those, and the lines that bill leads, whose hidden fields stand in the same order.
const ADDED_UP: &str = ".draft-lines__line, .draft-lines__billed";

/// Adds the lines up as the server will, those that can be read, and shows the sums.
fn reckon() {
    let Some(place) = first(&document(), "[data-sums]") else { return };
    let Some(currency) = place.get_attribute("data-sums").and_then(|code| code.parse::<Currency>().ok()) else {
        return;
    };
    let forms = all(&document(), ADDED_UP).map(|line| {
        let mut values = fields_of(&line).map(|input| input.value());
        let mut next = || values.next().unwrap_or_default();
        LineForm { description: next(), quantity: next(), unit_price: next(), tax_rate: next() }
    });
    if let Some(totals) = sums_so_far(&forms.collect::<Vec<_>>(), currency) {
        place.set_inner_html(&sums(&totals, currency));
    }
}

/// Puts an empty line below the last one, and says so.
fn add() -> Option<String> {
    let lines = lines();
    // One that was taken away comes back first.
    let line = match lines.iter().find(|line| line.has_attribute("hidden")) {
        Some(line) => {
            line.remove_attribute("hidden").ok()?;
            line.parent_element()?.append_child(line).ok()?;
            line.clone()
        }
        None => {
            let last = lines.last()?;
            let line = last.clone_node_with_deep(true).ok()?.dyn_into::<Element>().ok()?;
            last.parent_element()?.append_child(&line).ok()?;
            line
        }
    };
    let rate = lines.iter().rev().find_map(|line| fields_of(line).nth(3)).map(|rate| rate.value());
    for (index, input) in fields_of(&line).enumerate() {
        let value = if index == 3 { rate.clone().unwrap_or_default() } else { String::new() };
        input.set_value(&value);
        let _ = input.remove_attribute("aria-invalid");
    }
    all(&line, ".field__error").for_each(|error| error.remove());
    number();
    fields_of(&line).next()?.focus().ok()?;
    Some(format!("Line {} added.", shown().len()))
}

/// Names fields, labels, buttons and what is said of a line by where it stands.
fn number() {
    for (index, line) in lines().iter().enumerate() {
        let errors = id_of(index, "errors");
        for (input, (field, label, _)) in fields_of(line).zip(FIELDS) {
            let id = id_of(index, field);
            if let Some(text) = closest(&input, ".field").and_then(|place| first(&place, "label")) {
                let _ = text.set_attribute("for", &id);
                text.set_inner_html(&format!("<span class=\"sr-only\">{}</span>{label}", line_name(index)));
            }
            input.set_id(&id);
            input.set_name(&name_of(index, field));
            let _ = input.set_attribute("aria-describedby", &errors);
        }
        if let Some(place) = first(line, ".draft-lines__errors") {
            place.set_id(&errors);
        }
        for button in all(line, "[data-move]") {
            let way = button.get_attribute("title").unwrap_or_default();
            let _ = button.set_attribute("aria-label", &(line_name(index) + &way));
        }
    }
}

/// Moves the line that a button stands in `up`, `down` or `away`, and says what was done.
fn move_line(button: &Element, to: &str) -> Option<String> {
    let line = closest(button, LINES)?;
    let parent = line.parent_element()?;
    let shown = shown();
    let place = shown.iter().position(|other| *other == line)?;
    let (said, next) = match to {
        "up" => {
            parent.insert_before(&line, Some(shown.get(place.checked_sub(1)?)?)).ok()?;
            (format!("Moved to line {place}."), button.clone())
        }
        "down" => {
            parent.insert_before(shown.get(place + 1)?, Some(&line)).ok()?;
            (format!("Moved to line {}.", place + 2), button.clone())
        }
        "away" => {
            // Empty lines are ignored. The next line has the focus then, or the way to add one.
            fields_of(&line).for_each(|input| input.set_value(""));
            line.set_attribute("hidden", "").ok()?;
            let next = shown.get(place + 1).and_then(|line| first(line, "input"));
            let next = next.or_else(|| first(&document(), "[data-add-line]"))?;
            (format!("Line {} taken away.", place + 1), next)
        }
        _ => return None,
    };
    number();
    focus(next);
    Some(said)
}
