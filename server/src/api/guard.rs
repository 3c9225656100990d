//! Who calls, and how often.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{api_keys::ApiScope, audit::AuditAction};
use services::{Actor, AdminActor, ClientAddress, PartnerActor, Portal, ServiceError};
use store::{
    GuardedDb, Reader, StoreError, Walled,
    access::PartnerKeyDenied,
    api_keys::{self, KeySession},
};

use super::{
    noted::{self, Noted},
    problem::{MissingScope, Problem},
};

/// How many times fewer requests with bad keys one address may send than requests with a good one, on the whole.
const BAD_KEYS: f64 = 100.0;

/// What every call can use.
#[derive(Debug, Clone)]
pub(super) struct Api {
    pub(super) db: GuardedDb,
    portal: Arc<Portal>,
    /// Requests a second of one key.
    rate: u32,
}

impl Api {
    pub(super) fn new(db: GuardedDb, portal: Arc<Portal>, rate: u32) -> Self {
        Self { db, portal, rate }
    }

    /// A connection to ask one thing.
    pub(super) async fn reader(&self, whose: &impl Walled) -> Result<Reader, StoreError> {
        self.db.reader(whose).await
    }

    /// A snapshot to read rows from that belong together.
    pub(super) async fn begin_read(&self, whose: &impl Walled) -> Result<Reader, StoreError> {
        self.db.begin_read(whose).await
    }

    /// Whoever shows this key at this address, noting its use.
    async fn session(&self, key: &str, address: &str) -> Result<Shown, StoreError> {
        let found = api_keys::authenticate(&mut self.db.unguarded().reader().await?, key).await?;
        let Some(api_keys::Shown { session, is_stale, networks }) = found else { return Ok(Shown::Bad) };
        if !services::api_keys::is_from(&networks, address) {
            return Ok(Shown::Elsewhere);
        }
        if is_stale {
            let mut tx = self.db.begin_write(&session).await?;
            api_keys::touch(&mut tx, session.key_id()).await?;
            tx.commit().await?;
        }
        Ok(Shown::Good(session))
    }
}

/// A key as it was shown.
enum Shown {
    Good(KeySession),
    /// It is good, but not from there.
    Elsewhere,
    Bad,
}

/// Lets a request on whose key is good, with the session the key stands for.
pub(super) async fn authenticate(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let address = request.extensions().get::<ClientAddress>().map(|address| address.0.clone()).unwrap_or_default();
    let shown = bearer(request.headers()).map(ToOwned::to_owned);
    let session = match &shown {
        Some(key) => api.session(key, &address).await,
        None => Ok(Shown::Bad),
    };
    let now = Instant::now();
    let session = match session {
        Ok(Shown::Good(session)) => session,
        Ok(found @ (Shown::Elsewhere | Shown::Bad)) => {
            let rate = f64::from(api.rate);
            let refused = api.portal.buckets.take(format!("address {address}"), (rate, rate / BAD_KEYS), now);
            if let Err(seconds) = refused {
                return Problem::rate_limited(seconds).into_response();
            }
            if let Some(key) = shown {
                let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
                told(noted::refuse_key(api.db.unguarded(), &api.portal, (&key, host), &address).await);
            }
            return match found {
                Shown::Elsewhere => Problem::from_elsewhere(&address).into_response(),
                _ => Problem::unauthenticated().into_response(),
            };
        }
        Err(error) => return Problem::from(error).into_response(),
    };
    let rate = f64::from(api.rate);
    if let Err(seconds) = api.portal.buckets.take(format!("key {}", session.key_id()), (rate * 2.0, rate), now) {
        return Problem::rate_limited(seconds).into_response();
    }
    let list = list_read(request.method(), request.uri().path());
    let caller = Caller { session, address };
    request.extensions_mut().insert(caller.clone());
    let response = next.run(request).await;
    let noted = match response.extensions().get::<MissingScope>() {
        Some(MissingScope(scope)) => Some(Noted::Refused(*scope)),
        None => list.filter(|_| response.status().is_success()).map(Noted::Read),
    };
    if let Some(noted) = noted {
        told(noted::note(&api.db, &api.portal, &caller.session, &caller.address, noted).await);
    }
    response
}

/// The answer stands, whether it could be noted or not.
fn told(noted: Result<(), ServiceError>) {
    if let Err(error) = noted {
        tracing::warn!(cause = ?error, "a call of the API could not be written to the audit log");
    }
}

/// What it is called when a whole list is read.
fn list_read(method: &Method, path: &str) -> Option<AuditAction> {
    match path {
        _ if method != Method::GET => None,
        "/leads" | "/partner/leads" => Some(AuditAction::LeadsRead),
        "/partners" => Some(AuditAction::PartnersRead),
        "/invoices" | "/partner/invoices" => Some(AuditAction::InvoicesRead),
        _ => None,
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && key.len() < 200).then(|| key.trim())
}

/// Whoever called, with a key that is good.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) session: KeySession,
    address: String,
}

impl Caller {
    /// The right to act on the account, if it is the account's key and has this scope.
    pub(super) fn require(&self, api: &Api, scope: ApiScope) -> Result<AdminActor, Problem> {
        let KeySession::Account(session) = &self.session else { return Err(Problem::other_kind_of_key("the account")) };
        let scope = session.require(scope).map_err(|missing| Problem::scope_missing(missing.0))?;
        Ok(Actor::new(api.portal.clone(), scope, self.address.clone()))
    }

    /// The right to act on a partner, if it is the partner's key and has this scope.
    pub(super) fn require_partner(&self, api: &Api, scope: ApiScope) -> Result<PartnerActor, Problem> {
        let KeySession::Partner(session) = &self.session else { return Err(Problem::other_kind_of_key("a partner")) };
        let scope = session.require(scope).map_err(|denied| match denied {
            PartnerKeyDenied::Scope(scope) => Problem::scope_missing(scope),
            PartnerKeyDenied::Permission(permission) => Problem::maker_may_not(permission),
        })?;
        Ok(Actor::new(api.portal.clone(), scope, self.address.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_key_is_one() {
        let with = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            bearer(&headers).map(ToOwned::to_owned)
        };
        assert_eq!(with("Bearer pp_live_x").as_deref(), Some("pp_live_x"));
        assert_eq!(with("bearer  pp_live_x ").as_deref(), Some("pp_live_x"));
        assert_eq!(with("Basic pp_live_x"), None);
        assert_eq!(with("pp_live_x"), None);
    }
}
