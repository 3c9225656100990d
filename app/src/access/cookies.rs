//! The portal's own cookies, beside those of the sessions: how they are named, written and read.

use axum::http::{HeaderMap, HeaderValue, header};
use leptos::prelude::use_context;

use super::state::AppState;

/// A cookie's whole name. In production browsers refuse one that begins with `__Host-` unless it came over HTTPS from this very
/// host, so that no neighbouring one can plant it (RFC 6265bis, section 4.1.3.2).
#[must_use]
pub fn cookie_name(name: &str, production: bool) -> String {
    if production { format!("__Host-{name}") } else { name.to_owned() }
}

/// The text that sets a cookie for so many seconds; none when the value cannot stand in a header.
#[must_use]
pub fn set_cookie(name: &str, production: bool, value: &str, seconds: i64) -> Option<HeaderValue> {
    let (name, secure) = (cookie_name(name, production), if production { "; Secure" } else { "" });
    HeaderValue::try_from(format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")).ok()
}

/// What a cookie of a request holds.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, state: &AppState, name: &str) -> Option<&'a str> {
    let name = cookie_name(name, state.portal.production);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    cookies.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Sends a cookie with the answer to the server function that runs.
pub(super) fn send_cookie(cookie: Option<HeaderValue>) {
    if let (Some(response), Some(cookie)) = (use_context::<leptos_axum::ResponseOptions>(), cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
}
