//! Whoever sends requests to the portal's own router: a browser that keeps its cookies, or an API client with a key.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, header, request::Builder},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// The content type of a request's body, and the body.
pub type Content = (&'static str, String);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A form as the body of a request.
#[must_use]
pub fn form(fields: &[(&str, &str)]) -> Content {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    ("application/x-www-form-urlencoded", form.finish())
}

/// JSON as the body of a request.
#[must_use]
pub fn json(value: &Value) -> Content {
    ("application/json", value.to_string())
}

/// A browser that keeps the cookies it is given.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    router: Router,
    host: String,
    address: IpAddr,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    /// A browser nobody has logged in with.
    pub(super) fn new(router: Router, host: &str, address: IpAddr) -> Self {
        Self { router, host: host.to_owned(), address, cookies: BTreeMap::new() }
    }

    /// Goes on from another address.
    pub(super) fn moves_to(&mut self, address: IpAddr) {
        self.address = address;
    }

    /// Whether it keeps a cookie whose name ends so: those of the session are `portal-partner` and `portal-admin`.
    pub(super) fn keeps(&self, name: &str) -> bool {
        self.cookies.keys().any(|known| known.ends_with(name))
    }

    /// The same browser with the cookie of one kind of session under the name of the other one.
    pub(super) fn posing(&self, from: &str, to: &str) -> Self {
        let renamed = self.cookies.iter().map(|(name, value)| (name.replace(from, to), value.clone())).collect();
        Self { cookies: renamed, ..self.clone() }
    }

    /// Opens an address as a navigation does.
    pub(super) async fn opens(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).header(header::ACCEPT, "text/html,*/*;q=0.8");
        self.sends(request, Body::empty()).await
    }

    /// Fetches an address without asking for a page, as a script or a download manager does.
    pub(super) async fn fetches(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).header(header::ACCEPT, "*/*");
        self.sends(request, Body::empty()).await
    }

    /// Calls a server function as the portal's own WebAssembly does.
    pub(super) async fn calls(&mut self, path: &str, (kind, body): Content) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, kind)
            .header("sec-fetch-site", "same-origin");
        self.sends(request, Body::from(body)).await
    }

    /// Sends a form with a file in it.
    pub(super) async fn uploads(&mut self, path: &str, fields: &[(&str, &str)], name: &str, content: &[u8]) -> Answer {
        const BOUNDARY: &str = "----isolation";
        let mut body = Vec::new();
        for (field, value) in fields {
            let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: \
             application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let request = self
            .request(Method::POST, path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .header("sec-fetch-site", "same-origin");
        self.sends(request, Body::from(body)).await
    }

    /// Asks the API with a key, or without one.
    pub(super) async fn asks(&mut self, key: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.request(method, path);
        if !key.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.sends(request, body).await
    }

    fn request(&self, method: Method, path: &str) -> Builder {
        let peer = ConnectInfo(SocketAddr::from((self.address, 50_000)));
        let request = Request::builder().method(method).uri(path).header(header::HOST, &self.host).extension(peer);
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) }
    }

    async fn sends(&mut self, request: Builder, body: Body) -> Answer {
        let answered = async {
            let request = request.body(body).map_err(|error| error.to_string())?;
            let Ok(response) = self.router.clone().oneshot(request).await;
            let (head, body) = response.into_parts();
            let bytes = body.collect().await.map_err(|error| error.to_string())?.to_bytes().to_vec();
            Ok::<_, String>(Answer { status: head.status.as_u16(), headers: head.headers, bytes })
        };
        let answer = match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Answer { bytes: error.into_bytes(), ..Answer::default() },
            Err(_) => Answer { bytes: b"there was no answer".to_vec(), ..Answer::default() },
        };
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let mut parts = cookie.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            if value.is_empty() || parts.any(|part| part.eq_ignore_ascii_case("max-age=0")) {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// What came back; a status of 0 when nothing did.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// As text; what is none is replaced.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Whether it is one that can be compared with another: the asker is still logged in, was not told to slow down, and the portal has
    /// not failed. Two failures would be alike as well.
    pub(super) fn says_something(&self) -> bool {
        self.status != 0 && ![401, 429].contains(&self.status) && self.status < 500 && !self.leads_to_login()
    }

    /// Whether it sends the visitor to a login.
    pub(super) fn leads_to_login(&self) -> bool {
        let login = self.header("location").split('?').next();
        [302, 303, 307].contains(&self.status) && matches!(login, Some("/partner/login" | "/admin/login"))
    }

    /// What stands in it; of a workbook or an archive, what is in its parts.
    pub(super) fn readable(&self) -> String {
        if self.bytes.starts_with(b"PK\x03\x04") { unzipped(&self.bytes) } else { self.text() }
    }

    /// Its status, what stands in it and where it leads, without an id that was asked for and what differs each time: the request's
    /// nonce.
    pub(super) fn constant(&self, asked: &str) -> String {
        self.constants(&[asked.to_owned()])
    }

    /// The same without several ids or texts.
    pub(super) fn constants(&self, asked: &[String]) -> String {
        let policy = self.header("content-security-policy");
        let nonce =
            policy.split_once("'nonce-").and_then(|(_, rest)| rest.split('\'').next()).filter(|n| !n.is_empty());
        let text = self.readable();
        let text = nonce.map_or_else(|| text.clone(), |nonce| text.replace(nonce, ""));
        let whole = format!("{} {} {text}", self.status, self.header("location"));
        asked.iter().fold(whole, |text, one| text.replace(one, "…"))
    }
}

/// The texts of an archive's parts, but for those that say when it was written.
pub(super) fn unzipped(bytes: &[u8]) -> String {
    let mut text = String::new();
    let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(bytes)) else { return text };
    for index in 0..archive.len() {
        let Ok(mut part) = archive.by_index(index) else { continue };
        let mut content = Vec::new();
        let is_about_itself = part.name().is_ok_and(|name| name.starts_with("docProps/"));
        if !is_about_itself && std::io::Read::read_to_end(&mut part, &mut content).is_ok() {
            text.push_str(&String::from_utf8_lossy(&content));
            text.push('\n');
        }
    }
    text
}
