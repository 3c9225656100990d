//! What a login does: throttle, check, remember.

use chrono::TimeDelta;
use domain::{
    audit::{AuditAction, AuditResult},
    clock::OsEntropy,
    email::Email,
    ids::UserId,
    partners::UserKind,
    settings::is_slug,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{
    Db,
    access::{AdminSession, PartnerSession},
    accounts::{self, Account},
    audit::{self, Actor, Event},
    throttle::{self, Limit},
    users::{self, Credentials},
};
use tower_sessions::Session;

use super::password::Verdict;
use crate::{
    access::{AdminCookie, AppState, SessionUser, client_address, current_admin, current_user, request_parts, state},
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

/// Somebody who has proved who they are.
pub(crate) enum Person {
    Partner(PartnerSession),
    Admin(AdminSession),
}

impl Person {
    async fn of(db: &Db, kind: UserKind, user: UserId) -> Result<Option<Self>, AppError> {
        Ok(match kind {
            UserKind::Partner => PartnerSession::of_authenticated_user(db, user).await?.map(Self::Partner),
            UserKind::Admin => AdminSession::of_authenticated_user(db, user).await?.map(Self::Admin),
        })
    }

    fn user_id(&self) -> UserId {
        match self {
            Self::Partner(session) => session.user_id(),
            Self::Admin(session) => session.user_id(),
        }
    }

    fn kind(&self) -> UserKind {
        match self {
            Self::Partner(_) => UserKind::Partner,
            Self::Admin(_) => UserKind::Admin,
        }
    }

    fn event(&self, action: AuditAction, address: &str) -> Event {
        let object = ("user", Some(self.user_id().0));
        match self {
            Self::Partner(session) => Event::by_partner(session, address, action, object),
            Self::Admin(session) => Event::by_admin(session, address, action, object),
        }
    }
}

/// The account a visitor means: the one named in the form, else the one whose name the host's name begins with
/// (`acme.portal.example`), else the only one there is.
pub(crate) async fn account_meant(state: &AppState, named: &str) -> Result<Option<Account>, AppError> {
    let named = named.trim();
    if !named.is_empty() {
        // What cannot be a short name is none; it also must not reach the database, which refuses some characters.
        return if is_slug(named) { Ok(accounts::find(&state.db, Some(named)).await?) } else { Ok(None) };
    }
    let parts = request_parts()?;
    let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if let Some(slug) = subdomain(host, &state.settings.public_url)
        && let Some(account) = accounts::find(&state.db, Some(slug)).await?
    {
        return Ok(Some(account));
    }
    Ok(accounts::find(&state.db, None).await?)
}

/// What stands before the portal's own host name, if it can be an account's short name.
fn subdomain<'a>(host: &'a str, public_url: &str) -> Option<&'a str> {
    let own = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    host.strip_suffix(own)?.strip_suffix('.').filter(|slug| is_slug(slug))
}

/// Checks the password and, if everything else is switched on too, begins a session.
pub(crate) async fn log_in(kind: UserKind, email: &str, password: String, account: &str) -> Result<(), AppError> {
    let state = state()?;
    let address = client_address()?;
    let account = account_meant(&state, account).await?;
    // Of an unknown account all spellings count as one: they open nothing, and must not open a fresh count either.
    let tenant = account.as_ref().map(|account| account.id.to_string()).unwrap_or_default();
    // Counted before the password is looked at: many tries at once must not all pass a check that none has counted yet.
    let name = format!("{tenant}\n{}", email.trim().to_lowercase());
    let door = if kind == UserKind::Admin { "admin" } else { "" };
    let [by_name, by_address] = limit_tries(&state.db, door, &name, &address).await?;
    let credentials = match (&account, Email::parse(email)) {
        (Some(account), Ok(email)) => users::credentials_for_login(&state.db, account.id, kind, &email).await?,
        _ => None,
    };
    match authenticate(&state, kind, credentials.as_ref(), password).await? {
        Some((person, new_hash)) => {
            throttle::forget(&state.db, &by_name).await?;
            throttle::take_back(&state.db, &by_address).await?;
            begin(&state, &person, new_hash.as_deref(), &address).await
        }
        None => {
            if let Some(account) = account {
                note_failure(&state, &account, credentials.as_ref(), &address).await?;
            }
            Err(AppError::LoginFailed)
        }
    }
}

