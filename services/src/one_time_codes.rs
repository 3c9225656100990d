//! The codes of two-factor authentication: those of an authenticator app (RFC 6238) and recovery codes.

use chrono::{DateTime, Utc};
use domain::{
    ids::UserId,
    two_factor::{is_app_code, read_code},
};
use sha2::{Digest, Sha256};
use store::{Tx, two_factor as stored};
use totp_rs::{Secret, Totp};

use crate::{Portal, ServiceError};

/// What a wrong code is told.
pub(crate) const WRONG: &str = "This code is not right, or it was used before. Wait for the next one of your app.";

/// Whom a secret is sealed for: it opens for no other user.
pub(crate) fn owner(user: UserId) -> Vec<u8> {
    format!("two factor\n{user}").into_bytes()
}

fn totp(secret: &str) -> Result<Totp, ServiceError> {
    let secret = Secret::try_from_base32(secret).map_err(|error| ServiceError::internal(&error))?;
    totp_rs::Builder::new().with_secret(secret).build().map_err(|error| ServiceError::internal(&error))
}

/// The time step of a code that is right now, one step early or late (RFC 6238, section 5.2).
pub(crate) fn step_of(secret: &str, code: &str, now: DateTime<Utc>) -> Result<Option<i64>, ServiceError> {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Ok(totp(secret)?.check(code, seconds).and_then(|step| i64::try_from(step).ok()))
}

/// The hash under which a code is kept. It is random: nothing slow is needed to keep it from being guessed.
pub(crate) fn code_hash(user: UserId, code: &str) -> Vec<u8> {
    Sha256::digest(format!("{user}\n{code}")).to_vec()
}

/// By what somebody proved to hold the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// A code of the app.
    App,
    /// A recovery code, which is used up.
    Recovery,
}

impl Given {
    /// As the audit log has it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Recovery => "recovery_code",
        }
    }
}

/// Whether a code, as it was typed, is one of this user. It is used up by being asked for.
///
/// # Errors
/// When the secret cannot be opened: the installation's key was changed.
pub(crate) async fn take(
    tx: &mut Tx,
    portal: &Portal,
    user: UserId,
    typed: &str,
) -> Result<Option<Given>, ServiceError> {
    let code = read_code(typed);
    if !is_app_code(&code) {
        let used = stored::use_recovery_code(tx, user, &code_hash(user, &code)).await?;
        return Ok(used.then_some(Given::Recovery));
    }
    let Some(sealed) = stored::app_secret(tx, user).await? else { return Ok(None) };
    let secret = portal.secrets.open(&owner(user), &sealed)?;
    match step_of(&secret, &code, tx.now())? {
        Some(step) if stored::use_step(tx, user, step).await? => Ok(Some(Given::App)),
        _ => Ok(None),
    }
}

/// The same as an error of the field in which it was typed.
pub(crate) fn wrong_code() -> ServiceError {
    ServiceError::field("code", WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, of which an app shows the last six digits.
    #[test]
    fn codes_are_those_of_the_standard_one_step_early_or_late() {
        let secret = Secret::new_stack(*b"12345678901234567890").to_base32();
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        for (seconds, code) in [(1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            let step = seconds / 30;
            for (skew, expected) in [(-60, None), (-30, Some(step)), (0, Some(step)), (30, Some(step)), (60, None)] {
                assert_eq!(step_of(&secret, code, at(seconds + skew)).unwrap(), expected, "{code} {skew}");
            }
        }
        assert_eq!(step_of(&secret, "000000", at(59)).unwrap(), None);
        assert_eq!(step_of(&secret, "", at(59)).unwrap(), None);
    }
}
