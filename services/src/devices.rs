//! Browsers that have logged in before. Each keeps a sealed token that says under which name it did; with it, tries are counted for
//! this browser alone, so that nobody else's failures shut its owner out (OWASP's "device cookies"). A second token, if its user wants
//! that, stands for the second factor there.

use base64::Engine as _;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    clock::{Entropy, OsEntropy},
    ids::{AccountId, UserId},
    partners::UserKind,
    users::CredentialsVersion,
};

use crate::{ServiceError, secrets::Secrets};

/// What a browser is remembered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// That somebody has logged in there.
    Device,
    /// That its user need not give a second factor there. The name is that of the user and its credentials: it ends when they change.
    TwoFactor,
}

impl Memory {
    /// For how long a browser is remembered.
    #[must_use]
    pub const fn life(self) -> TimeDelta {
        match self {
            Self::Device => TimeDelta::days(180),
            Self::TwoFactor => TimeDelta::days(30),
        }
    }

    /// Whom a token is for: it opens for no other name.
    fn owner(self, kind: UserKind, name: &str) -> Vec<u8> {
        let what = match self {
            Self::Device => "device",
            Self::TwoFactor => "two factor",
        };
        format!("{what}\n{}\n{name}", kind.as_str()).into_bytes()
    }
}

/// The name under which a browser is remembered in place of the second factor of a user with these credentials.
#[must_use]
pub fn two_factor_name(user: UserId, credentials: CredentialsVersion) -> String {
    format!("{user}\n{}", credentials.0)
}

/// How many people's tokens one browser keeps: those who share it.
const KEPT: usize = 3;

const CODE: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The name under which tries to log in are counted: the account and the address, however it is spelt. Of an unknown account all
/// spellings are one: they open nothing, and must not open a fresh count either.
#[must_use]
pub fn login_name(account: Option<AccountId>, email: &str) -> String {
    let tenant = account.map(|account| account.to_string()).unwrap_or_default();
    let email = domain::email::Email::parse(email)
        .map_or_else(|_| domain::text::code(email).to_lowercase(), |email| email.key());
    format!("{tenant}\n{email}")
}

/// What a browser keeps after a login under this name, beside what it kept before for others who share it.
///
/// # Errors
/// When the system gives no random numbers.
pub fn remember(
    secrets: &Secrets,
    memory: Memory,
    kind: UserKind,
    name: &str,
    now: DateTime<Utc>,
    before: &str,
) -> Result<String, ServiceError> {
    let mut random = [0_u8; 16];
    OsEntropy.fill(&mut random)?;
    let secret = format!("{}:{}", now.timestamp(), CODE.encode(random));
    let fresh = CODE.encode(secrets.seal(&OsEntropy, &memory.owner(kind, name), &secret)?);
    let others = tokens(before).filter(|token| open(secrets, memory, kind, name, token).is_none()).take(KEPT - 1);
    Ok(std::iter::once(fresh.as_str()).chain(others).collect::<Vec<_>>().join("."))
}

/// The browser that keeps this, if somebody has logged in there under this name lately.
#[must_use]
pub fn known(
    secrets: &Secrets,
    memory: Memory,
    kind: UserKind,
    name: &str,
    kept: &str,
    now: DateTime<Utc>,
) -> Option<String> {
    tokens(kept).find_map(|token| {
        let secret = open(secrets, memory, kind, name, token)?;
        let (since, device) = secret.split_once(':')?;
        let since = DateTime::from_timestamp(since.parse().ok()?, 0)?;
        (now - memory.life() < since).then(|| device.to_owned())
    })
}

fn tokens(kept: &str) -> impl Iterator<Item = &str> {
    kept.split('.').filter(|token| !token.is_empty() && token.len() < 256).take(KEPT)
}

fn open(secrets: &Secrets, memory: Memory, kind: UserKind, name: &str, token: &str) -> Option<String> {
    secrets.open_if_ours(&memory.owner(kind, name), &CODE.decode(token).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: TimeDelta = Memory::Device.life();

    #[test]
    fn a_browser_is_known_to_whoever_logged_in_there() {
        let (secrets, now) = (Secrets::new(&[7; 32]), DateTime::UNIX_EPOCH);
        let known = |kind, name: &str, kept: &str, now| known(&secrets, Memory::Device, kind, name, kept, now);
        let kept = remember(&secrets, Memory::Device, UserKind::Partner, "acme\nada", now, "").unwrap();
        assert!(kept.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{kept}");
        let device = known(UserKind::Partner, "acme\nada", &kept, now).unwrap();
        assert_eq!(known(UserKind::Partner, "acme\nada", &kept, now + LIFE - TimeDelta::seconds(1)), Some(device));
        assert_eq!(known(UserKind::Partner, "acme\nada", &kept, now + LIFE), None, "too long ago");
        assert_eq!(known(UserKind::Admin, "acme\nada", &kept, now), None);
        let stands_for_a_factor = super::known(&secrets, Memory::TwoFactor, UserKind::Partner, "acme\nada", &kept, now);
        assert_eq!(stands_for_a_factor, None, "it is remembered for one thing alone");
        assert_eq!(known(UserKind::Partner, "acme\nbea", &kept, now), None, "nobody else");
        assert_eq!(
            super::known(&Secrets::new(&[8; 32]), Memory::Device, UserKind::Partner, "acme\nada", &kept, now),
            None
        );
        for nonsense in ["", ".", "x.y.z", "\u{e9}", &kept[1..], &"a".repeat(10_000)] {
            assert_eq!(known(UserKind::Partner, "acme\nada", nonsense, now), None, "{nonsense}");
        }
    }

    #[test]
    fn a_browser_is_shared_by_a_few() {
        let (secrets, now) = (Secrets::new(&[7; 32]), DateTime::UNIX_EPOCH);
        let knows = |kept: &str, name| known(&secrets, Memory::Device, UserKind::Partner, name, kept, now).is_some();
        let mut kept = String::new();
        for name in ["ada", "bea", "ada", "ada", "cleo"] {
            kept = remember(&secrets, Memory::Device, UserKind::Partner, name, now, &kept).unwrap();
        }
        assert!(["ada", "bea", "cleo"].iter().all(|name| knows(&kept, name)), "{kept}");
        kept = remember(&secrets, Memory::Device, UserKind::Partner, "dora", now, &kept).unwrap();
        assert!(knows(&kept, "dora") && !knows(&kept, "bea"), "whoever was there longest ago makes room");
        assert!(kept.len() < 1_000, "{}", kept.len());
    }

    #[test]
    fn a_name_is_one_however_it_is_spelt() {
        let account = Some(AccountId(uuid::Uuid::nil()));
        assert_eq!(login_name(account, " Ada@Example.com "), login_name(account, "ada@example.com"));
        assert_ne!(login_name(None, "ada@example.com"), login_name(account, "ada@example.com"));
        assert_eq!(login_name(None, " NOBODY"), login_name(None, "nobody"));
    }
}
