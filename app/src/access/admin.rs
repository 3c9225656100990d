//! The guard of the staff's area.

use axum::http::request::Parts;
use domain::{
    admin::AdminPermission,
    audit::{AuditAction, AuditResult},
};
use store::{
    Db,
    access::{AdminDenied, AdminScope, AdminSession, PartnerSession},
    audit::{self, Event},
};
use tower_sessions::Session;

use super::{SessionHash, SessionUser, client_address, request_parts, session_hash, state};
use crate::error::AppError;

/// The staff's session of a request, beside the partner users' own: two cookies, two logins.
#[derive(Debug, Clone)]
pub struct AdminCookie(pub Session);

/// The hash of the staff's session's id, under which it is kept.
#[derive(Debug, Clone)]
pub struct AdminSessionHash(pub Vec<u8>);

/// What a visitor who looks at a partner's portal from the staff's area may call: what only reads. Everything else is
/// refused, whatever it is, and so is every download.
pub const VIEWABLE: &[&str] = &[
    "/fn/auth/viewer", "/fn/auth/branding", "/fn/dashboard/load", "/fn/leads/list", "/fn/leads/get",
    "/fn/invoices/list", "/fn/invoices/get", "/fn/profile/contact", "/fn/profile/delivery", "/fn/profile/activity",
    "/fn/users/list", "/fn/delivery/log", "/fn/delivery/get",
];

/// Reads the staff's session of a request.
pub(super) async fn admin_session(db: &Db, request: &Parts) -> Result<Option<(AdminSession, Vec<u8>)>, AppError> {
    let Some(AdminCookie(session)) = request.extensions.get::<AdminCookie>().cloned() else { return Ok(None) };
    let user = session.get::<SessionUser>(SessionUser::KEY).await.map_err(|error| AppError::internal(&error))?;
    let (Some(user), Some(id)) = (user, session.id()) else { return Ok(None) };
    let hash = session_hash(id);
    Ok(AdminSession::of_session(db, user.user_id, &hash).await?.map(|session| (session, hash)))
}

/// The partner's portal as the staff looks at it, if this admin does so now.
pub(super) async fn viewed_portal(db: &Db, admin: &AdminSession) -> Result<Option<PartnerSession>, AppError> {
    let Some(partner) = admin.viewed_partner() else { return Ok(None) };
    match admin.require(AdminPermission::ViewAsPartner) {
        Ok(scope) => Ok(scope.viewing_as(db, partner).await?),
        Err(AdminDenied(_)) => Ok(None),
    }
}

/// The logged-in admin, with no permission checked: for what every admin may know, such as who they are themselves.
///
/// # Errors
/// [`AppError::Unauthenticated`] when there is none.
pub fn current_admin() -> Result<AdminSession, AppError> {
    request_parts()?.extensions.get::<AdminSession>().cloned().ok_or(AppError::Unauthenticated)
}

/// The hash of the staff's session the request came with.
///
/// # Errors
/// [`AppError::Unauthenticated`] when there is none.
pub fn current_admin_session() -> Result<Vec<u8>, AppError> {
    let parts = request_parts()?;
    parts.extensions.get::<AdminSessionHash>().map(|hash| hash.0.clone()).ok_or(AppError::Unauthenticated)
}

/// The guard: leave to do what `permission` says, in the logged-in admin's account.
///
/// # Errors
/// [`AppError::Unauthenticated`] without a session, [`AppError::AdminForbidden`] without the permission (and an audit event
/// that says so). Being a `Result`, it ends the function by `?`.
pub async fn require_admin(permission: AdminPermission) -> Result<AdminScope, AppError> {
    let session = current_admin()?;
    check_admin(&state()?.db, &session, permission, &client_address()?).await
}

/// The same check outside Leptos: for plain routes such as downloads.
///
/// # Errors
/// As [`require_admin`].
pub async fn check_admin(
    db: &Db,
    session: &AdminSession,
    permission: AdminPermission,
    address: &str,
) -> Result<AdminScope, AppError> {
    match session.require(permission) {
        Ok(scope) => Ok(scope),
        Err(AdminDenied(missing)) => {
            let detail = serde_json::json!({ "permission": missing.as_str() });
            let mut event =
                Event::by_admin(session, address, AuditAction::PermissionRefused, ("portal", None)).with_detail(detail);
            event.result = AuditResult::Failure;
            let mut tx = db.begin_write().await?;
            audit::record(&mut tx, &event);
            tx.commit().await?;
            Err(AppError::AdminForbidden(missing))
        }
    }
}

/// Notes in a request who of the staff it comes from.
pub(super) fn insert(request: &mut Parts, session: AdminSession, hash: Vec<u8>) {
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
