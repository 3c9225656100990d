//! Two-factor authentication: an authenticator app with time-based codes (RFC 6238), and recovery codes for whoever has lost it.
//! A user sets it up in two steps, so that nobody locks itself out: [`begin`] makes the secret, [`turn_on`] wants its first code.

use domain::{
    audit::AuditAction,
    clock::{Entropy, OsEntropy},
    partners::UserKind,
    two_factor::{RECOVERY_CODES, TwoFactorRule, read_code},
};
use fast_qr::{QRBuilder, convert::svg::SvgBuilder};
use store::{Reader, Tx, accounts, two_factor as stored};
use totp_rs::Secret;

use crate::{
    AdminActor, ServiceError,
    credentials::{self, Change},
    mail::Notice,
    one_time::{self, Purpose},
    one_time_codes::{WRONG, code_hash, owner, step_of},
    own_access::OwnActor,
    tokens::readable,
};

/// Bytes of a secret: those of the hash (RFC 4226, section 4).
const SECRET: usize = 20;

/// What an authenticator app is given.
#[derive(Clone, PartialEq, Eq)]
pub struct AppSetUp {
    /// The secret in Base32 (RFC 4648), to be typed, in groups of four.
    pub secret: String,
    /// The same as the picture of a QR code, an SVG.
    pub qr: String,
    /// The same as an address that an app on this device opens.
    pub url: String,
}

/// The secret is never printed.
impl std::fmt::Debug for AppSetUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppSetUp(…)")
    }
}

/// Locks the user, so that nothing of its credentials changes meanwhile: everybody locks it before what belongs to it.
pub(crate) async fn lock(actor: &OwnActor, tx: &mut Tx) -> Result<(), ServiceError> {
    store::credentials::lock(tx, actor.scope().user_id()).await?.map(|_| ()).ok_or(ServiceError::Changed)
}

/// Makes a secret for the user's app, also in place of one that is in use. It counts for nothing until its first code was given in the
/// session of that hash.
///
/// # Errors
/// [`ServiceError::NotFound`] when the account offers none.
pub async fn begin(actor: &OwnActor, tx: &mut Tx, session: &[u8]) -> Result<(), ServiceError> {
    let own = actor.scope().own();
    if !own.two_factor().is_offered {
        return Err(ServiceError::NotFound);
    }
    lock(actor, tx).await?;
    let mut random = [0_u8; SECRET];
    OsEntropy.fill(&mut random)?;
    let secret = Secret::new_stack(random).to_base32();
    let sealed = actor.portal().secrets.seal(&OsEntropy, &owner(own.user_id()), &secret)?;
    Ok(stored::begin(tx, own, session, &sealed).await?)
}

/// What the user's app is to be given, while it is set up in the session of this hash.
///
/// # Errors
/// When the secret cannot be opened: the installation's key was changed.
pub async fn set_up(actor: &OwnActor, read: &mut Reader, session: &[u8]) -> Result<Option<AppSetUp>, ServiceError> {
    let own = actor.scope().own();
    let Some(sealed) = stored::pending(read, own, session).await?.filter(|_| own.two_factor().is_offered) else {
        return Ok(None);
    };
    let secret = actor.portal().secrets.open(&owner(own.user_id()), &sealed)?;
    Ok(Some(shown(&secret, own.account_name(), own.email())?))
}

fn shown(secret: &str, issuer: &str, label: &str) -> Result<AppSetUp, ServiceError> {
    // A colon is what parts the two in an app's address.
    let plain = |text: &str| text.replace(':', " ");
    let url = totp_rs::Builder::new()
        .with_secret(Secret::try_from_base32(secret).map_err(|error| ServiceError::internal(&error))?)
        .with_issuer(Some(plain(issuer)))
        .with_account_name(plain(label))
        .build()
        .and_then(|totp| totp.to_url())
        .map_err(|error| ServiceError::internal(&error))?;
    let qr = QRBuilder::new(url.as_str()).build().map_err(|error| ServiceError::internal(&error))?;
    let groups: Vec<_> = secret.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(AppSetUp { secret: groups.join(" "), qr: SvgBuilder::default().to_str(&qr), url })
}

/// Turns it on with the first code of the app. Whatever rested on the user's credentials as they were ends; the session of this hash
/// stays, and is shown the recovery codes. The transaction must be committed also when the code is not right.
///
/// # Errors
/// [`ServiceError::Invalid`] when the code is not right, [`ServiceError::Changed`] when there is nothing to turn on.
pub async fn turn_on(actor: &OwnActor, tx: &mut Tx, code: &str, session: &[u8]) -> Result<(), ServiceError> {
    let own = actor.scope().own();
    let user = own.user_id();
    lock(actor, tx).await?;
    let pending = stored::pending(tx, own, session).await?.filter(|_| own.two_factor().is_offered);
    let sealed = pending.ok_or(ServiceError::Changed)?;
    let secret = actor.portal().secrets.open(&owner(user), &sealed)?;
    let Some(step) = step_of(&secret, &read_code(code), tx.now())? else {
        actor.record_failure(tx, AuditAction::TwoFactorFailed, user, serde_json::json!({}));
        return Err(ServiceError::field("code", WRONG));
    };
    // Sealed anew: the key of what was read may be on its way out, and what it has sealed there was dealt with already.
    let sealed = actor.portal().secrets.seal(&OsEntropy, &owner(user), &secret)?;
    stored::turn_on(tx, own, &sealed, step).await?;
    actor.record(tx, AuditAction::TwoFactorOn, user, serde_json::json!({}));
    give_recovery_codes(actor, tx, session).await?;
    changed(actor, tx, Notice::TwoFactorOn, session).await
}

