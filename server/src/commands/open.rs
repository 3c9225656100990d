//! The configured database.

use std::sync::Arc;

use domain::clock::{Clock, OsEntropy, SystemClock};
use services::{
    Portal, Targets,
    breached::Breached,
    discovered::Discovered,
    pace::{Buckets, Running},
    passkeys::Passkeys,
    passwords::Passwords,
    secrets::{KeyRing, Secrets},
    tally::Tallies,
};
use store::{Db, Options};

use crate::{AnyError, config::Config};

/// Opens the configured database.
pub(crate) async fn open(config: &Config) -> Result<Db, AnyError> {
    open_with(config, &config.keys(&OsEntropy)?).await
}

/// The same with the installation's keys, for whoever needs them for something else as well.
pub(crate) async fn open_with(config: &Config, keys: &KeyRing) -> Result<Db, AnyError> {
    open_at(config, keys, Arc::new(SystemClock)).await
}

/// The same, where this clock tells the time.
pub(crate) async fn open_at(config: &Config, keys: &KeyRing, clock: Arc<dyn Clock>) -> Result<Db, AnyError> {
    // The keys of the audit log lie outside the database, whose writer alone must not be able to forge the log.
    let options = Options { audit_keys: keys.audit_keys(), ..config.database() };
    Db::open(&options, clock, Arc::new(OsEntropy)).await.map_err(|error| {
        format!("the database at {} cannot be opened: {error}", config.database_url_without_password()).into()
    })
}

/// The portal as it is configured, calling other servers by this way.
///
/// # Errors
/// When the list of breached passwords cannot be read, or the system gives no random numbers.
pub fn portal_of(config: &Config, keys: &KeyRing, targets: Targets) -> Result<Portal, AnyError> {
    let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    Ok(Portal {
        public_url: config.public_url.clone(),
        production: config.production,
        session_lifetime: config.session_lifetime,
        passwords: Passwords::new(&OsEntropy, at_once)?,
        discovered: Discovered::default(),
        passkeys: Passkeys::at(&config.public_url),
        secrets: Secrets::with(keys),
        targets,
        unprintable: crate::unprintable,
        tallies: Tallies::default(),
        breached: open_breached(config)?,
        buckets: Buckets::default(),
        web_rate: config.web_rate,
        exports: Running::default(),
    })
}

/// The list of breached passwords, if there is one.
fn open_breached(config: &Config) -> Result<Option<Breached>, AnyError> {
    let Some(path) = &config.breached_passwords else { return Ok(None) };
    let said = |error: &dyn std::fmt::Display| format!("PORTAL_BREACHED_PASSWORDS, {}: {error}", path.display());
    let file = std::fs::File::open(path).map_err(|error| said(&error))?;
    Ok(Some(Breached::read(file).map_err(|error| said(&error))?))
}
