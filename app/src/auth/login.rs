//! What a login does: throttle, check, remember.

use chrono::TimeDelta;
use domain::{
    audit::{AuditAction, AuditResult},
    clock::OsEntropy,
    email::Email,
    partners::UserKind,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{
    Db,
    access::PartnerSession,
    accounts::{self, Account},
    audit::{self, Actor, Event},
    throttle::{self, Limit},
    users::{self, Credentials},
};
use tower_sessions::Session;

use super::password::Verdict;
use crate::{
    access::{AppState, SessionUser, client_address, current_partner, request_parts, state},
    error::AppError,
};

/// Per account name: a person mistypes now and then, a machine guesses.
const PER_NAME: Limit = Limit { failures: 5, window: TimeDelta::minutes(15) };
/// Per network address: an office shares one.
const PER_ADDRESS: Limit = Limit { failures: 30, window: TimeDelta::minutes(15) };

fn bucket(kind: &str, key: &str) -> Vec<u8> {
    Sha256::digest(format!("{kind}\n{key}").as_bytes()).to_vec()
}

/// The part of an address that one party holds: of IPv6 the first 64 bits, for the rest is free to choose.
fn network(address: &str) -> String {
    match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V6(address)) => format!("{:x?}", &address.segments()[..4]),
        _ => address.to_owned(),
    }
}

/// Counts a try at a kind of door, by account name and by network address. Answers the two buckets it was counted in.
///
/// # Errors
/// [`AppError::RateLimited`] when it is one too many.
pub(crate) async fn limit_tries(db: &Db, door: &str, name: &str, address: &str) -> Result<[Vec<u8>; 2], AppError> {
    let buckets = [bucket(&format!("{door}name"), name), bucket(&format!("{door}address"), &network(address))];
    for (bucket, limit) in buckets.iter().zip([PER_NAME, PER_ADDRESS]) {
        if let Some(left) = throttle::count(db, bucket, limit).await? {
            return Err(AppError::RateLimited(u32::try_from((left.num_seconds() + 59) / 60).unwrap_or(1).max(1)));
        }
    }
    Ok(buckets)
}

/// Checks the password and, if everything else is switched on too, begins a session.
pub(super) async fn log_in(email: &str, password: String, account: &str) -> Result<(), AppError> {
    let state = state()?;
    let address = client_address()?;
    let slug = account.trim();
    let account = match slug {
        "" => accounts::find(&state.db, None).await?,
        slug if slug.contains('\0') => None,
        slug => accounts::find(&state.db, Some(slug)).await?,
    };
    // Of an unknown account all spellings count as one: they open nothing, and must not open a fresh count either.
    let tenant = account.as_ref().map(|account| account.id.to_string()).unwrap_or_default();
    // Counted before the password is looked at: many tries at once must not all pass a check that none has counted yet.
    let name = format!("{tenant}\n{}", email.trim().to_lowercase());
    let [by_name, by_address] = limit_tries(&state.db, "", &name, &address).await?;
    let credentials = match (&account, Email::parse(email)) {
        (Some(account), Ok(email)) => {
            users::credentials_for_login(&state.db, account.id, UserKind::Partner, &email).await?
        }
        _ => None,
    };
    match authenticate(&state, credentials.as_ref(), password).await? {
        Some((session, new_hash)) => {
            throttle::forget(&state.db, &by_name).await?;
            throttle::take_back(&state.db, &by_address).await?;
            begin(&state, &session, new_hash.as_deref(), &address).await
        }
        None => {
            if let Some(account) = account {
                note_failure(&state, &account, credentials.as_ref(), &address).await?;
            }
            Err(AppError::LoginFailed)
        }
    }
}

