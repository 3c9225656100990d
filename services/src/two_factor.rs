//! Two-factor authentication: an authenticator app with time-based codes (RFC 6238), and recovery codes for whoever has lost it.
//! A user sets it up in two steps, so that nobody locks itself out: [`begin`] makes the secret, [`turn_on`] wants its first code.

use domain::{
    audit::AuditAction,
    clock::{Entropy, OsEntropy},
    two_factor::{RECOVERY_CODES, TwoFactorRule, read_code},
};
use fast_qr::{QRBuilder, convert::svg::SvgBuilder};
use store::{Reader, StoreError, Tx, two_factor as stored};
use totp_rs::Secret;

use crate::{
    AdminActor, ServiceError,
    credentials::{self, Change},
    mail::Notice,
    notices::tell,
    one_time::{self, Purpose},
    one_time_codes::{WRONG, code_hash, owner, step_of},
    own_access::OwnActor,
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
}

/// The secret is never printed.
impl std::fmt::Debug for AppSetUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppSetUp(…)")
    }
}

/// Makes a secret for the user's app. It counts for nothing until its first code was given.
///
/// # Errors
/// [`ServiceError::Changed`] when the user has one that is on, [`ServiceError::NotFound`] when the account offers none.
pub async fn begin(actor: &OwnActor, tx: &mut Tx) -> Result<(), ServiceError> {
    let own = actor.scope().own();
    if !own.two_factor().is_offered {
        return Err(ServiceError::NotFound);
    }
    let mut random = [0_u8; SECRET];
    OsEntropy.fill(&mut random)?;
    let secret = Secret::new_stack(random).to_base32();
    let sealed = actor.portal().secrets.seal(&OsEntropy, &owner(own.user_id()), &secret)?;
    match stored::begin(tx, own, &sealed).await {
        Err(StoreError::Conflict) => Err(ServiceError::Changed),
        other => Ok(other?),
    }
}

/// What the user's app is to be given, while its first code is still to come.
///
/// # Errors
/// When the secret cannot be opened: the installation's key was changed.
pub async fn set_up(actor: &OwnActor, read: &mut Reader) -> Result<Option<AppSetUp>, ServiceError> {
    let own = actor.scope().own();
    let Some(found) = stored::app_secret(read, own.user_id()).await?.filter(|found| !found.is_on()) else {
        return Ok(None);
    };
    let secret = actor.portal().secrets.open(&owner(own.user_id()), &found.secret)?;
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
    let qr = QRBuilder::new(url).build().map_err(|error| ServiceError::internal(&error))?;
    let groups: Vec<_> = secret.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(AppSetUp { secret: groups.join(" "), qr: SvgBuilder::default().to_str(&qr) })
}

/// Turns it on with the first code of the app. Whatever rested on the user's credentials as they were ends; the session of this hash
/// stays, and is shown the recovery codes. The transaction must be committed either way.
///
/// # Errors
/// [`ServiceError::Invalid`] when the code is not right, [`ServiceError::Changed`] when there is nothing to turn on.
pub async fn turn_on(actor: &OwnActor, tx: &mut Tx, code: &str, session: &[u8]) -> Result<(), ServiceError> {
    let own = actor.scope().own();
    let user = own.user_id();
    let found = stored::app_secret(tx, user).await?.filter(|found| !found.is_on()).ok_or(ServiceError::Changed)?;
    let secret = actor.portal().secrets.open(&owner(user), &found.secret)?;
    let Some(step) = step_of(&secret, &read_code(code), tx.now())? else {
        actor.record_failure(tx, AuditAction::TwoFactorFailed, user, serde_json::json!({}));
        return Err(ServiceError::field("code", WRONG));
    };
    if !stored::turn_on(tx, own, step).await? {
        return Err(ServiceError::Changed);
    }
    actor.record(tx, AuditAction::TwoFactorOn, user, serde_json::json!({}));
    give_recovery_codes(actor, tx, session).await?;
    changed(actor, tx, Notice::TwoFactorOn, session).await
}

/// Ends what rested on the user's credentials as they were, but the session of this hash, and tells the user.
async fn changed(actor: &OwnActor, tx: &mut Tx, notice: Notice<'_>, session: &[u8]) -> Result<(), ServiceError> {
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
    give_recovery_codes(actor, tx, session).await?;
    actor.record(tx, AuditAction::RecoveryCodesMade, own.user_id(), serde_json::json!({}));
    tell(tx, own.user_id(), Notice::RecoveryCodes, actor.place()).await
}

async fn give_recovery_codes(actor: &OwnActor, tx: &mut Tx, session: &[u8]) -> Result<(), ServiceError> {
    let own = actor.scope().own();
    let codes = (0..RECOVERY_CODES).map(|_| recovery_code()).collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<_> = codes.iter().map(|code| code_hash(own.user_id(), &read_code(code))).collect();
    stored::set_recovery_codes(tx, own, &hashes).await?;
    let purpose = Purpose::RecoveryCodes(own.user_id());
    one_time::keep(actor.portal(), tx, session, purpose, &codes.join(" ")).await
}

/// A recovery code: 80 random bits in four groups of four, without letters that look alike.
fn recovery_code() -> Result<String, ServiceError> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0_u8; 16];
    OsEntropy.fill(&mut random)?;
    let letters: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    Ok([&letters[..4], &letters[4..8], &letters[8..12], &letters[12..]].join("-"))
}

/// Changes who must use two-factor authentication: a policy, and after how many days it begins.
///
/// # Errors
/// [`ServiceError::Invalid`] for what is none of the choices; also when it shuts out the admin who asks for it.
pub async fn save_rule(actor: &AdminActor, tx: &mut Tx, policy: &str, grace_days: &str) -> Result<(), ServiceError> {
    let typed = [("policy", policy), ("grace", grace_days)];
    let session = actor.scope().session();
    let rule = TwoFactorRule::parse(policy, grace_days, tx.now()).map_err(|errors| errors.keeping(typed))?;
    if rule.state(domain::partners::UserKind::Admin, session.two_factor().on, tx.now()).is_missing {
        let message = "Set up two-factor authentication for yourself first, or let it begin later.";
        return Err(ServiceError::field("policy", message).keeping(typed));
    }
    let before = stored::rule(tx, actor.scope()).await?;
    if before.policy == rule.policy && before.from.is_none() && rule.from.is_none() {
        return Ok(());
    }
    stored::set_rule(tx, actor.scope(), rule).await?;
    let detail = serde_json::json!({ "policy": rule.policy.as_str(), "from": rule.from });
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
        assert!(!format!("{shown:?}").contains("GEZD"));
    }

    #[test]
    fn recovery_codes_are_long_enough_and_never_alike() {
        let (one, two) = (recovery_code().unwrap(), recovery_code().unwrap());
        assert_ne!(one, two);
        assert!(read_code(&one).len() == 16 && !is_app_code(&read_code(&one)), "{one}");
    }
}
