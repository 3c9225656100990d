//! The list of leads, and what moves in it: searching while somebody types, filters, order and pages without a new document.
//!
//! Every way is a plain link or form underneath, and the URL says at any time what is shown.

use std::time::Duration;

use domain::{
    ids::LeadId,
    leads::{Cursor, LeadListQuery, LeadStatus, ReadQuery},
};
use leptos::{
    ev,
    leptos_dom::helpers::TimeoutHandle,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{Element, FormData, HtmlAnchorElement, HtmlElement, HtmlFormElement, HtmlInputElement},
};

use super::{
    LIST,
    api::{LeadsView, list_leads, review_leads, undo_reviews},
    bulk::{BULK, Done, bulk_form, done_alert},
    filter_form::FilterForm,
    keys::{keys, shortcuts},
    notice::{notice, watch},
    table::LeadTable,
};
use crate::{
    error::AppError,
    ui::{Alert, ExportLinks, FormAlert, Packed, Pager, StatusHelp},
};

/// How long somebody has to stop typing before the list is asked for.
const PAUSE: Duration = Duration::from_millis(120);

/// The list as it stands.
#[derive(Clone)]
struct Shown {
    view: LeadsView,
    read: ReadQuery,
}

/// How the browser's history goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Something else is asked for: the way back leads to what was there before.
    Further,
    /// A search that is still being typed is one place, however often it is asked for.
    Typed,
    /// The browser went there itself.
    Back,
}

/// The list while its page is open.
#[derive(Clone, Copy)]
struct Live {
    shown: RwSignal<Shown>,
    /// What the search box is given: changed by whatever is not typing, which must not be disturbed.
    searched: RwSignal<String>,
    /// Why the list could not be had.
    failure: RwSignal<Option<AppError>>,
    /// Read out by screen readers.
    announcement: RwSignal<String>,
    /// The number of the last question: an answer to an earlier one comes too late.
    question: StoredValue<u32>,
    /// Whether the place in the history was made by typing.
    typing: StoredValue<bool>,
    /// What waits for the typing to stop.
    pause: StoredValue<Option<TimeoutHandle>>,
    /// What was decided last.
    done: RwSignal<Option<Done>>,
    /// How many rows are selected.
    selected: RwSignal<u32>,
    /// The row whose checkbox was clicked last, where a range begins.
    anchor: StoredValue<Option<String>>,
    /// Whether a decision is on its way: it is not sent twice.
    deciding: StoredValue<bool>,
}

impl Live {
    fn new(view: LeadsView, read: ReadQuery, done: Option<Done>) -> Self {
        Self {
            searched: RwSignal::new(read.query.filter.q.clone()),
            shown: RwSignal::new(Shown { view, read }),
            failure: RwSignal::new(None),
            announcement: RwSignal::new(String::new()),
            question: StoredValue::new(0),
            typing: StoredValue::new(false),
            pause: StoredValue::new(None),
            done: RwSignal::new(done),
            selected: RwSignal::new(0),
            anchor: StoredValue::new(None),
            deciding: StoredValue::new(false),
        }
    }

    /// Asks for the list in another state, and shows it unless something else was asked for meanwhile.
    fn go(self, read: ReadQuery, step: Step) {
        self.hold();
        let number = self.question.get_value().wrapping_add(1);
        self.question.set_value(number);
        spawn_local(async move {
            let answer = list_leads(read.query.clone()).await;
            if self.question.try_get_value() != Some(number) {
                return;
            }
            match answer {
                Ok(view) => self.show(view, read, step),
                Err(error @ (AppError::Unreachable | AppError::Busy)) => self.failure.set(Some(error)),
                // The server's own page says why, or asks for a login.
                Err(_) => drop(window().location().assign(&read.query.href(LIST))),
            }
        });
    }

