//! `/admin/partners`.

use domain::{
    money::grouped,
    partners::{PartnerListQuery, PartnerRow, PartnerSort, PartnerStatus},
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{
    LIST,
    api::{ChangePartners, PartnersView, list_partners},
};
use crate::ui::{ErrorPage, ExportLinks, FormAlert, Pager, PartnerBadge, When, form_error};

/// The list of the account's partners. Its whole state is in the URL.
#[component]
pub fn PartnersPage() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| {
        map.with(|map| PartnerListQuery::from_pairs(map.latest_values().map(|(key, value)| (key.as_ref(), value))))
    });
    let view = Resource::new(move || query.get(), |query| async move { (list_partners(query.clone()).await, query) });
    view! {
        <Title text="Partners"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    (Ok(view), query) => view! { <Partners view query/> }.into_any(),
                    (Err(error), _) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Partners(view: PartnersView, query: PartnerListQuery) -> impl IntoView {
    let PartnersView { page, may_manage, may_export } = view;
    let pages = u32::try_from(page.count.div_ceil(u64::from(PartnerListQuery::ROWS))).unwrap_or(u32::MAX).max(1);
    let noun = if page.count == 1 { "partner" } else { "partners" };
    let map = use_query_map();
    let changed = move || {
        let map = map.read();
        (map.get_str("done") == Some("bulk")).then(|| match map.get_str("changed") {
            Some("1") => "Done for 1 partner.".to_owned(),
            Some(some) if some.len() < 5 && some.bytes().all(|digit| digit.is_ascii_digit()) => {
                format!("Done for {some} partners.")
            }
            _ => "Done.".to_owned(),
        })
    };
    let bulk = ServerAction::<super::api::ChangePartners>::new();
    let error = form_error(move || bulk.value().get());
    view! {
        <div class="page__head">
            <div>
                <h1>"Partners"</h1>
                <p class="page__figure"><strong data-count>{grouped(&page.count.to_string())}</strong> " " {noun}</p>
            </div>
            <div class="page__ways">
                {may_export.then(|| view! {
                    <ExportLinks
                        csv=query.at(1).href("/admin/partners/export.csv")
                        xlsx=query.at(1).href("/admin/partners/export.xlsx")
                    />
                })}
                {may_manage.then(|| view! {
                    <a class="button" href="/admin/partners/import">"Import"</a>
                    <a class="button button--primary" href="/admin/partners/new">"New partner"</a>
                })}
            </div>
        </div>
        {move || changed().map(|text| view! { <div class="alert alert--good" role="status">{text}</div> })}
        <FormAlert error/>
        <Filters query=query.clone()/>
        {if page.partners.is_empty() {
            view! { <NoPartners query=query.clone() may_manage/> }.into_any()
        } else {
            view! { <Table partners=page.partners may_manage may_export/> }.into_any()
        }}
        <Pager
            first=(query.page > 1).then(|| query.at(1).href(LIST))
            previous=(query.page > 1).then(|| query.at(query.page - 1).href(LIST))
            next=(query.page < pages).then(|| query.at(query.page + 1).href(LIST))
        />
    }
}

#[component]
fn Filters(query: PartnerListQuery) -> impl IntoView {
    let states = std::iter::once(None).chain(PartnerStatus::ALL.iter().copied().map(Some));
    let chips = {
        let query = query.clone();
        states
            .map(move |status| {
                let to = PartnerListQuery { status, page: 1, ..query.clone() };
                let label = status.map_or("All but archived", PartnerStatus::label);
                view! { <li><a class="chip" href=to.href(LIST) aria-current=(query.status == status).then_some("true")>{label}</a></li> }
            })
            .collect_view()
    };
    let sort = query.sort;
    view! {
        <div class="filters">
            <form method="get" action=LIST role="search" class="filters__search">
                <label class="sr-only" for="q">"Search name, company, contact, reference, tag"</label>
                <input class="input" id="q" name="q" type="search" value=query.q maxlength="100" placeholder="Name, contact, reference, tag"/>
                {query.status.map(|status| view! { <input type="hidden" name="status" value=status.as_str()/> })}
                <label class="sr-only" for="sort">"Sort by"</label>
                <select class="input input--narrow" id="sort" name="sort">
                    {PartnerSort::ALL.iter().copied().map(|order| view! {
                        <option value=order.as_str() selected=order == sort>{order.label()}</option>
                    }).collect_view()}
                </select>
                <button class="button" type="submit">"Search"</button>
            </form>
            <ul class="chips" aria-label="Status">{chips}</ul>
        </div>
    }
}

/// The rows, in a plain form: its buttons say what to do with those that are ticked.
#[component]
fn Table(partners: Vec<PartnerRow>, may_manage: bool, may_export: bool) -> impl IntoView {
    let ticks = may_manage || may_export;
    view! {
        <form method="post" action=ChangePartners::url() class="stack">
            <div class="table-frame">
                <table class="table">
                    <caption class="sr-only">"Your partners"</caption>
                    <thead>
                        <tr>
                            {ticks.then(|| view! { <th scope="col" class="cell-check"><span class="sr-only">"Select"</span></th> })}
                            <th scope="col">"Name"</th>
                            <th scope="col">"Status"</th>
                            <th scope="col" class="cell-amount">"Users"</th>
                            <th scope="col">"Last login"</th>
                            <th scope="col" class="cell-amount">"Leads this month"</th>
                            <th scope="col" class="cell-amount">"Unpaid"</th>
                        </tr>
                    </thead>
                    <tbody>{partners.into_iter().map(|partner| row(partner, ticks)).collect_view()}</tbody>
                </table>
            </div>
            {ticks.then(|| view! {
                <div class="bulk">
                    <p class="muted">"Selected partners:"</p>
                    {may_manage.then(|| view! {
                        <button class="button" type="submit" name="action" value="pause">"Pause"</button>
                        <button class="button" type="submit" name="action" value="activate">"Activate"</button>
                        <button class="button" type="submit" name="action" value="invite" title="Invites the contact of each that has no user yet">"Invite"</button>
                    })}
                    {may_export.then(|| view! {
                        <button class="button" type="submit" formmethod="get" formaction="/admin/partners/export.csv">"Export"</button>
                        <button class="button" type="submit" formmethod="get" formaction="/admin/partners/export.xlsx">"Excel"</button>
                    })}
                </div>
            })}
        </form>
    }
}

fn row(partner: PartnerRow, ticks: bool) -> impl IntoView {
    let unpaid = partner.unpaid.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let last = match partner.last_login {
        Some(time) => view! { <When time/> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    view! {
        <tr>
            {ticks.then(|| view! {
                <td class="cell-check" data-label="Select">
                    <input type="checkbox" name="ids[]" value=partner.id.to_string() aria-label=format!("Select {}", partner.name)/>
                </td>
            })}
            <th scope="row" class="cell-name">
                <a class="row-link" href=format!("{LIST}/{}", partner.id)><bdi>{partner.name.clone()}</bdi></a>
                {(!partner.external_ref.is_empty()).then(|| view! { <span class="muted">" " <bdi>{partner.external_ref.clone()}</bdi></span> })}
            </th>
            <td data-label="Status">
                <span><PartnerBadge status=partner.status/>
                {(!partner.portal_access).then(|| view! { " " <span class="muted">"portal off"</span> })}</span>
            </td>
            <td data-label="Users" class="cell-amount">{grouped(&partner.users.to_string())}</td>
            <td data-label="Last login" class="cell-figures">{last}</td>
            <td data-label="Leads this month" class="cell-amount">{grouped(&partner.leads_this_month.to_string())}</td>
            <td data-label="Unpaid" class="cell-amount">{if unpaid.is_empty() { "–".to_owned() } else { unpaid }}</td>
        </tr>
    }
}

#[component]
fn NoPartners(query: PartnerListQuery, may_manage: bool) -> impl IntoView {
    if query.q.is_empty() && query.status.is_none() {
        return view! {
            <section class="empty">
                <h2>"No partners yet"</h2>
                <p>"Create the first one, then invite its users."</p>
                {may_manage.then(|| view! { <p><a class="button button--primary" href="/admin/partners/new">"New partner"</a></p> })}
            </section>
        }
        .into_any();
    }
    view! {
        <section class="empty">
            <h2>"No partner matches"</h2>
            <p>"Try a shorter search or another status."</p>
            <p><a class="button" href=LIST>"Show all partners"</a></p>
        </section>
    }
    .into_any()
}
