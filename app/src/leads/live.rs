//! What moves in the list of leads: searching while somebody types, filters, order, pages and decisions without a new document.
//!
//! The server draws the list, here as everywhere. What would lead to another state of it is asked for beside the page, and the
//! parts of the answer that differ take the place of those that stand there: there is one way to draw a list, and none of it has
//! to be downloaded as code.

use std::time::Duration;

use domain::leads::{LeadListQuery, ReadQuery};
use leptos::{
    ev,
    leptos_dom::helpers::TimeoutHandle,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{Element, FormData, HtmlAnchorElement, HtmlFormElement, HtmlInputElement},
};
use web_sys::UrlSearchParams;

use super::{
    LIST,
    keys::{keys, shortcuts},
    notice::{notice, watch},
};
use crate::{
    error::AppError,
    ui::{
        Alert,
        dom::{all, closest, first, focus, target_of},
        swap::{Answer, Missed, Question, ask, swap},
    },
};

/// How long somebody has to stop typing before the list is asked for: keys pressed together, or pasted, are one question, one after the
/// other two. An answer takes a few milliseconds, and one that comes too late is not shown.
const PAUSE: Duration = Duration::from_millis(10);

/// How the browser's history goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Something else is asked for: the way back leads to what was there before.
    Further,
    /// A search that is still being typed is one place, however often it is asked for.
    Typed,
    /// A decision: the same place, with other leads in it.
    Decided,
    /// The browser went there itself.
    Back,
}

/// The list while its page is open. Its state is the URL.
#[derive(Clone, Copy)]
struct Live {
    /// Why the list could not be had.
    failure: RwSignal<Option<AppError>>,
    /// Read out by screen readers.
    announcement: RwSignal<String>,
    /// How many leads the partner had when the list was drawn.
    total: RwSignal<u64>,
    /// The number of the last question: an answer to an earlier one comes too late.
    question: StoredValue<u32>,
    /// Whether the place in the history was made by typing.
    typing: StoredValue<bool>,
    /// What waits for the typing to stop.
    pause: StoredValue<Option<TimeoutHandle>>,
    /// The row whose checkbox was clicked last, where a range begins.
    anchor: StoredValue<Option<String>>,
    /// Whether a decision is on its way: it is not sent twice.
    deciding: StoredValue<bool>,
}

impl Live {
    fn new() -> Self {
        Self {
            failure: RwSignal::new(None),
            announcement: RwSignal::new(String::new()),
            total: RwSignal::new(0),
            question: StoredValue::new(0),
            typing: StoredValue::new(false),
            pause: StoredValue::new(None),
            anchor: StoredValue::new(None),
            deciding: StoredValue::new(false),
        }
    }

    /// Asks for the list in another state.
    fn go(self, read: &ReadQuery, step: Step) {
        self.send(read.query.href(LIST), Question::Page, step);
    }

    /// Asks for a page, or sends a form, and shows the list that comes unless something else was asked for meanwhile.
    fn send(self, url: String, question: Question, step: Step) {
        self.hold();
        let number = self.question.get_value().wrapping_add(1);
        self.question.set_value(number);
        spawn_local(async move {
            let answer = ask(&url, question, LIST).await;
            if step == Step::Decided {
                self.deciding.try_set_value(false);
            }
            if self.question.try_get_value() != Some(number) {
                return;
            }
            match answer {
                Ok(answer) => self.show(&answer, step),
                Err(Missed::Unreachable) => self.failure.set(Some(AppError::Unreachable)),
                Err(Missed::Busy) => self.failure.set(Some(AppError::Busy)),
                // The server's own page says why, or asks for a login.
                Err(Missed::Elsewhere(url)) => drop(window().location().assign(&url)),
            }
        });
    }

