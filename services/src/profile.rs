//! What a partner keeps of itself.

use domain::{audit::AuditAction, partners::Contact, version};
use store::{Tx, partners};

use crate::{PartnerActor, ServiceError};

/// Changes the partner's contact data.
///
/// # Errors
/// [`ServiceError::Invalid`] when something has to be corrected, [`ServiceError::Stale`] when somebody has changed what the form
/// of this version was filled with.
pub async fn save_contact(actor: &PartnerActor, tx: &mut Tx, sent: &str, typed: &Contact) -> Result<(), ServiceError> {
    let contact = typed.clone().checked().map_err(|errors| errors.keeping(typed.fields()))?;
    partners::lock(tx, actor.scope()).await?;
    let before = partners::contact(tx, actor.scope().session()).await?;
    version::check(sent, &before.fields(), &typed.fields()).map_err(ServiceError::Stale)?;
    let changed = before.changed(&contact);
    if changed.is_empty() {
        return Ok(());
    }
    partners::set_contact(tx, actor.scope(), &contact).await?;
    // Which fields, not what is in them: the log outlives a request for erasure.
    let detail = serde_json::json!({ "changed": changed });
    actor.record(tx, AuditAction::ContactChanged, actor.scope().session().partner_id(), detail);
    Ok(())
}
