//! Mailed links. The token travels from the link's address into a cookie at once: it is in no history, no bookmark, no
//! header that says where somebody came from, and the page it leads to has an address without it.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use services::{links::Link, tokens};

use super::{
    cookies::{self, send_cookie, set_cookie},
    request::request_parts,
    state::state,
};
use crate::{
    auth::{named_account, with_account},
    error::AppError,
};

const fn cookie(link: Link) -> &'static str {
    match link {
        Link::Reset => "portal-reset",
        Link::Invite => "portal-invite",
        Link::Email => "portal-email",
        Link::AdminReset => "portal-admin-reset",
        Link::AdminEmail => "portal-admin-email",
        Link::AdminInvite => "portal-admin-invite",
        Link::Setup => "portal-setup",
        Link::StopReport => "portal-stop-report",
        Link::EndSessions => "portal-end-sessions",
        Link::AdminEndSessions => "portal-admin-end-sessions",
    }
}

/// For how long a followed link's token is kept, in seconds.
const LIFE: i64 = 3_600;

/// The answer to a link: its token in a cookie for an hour, and on to its page, which keeps the account that the link names.
#[must_use]
pub fn follow(link: Link, production: bool, token: &str, query: &str) -> Response {
    let plausible = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    let cookie = set_cookie(cookie(link), production, if plausible { token } else { "none" }, LIFE);
    let page = with_account(link.path(), named_account(query).unwrap_or_default().as_str());
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, page)]).into_response();
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
    let token = cookies::cookie(&request_parts()?.headers, &state()?, cookie(link)).map(tokens::hash);
    token.ok_or(AppError::LinkExpired)
}

/// Forgets the token after its use.
pub(crate) fn forget_token(link: Link) -> Result<(), AppError> {
    send_cookie(set_cookie(cookie(link), state()?.portal.production, "", 0));
    Ok(())
}