/// The session the password opens, and the password's hash in today's form if it has to be made anew.
async fn authenticate(
    state: &AppState,
    credentials: Option<&Credentials>,
    password: String,
) -> Result<Option<(PartnerSession, Option<String>)>, AppError> {
    let hash = credentials.and_then(|found| found.password_hash.clone());
    let verified = state.passwords.verify(password.clone(), hash).await;
    let verdict = verified.map_err(|error| AppError::internal(&error))?;
    let Some(credentials) = credentials.filter(|_| verdict != Verdict::Wrong) else { return Ok(None) };
    let Some(session) = PartnerSession::of_authenticated_user(&state.db, credentials.user_id()).await? else {
        return Ok(None);
    };
    let new_hash = match verdict {
        Verdict::RightButOld => {
            let hashed = state.passwords.hash(Arc::new(OsEntropy), password).await;
            Some(hashed.map_err(|error| AppError::internal(&error))?)
        }
        Verdict::Right | Verdict::Wrong => None,
    };
    Ok(Some((session, new_hash)))
}

/// Begins a session for somebody who has proved who they are.
pub(super) async fn begin(
    state: &AppState,
    session: &PartnerSession,
    new_hash: Option<&str>,
    address: &str,
) -> Result<(), AppError> {
    let mut tx = state.db.begin_write().await?;
    users::note_login(&mut tx, session.user_id(), new_hash).await?;
    let event = Event::by_partner(session, address, AuditAction::Login, ("user", Some(session.user_id().0)));
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    let parts = request_parts()?;
    let user_agent =
        parts.headers.get(http::header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let user =
        SessionUser { user_id: session.user_id(), address: address.to_owned(), user_agent: user_agent.to_owned() };
    let cookie = cookie_session()?;
    // A session that was there before ends: whoever knew its id must not share the new one.
    cookie.insert(SessionUser::KEY, user).await.map_err(|error| AppError::internal(&error))?;
    cookie.cycle_id().await.map_err(|error| AppError::internal(&error))
}

async fn note_failure(
    state: &AppState,
    account: &Account,
    credentials: Option<&Credentials>,
    address: &str,
) -> Result<(), AppError> {
    let event = Event {
        account_id: account.id,
        partner_id: credentials.and_then(Credentials::partner_id),
        actor: Actor::Visitor,
        action: AuditAction::Login,
        object: ("user", credentials.map(|found| found.user_id().0)),
        result: AuditResult::Failure,
        address: address.to_owned(),
        detail: serde_json::json!({}),
        occurred_at: None,
    };
    let mut tx = state.db.begin_write().await?;
    audit::record(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// Ends the session.
pub(super) async fn log_out() -> Result<(), AppError> {
    let state = state()?;
    let session = current_partner()?;
    let event =
        Event::by_partner(&session, &client_address()?, AuditAction::Logout, ("user", Some(session.user_id().0)));
    let mut tx = state.db.begin_write().await?;
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    cookie_session()?.flush().await.map_err(|error| AppError::internal(&error))
}

fn cookie_session() -> Result<Session, AppError> {
    request_parts()?
        .extensions
        .get::<Session>()
        .cloned()
        .ok_or_else(|| AppError::internal(&"no session layer on this route"))
}

/// Where to go after the login: only ever a path of the partner area.
pub(super) fn safe_next(next: &str) -> &str {
    let inside = next == "/partner" || next.starts_with("/partner/") || next.starts_with("/partner?");
    let plain = next.bytes().all(|byte| (0x21..=0x7e).contains(&byte) && byte != b'\\');
    if inside && plain && !next.starts_with("/partner/login") { next } else { "/partner" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_stays_in_the_partner_area() {
        assert_eq!(safe_next("/partner/leads?q=ada&after=1"), "/partner/leads?q=ada&after=1");
        for other in [
            "", "//evil.example", "https://evil.example", "/partner\\..\\x", "/partnerx",
            "/partner/a\r\nSet-Cookie: x", "/partner/login",
        ] {
            assert_eq!(safe_next(other), "/partner", "{other:?}");
        }
    }
}
