//! Whether a request comes from the portal's own pages, as far as the browser says so: by `Sec-Fetch-Site` (Fetch Metadata) or,
//! where it sends none, by the address of the page (`Origin`, RFC 6454, or `Referer`).

use axum::http::{HeaderMap, HeaderName, header};
use domain::settings::is_slug;
use url::Url;

/// The portal's own address, to compare others with.
#[derive(Debug, Clone)]
pub(crate) struct OwnOrigin {
    /// Where browsers find the portal, if the operator has said so.
    address: Option<Url>,
}

impl OwnOrigin {
    /// Of the address the operator has set, if any.
    pub(crate) fn new(address: Option<&str>) -> Self {
        Self { address: address.and_then(|address| Url::parse(address).ok()) }
    }

    /// Whether a change was asked for by one of the portal's own pages.
    pub(crate) fn asks(&self, headers: &HeaderMap) -> bool {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
            return site == "same-origin";
        }
        let host = text(header::HOST).and_then(|host| Url::parse(&format!("http://{host}")).ok());
        let page = text(header::ORIGIN).and_then(|page| Url::parse(page).ok());
        host.zip(page).is_some_and(|(host, page)| self.is_page_of(&page, &host))
    }

    /// Whether a page is the portal's own, in a request that names this host.
    fn is_page_of(&self, page: &Url, host: &Url) -> bool {
        if !matches!(page.scheme(), "http" | "https") {
            return false;
        }
        let Some(own) = &self.address else {
            // Nobody has said where the portal is found: the names decide. Of the ports a proxy may have dropped one, or added
            // the usual one, so that only two that are both unusual can differ.
            return page.host() == host.host()
                && match (unusual_port(page), unusual_port(host)) {
                    (Some(one), Some(other)) => one == other,
                    _ => true,
                };
        };
        // A proxy may write another host into the request, but for the names of accounts: there each has its own pages.
        let expected = host.host_str().filter(|host| is_account_of(host, own)).or(own.host_str());
        page.scheme() == own.scheme()
            && page.port_or_known_default() == own.port_or_known_default()
            && page.host_str() == expected
    }
}

/// Whether a host is an account's: its short name, a dot and the portal's own.
fn is_account_of(host: &str, own: &Url) -> bool {
    let slug = own.host_str().and_then(|own| host.strip_suffix(own)).and_then(|rest| rest.strip_suffix('.'));
    slug.is_some_and(is_slug)
}

fn unusual_port(url: &Url) -> Option<u16> {
    url.port().filter(|port| ![80, 443].contains(port))
}

/// A path as the target of a redirect. One that begins with two slashes, or what browsers take for them, would lead to another
/// site, whose name follows.
pub(crate) fn own_path(path: &str) -> &str {
    let Some(rest) = path.strip_prefix('/') else { return "/" };
    let slash = |sign: &str| ["%2f", "%5c", "%09", "%0a", "%0d"].iter().any(|slash| sign.eq_ignore_ascii_case(slash));
    if rest.starts_with(['/', '\\']) || rest.get(..3).is_some_and(slash) { "/" } else { path }
}

