//! Accepting and rejecting a lead; where the account decides on rejections, asking it to take the lead back.

use domain::{
    ids::LeadId,
    leads::{LeadStatus, ReasonNeeds, RejectReason, Review},
    money::grouped,
    returns::{LeadReturn, Overdue, ReturnOutlook, ReturnState},
    time::date,
};
use leptos::prelude::*;

use super::{api::ReviewLead, return_api::WithdrawReturn};
use crate::ui::{FormAlert, SelectField, TextArea, When, form_error};

/// What a reason is called, with what it takes.
pub(super) fn reason_label(reason: &RejectReason) -> String {
    match reason.kind {
        ReasonNeeds::Nothing => reason.label.clone(),
        ReasonNeeds::Comment => format!("{} (with a comment)", reason.label),
        ReasonNeeds::Evidence => format!("{} (with a file)", reason.label),
    }
}

/// What the decision is about.
#[derive(Debug, Clone)]
pub(super) struct Reviewable {
    /// The lead.
    pub(super) id: LeadId,
    /// What it is now.
    pub(super) status: LeadStatus,
    /// The account's reasons.
    pub(super) reasons: Vec<RejectReason>,
    /// What was asked for, and what became of it.
    pub(super) returns: Vec<LeadReturn>,
    /// What there is to know before asking; nothing where a rejection is the partner's to say alone.
    pub(super) outlook: Option<ReturnOutlook>,
    /// What the account is called.
    pub(super) account: String,
}

/// The decision. It can be changed later, until the account has had its say; the history keeps every one.
#[component]
pub(super) fn ReviewForm(
    /// What it is about.
    lead: Reviewable,
    /// The action that carries the decision out.
    action: ServerAction<ReviewLead>,
) -> impl IntoView {
    let Reviewable { id, status, reasons, returns, outlook, account } = lead;
    let error = form_error(move || action.value().get());
    let state = returns.last().map(|last| last.state);
    let question = match (status, state) {
        (_, Some(ReturnState::Approved)) => format!("{account} has taken this lead back."),
        (LeadStatus::New | LeadStatus::Viewed, _) => "Accept this lead?".to_owned(),
        (LeadStatus::Accepted, _) => "You accepted this lead.".to_owned(),
        (LeadStatus::Rejected, _) => "You rejected this lead.".to_owned(),
    };
    let accept = (status != LeadStatus::Accepted && state != Some(ReturnState::Approved)).then(|| {
        view! {
            <ActionForm action>
                <input type="hidden" name="id" value=id.to_string()/>
                <input type="hidden" name="decision" value="accept"/>
                <button class="button button--primary" type="submit">"Accept"</button>
            </ActionForm>
        }
    });
    let against = outlook.as_ref().and_then(|outlook| outlook.against);
    let reject = match against {
        // What was decided is said above.
        Some(_) if state.is_some_and(ReturnState::is_decided) => ().into_any(),
        Some(why) => view! { <p class="muted">{why.message(1)}</p> }.into_any(),
        None if state.is_some_and(ReturnState::is_decided) => ().into_any(),
        None => {
            let asks = outlook.is_some();
            let choices: Vec<_> = std::iter::once((String::new(), "Choose a reason".to_owned()))
                .chain(reasons.iter().filter(|one| one.active).map(|one| (one.code.clone(), reason_label(one))))
                .collect();
            let summary = match (status == LeadStatus::Rejected, asks) {
                (true, _) => "Change the reason",
                (false, true) => "Return…",
                (false, false) => "Reject…",
            };
            let label = if asks { "Request the return" } else { "Reject this lead" };
            view! {
                <details class="reject" open=error.get().is_some()>
                    <summary>{summary}</summary>
                    {outlook.map(|outlook| view! { <Outlook outlook reasons account/> })}
                    <ActionForm action attr:class="stack">
                        <input type="hidden" name="id" value=id.to_string()/>
                        <input type="hidden" name="decision" value="reject"/>
                        <SelectField name="reason" label="Reason" error choices value=String::new()/>
                        <TextArea name="comment" label="Comment" error rows=3 max_length=Review::MAX_COMMENT/>
                        <button class="button button--danger" type="submit">{label}</button>
                    </ActionForm>
                </details>
            }
            .into_any()
        }
    };
    view! {
        <section class="card" aria-labelledby="review">
            <h2 id="review">"Your decision"</h2>
            <p>{question}</p>
            <FormAlert error/>
            {accept}
            {reject}
        </section>
    }
}

