//! Files of leads as the worker reads them.
//!
//! **Bypass:** nothing here takes a scope. It is for the worker and for housekeeping, which act for the portal itself.

use chrono::TimeDelta;
use domain::{
    ids::LeadImportId,
    lead_imports::{ImportState, RejectedRow},
};
use uuid::Uuid;

use super::{Batch, LeadImport, Row, int, select, texts};
use crate::{
    Reader, StoreError, Tx,
    leads::{Inserted, Push, insert_unscoped},
    sql::sql,
};

/// Which imports nobody reads.
const FREE: &str = "state = 'running' AND (leased_until_at IS NULL OR leased_until_at <= $1)";

/// The import that runs, that no process reads and that has waited longest.
pub async fn candidate(read: &mut Reader) -> Result<Option<LeadImportId>, StoreError> {
    let found = sql("SELECT id FROM lead_imports WHERE ")
        .push(FREE)
        .push(" ORDER BY started_at, id LIMIT 1")
        .bind(read.now())
        .optional::<(Uuid,)>(read.conn())
        .await?;
    Ok(found.map(|(id,)| LeadImportId(id)))
}

/// Takes the lease of the [`candidate`], unless another process was faster.
pub async fn lease(
    tx: &mut Tx,
    owner: Uuid,
    lease: TimeDelta,
    candidate: LeadImportId,
) -> Result<Option<LeadImport>, StoreError> {
    let now = tx.now();
    let taken = sql("UPDATE lead_imports SET lease_owner = $2, leased_until_at = $3 WHERE id = $4 AND ")
        .push(FREE)
        .bind(now)
        .bind(owner)
        .bind(now + lease)
        .bind(candidate)
        .execute(tx.conn())
        .await?;
    if taken == 0 {
        return Ok(None);
    }
    let row = select().push(" WHERE lead_imports.id = ").arg(candidate).optional::<Row>(tx.conn()).await?;
    row.map(|row| row.import(now)).transpose()
}

/// Stores a batch and the position after it. Answers nothing when the import was stopped or is another process' by now:
/// then the transaction must not be committed. Once it is, [`LeadImport::advance`] notes what was stored.
///
/// `stranger` makes a rejected row of the lead at that place of the batch, whose id belongs to somebody else already.
pub async fn step(
    tx: &mut Tx,
    import: &LeadImport,
    owner: Uuid,
    batch: &Batch,
    lease: TimeDelta,
    stranger: &(dyn Fn(usize) -> RejectedRow + Sync),
) -> Result<Option<Inserted>, StoreError> {
    let partner = import.summary.partner.0;
    let push = if import.push { Push::Out } else { Push::Nowhere };
    let stored = insert_unscoped(tx, import.account, partner, &batch.leads, push).await?;
    let strangers = stored.strangers.iter().map(|place| stranger(*place));
    let rejects: Vec<RejectedRow> = batch.rejects.iter().cloned().chain(strangers).collect();
    let Batch { warned, position, .. } = *batch;
    let step = Step { added: stored.added, known: stored.known, warned, rejects: &rejects, position };
    Ok(move_on(tx, import, owner, &step, lease).await?.then_some(stored))
}

/// What became of rows that were read.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// How many changed something.
    pub added: u64,
    /// How many said what was known.
    pub known: u64,
    /// How many of those that changed something had something that could not be used.
    pub warned: u64,
    /// Those that could not be used.
    pub rejects: &'a [RejectedRow],
    /// Where the next row begins: its byte and its line.
    pub position: (u64, u64),
}

