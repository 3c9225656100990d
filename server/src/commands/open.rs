//! The configured database.

use std::sync::Arc;

use domain::clock::{OsEntropy, SystemClock};
use store::{Db, Options, audit::AuditKey};

use crate::{AnyError, config::Config};

/// Opens the configured database.
pub(crate) async fn open(config: &Config) -> Result<Db, AnyError> {
    // The key of the audit log lies outside the database, whose writer alone must not be able to forge the log.
    let audit_key = AuditKey::derive(&config.key(&OsEntropy)?);
    Db::open(&Options { audit_key, ..config.database() }, Arc::new(SystemClock), Arc::new(OsEntropy)).await.map_err(
        |error| format!("the database at {} cannot be opened: {error}", config.database_url_without_password()).into(),
    )
}
