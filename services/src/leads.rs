//! What a partner does with its leads.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    audit::AuditAction,
    ids::LeadId,
    leads::{LeadStatus, Review},
};
use store::{Tx, leads};

use crate::{PartnerActor, ServiceError};

/// Notes that a lead was opened: a `new` one becomes `viewed`. Says whether it was new.
pub async fn open(actor: &PartnerActor, tx: &mut Tx, id: LeadId) -> Result<bool, ServiceError> {
    let opened = leads::open(tx, actor.scope(), id).await?;
    if opened {
        actor.record(tx, AuditAction::LeadViewed, id, serde_json::json!({}));
    }
    Ok(opened)
}

/// Accepts or rejects a lead.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the partner's.
pub async fn review(actor: &PartnerActor, tx: &mut Tx, id: LeadId, review: &Review) -> Result<(), ServiceError> {
    let now = tx.now();
    review_at(actor, tx, id, review, now).await
}

async fn review_at(
    actor: &PartnerActor,
    tx: &mut Tx,
    id: LeadId,
    review: &Review,
    at: DateTime<Utc>,
) -> Result<(), ServiceError> {
    leads::review(tx, actor.scope(), id, review, at).await?.ok_or(ServiceError::NotFound)?;
    let action =
        if review.status() == LeadStatus::Accepted { AuditAction::LeadAccepted } else { AuditAction::LeadRejected };
    let detail = match review {
        Review::Accept => serde_json::json!({}),
        Review::Reject { reason, .. } => serde_json::json!({ "reason": reason.as_str() }),
    };
    actor.record(tx, action, id, detail);
    Ok(())
}

/// For how long a decision can be undone.
pub const UNDO: TimeDelta = TimeDelta::minutes(10);

/// The most leads that are decided on at once: more than the longest page has.
pub const MOST_REVIEWED: usize = 200;

/// Accepts or rejects several leads: all of them, or none. Answers when, by which it can be undone.
///
/// # Errors
/// [`ServiceError::Invalid`] for no lead or too many, [`ServiceError::NotFound`] for any id that is not one of the partner's.
pub async fn review_many(
    actor: &PartnerActor,
    tx: &mut Tx,
    ids: &[LeadId],
    decision: &Review,
) -> Result<DateTime<Utc>, ServiceError> {
    if ids.is_empty() {
        return Err(ServiceError::field("leads", "Select the leads first."));
    }
    if ids.len() > MOST_REVIEWED {
        return Err(ServiceError::field("leads", format!("Select at most {MOST_REVIEWED} leads.")));
    }
    let at = tx.now();
    for id in ids {
        review_at(actor, tx, *id, decision, at).await?;
    }
    Ok(at)
}

/// Undoes what the actor decided at that instant, on every lead that nothing has happened to since. Answers on how many.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is too long ago, or there is nothing to undo any more.
pub async fn undo_review(actor: &PartnerActor, tx: &mut Tx, at: DateTime<Utc>) -> Result<usize, ServiceError> {
    if at + UNDO < tx.now() {
        return Err(ServiceError::field("undo", "This is too long ago. Open the lead to change the decision."));
    }
    let undone = leads::undo_reviews(tx, actor.scope(), at).await?;
    if undone.is_empty() {
        return Err(ServiceError::field("undo", "There is nothing to undo: the leads were changed since."));
    }
    for id in &undone {
        actor.record(tx, AuditAction::LeadReviewUndone, *id, serde_json::json!({}));
    }
    Ok(undone.len())
}
