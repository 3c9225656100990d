//! `/partner/leads`.

use domain::{
    leads::{Count, Cursor, LeadListQuery, LeadStatus, ReadQuery},
    money::grouped,
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    LIST,
    api::{LeadsView, list_leads},
    filter_form::FilterForm,
    table::LeadTable,
    use_list_query,
};
use crate::ui::{Alert, ErrorPage, ExportLinks, Pager, Skeleton, StatusHelp};

/// The list of the partner's leads. Its whole state is in the URL.
#[component]
pub fn LeadsPage() -> impl IntoView {
    let read = use_list_query();
    let view = Resource::new(move || read.get(), |read| async move { (list_leads(read.query.clone()).await, read) });
    // Said by screen readers: it stands beside what changes, for a text that comes with its element is not read out.
    let announcement = RwSignal::new(String::new());
    view! {
        <Title text="Leads"/>
        <p class="sr-only" role="status">{announcement}</p>
        <Transition fallback=|| view! { <Skeleton title="Leads"/> }>
            {move || Suspend::new(async move {
                let (view, read) = view.await;
                match view {
                    Ok(view) => view! { <Leads view read announcement/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Leads(view: LeadsView, read: ReadQuery, announcement: RwSignal<String>) -> impl IntoView {
    let ReadQuery { query, ignored } = read;
    let LeadsView { page, campaigns, may_export } = view;
    let first = page.leads.first().map(|lead| lead.id).filter(|_| page.has_previous);
    let last = page.leads.last().map(|lead| lead.id).filter(|_| page.has_next);
    let empty = page.leads.is_empty();
    let (count, noun) = match page.count {
        Count::Exactly(1) => ("1".to_owned(), "lead"),
        Count::Exactly(count) => (grouped(&count.to_string()), "leads"),
        Count::MoreThan(count) => (format!("more than {}", grouped(&count.to_string())), "leads"),
    };
    let days = query.filter.days_in_words();
    let announced = format!("{count} {noun}");
    Effect::new(move || announcement.set(announced.clone()));
    view! {
        <div class="page__head">
            <div>
                <h1>"Leads"</h1>
                <p class="page__figure">
                    <strong data-count>{count}</strong> " " {noun}
                    {days.map(|days| view! { <span class="muted">", " {days}</span> })}
                </p>
            </div>
            {(may_export && !empty).then(|| view! {
                <div class="page__ways">
                    <ExportLinks
                        csv=query.first_page().href("/partner/leads/export.csv")
                        xlsx=query.first_page().href("/partner/leads/export.xlsx")
                    />
                </div>
            })}
        </div>
        {(!ignored.is_empty()).then(|| view! {
            <Alert>{ignored.into_iter().map(|part| view! { <p>{part}</p> }).collect_view()}</Alert>
        })}
        <FilterForm query=query.clone() campaigns/>
        {if empty {
            view! { <NoLeads query=query.clone()/> }.into_any()
        } else {
            view! { <LeadTable leads=page.leads query=query.clone()/> }.into_any()
        }}
        <Pager
            first=first.map(|_| query.first_page().href(LIST))
            previous=first.map(|id| query.at(Cursor::Before(id)).href(LIST))
            next=last.map(|id| query.at(Cursor::After(id)).href(LIST))
        />
        <StatusHelp meanings=LeadStatus::ALL.iter().map(|status| (status.label(), status.meaning())).collect()/>
    }
}

#[component]
fn NoLeads(query: LeadListQuery) -> impl IntoView {
    if query.filter.is_empty() {
        view! {
            <section class="empty">
                <h2>"No leads yet"</h2>
                <p>"As soon as a lead is delivered to you, it appears here."</p>
            </section>
        }
        .into_any()
    } else {
        let cleared = LeadListQuery { sort: query.sort, size: query.size, ..LeadListQuery::default() };
        view! {
            <section class="empty">
                <h2>"No lead matches"</h2>
                <p>"Try a shorter search or a wider range of days."</p>
                <p><a class="button" href=cleared.href(LIST)>"Clear all filters"</a></p>
            </section>
        }
        .into_any()
    }
}
