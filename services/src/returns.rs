//! Returns: what partners ask for, what the account decides, and the files that show why.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use domain::{
    audit::{AuditAction, AuditResult},
    email::Email,
    files::{FileFault, FileKind, LeadFile, MAX_FILE, MOST_FILES, shown_name},
    ids::{FileId, LeadId, PartnerId, ReturnId},
    leads::{NoteAuthor, ReasonNeeds, RejectReason, Review},
    returns::{MonthQuota, NoReturn, Overdue, PolicyForm, ReturnDecision, ReturnOutlook, ReturnPolicy, ReturnState},
    version,
};
use store::{
    Reader, Tx,
    access::PartnerScope,
    accounts,
    leads::{self, Decided, Request},
    partners,
};

use crate::{
    AdminActor, Object, PartnerActor, ServiceError,
    mail::{MailQueue, ReturnsRequested},
    record_system,
};

/// A rejection that the account's rules make a request.
pub(crate) struct Asked {
    approved: bool,
    /// The last day to decide.
    until: Option<NaiveDate>,
    overdue: Overdue,
    /// The addresses that hear of it.
    tell: Vec<Email>,
}

/// How long whoever has heard of a partner's requests hears of no more: they stand in the queue, and what partners ask for fills no mailbox.
const QUIET: TimeDelta = TimeDelta::hours(1);

/// Whether leads can be rejected for a reason, by the rules that count for the partner. Answers with what is asked for, where that is
/// not the partner's to say alone; the partner's other requests wait from here on.
pub(crate) async fn may_reject(
    actor: &PartnerActor,
    tx: &mut Tx,
    ids: &[LeadId],
    reason: &RejectReason,
) -> Result<Option<Asked>, ServiceError> {
    let scope = actor.scope();
    partners::lock(tx, scope).await?;
    let found = leads::candidates(tx, scope, ids).await?;
    if found.len() < ids.len() {
        return Err(ServiceError::NotFound);
    }
    if reason.kind == ReasonNeeds::Evidence && leads::with_evidence(tx, scope, ids).await? < ids.len() {
        let message = "This reason takes a file that shows it: attach one to each lead first.";
        return Err(ServiceError::field("reason", message));
    }
    let policy = leads::return_policy(tx, scope).await?;
    if !policy.requests {
        // What the account has taken back, or refused to, stays so.
        let decided = found.iter().filter(|lead| lead.state == Some(ReturnState::Approved)).count() as u64;
        return if decided > 0 { Err(refused(NoReturn::Decided, decided)) } else { Ok(None) };
    }
    let zone = scope.session().zone();
    let today = zone.day(tx.now());
    let mut against = BTreeMap::<NoReturn, u64>::new();
    let mut months = BTreeMap::new();
    for lead in &found {
        match policy.against(lead, today) {
            Some(why) => *against.entry(why).or_default() += 1,
            None if lead.state != Some(ReturnState::Requested) => {
                *months.entry(MonthQuota::month_of(lead.delivered_on)).or_default() += 1;
            }
            None => {}
        }
    }
    if let Some((why, leads)) = against.into_iter().next() {
        return Err(refused(why, leads));
    }
    if let Some(quota) = policy.quota {
        for (month, wanted) in months {
            let quota = leads::month_quota(tx, scope, month, quota).await?;
            if quota.left() < wanted {
                return Err(refused(NoReturn::Quota(quota), wanted));
            }
        }
    }
    let approved = policy.at_once.contains(&reason.code);
    let within = policy.decide_within.filter(|_| !approved);
    let until = within.map(|days| today.checked_add_days(Days::new(days)).unwrap_or(today));
    Ok(Some(Asked { approved, until, overdue: policy.overdue, tell: policy.tell }))
}

fn refused(why: NoReturn, leads: u64) -> ServiceError {
    ServiceError::field("leads", why.message(leads))
}

/// Asks for rejected leads to be taken back.
pub(crate) async fn request(
    actor: &PartnerActor,
    tx: &mut Tx,
    ids: &[LeadId],
    (reason, comment): (&RejectReason, &str),
    asked: &Asked,
    at: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let Asked { approved, until, overdue, .. } = *asked;
    let session = actor.scope().session();
    let decide_by = until.map(|day| session.zone().day_end(day));
    let request = Request { reason: &reason.code, comment, approved, decide_by, overdue };
    if leads::request_returns(tx, actor.scope(), ids, &request, at).await? < ids.len() {
        return Err(ServiceError::Changed);
    }
    for id in ids {
        actor.record(tx, AuditAction::LeadReturnRequested, *id, serde_json::json!({ "reason": reason.code }));
        if approved {
            let detail = serde_json::json!({ "by": "rule" });
            let whose = (session.account_id(), Some(session.partner_id()));
            record_system(tx, whose, AuditAction::LeadReturnApproved, *id, AuditResult::Success, detail);
        }
    }
    if approved || asked.tell.is_empty() || !partners::note_told_of_returns(tx, actor.scope(), QUIET).await? {
        return Ok(());
    }
    let mails = MailQueue::of(tx, session.account_id()).await?;
    let urls = actor.urls(tx).await?;
    let mail = ReturnsRequested {
        name: session.account_name(),
        partner: (session.partner_id(), session.partner_name()),
        by: session.user_name(),
        leads: ids.len() as u64,
        reason: &reason.label,
        comment,
        until,
        urls: &urls,
    };
    for address in &asked.tell {
        mails.send(tx, address.as_str(), &mail).await?;
    }
    Ok(())
}

