//! Browsers: what they send, the cookie they keep, and what comes back to them.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, header, request::Builder},
};
use http_body_util::BodyExt;
use tower::ServiceExt;

pub(crate) use portal_server::isolation::{form, json};

use crate::world::{PASSWORD, World};

/// Where the portal is, as browsers see it.
pub(crate) const HOST: &str = "portal.example";

/// A browser: the cookie it keeps, and the address it comes from.
#[derive(Clone)]
pub(crate) struct Browser<'w> {
    world: &'w World,
    cookie: Option<String>,
    address: IpAddr,
    host: &'static str,
}

impl<'w> Browser<'w> {
    /// A browser nobody has logged in with.
    pub(crate) fn new(world: &'w World) -> Self {
        Self { world, cookie: None, address: [203, 0, 113, 7].into(), host: HOST }
    }

    /// The same browser with this cookie, written `name=value`.
    pub(crate) fn with_cookie(&self, cookie: &str) -> Self {
        Self { cookie: Some(cookie.to_owned()), ..self.clone() }
    }

    /// The same browser in another place.
    pub(crate) fn at(&self, address: impl Into<IpAddr>) -> Self {
        Self { address: address.into(), ..self.clone() }
    }

    /// The cookie, written `name=value`.
    pub(crate) fn cookie(&self) -> &str {
        self.cookie.as_deref().unwrap_or_default()
    }

    /// The same browser that finds the portal under another name.
    pub(crate) fn on(&self, host: &'static str) -> Self {
        Self { host, ..self.clone() }
    }

    /// A request with what every browser sends.
    pub(crate) fn request(&self, method: Method, path: &str) -> Builder {
        let peer = ConnectInfo(SocketAddr::from((self.address, 50_000)));
        let request = Request::builder().method(method).uri(path).header(header::HOST, self.host).extension(peer);
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    pub(crate) async fn sends(&self, request: Request<Body>) -> Answer {
        let what = format!("{} {}", request.method(), request.uri());
        let answered = async {
            let response = self.world.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes().to_vec();
            let body = String::from_utf8_lossy(&bytes).into_owned();
            Answer { status: parts.status.as_u16(), headers: parts.headers, body, bytes }
        };
        // A request that never ends is a failed test with a name, not a job that somebody has to stop.
        tokio::time::timeout(Duration::from_secs(60), answered).await.unwrap_or_else(|_| panic!("{what} never ends"))
    }

    /// Opens a page by its address, as a navigation does.
    pub(crate) async fn opens(&self, path: &str) -> Answer {
        let accepted = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        self.sends(self.request(Method::GET, path).header(header::ACCEPT, accepted).body(Body::empty()).unwrap()).await
    }

    /// Goes back to the page of a form that was not taken, as the answer says, with the cookie by which it is known.
    pub(crate) async fn goes_back(&self, answer: &Answer) -> Answer {
        let form = answer.kept_form().unwrap_or_else(|| panic!("{} {}", answer.status, answer.location()));
        let cookies =
            [self.cookie(), &form].into_iter().filter(|cookie| !cookie.is_empty()).collect::<Vec<_>>().join("; ");
        let location = answer.location().trim_start_matches("http://").trim_start_matches(HOST);
        assert!(!location.contains("__err"), "{location}");
        self.with_cookie(&cookies).opens(location).await
    }

    /// Fetches an address without asking for a page, as a script or a download manager does.
    pub(crate) async fn fetches(&self, path: &str) -> Answer {
        self.sends(self.request(Method::GET, path).header(header::ACCEPT, "*/*").body(Body::empty()).unwrap()).await
    }

    /// Calls a server function as the portal's own WebAssembly does.
    pub(crate) async fn calls(&self, path: &str, (content_type, body): (&str, String)) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, content_type)
            .header("sec-fetch-site", "same-origin");
        self.sends(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a form of a page without WebAssembly.
    pub(crate) async fn submits(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let (content_type, body) = form(fields);
        let request = self
            .request(Method::POST, action)
            .header(header::ACCEPT, "text/html,*/*;q=0.8")
            .header(header::CONTENT_TYPE, content_type)
            .header(header::REFERER, format!("http://{HOST}{page}"))
            .header("sec-fetch-site", "same-origin");
        self.sends(request.body(Body::from(body)).unwrap()).await
    }

    /// Proves anew, as a partner user, who it is.
    pub(crate) async fn confirms(&self) {
        let answer = self.calls("/fn/auth/confirm", form(&[("current", PASSWORD)])).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Tries to log in.
    pub(crate) async fn tries(&self, email: &str, password: &str) -> Answer {
        self.calls("/fn/auth/login", form(&[("email", email), ("password", password)])).await
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// As text; what is none is replaced.
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// A header's text; empty when it is missing. Of cookies the first but for those by which a browser is known again.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap());
        values.find(|value| !value.contains("-device=") && !value.contains("portal-account=")).unwrap_or_default()
    }

    /// The whole cookie by which the browser is known from now on; empty when there is none.
    pub(crate) fn device(&self) -> &str {
        let mut values = self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        values.find(|value| value.contains("-device=")).unwrap_or_default()
    }

    /// The cookie it sets, written `name=value`.
    pub(crate) fn cookie(&self) -> Option<String> {
        self.header("set-cookie").split(';').next().filter(|cookie| !cookie.is_empty()).map(ToOwned::to_owned)
    }

    /// The cookie of a form that was not taken, and is kept for its page.
    pub(crate) fn kept_form(&self) -> Option<String> {
        self.cookie_named("portal-form").or_else(|| self.cookie_named("portal-login-form"))
    }

    /// The cookie of this name, written `name=value`.
    pub(crate) fn cookie_named(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let mut cookies = set.filter_map(|cookie| cookie.split(';').next());
        cookies.find(|cookie| cookie.contains(&format!("{name}="))).map(ToOwned::to_owned)
    }

    /// Whether it sends the visitor to the login of the area.
    pub(crate) fn leads_to_login(&self) -> bool {
        let login = self.header("location").split('?').next();
        [302, 303, 307].contains(&self.status) && matches!(login, Some("/partner/login" | "/admin/login"))
    }

    /// Where it sends the visitor to.
    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }
}
