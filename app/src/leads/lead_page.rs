//! `/partner/leads/{id}`.

use domain::{
    delivery::Delivery,
    ids::LeadId,
    leads::{LeadDetail, LeadListQuery, NoteAuthor, OutcomeEvent, StatusEvent},
    time::LocalTime,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{
    FilesCard, LIST,
    api::{LeadView, ReviewLead, get_lead},
    dialled, mail_link,
    outcome_api::{PlanNextStep, SetOutcome, WriteNote},
    outcome_cards::{NextStepCard, NotesCard, OutcomeCard},
    return_api::WithdrawReturn,
    review_form::{ReturnCard, ReviewForm, Reviewable},
    use_list_query,
};
use crate::{
    error::AppError,
    ui::{ErrorPage, StatusBadge, When},
};

/// One lead: everything delivered, what happened since, the decision, the way to its neighbours in the list.
#[component]
pub fn LeadPage() -> impl IntoView {
    let params = use_params_map();
    let read = use_list_query();
    let actions = Actions::new();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<LeadId>().ok()));
    let view = Resource::new(
        move || (id.get(), read.get().query),
        |(id, query)| async move {
            match id {
                Some(id) => (get_lead(id, query.clone()).await, query),
                None => (Err(AppError::NotFound), query),
            }
        },
    );
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let (view, query) = view.await;
                match view {
                    Ok(view) => view! { <Lead view query actions/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// What can be done on the page.
#[derive(Clone, Copy)]
struct Actions {
    review: ServerAction<ReviewLead>,
    outcome: ServerAction<SetOutcome>,
    plan: ServerAction<PlanNextStep>,
    note: ServerAction<WriteNote>,
    withdraw: ServerAction<WithdrawReturn>,
}

impl Actions {
    fn new() -> Self {
        let (review, outcome) = (ServerAction::new(), ServerAction::new());
        let (plan, note, withdraw) = (ServerAction::new(), ServerAction::new(), ServerAction::new());
        Self { review, outcome, plan, note, withdraw }
    }
}

#[component]
fn Lead(view: LeadView, query: LeadListQuery, actions: Actions) -> impl IntoView {
    let LeadView { lead, neighbours, may_review, deliveries, outcomes, account, may_record, notes, people, .. } = view;
    let (reasons, returns, outlook, files) = (view.reasons, view.returns, view.outlook, view.files);
    let may_attach = may_review && !view.is_viewing;
    let (currency, account) = account;
    let list = query.to_query_string();
    let name = if lead.summary.name.is_empty() { "No name".to_owned() } else { lead.summary.name.clone() };
    let beside = |id: Option<LeadId>, rel: &'static str, label: &'static str| match id {
        Some(id) => view! { <a class="button" rel=rel href=query.href(&format!("{LIST}/{id}"))>{label}</a> }.into_any(),
        None => view! { <span class="button button--off" aria-disabled="true">{label}</span> }.into_any(),
    };
    let (id, status) = (lead.summary.id, lead.summary.status);
    let reviewable = Reviewable { id, status, reasons, returns: returns.clone(), outlook, account: account.clone() };
    let of_files = format!("{LIST}/{id}/files");
    view! {
        <Title text=name.clone()/>
        <nav class="crumbs" aria-label="List">
            <a href=query.href(LIST)>"← Back to leads"</a>
            <span class="crumbs__beside">
                {beside(neighbours.previous, "prev", "Previous")}
                {beside(neighbours.next, "next", "Next")}
            </span>
        </nav>
        <div class="page__head">
            <div>
                <h1><bdi>{name}</bdi></h1>
                <p class="muted">"Received " <When time=lead.summary.received/></p>
            </div>
            <StatusBadge status=status/>
        </div>
        <div class="columns columns--side">
            <section class="card" aria-labelledby="data">
                <h2 id="data">"Lead details"</h2>
                <Data lead=lead.clone()/>
            </section>
            <div class="stack">
                {may_review.then(|| view! { <ReviewForm lead=reviewable action=actions.review/> })}
                <ReturnCard id returns may_withdraw=may_attach action=actions.withdraw/>
                {may_record.then(|| view! {
                    <OutcomeCard lead=lead.clone() choices=outcomes currency action=actions.outcome/>
                    <NextStepCard id step=lead.next_step.clone() people list=list.clone() action=actions.plan/>
                })}
                <DeliveriesOf deliveries log="/partner/profile/delivery/log".to_owned()/>
            </div>
            <div class="stack">
                {(may_record || !notes.is_empty()).then(|| view! {
                    <NotesCard id notes account=account.clone() may_write=may_record list=list.clone() action=actions.note/>
                })}
                <FilesCard files path=of_files list own=NoteAuthor::Partner other=account may_attach may_download=!view.is_viewing/>
                <History delivered="Delivered to you" received=lead.summary.received history=lead.history outcomes=lead.outcomes/>
            </div>
        </div>
    }
}

/// How the lead went out to the partner's own systems.
#[component]
pub(crate) fn DeliveriesOf(
    /// The deliveries.
    deliveries: Vec<Delivery>,
    /// Where the log of deliveries is.
    log: String,
) -> impl IntoView {
    let none = deliveries.is_empty();
    let rows = deliveries.into_iter().map(|delivery| {
        let label = delivery.channel.label();
        view! {
            <li>
                <a class="row-link" href=format!("{log}/{}", delivery.id)>{label}</a>
                <span class=format!("badge badge--{}", delivery.state)>{delivery.state.label()}</span>
                {delivery.settled.map(|time| view! { <span class="muted"><When time/></span> })}
            </li>
        }
    });
    let rows = rows.collect_view();
    (!none).then(|| {
        view! {
            <section class="card" aria-labelledby="sent">
                <h2 id="sent">"Deliveries"</h2>
                <ul class="rows">{rows}</ul>
            </section>
        }
    })
}

/// What was delivered.
#[component]
pub(crate) fn Data(
    /// The lead.
    lead: LeadDetail,
) -> impl IntoView {
    let summary = lead.summary;
    let plain = |label: &'static str, value: String| {
        (!value.is_empty()).then(|| view! { <div><dt>{label}</dt><dd><bdi>{value}</bdi></dd></div> })
    };
    let email = summary.email;
    let phone = summary.phone;
    view! {
        <dl class="data">
            {plain("Name", summary.name)}
            {(!email.is_empty()).then(|| view! {
                <div><dt>"Email"</dt><dd><a href=mail_link(&email) rel="external"><bdi>{email.clone()}</bdi></a></dd></div>
            })}
            {(!phone.is_empty()).then(|| view! {
                <div><dt>"Phone"</dt><dd><a href=dialled(&phone) rel="external"><bdi>{phone.clone()}</bdi></a></dd></div>
            })}
            {plain("Campaign", summary.campaign)}
            {plain("Price", lead.price.map(|price| price.to_string()).unwrap_or_default())}
            {lead.fields.into_iter().map(|field| view! {
                <div><dt><bdi>{field.label}</bdi></dt><dd>{match field.href {
                    Some(href) => view! { <a href=href rel="external noopener noreferrer"><bdi>{field.text}</bdi></a> }.into_any(),
                    None => view! { <bdi>{field.text}</bdi> }.into_any(),
                }}</dd></div>
            }).collect_view()}
            {plain("Lead id", lead.external_id)}
        </dl>
    }
}

/// What has happened to a lead, oldest first.
#[component]
pub(crate) fn History(
    /// How its delivery is called.
    delivered: &'static str,
    /// When that was.
    received: LocalTime,
    /// What happened since.
    history: Vec<StatusEvent>,
    /// What was said of its outcome.
    outcomes: Vec<OutcomeEvent>,
) -> impl IntoView {
    let mut steps: Vec<_> = history.into_iter().map(|event| (event.at.instant(), step(event))).collect();
    steps.extend(outcomes.into_iter().map(|event| (event.at.instant(), outcome_step(event))));
    steps.sort_by_key(|(at, _)| *at);
    view! {
        <section class="card" aria-labelledby="history">
            <h2 id="history">"History"</h2>
            <ol class="timeline">
                <li><p>{delivered}</p><p class="muted"><When time=received/></p></li>
                {steps.into_iter().map(|(_, step)| step).collect_view()}
            </ol>
        </section>
    }
}

fn step(event: StatusEvent) -> AnyView {
    let reason = event.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    timeline_step(format!("{}{reason}", event.status.label()), event.comment, event.at, event.by)
}

fn outcome_step(event: OutcomeEvent) -> AnyView {
    let label = event.label.unwrap_or_else(|| "Outcome taken back".to_owned());
    let value = event.value.map(|value| format!(", {value}")).unwrap_or_default();
    timeline_step(format!("{label}{value}"), event.comment, event.at, event.by)
}

fn timeline_step(what: String, comment: String, at: LocalTime, by: String) -> AnyView {
    view! {
        <li>
            <p>{what}</p>
            {(!comment.is_empty()).then(|| view! { <p class="timeline__comment"><bdi>{comment}</bdi></p> })}
            <p class="muted"><When time=at/> ", " {by}</p>
        </li>
    }
    .into_any()
}
