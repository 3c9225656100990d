//! The log as a table, one delivery with its attempts, and how a webhook fares.

use domain::{
    delivery::{Attempt, Delivery, DeliveryPage, WebhookHealth},
    money::grouped,
};
use leptos::prelude::*;

use crate::ui::{Pager, When};

/// The rows of the log, and what waits.
#[component]
pub(super) fn LogTable(
    /// The rows.
    page: DeliveryPage,
    /// The address of a delivery's page, without its id.
    base: String,
    /// The address of the log's page.
    list: String,
    /// Where leads are shown one by one, without the id; none where they are not.
    leads: Option<&'static str>,
) -> impl IntoView {
    let next = page.deliveries.last().filter(|_| page.has_next).map(|last| format!("{list}?before={}", last.id));
    if page.deliveries.is_empty() {
        return view! {
            <div class="empty">
                <h2>"Nothing was sent yet"</h2>
                <p>"Every lead that goes to a webhook or a mailbox is listed here, with every attempt."</p>
            </div>
        }
        .into_any();
    }
    let rows =
        page.deliveries.into_iter().map(|delivery| view! { <Row delivery base=base.clone() leads/> }).collect_view();
    view! {
        <p class="muted">{grouped(&page.waiting.to_string())} " waiting, " {grouped(&page.failed.to_string())} " failed."</p>
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"Deliveries, latest first"</caption>
                <thead><tr>
                    <th scope="col">"Lead"</th><th scope="col">"Channel"</th><th scope="col">"Status"</th><th scope="col">"Last response"</th>
                    <th scope="col" class="cell-figures">"Attempts"</th><th scope="col">"Queued"</th><th scope="col">"Next"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <Pager first=None previous=None next/>
    }
    .into_any()
}

fn lead_name(delivery: &Delivery) -> String {
    match &delivery.lead {
        None => "Test".to_owned(),
        Some((_, name)) if name.is_empty() => "Lead without a name".to_owned(),
        Some((_, name)) => name.clone(),
    }
}

#[component]
fn Row(delivery: Delivery, base: String, leads: Option<&'static str>) -> impl IntoView {
    let href = format!("{base}/{}", delivery.id);
    let lead = delivery.lead.as_ref().zip(leads).map(|((id, _), leads)| format!("{leads}/{id}"));
    view! {
        <tr data-state=delivery.state.as_str()>
            <th scope="row"><a class="row-link" href=href><bdi>{lead_name(&delivery)}</bdi></a></th>
            <td data-label="Channel">{delivery.channel.label()}</td>
            <td data-label="Status"><span class=format!("badge badge--{}", delivery.state)>{delivery.state.label()}</span></td>
            <td data-label="Last response">{delivery.outcome}</td>
            <td data-label="Attempts" class="cell-figures">{delivery.attempts}</td>
            <td data-label="Queued"><When time=delivery.queued/></td>
            <td data-label="Next">{delivery.next.map(|time| view! { <When time/> })} {lead.map(|href| view! { " " <a class="cell-link" href=href>"Lead"</a> })}</td>
        </tr>
    }
}

/// One delivery with its attempts.
#[component]
pub(super) fn Attempts(
    /// The delivery.
    delivery: Delivery,
    /// Its attempts, latest first.
    attempts: Vec<Attempt>,
) -> impl IntoView {
    let id = format!("msg_{}", delivery.id.0.simple());
    let none = attempts.is_empty();
    let rows = attempts.into_iter().map(|attempt| view! { <AttemptRow attempt/> }).collect_view();
    view! {
        <section class="card" aria-labelledby="sum">
            <h2 id="sum"><bdi>{lead_name(&delivery)}</bdi> " " <span class=format!("badge badge--{}", delivery.state)>{delivery.state.label()}</span></h2>
            <dl class="data">
                <div><dt>"Channel"</dt><dd>{delivery.channel.label()}</dd></div>
                <div><dt>"webhook-id"</dt><dd><code>{id}</code></dd></div>
                <div><dt>"Queued"</dt><dd><When time=delivery.queued/></dd></div>
                {delivery.next.map(|time| view! { <div><dt>"Next attempt"</dt><dd><When time/></dd></div> })}
                {delivery.settled.map(|time| view! { <div><dt>"Finished"</dt><dd><When time/></dd></div> })}
            </dl>
        </section>
        <section class="card" aria-labelledby="attempts">
            <h2 id="attempts">"Attempts"</h2>
            {none.then(|| view! { <p class="muted">"None yet. Reload the page in a moment."</p> })}
            <ol class="attempts" reversed>{rows}</ol>
        </section>
    }
}

#[component]
fn AttemptRow(attempt: Attempt) -> impl IntoView {
    let answer = match attempt.status {
        Some(status) if attempt.failure.is_empty() => format!("Answered {status}"),
        Some(status) => format!("Answered {status}: {}", attempt.failure),
        None => format!("No answer: {}", attempt.failure),
    };
    let Attempt { number, at, target, millis, excerpt, .. } = attempt;
    view! {
        <li value=number>
            <p><strong>{answer}</strong> " after " {grouped(&millis.to_string())} " ms, " <When time=at/></p>
            <p class="muted">"POST " <bdi>{target}</bdi></p>
            {(!excerpt.is_empty()).then(|| view! { <pre class="excerpt">{excerpt}</pre> })}
        </li>
    }
}

/// How a webhook fares, where it does not fare well.
#[component]
pub(crate) fn Health(
    /// How.
    health: WebhookHealth,
) -> impl IntoView {
    let WebhookHealth { off, failing_since, rests_until } = health;
    if let Some((since, reason)) = off {
        return view! {
            <div class="alert" role="status">
                <p><strong>"The webhook is switched off"</strong> " since " <When time=since/> ". " {reason.meaning()}</p>
                <p>"Saving the delivery settings switches it on again. Missed leads can be sent again then."</p>
            </div>
        }
        .into_any();
    }
    failing_since
        .map(|since| {
            view! {
                <div class="alert" role="status">
                    <p>
                        "The webhook has not accepted a lead since " <When time=since/> "."
                        {rests_until.map(|until| view! { " It is paused until " <When time=until/> ", then tried again." })}
                    </p>
                </div>
            }
        })
        .into_any()
}