/// Ends what rested on the user's credentials as they were, but the session of this hash, and tells the user.
pub(crate) async fn changed(
    actor: &OwnActor,
    tx: &mut Tx,
    notice: Notice<'_>,
    session: &[u8],
) -> Result<(), ServiceError> {
    let change = Change::Own(notice, actor.place());
    credentials::changed(tx, actor.scope().user_id(), change, Some(session)).await
}

/// Turns it off; its recovery codes end with it.
///
/// # Errors
/// [`ServiceError::Changed`] when it is off, [`ServiceError::NotFound`] when the user must have it.
pub async fn turn_off(actor: &OwnActor, tx: &mut Tx, session: &[u8]) -> Result<(), ServiceError> {
    let own = actor.scope().own();
    if own.two_factor().is_required {
        return Err(ServiceError::NotFound);
    }
    lock(actor, tx).await?;
    if !stored::remove(tx, own.account_id(), own.user_id()).await? {
        return Err(ServiceError::Changed);
    }
    actor.record(tx, AuditAction::TwoFactorOff, own.user_id(), serde_json::json!({}));
    changed(actor, tx, Notice::TwoFactorOff, session).await
}

/// Makes new recovery codes, which the session of this hash is shown once; those before end.
///
/// # Errors
/// [`ServiceError::Changed`] when two-factor authentication is off.
pub async fn renew_recovery_codes(actor: &OwnActor, tx: &mut Tx, session: &[u8]) -> Result<(), ServiceError> {
    let own = actor.scope().own();
    if !own.two_factor().on {
        return Err(ServiceError::Changed);
    }
    lock(actor, tx).await?;
    give_recovery_codes(actor, tx, session).await?;
    actor.record(tx, AuditAction::RecoveryCodesMade, own.user_id(), serde_json::json!({}));
    actor.tell(tx, Notice::RecoveryCodes).await
}

/// Makes recovery codes, which the session of this hash is shown once.
pub(crate) async fn give_recovery_codes(actor: &OwnActor, tx: &mut Tx, session: &[u8]) -> Result<(), ServiceError> {
    let own = actor.scope().own();
    let codes = (0..RECOVERY_CODES).map(|_| recovery_code()).collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<_> = codes.iter().map(|code| code_hash(own.user_id(), &read_code(code))).collect();
    stored::set_recovery_codes(tx, own, &hashes).await?;
    let purpose = Purpose::RecoveryCodes(own.user_id());
    one_time::keep(actor.portal(), tx, session, purpose, &codes.join(" ")).await
}

/// A recovery code.
fn recovery_code() -> Result<String, ServiceError> {
    readable(b"abcdefghijkmnpqrstuvwxyz23456789")
}

/// Changes who must use two-factor authentication: a policy, and after how many days it begins.
///
/// # Errors
/// [`ServiceError::Invalid`] for what is none of the choices; also when it shuts out the admin who asks for it.
pub async fn save_rule(actor: &AdminActor, tx: &mut Tx, policy: &str, grace_days: &str) -> Result<(), ServiceError> {
    let typed = [("policy", policy), ("grace", grace_days)];
    let session = actor.scope().session();
    accounts::lock(tx, actor.scope()).await?;
    let (before, now) = (stored::rule(tx, actor.scope()).await?, tx.now());
    let rule = TwoFactorRule::parse(policy, grace_days, before, now).map_err(|errors| errors.keeping(typed))?;
    if rule.state(UserKind::Admin, session.two_factor().on, now).is_missing {
        let message = "Set up two-factor authentication for yourself first, or let it begin later.";
        return Err(ServiceError::field("policy", message).keeping(typed));
    }
    if rule == before {
        return Ok(());
    }
    stored::set_rule(tx, actor.scope(), rule).await?;
    let detail = serde_json::json!({
        "policy": rule.policy.as_str(), "admins_from": rule.admins_from, "partners_from": rule.partners_from,
    });
    actor.record(tx, AuditAction::TwoFactorPolicyChanged, session.account_id(), detail);
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::two_factor::is_app_code;

    use super::*;

    #[test]
    fn an_app_is_given_the_secret_as_text_and_as_a_picture() {
        let secret = Secret::new_stack(*b"12345678901234567890").to_base32();
        let shown = shown(&secret, "Acme: Leads & more", "ada@example.com").unwrap();
        assert_eq!(shown.secret, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert!(shown.qr.starts_with("<svg") && !shown.qr.contains("Acme"), "{}", shown.qr);
        assert!(shown.url.starts_with("otpauth://totp/Acme%20%20Leads%20%26%20more:"), "{}", shown.url);
        assert!(!format!("{shown:?}").contains("GEZD"));
    }

    #[test]
    fn recovery_codes_are_long_enough_and_never_alike() {
        let (one, two) = (recovery_code().unwrap(), recovery_code().unwrap());
        assert_ne!(one, two);
        assert!(read_code(&one).len() == 16 && !is_app_code(&read_code(&one)), "{one}");
    }
}
