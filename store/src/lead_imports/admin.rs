//! Files as people hand them in, start them and follow them: admins files of leads, partners files of outcomes.

use domain::{
    ids::{AccountId, LeadImportId, PartnerId},
    lead_imports::{ImportState, ImportSummary, RejectedRow},
    tables::Reading,
};
use uuid::Uuid;

use super::{Importer, LeadImport, Row, count, from_texts, int, select, texts};
use crate::{
    Reader, StoreError, Tx,
    access::AdminScope,
    sql::{insert, sql},
};

/// A file that is to be taken.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Whose leads are in it.
    pub partner: PartnerId,
    /// What it is called.
    pub name: String,
    /// Whether its leads go out to the partner's webhook and mailboxes.
    pub push: bool,
}

/// What was found out about a file when all of it had come, or what somebody has said of it.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The bytes that are read: from the first to behind the last one.
    pub span: (u64, u64),
    /// How it is read.
    pub reading: Reading,
    /// The names of its columns.
    pub header: Vec<String>,
    /// What each is: an identifier of [`domain::lead_imports::COLUMNS`] or a [`domain::outcome_imports::OutcomeColumn`].
    pub columns: Vec<String>,
    /// Where the first row begins: its byte and its line.
    pub first: (u64, u64),
}

/// Begins to take a file; nothing for a partner that is not the account's, or is archived.
pub async fn begin(tx: &mut Tx, by: impl Into<Importer>, file: &NewFile) -> Result<Option<LeadImportId>, StoreError> {
    let importer = by.into();
    let known = sql("SELECT id FROM partners WHERE account_id = $1 AND id = $2 AND status <> 'archived'")
        .bind(importer.account)
        .bind(file.partner)
        .optional::<(Uuid,)>(tx.conn())
        .await?;
    if known.is_none() || importer.partner.is_some_and(|own| own != file.partner) {
        return Ok(None);
    }
    let id = LeadImportId(tx.new_id()?);
    let row = [
        ("id", id.into()),
        ("account_id", importer.account.into()),
        ("kind", importer.kind.as_str().into()),
        ("partner_id", file.partner.into()),
        ("file_name", file.name.as_str().into()),
        ("push", file.push.into()),
        ("created_by", importer.user_name.as_str().into()),
        ("created_by_id", importer.user.into()),
        ("created_at", tx.now().into()),
        ("state", ImportState::Uploading.as_str().into()),
        ("trouble", "".into()),
        ("size_bytes", 0_i64.into()),
        ("reading", "{}".into()),
        ("header", "[]".into()),
        ("columns", "[]".into()),
        ("offset_bytes", 0_i64.into()),
        ("line", 1_i64.into()),
        ("added", 0_i64.into()),
        ("known", 0_i64.into()),
        ("rejected", 0_i64.into()),
        ("resumed_rows", 0_i64.into()),
        ("resumed_bytes", 0_i64.into()),
        ("has_file", true.into()),
    ];
    insert("lead_imports", row).execute(tx.conn()).await?;
    Ok(Some(id))
}

/// Keeps the next piece of a file that is being taken.
pub async fn keep_piece(
    tx: &mut Tx,
    by: impl Into<Importer>,
    id: LeadImportId,
    position: i64,
    content: &[u8],
) -> Result<(), StoreError> {
    let piece = sql("INSERT INTO lead_import_pieces (import_id, position, content) SELECT id, ")
        .arg(position)
        .push(", ")
        .arg(content)
        .push(" FROM lead_imports");
    by.into().own(piece).push(" AND id = ").arg(id).push(" AND state = 'uploading'").execute(tx.conn()).await?;
    Ok(())
}

/// Takes the pieces of a file away that is being taken, to keep its text instead of them.
pub async fn drop_pieces(tx: &mut Tx, by: impl Into<Importer>, id: LeadImportId) -> Result<(), StoreError> {
    let pieces = sql("DELETE FROM lead_import_pieces WHERE import_id IN (SELECT id FROM lead_imports");
    let own = by.into().own(pieces).push(" AND id = ").arg(id).push(" AND state = 'uploading')");
    own.execute(tx.conn()).await?;
    Ok(())
}

