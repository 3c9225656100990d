//! The keys of the audit log, which lie outside the database, and what is made with them: the hashes of events and the seal on a
//! chain's row. Whoever can write to the database alone can make neither.
//!
//! While the installation's key is being changed there are two, and of several processes some may know one of them alone. So
//! whoever writes goes on with the key that seals the chain; `rotate-keys` alone, when all know the new one, seals it with that
//! (`seal_anew`). The events before keep their hashes. A former key is needed to look at them, and makes nothing: an event that is
//! changed with it changes the hash of the last one, which the seal covers.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::hex;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

/// A key of the audit log. It is zeroed when it is dropped, and never printed.
#[derive(Debug)]
pub struct AuditKey(SecretBox<[u8; 32]>);

impl AuditKey {
    /// Derived from a key of the installation, so that neither tells the other.
    #[must_use]
    pub fn derive(installation: &[u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(mac_of(installation, &[b"partner-portal audit log, key 1"]))))
    }

    /// What a former key is known by; it tells nothing of the key.
    #[must_use]
    pub fn id(&self) -> Vec<u8> {
        mac_of(self.0.expose_secret(), &[b"id\n"])[..8].to_vec()
    }

    /// The key as a text, to be sealed.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        hex::write(self.0.expose_secret()).into()
    }

    /// The key of such a text; none for another one.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        hex::read(text)?.try_into().ok().map(|key| Self(SecretBox::new(Box::new(key))))
    }

    /// The same key once more.
    pub(super) fn again(&self) -> Self {
        Self(SecretBox::new(Box::new(*self.0.expose_secret())))
    }

    /// An event's hash: of the one before it and of its columns.
    pub(super) fn event(&self, previous: &[u8], columns: &str) -> Vec<u8> {
        mac_of(self.0.expose_secret(), &[b"event\n", previous, columns.as_bytes()]).to_vec()
    }

    pub(super) fn seal(&self, account: Uuid, chain: &ChainRow) -> Vec<u8> {
        let columns = serde_json::json!([
            account,
            chain.begun_at.timestamp_micros(),
            chain.keyed_sequence,
            chain.last_sequence,
            chain.last_hash,
            chain.purged_sequence,
            chain.purged_hash,
        ]);
        mac_of(self.0.expose_secret(), &[b"chain\n", columns.to_string().as_bytes()]).to_vec()
    }

    /// Whether the seal on a chain's row is this key's and nothing in the row was changed since.
    pub(super) fn seals(&self, account: Uuid, chain: &ChainRow) -> bool {
        chain.seal.as_deref().is_some_and(|seal| seal == self.seal(account, chain))
    }
}

/// The keys of the audit log, the newest first; there is always one. Cloning shares them.
#[derive(Debug, Clone)]
pub struct AuditKeys(Arc<(AuditKey, Vec<AuditKey>)>);

impl AuditKeys {
    /// Derived from the keys of the installation: the newest, and those before it.
    #[must_use]
    pub fn derive<'a>(newest: &[u8; 32], older: impl IntoIterator<Item = &'a [u8; 32]>) -> Self {
        Self(Arc::new((AuditKey::derive(newest), older.into_iter().map(AuditKey::derive).collect())))
    }

    /// A key that everybody knows: for tests, and for whoever only reads.
    pub(crate) fn known() -> Self {
        Self(Arc::new((AuditKey(SecretBox::new(Box::new([0; 32]))), Vec::new())))
    }

    /// The newest.
    pub(super) fn newest(&self) -> &AuditKey {
        &self.0.0
    }

    /// All, the newest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &AuditKey> {
        std::iter::once(&self.0.0).chain(&self.0.1)
    }

    /// The one that seals a chain's row; none where the row is not as one of them has sealed it.
    pub(super) fn sealing(&self, account: Uuid, chain: &ChainRow) -> Option<&AuditKey> {
        self.all().find(|key| key.seals(account, chain))
    }
}

fn mac_of(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key of any length is one to HMAC: this cannot fail, and would not match if it did.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// The hash of events from before the log had a key.
pub(super) fn unkeyed(previous: &[u8], columns: &str) -> Vec<u8> {
    Sha256::new().chain_update(previous).chain_update(columns).finalize().to_vec()
}

/// An account's chain: where its log begins and ends.
#[derive(Debug, Clone, FromRow)]
pub(super) struct ChainRow {
    pub(super) begun_at: DateTime<Utc>,
    pub(super) last_sequence: i64,
    pub(super) last_hash: Vec<u8>,
    pub(super) purged_sequence: i64,
    pub(super) purged_hash: Vec<u8>,
    pub(super) keyed_sequence: Option<i64>,
    pub(super) seal: Option<Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_covers_every_column_the_account_and_the_key() {
        let key = AuditKey::derive(&[7; 32]);
        let account = Uuid::from_u128(1);
        let mut chain = ChainRow {
            begun_at: DateTime::UNIX_EPOCH,
            last_sequence: 9,
            last_hash: vec![1],
            purged_sequence: 2,
            purged_hash: vec![2],
            keyed_sequence: Some(3),
            seal: None,
        };
        assert!(!key.seals(account, &chain), "no seal is none");
        chain.seal = Some(key.seal(account, &chain));
        assert!(key.seals(account, &chain));
        assert!(!AuditKey::derive(&[8; 32]).seals(account, &chain) && !key.seals(Uuid::from_u128(2), &chain));
        let changes: [fn(&mut ChainRow); 6] = [
            |chain| chain.begun_at = DateTime::from_timestamp_micros(1).unwrap(),
            |chain| chain.last_sequence = 8,
            |chain| chain.last_hash = vec![],
            |chain| chain.purged_sequence = 0,
            |chain| chain.purged_hash = vec![1],
            |chain| chain.keyed_sequence = None,
        ];
        for change in changes {
            let mut changed = chain.clone();
            change(&mut changed);
            assert!(!key.seals(account, &changed), "{changed:?}");
        }
        assert_ne!(key.event(b"a", "b"), unkeyed(b"a", "b"));
        assert!(format!("{key:?}").contains("REDACTED"), "{key:?}");
    }

    #[test]
    fn a_key_is_the_same_as_a_text() {
        let key = AuditKey::derive(&[7; 32]);
        let again = AuditKey::of_text(key.to_text().expose_secret()).unwrap();
        assert_eq!((again.event(b"a", "b"), again.id()), (key.event(b"a", "b"), key.id()));
        assert_ne!(AuditKey::derive(&[8; 32]).id(), key.id());
        for nonsense in ["", "ab", &"é".repeat(32), &"g".repeat(64)] {
            assert!(AuditKey::of_text(nonsense).is_none(), "{nonsense}");
        }
    }
}