/// An address of ours without the error of a form, by which the framework says on a form's own page what was wrong with it; and the
/// error.
pub(crate) fn without_error(path: &str, query: &str) -> (String, Option<String>) {
    let mut error = None;
    let rest = form_urlencoded::parse(query.as_bytes()).filter(|(key, value)| {
        if key == "__err" {
            error = Some(value.to_string());
        }
        key != "__err" && key != "__path"
    });
    let rest = form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
    let path = own_path(path);
    (if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") }, error)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        pairs.iter().map(|(name, text)| (HeaderName::from_static(name), value(text))).collect()
    }

    /// Whether a page of this origin may ask for a change on this host, in a browser that sends no `Sec-Fetch-Site`.
    fn may(own: Option<&str>, host: &str, origin: &str) -> bool {
        OwnOrigin::new(own).asks(&headers(&[("host", host), ("origin", origin)]))
    }

    #[test]
    fn a_browser_that_says_where_a_request_comes_from_is_believed() {
        for own in [None, Some("https://portal.example")] {
            let own = OwnOrigin::new(own);
            let site =
                |site| headers(&[("sec-fetch-site", site), ("host", "proxy:1"), ("origin", "https://portal.example")]);
            assert!(own.asks(&site("same-origin")));
            for foreign in ["cross-site", "same-site", "none", ""] {
                assert!(!own.asks(&site(foreign)), "{foreign}");
            }
            for silent in
                [headers(&[]), headers(&[("host", "portal.example")]), headers(&[("origin", "https://portal.example")])]
            {
                assert!(!own.asks(&silent), "{silent:?}");
            }
        }
    }

    #[test]
    fn the_public_address_decides_where_it_is_known() {
        let own = Some("https://portal.example:8443");
        for host in ["portal.example:8443", "portal.example", "portal.example:443", "10.0.0.7:3000", "PORTAL.example"] {
            assert!(may(own, host, "https://portal.example:8443"), "{host}");
            for other in [
                "http://portal.example:8443",
                "https://portal.example",
                "https://evil.example:8443",
                "null",
                "",
                "https://portal.example.evil.example:8443",
                "https://a.portal.example:8443",
                "nonsense",
            ] {
                assert!(!may(own, host, other), "{host} {other}");
            }
        }
        assert!(may(Some("https://portal.example"), "portal.example:443", "https://portal.example:443"));
        assert!(may(Some("https://Portal.example"), "portal.example", "https://portal.example"));
    }

    #[test]
    fn the_pages_of_one_account_change_nothing_in_another() {
        let own = Some("https://portal.example");
        assert!(may(own, "acme.portal.example", "https://acme.portal.example"));
        assert!(may(own, "acme.portal.example:443", "https://acme.portal.example"));
        for other in ["https://globex.portal.example", "https://portal.example", "http://acme.portal.example"] {
            assert!(!may(own, "acme.portal.example", other), "{other}");
        }
        assert!(!may(own, "portal.example", "https://acme.portal.example"));
    }

    #[test]
    fn without_a_public_address_the_names_decide() {
        for (host, origin) in [
            ("portal.example", "https://portal.example"),
            ("portal.example", "http://portal.example"),
            ("portal.example", "https://portal.example:8443"),
            ("portal.example:443", "https://portal.example"),
            ("portal.example:80", "https://portal.example"),
            ("Portal.Example:8443", "https://portal.example:8443"),
            ("127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("[::1]:3000", "http://[::1]:3000"),
        ] {
            assert!(may(None, host, origin), "{host} {origin}");
        }
        for (host, origin) in [
            ("portal.example", "https://evil.example"),
            ("portal.example:3000", "http://portal.example:4000"),
            ("portal.example", "https://portal.example.evil.example"),
            ("portal.example", "https://evil.example/portal.example"),
            ("portal.example", "https://portal.example@evil.example"),
            ("portal.example", "null"),
            ("portal.example", "file://portal.example"),
            ("", "https://portal.example"),
        ] {
            assert!(!may(None, host, origin), "{host} {origin}");
        }
    }

    #[test]
    fn a_redirect_stays_here() {
        for path in ["/", "/partner/login", "/partner//x", "/a%2fb", "/%41"] {
            assert_eq!(own_path(path), path);
        }
        for foreign in [
            "//evil.example/x", "///evil.example", "/\\evil.example", "\\\\evil.example", "/%2f/evil.example",
            "/%2F%2fevil.example", "/%5cevil.example", "/%09/evil.example", "evil.example", "", "*", "/%2f", "\u{e9}/",
        ] {
            assert_eq!(own_path(foreign), "/", "{foreign:?}");
        }
        assert_eq!(own_path("/\u{e9}\u{e9}"), "/\u{e9}\u{e9}", "no sign is cut in two");
    }
}