/// Notes what became of rows, and the position after them, in the transaction that stores what they say. Says no when the import was
/// stopped or is another process' by now: then the transaction must not be committed.
pub async fn move_on(
    tx: &mut Tx,
    import: &LeadImport,
    owner: Uuid,
    step: &Step<'_>,
    lease: TimeDelta,
) -> Result<bool, StoreError> {
    let id = import.summary.id;
    let mut rows = Vec::with_capacity(step.rejects.len());
    for reject in step.rejects {
        let errors = serde_json::to_string(&reject.errors).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        rows.push([
            ("import_id", id.into()),
            ("offset_bytes", int(reject.at).into()),
            ("line", int(reject.line).into()),
            ("errors", errors.into()),
            ("cells", texts(&reject.cells).into()),
            ("raw", reject.raw.as_slice().into()),
            ("endless", reject.endless.into()),
        ]);
    }
    let rejected = rows.len() as u64;
    tx.insert_all("lead_import_rejects", rows, "").await?;
    let now = tx.now();
    let mine = sql("UPDATE lead_imports SET offset_bytes = $1, line = $2, added = added + $3, known = known + $4,
            rejected = rejected + $5, leased_until_at = $6, warned = warned + $11
        WHERE id = $7 AND state = 'running' AND lease_owner = $8 AND leased_until_at > $9 AND offset_bytes = $10")
    .bind(int(step.position.0))
    .bind(int(step.position.1))
    .bind(int(step.added))
    .bind(int(step.known))
    .bind(int(rejected))
    .bind(now + lease)
    .bind(id)
    .bind(owner)
    .bind(now)
    .bind(int(import.position.0))
    .bind(int(step.warned))
    .execute(tx.conn())
    .await?;
    Ok(mine == 1)
}

/// Ends an import the owner has the lease of: done, or failed for a reason. A done one's file is not needed any more. Says
/// whether it was still the owner's.
pub async fn end(tx: &mut Tx, import: &LeadImport, owner: Uuid, failure: Option<&str>) -> Result<bool, StoreError> {
    let state = if failure.is_some() { ImportState::Failed } else { ImportState::Done };
    let now = tx.now();
    let ended =
        sql("UPDATE lead_imports SET state = $1, trouble = $2, ended_at = $3, has_file = $4, lease_owner = NULL,
            leased_until_at = NULL
        WHERE id = $5 AND state = 'running' AND lease_owner = $6")
        .bind(state.as_str())
        .bind(failure.unwrap_or_default())
        .bind(now)
        .bind(failure.is_some())
        .bind(import.summary.id)
        .bind(owner)
        .execute(tx.conn())
        .await?;
    if ended == 1 && failure.is_none() {
        sql("DELETE FROM lead_import_pieces WHERE import_id = $1").bind(import.summary.id).execute(tx.conn()).await?;
    }
    Ok(ended == 1)
}

/// Gives a lease back, so that another process need not wait for its end.
pub async fn release(tx: &mut Tx, import: LeadImportId, owner: Uuid) -> Result<(), StoreError> {
    sql("UPDATE lead_imports SET lease_owner = NULL, leased_until_at = NULL WHERE id = $1 AND lease_owner = $2")
        .bind(import)
        .bind(owner)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Forgets what nobody needs any more: files that never came to their end or were never started, after a day; files of
/// stopped imports, after a week; rejected rows, thirty days after the end.
pub async fn forget(tx: &mut Tx) -> Result<(), StoreError> {
    let now = tx.now();
    sql("DELETE FROM lead_import_pieces WHERE import_id IN (SELECT id FROM lead_imports WHERE has_file
            AND ((state IN ('uploading', 'ready') AND created_at <= $1) OR (state IN ('cancelled', 'failed') AND ended_at <= $2)))")
    .bind(now - TimeDelta::days(1))
    .bind(now - TimeDelta::days(7))
    .execute(tx.conn())
    .await?;
    sql("DELETE FROM lead_imports WHERE has_file AND state IN ('uploading', 'ready') AND created_at <= $1")
        .bind(now - TimeDelta::days(1))
        .execute(tx.conn())
        .await?;
    sql("UPDATE lead_imports SET has_file = FALSE WHERE has_file AND state IN ('cancelled', 'failed') AND ended_at <= $1")
        .bind(now - TimeDelta::days(7))
        .execute(tx.conn())
        .await?;
    sql("DELETE FROM lead_import_rejects WHERE import_id IN (SELECT id FROM lead_imports WHERE ended_at <= $1)")
        .bind(now - TimeDelta::days(30))
        .execute(tx.conn())
        .await?;
    Ok(())
}
