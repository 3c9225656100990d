//! Password hashing: argon2id (RFC 9106) at OWASP's floor, off the async threads, only so many at once. Passwords are hashed and
//! checked in their normal form, here and nowhere else.

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use domain::{clock::Entropy, passwords::normalised};
use tokio::sync::Semaphore;

use crate::ServiceError;

/// Hashes and verifies passwords.
#[derive(Debug)]
pub struct Passwords {
    /// Each hash takes 19 MiB and a whole core for a while: without a bound, a burst of logins would take all of both.
    permits: Semaphore,
    /// Places for strangers: those who are running and those who wait. Beyond them they are turned away at once, so that a flood of
    /// made-up logins neither fills the memory nor keeps those waiting who have been here before.
    strangers: Semaphore,
    /// Verified against when there is no such user, so that both cases take the same time.
    decoy: String,
}

/// How many strangers may wait for a hash: about a second of work.
const WAITING: usize = 32;

/// Whose password is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Somebody in a browser that logged in before, or who is logged in.
    Known,
    /// Anybody else.
    Stranger,
}

/// Hashing failed; never because of the password.
#[derive(Debug, thiserror::Error)]
pub enum HashingFailed {
    /// Too many strangers wait already.
    #[error("too many logins at once")]
    Busy,
    /// It is broken, or shutting down.
    #[error("password hashing failed: {0}")]
    Broken(String),
}

impl From<HashingFailed> for ServiceError {
    fn from(error: HashingFailed) -> Self {
        match error {
            HashingFailed::Busy => Self::Busy,
            broken @ HashingFailed::Broken(_) => Self::internal(&broken),
        }
    }
}

/// What verifying a password found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Right, and the hash is as we would make it today.
    Right,
    /// Right, but the hash should be made anew: with today's parameters, or of the password's normal form.
    RightButOld,
    /// Wrong, or there was no hash.
    Wrong,
}

/// OWASP's floor for argon2id: 19 MiB, two passes, one lane. These are the crate's defaults, spelt out.
fn hasher() -> Argon2<'static> {
    let params = argon2::Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
}

fn hash_with(entropy: &dyn Entropy, password: &str) -> Result<String, HashingFailed> {
    let mut salt = [0_u8; 16];
    entropy.fill(&mut salt).map_err(|error| HashingFailed::Broken(error.to_string()))?;
    let hash = hasher()
        .hash_password_with_salt(normalised(password).as_bytes(), &salt)
        .map_err(|error| HashingFailed::Broken(error.to_string()))?;
    Ok(hash.to_string())
}

