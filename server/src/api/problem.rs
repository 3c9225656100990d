//! What went wrong, as API clients read it: RFC 9457.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{access::Permission, api_keys::ApiScope, validation::FieldErrors};
use serde::Serialize;
use services::{RETRY_AFTER, ServiceError, incident};
use store::StoreError;
use utoipa::{IntoResponses, ToSchema};

/// Something that is wrong with a request, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Fault {
    /// Where in the request's body it is: a JSON Pointer (RFC 6901); empty for the whole.
    #[schema(example = "/email")]
    pub pointer: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

/// An error, as RFC 9457 has it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Problem {
    /// What kind of error it is: a stable identifier.
    #[serde(rename = "type")]
    #[schema(example = "/api/v1#invalid")]
    pub kind: String,
    /// The same for people.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// What has to be corrected, where it is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// Seconds to wait, which the answer's `Retry-After` says as well.
    #[serde(skip)]
    pub retry_after: Option<u64>,
    /// The scope that the key lacks, for the audit log.
    #[serde(skip)]
    pub missing: Option<ApiScope>,
}

/// The scope that a refused request's key lacks, as an extension of the answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct MissingScope(pub(super) ApiScope);

impl Problem {
    fn new(status: StatusCode, word: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/api/v1#{word}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            missing: None,
        }
    }

    pub(super) fn unauthenticated() -> Self {
        let detail = "Send a valid key as “Authorization: Bearer pp_live_…”.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "No valid key", detail)
    }

    pub(super) fn scope_missing(scope: ApiScope) -> Self {
        let detail = format!("This key lacks the scope {scope}.");
        let problem = Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail);
        Self { missing: Some(scope), ..problem }
    }

    /// The key may be used from some networks alone, and this address is in none of them.
    pub(super) fn from_elsewhere(address: &str) -> Self {
        let detail = format!("This key may not be used from {address}: it is bound to networks.");
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// A key of the account where one of a partner is wanted, or the other way round.
    pub(super) fn other_kind_of_key(whose: &str) -> Self {
        let detail = format!("This takes a key of {whose}.");
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// Whoever made a partner's key may not do this, or not any more.
    pub(super) fn maker_may_not(permission: Permission) -> Self {
        let detail = format!("The user who created this key may not {}.", permission.action());
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found", "There is nothing at this address.")
    }

    pub(super) fn no_such_method() -> Self {
        let detail = "This method is not supported here; the Allow header lists those that are.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Method not allowed", detail)
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", "Request not understood", detail)
    }

    pub(super) fn no_json() -> Self {
        let detail = "Send the body as JSON in UTF-8, with the Content-Type application/json.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", "Not JSON", detail)
    }

    pub(super) fn too_large(most: usize) -> Self {
        let detail = format!("The body is larger than {} KB.", most / 1024);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Too large", detail)
    }

    pub(super) fn invalid(errors: Vec<Fault>) -> Self {
        let detail = "The request is not valid; “errors” says what and where.";
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Not valid", detail);
        Self { errors, ..problem }
    }

    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Conflict", detail)
    }

    pub(super) fn key_reused() -> Self {
        Self::conflict("This Idempotency-Key was used with another request before.")
    }

    pub(super) fn rate_limited(seconds: u64) -> Self {
        let detail = format!("Too many requests. Try again in {seconds} s.");
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests", detail);
        Self { retry_after: Some(seconds), ..problem }
    }

    /// Our fault: the cause is in the log under the number that the answer shows.
    pub(super) fn internal(cause: &dyn std::fmt::Display) -> Self {
        let incident = incident(cause);
        let detail = format!("Something went wrong on our side (incident {incident}). Try again.");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", detail)
    }

    /// The database has too much to do: the same request may succeed a moment later.
    pub(super) fn busy() -> Self {
        let detail = format!("The portal is busy. Try again in {} s.", RETRY_AFTER);
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy", detail);
        Self { retry_after: Some(u64::from(RETRY_AFTER)), ..problem }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(_) => {
                tracing::warn!(cause = %error, "a request of the API was turned away");
                Self::busy()
            }
            StoreError::Unstorable(_) => {
                Self::invalid(vec![Fault { pointer: String::new(), detail: format!("{error}") }])
            }
            other => Self::internal(&other),
        }
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Invalid(fields) => fields.into(),
            ServiceError::NotFound => Self::not_found(),
            ServiceError::Stale(_) => Self::conflict("Somebody else has changed it in the meantime."),
            ServiceError::Changed => Self::conflict("It is in another state by now, which does not allow this."),
            ServiceError::BadRequest => Self::bad_request("The request could not be understood."),
            ServiceError::TooMany(most) => Self::bad_request(format!("At most {most} at once.")),
            ServiceError::Busy => Self::busy(),
            ServiceError::RateLimited(minutes) => Self::rate_limited(u64::from(minutes) * 60),
            // Nobody logs in or follows a link here.
            ServiceError::LoginFailed | ServiceError::LinkExpired => Self::unauthenticated(),
            ServiceError::Store(error) => error.into(),
            ServiceError::Internal(cause) => Self::internal(&cause),
        }
    }
}

impl From<FieldErrors> for Problem {
    /// Fields are named alike in forms and in JSON.
    fn from(fields: FieldErrors) -> Self {
        let fault = |(field, message): (&str, &str)| Fault { pointer: pointer(field), detail: message.to_owned() };
        Self::invalid(fields.iter().map(fault).collect())
    }
}

/// A form's field as a JSON Pointer: `lines[0][quantity]` is `/lines/0/quantity`.
fn pointer(field: &str) -> String {
    let parts = field.split(['[', ']']).filter(|part| !part.is_empty());
    parts.map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let mut response = (status, [kind], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(scope) = self.missing {
            response.extensions_mut().insert(MissingScope(scope));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What any call can be answered, for the description of the API.
#[derive(Debug, IntoResponses)]
#[expect(dead_code, reason = "it only describes")]
pub(super) enum Problems {
    /// The request cannot be understood.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// There is no valid key.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(Problem),
    /// The key has not the scope it takes.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// There is no such thing in the key's account.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// It is in another state, or an Idempotency-Key was used for something else.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// The body is too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body is not JSON.
    #[response(status = 415, content_type = "application/problem+json")]
    NoJson(Problem),
    /// Something has to be corrected.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
    /// Too many requests.
    #[response(status = 429, content_type = "application/problem+json")]
    RateLimited(Problem),
    /// The portal is busy; Retry-After says when to try again.
    #[response(status = 503, content_type = "application/problem+json")]
    Busy(Problem),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_becomes_a_pointer() {
        assert_eq!(pointer("lines[0][unit_price]"), "/lines/0/unit_price");
        assert_eq!(pointer("due_on"), "/due_on");
        assert_eq!(pointer("a/b~c"), "/a~1b~0c");
    }
}
