//! The row of an account's chain: locked, read, and written with a seal, so that the end of the log cannot be cut off.

use chrono::{DateTime, Utc};
use domain::ids::AccountId;
use uuid::Uuid;

use super::key::{AuditKey, ChainRow};
use crate::{
    Db, StoreError, Tx,
    sql::{sql, update},
};

/// The chain's columns, in the order of [`ChainRow`].
pub(super) const CHAIN: &str = "begun_at, last_sequence, last_hash, purged_sequence, purged_hash, keyed_sequence, seal";

/// Locks an account's chain until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, account: Uuid) -> Result<ChainRow, StoreError> {
    sql("UPDATE audit_chains SET last_sequence = last_sequence WHERE account_id = ")
        .arg(account)
        .push(" RETURNING ")
        .push(CHAIN)
        .one::<ChainRow>(tx.conn())
        .await
}

/// Writes a locked chain that has changed from `before`, sealed anew. A chain whose seal was not ours keeps that seal: what
/// somebody has done to it must not be covered by whatever is written next.
pub(super) async fn store(tx: &mut Tx, account: Uuid, before: &ChainRow, after: &ChainRow) -> Result<(), StoreError> {
    let keys = tx.audit_keys();
    let seal = if let Some(key) = keys.sealing(account, before) {
        Some(key.seal(account, after))
    } else {
        if before.seal.is_some() {
            tracing::error!(%account, "the seal of the audit log does not match: run verify-audit");
        }
        before.seal.clone()
    };
    let columns = [
        ("last_sequence", after.last_sequence.into()),
        ("last_hash", after.last_hash.as_slice().into()),
        ("purged_sequence", after.purged_sequence.into()),
        ("purged_hash", after.purged_hash.as_slice().into()),
        ("keyed_sequence", after.keyed_sequence.into()),
        ("seal", seal.into()),
    ];
    update("audit_chains", columns).push(" WHERE account_id = ").arg(account).execute(tx.conn()).await?;
    Ok(())
}

/// The seal of a chain that begins.
pub(super) fn first_seal(tx: &Tx, account: AccountId, begun_at: DateTime<Utc>) -> Vec<u8> {
    let chain = ChainRow {
        begun_at,
        last_sequence: 0,
        last_hash: Vec::new(),
        purged_sequence: 0,
        purged_hash: Vec::new(),
        keyed_sequence: Some(0),
        seal: None,
    };
    tx.audit_keys().newest().seal(account.0, &chain)
}

impl Db {
    /// Brings the schema up to this version, and seals the chains of audit logs that were begun before there were seals. Where the
    /// tables belong to another role than the one that serves, it is done by that one, and the other gets its rights.
    ///
    /// # Errors
    /// When a migration fails; it is rolled back then.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match self.as_owner().await? {
            // Somebody else has migrated it, or has to.
            None if self.is_anothers().await? => match self.is_ready().await? {
                true => Ok(()),
                false => Err(StoreError::Address(
                    "the database's schema is not this version's, and the role in DATABASE_URL does not own it: run \
                     partner-portal migrate with PORTAL_MIGRATION_URL, its owner's address"
                        .to_owned(),
                )),
            },
            None => self.migrate_as_owner().await,
            Some((owner, server)) => {
                owner.migrate_as_owner().await?;
                owner.admit(&server).await?;
                owner.close().await;
                Ok(())
            }
        }
    }

    async fn migrate_as_owner(&self) -> Result<(), StoreError> {
        // Together with the migration that has brought the seals, and never again: a chain that has lost its seal since must not
        // get a new one.
        let had_seals = self.is_applied(SEALS).await?;
        self.run_migrations().await?;
        self.forget_samples().await?;
        if had_seals { Ok(()) } else { adopt(self).await }
    }
}

/// The migration that has brought the seals.
const SEALS: i64 = 12;

/// Seals the chains from before the log had a key, as they are; their next events are hashed with it.
///
/// **Bypass:** it takes no scope. It belongs to [`Db::migrate`].
pub async fn adopt(db: &Db) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    let accounts = sql("SELECT account_id FROM audit_chains WHERE seal IS NULL ORDER BY account_id")
        .all::<(Uuid,)>(tx.conn())
        .await?;
    let keys = tx.audit_keys();
    for (account,) in accounts {
        let chain = lock(&mut tx, account).await?;
        let after = ChainRow { keyed_sequence: Some(chain.last_sequence), ..chain };
        let columns =
            [("keyed_sequence", after.keyed_sequence.into()), ("seal", keys.newest().seal(account, &after).into())];
        update("audit_chains", columns).push(" WHERE account_id = ").arg(account).execute(tx.conn()).await?;
    }
    tx.end().await
}

/// By which key a chain is sealed.
#[derive(Debug)]
pub enum SealedBy {
    /// By the newest; it was before, or is now.
    Newest,
    /// By the newest now, by this one before: the events so far are hashed with it.
    NewestAfter(AuditKey),
    /// By none there is, or the row was changed since: it stays as it is, and the log reads as broken.
    Unknown,
}

/// Seals an account's chain with the newest key, where it was sealed with an older one. What is hashed so far stays as it is.
///
/// **Bypass:** it takes no scope. It is for operators who have changed the installation's key.
pub async fn seal_anew(tx: &mut Tx, account: AccountId) -> Result<SealedBy, StoreError> {
    let chain = lock(tx, account.0).await?;
    let keys = tx.audit_keys();
    let newest = keys.newest();
    match keys.sealing(account.0, &chain) {
        None => Ok(SealedBy::Unknown),
        Some(key) if key.id() == newest.id() => Ok(SealedBy::Newest),
        Some(key) => {
            let seal = newest.seal(account.0, &chain);
            update("audit_chains", [("seal", seal.into())])
                .push(" WHERE account_id = ")
                .arg(account)
                .execute(tx.conn())
                .await?;
            Ok(SealedBy::NewestAfter(key.again()))
        }
    }
}
