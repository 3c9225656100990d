//! The page of the audit log.

use domain::{
    audit::{ActorKind, AuditAction, AuditQuery, AuditResult},
    ids::PartnerId,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{
    EntryList,
    api::{AuditView, list_audit},
};
use crate::ui::{Combobox, ErrorPage, ExportLinks, Pager};

const PATH: &str = "/admin/audit";

/// The account's audit log. Its whole state is in the URL.
#[component]
pub fn AuditPage() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| {
        map.with(|map| AuditQuery::from_pairs(map.latest_values().map(|(key, value)| (key.as_ref(), value))))
    });
    let view = Resource::new(move || query.get(), |query| async move { (list_audit(query.clone()).await, query) });
    view! {
        <Title text="Audit log"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    (Ok(view), query) => view! { <Log view query/> }.into_any(),
                    (Err(error), _) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Log(view: AuditView, query: AuditQuery) -> impl IntoView {
    let AuditView { entries, more, partners, may_export } = view;
    let first = AuditQuery { before: None, ..query.clone() };
    let next = entries.last().map(|entry| entry.sequence).filter(|_| more);
    let next = next.map(|before| AuditQuery { before: Some(before), ..query.clone() }.href(PATH));
    view! {
        <div class="page__head">
            <div>
                <h1>"Audit log"</h1>
                <p class="muted">"Everything that happened in this account, newest first. Events cannot be changed: each is chained to the one before it."</p>
            </div>
            {may_export.then(|| view! {
                <div class="page__ways">
                    <ExportLinks csv=first.href("/admin/audit/export.csv") xlsx=first.href("/admin/audit/export.xlsx")/>
                </div>
            })}
        </div>
        <Filters query=query.clone() partners/>
        <section class="card" aria-label="Events"><EntryList entries/></section>
        <Pager first=query.before.map(|_| first.href(PATH)) previous=None next/>
    }
}

fn options(all: &'static str, choices: Vec<(String, String)>, chosen: String) -> impl IntoView {
    let rows = choices.into_iter().map(move |(value, label)| {
        let own = value == chosen;
        view! { <option value=value selected=own>{label}</option> }
    });
    view! { <option value="">{all}</option> {rows.collect_view()} }
}

#[component]
fn Filters(query: AuditQuery, partners: Vec<(PartnerId, String)>) -> impl IntoView {
    let filter = query.filter;
    let text = |value: Option<String>| value.unwrap_or_default();
    let set = filter != domain::audit::AuditFilter::default();
    let sentence = |text: &str| {
        let mut letters = text.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    let mut actions: Vec<(String, String)> = AuditAction::ALL
        .iter()
        .map(|action| (action.to_string(), sentence(action.phrase(AuditResult::Success))))
        .collect();
    actions.sort_by(|one, two| one.1.cmp(&two.1));
    let kinds = ActorKind::ALL.iter().map(|kind| (kind.to_string(), kind.label().to_owned())).collect();
    let results =
        vec![("success".to_owned(), "Done".to_owned()), ("failure".to_owned(), "Failed or refused".to_owned())];
    let partners = partners.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    view! {
        <details class="filters__more" open=set>
            <summary>"Filter"</summary>
            <form method="get" action=PATH class="filters__fields">
                <div class="field">
                    <label for="who">"Actor"</label>
                    <select id="who" name="who">{options("Anyone", kinds, text(filter.actor_kind.map(|kind| kind.to_string())))}</select>
                </div>
                <div class="field">
                    <label for="actor">"Name or email"</label>
                    <input id="actor" name="actor" value=filter.actor.clone() maxlength="200"/>
                </div>
                <div class="field">
                    <label for="partner">"Partner"</label>
                    <Combobox>
                        <select id="partner" name="partner">
                            {options("All", partners, text(filter.partner.map(|id| id.to_string())))}
                        </select>
                    </Combobox>
                </div>
                <div class="field">
                    <label for="action">"Action"</label>
                    <select id="action" name="action">{options("Any action", actions, text(filter.action.map(|action| action.to_string())))}</select>
                </div>
                <div class="field">
                    <label for="result">"Result"</label>
                    <select id="result" name="result">{options("Any", results, text(filter.result.map(|result| result.to_string())))}</select>
                </div>
                <div class="field">
                    <label for="object">"Object id"</label>
                    <input id="object" name="object" value=text(filter.object.map(|id| id.to_string())) maxlength="36"/>
                </div>
                <div class="field">
                    <label for="from">"From"</label>
                    <input id="from" name="from" type="date" value=text(filter.from.map(|day| day.to_string()))/>
                </div>
                <div class="field">
                    <label for="to">"To"</label>
                    <input id="to" name="to" type="date" value=text(filter.to.map(|day| day.to_string()))/>
                </div>
                <div class="filters__apply"><button class="button" type="submit">"Apply"</button></div>
                {set.then(|| view! { <div class="filters__apply"><a class="button" href=PATH>"Clear"</a></div> })}
            </form>
        </details>
    }
}
