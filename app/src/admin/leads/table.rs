//! The table of the account's leads.

use domain::{
    delivery::DeliveryState,
    leads::{AccountLead, LeadColumn, LeadColumns, OutcomeChoice},
};
use leptos::prelude::*;

use super::LIST;
use crate::{
    leads::{ROW, Told, cell},
    ui::{ago::now, markup::Markup},
};

/// The id of the form that the checkboxes of the rows belong to.
pub(super) const BULK: &str = "bulk";

/// The rows; each leads to its lead and to its partner.
#[component]
pub(super) fn AccountLeadTable(
    /// The rows.
    leads: Vec<AccountLead>,
    /// The columns beside those that are always there.
    columns: LeadColumns,
    /// The account's outcomes.
    outcomes: Vec<OutcomeChoice>,
    /// The list's state, as a URL has it from the question mark on.
    list: String,
    /// Whether rows can be selected.
    selectable: bool,
) -> impl IntoView {
    let rows = written(&leads, &outcomes, columns, &list, selectable);
    let heads = columns.iter().map(|column| {
        let class = (column == LeadColumn::Price).then_some("cell-amount");
        view! { <th scope="col" class=class>{column.label()}</th> }
    });
    view! {
        <div class="table-frame">
            <table class="table table--leads">
                <caption class="sr-only">"Leads of all partners"</caption>
                <thead><tr>
                    {selectable.then(|| view! { <th scope="col" class="cell-pick"><span class="sr-only">"Select"</span></th> })}
                    <th scope="col">"Name"</th>
                    <th scope="col">"Partner"</th>
                    {heads.collect_view()}
                    <th scope="col">"Delivery"</th>
                </tr></thead>
                <tbody inner_html=rows></tbody>
            </table>
        </div>
    }
}

fn written(
    leads: &[AccountLead],
    outcomes: &[OutcomeChoice],
    columns: LeadColumns,
    list: &str,
    selectable: bool,
) -> String {
    let mut rows = Markup::with_capacity(ROW * leads.len());
    let told = Told { now: now(), outcomes };
    for lead in leads {
        let AccountLead { summary, partner: (partner, partner_name), delivery } = lead;
        let (name, id) = (if summary.name.is_empty() { "No name" } else { &summary.name }, summary.id.to_string());
        rows.open("tr", &[]);
        if selectable {
            let (label, form) = (format!("Select {name}"), ("form", BULK));
            let pick = [("type", "checkbox"), ("name", "leads[]"), ("value", &*id), form, ("aria-label", &*label)];
            rows.open("td", &[("class", "cell-pick")]).open("input", &pick).close("td");
        }
        rows.open("th", &[("scope", "row"), ("class", "cell-name")]);
        rows.open("a", &[("href", &*format!("{LIST}/{id}{list}")), ("class", "row-link")]);
        rows.element("bdi", &[], name).close("a").close("th");
        rows.open("td", &[("data-label", "Partner"), ("class", "cell-clip")]);
        rows.open("a", &[("href", &*format!("/admin/partners/{partner}"))]);
        rows.element("bdi", &[], partner_name).close("a").close("td");
        for column in columns.iter() {
            cell(&mut rows, column, summary, name, told);
        }
        rows.open("td", &[("data-label", "Delivery")]);
        match delivery {
            Some(state) => delivery_badge(&mut rows, *state),
            None => _ = rows.element("span", &[("class", "muted")], "None"),
        }
        rows.close("td").close("tr");
    }
    rows.finish()
}

fn delivery_badge(rows: &mut Markup, state: DeliveryState) {
    rows.element("span", &[("class", &*format!("badge badge--{state}"))], state.label());
}
