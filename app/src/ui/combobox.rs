//! Finding one of hundreds by typing: what a browser makes of a long `<select>`, after the ARIA pattern "combobox with list
//! autocomplete". The select stays: it is what is sent, what is judged, and what there is without a script.

use leptos::{
    ev, html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlInputElement, HtmlSelectElement},
};
use web_sys::{Event, EventInit, HtmlOptionElement, ScrollIntoViewOptions, ScrollLogicalPosition};

use super::{
    dom::{all, closest, first, focus, target_of},
    markup::Markup,
};

/// With as many options or fewer, a select is quicker.
const FEW: u32 = 10;
/// How many options are shown at once; whoever looks for another types on.
const SHOWN: usize = 50;

/// One option of the select.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Choice {
    value: String,
    text: String,
}

/// The field while its page is open.
#[derive(Clone, Copy)]
struct Field {
    root: NodeRef<html::Div>,
    input: NodeRef<html::Input>,
    /// Those that match what is typed; nothing while the list is closed.
    found: RwSignal<Option<Vec<Choice>>>,
    /// Which of them is chosen next.
    active: RwSignal<usize>,
}

impl Field {
    fn select(self) -> Option<HtmlSelectElement> {
        let root = self.root.get_untracked()?;
        first(&root, "select")?.dyn_into().ok()
    }

    fn choices(self) -> Vec<Choice> {
        let Some(select) = self.select() else { return Vec::new() };
        let options = all(&select, "option").filter_map(|option| option.dyn_into::<HtmlOptionElement>().ok());
        options.map(|option| Choice { value: option.value(), text: option.text() }).collect()
    }

    /// What the select has, as text.
    fn chosen(self) -> String {
        let option = self.select().and_then(|select| first(&select, "option:checked")?.dyn_into().ok());
        option.map(|option: HtmlOptionElement| option.text()).unwrap_or_default()
    }

    /// Shows what matches.
    fn open(self, typed: &str) {
        let found = matching(self.choices(), typed);
        let chosen = self.chosen();
        self.active.set(found.iter().position(|choice| choice.text == chosen).unwrap_or_default());
        self.found.set(Some(found));
    }

    /// Closes the list; what is typed and was not chosen gives way to what is.
    fn close(self) {
        self.found.set(None);
        if let Some(input) = self.input.get_untracked() {
            input.set_value(&self.chosen());
        }
    }

    fn choose(self, place: usize) {
        let choice = self.found.get_untracked().and_then(|found| found.into_iter().nth(place));
        if let (Some(choice), Some(select)) = (choice, self.select())
            && select.value() != choice.value
        {
            select.set_value(&choice.value);
            // Whatever listens to the select hears of it.
            for name in ["input", "change"] {
                let bubbles = EventInit::new();
                bubbles.set_bubbles(true);
                let _ = Event::new_with_event_init_dict(name, &bubbles).map(|event| select.dispatch_event(&event));
            }
        }
        self.close();
    }

    fn pressed(self, event: &ev::KeyboardEvent) {
        if event.is_composing() {
            return;
        }
        let count = self.found.get_untracked().map(|found| found.len());
        match (&*event.key(), count) {
            ("ArrowDown" | "ArrowUp", None) => self.open(""),
            ("ArrowDown", Some(count)) => self.active.update(|place| *place = (*place + 1).min(count.max(1) - 1)),
            ("ArrowUp", Some(_)) => self.active.update(|place| *place = place.saturating_sub(1)),
            ("Enter", Some(count)) if count > 0 => self.choose(self.active.get_untracked()),
            ("Enter", Some(_)) => {}
            ("Escape", Some(_)) => self.close(),
            _ => return,
        }
        event.prevent_default();
        self.show_active();
    }

    /// Brings the next choice into sight.
    fn show_active(self) {
        request_animation_frame(move || {
            let Some(root) = self.root.get_untracked() else { return };
            if let Some(option) = first(&root, "[role=option][aria-selected=true]") {
                let nearest = ScrollIntoViewOptions::new();
                nearest.set_block(ScrollLogicalPosition::Nearest);
                option.scroll_into_view_with_scroll_into_view_options(&nearest);
            }
        });
    }
}