/// Whom the password opens the door for, and the password's hash in today's form if it has to be made anew.
async fn authenticate(
    state: &AppState,
    kind: UserKind,
    credentials: Option<&Credentials>,
    password: String,
) -> Result<Option<(Person, Option<String>)>, AppError> {
    let hash = credentials.and_then(|found| found.password_hash.clone());
    let verified = state.passwords.verify(password.clone(), hash).await;
    let verdict = verified.map_err(|error| AppError::internal(&error))?;
    let Some(credentials) = credentials.filter(|_| verdict != Verdict::Wrong) else { return Ok(None) };
    let Some(person) = Person::of(&state.db, kind, credentials.user_id()).await? else { return Ok(None) };
    let new_hash = match verdict {
        Verdict::RightButOld => {
            let hashed = state.passwords.hash(Arc::new(OsEntropy), password).await;
            Some(hashed.map_err(|error| AppError::internal(&error))?)
        }
        Verdict::Right | Verdict::Wrong => None,
    };
    Ok(Some((person, new_hash)))
}

/// Begins a session for a user who was just made, or has just proved who they are by a link.
pub(crate) async fn begin_for(state: &AppState, kind: UserKind, user: UserId, address: &str) -> Result<(), AppError> {
    let person = Person::of(&state.db, kind, user).await?.ok_or(AppError::LinkEnded)?;
    begin(state, &person, None, address).await
}

/// Begins a session for somebody who has proved who they are.
async fn begin(state: &AppState, person: &Person, new_hash: Option<&str>, address: &str) -> Result<(), AppError> {
    let mut tx = state.db.begin_write().await?;
    users::note_login(&mut tx, person.user_id(), new_hash).await?;
    audit::record(&mut tx, &person.event(AuditAction::Login, address));
    tx.commit().await?;
    let parts = request_parts()?;
    let user_agent =
        parts.headers.get(http::header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let user =
        SessionUser { user_id: person.user_id(), address: address.to_owned(), user_agent: user_agent.to_owned() };
    let cookie = cookie_session(person.kind())?;
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
    audit::record(&mut tx, &event);
    Ok(tx.commit().await?)
}

/// Ends the session.
pub(crate) async fn log_out(kind: UserKind) -> Result<(), AppError> {
    let state = state()?;
    let person = match kind {
        UserKind::Partner => Person::Partner(current_user()?),
        UserKind::Admin => Person::Admin(current_admin()?),
    };
    let mut tx = state.db.begin_write().await?;
    audit::record(&mut tx, &person.event(AuditAction::Logout, &client_address()?));
    tx.commit().await?;
    cookie_session(kind)?.flush().await.map_err(|error| AppError::internal(&error))
}

fn cookie_session(kind: UserKind) -> Result<Session, AppError> {
    let parts = request_parts()?;
    let session = match kind {
        UserKind::Partner => parts.extensions.get::<Session>().cloned(),
        UserKind::Admin => parts.extensions.get::<AdminCookie>().map(|AdminCookie(session)| session.clone()),
    };
    session.ok_or_else(|| AppError::internal(&"no session layer on this route"))
}

/// Where to go after the login: only ever a path of the area somebody logged in to.
pub(crate) fn safe_next(kind: UserKind, next: &str) -> &str {
    let area = if kind == UserKind::Admin { "/admin" } else { "/partner" };
    let inside = next.strip_prefix(area).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let plain = next.bytes().all(|byte| (0x21..=0x7e).contains(&byte) && byte != b'\\');
    let to_login = next.strip_prefix(area).is_some_and(|rest| rest.starts_with("/login"));
    if inside && plain && !to_login { next } else { area }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_stays_in_the_area() {
        let partner = |next| safe_next(UserKind::Partner, next);
        assert_eq!(partner("/partner/leads?q=ada&after=1"), "/partner/leads?q=ada&after=1");
        assert_eq!(partner("/admin/audit"), "/partner");
        assert_eq!(safe_next(UserKind::Admin, "/admin/audit?who=admin"), "/admin/audit?who=admin");
        assert_eq!(safe_next(UserKind::Admin, "/partner/leads"), "/admin");
        for other in [
            "", "//evil.example", "https://evil.example", "/partner\\..\\x", "/partnerx",
            "/partner/a\r\nSet-Cookie: x", "/partner/login",
        ] {
            assert_eq!(partner(other), "/partner", "{other:?}");
        }
    }

    #[test]
    fn a_subdomain_names_an_account() {
        assert_eq!(subdomain("acme.portal.example", "https://portal.example"), Some("acme"));
        assert_eq!(subdomain("acme.localhost:3000", "http://localhost:3000"), Some("acme"));
        for other in
            ["portal.example", "a.b.portal.example", ".portal.example", "acmeportal.example", "evil.example", ""]
        {
            assert_eq!(subdomain(other, "https://portal.example"), None, "{other}");
        }
    }
}
