//! What the account's list can be asked for besides what partners' lists can.

use std::sync::Arc;

use domain::{
    delivery::DeliveryState,
    ids::PartnerId,
    leads::{AccountLeadQuery, CampaignCount, FilterField, LeadSort, OutcomeChoice},
};
use leptos::prelude::*;

use super::LIST;
use crate::{
    leads::{FilterForm, ListHref},
    ui::Combobox,
};

/// The filters: those of a partner's list, the partner, how far the delivery is.
#[component]
pub(super) fn Filters(
    /// The list's state.
    query: AccountLeadQuery,
    /// The campaigns to choose from.
    campaigns: Vec<CampaignCount>,
    /// The extra fields that it can be narrowed by.
    fields: Vec<FilterField>,
    /// The partners to choose from.
    partners: Vec<(PartnerId, String)>,
    /// The account's outcomes.
    outcomes: Vec<OutcomeChoice>,
) -> impl IntoView {
    let sorts: &'static [LeadSort] =
        if query.partner.is_some() { LeadSort::ALL } else { &[LeadSort::Newest, LeadSort::Oldest] };
    let state = query.clone();
    let href: ListHref = Arc::new(move |list| state.with(list.clone()).href(LIST));
    let narrowed = query.partner.is_some() || query.delivery.is_some();
    let (partner, delivery) = (query.partner, query.delivery);
    let partners = partners.into_iter().map(move |(id, name)| {
        view! { <option value=id.to_string() selected=partner == Some(id)>{name}</option> }
    });
    let states = DeliveryState::ALL.iter().map(move |state| {
        view! { <option value=state.as_str() selected=delivery == Some(*state)>{state.label()}</option> }
    });
    let (partners, states) = (partners.collect_view(), states.collect_view());
    view! {
        <FilterForm query=query.list.clone() campaigns outcomes fields path=LIST href sorts narrowed>
            <div class="field">
                <label for="partner">"Partner"</label>
                <Combobox>
                    <select id="partner" name="partner"><option value="">"All partners"</option>{partners}</select>
                </Combobox>
            </div>
            <div class="field">
                <label for="delivery">"Delivery"</label>
                <select id="delivery" name="delivery"><option value="">"Any"</option>{states}</select>
            </div>
        </FilterForm>
    }
}
