//! The table of leads; on a narrow screen every row becomes a card.

use chrono::{DateTime, Utc};
use domain::leads::{LeadColumn, LeadColumns, LeadListQuery, LeadSort, LeadSummary, OutcomeChoice};
use leptos::prelude::*;

use super::{LIST, bulk::BULK, dialled, review_form::badge};
use crate::ui::{
    ago::{now, when},
    markup::Markup,
    status_badge,
};

/// The rows. Each leads to its lead, keeping the list's state for the way back and for previous/next.
#[component]
pub(super) fn LeadTable(
    /// The rows.
    leads: Vec<LeadSummary>,
    /// The list's state.
    query: LeadListQuery,
    /// The columns beside the name.
    columns: LeadColumns,
    /// The account's outcomes.
    outcomes: Vec<OutcomeChoice>,
    /// Whether rows can be selected, to be decided on below.
    selectable: bool,
) -> impl IntoView {
    let rows = written(&leads, &outcomes, columns, selectable, &query.first_page());
    let select_all = selectable.then(|| {
        view! {
            <th scope="col" class="cell-pick"><label class="pick-all">
                <input type="checkbox" form=BULK data-all/><span class="sr-only">"Select all leads of this page"</span>
            </label></th>
        }
    });
    view! {
        <div class="table-frame">
            <table class="table table--leads">
                <caption class="sr-only">"Your leads"</caption>
                <thead>
                    <tr>
                        {select_all}
                        <SortHeader label="Name" query=query.clone() ascending=LeadSort::Name descending=LeadSort::NameDescending/>
                        {columns.iter().map(|column| head(column, &query)).collect_view()}
                    </tr>
                </thead>
                <tbody inner_html=rows></tbody>
            </table>
        </div>
    }
}

fn head(column: LeadColumn, query: &LeadListQuery) -> AnyView {
    let label = column.label();
    match column {
        LeadColumn::Received => {
            let query = query.clone();
            view! { <SortHeader label query ascending=LeadSort::Oldest descending=LeadSort::Newest/> }.into_any()
        }
        LeadColumn::Price => view! { <th scope="col" class="cell-amount">{label}</th> }.into_any(),
        _ => view! { <th scope="col">{label}</th> }.into_any(),
    }
}

/// What cells are told by: the time of the page, and what the account calls its outcomes.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) now: Option<DateTime<Utc>>,
    pub(crate) outcomes: &'a [OutcomeChoice],
}

/// What a lead has in a column. A price is that of the lead's own currency.
pub(crate) fn cell(rows: &mut Markup, column: LeadColumn, lead: &LeadSummary, name: &str, told: Told<'_>) {
    let label = ("data-label", column.label());
    let text = |rows: &mut Markup, class: &[(&'static str, &str)], text: &str| {
        let attributes = [&[label], class].concat();
        rows.open("td", &attributes).element("bdi", &[], text).close("td");
    };
    match column {
        LeadColumn::Email => text(rows, &[("class", "cell-clip")], &lead.email),
        LeadColumn::Phone => {
            rows.open("td", &[label, ("class", "cell-figures")]);
            if !lead.phone.is_empty() {
                let call = format!("Call {name}, {}", lead.phone);
                let link = [("class", "call"), ("href", &*dialled(&lead.phone)), ("aria-label", &*call)];
                rows.open("a", &link).element("bdi", &[], &lead.phone).close("a");
            }
            rows.close("td");
        }
        LeadColumn::Campaign => text(rows, &[], &lead.campaign),
        LeadColumn::Received => {
            when(rows.open("td", &[label, ("class", "cell-figures")]), lead.received, told.now);
            rows.close("td");
        }
        LeadColumn::Status => {
            status_badge(rows.open("td", &[label]), lead.status);
            rows.close("td");
        }
        LeadColumn::Price => {
            let price = lead.more.as_ref().and_then(|more| more.price).map(|price| price.to_string());
            rows.element("td", &[label, ("class", "cell-amount")], &price.unwrap_or_default());
        }
        LeadColumn::ExternalId => {
            let id = lead.more.as_ref().map(|more| more.external_id.as_str());
            text(rows, &[("class", "cell-clip")], id.unwrap_or_default());
        }
        LeadColumn::Outcome => {
            let outcome = lead.more.as_ref().and_then(|more| more.outcome.as_ref());
            let label = outcome.map(|outcome| OutcomeChoice::label_of(told.outcomes, &outcome.code));
            text(rows, &[], label.unwrap_or_default());
        }
        LeadColumn::Return => {
            rows.open("td", &[label]);
            if let Some(state) = lead.more.as_ref().and_then(|more| more.returned) {
                rows.element("span", &[("class", &*format!("badge badge--{}", badge(state)))], state.label());
            }
            rows.close("td");
        }
    }
}

/// A row. `list` is the state that its way back leads to, as a URL has it from the question mark on.
fn row(rows: &mut Markup, lead: &LeadSummary, columns: LeadColumns, selectable: bool, list: &str, told: Told<'_>) {
    let name = if lead.name.is_empty() { "No name" } else { &lead.name };
    let id = lead.id.to_string();
    rows.open("tr", &[]);
    if selectable {
        let pick = [("type", "checkbox"), ("name", "leads[]"), ("value", &*id), ("form", BULK)];
        let label = format!("Select {name}");
        rows.open("td", &[("class", "cell-pick")]);
        rows.open("input", &[&pick[..], &[("aria-label", &*label)]].concat()).close("td");
    }
    rows.open("th", &[("scope", "row"), ("class", "cell-name")]);
    rows.open("a", &[("href", &*format!("{LIST}/{id}{list}")), ("class", "row-link")]);
    rows.element("bdi", &[], name).close("a").close("th");
    for column in columns.iter() {
        cell(rows, column, lead, name, told);
    }
    rows.close("tr");
}

/// About how many bytes a row has.
pub(crate) const ROW: usize = 1_024;

/// All rows, as text.
fn written(
    leads: &[LeadSummary],
    outcomes: &[OutcomeChoice],
    columns: LeadColumns,
    selectable: bool,
    state: &LeadListQuery,
) -> String {
    let (mut rows, list) = (Markup::with_capacity(ROW * leads.len()), state.href(""));
    let told = Told { now: now(), outcomes };
    for lead in leads {
        row(&mut rows, lead, columns, selectable, &list, told);
    }
    rows.finish()
}

/// A column head that orders the list by its column, and turns the order round when it has it already.
#[component]
fn SortHeader(label: &'static str, query: LeadListQuery, ascending: LeadSort, descending: LeadSort) -> impl IntoView {
    let order = match query.sort {
        sort if sort == ascending => Some("ascending"),
        sort if sort == descending => Some("descending"),
        _ => None,
    };
    // Names are wanted from A on, deliveries from the latest on.
    let first = if ascending == LeadSort::Name { ascending } else { descending };
    let second = if first == ascending { descending } else { ascending };
    let mut to = query.first_page();
    to.sort = if query.sort == first { second } else { first };
    view! {
        <th scope="col" aria-sort=order>
            <a class="sort" href=to.href(LIST)>{label}</a>
        </th>
    }
}
