//! Files of partners, from their upload to the import.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::tables::Reading;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::AdminScope,
    sql::{insert, sql},
};

/// Keeps a file until it is imported.
pub async fn keep_import(
    tx: &mut Tx,
    scope: &AdminScope,
    content: &[u8],
    reading: &Reading,
) -> Result<Uuid, StoreError> {
    let (id, now) = (tx.new_id()?, tx.now());
    let row = [
        ("id", id.into()),
        ("account_id", scope.account_id().into()),
        ("content", content.into()),
        ("reading", json(reading)?.into()),
        ("created_at", now.into()),
    ];
    insert("partner_imports", row).execute(tx.conn()).await?;
    Ok(id)
}

fn json(reading: &Reading) -> Result<String, StoreError> {
    serde_json::to_string(reading).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// A file that waits and how it is read; nothing for any other id.
pub async fn import(read: &mut Reader, scope: &AdminScope, id: Uuid) -> Result<Option<(Vec<u8>, Reading)>, StoreError> {
    let found = sql("SELECT content, reading FROM partner_imports WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(id)
        .optional::<(Vec<u8>, String)>(read.conn())
        .await?;
    let file = |(content, reading): (Vec<u8>, String)| {
        Ok((content, serde_json::from_str(&reading).map_err(|error| StoreError::Corrupt(error.to_string()))?))
    };
    found.map(file).transpose()
}

/// Says how a file that waits is read. Says whether there is one.
pub async fn read_import_as(tx: &mut Tx, scope: &AdminScope, id: Uuid, reading: &Reading) -> Result<bool, StoreError> {
    let changed = sql("UPDATE partner_imports SET reading = $1 WHERE account_id = $2 AND id = $3")
        .bind(json(reading)?)
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(changed == 1)
}

/// Takes a file away. Of two that import it at once, one is told that it is gone.
pub async fn delete_import(tx: &mut Tx, scope: &AdminScope, id: Uuid) -> Result<bool, StoreError> {
    let deleted = sql("DELETE FROM partner_imports WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(deleted == 1)
}

/// Removes files uploaded before `before`.
pub async fn delete_old_imports(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StoreError> {
    sql("DELETE FROM partner_imports WHERE created_at <= $1").bind(before).execute(tx.conn()).await?;
    Ok(())
}

/// The names and references that are taken in the account.
pub async fn taken(read: &mut Reader, scope: &AdminScope) -> Result<(HashSet<String>, HashSet<String>), StoreError> {
    let rows = sql("SELECT name, external_ref FROM partners WHERE account_id = $1")
        .bind(scope.account_id())
        .all::<(String, Option<String>)>(read.conn())
        .await?;
    let references = rows.iter().filter_map(|(_, reference)| reference.clone()).collect();
    Ok((rows.into_iter().map(|(name, _)| name).collect(), references))
}
