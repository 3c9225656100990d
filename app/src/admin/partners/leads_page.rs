//! `/admin/partners/{id}/leads`: what was delivered to one partner.

use domain::{
    ids::PartnerId,
    leads::{Cursor, LeadListQuery, LeadPage, LeadSummary},
};
use leptos::prelude::*;

use super::{
    api::list_partner_leads,
    frame::{PartnerTop, use_partner_id},
};
use crate::{
    error::AppError,
    leads::use_list_query,
    ui::{ErrorPage, Pager, StatusBadge, When},
};

/// The partner's leads.
#[component]
pub fn PartnerLeadsPage() -> impl IntoView {
    let id = use_partner_id();
    let read = use_list_query();
    let view = Resource::new(
        move || (id.get(), read.get()),
        |(id, read)| async move {
            let id = id.ok_or(AppError::NotFound)?;
            let (head, page) = list_partner_leads(id, read.query.clone()).await?;
            Ok::<_, AppError>((head, page, read.query))
        },
    );
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok((head, page, query)) => {
                        let id = head.id;
                        view! { <PartnerTop head title="Leads"/> <Leads id page query/> }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Leads(id: PartnerId, page: LeadPage, query: LeadListQuery) -> impl IntoView {
    let path = format!("/admin/partners/{id}/leads");
    let first = page.leads.first().map(|lead| lead.id).filter(|_| page.has_previous);
    let last = page.leads.last().map(|lead| lead.id).filter(|_| page.has_next);
    let count = page.count.to_string();
    let empty = page.leads.is_empty();
    view! {
        <form method="get" action=path.clone() role="search" class="filters__search">
            <label class="sr-only" for="q">"Search name, email, phone, campaign, id"</label>
            <input class="input" id="q" name="q" type="search" value=query.filter.q.clone() maxlength="100" placeholder="Name, email, phone, campaign, id"/>
            <button class="button" type="submit">"Search"</button>
        </form>
        <p class="page__figure"><strong data-count>{count}</strong></p>
        {if empty {
            view! { <section class="empty"><h2>"No leads here"</h2><p>"As soon as a lead is delivered to this partner, it appears here."</p></section> }.into_any()
        } else {
            view! {
                <div class="table-frame">
                    <table class="table">
                        <caption class="sr-only">"The partner’s leads"</caption>
                        <thead><tr>
                            <th scope="col">"Name"</th><th scope="col">"Email"</th><th scope="col">"Phone"</th>
                            <th scope="col">"Campaign"</th><th scope="col">"Received"</th><th scope="col">"Status"</th>
                        </tr></thead>
                        <tbody>{page.leads.into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
            }.into_any()
        }}
        <Pager
            first=first.map(|_| query.first_page().href(&path))
            previous=first.map(|id| query.at(Cursor::Before(id)).href(&path))
            next=last.map(|id| query.at(Cursor::After(id)).href(&path))
        />
    }
}

fn row(lead: LeadSummary) -> impl IntoView {
    let name = if lead.name.is_empty() { "No name".to_owned() } else { lead.name };
    view! {
        <tr>
            <th scope="row" class="cell-name"><bdi>{name}</bdi></th>
            <td data-label="Email" class="cell-clip"><bdi>{lead.email}</bdi></td>
            <td data-label="Phone" class="cell-figures"><bdi>{lead.phone}</bdi></td>
            <td data-label="Campaign" class="cell-clip"><bdi>{lead.campaign}</bdi></td>
            <td data-label="Received" class="cell-figures"><When time=lead.received/></td>
            <td data-label="Status"><StatusBadge status=lead.status/></td>
        </tr>
    }
}
