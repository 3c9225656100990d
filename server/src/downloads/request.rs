//! What a download takes from its request, and how it is answered.

use app::{
    access::{AppState, Fresh, check, check_admin, confirm_page, error_response, wants_html},
    error::AppError,
    ui::with_pair,
};
use axum::{
    body::Body,
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    access::Permission,
    admin::AdminPermission,
    audit::AuditAction,
    ids::{PartnerId, UserId},
    partners::UserKind,
};
use services::{Actor, AdminActor, ClientAddress, Object, PartnerActor, Scope, pace::Place};
use store::{
    Walled,
    access::{AdminSession, PartnerSession},
};

use super::source::{ReadAhead, Source};

/// How many exports of one user may run at once.
const MOST_AT_ONCE: usize = 3;
/// How many rows may be taken without a proof of who takes them.
const MOST_UNCONFIRMED: usize = 10_000;

/// Who is logged in where the download lies.
pub trait Visitor: Walled + Clone + Send + Sync + 'static {
    /// The area's start, for the page that says why there is no file.
    const AREA: &'static str;
    /// Which kind of user it is.
    const KIND: UserKind;

    /// The user.
    fn user(&self) -> UserId;
}

impl Visitor for PartnerSession {
    const AREA: &'static str = "/partner";
    const KIND: UserKind = UserKind::Partner;

    fn user(&self) -> UserId {
        self.user_id()
    }
}

impl Visitor for AdminSession {
    const AREA: &'static str = "/admin";
    const KIND: UserKind = UserKind::Admin;

    fn user(&self) -> UserId {
        self.user_id()
    }
}

/// A request for a file.
pub struct Download<S> {
    pub(super) state: AppState,
    pub(super) session: S,
    address: String,
    headers: HeaderMap,
    head: bool,
    query: String,
    fresh: bool,
}

/// One for a partner's file.
pub(super) type PartnerDownload = Download<PartnerSession>;
/// One for an account's file.
pub(super) type AdminDownload = Download<AdminSession>;

impl<S: Visitor, R: Send + Sync> FromRequestParts<R> for Download<S>
where
    AppState: FromRef<R>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &R) -> Result<Self, Response> {
        // Whoever has no session was turned away before; should that ever fail, there is no file either.
        let nobody = || error_response(&AppError::Unauthenticated, &parts.headers, S::AREA);
        let session = parts.extensions.get::<S>().cloned().ok_or_else(nobody)?;
        let address = parts.extensions.get::<ClientAddress>().cloned().unwrap_or_default().0;
        Ok(Self {
            state: AppState::from_ref(state),
            session,
            address,
            headers: parts.headers.clone(),
            head: parts.method == Method::HEAD,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            fresh: parts.extensions.get::<Fresh>().is_some_and(|fresh| fresh.0),
        })
    }
}

impl<S: Visitor> Download<S> {
    /// The answer: the file, or why there is none.
    pub(super) fn answer(&self, found: Result<Response, AppError>) -> Response {
        match found {
            Ok(file) => file,
            Err(AppError::First) if wants_html(&self.headers) => Redirect::to(&self.confirm()).into_response(),
            Err(error) => error_response(&error, &self.headers, S::AREA),
        }
    }

    /// Where the login is confirmed, with the way back to the page the file was asked for on.
    fn confirm(&self) -> String {
        let page = self.headers.get(header::REFERER).and_then(|page| url::Url::parse(page.to_str().ok()?).ok());
        let back = page.map_or_else(|| S::AREA.to_owned(), |page| page[url::Position::BeforePath..].to_owned());
        with_pair(confirm_page(S::KIND), "next", &back)
    }

    /// A place among the exports that run.
    ///
    /// # Errors
    /// [`AppError::RateLimited`] when the user has as many running as one may.
    pub(super) fn place(&self) -> Result<Place, AppError> {
        self.state.portal.exports.begin(self.session.user(), MOST_AT_ONCE).ok_or(AppError::RateLimited(1))
    }

    /// The rows of a list, if it may be taken: of a long one only by somebody who has proved lately who they are.
    ///
    /// # Errors
    /// [`AppError::First`] when that has to be done first, [`AppError::RateLimited`] when too many exports run already.
    pub(super) async fn confirmed<R: Source>(&self, rows: R) -> Result<ReadAhead<R>, AppError> {
        let place = self.place()?;
        if self.fresh {
            return Ok(ReadAhead::nothing(rows, place));
        }
        ReadAhead::at_most(rows, place, MOST_UNCONFIRMED).await?.ok_or(AppError::First)
    }

    /// The query as it was sent.
    pub(super) fn query(&self) -> &str {
        &self.query
    }

    /// The query's names and values.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// Whether only the file's headers are asked for.
    pub(super) const fn is_head(&self) -> bool {
        self.head
    }

    /// The answer to a `HEAD` request: the file's headers. Nothing is made, and nothing recorded.
    pub(super) fn head(&self, media_type: &'static str, name: &str) -> Option<Response> {
        self.head.then(|| file(media_type, name, Body::empty()))
    }
}

impl PartnerDownload {
    /// The guard.
    pub(super) async fn require(&self, permission: Permission) -> Result<PartnerActor, AppError> {
        check(&self.state, &self.session, permission, &self.address).await
    }
}

impl AdminDownload {
    /// The guard.
    pub(super) async fn require(&self, permission: AdminPermission) -> Result<AdminActor, AppError> {
        check_admin(&self.state, &self.session, permission, &self.address).await
    }
}

/// A list's pairs, as the types of `domain` read them.
pub(super) fn borrowed(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// The values of one name as ids.
///
/// # Errors
/// [`AppError::NotFound`] when one of them is none: it is nobody's.
pub(super) fn ids<T: std::str::FromStr>(pairs: &[(String, String)], name: &str) -> Result<Vec<T>, AppError> {
    let chosen = pairs.iter().filter(|(key, _)| key == name).map(|(_, id)| id.parse::<T>());
    chosen.collect::<Result<_, _>>().map_err(|_| AppError::NotFound)
}

/// A file to be saved under a name. The names are ours: letters, digits, `-`, `_` and `.`.
pub(super) fn file(media_type: &'static str, name: &str, body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// Records a download in a transaction of its own: with the rows that went out, and as a failure when not all did.
pub(super) async fn record<S: Scope>(
    state: &AppState,
    actor: &Actor<S>,
    complete: bool,
    action: AuditAction,
    object: Object,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    let mut tx = state.db.begin_write(actor).await?;
    if complete {
        actor.record(&mut tx, action, object, detail);
    } else {
        actor.record_failure(&mut tx, action, object, detail);
    }
    Ok(tx.commit().await?)
}

/// Records a download about one of the account's partners, in a transaction of its own.
pub(super) async fn record_about(
    state: &AppState,
    actor: &AdminActor,
    partner: PartnerId,
    action: AuditAction,
    object: Object,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    let mut tx = state.db.begin_write(actor).await?;
    actor.record_about(&mut tx, partner, action, object, detail);
    Ok(tx.commit().await?)
}
