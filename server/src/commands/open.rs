//! The configured database.

use std::sync::Arc;

use domain::clock::{OsEntropy, SystemClock};
use store::Db;

use crate::{AnyError, config::Config};

/// Opens the configured database.
pub(crate) async fn open(config: &Config) -> Result<Db, AnyError> {
    Db::open(&config.database(), Arc::new(SystemClock), Arc::new(OsEntropy)).await.map_err(|error| {
        format!("the database at {} cannot be opened: {error}", config.database_url_without_password()).into()
    })
}
