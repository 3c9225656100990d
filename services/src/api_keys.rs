//! API keys.

use base64::Engine as _;
use domain::{
    api_keys::{ApiScope, NewApiKey},
    audit::AuditAction,
    clock::{Entropy, OsEntropy},
    ids::ApiKeyId,
};
use store::{Tx, api_keys};

use crate::{
    AdminActor, ServiceError,
    one_time::{self, Purpose},
};

/// Makes a key; it is shown once, in the session of that hash.
pub async fn create(
    actor: &AdminActor,
    tx: &mut Tx,
    new: &NewApiKey,
    session: &[u8],
) -> Result<ApiKeyId, ServiceError> {
    let mut random = [0_u8; 32];
    OsEntropy.fill(&mut random)?;
    let key = format!("pp_live_{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random));
    let id = ApiKeyId(tx.new_id()?);
    api_keys::create(tx, actor.scope(), id, new, &key).await?;
    one_time::keep(actor.portal(), tx, session, Purpose::ApiKey, &key).await?;
    let granted: Vec<&str> = new.scopes.iter().map(ApiScope::as_str).collect();
    let detail = serde_json::json!({ "name": new.name, "scopes": granted });
    actor.record(tx, AuditAction::ApiKeyCreated, id, detail);
    Ok(id)
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
