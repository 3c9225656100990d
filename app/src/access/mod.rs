//! The guards. A request's session is read once, before any page or server function runs; a guard turns it into the
//! scope that the store asks for, or into the error that ends the function.

mod admin;

pub use admin::{
    AdminCookie, AdminSessionHash, VIEWABLE, check_admin, current_admin, current_admin_session, require_admin,
};

use std::{pin::Pin, sync::Arc};

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    access::{Denied, Permission},
    audit::{AuditAction, AuditResult},
    ids::UserId,
};
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{
    Db,
    access::{PartnerScope, PartnerSession},
    audit::{self, Event},
    sessions::Lifetime,
};
use tower_sessions::Session;

use crate::{
    auth::{admin_login_path, links::Link, login_path, password::Passwords},
    error::AppError,
    secrets::Secrets,
};

/// What every request can use.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The database.
    pub db: Db,
    /// The password hashing, with its bound on how many run at once.
    pub passwords: Arc<Passwords>,
    /// What encrypts secrets at rest.
    pub secrets: Secrets,
    /// What the operator has set.
    pub settings: Arc<Settings>,
    /// Which addresses the portal may call.
    pub targets: Targets,
}

/// Says whether the portal may call an address of the web.
pub trait CheckTarget: Send + Sync {
    /// Nothing, or why not, as a sentence for whoever typed it.
    fn check<'a>(&'a self, url: &'a str) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;
}

/// The one check of this installation.
#[derive(Clone)]
pub struct Targets(pub Arc<dyn CheckTarget>);

impl Targets {
    /// Whether an address may be called.
    ///
    /// # Errors
    /// Why not, as a sentence.
    pub async fn check(&self, url: &str) -> Result<(), String> {
        self.0.check(url).await
    }
}

impl std::fmt::Debug for Targets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Targets(…)")
    }
}

/// What the operator has set, as far as pages and server functions need it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where browsers find the portal, without a slash at the end; mailed links begin with it.
    pub public_url: String,
    /// Whether it is served over HTTPS, and cookies travel over nothing else.
    pub production: bool,
    /// How long sessions live.
    pub session_lifetime: Lifetime,
}

/// Where a request comes from, as told by the connection or a trusted proxy.
#[derive(Debug, Clone, Default)]
pub struct ClientAddress(pub String);

/// What the session's cookie stands for. The key and the form under which it lies in a [`Session`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionUser {
    /// Who is logged in.
    pub user_id: UserId,
    /// From where they logged in.
    pub address: String,
    /// With which browser.
    pub user_agent: String,
}

impl SessionUser {
    /// The key of this value in a [`Session`].
    pub const KEY: &'static str = "user";
}

/// The hash of the session's id, under which it is kept.
#[derive(Debug, Clone)]
pub struct SessionHash(pub Vec<u8>);

/// The hash under which a session is kept: a stolen database opens none.
#[must_use]
pub fn session_hash(id: tower_sessions::session::Id) -> Vec<u8> {
    Sha256::digest(id.0.to_be_bytes()).to_vec()
}

/// The pages and server functions a visitor may use without being logged in. Everything else under `/partner`, `/admin` and
/// `/fn` wants a session; a test walks the routes and compares.
pub const PUBLIC_PATHS: &[&str] = &[
    "/partner/login", "/partner/forgot-password", "/partner/reset-password", "/partner/invite",
    "/partner/confirm-email", "/fn/auth/login", "/fn/auth/branding", "/fn/auth/forgot-password", "/fn/auth/reset-link",
    "/fn/auth/reset-password", "/fn/auth/invitation-link", "/fn/auth/accept-invitation", "/fn/auth/email-link",
    "/fn/auth/confirm-email", "/admin/login", "/admin/forgot-password", "/admin/reset-password", "/admin/invite",
    "/admin/setup", "/fn/admin/auth/login", "/fn/admin/auth/forgot-password", "/fn/admin/auth/reset-link",
    "/fn/admin/auth/reset-password", "/fn/admin/auth/invitation-link", "/fn/admin/auth/accept-invitation",
    "/fn/admin/auth/setup-link", "/fn/admin/auth/setup",
];

/// What somebody may use who came in by a temporary password and has to set an own one first.
const BEFORE_OWN_PASSWORD: &[&str] =
    &["/partner/new-password", "/fn/auth/viewer", "/fn/auth/branding", "/fn/auth/own-password", "/fn/auth/logout"];

/// The page on which they do so.
pub const NEW_PASSWORD: &str = "/partner/new-password";

fn within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path belongs to the staff's area.
#[must_use]
pub fn is_staff_area(path: &str) -> bool {
    within(path, "/admin") || within(path, "/fn/admin")
}