    fn show(self, view: LeadsView, read: ReadQuery, step: Step) {
        let href = read.query.href(LIST);
        if let Ok(history) = window().history() {
            let (nothing, again) = (JsValue::NULL, self.typing.get_value());
            // A history that cannot be written costs the way back, not the list.
            let same =
                window().location().search().is_ok_and(|search| list_of(&read.query) == search.trim_start_matches('?'));
            let _ = match step {
                // Whoever types a search and then sends it has been at one place.
                Step::Further if same => Ok(()),
                Step::Typed if again => history.replace_state_with_url(&nothing, "", Some(&href)),
                Step::Further | Step::Typed => history.push_state_with_url(&nothing, "", Some(&href)),
                Step::Back => Ok(()),
            };
        }
        self.typing.set_value(step == Step::Typed);
        if step != Step::Typed {
            self.searched.set(read.query.filter.q.clone());
        }
        let turned =
            step == Step::Further && self.shown.with_untracked(|shown| shown.read.query.cursor) != read.query.cursor;
        let count = view.page.count.to_string();
        let decided = self.done.with_untracked(Option::is_some);
        self.failure.set(None);
        if step != Step::Back {
            self.done.set(None);
        }
        // The rows are changed in place: what was selected of those before must not be selected of these.
        let bulk = document().get_element_by_id(BULK).and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        if let Some(bulk) = bulk {
            bulk.reset();
        }
        self.selected.set(0);
        self.shown.set(Shown { view, read });
        self.announcement.set(count);
        // Whoever turned the page by a link that is there no more, or at its end, goes on at its beginning.
        request_animation_frame(move || {
            let lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
            let rows = document().get_element_by_id("rows").and_then(|rows| rows.dyn_into::<HtmlElement>().ok());
            if let Some(rows) = rows.filter(|_| turned || lost && (step == Step::Further || decided)) {
                let _ = rows.focus();
            }
        });
    }

    /// Drops what waits for the typing to stop.
    fn hold(self) {
        if let Some(waiting) = self.pause.try_update_value(Option::take).flatten() {
            waiting.clear();
        }
    }

    /// Asks for what the form says.
    fn send(self, form: &HtmlFormElement, step: Step) {
        let Some(read) = read_form(form) else { return };
        if step == Step::Further || read.query != self.shown.with_untracked(|shown| shown.read.query.first_page()) {
            self.go(read, step);
        }
    }

    /// Sends the form once the typing has stopped.
    fn typed(self, form: HtmlFormElement) {
        self.hold();
        let waiting = set_timeout_with_handle(move || self.send(&form, Step::Typed), PAUSE);
        self.pause.set_value(waiting.ok());
    }

    /// Follows a link to the list in another state; any other link, and any other way to follow one, is the browser's own.
    fn follow(self, event: &ev::MouseEvent) {
        let aside = event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key() || event.button() != 0;
        let target = element_of(event);
        let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
        let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else { return };
        if aside || event.default_prevented() || link.pathname() != LIST {
            return;
        }
        event.prevent_default();
        self.go(read_search(&link.search()), Step::Further);
    }
}

impl Live {
    /// Sends a decision about the selected leads, or takes one back; any other form is somebody else's.
    fn decide(self, event: &ev::SubmitEvent) {
        let Some(form) = element_of(event).and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else { return };
        let (bulk, undo) = (form.id() == BULK, form.has_attribute("data-undo"));
        let Ok(data) = FormData::new_with_form(&form) else { return };
        if !bulk && !undo {
            return;
        }
        event.prevent_default();
        if self.deciding.get_value() {
            return;
        }
        self.deciding.set_value(true);
        let text = |name| data.get(name).as_string().unwrap_or_default();
        let (at, reason, comment) = (text("at").parse().unwrap_or_default(), text("reason"), text("comment"));
        let leads =
            data.get_all("leads[]").iter().filter_map(|id| id.as_string()?.parse().ok()).collect::<Vec<LeadId>>();
        let decision = event.submitter().and_then(|button| button.get_attribute("value")).unwrap_or_default();
        spawn_local(async move {
            let answer = if undo {
                undo_reviews(at, String::new()).await.map(Done::undone)
            } else {
                let word = if decision == "accept" { "accepted" } else { "rejected" };
                let reviewed = review_leads(leads, decision, reason, comment, String::new()).await;
                reviewed.map(|reviewed| Done::reviewed(word, reviewed))
            };
            self.deciding.set_value(false);
            match answer {
                Ok(done) => {
                    self.done.set(Some(done));
                    self.go(self.shown.with_untracked(|shown| shown.read.clone()), Step::Back);
                }
                Err(error @ (AppError::Invalid(_) | AppError::Unreachable | AppError::Busy)) => {
                    self.failure.set(Some(error))
                }
                Err(_) => drop(window().location().reload()),
            }
        });
    }

