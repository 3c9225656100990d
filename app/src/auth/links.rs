//! Mailed links. The token travels from the link's address into a cookie at once: it is in no history, no bookmark, no
//! header that says where somebody came from, and the page it leads to has an address without it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::prelude::use_context;

use crate::{
    access::{request_parts, state},
    error::AppError,
};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// To set a new password.
    Reset,
    /// To set a first one.
    Invite,
    /// To confirm an address.
    Email,
    /// To set a new password as one of the staff.
    AdminReset,
    /// To join the staff.
    AdminInvite,
    /// To set an empty installation up.
    Setup,
}

impl Link {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Reset, Self::Invite, Self::Email, Self::AdminReset, Self::AdminInvite, Self::Setup];

    /// The page it leads to; the link is this and the token behind it.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Reset => "/partner/reset-password",
            Self::Invite => "/partner/invite",
            Self::Email => "/partner/confirm-email",
            Self::AdminReset => "/admin/reset-password",
            Self::AdminInvite => "/admin/invite",
            Self::Setup => "/admin/setup",
        }
    }

    /// The link with this token.
    #[must_use]
    pub fn href(self, public_url: &str, token: &str) -> String {
        format!("{public_url}{}/{token}", self.path())
    }

    /// The link a path is, if it is one: a page's path and one more part, the token.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let (page, token) = path.rsplit_once('/')?;
        Self::ALL.into_iter().find(|link| link.path() == page && !token.is_empty())
    }

    const fn cookie(self, production: bool) -> &'static str {
        match (self, production) {
            (Self::Reset, false) => "portal-reset",
            (Self::Invite, false) => "portal-invite",
            (Self::Email, false) => "portal-email",
            (Self::AdminReset, false) => "portal-admin-reset",
            (Self::AdminInvite, false) => "portal-admin-invite",
            (Self::Setup, false) => "portal-setup",
            (Self::Reset, true) => "__Host-portal-reset",
            (Self::Invite, true) => "__Host-portal-invite",
            (Self::Email, true) => "__Host-portal-email",
            (Self::AdminReset, true) => "__Host-portal-admin-reset",
            (Self::AdminInvite, true) => "__Host-portal-admin-invite",
            (Self::Setup, true) => "__Host-portal-setup",
        }
    }

    fn set_cookie(self, production: bool, token: &str, seconds: u32) -> Option<HeaderValue> {
        let secure = if production { "; Secure" } else { "" };
        let name = self.cookie(production);
        HeaderValue::try_from(format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")).ok()
    }

    /// The answer to a link: its token in a cookie for an hour, and on to its page.
    #[must_use]
    pub fn follow(self, production: bool, token: &str) -> Response {
        let plausible = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        let cookie = self.set_cookie(production, if plausible { token } else { "none" }, 3_600);
        let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, self.path())]).into_response();
        if let Some(cookie) = cookie {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }

    /// The hash of the token the request carries.
    ///
    /// # Errors
    /// [`AppError::LinkEnded`] when it carries none.
    pub(crate) fn token_hash(self) -> Result<Vec<u8>, AppError> {
        let name = self.cookie(state()?.settings.production);
        let parts = request_parts()?;
        let lines = parts.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut cookies = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let token = cookies.find(|(key, _)| *key == name).map(|(_, token)| token);
        token.map(super::token::hash).ok_or(AppError::LinkEnded)
    }

    /// Forgets the token after its use.
    pub(crate) fn forget(self) -> Result<(), AppError> {
        let cookie = self.set_cookie(state()?.settings.production, "", 0);
        if let (Some(response), Some(cookie)) = (use_context::<leptos_axum::ResponseOptions>(), cookie) {
            response.append_header(header::SET_COOKIE, cookie);
        }
        Ok(())
    }
}
