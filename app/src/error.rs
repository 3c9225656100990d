//! The one error that crosses the wire. It never says more than a visitor may know.

use domain::{access::Permission, admin::AdminPermission, validation::FieldErrors};
use leptos::{prelude::*, server_fn::codec::JsonEncoding};
use serde::{Deserialize, Serialize};

/// Why a page or an action did not work, as the visitor is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppError {
    /// There is no such thing, or none that is yours: both sound the same.
    NotFound,
    /// You are logged in, but may not do this.
    Forbidden(Permission),
    /// You are an admin, but may not do this.
    AdminForbidden(AdminPermission),
    /// You look at a partner's portal: nothing can be changed or taken away.
    ReadOnly,
    /// There is something to do first: set an own password, set two-factor authentication up, or confirm the login. The portal's pages
    /// lead there.
    First,
    /// Somebody was faster: what you saw has changed since.
    Changed,
    /// Somebody else has changed what the form was filled with: which fields, and to what.
    Stale(FieldErrors),
    /// You are not logged in (any more).
    Unauthenticated,
    /// Something has to be corrected, field by field.
    Invalid(FieldErrors),
    /// The address and password do not match: one answer for every cause.
    LoginFailed,
    /// The mailed link was used already, or has ended, or never was one.
    LinkExpired,
    /// Too many attempts; try again in so many minutes.
    RateLimited(u32),
    /// More things at once than we do; at most so many.
    TooMany(usize),
    /// The request was no request of ours.
    BadRequest,
    /// Our fault. The log has the cause under this number.
    Internal(String),
    /// The server could not be reached.
    Unreachable,
    /// The server has too much to do at the moment.
    Busy,
}

impl AppError {
    /// The HTTP status code (RFC 9110) that says the same.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::LinkExpired => 410,
            Self::Forbidden(_) | Self::AdminForbidden(_) | Self::ReadOnly | Self::First => 403,
            Self::Changed | Self::Stale(_) => 409,
            Self::Unauthenticated | Self::LoginFailed => 401,
            Self::Invalid(_) | Self::TooMany(_) => 422,
            Self::RateLimited(_) => 429,
            Self::BadRequest => 400,
            Self::Internal(_) => 500,
            Self::Unreachable | Self::Busy => 503,
        }
    }

    /// One sentence for the visitor.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::NotFound => "There is nothing at this address.".into(),
            Self::Forbidden(permission) => format!("You may not {} here.", permission.action()),
            Self::AdminForbidden(permission) => format!("You may not {} here.", permission.action()),
            Self::ReadOnly => "You are viewing as the partner: nothing can be changed or downloaded.".into(),
            Self::First => "There is something to do first: please reload the page.".into(),
            Self::Changed => "This was changed in the meantime. Reload the page and check it again.".into(),
            Self::Stale(_) => {
                "Somebody else has saved this in the meantime. Each marked field says what is saved now: look at it, and save \
                 again to put yours in its place."
                    .into()
            }
            Self::Unauthenticated => "Please log in.".into(),
            Self::Invalid(_) => "Please correct the marked fields.".into(),
            Self::LoginFailed => "This email address and password do not match, or the access is switched off.".into(),
            Self::LinkExpired => "This link was used already, or it has expired.".into(),
            Self::RateLimited(minutes) => format!("Too many attempts. Please try again in {minutes} min."),
            Self::TooMany(most) => format!("Too many at once: choose at most {most}."),
            Self::BadRequest => "The request could not be understood. Please reload the page and try again.".into(),
            // Errors also come back in URLs, which anybody can write: only what looks like a number of ours is shown.
            Self::Internal(incident)
                if incident.len() == 8 && incident.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
            {
                format!("Something went wrong on our side (incident {incident}).")
            }
            Self::Internal(_) => "Something went wrong on our side.".into(),
            Self::Busy => "The portal is busy at the moment. Please try again in a few seconds.".into(),
            Self::Unreachable => "The portal cannot be reached. Check your connection and try again.".into(),
        }
    }

    /// The same, with what was typed. Never hand it a password.
    #[must_use]
    pub fn keeping<'a>(self, typed: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        match self {
            Self::Invalid(errors) => Self::Invalid(errors.keeping(typed)),
            other => other,
        }
    }

    /// The messages beside the fields.
    #[must_use]
    pub fn fields(&self) -> FieldErrors {
        match self {
            Self::Invalid(fields) | Self::Stale(fields) => fields.clone(),
            _ => FieldErrors::default(),
        }
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_) => Self::BadRequest,
            ServerFnErrorErr::Deserialization(_) if cfg!(feature = "ssr") => Self::BadRequest,
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::Unreachable,
            other => Self::unexpected(&other),
        }
    }
}

#[cfg(feature = "ssr")]
impl AppError {
    /// An error that is nobody's but ours: its cause goes to the log under a number, the visitor gets the number.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        Self::Internal(services::incident(cause))
    }

    fn unexpected(error: &ServerFnErrorErr) -> Self {
        Self::internal(error)
    }
}

#[cfg(not(feature = "ssr"))]
impl AppError {
    fn unexpected(_: &ServerFnErrorErr) -> Self {
        Self::Unreachable
    }
}

#[cfg(feature = "ssr")]
impl AppError {
    /// What went wrong with a session's store, which says so in words alone.
    #[must_use]
    pub fn session(error: &dyn std::fmt::Display) -> Self {
        if error.to_string().contains(store::BUSY) { Self::busy(error) } else { Self::internal(error) }
    }

    fn busy(cause: &dyn std::fmt::Display) -> Self {
        tracing::warn!(%cause, "a request was turned away");
        Self::Busy
    }
}

#[cfg(feature = "ssr")]
impl From<store::StoreError> for AppError {
    fn from(error: store::StoreError) -> Self {
        match error {
            store::StoreError::Busy(_) => Self::busy(&error),
            store::StoreError::Unstorable(_) => {
                Self::Invalid(domain::validation::FieldErrors::one("text", format!("This cannot be kept: {error}.")))
            }
            other => Self::internal(&other),
        }
    }
}

#[cfg(feature = "ssr")]
impl From<services::ServiceError> for AppError {
    fn from(error: services::ServiceError) -> Self {
        use services::ServiceError as E;
        match error {
            E::NotFound => Self::NotFound,
            E::Changed => Self::Changed,
            E::Stale(errors) => Self::Stale(errors),
            E::Invalid(errors) => Self::Invalid(errors),
            E::BadRequest => Self::BadRequest,
            E::LoginFailed => Self::LoginFailed,
            E::LinkExpired => Self::LinkExpired,
            // Many at once would fill the log as well.
            E::Busy => Self::Busy,
            E::RateLimited(minutes) => Self::RateLimited(minutes),
            E::TooMany(most) => Self::TooMany(most),
            E::Store(error) => error.into(),
            E::Internal(cause) => Self::internal(&cause),
        }
    }
}
