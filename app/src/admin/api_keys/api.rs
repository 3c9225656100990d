//! The server functions of the page about API keys.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{api_keys::ApiKey, ids::ApiKeyId, lead_events::AccountWebhook};
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
    /// The account's webhook, if there is one.
    pub webhook: Option<AccountWebhook>,
    /// A signing secret that was just made: shown this once.
    pub new_secret: Option<String>,
    /// Where the API is.
    pub address: String,
}

/// Neither the key nor the secret is ever printed.
impl std::fmt::Debug for ApiKeysView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKeysView").field("keys", &self.keys).field("webhook", &self.webhook).finish_non_exhaustive()
    }
}

/// The account's keys and its webhook. What was just made in this session, a key or a signing secret, comes along once.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`.
#[server(prefix = "/fn", endpoint = "admin/api-keys/list")]
pub async fn list_api_keys() -> Result<ApiKeysView, AppError> {
    use services::one_time::Purpose;
    let actor = managing().await?;
    let session = crate::access::current_admin_session()?;
    let mut read = crate::access::begin_read(&actor).await?;
    let keys = store::api_keys::list(&mut read, actor.scope()).await?;
    let webhook = store::lead_events::webhook(&mut read, actor.scope()).await?;
    drop(read);
    // Last of all: what is taken is not there again when something else fails.
    let secret = crate::access::take_one_time(&session, Purpose::AccountWebhookSecret).await?;
    let key = crate::access::take_one_time(&session, Purpose::ApiKey).await?;
    Ok(ApiKeysView {
        keys,
        new_key: key.into_iter().next_back(),
        webhook,
        new_secret: secret.into_iter().next_back(),
        address: format!("{}/api/v1", actor.portal().public_url),
    })
}

/// Makes a key.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`, [`AppError::Invalid`] when a field has to be corrected.
#[server(prefix = "/fn", endpoint = "admin/api-keys/create")]
pub async fn create_api_key(
    #[server(default)] name: String,
    #[server(default)] scopes: Vec<String>,
    #[server(default)] life: String,
    #[server(default)] networks: String,
) -> Result<(), AppError> {
    let actor = managing().await?;
    let offered = domain::api_keys::ApiScope::OF_ACCOUNT;
    let new = services::api_keys::NewKey::parse((&name, &scopes, &life), &networks, &offered).map_err(|errors| {
        AppError::Invalid(errors.keeping([("name", name.as_str()), ("life", &life), ("networks", &networks)]))
    })?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::api_keys::create(&actor, &mut tx, &new, &crate::access::current_admin_session()?).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/api-keys?done=created");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(CreateApiKey: Fresh);

/// Revokes a key: it opens nothing from now on.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/api-keys/revoke")]
pub async fn revoke_api_key(id: ApiKeyId) -> Result<(), AppError> {
    let actor = managing().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::api_keys::revoke(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/api-keys?done=revoked");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(RevokeApiKey: Fresh);

/// Leave to manage keys.
#[cfg(feature = "ssr")]
pub(super) async fn managing() -> Result<services::AdminActor, AppError> {
    crate::access::require_admin(domain::admin::AdminPermission::ManageApiKeys).await
}
