//! The cookies by which a browser is known that somebody has logged in with before, or is about to.

use domain::partners::UserKind;
use services::{
    devices::{self, Memory},
    login::{HalfIn, LoggedIn, remember_two_factor as remembered},
};

use super::{
    cookies::{cookie, send_cookie, set_cookie},
    request::request_parts,
    state::state,
};
use crate::error::AppError;

const fn name(kind: UserKind, memory: Memory) -> &'static str {
    match (kind, memory) {
        (UserKind::Partner, Memory::Device) => "portal-partner-device",
        (UserKind::Admin, Memory::Device) => "portal-admin-device",
        (UserKind::Partner, Memory::TwoFactor) => "portal-partner-two-factor-device",
        (UserKind::Admin, Memory::TwoFactor) => "portal-admin-two-factor-device",
    }
}

/// What the browser has kept of earlier logins of this kind; empty for nothing.
///
/// # Errors
/// When called outside a request.
pub(crate) fn kept_by_device(kind: UserKind, memory: Memory) -> Result<String, AppError> {
    Ok(cookie(&request_parts()?.headers, &state()?, name(kind, memory)).unwrap_or_default().to_owned())
}

fn keep(kind: UserKind, memory: Memory, kept: &str) -> Result<(), AppError> {
    send_cookie(set_cookie(name(kind, memory), state()?.portal.production, kept, memory.life().num_seconds()));
    Ok(())
}

/// Has the browser keep that somebody has logged in there under this name, or has proved who they are.
///
/// # Errors
/// When the system gives no random numbers.
pub(crate) fn remember_device(kind: UserKind, login_name: &str) -> Result<(), AppError> {
    let (state, memory) = (state()?, Memory::Device);
    let before = kept_by_device(kind, memory)?;
    let kept = devices::remember(&state.portal.secrets, memory, kind, login_name, state.db.now(), &before)?;
    keep(kind, memory, &kept)
}

/// Has the browser keep that its user need give no second factor there for a while.
///
/// # Errors
/// When the system gives no random numbers.
pub(crate) fn remember_two_factor(logged_in: &LoggedIn) -> Result<(), AppError> {
    let (state, kind, memory) = (state()?, logged_in.person.kind(), Memory::TwoFactor);
    let before = kept_by_device(kind, memory)?;
    keep(kind, memory, &remembered(&state.portal, logged_in, state.db.now(), &before)?)
}

const fn half(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Partner => "portal-partner-half-login",
        UserKind::Admin => "portal-admin-half-login",
    }
}

/// Has the browser keep whose password was right, until the code follows.
///
/// # Errors
/// When the system gives no random numbers.
pub(crate) fn keep_half_login(kind: UserKind, login: &HalfIn) -> Result<(), AppError> {
    let portal = state()?.portal;
    send_cookie(set_cookie(half(kind), portal.production, &login.seal(&portal)?, HalfIn::LIFE.num_seconds()));
    Ok(())
}

/// Whose code is waited for in this browser.
///
/// # Errors
/// When called outside a request.
pub(crate) fn half_login(kind: UserKind) -> Result<Option<HalfIn>, AppError> {
    let state = state()?;
    let parts = request_parts()?;
    let kept = cookie(&parts.headers, &state, half(kind));
    Ok(kept.and_then(|kept| HalfIn::open(&state.portal, kind, kept, state.db.now())))
}

/// Has the browser forget it.
///
/// # Errors
/// When called outside a request.
pub(crate) fn forget_half_login(kind: UserKind) -> Result<(), AppError> {
    send_cookie(set_cookie(half(kind), state()?.portal.production, "", 0));
    Ok(())
}

const fn question(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Partner => "portal-partner-passkey",
        UserKind::Admin => "portal-admin-passkey",
    }
}

/// Has the browser keep, sealed, what a passkey was asked for, until it answers.
///
/// # Errors
/// When called outside a request.
pub(crate) fn keep_passkey_question(kind: UserKind, kept: &str) -> Result<(), AppError> {
    let life = store::passkeys::CHALLENGE_LIFE.num_seconds();
    send_cookie(set_cookie(question(kind), state()?.portal.production, kept, life));
    Ok(())
}

/// What it has kept; empty for nothing.
///
/// # Errors
/// When called outside a request.
pub(crate) fn passkey_question(kind: UserKind) -> Result<String, AppError> {
    Ok(cookie(&request_parts()?.headers, &state()?, question(kind)).unwrap_or_default().to_owned())
}

/// Has the browser forget it.
///
/// # Errors
/// When called outside a request.
pub(crate) fn forget_passkey_question(kind: UserKind) -> Result<(), AppError> {
    send_cookie(set_cookie(question(kind), state()?.portal.production, "", 0));
    Ok(())
}

const fn journey(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Partner => "portal-partner-sso",
        UserKind::Admin => "portal-admin-sso",
    }
}

/// Has the browser keep, sealed, what a provider was asked, until it comes back.
///
/// # Errors
/// When called outside a request.
pub(crate) fn keep_journey(kind: UserKind, kept: &str) -> Result<(), AppError> {
    let life = services::sso::LIFE.num_seconds();
    send_cookie(set_cookie(journey(kind), state()?.portal.production, kept, life));
    Ok(())
}

/// What it has kept, which is forgotten with that; empty for nothing.
///
/// # Errors
/// When called outside a request.
pub(crate) fn take_journey(kind: UserKind) -> Result<String, AppError> {
    send_cookie(set_cookie(journey(kind), state()?.portal.production, "", 0));
    Ok(cookie(&request_parts()?.headers, &state()?, journey(kind)).unwrap_or_default().to_owned())
}
