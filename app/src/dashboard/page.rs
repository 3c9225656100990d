//! `/partner`.

use domain::{
    dashboard::{ChartPeriod, Dashboard, LeadFigures},
    invoices::{Due, InvoiceFilter, InvoiceListQuery, InvoiceState},
    money::grouped,
    time::date,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{api::load_dashboard, chart::LeadChart};
use crate::ui::{ActivityList, ErrorPage, StatusBadge, When};

/// The start of the partner area.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let query = use_query_map();
    let period = Memo::new(move |_| query.read().get("leads").unwrap_or_default());
    let view = Resource::new(move || period.get(), load_dashboard);
    view! {
        <Title text="Dashboard"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(dashboard) => view! { <Whole dashboard/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Whole(dashboard: Dashboard) -> impl IntoView {
    let Dashboard { leads, due, activity } = dashboard;
    let (sees_leads, sees_invoices) = (leads.is_some(), due.is_some());
    view! {
        <div class="page__head">
            <h1>"Dashboard"</h1>
            <nav class="page__ways" aria-label="Quick links">
                {sees_leads.then(|| view! { <a class="button" href="/partner/leads">"All leads"</a> })}
                {sees_invoices.then(|| view! { <a class="button" href="/partner/invoices">"All invoices"</a> })}
                <a class="button" href="/partner/profile">"Your profile"</a>
            </nav>
        </div>
        <section class="tiles" aria-label="At a glance">
            {leads.as_ref().map(lead_tiles)}
            {due.map(|due| due.into_iter().map(due_tiles).collect_view())}
        </section>
        {leads.as_ref().map(pinned)}
        {leads.map(|leads| view! { <Leads leads/> })}
        <section class="card" aria-labelledby="activity">
            <div class="card__head">
                <h2 id="activity">"Recent activity"</h2>
                <a href="/partner/profile/activity">"All activity"</a>
            </div>
            <ActivityList events=activity/>
        </section>
    }
}

fn lead_tiles(leads: &LeadFigures) -> impl IntoView + use<> {
    let number = |count: u64| grouped(&count.to_string());
    let (from, to) = leads.days.this_month();
    let (_, last_to) = leads.days.last_month();
    let compared = format!("{} last month up to {}", number(leads.last_month), date(last_to));
    let (total, this_month) = (number(leads.total), number(leads.this_month));
    let unopened = match leads.unopened {
        0 => "all opened".to_owned(),
        some => format!("{} not opened yet", number(some)),
    };
    view! {
        <a class="tile" href="/partner/leads" data-figure="total">
            <span class="tile__label">"Total leads"</span>
            <strong class="tile__figure">{total}</strong>
            <span class="tile__note">{unopened}</span>
        </a>
        <a class="tile" href=format!("/partner/leads?from={from}&to={to}") data-figure="month">
            <span class="tile__label">"Leads this month"</span>
            <strong class="tile__figure">{this_month}</strong>
            <span class="tile__note">{compared}</span>
        </a>
    }
}

/// The views that the user has put here, each with its count.
fn pinned(leads: &LeadFigures) -> impl IntoView + use<> {
    if leads.pinned.is_empty() {
        return ().into_any();
    }
    let tiles = leads.pinned.iter().map(|view| {
        let (figure, noun) = view.count.map_or(("Open".to_owned(), "a search"), |count| count.figure());
        view! {
            <a class="tile" href=view.query.href("/partner/leads") data-view>
                <span class="tile__label"><bdi>{view.name.clone()}</bdi></span>
                <strong class="tile__figure">{figure}</strong>
                <span class="tile__note">{noun}</span>
            </a>
        }
    });
    view! { <section class="tiles tiles--small" aria-label="Views">{tiles.collect_view()}</section> }.into_any()
}

fn due_tiles(due: Due) -> impl IntoView {
    let tile = |state: InvoiceState, label: &'static str, amount: String, count: u64| {
        let filter = InvoiceFilter { state: Some(state), year: None };
        let href = InvoiceListQuery { filter, cursor: None }.href("/partner/invoices");
        let alarming = state == InvoiceState::Overdue && count > 0;
        let invoices = if count == 1 { "1 invoice".to_owned() } else { format!("{count} invoices") };
        view! {
            <a class="tile" class:tile--alarm=alarming href=href data-figure=state.as_str()>
                <span class="tile__label">{label}</span>
                <strong class="tile__figure">{amount}</strong>
                <span class="tile__note">{invoices}</span>
            </a>
        }
    };
    view! {
        {tile(InvoiceState::Pending, "Pending", due.pending.to_string(), due.pending_count)}
        {tile(InvoiceState::Overdue, "Overdue", due.overdue.to_string(), due.overdue_count)}
    }
}

#[component]
fn Leads(leads: LeadFigures) -> impl IntoView {
    let newest = leads.newest.into_iter().map(|lead| {
        let name = if lead.name.is_empty() { "No name".to_owned() } else { lead.name };
        view! {
            <li>
                <a href=format!("/partner/leads/{}", lead.id)><bdi>{name}</bdi></a>
                <StatusBadge status=lead.status/>
                <span class="muted"><bdi>{lead.campaign}</bdi> ", " <When time=lead.received/></span>
            </li>
        }
    });
    let newest = newest.collect_view();
    let today = leads.days.today;
    let to_do = leads.to_do.into_iter().map(|lead| {
        let name = if lead.name.is_empty() { "No name".to_owned() } else { lead.name };
        let late = (lead.on < today)
            .then(|| view! { <span class="badge badge--overdue">{format!("since {}", date(lead.on))}</span> });
        view! {
            <li>
                <a href=format!("/partner/leads/{}", lead.id)><bdi>{name}</bdi></a>
                {late}
                <span class="muted"><bdi>{lead.step}</bdi> {lead.assignee.map(|name| format!(" ({name})"))}</span>
            </li>
        }
    });
    let to_do = to_do.collect_view();
    let chosen = leads.period;
    let periods = ChartPeriod::ALL.iter().map(|period| {
        let current = (*period == chosen).then_some("true");
        view! { <li><a class="chip" href=format!("/partner?leads={period}#chart") aria-current=current>{period.label()}</a></li> }
    });
    let periods = periods.collect_view();
    view! {
        {(!to_do.is_empty()).then(|| view! {
            <section class="card" aria-labelledby="to-do">
                <h2 id="to-do">"To do today"</h2>
                <ul class="rows">{to_do}</ul>
            </section>
        })}
        <div class="columns">
            <section class="card" aria-labelledby="chart">
                <div class="card__head">
                    <h2 id="chart">"Leads received"</h2>
                    <ul class="chips" aria-label="Period of the chart">{periods}</ul>
                </div>
                <LeadChart period=leads.period bars=leads.bars/>
            </section>
            <section class="card" aria-labelledby="newest">
                <h2 id="newest">"Recent leads"</h2>
                {if newest.is_empty() {
                    view! { <p class="muted">"As soon as a lead is delivered to you, it appears here."</p> }.into_any()
                } else {
                    view! { <ul class="rows">{newest}</ul> }.into_any()
                }}
            </section>
        </div>
    }
}
