//! The steps of a login beside the password: a code, and a passkey, which is a step or the whole login.

use domain::{audit::AuditAction, partners::UserKind, users::CredentialsVersion};
use store::{Tx, credentials};

use crate::{
    Portal, ServiceError,
    login::{From, HalfIn, LoggedIn, Person, note, note_nameless, only_by_provider},
    mail::Notice,
    notices::{Place, tell},
    one_time_codes::{self, Given},
    passkeys,
    throttle::{self, Counted},
};

/// Counts a code for the second factor of this login. Whoever is turned away knows the password: its owner is told. The transaction must
/// be committed even when this one is refused.
///
/// # Errors
/// [`ServiceError::RateLimited`] after too many wrong ones.
pub async fn start_code(
    tx: &mut Tx,
    portal: &Portal,
    (kind, half): (UserKind, &HalfIn),
    address: &str,
) -> Result<Counted, ServiceError> {
    let counted = throttle::count_code(tx, &half.user.to_string(), address, half.device.as_deref()).await;
    if matches!(counted, Err(ServiceError::RateLimited(_)))
        && portal.tallies.count(format!("code\n{}", half.user), tx.now()) == Some(1)
        && let Some(person) = Person::of_authenticated_user(tx, kind, half.user).await?
    {
        person.record_failure(tx, AuditAction::TwoFactorFailed, address);
        tell(tx, half.user, Notice::WrongCodes, Place { address, public_url: &portal.public_url }).await?;
    }
    counted
}

/// Records the login of somebody who has given a code, or the failure. The transaction must be committed either way.
///
/// # Errors
/// [`ServiceError::Invalid`] when the code is not right, [`ServiceError::LoginFailed`] when the password was changed meanwhile or the
/// access switched off.
pub async fn finish_code(
    tx: &mut Tx,
    portal: &Portal,
    (kind, half): (UserKind, &HalfIn),
    (counted, code): (&Counted, &str),
    (address, user_agent): (&str, &str),
) -> Result<LoggedIn, ServiceError> {
    if credentials::lock(tx, half.user).await? != Some(half.credentials) {
        return Err(ServiceError::LoginFailed);
    }
    let person = Person::of_authenticated_user(tx, kind, half.user).await?.ok_or(ServiceError::LoginFailed)?;
    let given = take_code(tx, portal, &person, code, address).await?;
    throttle::succeeded(tx, counted).await?;
    only_by_provider(tx, &person, address).await?;
    let detail = serde_json::json!({ "two_factor": given.as_str() });
    note(tx, portal, &person, (address, user_agent), half.device.is_some(), detail).await?;
    Ok(LoggedIn::here(person, half.credentials, true))
}

/// Counts an answer by a passkey. The transaction must be committed even when this one is refused.
///
/// # Errors
/// [`ServiceError::RateLimited`] after too many that were not taken.
pub async fn start_passkey(tx: &mut Tx, address: &str) -> Result<Counted, ServiceError> {
    throttle::count_address(tx, "passkey", address).await
}

/// Whose passkey has answered. What could not be taken is recorded, if it is known whose it claimed to be. The transaction must be
/// committed either way.
pub(crate) async fn by_passkey(
    tx: &mut Tx,
    portal: &Portal,
    kind: UserKind,
    given: passkeys::Given<'_>,
    address: &str,
) -> Result<Option<(Person, CredentialsVersion)>, ServiceError> {
    let checker = portal.passkeys.as_ref().ok_or(ServiceError::NotFound)?;
    let answered = checker.answered(tx, &portal.secrets, kind, given).await?;
    let user = answered.as_ref().map_or_else(|refused| refused.0, |answered| Some(answered.user));
    let Some(user) = user else { return Ok(None) };
    let Some(person) = Person::of_authenticated_user(tx, kind, user).await? else { return Ok(None) };
    match answered {
        Ok(answered) if checker.is_at(&answered.origin, person.account_slug()) => {
            Ok(Some((person, answered.credentials)))
        }
        _ => {
            person.record_failure(tx, AuditAction::Login, address);
            Ok(None)
        }
    }
}

/// Logs in whoever has answered by a passkey what the browser was asked, without a password, or in place of the code after a right
/// password. The transaction must be committed either way.
///
/// # Errors
/// [`ServiceError::Invalid`] when the answer is not taken, is not of the user whose password was right, or the access is switched off.
pub async fn finish_passkey(
    tx: &mut Tx,
    portal: &Portal,
    (kind, half): (UserKind, Option<&HalfIn>),
    (counted, given): (&Counted, passkeys::Given<'_>),
    from: From<'_>,
) -> Result<LoggedIn, ServiceError> {
    let found = by_passkey(tx, portal, kind, given, from.address).await?;
    let (person, credentials) = found.ok_or_else(not_taken)?;
    if half.is_some_and(|half| half.user != person.user_id()) {
        person.record_failure(tx, AuditAction::TwoFactorFailed, from.address);
        return Err(not_taken());
    }
    throttle::succeeded(tx, counted).await?;
    only_by_provider(tx, &person, from.address).await?;
    note_nameless(tx, portal, &person, from, serde_json::json!({ "passkey": true })).await?;
    Ok(LoggedIn::here(person, credentials, true))
}

fn not_taken() -> ServiceError {
    ServiceError::field("answer", "This passkey was not taken. Try again, or log in with your password.")
}

/// Uses a code of this user up; a recovery code is told to the user. Records a wrong one.
///
/// # Errors
/// [`ServiceError::Invalid`] when the code is not right.
pub(crate) async fn take_code(
    tx: &mut Tx,
    portal: &Portal,
    person: &Person,
    code: &str,
    address: &str,
) -> Result<Given, ServiceError> {
    let user = person.user_id();
    let Some(given) = one_time_codes::take(tx, portal, user, code).await? else {
        person.record_failure(tx, AuditAction::TwoFactorFailed, address);
        return Err(one_time_codes::wrong_code());
    };
    if given == Given::Recovery {
        person.record(tx, AuditAction::RecoveryCodeUsed, address);
        let left = store::two_factor::recovery_codes_left(tx, user).await?;
        tell(tx, user, Notice::RecoveryCodeUsed { left }, Place { address, public_url: &portal.public_url }).await?;
    }
    Ok(given)
}
