//! The keys of the audit log before today's, sealed: whoever looks at the log needs them for the events of their time.
//!
//! **Bypass:** nothing here takes a scope. It is for operators.

use super::AuditKey;
use crate::{
    Reader, StoreError, Tx,
    sql::{insert, sql},
};

/// Keeps a former key, sealed; one that is kept already stays as it is.
pub async fn keep_former(tx: &mut Tx, key: &AuditKey, sealed: &[u8]) -> Result<(), StoreError> {
    let now = tx.now();
    let row = [("key_id", key.id().into()), ("secret", sealed.into()), ("created_at", now.into())];
    insert("former_audit_keys", row).push(" ON CONFLICT (key_id) DO NOTHING").execute(tx.conn()).await?;
    Ok(())
}

/// The former keys, sealed, the newest first.
pub async fn former(read: &mut Reader) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = sql("SELECT secret FROM former_audit_keys ORDER BY created_at DESC, key_id");
    Ok(rows.all::<(Vec<u8>,)>(read.conn()).await?.into_iter().map(|(secret,)| secret).collect())
}