    fn show(self, answer: &Answer, step: Step) {
        let (before, now) = (shown(), read_search(&answer.search));
        if let Ok(history) = window().history() {
            // What was done stands in the URL of a page that was led to; the next one must not say it again.
            let (nothing, again, href) = (JsValue::NULL, self.typing.get_value(), now.query.href(LIST));
            // A history that cannot be written costs the way back, not the list.
            let _ = match step {
                // Whoever types a search and then sends it has been at one place.
                Step::Further if before.query == now.query => Ok(()),
                Step::Typed if again => history.replace_state_with_url(&nothing, "", Some(&href)),
                Step::Further | Step::Typed => history.push_state_with_url(&nothing, "", Some(&href)),
                Step::Decided => history.replace_state_with_url(&nothing, "", Some(&href)),
                Step::Back => Ok(()),
            };
        }
        self.typing.set_value(step == Step::Typed);
        self.failure.set(None);
        swap(&answer.document, step == Step::Typed);
        self.settle();
        // Whoever turned the page, or whose place is there no more, goes on at its beginning.
        let turned = step == Step::Further && before.query.cursor != now.query.cursor;
        let lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if turned || lost && matches!(step, Step::Further | Step::Decided) {
            let _ = first(&document(), "#rows").map(focus);
        }
    }

    /// Reads what the list says of itself.
    fn settle(self) {
        let document = document();
        let total = first(&document, "[data-total]").and_then(|head| head.get_attribute("data-total")?.parse().ok());
        self.total.set(total.unwrap_or_default());
        let count = first(&document, "[data-counted]").and_then(|count| count.text_content());
        self.announcement.set(count.unwrap_or_default());
    }

    /// Drops what waits for the typing to stop.
    fn hold(self) {
        if let Some(waiting) = self.pause.try_update_value(Option::take).flatten() {
            waiting.clear();
        }
    }

    /// Asks for what the filters say.
    fn ask(self, form: &HtmlFormElement, step: Step) {
        let Some(read) = read_form(form) else { return };
        if step == Step::Further || read.query != shown().query.first_page() {
            self.go(&read, step);
        } else if !self.deciding.get_value() {
            // What was typed is taken back: an answer that is still on its way must not be shown any more.
            self.question.update_value(|number| *number = number.wrapping_add(1));
        }
    }

    /// Sends the filters once the typing has stopped.
    fn typed(self, event: &ev::Event) {
        let searched = target_of::<Element>(event).filter(|field| field.id() == "q");
        let Some(form) = searched.and_then(|field| form_of(&field)) else { return };
        self.hold();
        let waiting = set_timeout_with_handle(move || self.ask(&form, Step::Typed), PAUSE);
        self.pause.set_value(waiting.ok());
    }

    /// A filter was chosen, or a row selected. Leaving the search box is no other question than the one that was typed.
    fn changed(self, event: &ev::Event) {
        let Some(element) = target_of::<Element>(event).filter(|element| element.id() != "q") else { return };
        match form_of(&element).filter(is_filters) {
            Some(form) => self.ask(&form, Step::Further),
            None => select(event),
        }
    }

    /// Follows a link to the list in another state; any other link, and any other way to follow one, is the browser's own.
    fn follow(self, event: &ev::MouseEvent) {
        let aside = event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key() || event.button() != 0;
        let link = target_of(event).and_then(|target| closest(&target, "a[href]"));
        let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else { return };
        if aside || event.default_prevented() || link.pathname() != LIST {
            return;
        }
        event.prevent_default();
        self.go(&read_search(&link.search()), Step::Further);
    }

    /// Sends the filters, a decision about the selected leads, or one's undoing; any other form is somebody else's.
    fn submit(self, event: &ev::SubmitEvent) {
        let Some(form) = target_of::<HtmlFormElement>(event) else { return };
        if is_filters(&form) {
            event.prevent_default();
            return self.ask(&form, Step::Further);
        }
        let Ok(data) = FormData::new_with_form(&form) else { return };
        // What another address answers is not shown in the list.
        let elsewhere = event.submitter().is_some_and(|button| button.has_attribute("formaction"));
        if form.method() != "post" || elsewhere {
            return;
        }
        event.prevent_default();
        if self.deciding.get_value() {
            return;
        }
        self.deciding.set_value(true);
        // The button that was pressed belongs to what is sent.
        if let Some(button) = event.submitter() {
            let attribute = |name| button.get_attribute(name).unwrap_or_default();
            let _ = data.append_with_str(&attribute("name"), &attribute("value"));
        }
        self.send(form.action(), Question::Form(data), Step::Decided);
    }

