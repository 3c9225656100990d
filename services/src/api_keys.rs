//! API keys.

use base64::Engine as _;
use domain::{
    api_keys::{ApiScope, NewApiKey},
    audit::AuditAction,
    clock::{Entropy, OsEntropy},
    ids::ApiKeyId,
};
use store::{Tx, api_keys};

use crate::{AdminActor, ServiceError};

/// Makes a key; it is shown once.
pub async fn create(actor: &AdminActor, tx: &mut Tx, new: &NewApiKey) -> Result<ApiKeyId, ServiceError> {
    let mut random = [0_u8; 32];
    OsEntropy.fill(&mut random)?;
    let key = format!("pp_live_{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random));
    let id = ApiKeyId(tx.new_id()?);
    let sealed = actor.portal().secrets.seal(&OsEntropy, id.0.as_bytes(), &key)?;
    api_keys::create(tx, actor.scope(), id, new, &key, &sealed).await?;
    let granted: Vec<&str> = new.scopes.iter().map(ApiScope::as_str).collect();
    let detail = serde_json::json!({ "name": new.name, "scopes": granted });
    actor.record(tx, AuditAction::ApiKeyCreated, id, detail);
    Ok(id)
}

/// A key that was made and not shown yet. It counts as shown from now on.
///
/// # Errors
/// When it cannot be opened: the installation's key was changed.
pub async fn take_new_key(actor: &AdminActor, tx: &mut Tx) -> Result<Option<String>, ServiceError> {
    let Some((id, sealed)) = api_keys::take_unseen(tx, actor.scope()).await? else { return Ok(None) };
    actor.portal().secrets.open(id.0.as_bytes(), &sealed).map(Some)
}

/// Revokes a key: it opens nothing from now on.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn revoke(actor: &AdminActor, tx: &mut Tx, id: ApiKeyId) -> Result<(), ServiceError> {
    let name = api_keys::revoke(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    actor.record(tx, AuditAction::ApiKeyRevoked, id, serde_json::json!({ "name": name }));
    Ok(())
}
