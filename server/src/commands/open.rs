//! The configured database.

use std::sync::Arc;

use domain::clock::{OsEntropy, SystemClock};
use services::secrets::KeyRing;
use store::{Db, Options};

use crate::{AnyError, config::Config};

/// Opens the configured database.
pub(crate) async fn open(config: &Config) -> Result<Db, AnyError> {
    open_with(config, &config.keys(&OsEntropy)?).await
}

/// The same with the installation's keys, for whoever needs them for something else as well.
pub(crate) async fn open_with(config: &Config, keys: &KeyRing) -> Result<Db, AnyError> {
    // The keys of the audit log lie outside the database, whose writer alone must not be able to forge the log.
    let options = Options { audit_keys: keys.audit_keys(), ..config.database() };
    Db::open(&options, Arc::new(SystemClock), Arc::new(OsEntropy)).await.map_err(|error| {
        format!("the database at {} cannot be opened: {error}", config.database_url_without_password()).into()
    })
}
