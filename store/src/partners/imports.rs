//! Files of partners, from their upload to the import.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::AdminScope,
    sql::{insert, sql},
};

/// Keeps a file until it is imported.
pub async fn keep_import(tx: &mut Tx, scope: &AdminScope, content: &str) -> Result<Uuid, StoreError> {
    let (id, now) = (tx.new_id()?, tx.now());
    let row = [
        ("id", id.into()),
        ("account_id", scope.account_id().into()),
        ("content", content.into()),
        ("created_at", now.into()),
    ];
    insert("partner_imports", row).execute(tx.conn()).await?;
    Ok(id)
}

/// A file that waits; nothing for any other id.
pub async fn import(read: &mut Reader, scope: &AdminScope, id: Uuid) -> Result<Option<String>, StoreError> {
    let found = sql("SELECT content FROM partner_imports WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(id)
        .optional::<(String,)>(read.conn())
        .await?;
    Ok(found.map(|(content,)| content))
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
