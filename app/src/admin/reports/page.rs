//! `/admin/reports`.

use domain::{
    admin::AdminPermission,
    reports::{ReportBy, ReportQuery},
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use super::{
    REPORT,
    api::{AccountReportView, MailAccountReport, StopAccountReport, get_account_report},
};
use crate::{
    admin::IfMay,
    leads::ignored,
    reports::{ReportBody, ReportForm, ReportMails, Sending, use_report_query},
    ui::{Combobox, ErrorPage, ExportLinks, form_error},
};

/// The account's report. Its whole state is in the URL.
#[component]
pub fn AccountReportsPage() -> impl IntoView {
    let read = use_report_query();
    let (start, stop) = (ServerAction::<MailAccountReport>::new(), ServerAction::<StopAccountReport>::new());
    let errors = (form_error(move || start.value().get()), form_error(move || stop.value().get()));
    let sending = Sending {
        start: MailAccountReport::url(),
        stop: StopAccountReport::url(),
        error: if errors.0.get().is_some() { errors.0 } else { errors.1 },
    };
    let view = Resource::new(
        move || read.get(),
        |(query, left_out)| async move { (get_account_report(query.clone()).await, query, left_out) },
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
fn Page(view: AccountReportView, query: ReportQuery, left_out: Vec<String>, sending: Sending) -> impl IntoView {
    let AccountReportView { report, campaigns, fields, partners, mails, users } = view;
    let choices = ReportBy::ALL.iter().copied().filter(|by| *by != ReportBy::Field).collect();
    let field = report.field.clone();
    let chosen = query.partner;
    let options = partners.into_iter().map(move |(id, name)| {
        view! { <option value=id.to_string() selected=chosen == Some(id)>{name}</option> }
    });
    let options = options.collect_view();
    let (csv, xlsx) = (query.href("/admin/reports/export.csv"), query.href("/admin/reports/export.xlsx"));
    view! {
        <div class="page__head">
            <h1>"Reports"</h1>
            <IfMay permission=AdminPermission::Export>
                <div class="page__ways"><ExportLinks csv=csv.clone() xlsx=xlsx.clone()/></div>
            </IfMay>
        </div>
        {ignored(&left_out)}
        <ReportForm query=query.clone() span=report.span by=report.by choices fields field campaigns path=REPORT>
            <div class="field">
                <label for="partner">"Partner"</label>
                <Combobox>
                    <select id="partner" name="partner"><option value="">"All partners"</option>{options}</select>
                </Combobox>
            </div>
        </ReportForm>
        <ReportBody report query=query.clone() list="/admin/leads" path=REPORT/>
        <ReportMails mails query sending users/>
    }
}
