//! The table of leads; on a narrow screen every row becomes a card.

use domain::leads::{LeadColumn, LeadColumns, LeadListQuery, LeadSort, LeadSummary};
use leptos::prelude::*;

use super::{LIST, bulk::BULK, dialled};
use crate::ui::{StatusBadge, When};

/// The rows. Each leads to its lead, keeping the list's state for the way back and for previous/next.
#[component]
pub(super) fn LeadTable(
    /// The rows.
    leads: Vec<LeadSummary>,
    /// The list's state.
    query: LeadListQuery,
    /// The columns beside the name.
    columns: LeadColumns,
    /// Whether rows can be selected, to be decided on below.
    selectable: bool,
) -> impl IntoView {
    let state = query.first_page();
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
                        {shown(columns).map(|column| head(column, &query)).collect_view()}
                    </tr>
                </thead>
                <tbody>
                    {leads.into_iter().map(|lead| row(lead, &state, columns, selectable)).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

fn shown(columns: LeadColumns) -> impl Iterator<Item = LeadColumn> {
    LeadColumn::ALL.iter().copied().filter(move |column| columns.has(*column))
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

/// What a lead has in a column. A price is that of the lead's own currency.
fn cell(column: LeadColumn, lead: &LeadSummary, name: &str) -> AnyView {
    let label = column.label();
    match column {
        LeadColumn::Email => {
            view! { <td data-label=label class="cell-clip"><bdi>{lead.email.clone()}</bdi></td> }.into_any()
        }
        LeadColumn::Phone => {
            let call = (!lead.phone.is_empty()).then(|| {
                let (label, href) = (format!("Call {name}, {}", lead.phone), dialled(&lead.phone));
                view! { <a class="call" href=href aria-label=label><bdi>{lead.phone.clone()}</bdi></a> }
            });
            view! { <td data-label=label class="cell-figures">{call}</td> }.into_any()
        }
        LeadColumn::Campaign => view! { <td data-label=label><bdi>{lead.campaign.clone()}</bdi></td> }.into_any(),
        LeadColumn::Received => {
            view! { <td data-label=label class="cell-figures"><When time=lead.received/></td> }.into_any()
        }
        LeadColumn::Status => view! { <td data-label=label><StatusBadge status=lead.status/></td> }.into_any(),
        LeadColumn::Price => {
            let price = lead.more.as_ref().and_then(|more| more.price).map(|price| price.to_string());
            view! { <td data-label=label class="cell-amount">{price}</td> }.into_any()
        }
        LeadColumn::ExternalId => {
            let id = lead.more.as_ref().map(|more| more.external_id.clone());
            view! { <td data-label=label class="cell-clip"><bdi>{id}</bdi></td> }.into_any()
        }
    }
}

fn row(lead: LeadSummary, state: &LeadListQuery, columns: LeadColumns, selectable: bool) -> impl IntoView + use<> {
    let href = state.href(&format!("{LIST}/{}", lead.id));
    let name = if lead.name.is_empty() { "No name".to_owned() } else { lead.name.clone() };
    let cells = shown(columns).map(|column| cell(column, &lead, &name)).collect_view();
    let pick = selectable.then(|| {
        let label = format!("Select {name}");
        view! {
            <td class="cell-pick">
                <input type="checkbox" name="leads[]" value=lead.id.to_string() form=BULK aria-label=label/>
            </td>
        }
    });
    view! {
        <tr>
            {pick}
            <th scope="row" class="cell-name"><a class="row-link" href=href><bdi>{name}</bdi></a></th>
            {cells}
        </tr>
    }
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
