//! The account's own webhook, which hears what becomes of leads.

use domain::{audit::AuditAction, clock::OsEntropy, ids::AccountId};
use store::{Tx, lead_events};

use crate::{
    AdminActor, Object, Portal, ServiceError,
    mail::Notice,
    one_time::{self, Purpose},
    secrets::{Secrets, webhook_secret},
};

/// Maximum number of characters of an address.
const MAX_URL: usize = 2_000;

/// What the sealed secret of an account's webhook is, so that it can stand in no other one's place.
const SECRET: &[u8] = b"account-webhook";

pub(crate) fn owner(account: AccountId) -> Vec<u8> {
    [account.0.as_bytes().as_slice(), SECRET].concat()
}

/// Opens the secret with which an account's events are signed.
///
/// # Errors
/// When it cannot be opened: the installation's key was changed.
pub fn open_secret(secrets: &Secrets, account: AccountId, sealed: &[u8]) -> Result<String, ServiceError> {
    secrets.open(&owner(account), sealed)
}

/// Refuses an address that the portal must not call; an empty one is for none. It is looked at before the transaction begins, for it may
/// ask the name service.
///
/// # Errors
/// [`ServiceError::Invalid`] with the reason.
pub async fn check_target(portal: &Portal, url: &str) -> Result<(), ServiceError> {
    if url.chars().count() > MAX_URL {
        return Err(ServiceError::field("url", format!("Enter an address of at most {MAX_URL} characters.")));
    }
    if url.is_empty() {
        return Ok(());
    }
    portal.targets.check(url).await.map_err(|refused| ServiceError::field("url", refused))
}

/// Changes where the account's events are sent; an empty address is for nowhere. The address must have passed [`check_target`]. The secret
/// of a first webhook is shown in the session of that hash.
pub async fn save(actor: &AdminActor, tx: &mut Tx, url: &str, session: &[u8]) -> Result<(), ServiceError> {
    let before = lead_events::webhook(tx, actor.scope()).await?;
    if url.is_empty() {
        if lead_events::remove_webhook(tx, actor.scope()).await? {
            record(actor, tx, serde_json::json!({ "changed": ["webhook_url"] }));
            actor.tell(tx, Notice::DeliveryTarget).await?;
        }
        return Ok(());
    }
    // One that fails is tried at once when it is saved again.
    if before.as_ref().is_some_and(|before| before.url == url && before.off.is_none() && before.failing.is_none()) {
        return Ok(());
    }
    let secret = if before.is_none() { Some(new_secret(actor, tx, session).await?) } else { None };
    lead_events::set_webhook(tx, actor.scope(), url, secret.as_deref()).await?;
    record(actor, tx, serde_json::json!({ "changed": ["webhook_url"] }));
    actor.tell(tx, Notice::DeliveryTarget).await
}

fn record(actor: &AdminActor, tx: &mut Tx, detail: serde_json::Value) {
    actor.record(tx, AuditAction::DeliveryChanged, Object("account", None), detail);
}

/// A new secret, sealed, which is shown in the session of that hash.
async fn new_secret(actor: &AdminActor, tx: &mut Tx, session: &[u8]) -> Result<Vec<u8>, ServiceError> {
    let secret = webhook_secret(&OsEntropy)?;
    one_time::keep(actor.portal(), tx, session, Purpose::AccountWebhookSecret, &secret).await?;
    actor.portal().secrets.seal(&OsEntropy, &owner(actor.scope().session().account_id()), &secret)
}

/// Makes a new secret, which is shown in the session of that hash. The one before is of no use from then on.
///
/// # Errors
/// [`ServiceError::NotFound`] when there is no webhook.
pub async fn rotate_secret(actor: &AdminActor, tx: &mut Tx, session: &[u8]) -> Result<(), ServiceError> {
    let webhook = lead_events::webhook(tx, actor.scope()).await?.ok_or(ServiceError::NotFound)?;
    let secret = new_secret(actor, tx, session).await?;
    lead_events::set_webhook(tx, actor.scope(), &webhook.url, Some(&secret)).await?;
    actor.record(tx, AuditAction::WebhookSecretRotated, Object("account", None), serde_json::json!({}));
    actor.tell(tx, Notice::SigningSecret).await
}

/// Has a test sent, after what waits already; one that is off or fails is tried at once.
///
/// # Errors
/// [`ServiceError::NotFound`] when there is no webhook.
pub async fn send_test(actor: &AdminActor, tx: &mut Tx) -> Result<(), ServiceError> {
    let webhook = lead_events::webhook(tx, actor.scope()).await?.ok_or(ServiceError::NotFound)?;
    if webhook.off.is_some() || webhook.failing.is_some() {
        lead_events::set_webhook(tx, actor.scope(), &webhook.url, None).await?;
    }
    actor.record(tx, AuditAction::WebhookTested, Object("account", None), serde_json::json!({}));
    Ok(())
}
