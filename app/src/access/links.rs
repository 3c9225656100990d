//! Mailed links. The token travels from the link's address into a cookie at once: it is in no history, no bookmark, no
//! header that says where somebody came from, and the page it leads to has an address without it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::prelude::use_context;
use services::{links::Link, tokens};

use super::{request, state::state};
use crate::error::AppError;

const fn cookie(link: Link, production: bool) -> &'static str {
    match (link, production) {
        (Link::Reset, false) => "portal-reset",
        (Link::Invite, false) => "portal-invite",
        (Link::Email, false) => "portal-email",
        (Link::AdminReset, false) => "portal-admin-reset",
        (Link::AdminInvite, false) => "portal-admin-invite",
        (Link::Setup, false) => "portal-setup",
        (Link::Reset, true) => "__Host-portal-reset",
        (Link::Invite, true) => "__Host-portal-invite",
        (Link::Email, true) => "__Host-portal-email",
        (Link::AdminReset, true) => "__Host-portal-admin-reset",
        (Link::AdminInvite, true) => "__Host-portal-admin-invite",
        (Link::Setup, true) => "__Host-portal-setup",
    }
}

fn set_cookie(link: Link, production: bool, token: &str, seconds: u32) -> Option<HeaderValue> {
    let secure = if production { "; Secure" } else { "" };
    let name = cookie(link, production);
    HeaderValue::try_from(format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")).ok()
}

/// The answer to a link: its token in a cookie for an hour, and on to its page.
#[must_use]
pub fn follow(link: Link, production: bool, token: &str) -> Response {
    let plausible = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    let cookie = set_cookie(link, production, if plausible { token } else { "none" }, 3_600);
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, link.path())]).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The hash of the token the request carries.
///
/// # Errors
/// [`AppError::LinkExpired`] when it carries none.
pub(crate) fn token_hash(link: Link) -> Result<Vec<u8>, AppError> {
    let token = request::cookie(cookie(link, state()?.portal.production))?;
    token.map(|token| tokens::hash(&token)).ok_or(AppError::LinkExpired)
}

/// Forgets the token after its use.
pub(crate) fn forget_token(link: Link) -> Result<(), AppError> {
    let cookie = set_cookie(link, state()?.portal.production, "", 0);
    if let (Some(response), Some(cookie)) = (use_context::<leptos_axum::ResponseOptions>(), cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
    Ok(())
}