/// Those that contain every word, wherever it stands.
fn matching(choices: Vec<Choice>, typed: &str) -> Vec<Choice> {
    let typed = typed.to_lowercase();
    let words: Vec<&str> = typed.split_whitespace().collect();
    let is_found = |choice: &Choice| {
        let text = choice.text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    choices.into_iter().filter(is_found).collect()
}

/// A select, its only child, that can be searched.
#[island]
pub fn Combobox(
    /// The select.
    children: Children,
) -> impl IntoView {
    let field =
        Field { root: NodeRef::new(), input: NodeRef::new(), found: RwSignal::new(None), active: RwSignal::new(0) };
    let (awake, id) = (RwSignal::new(false), RwSignal::new(String::new()));
    Effect::new(move || {
        let Some(select) = field.select().filter(|select| select.length() > FEW) else { return };
        id.set(select.id());
        awake.set(true);
        // Whoever is led to the select (by its label, by what is said of it) types here.
        let _ = select.set_attribute("tabindex", "-1");
        let _ = select.set_attribute("aria-hidden", "true");
        if let Some(input) = field.input.get_untracked() {
            if let Some(label) = first(&document(), &format!("label[for='{}']", select.id())) {
                label.set_id(&format!("{}-label", select.id()));
                let _ = input.set_attribute("aria-labelledby", &label.id());
            }
            if let Some(help) = select.get_attribute("aria-describedby") {
                let _ = input.set_attribute("aria-describedby", &help);
            }
            input.set_value(&field.chosen());
        }
    });
    let sent_here = move |event: ev::FocusEvent| {
        let is_select = target_of::<HtmlSelectElement>(&event).is_some();
        if let Some(input) = field.input.get_untracked().filter(|_| is_select && awake.get_untracked()) {
            let _ = input.focus();
        }
    };
    let chosen = move |event: ev::MouseEvent| {
        let option = target_of::<Element>(&event).and_then(|target| closest(&target, "[role=option]"));
        if let Some(place) = option.and_then(|option| option.get_attribute("data-place")?.parse().ok()) {
            field.choose(place);
            let _ = field.input.get_untracked().map(|input| focus(input.into()));
        }
    };
    let part = move |name: &'static str| move || format!("{}-{name}", id.get());
    let options = move || {
        let (mut rows, active) = (Markup::default(), field.active.get());
        for (place, choice) in field.found.get().unwrap_or_default().iter().take(SHOWN).enumerate() {
            let (own, number) = (format!("{}-{place}", id.get()), place.to_string());
            let selected = if place == active { "true" } else { "false" };
            let attributes = [("role", "option"), ("id", &*own), ("data-place", &*number), ("aria-selected", selected)];
            rows.open("li", &attributes).element("bdi", &[], &choice.text).close("li");
        }
        rows.finish()
    };
    // How many there are; the list is no place for anything but options.
    let said = move || match field.found.get().map(|found| found.len()) {
        None => String::new(),
        Some(0) => "Nothing matches.".to_owned(),
        Some(1) => "1 matches.".to_owned(),
        Some(count) if count > SHOWN => format!("{count} match, {SHOWN} are shown: type more of the name."),
        Some(count) => format!("{count} match."),
    };
    let is_open = move || field.found.with(Option::is_some);
    let active = move || is_open().then(|| format!("{}-{}", id.get(), field.active.get()));
    view! {
        <div class="combobox" class:combobox--awake=awake node_ref=field.root on:focusin=sent_here>
            {children()}
            <input node_ref=field.input id=part("search") class="input" type="text" role="combobox" autocomplete="off"
                spellcheck="false" aria-autocomplete="list" aria-controls=part("options")
                aria-expanded=move || if is_open() { "true" } else { "false" } aria-activedescendant=active
                hidden=move || !awake.get()
                on:input=move |event| { event.stop_propagation(); field.open(&event_target_value(&event)); field.active.set(0); }
                on:click=move |event| {
                    if let Some(input) = target_of::<HtmlInputElement>(&event) { input.select(); }
                    field.open("");
                    field.show_active();
                }
                on:keydown=move |event| field.pressed(&event)
                on:blur=move |_| field.close()/>
            <div class="combobox__list" hidden=move || !is_open() on:mousedown=|event| event.prevent_default() on:click=chosen>
                <ul role="listbox" id=part("options") aria-label="Matches" inner_html=options></ul>
                <p class="combobox__count" role="status">{said}</p>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_looked_for() {
        let choice = |text: &str| Choice { value: text.to_owned(), text: text.to_owned() };
        let all = || vec![choice("Northwind Solar"), choice("Contoso Heating"), choice("Öko Solar Nord")];
        let found = |typed| matching(all(), typed).into_iter().map(|choice| choice.text).collect::<Vec<_>>();
        assert_eq!(found("solar NORTH"), ["Northwind Solar"]);
        assert_eq!(found("nor"), ["Northwind Solar", "Öko Solar Nord"]);
        assert_eq!(found("ö"), ["Öko Solar Nord"]);
        assert_eq!(found(" ").len(), 3);
        assert!(found("x").is_empty());
    }
}