/// Whether the visitor of a path must be logged in.
#[must_use]
pub fn is_guarded(path: &str) -> bool {
    let area = within(path, "/partner") || within(path, "/admin") || within(path, "/fn");
    area && !PUBLIC_PATHS.contains(&path) && Link::of_path(path).is_none()
}

/// Reads the sessions once per request and keeps who it is for the guards. Turns away whoever has none from every guarded
/// path: pages redirect to the login, everything else answers 401.
pub async fn sessions(State(state): State<AppState>, session: Session, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if !is_guarded(&path) && !PUBLIC_PATHS.contains(&path.as_str()) && path != "/" {
        return next.run(request).await;
    }
    let (mut head, body) = request.into_parts();
    match admit(&state, &session, &mut head, &path).await {
        Ok(None) => next.run(Request::from_parts(head, body)).await,
        Ok(Some(answer)) => answer,
        Err(error) => error_response(&error, &head.headers, &path),
    }
}

/// Notes in the request who it comes from; answers it at once when it may not go on.
async fn admit(
    state: &AppState,
    session: &Session,
    request: &mut Parts,
    path: &str,
) -> Result<Option<Response>, AppError> {
    let admin = admin::admin_session(&state.db, request).await?;
    if is_staff_area(path) {
        return Ok(match admin {
            Some((admin, hash)) => {
                admin::insert(request, admin, hash);
                None
            }
            None => is_guarded(path).then(|| turn_away(request)),
        });
    }
    if let Some((admin, _)) = &admin
        && let Some(portal) = admin::viewed_portal(&state.db, admin).await?
        && path != "/"
    {
        let reads = match request.method {
            Method::GET | Method::HEAD => !path.starts_with("/fn/") && !is_download(path),
            _ => VIEWABLE.contains(&path),
        };
        if is_guarded(path) && !reads {
            return Err(AppError::ReadOnly);
        }
        admin::insert_partner(request, portal, None);
        return Ok(None);
    }
    match partner_session(state, session).await? {
        Some(found) => {
            if found.must_change_password() && is_guarded(path) && !BEFORE_OWN_PASSWORD.contains(&path) {
                return Ok(Some(to_new_password(request)));
            }
            admin::insert_partner(request, found, session.id().map(session_hash));
            Ok(None)
        }
        None => Ok(is_guarded(path).then(|| turn_away(request))),
    }
}

async fn partner_session(state: &AppState, session: &Session) -> Result<Option<PartnerSession>, AppError> {
    let user = session.get::<SessionUser>(SessionUser::KEY).await.map_err(|error| AppError::internal(&error))?;
    let Some(user) = user else { return Ok(None) };
    Ok(PartnerSession::of_authenticated_user(&state.db, user.user_id).await?)
}

fn to_new_password(request: &Parts) -> Response {
    let path = request.uri.path();
    if wants_html(&request.headers) || (request.method == Method::GET && !path.starts_with("/fn/")) {
        return Redirect::to(NEW_PASSWORD).into_response();
    }
    (StatusCode::FORBIDDEN, Json(AppError::OwnPasswordFirst)).into_response()
}

fn turn_away(request: &Parts) -> Response {
    let path = request.uri.path();
    let login = if is_staff_area(path) { admin_login_path } else { login_path };
    if wants_html(&request.headers)
        || (request.method == Method::GET && !path.starts_with("/fn/") && !is_download(path))
    {
        let target = request.uri.path_and_query().map_or(path, |target| target.as_str());
        let comes_back = request.method == Method::GET && !path.starts_with("/fn/");
        return Redirect::to(&login(comes_back.then_some(target))).into_response();
    }
    if path.starts_with("/fn/") {
        // In the form in which server functions fail, so that an open page understands and leads to the login.
        return (StatusCode::UNAUTHORIZED, Json(AppError::Unauthenticated)).into_response();
    }
    error_response(&AppError::Unauthenticated, &request.headers, path)
}

fn is_download(path: &str) -> bool {
    path.ends_with(".csv") || path.ends_with(".zip") || path.ends_with("/pdf") || path.ends_with("/csv")
}

/// Whether a request is a browser's navigation or plain form, which wants a page and not JSON.
#[must_use]
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accepted| accepted.contains("text/html"))
}

/// An error as the answer of a plain route: a small page for a browser, one line of text for anything else.
#[must_use]
pub fn error_response(error: &AppError, headers: &HeaderMap, path: &str) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if path.starts_with("/fn/") && !wants_html(headers) {
        return (status, Json(error)).into_response();
    }
    let (kind, body) = if wants_html(headers) {
        ("text/html; charset=utf-8", plain_page(error, is_staff_area(path)))
    } else {
        ("text/plain; charset=utf-8", error.message())
    };
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    (status, [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], body).into_response()
}

