//! `/admin/leads`.

use domain::{
    admin::AdminPermission,
    leads::{AccountLeadQuery, Count, Cursor, Review},
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{
    LIST,
    api::{AccountLeadsView, ChooseAccountColumns, DeliverAgain, list_account_leads},
    filters::Filters,
    table::{AccountLeadTable, BULK},
};
use crate::{
    admin::IfMay,
    leads::{column_choice, ignored},
    ui::{Done, ErrorPage, ExportLinks, FormAlert, FormError, Pager, form_error},
};

/// The list of the account's leads. Its whole state is in the URL.
#[component]
pub fn AccountLeadsPage() -> impl IntoView {
    let map = use_query_map();
    let read = Memo::new(move |_| {
        map.with(|map| {
            let pairs = map.latest_values().map(|(key, value)| (key.to_string().into(), value.to_string().into()));
            AccountLeadQuery::from_pairs(pairs)
        })
    });
    let view = Resource::new(
        move || read.get(),
        |(query, ignored)| async move { (list_account_leads(query.clone()).await, query, ignored) },
    );
    let deliver = ServerAction::<DeliverAgain>::new();
    let error = form_error(move || deliver.value().get());
    view! {
        <Title text="Leads"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let (view, query, left_out) = view.await;
                match view {
                    Ok(view) => view! { <Leads view query left_out error/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Leads(view: AccountLeadsView, query: AccountLeadQuery, left_out: Vec<String>, error: FormError) -> impl IntoView {
    let AccountLeadsView { page, campaigns, fields, partners, columns, outcomes, may_export, may_deliver } = view;
    let (count, noun) = page.count.figure();
    let days = query.list.filter.days_in_words();
    let list = query.to_query_string();
    let first = page.leads.first().map(|lead| lead.summary.id).filter(|_| page.has_previous);
    let last = page.leads.last().map(|lead| lead.summary.id).filter(|_| page.has_next);
    let at = |cursor| query.with(query.list.at(cursor)).href(LIST);
    let pager = view! {
        <Pager
            first=first.map(|_| query.first_page().href(LIST))
            previous=first.map(|id| at(Cursor::Before(id)))
            next=last.map(|id| at(Cursor::After(id)))
        />
    };
    let empty = page.leads.is_empty();
    let files = (may_export && !empty).then(|| {
        let start = query.first_page();
        view! { <ExportLinks csv=start.href("/admin/leads/export.csv") xlsx=start.href("/admin/leads/export.xlsx")/> }
    });
    let all = match page.count {
        Count::Exactly(all) if all > page.leads.len() as u64 && all <= Review::MOST as u64 => Some(all),
        _ => None,
    };
    let bulk = (may_deliver && !empty).then(|| bulk_form(list.clone(), all));
    let rows = if empty {
        view! { <NoLeads query=query.clone()/> }.into_any()
    } else {
        let state = query.first_page().href("");
        view! { <AccountLeadTable leads=page.leads columns outcomes=outcomes.clone() list=state selectable=may_deliver/> }.into_any()
    };
    view! {
        <div class="page__head">
            <div>
                <h1>"Leads"</h1>
                <p class="page__figure">
                    <strong data-count>{count}</strong> " " {noun}
                    {days.map(|days| view! { <span class="muted">", " {days}</span> })}
                </p>
            </div>
            <div class="page__ways">
                {column_choice(ChooseAccountColumns::url(), columns, domain::leads::LeadColumns::all(), list)}
                {files}
                <IfMay permission=AdminPermission::ImportLeads>
                    <a class="button button--primary" href="/admin/leads/import">"Import leads"</a>
                </IfMay>
            </div>
        </div>
        <FormAlert error/>
        <Queued/>
        {ignored(&left_out)}
        <Filters query=query.clone() campaigns fields partners outcomes/>
        <div class="stack">{rows}{bulk}{pager}</div>
    }
}

/// What was queued just now, as the address says it.
#[component]
fn Queued() -> impl IntoView {
    let number = |name: &str| {
        let number = use_query_map().with_untracked(|map| map.get_str(name)?.parse::<u64>().ok());
        number.unwrap_or_default()
    };
    let (queued, without) = (number("queued"), number("without"));
    let rest = match without {
        0 => String::new(),
        without => format!(" {} not: their partners have no delivery switched on.", Count::Exactly(without)),
    };
    view! { <Done word="queued" message=format!("{} on the way again.{rest}", Count::Exactly(queued))/> }
}

/// What can be done with the selected leads. Their checkboxes belong to it; `all` is how many the list has, where those can be meant.
fn bulk_form(list: String, all: Option<u64>) -> impl IntoView {
    let all = all.map(|all| {
        view! {
            <label class="choice decision__all">
                <input type="checkbox" name="all" value=all.to_string()/>
                <span>{format!("All {} of this list, on all its pages", Count::Exactly(all))}</span>
            </label>
        }
    });
    view! {
        <form id=BULK method="post" action=DeliverAgain::url() class="decision" aria-label="Selected leads">
            <input type="hidden" name="list" value=list/>
            <p class="decision__count">"With the selected leads:"</p>
            {all}
            <button class="button" type="submit">"Deliver again"</button>
        </form>
    }
}

#[component]
fn NoLeads(query: AccountLeadQuery) -> impl IntoView {
    if query.is_unfiltered() {
        return view! {
            <section class="empty">
                <h2>"No leads yet"</h2>
                <p>"As soon as a lead comes in by the API or from a file, it appears here, whichever partner it is for."</p>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="empty">
            <h2>"No lead matches"</h2>
            <p>"Try a shorter search, another partner or a wider range of days."</p>
            <p><a class="button" href=LIST>"Clear all filters"</a></p>
        </section>
    }
    .into_any()
}
