//! What a partner does with its leads.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    audit::AuditAction,
    ids::LeadId,
    leads::{Count, LeadFilter, Review},
};
use store::{Tx, leads};

use crate::{PartnerActor, ServiceError, returns};

/// Notes that a lead was opened: a `new` one becomes `viewed`. Says whether it was new.
pub async fn open(actor: &PartnerActor, tx: &mut Tx, id: LeadId) -> Result<bool, ServiceError> {
    let opened = leads::open(tx, actor.scope(), id).await?;
    if opened {
        actor.record(tx, AuditAction::LeadViewed, id, serde_json::json!({}));
    }
    Ok(opened)
}

/// What a form says of leads.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReviewForm<'a> {
    /// `accept` or `reject`.
    pub decision: &'a str,
    /// The code of one of the account's reasons.
    pub reason: &'a str,
    /// In the partner's own words.
    pub comment: &'a str,
}

/// Accepts or rejects a lead. Where the account's rules say so, a rejection is a request that the account decides on.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the partner's, [`ServiceError::Invalid`] when a field has to be corrected and
/// when the lead cannot be returned.
pub async fn review(actor: &PartnerActor, tx: &mut Tx, id: LeadId, form: ReviewForm<'_>) -> Result<(), ServiceError> {
    decide(actor, tx, &[id], form).await.map(drop)
}

/// For how long a decision can be undone.
pub const UNDO: TimeDelta = TimeDelta::minutes(10);

/// Accepts or rejects several leads: all of them, or none. Answers when, by which it can be undone.
///
/// # Errors
/// As [`review`]; [`ServiceError::Invalid`] also for no lead and for too many.
pub async fn review_many(
    actor: &PartnerActor,
    tx: &mut Tx,
    ids: &[LeadId],
    form: ReviewForm<'_>,
) -> Result<DateTime<Utc>, ServiceError> {
    Review::check_selected(ids.len())?;
    decide(actor, tx, ids, form).await
}

/// Accepts or rejects all leads that a filter matches, which were `shown` when it was decided: had others come meanwhile, nobody
/// would have looked at those. Answers when, by which it can be undone.
///
/// # Errors
/// As [`review_many`]; [`ServiceError::Invalid`] also when there are more or fewer by now.
pub async fn review_all(
    actor: &PartnerActor,
    tx: &mut Tx,
    (filter, shown): (&LeadFilter, usize),
    form: ReviewForm<'_>,
) -> Result<DateTime<Utc>, ServiceError> {
    let ids = all_of(actor, tx, filter, shown).await?;
    review_many(actor, tx, &ids, form).await
}

/// Decides on leads, each once, at one instant.
async fn decide(
    actor: &PartnerActor,
    tx: &mut Tx,
    ids: &[LeadId],
    form: ReviewForm<'_>,
) -> Result<DateTime<Utc>, ServiceError> {
    // In one order for all: two decisions must not wait for each other's leads.
    let ids: Vec<_> = BTreeSet::from_iter(ids.iter().copied()).into_iter().collect();
    let (at, reasons) = (tx.now(), leads::reasons(tx, actor.scope()).await?);
    let review = Review::parse(&reasons, form.decision, form.reason, form.comment)?;
    match &review {
        Review::Accept => {
            returns::accept_after_all(actor, tx, &ids).await?;
            keep(actor, tx, &ids, &review, at).await?;
        }
        Review::Reject { reason, comment } => {
            let reason = reasons.iter().find(|one| one.code == *reason).ok_or(ServiceError::NotFound)?;
            let asked = returns::may_reject(actor, tx, &ids, reason).await?;
            keep(actor, tx, &ids, &review, at).await?;
            if let Some(asked) = asked {
                returns::request(actor, tx, &ids, (reason, comment), &asked, at).await?;
            }
        }
    }
    Ok(at)
}

/// Keeps a decision, and tells of it.
async fn keep(
    actor: &PartnerActor,
    tx: &mut Tx,
    ids: &[LeadId],
    review: &Review,
    at: DateTime<Utc>,
) -> Result<(), ServiceError> {
    leads::review(tx, actor.scope(), ids, review, at).await?.ok_or(ServiceError::NotFound)?;
    let (action, detail) = match review {
        Review::Accept => (AuditAction::LeadAccepted, serde_json::json!({})),
        Review::Reject { reason, .. } => (AuditAction::LeadRejected, serde_json::json!({ "reason": reason })),
    };
    for id in ids {
        actor.record(tx, action, *id, detail.clone());
    }
    Ok(())
}

/// Undoes what the actor decided at that instant, on every lead that nothing has happened to since. Answers on how many.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is too long ago, or there is nothing to undo any more.
pub async fn undo_review(actor: &PartnerActor, tx: &mut Tx, at: DateTime<Utc>) -> Result<usize, ServiceError> {
    if at < tx.now() - UNDO {
        return Err(ServiceError::field("undo", "This is too long ago. Open the lead to change the decision."));
    }
    let undone = leads::undo_reviews(tx, actor.scope(), at).await?;
    if undone.is_empty() {
        return Err(ServiceError::field("undo", "There is nothing to undo: the leads were changed since."));
    }
    returns::end_requests(actor, tx, &undone).await?;
    for id in &undone {
        actor.record(tx, AuditAction::LeadReviewUndone, *id, serde_json::json!({}));
    }
    Ok(undone.len())
}

/// All leads that a filter matches, which were `shown` when something was decided on them.
pub(crate) async fn all_of(
    actor: &PartnerActor,
    tx: &mut Tx,
    filter: &LeadFilter,
    shown: usize,
) -> Result<Vec<LeadId>, ServiceError> {
    let ids = leads::ids(tx, actor.scope(), filter, Review::MOST + 1).await?;
    if ids.len() <= Review::MOST && ids.len() != shown {
        return Err(list_has_changed(ids.len()));
    }
    Ok(ids)
}

/// Somebody decided about another list than there is by now.
pub(crate) fn list_has_changed(found: usize) -> ServiceError {
    let now = Count::Exactly(found as u64);
    let message = format!("The list has changed meanwhile: it has {now} now. Look at it again, then decide.");
    ServiceError::field("leads", message)
}