/// A page for errors outside the application, such as a refused download. The messages are ours alone: nothing in
/// them needs escaping.
fn plain_page(error: &AppError, staff: bool) -> String {
    let (code, message) = (error.status(), error.message());
    let (advice, start) = match error {
        AppError::ReadOnly => {
            ("Stop looking as the partner first: the banner on its pages has the button.", "/partner")
        }
        _ if staff => ("If you need this, ask an owner of your account.", "/admin"),
        _ => ("If you need this, ask the company that sends you leads.", "/partner"),
    };
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{message} · Partner Portal</title><link rel=\"icon\" \
         href=\"/favicon.svg\"><link rel=\"stylesheet\" href=\"/pkg/partner-portal.css\"></head><body><main \
         class=\"page page--narrow\" id=\"content\"><section class=\"notice\" data-error=\"{code}\"><p class=\"notice__code\" \
         aria-hidden=\"true\">{code}</p><h1>{message}</h1><p class=\"muted\">{advice}</p><p \
         class=\"notice__ways\"><a class=\"button button--primary\" href=\"{start}\">Go to the start page</a></p>\
         </section></main></body></html>"
    )
}

/// The state, inside a server function or a page's resource.
///
/// # Errors
/// When called outside a request.
pub fn state() -> Result<AppState, AppError> {
    use_context::<AppState>().ok_or_else(|| AppError::internal(&"no application state in this context"))
}

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

/// The logged-in partner user itself, for what it does with its own account: its password, its sessions. Not somebody of the
/// staff who looks at its portal.
///
/// # Errors
/// [`AppError::Unauthenticated`] when there is none, [`AppError::ReadOnly`] for the staff.
pub fn current_user() -> Result<PartnerSession, AppError> {
    let session = current_partner()?;
    if session.is_by_staff() { Err(AppError::ReadOnly) } else { Ok(session) }
}

/// The hash of the session the request came with.
///
/// # Errors
/// [`AppError::Unauthenticated`] when there is none.
pub fn current_session() -> Result<Vec<u8>, AppError> {
    let parts = request_parts()?;
    parts.extensions.get::<SessionHash>().map(|hash| hash.0.clone()).ok_or(AppError::Unauthenticated)
}

/// The guard: leave to do what `permission` says, in the name of the logged-in user's partner.
///
/// # Errors
/// [`AppError::Unauthenticated`] without a session, [`AppError::Forbidden`] without the permission (and an audit
/// event that says so). Being a `Result`, it ends the function by `?`.
pub async fn require_partner(permission: Permission) -> Result<PartnerScope, AppError> {
    let session = current_partner()?;
    check(&state()?.db, &session, permission, &client_address()?).await
}

/// The same check outside Leptos: for plain routes such as downloads.
///
/// # Errors
/// As [`require_partner`].
pub async fn check(
    db: &Db,
    session: &PartnerSession,
    permission: Permission,
    address: &str,
) -> Result<PartnerScope, AppError> {
    match session.require(permission) {
        Ok(scope) => Ok(scope),
        Err(Denied::Missing(missing)) => {
            let detail = serde_json::json!({ "permission": missing.as_str() });
            let mut event = Event::by_partner(session, address, AuditAction::PermissionRefused, ("portal", None))
                .with_detail(detail);
            event.result = AuditResult::Failure;
            let mut tx = db.begin_write().await?;
            audit::record(&mut tx, &event);
            tx.commit().await?;
            Err(AppError::Forbidden(missing))
        }
        Err(Denied::Unauthenticated | Denied::SwitchedOff) => Err(AppError::Unauthenticated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_is_open() {
        for open in [
            "/partner/login", "/fn/auth/login", "/", "/pkg/app.js", "/partners", "/partner/reset-password",
            "/partner/invite/abc", "/partner/reset-password/abc", "/partner/confirm-email/abc", "/admin/login",
            "/admin/setup/abc", "/administrator",
        ] {
            assert!(!is_guarded(open), "{open}");
        }
        for guarded in [
            "/partner", "/partner/", "/partner/invite/", "/partner/invite/a/b", "/partner/invited", "/partner/login/",
            "/partner/leads", "/fn/leads/list", "/fn/auth/login2", "/partner/x/../login", "/admin", "/admin/partners",
            "/admin/login/", "/fn/admin/partners/list",
        ] {
            assert!(is_guarded(guarded), "{guarded}");
        }
    }
}
