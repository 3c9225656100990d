//! The cookie by which a browser is known that somebody has logged in with before.

use axum::http::{HeaderValue, header};
use domain::partners::UserKind;
use leptos::prelude::use_context;
use services::devices;

use super::{request::cookie, state::state};
use crate::error::AppError;

const fn name(kind: UserKind, production: bool) -> &'static str {
    match (kind, production) {
        (UserKind::Partner, false) => "portal-partner-device",
        (UserKind::Admin, false) => "portal-admin-device",
        (UserKind::Partner, true) => "__Host-portal-partner-device",
        (UserKind::Admin, true) => "__Host-portal-admin-device",
    }
}

/// What the browser has kept of earlier logins of this kind; empty for nothing.
///
/// # Errors
/// When called outside a request.
pub(crate) fn kept_by_device(kind: UserKind) -> Result<String, AppError> {
    Ok(cookie(name(kind, state()?.portal.production))?.unwrap_or_default())
}

/// Has the browser keep that somebody has logged in there under this name, or has proved who they are.
///
/// # Errors
/// When the system gives no random numbers.
pub(crate) fn remember_device(kind: UserKind, login_name: &str) -> Result<(), AppError> {
    let state = state()?;
    let before = kept_by_device(kind)?;
    let kept = devices::remember(&state.portal.secrets, kind, login_name, state.db.now(), &before)?;
    let (secure, seconds) = (if state.portal.production { "; Secure" } else { "" }, devices::LIFE.num_seconds());
    let name = name(kind, state.portal.production);
    let cookie = format!("{name}={kept}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    if let (Some(response), Ok(cookie)) = (use_context::<leptos_axum::ResponseOptions>(), HeaderValue::try_from(cookie))
    {
        response.append_header(header::SET_COOKIE, cookie);
    }
    Ok(())
}