/// Ends the requests for leads that are accepted after all.
pub(crate) async fn accept_after_all(actor: &PartnerActor, tx: &mut Tx, ids: &[LeadId]) -> Result<(), ServiceError> {
    // Ending the requests locks the leads: what the account has decided meanwhile is seen after it.
    end_requests(actor, tx, ids).await?;
    let found = leads::candidates(tx, actor.scope(), ids).await?;
    let returned = found.iter().filter(|lead| lead.state == Some(ReturnState::Approved)).count() as u64;
    if returned > 0 {
        let message = if returned == 1 { "One lead is".to_owned() } else { format!("{returned} leads are") };
        return Err(ServiceError::field(
            "leads",
            format!("{message} returned already and cannot be accepted any more."),
        ));
    }
    Ok(())
}

/// Ends the requests for leads, by the partner. Says how many there were.
pub(crate) async fn end_requests(actor: &PartnerActor, tx: &mut Tx, ids: &[LeadId]) -> Result<usize, ServiceError> {
    let at = tx.now();
    let ended = leads::withdraw_returns(tx, actor.scope(), ids, at).await?;
    for id in &ended {
        actor.record(tx, AuditAction::LeadReturnWithdrawn, *id, serde_json::json!({}));
    }
    Ok(ended.len())
}

/// Withdraws the request for a lead, which is not rejected any more then.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the partner's, [`ServiceError::Changed`] when there is no open request.
pub async fn withdraw(actor: &PartnerActor, tx: &mut Tx, id: LeadId) -> Result<(), ServiceError> {
    if leads::candidates(tx, actor.scope(), &[id]).await?.is_empty() {
        return Err(ServiceError::NotFound);
    }
    let at = tx.now();
    if end_requests(actor, tx, &[id]).await? == 0 {
        return Err(ServiceError::Changed);
    }
    leads::unreject(tx, actor.scope(), &[id], at).await?;
    Ok(())
}

/// What the partner sees of returning a lead before it asks; nothing where a rejection is the partner's to say alone.
pub async fn outlook(
    read: &mut Reader,
    scope: &PartnerScope,
    id: LeadId,
) -> Result<Option<ReturnOutlook>, ServiceError> {
    let policy = leads::return_policy(read, scope).await?;
    let Some(lead) = leads::candidates(read, scope, &[id]).await?.into_iter().next() else { return Ok(None) };
    if !policy.requests {
        return Ok(None);
    }
    let month = MonthQuota::month_of(lead.delivered_on);
    let quota = match policy.quota {
        Some(quota) => Some(leads::month_quota(read, scope, month, quota).await?),
        None => None,
    };
    let used_up = quota.filter(|quota| quota.left() == 0 && lead.state != Some(ReturnState::Requested));
    Ok(Some(ReturnOutlook {
        against: policy.against(&lead, scope.session().zone().day(read.now())).or(used_up.map(NoReturn::Quota)),
        last_day: policy.last_day(lead.delivered_on),
        quota,
        decided_within: policy.decide_within.map(|days| (days, policy.overdue)),
        record: leads::return_record(read, scope).await?,
    }))
}

/// Decides on requests: on all of them, or on none. Of two who decide on the same one, one is told that it is decided.
///
/// # Errors
/// [`ServiceError::Invalid`] for no request or too many, [`ServiceError::NotFound`] for any id that is none of the account's,
/// [`ServiceError::Changed`] when one is not open any more.
pub async fn decide(
    actor: &AdminActor,
    tx: &mut Tx,
    ids: &[ReturnId],
    decision: &ReturnDecision,
) -> Result<usize, ServiceError> {
    match ids.len() {
        0 => return Err(ServiceError::field("returns", "Select the requests first.")),
        1..=Review::MOST => {}
        _ => return Err(ServiceError::TooMany(Review::MOST)),
    }
    let ids: Vec<_> = std::collections::BTreeSet::from_iter(ids.iter().copied()).into_iter().collect();
    let at = tx.now();
    let by_partner = match leads::decide_returns(tx, actor.scope(), &ids, decision, at).await? {
        Decided::Done(by_partner) => by_partner,
        Decided::Unknown => return Err(ServiceError::NotFound),
        Decided::Closed => return Err(ServiceError::Changed),
    };
    let action = if decision.approve { AuditAction::LeadReturnApproved } else { AuditAction::LeadReturnDeclined };
    for (partner, leads) in by_partner {
        for lead in leads {
            actor.record_about(tx, partner, action, lead, serde_json::json!({}));
        }
    }
    Ok(ids.len())
}

