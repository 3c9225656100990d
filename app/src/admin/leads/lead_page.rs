//! `/admin/leads/{id}`.

use domain::{ids::LeadId, leads::AccountLeadQuery};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    LIST,
    api::{AccountLeadView, DeliverAgain, get_account_lead},
};
use crate::{
    error::AppError,
    leads::{Data, DeliveriesOf, History},
    ui::{ErrorPage, StatusBadge, When},
};

/// One lead, as the account sees it.
#[component]
pub fn AccountLeadPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<LeadId>().ok()));
    let view = Resource::new(
        move || (id.get(), location.search.get()),
        |(id, search)| async move {
            let id = id.ok_or(AppError::NotFound)?;
            Ok::<_, AppError>((get_account_lead(id).await?, search))
        },
    );
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok((view, search)) => view! { <Lead view search/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Lead(view: AccountLeadView, search: String) -> impl IntoView {
    let AccountLeadView { lead, partner: (partner, partner_name), deliveries, may_deliver } = view;
    let list = AccountLeadQuery::from_query_string(search.trim_start_matches('?')).0;
    let name = if lead.summary.name.is_empty() { "No name".to_owned() } else { lead.summary.name.clone() };
    let id = lead.summary.id;
    view! {
        <Title text=name.clone()/>
        <nav class="crumbs" aria-label="List"><a href=list.href(LIST)>"← Back to leads"</a></nav>
        <div class="page__head">
            <div>
                <h1><bdi>{name}</bdi></h1>
                <p class="muted">
                    "Delivered to " <a href=format!("/admin/partners/{partner}")><bdi>{partner_name}</bdi></a> ", "
                    <When time=lead.summary.received/>
                </p>
            </div>
            <StatusBadge status=lead.summary.status/>
        </div>
        <div class="columns">
            <section class="card" aria-labelledby="data">
                <h2 id="data">"Lead details"</h2>
                <Data lead=lead.clone()/>
            </section>
            <div class="stack">
                <History delivered="Delivered to the partner" received=lead.summary.received history=lead.history/>
                <DeliveriesOf deliveries log=format!("/admin/partners/{partner}/delivery")/>
                {may_deliver.then(|| view! {
                    <form method="post" action=DeliverAgain::url()>
                        <input type="hidden" name="leads[]" value=id.to_string()/>
                        <input type="hidden" name="list" value=list.to_query_string()/>
                        <button class="button" type="submit">"Deliver again"</button>
                    </form>
                })}
            </div>
        </div>
    }
}
