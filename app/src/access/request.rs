//! Who sends a request, and how.

use axum::http::{Method, header, request::Parts};
use chrono::{DateTime, Utc};
use domain::{ids::UserId, users::CredentialsVersion};
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};
use services::ClientAddress;
use sha2::{Digest, Sha256};
use store::access::{AdminSession, PartnerSession};
use tower_sessions::Session;

use crate::error::AppError;

/// What the session's cookie stands for. The key and the form under which it lies in a [`Session`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionUser {
    /// Who is logged in.
    pub user_id: UserId,
    /// Which credentials were checked at the login; of no meaning once the session is stored.
    pub credentials: CredentialsVersion,
    /// From where they logged in.
    pub address: String,
    /// With which browser.
    pub user_agent: String,
    /// When they last proved who they are, with everything they have to prove it by.
    pub proved_at: Option<DateTime<Utc>>,
    /// The session with the provider for single sign-on by which they logged in; of no meaning once the session is stored.
    pub provider_session: Option<String>,
}

impl SessionUser {
    /// The key of this value in a [`Session`].
    pub const KEY: &'static str = "user";
}

/// What the store of sessions says when a user's credentials have changed while the login was under way. The session's own errors
/// are words alone.
pub const CREDENTIALS_CHANGED: &str = "the user's credentials have changed since they were checked";

/// A form of the page that is asked for is filled with what was typed before the session ended.
#[derive(Debug, Clone, Copy)]
pub struct Restored;

/// The hash of the session's id, under which it is kept.
#[derive(Debug, Clone)]
pub struct SessionHash(pub Vec<u8>);

/// The hash under which a session is kept: a stolen database opens none.
#[must_use]
pub fn session_hash(id: tower_sessions::session::Id) -> Vec<u8> {
    Sha256::digest(id.0.to_be_bytes()).to_vec()
}

/// Whether whoever sends the request has proved who they are so lately that it need not be asked for again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fresh(pub bool);

/// The admin session of a request, beside the partner users' own: two cookies, two logins.
#[derive(Debug, Clone)]
pub struct AdminCookie(pub Session);

/// The hash of the admin session's id, under which it is kept.
#[derive(Debug, Clone)]
pub struct AdminSessionHash(pub Vec<u8>);

/// The request's head, inside a server function or a page's resource.
///
/// # Errors
/// [`AppError::Unreachable`] when there is no request any more.
pub fn request_parts() -> Result<Parts, AppError> {
    // A page's data may still be on its way when its visitor has gone, and the request with them: nobody's fault.
    use_context::<Parts>().ok_or_else(|| {
        tracing::debug!("the request is gone");
        AppError::Unreachable
    })
}

/// Where the request came from.
///
/// # Errors
/// When called outside a request.
pub fn client_address() -> Result<String, AppError> {
    Ok(request_parts()?.extensions.get::<ClientAddress>().cloned().unwrap_or_default().0)
}

/// The browser's name for itself; empty when it says none.
///
/// # Errors
/// When called outside a request.
pub fn user_agent() -> Result<String, AppError> {
    let parts = request_parts()?;
    Ok(parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned())
}

/// Whether nobody will look at the answer: the browser fetches ahead (the `Sec-Purpose` header of the Fetch standard), or
/// only the head is asked for.
///
/// # Errors
/// When called outside a request.
pub fn is_prefetch() -> Result<bool, AppError> {
    let parts = request_parts()?;
    let purpose = parts.headers.get("sec-purpose").and_then(|value| value.to_str().ok());
    Ok(parts.method == Method::HEAD || purpose.is_some_and(|purpose| purpose.contains("prefetch")))
}

/// The logged-in partner user, with no permission checked: for what everybody logged in may know, such as who they
/// are themselves.
///
/// # Errors
/// [`AppError::Unauthenticated`] when there is none.
pub fn current_partner() -> Result<PartnerSession, AppError> {
    request_parts()?.extensions.get::<PartnerSession>().cloned().ok_or(AppError::Unauthenticated)
}

/// The logged-in partner user itself, for what it does with its own account: its password, its sessions. Not an admin who
/// looks at its portal.
///
/// # Errors
/// [`AppError::Unauthenticated`] when there is none, [`AppError::ReadOnly`] for admins.
pub fn current_user() -> Result<PartnerSession, AppError> {
    let session = current_partner()?;
    if session.is_by_admin() { Err(AppError::ReadOnly) } else { Ok(session) }
}

/// The hash of the session the request came with.
///
/// # Errors
/// [`AppError::Unauthenticated`] when there is none.
pub fn current_session() -> Result<Vec<u8>, AppError> {
    let parts = request_parts()?;
    parts.extensions.get::<SessionHash>().map(|hash| hash.0.clone()).ok_or(AppError::Unauthenticated)
}

/// The host the request names.
///
/// # Errors
/// When called outside a request.
pub fn host() -> Result<String, AppError> {
    let parts = request_parts()?;
    Ok(parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned())
}

/// The logged-in admin, with no permission checked: for what every admin may know, such as who they are themselves.
///
/// # Errors
/// [`AppError::Unauthenticated`] when there is none.
pub fn current_admin() -> Result<AdminSession, AppError> {
    request_parts()?.extensions.get::<AdminSession>().cloned().ok_or(AppError::Unauthenticated)
}

/// The hash of the admin session the request came with.
///
/// # Errors
/// [`AppError::Unauthenticated`] when there is none.
pub fn current_admin_session() -> Result<Vec<u8>, AppError> {
    let parts = request_parts()?;
    parts.extensions.get::<AdminSessionHash>().map(|hash| hash.0.clone()).ok_or(AppError::Unauthenticated)
}

/// Notes in a request which admin it comes from.
pub(super) fn insert_admin(request: &mut Parts, session: AdminSession, hash: Vec<u8>) {
    request.extensions.insert(session);
    request.extensions.insert(AdminSessionHash(hash));
}

/// Notes in a request which partner user it comes from.
pub(super) fn insert_partner(request: &mut Parts, session: PartnerSession, hash: Option<Vec<u8>>) {
    request.extensions.insert(session);
    if let Some(hash) = hash {
        request.extensions.insert(SessionHash(hash));
    }
}