    /// Counts the selected rows anew, after a checkbox was changed; that in the head changes them all.
    fn select(self, event: &ev::Event) {
        let Some(changed) = checkbox_of(event) else { return };
        if changed.has_attribute("data-all") {
            each_checkbox(&changed, |checkbox| checkbox.set_checked(changed.checked()));
        }
        self.count(&changed);
    }

    /// Counts the selected rows of the table that this checkbox stands in.
    fn count(self, one: &HtmlInputElement) {
        let mut selected = 0;
        each_checkbox(one, |checkbox| selected += u32::from(checkbox.checked()));
        self.selected.set(selected);
    }

    /// With the shift key, a checkbox changes all between itself and the one before.
    fn extend(self, event: &ev::MouseEvent) {
        let Some(clicked) = checkbox_of(event).filter(|clicked| clicked.name() == "leads[]") else { return };
        let anchor = self.anchor.get_value().filter(|anchor| event.shift_key() && *anchor != clicked.value());
        if let Some(anchor) = anchor {
            let (checked, mut inside) = (clicked.checked(), false);
            each_checkbox(&clicked, |checkbox| {
                let end = checkbox.value() == anchor || checkbox.value() == clicked.value();
                if inside || end {
                    checkbox.set_checked(checked);
                }
                inside ^= end;
            });
        }
        self.anchor.set_value(Some(clicked.value()));
    }
}

/// The list as a form asks for it.
fn read_form(form: &HtmlFormElement) -> Option<ReadQuery> {
    let data = FormData::new_with_form(form).ok()?;
    let names = ["q", "period", "from", "to", "campaign", "status", "sort", "size"];
    let pairs = names.into_iter().filter_map(|name| Some((name.into(), data.get(name).as_string()?.into())));
    Some(LeadListQuery::from_pairs(pairs))
}

/// What somebody has typed or chosen before the page was awake, if that is not what it shows: it must not be lost.
fn early(shown: &LeadListQuery) -> Option<ReadQuery> {
    if !cfg!(target_arch = "wasm32") {
        return None;
    }
    let form = document().query_selector("form.filters").ok().flatten()?.dyn_into::<HtmlFormElement>().ok()?;
    read_form(&form).filter(|typed| typed.query != shown.first_page())
}

