//! What the audit log keeps of calls of the API that change nothing: keys and scopes that were refused, and lists that were read. Of
//! many calls in an hour only some are events, with their number, so that nobody can fill the log.

use std::sync::Arc;

use domain::{
    api_keys::ApiScope,
    audit::AuditAction,
    ids::{AccountId, ApiKeyId},
};
use services::{
    Actor, Object, Portal, Scope, ServiceError, login, login::Hints, record_refused, throttle::neighbourhood,
};
use store::{
    Db, GuardedDb, Tx,
    api_keys::{self, KeySession},
};

/// Records that a key was refused: in the account it once belonged to, else in the one the request means. Of an installation with
/// several accounts nobody can tell which a made-up key was for.
pub(super) async fn refuse_key(
    db: &Db,
    portal: &Portal,
    (key, host): (&str, &str),
    address: &str,
) -> Result<(), ServiceError> {
    let found = {
        let mut read = db.reader().await?;
        match api_keys::owner_of_refused(&mut read, key).await? {
            Some((account, key)) => Some((account, Some(key))),
            None => {
                let hints = Hints { host, ..Hints::default() };
                login::account_meant(&mut read, portal, hints).await?.known().map(|account| (account.id, None))
            }
        }
    };
    let Some((account, key)) = found else { return Ok(()) };
    let Some(count) = count_refusal(db, portal, account, key, address) else { return Ok(()) };
    let mut tx = db.begin_write().await?;
    let object = Object("api_key", key.map(|key| key.0));
    let detail = serde_json::json!({ "count": count });
    record_refused(&mut tx, (account, None), AuditAction::ApiKeyRefused, object, address, detail);
    Ok(tx.commit().await?)
}

fn count_refusal(db: &Db, portal: &Portal, account: AccountId, key: Option<ApiKeyId>, address: &str) -> Option<u64> {
    let key = key.map(|key| key.to_string()).unwrap_or_default();
    portal.tallies.count(format!("key\n{account}\n{key}\n{}", neighbourhood(address)), db.now())
}

/// What a key did that is to be noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noted {
    /// It asked for something it has not the scope for.
    Refused(ApiScope),
    /// It read a list: of leads, of partners, of invoices.
    Read(AuditAction),
}

/// Records what a key did.
pub(super) async fn note(
    db: &GuardedDb,
    portal: &Arc<Portal>,
    session: &KeySession,
    address: &str,
    noted: Noted,
) -> Result<(), ServiceError> {
    let key = session.key_id();
    let what = match noted {
        Noted::Refused(scope) => scope.as_str(),
        Noted::Read(action) => action.as_str(),
    };
    let Some(count) = portal.tallies.count(format!("call\n{key}\n{what}"), db.now()) else { return Ok(()) };
    let mut tx = db.begin_write(session).await?;
    let address = address.to_owned();
    match session {
        KeySession::Account(session) => {
            record(&Actor::new(portal.clone(), session.session().clone(), address), &mut tx, key, noted, count);
        }
        KeySession::Partner(session) => {
            record(&Actor::new(portal.clone(), session.session().clone(), address), &mut tx, key, noted, count);
        }
    }
    Ok(tx.commit().await?)
}

fn record<S: Scope>(actor: &Actor<S>, tx: &mut Tx, key: ApiKeyId, noted: Noted, count: u64) {
    match noted {
        Noted::Refused(scope) => {
            let detail = serde_json::json!({ "permission": scope.as_str(), "count": count });
            actor.record_failure(tx, AuditAction::PermissionRefused, key, detail);
        }
        Noted::Read(action) => actor.record(tx, action, key, serde_json::json!({ "count": count })),
    }
}
