//! The table of leads; on a narrow screen every row becomes a card.

use domain::leads::{LeadListQuery, LeadSort, LeadSummary};
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
                        <th scope="col">"Email"</th>
                        <th scope="col">"Phone"</th>
                        <th scope="col">"Campaign"</th>
                        <SortHeader label="Received" query=query ascending=LeadSort::Oldest descending=LeadSort::Newest/>
                        <th scope="col">"Status"</th>
                    </tr>
                </thead>
                <tbody>
                    {leads.into_iter().map(|lead| row(lead, &state, selectable)).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

fn row(lead: LeadSummary, state: &LeadListQuery, selectable: bool) -> impl IntoView + use<> {
    let href = state.href(&format!("{LIST}/{}", lead.id));
    let name = if lead.name.is_empty() { "No name".to_owned() } else { lead.name };
    let call = (!lead.phone.is_empty()).then(|| {
        let (label, href) = (format!("Call {name}, {}", lead.phone), dialled(&lead.phone));
        view! { <a class="call" href=href aria-label=label><bdi>{lead.phone}</bdi></a> }
    });
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
            <td data-label="Email" class="cell-clip"><bdi>{lead.email}</bdi></td>
            <td data-label="Phone" class="cell-figures">{call}</td>
            <td data-label="Campaign"><bdi>{lead.campaign}</bdi></td>
            <td data-label="Received" class="cell-figures"><When time=lead.received/></td>
            <td data-label="Status"><StatusBadge status=lead.status/></td>
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