fn element_of(event: &ev::Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

fn checkbox_of(event: &ev::Event) -> Option<HtmlInputElement> {
    element_of(event)?.dyn_into::<HtmlInputElement>().ok().filter(|input| input.type_() == "checkbox")
}

/// The checkboxes of the rows of the table that this one stands in, from top to bottom.
fn each_checkbox(one: &HtmlInputElement, mut with: impl FnMut(HtmlInputElement)) {
    let body = one.closest("table").ok().flatten().and_then(|table| table.query_selector("tbody").ok().flatten());
    let mut row = body.and_then(|body| body.first_element_child());
    while let Some(found) = row {
        let checkbox = found.query_selector("input").ok().flatten();
        if let Some(checkbox) = checkbox.and_then(|checkbox| checkbox.dyn_into().ok()) {
            with(checkbox);
        }
        row = found.next_element_sibling();
    }
}

/// Reads the part of a URL that begins with a question mark.
fn read_search(search: &str) -> ReadQuery {
    LeadListQuery::from_query_string(search.trim_start_matches('?'))
}

/// The list, as its URL has it.
#[island]
pub fn LeadList(
    /// The rows of the page.
    view: Packed<LeadsView>,
    /// What the page's URL says after its question mark.
    search: String,
) -> impl IntoView {
    let read = read_search(&search);
    let early = early(&read.query);
    let live = Live::new(view.0, read, Done::read(&search));
    Effect::new(move || {
        let back = window_event_listener(ev::popstate, move |_| {
            let search = window().location().search().unwrap_or_default();
            live.go(read_search(&search), Step::Back);
        });
        on_cleanup(move || back.remove());
    });
    if let Some(early) = early {
        live.searched.set(early.query.filter.q.clone());
        Effect::new(move || live.go(early.clone(), Step::Typed));
    }
    // Rows may have been selected before.
    Effect::new(move || {
        let one = document().query_selector("#rows input").ok().flatten();
        if let Some(one) = one.and_then(|one| one.dyn_into().ok()) {
            live.count(&one);
        }
    });
    let shown = live.shown;
    let query = Signal::derive(move || shown.with(|shown| shown.read.query.clone()));
    let campaigns = Signal::derive(move || shown.with(|shown| shown.view.campaigns.clone()));
    let known = move || shown.with(|shown| shown.view.campaigns.iter().map(|campaign| campaign.leads).sum::<u64>());
    let new = watch(Signal::derive(known));
    let help = NodeRef::new();
    keys(help);
    view! {
        <div class="stack" on:submit=move |event| live.decide(&event)
            on:click=move |event| { live.extend(&event); live.follow(&event); }>
            // It stands beside what changes, for a text that comes with its element is not read out.
            <p class="sr-only" role="status">{live.announcement}</p>
            <div class="page__head">{move || shown.with(head)}</div>
            {notice(new, query)}
            <FormAlert error=live.failure.into()/>
            {move || live.done.get().map(|done| done_alert(done, shown.with(|shown| list_of(&shown.read.query))))}
            {move || shown.with(|shown| ignored(&shown.read.ignored))}
            <FilterForm query campaigns searched=live.searched
                submit=move |form, typing: bool| if typing { live.typed(form) } else { live.send(&form, Step::Further) }/>
            <div id="rows" class="stack" tabindex="-1" on:change=move |event| live.select(&event)>
                {move || shown.with(|shown| rows(shown, live.selected))}
            </div>
            <StatusHelp meanings=LeadStatus::ALL.iter().map(|status| (status.label(), status.meaning())).collect()/>
            {shortcuts(help)}
        </div>
    }
}

fn head(shown: &Shown) -> impl IntoView + use<> {
    let (count, noun) = shown.view.page.count.figure();
    let query = &shown.read.query;
    let days = query.filter.days_in_words();
    let files = (shown.view.may_export && !shown.view.page.leads.is_empty()).then(|| {
        view! {
            <div class="page__ways">
                <ExportLinks
                    csv=query.first_page().href("/partner/leads/export.csv")
                    xlsx=query.first_page().href("/partner/leads/export.xlsx")
                />
            </div>
        }
    });
    view! {
        <div>
            <h1>"Leads"</h1>
            <p class="page__figure">
                <strong data-count>{count}</strong> " " {noun}
                {days.map(|days| view! { <span class="muted">", " {days}</span> })}
            </p>
        </div>
        {files}
    }
}

fn ignored(parts: &[String]) -> impl IntoView + use<> {
    let parts = parts.iter().map(|part| view! { <p>{part.clone()}</p> }).collect_view();
    (!parts.is_empty()).then(|| view! { <Alert>{parts}</Alert> })
}

fn rows(shown: &Shown, selected: RwSignal<u32>) -> impl IntoView + use<> {
    let (page, query) = (&shown.view.page, &shown.read.query);
    let selectable = shown.view.may_review && !page.leads.is_empty();
    let first = page.leads.first().map(|lead| lead.id).filter(|_| page.has_previous);
    let last = page.leads.last().map(|lead| lead.id).filter(|_| page.has_next);
    let table = if page.leads.is_empty() {
        view! { <NoLeads query=query.clone()/> }.into_any()
    } else {
        view! { <LeadTable leads=page.leads.clone() query=query.clone() selectable/> }.into_any()
    };
    view! {
        {table}
        {selectable.then(|| bulk_form(list_of(query), selected))}
        <Pager
            first=first.map(|_| query.first_page().href(LIST))
            previous=first.map(|id| query.at(Cursor::Before(id)).href(LIST))
            next=last.map(|id| query.at(Cursor::After(id)).href(LIST))
        />
    }
}

/// The list's state, as a URL has it after the question mark.
fn list_of(query: &LeadListQuery) -> String {
    query.href(LIST).split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
}

#[component]
fn NoLeads(query: LeadListQuery) -> impl IntoView {
    if query.filter.is_empty() {
        view! {
            <section class="empty">
                <h2>"No leads yet"</h2>
                <p>"As soon as a lead is delivered to you, it appears here."</p>
            </section>
        }
        .into_any()
    } else {
        let cleared = LeadListQuery { sort: query.sort, size: query.size, ..LeadListQuery::default() };
        view! {
            <section class="empty">
                <h2>"No lead matches"</h2>
                <p>"Try a shorter search or a wider range of days."</p>
                <p><a class="button" href=cleared.href(LIST)>"Clear all filters"</a></p>
            </section>
        }
        .into_any()
    }
}
