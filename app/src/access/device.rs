//! The cookies by which a browser is known that somebody has logged in with before, or is about to.

use chrono::TimeDelta;
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

/// What a browser keeps, sealed, of a login that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnderWay {
    /// Whose password was right, until the code follows.
    HalfLogin,
    /// What a passkey was asked.
    Passkey,
    /// What a provider was asked.
    Provider,
}

impl UnderWay {
    const fn name(self, kind: UserKind) -> &'static str {
        match (self, kind) {
            (Self::HalfLogin, UserKind::Partner) => "portal-partner-half-login",
            (Self::HalfLogin, UserKind::Admin) => "portal-admin-half-login",
            (Self::Passkey, UserKind::Partner) => "portal-partner-passkey",
            (Self::Passkey, UserKind::Admin) => "portal-admin-passkey",
            (Self::Provider, UserKind::Partner) => "portal-partner-sso",
            (Self::Provider, UserKind::Admin) => "portal-admin-sso",
        }
    }

    const fn life(self) -> TimeDelta {
        match self {
            Self::HalfLogin => HalfIn::LIFE,
            Self::Passkey => store::passkeys::CHALLENGE_LIFE,
            Self::Provider => services::sso::LIFE,
        }
    }

    /// Has the browser keep it.
    ///
    /// # Errors
    /// When called outside a request.
    pub(crate) fn keep(self, kind: UserKind, sealed: &str) -> Result<(), AppError> {
        let production = state()?.portal.production;
        send_cookie(set_cookie(self.name(kind), production, sealed, self.life().num_seconds()));
        Ok(())
    }

    /// What the browser has kept; empty for nothing.
    ///
    /// # Errors
    /// When called outside a request.
    pub(crate) fn kept(self, kind: UserKind) -> Result<String, AppError> {
        Ok(cookie(&request_parts()?.headers, &state()?, self.name(kind)).unwrap_or_default().to_owned())
    }

    /// Has the browser forget it.
    ///
    /// # Errors
    /// When called outside a request.
    pub(crate) fn forget(self, kind: UserKind) -> Result<(), AppError> {
        send_cookie(set_cookie(self.name(kind), state()?.portal.production, "", 0));
        Ok(())
    }
}

/// Whose code is waited for in this browser.
///
/// # Errors
/// When called outside a request.
pub(crate) fn half_login(kind: UserKind) -> Result<Option<HalfIn>, AppError> {
    let (state, kept) = (state()?, UnderWay::HalfLogin.kept(kind)?);
    Ok(HalfIn::open(&state.portal, kind, &kept, state.db.now()))
}
