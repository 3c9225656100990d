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
    web_sys::{Element, HtmlElement, HtmlInputElement},
};

use super::draft_parts::{FIELDS, sum_rows};
use crate::ui::swap::all;

/// The lines.
const LINES: &str = ".draft-lines__line";

/// Where a line goes.
enum Move {
    Up,
    Down,
    Away,
}

/// Form and sums of a draft.
#[island]
pub fn LiveDraft(
    /// The form and the sums.
    children: Children,
) -> impl IntoView {
    let said = RwSignal::new(String::new());
    Effect::new(move || {
        let Some(root) = document().document_element() else { return };
        all(&root, "[data-line-ways], [data-add-line]").for_each(|ways| drop(ways.remove_attribute("hidden")));
        reckon();
    });
    let click = move |event: ev::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(button) = target.and_then(|target| target.closest("button").ok().flatten()) else { return };
        if button.has_attribute("data-add-line") {
            if let Some(number) = add() {
                said.set(format!("Line {number} added."));
            }
            return;
        }
        let to = match button.get_attribute("data-move").as_deref() {
            Some("up") => Move::Up,
            Some("down") => Move::Down,
            Some("away") => Move::Away,
            _ => return,
        };
        if let Some(text) = move_line(&button, &to) {
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

fn fields_of(line: &Element) -> impl Iterator<Item = HtmlInputElement> + use<> {
    all(line, "input").filter_map(|input| input.dyn_into().ok())
}

/// Adds the lines up as the server will, those that can be read, and shows the sums.
fn reckon() {
    let Some(sums) = document().query_selector("[data-sums]").ok().flatten() else { return };
    let Some(currency) = sums.get_attribute("data-sums").and_then(|code| code.parse::<Currency>().ok()) else { return };
    let forms = lines().into_iter().map(|line| {
        let mut values = fields_of(&line).map(|input| input.value());
        let mut next = || values.next().unwrap_or_default();
        LineForm { description: next(), quantity: next(), unit_price: next(), tax_rate: next() }
    });
    let Some(totals) = sums_so_far(&forms.collect::<Vec<_>>(), currency) else { return };
    // Made of figures and of our own words alone.
    let rows = sum_rows(&totals, currency)
        .into_iter()
        .map(|(label, amount)| format!("<div><dt>{label}</dt><dd class=\"cell-amount\">{amount}</dd></div>"));
    sums.set_inner_html(&rows.collect::<String>());
}

/// Puts an empty line below the last one, and answers its number.
fn add() -> Option<usize> {
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
    Some(self::lines().iter().filter(|line| !line.has_attribute("hidden")).count())
}

/// Names fields, labels and buttons by where their line stands.
fn number() {
    for (index, line) in lines().iter().enumerate() {
        for (input, (field, label, _)) in fields_of(line).zip(FIELDS) {
            let id = format!("line-{index}-{field}");
            if let Some(place) = input.closest(".field").ok().flatten()
                && let Ok(Some(text)) = place.query_selector("label")
            {
                let _ = text.set_attribute("for", &id);
                text.set_inner_html(&format!("<span class=\"sr-only\">Line {}: </span>{label}", index + 1));
            }
            input.set_id(&id);
            input.set_name(&format!("lines[{index}][{field}]"));
        }
        for button in all(line, "[data-move]") {
            let way = button.get_attribute("title").unwrap_or_default();
            let _ = button.set_attribute("aria-label", &format!("Line {}: {way}", index + 1));
        }
    }
}

/// Moves the line that a button stands in, and says what was done.
fn move_line(button: &Element, to: &Move) -> Option<String> {
    let line = button.closest(LINES).ok()??;
    let parent = line.parent_element()?;
    let shown = lines().into_iter().filter(|line| !line.has_attribute("hidden")).collect::<Vec<_>>();
    let place = shown.iter().position(|other| *other == line)?;
    let (said, focus) = match to {
        Move::Up => {
            parent.insert_before(&line, Some(shown.get(place.checked_sub(1)?)?)).ok()?;
            (format!("Moved to line {place}."), button.clone())
        }
        Move::Down => {
            parent.insert_before(shown.get(place + 1)?, Some(&line)).ok()?;
            (format!("Moved to line {}.", place + 2), button.clone())
        }
        Move::Away => {
            // Empty lines are ignored. The next line has the focus then, or the way to add one.
            fields_of(&line).for_each(|input| input.set_value(""));
            line.set_attribute("hidden", "").ok()?;
            let next = shown.get(place + 1).and_then(|line| fields_of(line).next());
            let focus = match next {
                Some(next) => next.into(),
                None => document().query_selector("[data-add-line]").ok()??,
            };
            (format!("Line {} taken away.", place + 1), focus)
        }
    };
    number();
    focus.dyn_ref::<HtmlElement>()?.focus().ok()?;
    Some(said)
}
