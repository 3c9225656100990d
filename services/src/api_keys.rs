//! API keys.

use base64::Engine as _;
use domain::{
    api_keys::{ApiKey, ApiScope, KeyState, NewApiKey},
    audit::AuditAction,
    clock::{Entropy, OsEntropy},
    ids::ApiKeyId,
    validation::FieldErrors,
};
use store::{
    Tx,
    api_keys::{self, KeyOwner},
    partners,
};

use crate::{
    Actor, AdminActor, PartnerActor, Scope, ServiceError,
    mail::Notice,
    networks::Networks,
    one_time::{self, Purpose},
};

/// A key to be made, and from where it may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    key: NewApiKey,
    networks: Networks,
}

impl NewKey {
    /// The most networks of one key.
    pub const MAX_NETWORKS: usize = 50;

    /// Reads the fields of the form: those of [`NewApiKey::parse`], and `networks`.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(
        (name, scopes, life): (&str, &[String], &str),
        networks: &str,
        offered: &[ApiScope],
    ) -> Result<Self, FieldErrors> {
        let key = NewApiKey::parse(name, scopes, life, offered);
        let networks = match Networks::parse(networks) {
            Ok(some) if some.len() <= Self::MAX_NETWORKS => Ok(some),
            Ok(_) => Err(format!("Enter at most {} networks.", Self::MAX_NETWORKS)),
            Err(wrong) => Err(format!("{wrong}.")),
        };
        match (key, networks) {
            (Ok(key), Ok(networks)) => Ok(Self { key, networks }),
            (key, networks) => {
                let mut errors = key.err().unwrap_or_default();
                if let Err(message) = networks {
                    errors.add("networks", message);
                }
                Err(errors)
            }
        }
    }
}

/// Whether a key that may be used from these networks may be used from this address.
#[must_use]
pub fn is_from(networks: &str, address: &str) -> bool {
    if networks.is_empty() {
        return true;
    }
    // What cannot be read lets nobody in.
    let known = Networks::parse(networks).unwrap_or_default();
    address.parse().is_ok_and(|address| known.contains(address))
}

/// Makes a key of the account; it is shown once, in the session of that hash.
pub async fn create(actor: &AdminActor, tx: &mut Tx, new: &NewKey, session: &[u8]) -> Result<ApiKeyId, ServiceError> {
    make(actor, actor.scope().into(), tx, new, (session, Purpose::ApiKey)).await
}

/// Makes a key of the partner; it is shown once, in the session of that hash. It does what its scopes say, as long as whoever makes it
/// may.
///
/// # Errors
/// [`ServiceError::Invalid`] when the partner has too many.
pub async fn create_own(
    actor: &PartnerActor,
    tx: &mut Tx,
    new: &NewKey,
    session: &[u8],
) -> Result<ApiKeyId, ServiceError> {
    let scope = actor.scope();
    partners::lock(tx, scope).await?;
    let good = |key: &ApiKey| key.state == KeyState::Good;
    if api_keys::list(tx, scope).await?.iter().filter(|key| good(key)).count() >= ApiKey::MOST_OF_PARTNER {
        let message = format!("There are {} keys already: revoke one that is not used.", ApiKey::MOST_OF_PARTNER);
        return Err(ServiceError::field("name", message));
    }
    let purpose = Purpose::PartnerApiKey(scope.session().partner_id());
    make(actor, scope.into(), tx, new, (session, purpose)).await
}

async fn make<S: Scope>(
    actor: &Actor<S>,
    owner: KeyOwner,
    tx: &mut Tx,
    NewKey { key: new, networks }: &NewKey,
    (session, purpose): (&[u8], Purpose),
) -> Result<ApiKeyId, ServiceError> {
    let networks = networks.to_string();
    let mut random = [0_u8; 32];
    OsEntropy.fill(&mut random)?;
    let key = format!("pp_live_{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random));
    let id = ApiKeyId(tx.new_id()?);
    api_keys::create(tx, owner, id, (new, &networks), &key).await?;
    one_time::keep(actor.portal(), tx, session, purpose, &key).await?;
    let granted: Vec<&str> = new.scopes.iter().map(ApiScope::as_str).collect();
    let mut detail = serde_json::json!({ "name": new.name, "scopes": granted });
    if !networks.is_empty() {
        detail["networks"] = networks.into();
    }
    actor.record(tx, AuditAction::ApiKeyCreated, id, detail);
    actor.tell(tx, Notice::KeyMade { key: &new.name }).await?;
    Ok(id)
}

/// Revokes a key of the account, or of the partner: it opens nothing from now on.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of theirs.
pub async fn revoke<S>(actor: &Actor<S>, tx: &mut Tx, id: ApiKeyId) -> Result<(), ServiceError>
where
    S: Scope,
    for<'a> &'a S: Into<KeyOwner>,
{
    let name = api_keys::revoke(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    actor.record(tx, AuditAction::ApiKeyRevoked, id, serde_json::json!({ "name": name }));
    actor.tell(tx, Notice::KeyRevoked { key: &name }).await
}
