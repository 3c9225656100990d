//! What a partner keeps of itself.

use domain::{audit::AuditAction, partners::Contact};
use store::{Tx, partners};

use crate::{PartnerActor, ServiceError};

/// Changes the partner's contact data.
///
/// # Errors
/// [`ServiceError::Invalid`] when something has to be corrected.
pub async fn save_contact(actor: &PartnerActor, tx: &mut Tx, typed: Contact) -> Result<(), ServiceError> {
    let contact = typed.clone().checked().map_err(|errors| errors.keeping(typed.fields()))?;
    let before = partners::contact(tx, actor.scope().session()).await?;
    let changed = before.changed(&contact);
    if changed.is_empty() {
        return Ok(());
    }
    partners::set_contact(tx, actor.scope(), &contact).await?;
    // Which fields, not what is in them: the log outlives the wish to be forgotten.
    let detail = serde_json::json!({ "changed": changed });
    actor.record(tx, AuditAction::ContactChanged, actor.scope().session().partner_id(), detail);
    Ok(())
}
