//! Beginning and ending a session in the browser.

use domain::partners::UserKind;
use services::login::LoggedIn;
use tower_sessions::Session;

use super::{
    request::{AdminCookie, CREDENTIALS_CHANGED, SessionUser, client_address, request_parts, user_agent},
    state::state,
};
use crate::error::AppError;

/// Begins a session for somebody who has proved who they are.
///
/// # Errors
/// [`AppError::LoginFailed`] when what they proved it by has been changed meanwhile.
pub(crate) async fn begin_session(
    LoggedIn { person, credentials, proved, provider_session }: &LoggedIn,
) -> Result<(), AppError> {
    let user = SessionUser {
        user_id: person.user_id(),
        credentials: *credentials,
        address: client_address()?,
        user_agent: user_agent()?,
        proved_at: proved.then_some(state()?.db.now()),
        provider_session: provider_session.clone(),
    };
    let cookie = cookie_session(person.kind())?;
    // A session that was there before ends: whoever knew its id must not share the new one.
    cookie.insert(SessionUser::KEY, user).await.map_err(|error| AppError::session(&error))?;
    cookie.cycle_id().await.map_err(|error| AppError::session(&error))?;
    // Stored now and not with the answer: it may be refused, and then there must be nothing left to store.
    let stored = cookie.save().await;
    if stored.is_err() {
        cookie.clear().await;
    }
    stored.map_err(|error| match error.to_string() {
        text if text.contains(CREDENTIALS_CHANGED) => AppError::LoginFailed,
        _ => AppError::session(&error),
    })
}

/// Ends the session of this kind of user.
pub(crate) async fn end_session(kind: UserKind) -> Result<(), AppError> {
    cookie_session(kind)?.flush().await.map_err(|error| AppError::session(&error))
}

fn cookie_session(kind: UserKind) -> Result<Session, AppError> {
    let parts = request_parts()?;
    let session = match kind {
        UserKind::Partner => parts.extensions.get::<Session>().cloned(),
        UserKind::Admin => parts.extensions.get::<AdminCookie>().map(|AdminCookie(session)| session.clone()),
    };
    session.ok_or_else(|| AppError::internal(&"no session layer on this route"))
}

/// The longest address to go on to after a login.
const MAX_NEXT: usize = 1_500;

/// Where to go after the login: only ever a path of the area somebody logged in to.
pub(crate) fn safe_next(kind: UserKind, next: &str) -> &str {
    let area = if kind == UserKind::Admin { "/admin" } else { "/partner" };
    let inside = next.strip_prefix(area).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let plain = next.bytes().all(|byte| (0x21..=0x7e).contains(&byte) && byte != b'\\');
    // Neither back to a login nor on to a provider; and no longer than a cookie can keep it.
    let to_login = next.strip_prefix(area).is_some_and(|rest| rest.starts_with("/login") || rest.starts_with("/sso/"));
    if inside && plain && !to_login && next.len() <= MAX_NEXT { next } else { area }
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
}
