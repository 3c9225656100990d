//! What cannot be done, and why.

use domain::{
    clock::{Entropy, OsEntropy},
    validation::FieldErrors,
};
use store::StoreError;

/// Why a service did not do what it was asked to. Each front door puts it into its own words, exhaustively.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such thing, or none that is the actor's: both look the same.
    #[error("not found")]
    NotFound,
    /// It is in another state by now, in which this cannot be done.
    #[error("it was changed in the meantime")]
    Changed,
    /// Somebody else has changed what the form was filled with: which fields, and to what.
    #[error("somebody else has changed it in the meantime")]
    Stale(FieldErrors),
    /// Something has to be corrected, field by field.
    #[error("some fields have to be corrected")]
    Invalid(FieldErrors),
    /// The command makes no sense.
    #[error("the command makes no sense")]
    BadRequest,
    /// The address and password do not match: one answer for every cause.
    #[error("the login failed")]
    LoginFailed,
    /// The mailed link was used already, or has expired, or never was one.
    #[error("the link has expired")]
    LinkExpired,
    /// Too many attempts; again in so many minutes.
    #[error("too many attempts")]
    RateLimited(u32),
    /// More is asked for at the moment than can be done.
    #[error("busy")]
    Busy,
    /// More things at once than we do; at most so many.
    #[error("more than {0} at once")]
    TooMany(usize),
    /// The database failed, or was busy.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Anything else that is nobody's fault but ours.
    #[error("{0}")]
    Internal(String),
}

impl ServiceError {
    /// Of somebody who follows a mailed link: that the address has got a user meanwhile looks like any link that ended, for to
    /// say so would tell who has access.
    pub(crate) fn expired_if_taken(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::LinkExpired,
            error => error.into(),
        }
    }

    /// A fault of ours, for the log.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// One message for one field.
    #[must_use]
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(name, message))
    }

    /// The same, with what was typed.
    #[must_use]
    pub fn keeping<'a>(self, typed: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        match self {
            Self::Invalid(errors) => Self::Invalid(errors.keeping(typed)),
            // What was typed is with it already, and with it the version to send next.
            other => other,
        }
    }
}

impl From<FieldErrors> for ServiceError {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}

impl From<domain::clock::NoEntropy> for ServiceError {
    fn from(error: domain::clock::NoEntropy) -> Self {
        Self::internal(&error)
    }
}

/// After how many seconds a busy portal may be asked again (the `Retry-After` header of RFC 9110).
pub const RETRY_AFTER: u16 = 5;

/// Logs the cause of an error that is nobody's but ours, and answers the number under which it stands there: the only thing that
/// whoever met it is told.
#[must_use]
pub fn incident(cause: &dyn std::fmt::Display) -> String {
    let mut random = [0_u8; 4];
    let incident = match OsEntropy.fill(&mut random) {
        Ok(()) => format!("{:08x}", u32::from_be_bytes(random)),
        Err(_) => "unnumbered".to_owned(),
    };
    tracing::error!(%incident, %cause, "internal error");
    incident
}
