//! The server functions of a partner's API keys.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    api_keys::{ApiKey, ApiScope},
    ids::ApiKeyId,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the page shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerKeysView {
    /// The keys, latest first.
    pub keys: Vec<ApiKey>,
    /// A key that was just made: shown this once.
    pub new_key: Option<String>,
    /// What a key of the reader can be allowed to do.
    pub offered: Vec<ApiScope>,
    /// Where the API is.
    pub address: String,
}

/// The key is never printed.
impl std::fmt::Debug for PartnerKeysView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartnerKeysView").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// The partner's keys. One that was just made in this session comes along once.
///
/// # Errors
/// [`AppError::Forbidden`] without `manage_api`.
#[server(prefix = "/fn", endpoint = "profile/api-keys")]
pub async fn list_partner_keys() -> Result<PartnerKeysView, AppError> {
    let actor = managing().await?;
    let session = actor.scope().session();
    let permissions = session.permissions();
    let offered = ApiScope::OF_PARTNER.into_iter().filter(|(_, wanted)| permissions.has(*wanted));
    let keys = store::api_keys::list(&mut crate::access::reader(&actor).await?, actor.scope()).await?;
    let purpose = services::one_time::Purpose::PartnerApiKey(session.partner_id());
    // Last of all: what is taken is not there again when something else fails.
    let fresh = crate::access::take_one_time(&crate::access::current_session()?, purpose).await?;
    Ok(PartnerKeysView {
        keys,
        new_key: fresh.into_iter().next_back(),
        offered: offered.map(|(scope, _)| scope).collect(),
        address: format!("{}/api/v1", actor.portal().public_url),
    })
}

/// Makes a key. It does what its scopes say, as long as whoever makes it may.
///
/// # Errors
/// [`AppError::Forbidden`] without `manage_api`, [`AppError::Invalid`] when a field has to be corrected.
#[server(prefix = "/fn", endpoint = "profile/create-api-key")]
pub async fn create_partner_key(
    #[server(default)] name: String,
    #[server(default)] scopes: Vec<String>,
    #[server(default)] life: String,
    #[server(default)] networks: String,
) -> Result<(), AppError> {
    let actor = managing().await?;
    let keeping = |errors: domain::validation::FieldErrors| {
        AppError::Invalid(errors.keeping([("name", name.as_str()), ("life", &life), ("networks", &networks)]))
    };
    // One that the reader may not use by now does nothing, but may later.
    let offered = ApiScope::OF_PARTNER.map(|(scope, _)| scope);
    let new = services::api_keys::NewKey::parse((&name, &scopes, &life), &networks, &offered).map_err(keeping)?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::api_keys::create_own(&actor, &mut tx, &new, &crate::access::current_session()?).await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/profile/api?done=created");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(CreatePartnerKey: Fresh);

/// Revokes a key: it opens nothing from now on.
///
/// # Errors
/// [`AppError::Forbidden`] without `manage_api`, [`AppError::NotFound`] for any id not of the partner.
#[server(prefix = "/fn", endpoint = "profile/revoke-api-key")]
pub async fn revoke_partner_key(id: ApiKeyId) -> Result<(), AppError> {
    let actor = managing().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::api_keys::revoke(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/profile/api?done=revoked");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(RevokePartnerKey: Fresh);

/// Leave to manage the partner's keys.
#[cfg(feature = "ssr")]
async fn managing() -> Result<services::PartnerActor, AppError> {
    crate::access::require_partner(domain::access::Permission::ManageApi).await
}
