//! A user's own passkeys: adding one, in two steps in one session, and removing it.

use domain::{audit::AuditAction, ids::PasskeyId, text};
use store::{Reader, StoreError, Tx, passkeys as stored};

use crate::{
    ServiceError,
    mail::Notice,
    own_access::OwnActor,
    passkeys::{Owner, Passkeys},
    two_factor,
};

/// How many passkeys a user can have.
const MOST: usize = 10;

/// How many characters the name of a passkey can have.
pub const MAX_NAME: usize = 60;

fn checker(actor: &OwnActor) -> Result<&Passkeys, ServiceError> {
    actor.portal().passkeys.as_ref().ok_or(ServiceError::NotFound)
}

/// Asks the user's browser for a new passkey, in the session of that hash. Answers what `navigator.credentials` is given, as JSON.
///
/// # Errors
/// [`ServiceError::NotFound`] when the account offers no second factor, or browsers take no passkeys here; [`ServiceError::TooMany`] when
/// the user has enough of them.
pub async fn begin(actor: &OwnActor, tx: &mut Tx, session: &[u8]) -> Result<String, ServiceError> {
    let own = actor.scope().own();
    let checker = checker(actor)?;
    if !own.two_factor().is_offered {
        return Err(ServiceError::NotFound);
    }
    two_factor::lock(actor, tx).await?;
    let before = stored::list(tx, own).await?;
    if before.len() >= MOST {
        return Err(ServiceError::TooMany(MOST));
    }
    let owner =
        Owner { user: own.user_id(), email: own.email(), name: own.user_name(), account_name: own.account_name() };
    let (options, kept) = checker.ask_for_new(&owner, &before)?;
    stored::begin(tx, own, session, &kept).await?;
    Ok(options)
}

/// Keeps the passkey that the browser made, under a typed name or else the device's. With the first one two-factor authentication is on,
/// and the session of this hash is shown recovery codes. The transaction must be committed also when the answer is not taken.
///
/// # Errors
/// [`ServiceError::Invalid`] when the answer is not one to what was asked in this session, or the passkey is known already.
pub async fn add(
    actor: &OwnActor,
    tx: &mut Tx,
    session: &[u8],
    (answer, name, device): (&str, &str, &str),
) -> Result<(), ServiceError> {
    let own = actor.scope().own();
    let typed = text::name(name);
    if typed.chars().count() > MAX_NAME || typed.contains('\0') {
        return Err(ServiceError::field("name", format!("Use at most {MAX_NAME} characters.")));
    }
    two_factor::lock(actor, tx).await?;
    let pending = stored::take_pending(tx, own, session).await?.filter(|_| own.two_factor().is_offered);
    let made = pending.and_then(|kept| checker(actor).ok()?.made(own.account_slug(), &kept, answer));
    let Some((id, credential)) = made else {
        return Err(ServiceError::field("answer", "No passkey was made, or it took too long. Try again."));
    };
    let name = if typed.is_empty() { device } else { &typed };
    if !stored::create(tx, own, &id, &credential, name).await? {
        return Err(ServiceError::field("answer", "This passkey is in use already."));
    }
    actor.record(tx, AuditAction::PasskeyAdded, own.user_id(), serde_json::json!({ "name": name }));
    if store::two_factor::recovery_codes_left(tx, own.user_id()).await? == 0 {
        two_factor::give_recovery_codes(actor, tx, session).await?;
    }
    two_factor::changed(actor, tx, Notice::PasskeyAdded { name }, session).await
}

/// A user's passkeys, the oldest first.
pub async fn list(actor: &OwnActor, read: &mut Reader) -> Result<Vec<stored::Passkey>, StoreError> {
    stored::list(read, actor.scope().own()).await
}

/// Removes a passkey of the user. With the last one goes two-factor authentication, unless there is an app.
///
/// # Errors
/// [`ServiceError::NotFound`] when the user has none of that id; [`ServiceError::Invalid`] when it is the last one and the user must have
/// a second factor.
pub async fn remove(actor: &OwnActor, tx: &mut Tx, id: PasskeyId, session: &[u8]) -> Result<(), ServiceError> {
    let own = actor.scope().own();
    two_factor::lock(actor, tx).await?;
    let all = stored::list(tx, own).await?;
    let name = all.iter().find(|passkey| passkey.id() == id).map(|passkey| &*passkey.name);
    let name = name.ok_or(ServiceError::NotFound)?;
    let is_last = all.len() == 1 && store::two_factor::app_secret(tx, own.user_id()).await?.is_none();
    if is_last && own.two_factor().is_required {
        let message = "This is the only second factor of your login, and you must have one. Add another one first.";
        return Err(ServiceError::field("id", message));
    }
    stored::remove(tx, own, id).await?;
    actor.record(tx, AuditAction::PasskeyRemoved, own.user_id(), serde_json::json!({ "name": name }));
    if is_last {
        store::two_factor::remove(tx, own.account_id(), own.user_id()).await?;
        actor.record(tx, AuditAction::TwoFactorOff, own.user_id(), serde_json::json!({}));
    }
    two_factor::changed(actor, tx, Notice::PasskeyRemoved { name }, session).await
}
