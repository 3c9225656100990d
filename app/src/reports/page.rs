//! `/partner/reports`.

use domain::reports::{ReportBy, ReportQuery};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{
    REPORT, ReportBody, ReportForm,
    api::{ReportView, get_report},
    mail_api::{MailReport, StopReport},
    mails::{ReportMails, Sending},
};
use crate::{
    leads::ignored,
    ui::{ErrorPage, ExportLinks, form_error},
};

/// The state that the current URL says, and what of it could not be read.
pub(crate) fn use_report_query() -> Memo<(ReportQuery, Vec<String>)> {
    let map = use_query_map();
    Memo::new(move |_| {
        map.with(|map| {
            let pairs = map.latest_values().map(|(key, value)| (key.to_string().into(), value.to_string().into()));
            ReportQuery::from_pairs(pairs)
        })
    })
}

/// The partner's report. Its whole state is in the URL.
#[component]
pub fn ReportsPage() -> impl IntoView {
    let read = use_report_query();
    let (start, stop) = (ServerAction::<MailReport>::new(), ServerAction::<StopReport>::new());
    let errors = (form_error(move || start.value().get()), form_error(move || stop.value().get()));
    let sending = Sending {
        start: MailReport::url(),
        stop: StopReport::url(),
        error: if errors.0.get().is_some() { errors.0 } else { errors.1 },
    };
    let view = Resource::new(
        move || read.get(),
        |(query, left_out)| async move { (get_report(query.clone()).await, query, left_out) },
    );
    view! {
        <Title text="Reports"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let (view, query, left_out) = view.await;
                match view {
                    Ok(view) => view! { <Page view query left_out sending/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Page(view: ReportView, query: ReportQuery, left_out: Vec<String>, sending: Sending) -> impl IntoView {
    let ReportView { report, campaigns, fields, may_export, mails } = view;
    let without = [ReportBy::Partner, ReportBy::Field];
    let choices = ReportBy::ALL.iter().copied().filter(|by| !without.contains(by)).collect();
    let field = report.field.clone();
    let files = may_export.then(|| {
        view! {
            <div class="page__ways">
                <ExportLinks csv=query.href("/partner/reports/export.csv") xlsx=query.href("/partner/reports/export.xlsx")/>
            </div>
        }
    });
    view! {
        <div class="page__head"><h1>"Reports"</h1>{files}</div>
        {ignored(&left_out)}
        <ReportForm query=query.clone() span=report.span by=report.by choices fields field campaigns path=REPORT/>
        <ReportBody report query=query.clone() list="/partner/leads" path=REPORT/>
        {mails.map(|mails| view! { <ReportMails mails query sending/> })}
    }
}
