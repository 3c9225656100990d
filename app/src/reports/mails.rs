//! Reports that come by mail: those there are, the form for another one, and the page that a mail's link leads to.

use domain::{
    ids::UserId,
    report_mails::{Every, ReportMail},
    reports::ReportQuery,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::mail_api::{StopByLink, StopView, stop_link};
use crate::{
    auth::{Ended, Gate, GateLink},
    ui::{Done, FormAlert, FormError, form_error},
};

/// What is sent where.
#[derive(Clone, Copy)]
pub(crate) struct Sending {
    /// The server function that has a report sent.
    pub(crate) start: &'static str,
    /// The one that stops it.
    pub(crate) stop: &'static str,
    /// What went wrong with either.
    pub(crate) error: FormError,
}

/// The reports that come by mail, and the form for this one.
#[component]
pub(crate) fn ReportMails(
    /// Those there are.
    mails: Vec<ReportMail>,
    /// The report that is shown.
    query: ReportQuery,
    /// What is sent where.
    sending: Sending,
    /// Who else can get it.
    #[prop(optional)]
    users: Vec<(UserId, String)>,
) -> impl IntoView {
    let report = query.href("").trim_start_matches('?').to_owned();
    let Sending { start, stop, error } = sending;
    let state = report.clone();
    let rows = mails.into_iter().map(move |mail| {
        let (_, name, partner) = mail.to;
        let about = mail.query.campaign.map(|campaign| format!(", campaign {campaign}")).unwrap_or_default();
        let by = mail.query.by.map(|by| mail.query.field.clone().unwrap_or_else(|| by.label().to_lowercase()));
        let by = by.map(|by| format!(", by {by}")).unwrap_or_default();
        let to = match partner {
            Some((_, partner)) => format!("{name}, {partner}"),
            None => name,
        };
        view! {
            <li class="mails__one">
                <span>
                    <strong>{mail.every.label()}</strong> <bdi>{about}</bdi> {by} " "
                    <span class="muted">"to " <bdi>{to}</bdi> {mail.even_empty.then_some(", even without leads")}</span>
                </span>
                <form method="post" action=stop>
                    <input type="hidden" name="id" value=mail.id.to_string()/>
                    <input type="hidden" name="report" value=state.clone()/>
                    <button class="button button--quiet" type="submit">"Stop"</button>
                </form>
            </li>
        }
    });
    let rows = rows.collect_view();
    let rhythms = Every::ALL.iter().map(|every| view! { <option value=every.as_str()>{every.label()}</option> });
    let people = (!users.is_empty()).then(|| {
        let options = users.into_iter().map(|(id, name)| view! { <option value=id.to_string()>{name}</option> });
        view! {
            <div class="field">
                <label for="user">"To"</label>
                <select id="user" name="user"><option value="">"Me"</option>{options.collect_view()}</select>
            </div>
        }
    });
    view! {
        <section class="card" aria-labelledby="by-mail">
            <h2 id="by-mail">"By mail"</h2>
            <Done word="mailed" message="The report comes by mail from now on."/>
            <Done word="stopped" message="The report does not come any more."/>
            <FormAlert error/>
            {(!rows.is_empty()).then(|| view! { <ul class="mails">{rows}</ul> })}
            <form method="post" action=start class="mails__form">
                <input type="hidden" name="report" value=report/>
                {people}
                <div class="field">
                    <label for="every">"Send this report"</label>
                    <select id="every" name="every">{rhythms.collect_view()}</select>
                </div>
                <label class="choice"><input type="checkbox" name="even_empty" value="yes"/>"Even when there were no leads"</label>
                <button class="button" type="submit">"Send it by mail"</button>
            </form>
            <p class="muted">"It is about the days that have just ended, with the figures as a workbook; each mail has a link that stops it."</p>
        </section>
    }
}

/// `/partner/stop-report`, where a report's link leads. A button, for programs that look at mails follow links.
#[component]
pub fn StopReportPage() -> impl IntoView {
    let query = use_query_map();
    let stopped = query.with_untracked(|query| query.get_str("done") == Some("stopped"));
    let action = ServerAction::<StopByLink>::new();
    let error = form_error(move || action.value().get());
    let link =
        Resource::new(move || stopped, |stopped| async move { if stopped { None } else { Some(stop_link().await) } });
    let form = move |view: StopView| {
        let text = format!("{}, {} sends you a report.", view.every.label(), view.account);
        view! {
            <p class="muted"><bdi>{text}</bdi></p>
            <FormAlert error/>
            <ActionForm action>
                <input type="hidden" name="id" value=view.id.to_string()/>
                <button class="button button--primary button--wide" type="submit">"Stop this report"</button>
            </ActionForm>
        }
    };
    view! {
        <Gate title="Stop a report">
            <Done word="stopped" message="The report does not come any more."/>
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    match link.await {
                        None => ().into_any(),
                        Some(Ok(view)) => form(view).into_any(),
                        Some(Err(error)) => view! {
                            <Ended error advice="If reports still come, log in and stop them on the page of your reports.">
                                <p><GateLink to="/partner/login" text="Log in" as_button=true/></p>
                            </Ended>
                        }.into_any(),
                    }
                })}
            </Suspense>
        </Gate>
    }
}