/// All of it has come: it waits to be started. Or it waits already, and is to be read another way. Says whether that could be
/// done.
pub async fn finish(
    tx: &mut Tx,
    by: impl Into<Importer>,
    id: LeadImportId,
    layout: &Layout,
) -> Result<bool, StoreError> {
    let reading = serde_json::to_string(&layout.reading).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let changed =
        sql("UPDATE lead_imports SET state = 'ready', size_bytes = $1, reading = $2, header = $3, columns = $4,
            offset_bytes = $5, line = $6, resumed_bytes = $5, from_bytes = $7")
        .bind(int(layout.span.1))
        .bind(reading)
        .bind(texts(&layout.header))
        .bind(texts(&layout.columns))
        .bind(int(layout.first.0))
        .bind(int(layout.first.1))
        .bind(int(layout.span.0));
    let own = by.into().own(changed).push(" AND id = ").arg(id).push(" AND state IN ('uploading', 'ready')");
    Ok(own.execute(tx.conn()).await? == 1)
}

/// What a partner's files call their columns: pairs of a name and what such a column holds.
pub async fn mapping(
    read: &mut Reader,
    scope: &AdminScope,
    partner: PartnerId,
) -> Result<Vec<(String, String)>, StoreError> {
    mapping_unscoped(read, scope.account_id(), partner).await
}

/// As [`mapping`].
///
/// **Bypass:** it takes no scope. It is for the command line.
pub async fn mapping_unscoped(
    read: &mut Reader,
    account: AccountId,
    partner: PartnerId,
) -> Result<Vec<(String, String)>, StoreError> {
    let found = sql("SELECT m.columns FROM lead_import_mappings m JOIN partners p ON p.id = m.partner_id
        WHERE p.account_id = $1 AND m.partner_id = $2")
    .bind(account)
    .bind(partner)
    .optional::<(String,)>(read.conn())
    .await?;
    found.map_or_else(
        || Ok(Vec::new()),
        |(json,)| serde_json::from_str(&json).map_err(|error| StoreError::Corrupt(error.to_string())),
    )
}

/// Keeps what a partner's files call their columns, in place of what was kept before.
pub async fn keep_mapping(
    tx: &mut Tx,
    scope: &AdminScope,
    partner: PartnerId,
    columns: &[(String, String)],
) -> Result<(), StoreError> {
    keep_mapping_unscoped(tx, scope.account_id(), partner, columns).await
}

/// As [`keep_mapping`].
///
/// **Bypass:** it takes no scope. It is for the command line.
pub async fn keep_mapping_unscoped(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    columns: &[(String, String)],
) -> Result<(), StoreError> {
    let json = serde_json::to_string(columns).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    sql("INSERT INTO lead_import_mappings (partner_id, columns, updated_at)
        SELECT id, $1, $2 FROM partners WHERE account_id = $3 AND id = $4
        ON CONFLICT (partner_id) DO UPDATE SET columns = EXCLUDED.columns, updated_at = EXCLUDED.updated_at")
    .bind(json)
    .bind(tx.now())
    .bind(account)
    .bind(partner)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Deletes a file of which nothing was imported. Says whether there was one.
pub async fn discard(tx: &mut Tx, by: impl Into<Importer>, id: LeadImportId) -> Result<bool, StoreError> {
    let mine = by.into().own(sql("SELECT id FROM lead_imports")).push(" AND id = ").arg(id);
    let mine = mine.push(" AND state IN ('uploading', 'ready')").optional::<(Uuid,)>(tx.conn()).await?;
    if mine.is_none() {
        return Ok(false);
    }
    sql("DELETE FROM lead_import_pieces WHERE import_id = $1").bind(id).execute(tx.conn()).await?;
    sql("DELETE FROM lead_imports WHERE id = $1").bind(id).execute(tx.conn()).await?;
    Ok(true)
}

/// The latest imports, without those whose files have not come to their end.
pub async fn list(read: &mut Reader, by: impl Into<Importer>, most: i64) -> Result<Vec<ImportSummary>, StoreError> {
    let rows = by
        .into()
        .own(select())
        .push(
            " AND lead_imports.state <> 'uploading' ORDER BY lead_imports.created_at DESC, lead_imports.id DESC LIMIT ",
        )
        .arg(most)
        .all::<Row>(read.conn())
        .await?;
    rows.into_iter().map(|row| Ok(row.import(read.now())?.summary)).collect()
}

/// One of them; nothing for any other id.
pub async fn get(
    read: &mut Reader,
    by: impl Into<Importer>,
    id: LeadImportId,
) -> Result<Option<LeadImport>, StoreError> {
    let row = by.into().own(select()).push(" AND lead_imports.id = ").arg(id).optional::<Row>(read.conn()).await?;
    row.map(|row| row.import(read.now())).transpose()
}

/// Starts it, or resumes it where it was stopped: a file of outcomes is read for whoever does. Says whether that could be done.
pub async fn start(tx: &mut Tx, by: impl Into<Importer>, id: LeadImportId) -> Result<bool, StoreError> {
    let importer = by.into();
    let changed = sql(
        "UPDATE lead_imports SET state = 'running', trouble = '', started_at = COALESCE(started_at, $1), resumed_at = $1,
            resumed_rows = added + known + rejected, resumed_bytes = offset_bytes, ended_at = NULL, lease_owner = NULL,
            leased_until_at = NULL, created_by_id = COALESCE($2, created_by_id)",
    )
    .bind(tx.now())
    .bind(importer.user);
    let own = importer.own(changed).push(" AND id = ").arg(id);
    let own = own.push(" AND has_file AND state IN ('ready', 'cancelled', 'failed')");
    Ok(own.execute(tx.conn()).await? == 1)
}

/// Stops it: what is stored stays, and it can be resumed. Says whether it was running.
pub async fn cancel(tx: &mut Tx, by: impl Into<Importer>, id: LeadImportId) -> Result<bool, StoreError> {
    let changed =
        sql("UPDATE lead_imports SET state = 'cancelled', ended_at = $1, lease_owner = NULL, leased_until_at = NULL")
            .bind(tx.now());
    let own = by.into().own(changed).push(" AND id = ").arg(id).push(" AND state = 'running'");
    Ok(own.execute(tx.conn()).await? == 1)
}

/// Rejected rows behind a byte of the file, in the file's order.
pub async fn rejects(
    read: &mut Reader,
    by: impl Into<Importer>,
    id: LeadImportId,
    after: Option<u64>,
    most: i64,
) -> Result<Vec<RejectedRow>, StoreError> {
    let rows = sql("SELECT r.offset_bytes, r.line, r.errors, r.cells, r.raw, r.endless FROM lead_import_rejects r
        JOIN lead_imports ON lead_imports.id = r.import_id");
    let rows = by
        .into()
        .own(rows)
        .push(" AND r.import_id = ")
        .arg(id)
        .push(" AND r.offset_bytes > ")
        .arg(after.map_or(-1, int))
        .push(" ORDER BY r.offset_bytes LIMIT ")
        .arg(most)
        .all::<(i64, i64, String, String, Vec<u8>, bool)>(read.conn())
        .await?;
    let row = |(at, line, errors, cells, raw, endless): (i64, i64, String, String, Vec<u8>, bool)| {
        Ok(RejectedRow {
            at: count(at),
            line: count(line),
            errors: serde_json::from_str(&errors).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            cells: from_texts(&cells)?,
            raw,
            endless,
        })
    };
    rows.into_iter().map(row).collect()
}