    /// With the shift key, a checkbox changes all between itself and the one before.
    fn extend(self, event: &ev::MouseEvent) {
        let Some(clicked) = checkbox_of(event).filter(|clicked| clicked.name() == "leads[]") else { return };
        let anchor = self.anchor.get_value().filter(|anchor| event.shift_key() && *anchor != clicked.value());
        if let Some(anchor) = anchor {
            let (checked, mut inside) = (clicked.checked(), false);
            for checkbox in checkboxes() {
                let end = checkbox.value() == anchor || checkbox.value() == clicked.value();
                if inside || end {
                    checkbox.set_checked(checked);
                }
                inside ^= end;
            }
        }
        self.anchor.set_value(Some(clicked.value()));
    }
}

/// Counts the selected rows anew, after a checkbox was changed; that in the head changes them all.
fn select(event: &ev::Event) {
    if let Some(all) = checkbox_of(event).filter(|changed| changed.has_attribute("data-all")) {
        checkboxes().for_each(|checkbox| checkbox.set_checked(all.checked()));
    }
    count_selected();
}

/// Says how many rows are selected, beside what can be done with them.
fn count_selected() {
    let Some(place) = first(&document(), "[data-selected]") else { return };
    let all = first(&document(), "[name=all]:checked").and_then(|all| all.get_attribute("value")?.parse().ok());
    let selected = all.unwrap_or_else(|| checkboxes().filter(HtmlInputElement::checked).count() as u64);
    if selected == 0 {
        return;
    }
    let text = format!("{} selected", domain::leads::Count::Exactly(selected));
    place.set_text_content(Some(&text));
}

/// The checkboxes of the rows, from top to bottom.
fn checkboxes() -> impl Iterator<Item = HtmlInputElement> {
    all(&document(), "#rows tbody input[type=checkbox]").filter_map(|checkbox| checkbox.dyn_into().ok())
}

/// The state that is shown.
fn shown() -> ReadQuery {
    read_search(&window().location().search().unwrap_or_default())
}

/// Reads the part of a URL that begins with a question mark.
fn read_search(search: &str) -> ReadQuery {
    LeadListQuery::from_query_string(search.trim_start_matches('?'))
}

/// The list as the filters ask for it.
fn read_form(form: &HtmlFormElement) -> Option<ReadQuery> {
    let data = FormData::new_with_form(form).ok()?;
    let said = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?.to_string();
    Some(LeadListQuery::from_query_string(&String::from(said)))
}

fn is_filters(form: &HtmlFormElement) -> bool {
    form.class_list().contains("filters")
}

fn form_of(element: &Element) -> Option<HtmlFormElement> {
    closest(element, "form")?.dyn_into().ok()
}

fn checkbox_of(event: &ev::Event) -> Option<HtmlInputElement> {
    target_of::<HtmlInputElement>(event).filter(|input| input.type_() == "checkbox")
}

/// The list, as the server drew it, and what moves in it.
#[island]
pub fn LiveList(
    /// The list.
    children: Children,
) -> impl IntoView {
    let live = Live::new();
    Effect::new(move || {
        let back = window_event_listener(ev::popstate, move |_| live.go(&shown(), Step::Back));
        on_cleanup(move || back.remove());
        live.settle();
        // A page that opens is read out by itself.
        live.announcement.set(String::new());
        // Rows may have been selected, and something typed or chosen, before the page was awake: it must not be lost.
        count_selected();
        let filters = first(&document(), "form.filters");
        if let Some(filters) = filters.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
            live.ask(&filters, Step::Typed);
        }
    });
    let new = watch(live.total.into());
    let help = NodeRef::new();
    keys(help);
    view! {
        <div class="stack" on:submit=move |event| live.submit(&event) on:input=move |event| live.typed(&event)
            on:change=move |event| live.changed(&event)
            on:click=move |event| { live.extend(&event); live.follow(&event); }>
            // They stand beside what changes, for a text that comes with its element is not read out.
            <p class="sr-only" role="status">{live.announcement}</p>
            {notice(new)}
            {move || live.failure.get().map(|error| view! { <Alert>{error.message()}</Alert> })}
            {children()}
            {shortcuts(help)}
        </div>
    }
}