/// What a partner should know before it asks for a lead to be taken back.
#[component]
fn Outlook(outlook: ReturnOutlook, reasons: Vec<RejectReason>, account: String) -> impl IntoView {
    let number = |count: u64| grouped(&count.to_string());
    let until = outlook.last_day.map(|day| format!("You can return this lead until {}.", date(day)));
    let quota = outlook.quota.map(|quota| {
        format!(
            "{} of {} returns are left for the {} leads of {}.",
            number(quota.left()),
            number(quota.allowed),
            number(quota.delivered),
            quota.month_in_words()
        )
    });
    let decided = match outlook.decided_within {
        None => format!("{account} decides on it."),
        Some((days, rule)) => {
            let days = if days == 1 { "a day".to_owned() } else { format!("{days} days") };
            let then = match rule {
                Overdue::Expire => "After that the request expires.",
                Overdue::Approve => "After that the lead counts as returned.",
            };
            format!("{account} decides within {days}. {then}")
        }
    };
    let record = outlook.record.into_iter().map(|one| {
        let reason = RejectReason::label_of(&reasons, &one.reason).to_owned();
        view! { <li><bdi>{reason}</bdi> {format!(": {} of {} approved", number(one.approved), number(one.decided))}</li> }
    });
    let record = record.collect_view();
    view! {
        <div class="outlook" data-outlook>
            {until.map(|text| view! { <p>{text}</p> })}
            {quota.map(|text| view! { <p data-quota>{text}</p> })}
            <p>{decided}</p>
            {(!record.is_empty()).then(|| view! {
                <p>"Your earlier requests:"</p>
                <ul class="outlook__record">{record}</ul>
            })}
        </div>
    }
}

/// Where the return of a lead stands, and the way to withdraw it.
#[component]
pub(super) fn ReturnCard(
    /// The lead.
    id: LeadId,
    /// What was asked for, and what became of it.
    returns: Vec<LeadReturn>,
    /// Whether the reader may withdraw it.
    may_withdraw: bool,
    /// The action that withdraws it.
    action: ServerAction<WithdrawReturn>,
) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let open = returns.last().is_some_and(|last| last.state == ReturnState::Requested);
    let withdraw = (open && may_withdraw).then(|| {
        view! {
            <ActionForm action>
                <input type="hidden" name="id" value=id.to_string()/>
                <button class="button" type="submit">"Withdraw the request"</button>
            </ActionForm>
        }
    });
    (!returns.is_empty()).then(|| {
        view! {
            <section class="card" aria-labelledby="return">
                <h2 id="return">"Return"</h2>
                <FormAlert error/>
                <ReturnList returns/>
                {withdraw}
            </section>
        }
    })
}

/// What was asked for and what became of it, the latest first.
#[component]
pub(crate) fn ReturnList(
    /// The requests, oldest first.
    returns: Vec<LeadReturn>,
) -> impl IntoView {
    let row = |one: LeadReturn| {
        let (asked_by, asked_at) = one.requested;
        let ended = one.decided.map(|(by, at)| {
            let by = by.unwrap_or_else(|| "by the rules".to_owned());
            view! { <p class="muted"><bdi>{by}</bdi> ", " <When time=at/></p> }
        });
        let due = one.decide_by.filter(|_| one.state == ReturnState::Requested).map(|at| {
            view! { <p class="muted">"Decision due " <When time=at/></p> }
        });
        view! {
            <li class="return" data-return=one.state.as_str()>
                <p>
                    <span class=format!("badge badge--{}", badge(one.state))>{one.state.label()}</span>
                    " " <bdi>{one.reason}</bdi>
                </p>
                {(!one.comment.is_empty()).then(|| view! { <p class="note__text"><bdi>{one.comment}</bdi></p> })}
                <p class="muted">"Asked by " <bdi>{asked_by}</bdi> ", " <When time=asked_at/></p>
                {due}
                {(!one.answer.is_empty()).then(|| view! { <p class="note__text return__answer"><bdi>{one.answer}</bdi></p> })}
                {ended}
            </li>
        }
    };
    view! { <ul class="notes">{returns.into_iter().rev().map(row).collect_view()}</ul> }
}

/// The look of a state's badge.
pub(crate) const fn badge(state: ReturnState) -> &'static str {
    match state {
        ReturnState::Requested => "pending",
        ReturnState::Approved => "accepted",
        ReturnState::Declined => "rejected",
        ReturnState::Expired | ReturnState::Withdrawn => "viewed",
    }
}