/// Ends requests that the account has not decided on in its time, so many at the most, by the rule that each was made under. Answers
/// how many.
pub async fn close_overdue(tx: &mut Tx, most: i64) -> Result<usize, ServiceError> {
    let closed = leads::close_overdue_unscoped(tx, most).await?;
    let many = closed.len();
    for (account, partner, lead, state) in closed {
        let action = match state {
            ReturnState::Approved => AuditAction::LeadReturnApproved,
            _ => AuditAction::LeadReturnExpired,
        };
        let detail = serde_json::json!({ "by": "deadline" });
        record_system(tx, (account, Some(partner)), action, lead, AuditResult::Success, detail);
    }
    Ok(many)
}

/// Changes the rules for all partners that have none of their own.
///
/// # Errors
/// [`ServiceError::Invalid`] for each field that has to be corrected, [`ServiceError::Stale`] when somebody has changed what the form of
/// this version was filled with.
pub async fn change_policy(
    actor: &AdminActor,
    tx: &mut Tx,
    sent: &str,
    (form, at_once): (&PolicyForm, &[String]),
) -> Result<(), ServiceError> {
    accounts::lock(tx, actor.scope()).await?;
    let reasons = leads::list_for_account::<ReasonNeeds>(tx, actor.scope()).await?;
    let before = leads::return_policy_of_account(tx, actor.scope()).await?;
    let policy = read_policy((form, at_once), &before, &reasons)?;
    let shown = |policy: &ReturnPolicy| policy.shown(&reasons, None);
    version::check(sent, &shown(&before), &shown(&policy)).map_err(ServiceError::Stale)?;
    leads::set_return_policy_of_account(tx, actor.scope(), &policy).await?;
    actor.record(tx, AuditAction::ReturnPolicyChanged, Object("account", None), told(&policy));
    Ok(())
}

/// Reads the form. What was set for reasons that it does not show stays.
fn read_policy(
    (form, at_once): (&PolicyForm, &[String]),
    before: &ReturnPolicy,
    reasons: &[RejectReason],
) -> Result<ReturnPolicy, ServiceError> {
    let hidden = reasons.iter().filter(|reason| !reason.active && before.at_once.contains(&reason.code));
    let at_once: Vec<_> = at_once.iter().cloned().chain(hidden.map(|reason| reason.code.clone())).collect();
    Ok(ReturnPolicy::parse(form, &at_once, reasons)?)
}

/// Gives a partner its own rules, or, without any, the account's again.
///
/// # Errors
/// As [`change_policy`]; [`ServiceError::NotFound`] for any partner that is none of the account's.
pub async fn change_own_policy(
    actor: &AdminActor,
    tx: &mut Tx,
    partner: PartnerId,
    sent: &str,
    form: Option<(&PolicyForm, &[String])>,
) -> Result<(), ServiceError> {
    let scope = actor.scope().for_partner(tx, partner).await?.ok_or(ServiceError::NotFound)?;
    partners::lock(tx, &scope).await?;
    let reasons = leads::list_for_account::<ReasonNeeds>(tx, actor.scope()).await?;
    let own = leads::own_return_policy(tx, &scope).await?;
    let before = leads::return_policy(tx, &scope).await?;
    let policy = form.map(|form| read_policy(form, &before, &reasons)).transpose()?;
    let (stored, typed) = (before.shown(&reasons, Some(own.is_some())), policy.as_ref().unwrap_or(&before));
    version::check(sent, &stored, &typed.shown(&reasons, Some(policy.is_some()))).map_err(ServiceError::Stale)?;
    leads::set_own_return_policy(tx, &scope, policy.as_ref()).await?;
    let detail = policy.as_ref().map_or_else(|| serde_json::json!({ "own": false }), told);
    actor.record_about(tx, partner, AuditAction::ReturnPolicyChanged, partner, detail);
    Ok(())
}

fn told(policy: &ReturnPolicy) -> serde_json::Value {
    serde_json::to_value(policy).unwrap_or_default()
}

