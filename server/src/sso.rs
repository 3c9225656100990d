//! The addresses of single sign-on: to a provider, and back from it.

use app::{access::AppState, auth::sso};
use axum::{
    Extension, Form, Router,
    extract::{DefaultBodyLimit, Path, Query, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::partners::UserKind;
use serde::Deserialize;
use services::ClientAddress;
use uuid::Uuid;

/// The routes, of each kind of users its own.
pub(crate) fn routes() -> Router<AppState> {
    let mut router = Router::new();
    for (area, kind) in [("/partner/sso", UserKind::Partner), ("/admin/sso", UserKind::Admin)] {
        let begin = async move |State(app): State<AppState>, Path(whose): Path<String>, request: Request| {
            let Some((whose, head, query)) = read(&whose, request) else { return nothing() };
            sso::begin(app, head, kind, whose, query).await
        };
        let callback = async move |State(app): State<AppState>, Path(whose): Path<String>, request: Request| {
            let Some((whose, head, query)) = read(&whose, request) else { return nothing() };
            sso::callback(app, head, kind, whose, query).await
        };
        router = router
            .route(&format!("{area}/begin/{{whose}}"), get(begin))
            .route(&format!("{area}/callback/{{whose}}"), get(callback));
    }
    router
}

/// Where providers tell of logouts: they have no browser's headers, and no session.
pub(crate) fn logouts() -> Router<AppState> {
    let mut router = Router::new();
    for (area, kind) in [("/partner/sso", UserKind::Partner), ("/admin/sso", UserKind::Admin)] {
        let logout = async move |State(app): State<AppState>,
                                 Extension(ClientAddress(address)): Extension<ClientAddress>,
                                 Path(whose): Path<String>,
                                 Form(Logout { logout_token }): Form<Logout>| {
            match Uuid::try_parse(&whose) {
                Ok(whose) => sso::logout(&app, kind, whose, &logout_token, &address).await,
                Err(_) => nothing(),
            }
        };
        router = router.route(&format!("{area}/logout/{{whose}}"), post(logout));
    }
    router.layer(DefaultBodyLimit::max(16 * 1024))
}

/// What a provider sends.
#[derive(Deserialize)]
struct Logout {
    logout_token: String,
}

/// Whose provider it is, the request's head, and what its query says.
fn read<Q: serde::de::DeserializeOwned>(
    whose: &str,
    request: Request,
) -> Option<(Uuid, axum::http::request::Parts, Q)> {
    let (head, _) = request.into_parts();
    let Query(query) = Query::try_from_uri(&head.uri).ok()?;
    Some((Uuid::try_parse(whose).ok()?, head, query))
}

fn nothing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
