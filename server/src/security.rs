//! What every answer carries and every request must fulfil, whatever route it takes.

use app::error::AppError;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use services::links::Link;

use crate::{
    config::Config,
    origin::{OwnOrigin, without_error},
};

/// Headers for every answer. Pages bring a content security policy with their nonce; anything else gets one that
/// allows nothing.
pub(crate) async fn headers(State(config): State<Config>, request: Request, next: Next) -> Response {
    let asset = request.uri().path().starts_with("/pkg/") || request.uri().path() == "/favicon.svg";
    let mut response = next.run(request).await;
    let busy = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    if busy {
        headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from(services::RETRY_AFTER));
    }
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    // Not "no-referrer": a form without WebAssembly comes back to its page by the Referer header.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    set(header::CACHE_CONTROL, if asset { "public, max-age=0, must-revalidate" } else { "no-store" });
    if config.production {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    response
}

/// Refuses changes that another site's page asks for.
pub(crate) async fn same_origin(State(own): State<OwnOrigin>, request: Request, next: Next) -> Response {
    // A mail program has no origin; the token in its link is the proof.
    let by_mail = Link::of_path(request.uri().path()) == Some(Link::StopReport);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || by_mail || own.asks(request.headers()) {
        return next.run(request).await;
    }
    let message =
        "This request did not come from the portal's own pages and was refused. Open the portal and try again there.";
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], message).into_response()
}

/// The framework lets a form come back with its error in the address. The portal keeps it on the server instead
/// ([`crate::kept_forms`]): in an address that somebody else has written, it is taken out.
pub(crate) async fn own_errors(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    if !query.contains("__err") && !query.contains("__path") {
        return next.run(request).await;
    }
    let (target, _) = without_error(request.uri().path(), query);
    axum::response::Redirect::to(&target).into_response()
}

/// Gives a failed server function the status of its error. The framework answers 500 to every error, and a status set
/// inside the function would break the redirect that forms without WebAssembly rely on.
pub(crate) async fn error_status(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR || !response.headers().contains_key("serverfnerror") {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Ok(error) = serde_json::from_slice::<AppError>(&body) {
        parts.status = StatusCode::from_u16(error.status()).unwrap_or(parts.status);
        if let AppError::RateLimited(minutes) = error {
            parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(u64::from(minutes) * 60));
        }
    }
    Response::from_parts(parts, Body::from(body))
}