/// Attaches a file of the partner to one of its leads; the account reads it as well. Answers why not, where it cannot be.
///
/// # Errors
/// [`ServiceError::NotFound`] for any lead that is not one of the partner's.
pub async fn attach(
    actor: &PartnerActor,
    tx: &mut Tx,
    lead: LeadId,
    (name, content): (&str, Vec<u8>),
) -> Result<Option<FileFault>, ServiceError> {
    match keep(tx, actor.scope(), lead, NoteAuthor::Partner, (name, content)).await? {
        Err(fault) => Ok(Some(fault)),
        Ok(detail) => {
            actor.record(tx, AuditAction::LeadFileAttached, lead, detail);
            Ok(None)
        }
    }
}

/// Attaches a file of the account to one of its leads; the partner reads it as well. Answers why not, where it cannot be.
///
/// # Errors
/// [`ServiceError::NotFound`] for any lead that is not one of the account's.
pub async fn attach_for_account(
    actor: &AdminActor,
    tx: &mut Tx,
    lead: LeadId,
    (name, content): (&str, Vec<u8>),
) -> Result<Option<FileFault>, ServiceError> {
    let (partner, scope) = of_account(tx, actor, lead).await?;
    match keep(tx, &scope, lead, NoteAuthor::Account, (name, content)).await? {
        Err(fault) => Ok(Some(fault)),
        Ok(detail) => {
            actor.record_about(tx, partner, AuditAction::LeadFileAttached, lead, detail);
            Ok(None)
        }
    }
}

/// The partner that one of the account's leads was delivered to.
async fn of_account(
    read: &mut Reader,
    actor: &AdminActor,
    lead: LeadId,
) -> Result<(PartnerId, PartnerScope), ServiceError> {
    let partner = leads::partner_of(read, actor.scope(), lead).await?.ok_or(ServiceError::NotFound)?;
    let scope = actor.scope().for_partner(read, partner).await?.ok_or(ServiceError::NotFound)?;
    Ok((partner, scope))
}

/// Keeps a file. Answers what there is to tell of it, or why it is not kept.
async fn keep(
    tx: &mut Tx,
    scope: &PartnerScope,
    lead: LeadId,
    side: NoteAuthor,
    (name, content): (&str, Vec<u8>),
) -> Result<Result<serde_json::Value, FileFault>, ServiceError> {
    partners::lock(tx, scope).await?;
    if leads::candidates(tx, scope, &[lead]).await?.is_empty() {
        return Err(ServiceError::NotFound);
    }
    let there = leads::files(tx, scope, lead).await?.iter().filter(|file| file.author == side).count() as u64;
    let kind = match FileKind::of(&content) {
        _ if content.is_empty() => return Ok(Err(FileFault::Empty)),
        _ if content.len() > MAX_FILE => return Ok(Err(FileFault::Large)),
        _ if there >= MOST_FILES => return Ok(Err(FileFault::Many)),
        None => return Ok(Err(FileFault::Kind)),
        Some(kind) => kind,
    };
    let (name, size) = (shown_name(name, "file"), content.len());
    leads::add_file(tx, scope, lead, side, (&name, kind, content)).await?;
    Ok(Ok(serde_json::json!({ "kind": kind, "size": size })))
}

/// A file that is attached to one of the partner's leads, to be taken away, and what is in it.
///
/// # Errors
/// [`ServiceError::NotFound`] for any other.
pub async fn file(
    actor: &PartnerActor,
    tx: &mut Tx,
    lead: LeadId,
    id: FileId,
) -> Result<(LeadFile, Vec<u8>), ServiceError> {
    let found = content(tx, actor.scope(), lead, id).await?;
    actor.record(tx, AuditAction::LeadFileDownloaded, lead, serde_json::json!({ "kind": found.0.kind }));
    Ok(found)
}

/// The same of one of the account's leads.
///
/// # Errors
/// [`ServiceError::NotFound`] for any other.
pub async fn file_of_account(
    actor: &AdminActor,
    tx: &mut Tx,
    lead: LeadId,
    id: FileId,
) -> Result<(LeadFile, Vec<u8>), ServiceError> {
    let (partner, scope) = of_account(tx, actor, lead).await?;
    let found = content(tx, &scope, lead, id).await?;
    let detail = serde_json::json!({ "kind": found.0.kind });
    actor.record_about(tx, partner, AuditAction::LeadFileDownloaded, lead, detail);
    Ok(found)
}

async fn content(
    read: &mut Reader,
    scope: &PartnerScope,
    lead: LeadId,
    id: FileId,
) -> Result<(LeadFile, Vec<u8>), ServiceError> {
    let file = leads::file(read, scope, lead, id).await?.ok_or(ServiceError::NotFound)?;
    let content = leads::file_content(read, scope, lead, id).await?.ok_or(ServiceError::NotFound)?;
    Ok((file, content))
}
