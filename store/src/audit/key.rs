//! The key of the audit log, which lies outside the database, and what is made with it: the hashes of events and the seal on a
//! chain's row. Whoever can write to the database alone can make neither.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

/// The key of the audit log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuditKey([u8; 32]);

/// It is never printed.
impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuditKey(…)")
    }
}

impl AuditKey {
    /// Derived from the installation's key, so that neither tells the other.
    #[must_use]
    pub fn derive(installation: &[u8; 32]) -> Self {
        Self(mac_of(installation, &[b"partner-portal audit log, key 1"]))
    }

    /// A key that everybody knows: for tests, and for whoever only reads.
    pub(crate) const fn known() -> Self {
        Self([0; 32])
    }

    /// An event's hash: of the one before it and of its columns.
    pub(super) fn event(self, previous: &[u8], columns: &str) -> Vec<u8> {
        mac_of(&self.0, &[b"event\n", previous, columns.as_bytes()]).to_vec()
    }

    pub(super) fn seal(self, account: Uuid, chain: &ChainRow) -> Vec<u8> {
        let columns = serde_json::json!([
            account,
            chain.begun_at.timestamp_micros(),
            chain.keyed_sequence,
            chain.last_sequence,
            chain.last_hash,
            chain.purged_sequence,
            chain.purged_hash,
        ]);
        mac_of(&self.0, &[b"chain\n", columns.to_string().as_bytes()]).to_vec()
    }

    /// Whether the seal on a chain's row is ours and nothing in the row was changed since.
    pub(super) fn seals(self, account: Uuid, chain: &ChainRow) -> bool {
        chain.seal.as_deref().is_some_and(|seal| seal == self.seal(account, chain))
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
        assert_eq!(format!("{key:?}"), "AuditKey(…)");
    }
}
