//! What a partner does with its leads.

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
    leads::review(tx, actor.scope(), id, review).await?.ok_or(ServiceError::NotFound)?;
    let action =
        if review.status() == LeadStatus::Accepted { AuditAction::LeadAccepted } else { AuditAction::LeadRejected };
    let detail = match review {
        Review::Accept => serde_json::json!({}),
        Review::Reject { reason, .. } => serde_json::json!({ "reason": reason.as_str() }),
    };
    actor.record(tx, action, id, detail);
    Ok(())
}
