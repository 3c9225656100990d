//! The guards. A request's session is read once, before any page or server function runs; a guard turns it into the actor that
//! services ask for, or into the error that ends the function.

use std::time::Instant;

use axum::{
    Json,
    extract::{Request, State},
    http::{Method, StatusCode, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use domain::{
    access::{Denied, Permission},
    admin::AdminPermission,
    audit::AuditAction,
    ids::UserId,
    partners::UserKind,
    two_factor::TwoFactorState,
};
use services::{Actor, AdminActor, Object, PartnerActor, Scope, login::Person, own_access::OwnActor};
use store::{
    Reader,
    access::{AdminDenied, AdminSession, PartnerSession},
    accounts,
};
use tower_sessions::Session;

use super::{
    answers::{error_response, wants_html},
    mark::{FRESH, Mark, is_marked},
    paths::{NEW_PASSWORD, confirm_page, is_admin_area, is_download, is_guarded, is_public, two_factor_page},
    request::{
        AdminCookie, Fresh, SessionUser, client_address, current_admin, current_partner, current_user, insert_admin,
        insert_partner, session_hash,
    },
    state::{AppState, state},
};
use crate::{
    auth::{admin_login_path, login_path, named_account},
    error::AppError,
};

/// Reads the sessions once per request and keeps who it is for the guards. Turns away whoever has none from every guarded
/// path: pages redirect to the login, everything else answers 401.
pub async fn sessions(State(state): State<AppState>, session: Session, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if !is_guarded(&path) && !is_public(&path) && path != "/" {
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
    let cookies = cookies(session, request).await?;
    if cookies.is_empty() {
        return Ok(is_guarded(path).then(|| turn_away(request)));
    }
    let mut read = state.db.unguarded().reader().await?;
    let admin = admin_session(&mut read, &cookies).await?;
    if is_admin_area(path) {
        return Ok(match admin {
            Some((admin, hash)) if !names_another_account(&mut read, request, admin.account_slug()).await? => {
                let (who, factor) = ((UserKind::Admin, admin.user_id()), admin.two_factor());
                let fresh = cookies.admin.as_ref().is_some_and(|(user, _)| is_fresh(user, read.now()));
                let elsewhere = let_in(state, request, path, who, (false, factor), fresh)?;
                if elsewhere.is_none() {
                    insert_admin(request, admin, hash);
                }
                elsewhere
            }
            _ => is_guarded(path).then(|| turn_away(request)),
        });
    }
    if let Some((admin, _)) = &admin
        && let Some(portal) = viewed_portal(&mut read, admin).await?
        && path != "/"
    {
        let reads = match request.method {
            Method::GET | Method::HEAD => !path.starts_with("/fn/") && !is_download(path),
            _ => is_marked(Mark::Viewable, path),
        };
        if is_guarded(path) && !reads {
            return Err(AppError::ReadOnly);
        }
        pace(state, admin.user_id())?;
        insert_partner(request, portal, None);
        return Ok(None);
    }
    match partner_session(&mut read, &cookies).await? {
        Some(found) if !names_another_account(&mut read, request, found.account_slug()).await? => {
            let who = (UserKind::Partner, found.user_id());
            let first = (found.must_change_password(), found.two_factor());
            let fresh = cookies.partner.as_ref().is_some_and(|user| is_fresh(user, read.now()));
            let elsewhere = let_in(state, request, path, who, first, fresh)?;
            if elsewhere.is_none() {
                insert_partner(request, found, session.id().map(session_hash));
            }
            Ok(elsewhere)
        }
        _ => Ok(is_guarded(path).then(|| turn_away(request))),
    }
}

/// Whether a page is asked for that belongs to another account than that of the session, by what its address says. Whoever follows
/// a link of an account logs in there.
async fn names_another_account(read: &mut Reader, request: &Parts, own: &str) -> Result<bool, AppError> {
    let named = request.uri.query().and_then(named_account);
    match named.filter(|named| named != own && request.method == Method::GET) {
        // One that does not exist may be the old name of this one.
        Some(named) => Ok(accounts::find(read, Some(&named)).await?.is_some()),
        None => Ok(false),
    }
}

/// Who the cookies of a request say it is: read before a connection is taken, as the sessions take one of their own.
struct Cookies {
    partner: Option<SessionUser>,
    admin: Option<(SessionUser, Vec<u8>)>,
}

impl Cookies {
    fn is_empty(&self) -> bool {
        self.partner.is_none() && self.admin.is_none()
    }
}

async fn cookies(session: &Session, request: &Parts) -> Result<Cookies, AppError> {
    let user = |session: Session| async move {
        let user = session.get::<SessionUser>(SessionUser::KEY).await.map_err(|error| AppError::session(&error))?;
        Ok::<_, AppError>(user.zip(session.id().map(session_hash)))
    };
    let admin = match request.extensions.get::<AdminCookie>().cloned() {
        Some(AdminCookie(session)) => user(session).await?,
        None => None,
    };
    Ok(Cookies { partner: user(session.clone()).await?.map(|(user, _)| user), admin })
}

async fn partner_session(read: &mut Reader, cookies: &Cookies) -> Result<Option<PartnerSession>, AppError> {
    let Some(user) = &cookies.partner else { return Ok(None) };
    Ok(PartnerSession::of_authenticated_user(read, user.user_id).await?)
}

async fn admin_session(read: &mut Reader, cookies: &Cookies) -> Result<Option<(AdminSession, Vec<u8>)>, AppError> {
    let Some((user, hash)) = &cookies.admin else { return Ok(None) };
    Ok(AdminSession::of_session(read, user.user_id, hash).await?.map(|session| (session, hash.clone())))
}

/// The partner's portal as an admin views it, if this one does so now.
async fn viewed_portal(read: &mut Reader, admin: &AdminSession) -> Result<Option<PartnerSession>, AppError> {
    let Some(partner) = admin.viewed_partner() else { return Ok(None) };
    match admin.require(AdminPermission::ViewAsPartner) {
        Ok(scope) => Ok(scope.viewing_as(read, partner).await?),
        Err(AdminDenied(_)) => Ok(None),
    }
}

/// Lets a logged-in user ask for so much: far more than people do, and less than what a program needs to take everything away or to
/// keep others waiting.
///
/// # Errors
/// [`AppError::RateLimited`] when it is too much.
fn pace(state: &AppState, user: UserId) -> Result<(), AppError> {
    let rate = f64::from(state.portal.web_rate);
    let taken = state.portal.buckets.take(format!("user {user}"), (rate * 15.0, rate), Instant::now());
    taken.map_err(|_| AppError::RateLimited(1))
}

/// Whether somebody has proved who they are so lately that it need not be asked for again.
fn is_fresh(user: &SessionUser, now: DateTime<Utc>) -> bool {
    user.proved_at.is_some_and(|at| now - at < FRESH)
}

/// Lets a logged-in user on, unless something is to be done before what it asks for: to set an own password, to set up its second
/// factor, or to confirm who it is. Then it is led there.
///
/// # Errors
/// [`AppError::RateLimited`] when it asks for too much.
fn let_in(
    state: &AppState,
    request: &mut Parts,
    path: &str,
    (kind, user): (UserKind, UserId),
    (must_change_password, factor): (bool, TwoFactorState),
    fresh: bool,
) -> Result<Option<Response>, AppError> {
    let missing = factor.is_missing.then_some(two_factor_page(kind));
    let first = if must_change_password { Some(NEW_PASSWORD) } else { missing };
    let confirm = confirm_page(kind);
    let first =
        first.filter(|page| is_guarded(path) && path != *page && path != confirm && !is_marked(Mark::First, path));
    let takes_proof = is_marked(Mark::Fresh, path) || factor.on && is_marked(Mark::FreshFactor, path);
    if let Some(page) = first.or_else(|| (takes_proof && !fresh).then_some(confirm)) {
        return Ok(Some(lead_to(page, request)));
    }
    pace(state, user)?;
    request.extensions.insert(Fresh(fresh));
    Ok(None)
}

fn lead_to(page: &'static str, request: &Parts) -> Response {
    let path = request.uri.path();
    if wants_html(&request.headers) || (request.method == Method::GET && !path.starts_with("/fn/")) {
        return Redirect::to(page).into_response();
    }
    (StatusCode::FORBIDDEN, Json(AppError::First)).into_response()
}

fn turn_away(request: &Parts) -> Response {
    let path = request.uri.path();
    let login = if is_admin_area(path) { admin_login_path } else { login_path };
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

/// The guard: the right to do what `permission` says, in the name of the logged-in user's partner.
///
/// # Errors
/// [`AppError::Unauthenticated`] without a session, [`AppError::Forbidden`] without the permission (and an audit
/// event that says so). Being a `Result`, it ends the function by `?`.
pub async fn require_partner(permission: Permission) -> Result<PartnerActor, AppError> {
    let session = current_partner()?;
    check(&state()?, &session, permission, &client_address()?).await
}

/// The same check outside Leptos: for plain routes such as downloads.
///
/// # Errors
/// As [`require_partner`].
pub async fn check(
    state: &AppState,
    session: &PartnerSession,
    permission: Permission,
    address: &str,
) -> Result<PartnerActor, AppError> {
    match session.require(permission) {
        Ok(scope) => Ok(Actor::new(state.portal.clone(), scope, address.to_owned())),
        Err(Denied::Missing(missing)) => {
            record_refusal(state, session, session.user_id(), address, missing.as_str()).await?;
            Err(AppError::Forbidden(missing))
        }
        Err(Denied::Unauthenticated | Denied::SwitchedOff) => Err(AppError::Unauthenticated),
    }
}

/// The guard: the right to do what `permission` says, in the logged-in admin's account.
///
/// # Errors
/// [`AppError::Unauthenticated`] without a session, [`AppError::AdminForbidden`] without the permission (and an audit event
/// that says so). Being a `Result`, it ends the function by `?`.
pub async fn require_admin(permission: AdminPermission) -> Result<AdminActor, AppError> {
    let session = current_admin()?;
    check_admin(&state()?, &session, permission, &client_address()?).await
}

/// The same check outside Leptos: for plain routes such as downloads.
///
/// # Errors
/// As [`require_admin`].
pub async fn check_admin(
    state: &AppState,
    session: &AdminSession,
    permission: AdminPermission,
    address: &str,
) -> Result<AdminActor, AppError> {
    match session.require(permission) {
        Ok(scope) => Ok(Actor::new(state.portal.clone(), scope, address.to_owned())),
        Err(AdminDenied(missing)) => {
            record_refusal(state, session, session.user_id(), address, missing.as_str()).await?;
            Err(AppError::AdminForbidden(missing))
        }
    }
}

/// Records a refusal; of many in an hour only some, with their number.
async fn record_refusal<S: Scope + Clone>(
    state: &AppState,
    session: &S,
    user: UserId,
    address: &str,
    permission: &str,
) -> Result<(), AppError> {
    let tally = format!("permission\n{user}\n{permission}");
    let Some(count) = state.portal.tallies.count(tally, state.db.now()) else { return Ok(()) };
    let actor = Actor::new(state.portal.clone(), session.clone(), address.to_owned());
    let mut tx = state.db.begin_write(session).await?;
    let detail = serde_json::json!({ "permission": permission, "count": count });
    actor.record_failure(&mut tx, AuditAction::PermissionRefused, Object("portal", None), detail);
    Ok(tx.commit().await?)
}

/// The logged-in partner user itself, for what it does with its own access. No permission is needed for that.
///
/// # Errors
/// [`AppError::Unauthenticated`] when there is none, [`AppError::ReadOnly`] for an admin who views the portal.
pub fn require_user() -> Result<OwnActor, AppError> {
    Ok(Actor::new(state()?.portal, Person::Partner(current_user()?), client_address()?))
}

/// The logged-in admin itself, for what it does with its own access. No permission is needed for that.
///
/// # Errors
/// [`AppError::Unauthenticated`] when there is none.
pub fn require_own_admin() -> Result<OwnActor, AppError> {
    Ok(Actor::new(state()?.portal, Person::Admin(current_admin()?), client_address()?))
}
