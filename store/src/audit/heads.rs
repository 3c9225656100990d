//! The heads of the logs, as they are mailed to the accounts' owners. For the portal's own workers: nothing here takes a scope.

use chrono::{DateTime, Utc};
use domain::{ids::AccountId, zone::Zone};
use sqlx::FromRow;
use uuid::Uuid;

use super::Head;
use crate::{Reader, StoreError, Tx, error::parse_stored, sql::sql};

/// An account whose owners get the head of its log by mail.
#[derive(Debug, Clone)]
pub struct HeadMails {
    /// Which.
    pub account: AccountId,
    /// Its short name.
    pub slug: String,
    /// Where its days begin.
    pub zone: Zone,
    /// When the head was mailed last.
    pub mailed_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    slug: String,
    time_zone: String,
    audit_head_mailed_at: Option<DateTime<Utc>>,
}

/// The accounts whose owners want the head by mail.
pub async fn head_mails(read: &mut Reader) -> Result<Vec<HeadMails>, StoreError> {
    let rows = sql("SELECT id, slug, time_zone, audit_head_mailed_at FROM accounts WHERE audit_head_mails ORDER BY id");
    let wanted = |row: Row| {
        let zone = parse_stored(&row.time_zone)?;
        Ok(HeadMails { account: AccountId(row.id), slug: row.slug, zone, mailed_at: row.audit_head_mailed_at })
    };
    rows.all::<Row>(read.conn()).await?.into_iter().map(wanted).collect()
}

/// Notes that an account's head is mailed now. Of two processes that do so at once, one gets `false`.
pub async fn note_head_mailed(tx: &mut Tx, wanted: &HeadMails) -> Result<bool, StoreError> {
    let now = tx.now();
    let note = sql("UPDATE accounts SET audit_head_mailed_at = $1 WHERE id = $2 AND audit_head_mails
        AND (audit_head_mailed_at IS NULL OR audit_head_mailed_at = $3)")
    .bind(now)
    .bind(wanted.account)
    .bind(wanted.mailed_at);
    Ok(note.execute(tx.conn()).await? == 1)
}

/// The last event of an account's log; none when it is empty.
pub async fn head(read: &mut Reader, account: AccountId) -> Result<Option<Head>, StoreError> {
    let found = sql("SELECT last_sequence, last_hash FROM audit_chains WHERE account_id = $1").bind(account);
    let found = found.optional::<(i64, Vec<u8>)>(read.conn()).await?;
    Ok(found.filter(|(sequence, _)| *sequence > 0).map(|(sequence, hash)| Head { sequence, hash }))
}
