//! Files of partners, from their upload to the import.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Db, StoreError, Tx, access::AdminScope, sql::sql};

/// Keeps a file until it is imported.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_import(db: &Db, scope: &AdminScope, content: &str) -> Result<Uuid, StoreError> {
    let (id, now) = (db.new_id()?, db.now());
    let mut tx = db.begin_write().await?;
    sql("INSERT INTO partner_imports (id, account_id, content, created_at) VALUES ")
        .rows([[id.into(), scope.account_id().into(), content.into(), now.into()]])
        .execute(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(id)
}

/// A file that waits; nothing for any other id.
///
/// # Errors
/// When the database does not answer.
pub async fn import(db: &Db, scope: &AdminScope, id: Uuid) -> Result<Option<String>, StoreError> {
    let found = sql("SELECT content FROM partner_imports WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(id)
        .optional::<(String,)>(db.reader().await?.conn())
        .await?;
    Ok(found.map(|(content,)| content))
}

/// Takes a file away. Of two that import it at once, one is told that it is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_import(tx: &mut Tx, scope: &AdminScope, id: Uuid) -> Result<bool, StoreError> {
    let deleted = sql("DELETE FROM partner_imports WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(deleted == 1)
}

/// Removes files handed in before `before`.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old_imports(db: &Db, before: DateTime<Utc>) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    sql("DELETE FROM partner_imports WHERE created_at <= $1").bind(before).execute(tx.conn()).await?;
    tx.commit().await
}

/// The names and references that are taken in the account.
///
/// # Errors
/// When the database does not answer.
pub async fn taken(db: &Db, scope: &AdminScope) -> Result<(HashSet<String>, HashSet<String>), StoreError> {
    let rows = sql("SELECT name, external_ref FROM partners WHERE account_id = $1")
        .bind(scope.account_id())
        .all::<(String, Option<String>)>(db.reader().await?.conn())
        .await?;
    let references = rows.iter().filter_map(|(_, reference)| reference.clone()).collect();
    Ok((rows.into_iter().map(|(name, _)| name).collect(), references))
}
