//! Answers outside the application: plain routes, and requests that are turned away.

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::paths::is_admin_area;
use crate::error::AppError;

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
        ("text/html; charset=utf-8", plain_page(error, is_admin_area(path)))
    } else {
        ("text/plain; charset=utf-8", error.message())
    };
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    (status, [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], body).into_response()
}

/// A page for errors outside the application, such as a refused download. The messages are ours alone: nothing in
/// them needs escaping.
fn plain_page(error: &AppError, admin_area: bool) -> String {
    let (code, message) = (error.status(), error.message());
    let (advice, start) = match error {
        AppError::ReadOnly => {
            ("Stop viewing as the partner first: the banner on its pages has the button.", "/partner")
        }
        _ if admin_area => ("If you need this, ask an owner of your account.", "/admin"),
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
