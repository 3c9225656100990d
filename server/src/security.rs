//! What every answer carries and every request must fulfil, whatever route it takes.

use std::net::{IpAddr, SocketAddr};

use app::error::AppError;
use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;

use crate::config::Config;

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

/// Refuses changes that another site's page asks for: the browser says where a request comes from, by
/// `Sec-Fetch-Site` (Fetch Metadata) or by `Origin` (RFC 6454).
pub(crate) async fn same_origin(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) || comes_from_here(request.headers()) {
        return next.run(request).await;
    }
    let message =
        "This request did not come from the portal's own pages and was refused. Open the portal and try again there.";
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], message).into_response()
}

/// A form without WebAssembly comes back to its page with its error in the address, where the page reads it. An address can
/// be written by anybody: unless the browser was sent there by one of our own pages, the error is taken out of it.
pub(crate) async fn own_errors(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    if !query.contains("__err") && !query.contains("__path") || came_from_here(request.headers()) {
        return next.run(request).await;
    }
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key != "__err" && key != "__path");
    let kept = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    let path = request.uri().path();
    let target = if kept.is_empty() { path.to_owned() } else { format!("{path}?{kept}") };
    axum::response::Redirect::to(&target).into_response()
}

/// Whether a navigation began on one of our own pages.
fn came_from_here(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let host = text(header::HOST);
    let referer = text(header::REFERER).and_then(|referer| referer.split_once("://"));
    host.is_some() && host == referer.map(|(_, rest)| rest.split('/').next().unwrap_or_default())
}

fn comes_from_here(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let host = text(header::HOST);
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    host.is_some() && host == origin
}

/// Notes where a request comes from: the connection's other end or, behind trusted proxies, the last address that
/// none of them is.
pub(crate) async fn client_address(State(config): State<Config>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    let address = peer.map(|peer| resolve(peer, request.headers(), &config.trusted_proxies));
    request
        .extensions_mut()
        .insert(services::ClientAddress(address.map(|address| address.to_string()).unwrap_or_default()));
    next.run(request).await
}

fn resolve(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        match hop.parse::<IpAddr>() {
            Ok(address) => client = address.to_canonical(),
            Err(_) => break,
        }
        if !trusted.contains(&client) {
            break;
        }
    }
    client
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

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn changes_come_from_our_own_pages() {
        for fine in [
            headers(&[("sec-fetch-site", "same-origin")]),
            headers(&[("host", "portal.example"), ("origin", "https://portal.example")]),
        ] {
            assert!(comes_from_here(&fine), "{fine:?}");
        }
        for foreign in [
            headers(&[]),
            headers(&[("host", "portal.example")]),
            headers(&[("sec-fetch-site", "cross-site"), ("host", "a.example"), ("origin", "https://a.example")]),
            headers(&[("sec-fetch-site", "same-site")]),
            headers(&[("host", "portal.example"), ("origin", "https://evil.example")]),
            headers(&[("host", "portal.example"), ("origin", "null")]),
        ] {
            assert!(!comes_from_here(&foreign), "{foreign:?}");
        }
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        let forwarded = headers(&[("x-forwarded-for", "203.0.113.9, 198.51.100.7, 10.0.0.2")]);
        assert_eq!(resolve(ip("192.0.2.1"), &forwarded, &trusted), ip("192.0.2.1"));
        assert_eq!(resolve(ip("10.0.0.1"), &forwarded, &trusted), ip("198.51.100.7"));
        assert_eq!(resolve(ip("10.0.0.1"), &headers(&[]), &trusted), ip("10.0.0.1"));
        assert_eq!(resolve(ip("10.0.0.1"), &headers(&[("x-forwarded-for", "junk")]), &trusted), ip("10.0.0.1"));
    }
}
