//! The cookie by which a browser is known that somebody has logged in with before.

use domain::partners::UserKind;
use services::devices;

use super::{
    cookies::{cookie, send_cookie, set_cookie},
    request::request_parts,
    state::state,
};
use crate::error::AppError;

const fn name(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Partner => "portal-partner-device",
        UserKind::Admin => "portal-admin-device",
    }
}

/// What the browser has kept of earlier logins of this kind; empty for nothing.
///
/// # Errors
/// When called outside a request.
pub(crate) fn kept_by_device(kind: UserKind) -> Result<String, AppError> {
    Ok(cookie(&request_parts()?.headers, &state()?, name(kind)).unwrap_or_default().to_owned())
}

/// Has the browser keep that somebody has logged in there under this name, or has proved who they are.
///
/// # Errors
/// When the system gives no random numbers.
pub(crate) fn remember_device(kind: UserKind, login_name: &str) -> Result<(), AppError> {
    let state = state()?;
    let before = kept_by_device(kind)?;
    let kept = devices::remember(&state.portal.secrets, kind, login_name, state.db.now(), &before)?;
    send_cookie(set_cookie(name(kind), state.portal.production, &kept, devices::LIFE.num_seconds()));
    Ok(())
}
