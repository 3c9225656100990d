//! Which account a visitor means who is not logged in: what the address says, and what the browser has kept of the last login.

use services::login::Hints;

use super::{
    cookies::{cookie, send_cookie, set_cookie},
    request::{host, request_parts},
    state::state,
};
use crate::error::AppError;

/// The cookie with the short name of the account that somebody logged in to last.
const COOKIE: &str = "portal-account";
/// For how long it is kept, in seconds: a year.
const LIFE: i64 = 365 * 24 * 3_600;

/// What a request says about the account it means, but for what a form or an address names.
#[derive(Debug)]
pub(crate) struct AccountHints {
    host: String,
    remembered: String,
}

impl AccountHints {
    /// What the request that is being answered says.
    ///
    /// # Errors
    /// When called outside a request.
    pub(crate) fn of_request() -> Result<Self, AppError> {
        let remembered = cookie(&request_parts()?.headers, &state()?, COOKIE).unwrap_or_default().to_owned();
        Ok(Self { host: host()?, remembered })
    }

    /// The same, with the account that is named.
    pub(crate) fn of<'a>(&'a self, named: &'a str) -> Hints<'a> {
        Hints { named, host: &self.host, remembered: &self.remembered }
    }
}

/// Has the browser keep which account somebody logged in to.
///
/// # Errors
/// When called outside a request.
pub(crate) fn remember_account(slug: &str) -> Result<(), AppError> {
    send_cookie(set_cookie(COOKIE, state()?.portal.production, slug, LIFE));
    Ok(())
}
