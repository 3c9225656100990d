//! The server functions of the page about keys of the API.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{api_keys::ApiKey, ids::ApiKeyId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the page shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeysView {
    /// The keys, latest first.
    pub keys: Vec<ApiKey>,
    /// A key that was just made: shown this once.
    pub new_key: Option<String>,
    /// Where the API is.
    pub address: String,
}

/// The key is never printed.
impl std::fmt::Debug for ApiKeysView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKeysView").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// The account's keys. One that was just made comes along once.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`.
#[server(prefix = "/fn", endpoint = "admin/api-keys/list")]
pub async fn list_api_keys() -> Result<ApiKeysView, AppError> {
    use domain::admin::AdminPermission;
    let scope = crate::access::require_admin(AdminPermission::ManageApiKeys).await?;
    let state = crate::access::state()?;
    let mut new_key = None;
    if !crate::access::is_prefetch()? {
        let mut tx = state.db.begin_write().await?;
        if let Some((id, sealed)) = store::api_keys::take_unseen(&mut tx, &scope).await? {
            new_key = Some(state.secrets.open(id.0.as_bytes(), &sealed)?);
            tx.commit().await?;
        }
    }
    Ok(ApiKeysView {
        keys: store::api_keys::list(&state.db, &scope).await?,
        new_key,
        address: format!("{}/api/v1", state.settings.public_url),
    })
}

/// Makes a key.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`, [`AppError::Invalid`] when a field has to be mended.
#[server(prefix = "/fn", endpoint = "admin/api-keys/create")]
pub async fn create_api_key(
    #[server(default)] name: String,
    #[server(default)] scopes: Vec<String>,
    #[server(default)] life: String,
) -> Result<(), AppError> {
    use domain::{
        admin::AdminPermission,
        api_keys::NewApiKey,
        audit::AuditAction,
        clock::{Entropy, OsEntropy},
    };
    let scope = crate::access::require_admin(AdminPermission::ManageApiKeys).await?;
    let state = crate::access::state()?;
    let new = NewApiKey::parse(&name, &scopes, &life).map_err(|errors| {
        let typed = [("name", name.as_str()), ("life", &life)];
        AppError::Invalid(errors.keeping(typed))
    })?;
    let mut random = [0_u8; 32];
    OsEntropy.fill(&mut random).map_err(|error| AppError::internal(&error))?;
    let key = {
        use base64::Engine;
        format!("pp_live_{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random))
    };
    let id = ApiKeyId(state.db.new_id()?);
    let sealed = state.secrets.seal(&OsEntropy, id.0.as_bytes(), &key)?;
    let mut tx = state.db.begin_write().await?;
    store::api_keys::create(&mut tx, &scope, id, &new, &key, &sealed).await?;
    let granted: Vec<&str> = new.scopes.iter().map(domain::api_keys::ApiScope::as_str).collect();
    let detail = serde_json::json!({ "name": new.name, "scopes": granted });
    crate::admin::deed::note(&mut tx, &scope, AuditAction::ApiKeyCreated, ("api_key", Some(id.0)), detail)?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/api-keys?done=created");
    Ok(())
}

/// Revokes a key: it opens nothing from now on.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/api-keys/revoke")]
pub async fn revoke_api_key(id: ApiKeyId) -> Result<(), AppError> {
    use domain::{admin::AdminPermission, audit::AuditAction};
    let scope = crate::access::require_admin(AdminPermission::ManageApiKeys).await?;
    let mut tx = crate::access::state()?.db.begin_write().await?;
    let name = store::api_keys::revoke(&mut tx, &scope, id).await?.ok_or(AppError::NotFound)?;
    let detail = serde_json::json!({ "name": name });
    crate::admin::deed::note(&mut tx, &scope, AuditAction::ApiKeyRevoked, ("api_key", Some(id.0)), detail)?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/api-keys?done=revoked");
    Ok(())
}