impl Passwords {
    /// Hashing that runs at most `at_once` times in parallel.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new(entropy: &dyn Entropy, at_once: usize) -> Result<Self, HashingFailed> {
        let at_once = at_once.max(1);
        Ok(Self {
            permits: Semaphore::new(at_once),
            strangers: Semaphore::new(at_once + WAITING),
            decoy: hash_with(entropy, "nobody's password")?,
        })
    }

    /// Hashes a password to a PHC string, with a fresh salt.
    ///
    /// # Errors
    /// When the system gives no random numbers, or is shutting down.
    pub async fn hash(&self, entropy: Arc<dyn Entropy>, password: String) -> Result<String, HashingFailed> {
        self.run(move || hash_with(entropy.as_ref(), &password)).await?
    }

    /// Checks a password against a PHC string. Without one it takes as long, and is wrong.
    ///
    /// # Errors
    /// [`HashingFailed::Busy`] for a stranger when too many wait already; when the system is shutting down.
    pub async fn verify(&self, password: String, hash: Option<String>, asker: Asker) -> Result<Verdict, HashingFailed> {
        let _place = match asker {
            Asker::Known => None,
            Asker::Stranger => Some(self.strangers.try_acquire().map_err(|_| HashingFailed::Busy)?),
        };
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        self.run(move || {
            let Ok(parsed) = PasswordHash::new(&hash) else { return Verdict::Wrong };
            let is = |typed: &str| hasher().verify_password(typed.as_bytes(), &parsed).is_ok() && known;
            let normal = normalised(&password);
            if is(&normal) {
                let wanted = argon2::password_hash::phc::ParamsString::try_from(hasher().params());
                return if wanted.is_ok_and(|wanted| wanted == parsed.params) {
                    Verdict::Right
                } else {
                    Verdict::RightButOld
                };
            }
            // Hashes were once made of whatever was typed.
            if normal != password && is(&password) { Verdict::RightButOld } else { Verdict::Wrong }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashingFailed> {
        let _permit = self.permits.acquire().await.map_err(|error| HashingFailed::Broken(error.to_string()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| HashingFailed::Broken(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::OsEntropy;

    use super::*;

    #[tokio::test]
    async fn hashes_verify_and_differ() {
        let passwords = Passwords::new(&OsEntropy, 2).unwrap();
        let hash = |password: &str| passwords.hash(Arc::new(OsEntropy), password.to_owned());
        let (one, two) = (hash("correct horse").await.unwrap(), hash("correct horse").await.unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two, "salted");
        let verify = |password: &str, hash: Option<&str>| {
            passwords.verify(password.to_owned(), hash.map(ToOwned::to_owned), Asker::Stranger)
        };
        assert_eq!(verify("correct horse", Some(&one)).await.unwrap(), Verdict::Right);
        assert_eq!(verify("wrong horse", Some(&one)).await.unwrap(), Verdict::Wrong);
        assert_eq!(verify("nobody's password", None).await.unwrap(), Verdict::Wrong);
        assert_eq!(verify("x", Some("not a hash")).await.unwrap(), Verdict::Wrong);
    }

    /// Composed and decomposed letters, as different systems type them, are one password; a hash from before that rule still counts,
    /// for the spelling it was made of.
    #[tokio::test]
    async fn one_password_in_two_spellings() {
        let passwords = Passwords::new(&OsEntropy, 2).unwrap();
        let (composed, decomposed) = ("Gr\u{f6}\u{df}e des \u{c9}clairs", "Gro\u{308}\u{df}e\u{a0}des E\u{301}clairs");
        let verify = async |typed: &str, hash: &str| {
            passwords.verify(typed.into(), Some(hash.into()), Asker::Known).await.unwrap()
        };
        for set in [composed, decomposed] {
            let hash = passwords.hash(Arc::new(OsEntropy), set.into()).await.unwrap();
            for typed in [composed, decomposed] {
                assert_eq!(verify(typed, &hash).await, Verdict::Right, "{set} {typed}");
            }
        }
        let raw = hasher().hash_password_with_salt(decomposed.as_bytes(), b"sixteen byte slt").unwrap().to_string();
        assert_eq!(verify(decomposed, &raw).await, Verdict::RightButOld);
        assert_eq!(verify(composed, &raw).await, Verdict::Wrong);
    }

    /// Strangers beyond those who can wait are turned away at once; whoever is known is not.
    #[tokio::test]
    async fn a_flood_of_strangers_is_turned_away() {
        let passwords = Passwords::new(&OsEntropy, 1).unwrap();
        let strangers = (0..40).map(|_| passwords.verify("guess".into(), None, Asker::Stranger));
        let (answers, known) =
            tokio::join!(futures::future::join_all(strangers), passwords.verify("guess".into(), None, Asker::Known));
        let busy = answers.iter().filter(|answer| matches!(answer, Err(HashingFailed::Busy))).count();
        assert_eq!((busy, answers.len() - busy), (40 - 1 - WAITING, 1 + WAITING));
        assert_eq!(known.unwrap(), Verdict::Wrong);
        assert!(passwords.verify("guess".into(), None, Asker::Stranger).await.is_ok(), "there is room again");
    }

    #[tokio::test]
    async fn weaker_hashes_are_noticed() {
        let passwords = Passwords::new(&OsEntropy, 2).unwrap();
        let weak = Argon2::new(
            argon2::Algorithm::Argon2id,
            argon2::Version::V0x13,
            argon2::Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let old = weak.hash_password_with_salt(b"correct horse", b"sixteen byte slt").unwrap().to_string();
        assert_eq!(
            passwords.verify("correct horse".into(), Some(old), Asker::Known).await.unwrap(),
            Verdict::RightButOld
        );
    }
}
