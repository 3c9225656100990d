//! The way out: everything the portal sends to addresses that its users typed in.
//!
//! A connection is made only to an address that has just been judged (see [`check_url`] and [`is_public`]), and what comes
//! back may be as slow, as long or as broken as it likes without costing more than a little time and memory.

mod guard;
#[cfg(test)]
mod tests;

use std::{error::Error, fmt, io, iter, net::SocketAddr, sync::Arc, time::Duration};

pub use guard::{Lookup, PORTS, Refused, Rules, SystemLookup, check_url, is_public, resolve};
use reqwest::{
    Client, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER},
    redirect,
};
use rustls::CertificateError;
use services::CallTarget;
use url::{Host, Url};

/// How long everything may take together.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How much of that may go by until there is a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How many bytes of an answer are read at most.
const MAX_READ: usize = 64 * 1024;
/// How many characters of an answer are kept.
const EXCERPT: usize = 500;
/// How many characters of `Retry-After` are kept: any date is shorter.
const RETRY_AFTER_KEPT: usize = 100;
/// How long a connection waits for the next request to the same receiver, and how many may.
const IDLE: (Duration, usize) = (Duration::from_secs(20), 4);
const USER_AGENT: &str = "PartnerPortal-Webhooks/1";

/// Posts to what may be called. Cheap to clone; made once, so that connections are used again.
#[derive(Clone)]
pub struct Egress {
    names: Arc<Names>,
    client: Client,
    timeout: Duration,
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Egress").field("rules", &self.names.rules).finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, whatever it is: a redirect is not followed.
    pub status: u16,
    /// `Retry-After` as it was sent.
    pub retry_after: Option<String>,
    /// Where a redirect leads to, made fit likewise.
    pub location: Option<String>,
    /// How the body begins, made fit to be shown and stored.
    pub excerpt: String,
}

/// Why nothing came back. The words are chosen here and may be shown: an error's own can tell of the operator's network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The target is not called.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Time ran out before there was a status.
    #[error("no answer in time")]
    Timeout,
    /// There is no connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// There is a connection, but not a secure one.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// It ended before there was a status.
    #[error("the connection broke: {0}")]
    Broken(String),
}

/// Where the client gets its addresses from.
struct Names {
    rules: Rules,
    lookup: Arc<dyn Lookup>,
}

/// The client comes here for each new connection and can connect to nothing but what it is told. It does not come here for a
/// host that is an IP address already; that one [`check_url`] has judged.
struct ForClient(Arc<Names>);

impl Resolve for ForClient {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.0.clone();
        Box::pin(async move {
            let found = resolve(&names.rules, names.lookup.as_ref(), name.as_str()).await?;
            // The client puts the right port in.
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

impl Egress {
    /// By these rules, with the operating system's names and certificates.
    ///
    /// # Errors
    /// When the system's certificates cannot be used.
    pub fn new(rules: Rules) -> Result<Self, reqwest::Error> {
        Self::with_timeout(rules, TIMEOUT)
    }

    /// The same with another limit of time.
    ///
    /// # Errors
    /// When the system's certificates cannot be used.
    pub fn with_timeout(rules: Rules, timeout: Duration) -> Result<Self, reqwest::Error> {
        Self::with(rules, Arc::new(SystemLookup), timeout)
    }

    /// The same with names from elsewhere.
    ///
    /// # Errors
    /// When the system's certificates cannot be used.
    pub fn with(rules: Rules, lookup: Arc<dyn Lookup>, timeout: Duration) -> Result<Self, reqwest::Error> {
        let names = Arc::new(Names { rules, lookup });
        let client = Client::builder()
            .dns_resolver(Arc::new(ForClient(names.clone())))
            .https_only(names.rules.https_only)
            .redirect(redirect::Policy::none())
            .no_proxy()
            // Another crate may switch these on in the same build of the client.
            .http1_only()
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout)
            // An idle connection leads to an address that was judged when it was made.
            .pool_idle_timeout(IDLE.0)
            .pool_max_idle_per_host(IDLE.1)
            .user_agent(USER_AGENT)
            .build()?;
        Ok(Self { names, client, timeout })
    }

    /// Says whether an address may be called as things are now, for whoever is typing it in. Sending judges again.
    ///
    /// # Errors
    /// Why not. [`Refused::Unknown`] may pass: the name may be set up later, or its server be slow today.
    pub async fn check(&self, url: &str) -> Result<Url, Refused> {
        let url = check_url(&self.names.rules, url)?;
        if let Some(Host::Domain(name)) = url.host() {
            let resolving = resolve(&self.names.rules, self.names.lookup.as_ref(), name);
            let resolved = tokio::time::timeout(CONNECT_TIMEOUT.min(self.timeout), resolving).await;
            resolved.unwrap_or_else(|_| Err(Refused::Unknown(name.to_owned())))?;
        }
        Ok(url)
    }

    /// Sends a body.
    ///
    /// # Errors
    /// Why there is no answer. Whatever has a status is an answer, even if its body breaks off.
    pub async fn post(&self, url: &str, headers: &[(&str, String)], body: Vec<u8>) -> Result<Answer, Failure> {
        let url = check_url(&self.names.rules, url)?;
        let headers = read_headers(headers).ok_or_else(|| Failure::Broken("a header cannot be sent".to_owned()))?;
        let sent = self.client.post(url).headers(headers).body(body).send().await;
        let response = sent.map_err(|error| explain(&error))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.map(|text| text.chars().take(RETRY_AFTER_KEPT).collect());
        let location = response.headers().get(LOCATION).map(|value| excerpt(value.as_bytes()));
        let location = location.filter(|_| (300..400).contains(&status));
        Ok(Answer { status, retry_after, location, excerpt: excerpt(&beginning(response).await) })
    }
}

/// How many bytes of a document are read at most: a provider's keys with their certificates.
const MAX_DOCUMENT: usize = 256 * 1024;

impl Egress {
    /// Asks for a whole document.
    async fn document(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, Failure> {
        let (head, body) = request.into_parts();
        let url = check_url(&self.names.rules, &head.uri.to_string())?;
        let sent = self.client.request(head.method, url).headers(head.headers).body(body).send().await;
        let mut response = sent.map_err(|error| explain(&error))?;
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| explain(&error))? {
            if document.len() + chunk.len() > MAX_DOCUMENT {
                return Err(Failure::Broken("the answer is too long".to_owned()));
            }
            document.extend_from_slice(&chunk);
        }
        let mut answer = http::Response::new(document);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }
}

fn read_headers(headers: &[(&str, String)]) -> Option<HeaderMap> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        map.append(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?);
    }
    Some(map)
}

/// Reads as far as is worth it. If there is more, the connection goes with the response.
async fn beginning(mut response: Response) -> Vec<u8> {
    let mut read = Vec::new();
    while read.len() < MAX_READ
        && let Ok(Some(chunk)) = response.chunk().await
    {
        read.extend_from_slice(&chunk[..chunk.len().min(MAX_READ - read.len())]);
    }
    read
}

/// Whatever the receiver sent as text that can be shown and stored: neither pages nor databases take every character.
fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let fit = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(fit).take(EXCERPT).collect()
}

fn explain(error: &reqwest::Error) -> Failure {
    if let Some(refused) = causes(error).find_map(|cause| cause.downcast_ref::<Refused>()) {
        return Failure::Refused(refused.clone());
    }
    if error.is_timeout() {
        return Failure::Timeout;
    }
    if let Some(tls) = causes(error).find_map(|cause| cause.downcast_ref()) {
        return Failure::Tls(tls_error(tls).to_owned());
    }
    let kinds = causes(error).filter_map(|cause| cause.downcast_ref().map(io::Error::kind));
    let kind = kinds.into_iter().find(|kind| *kind != io::ErrorKind::Other);
    let words = match kind {
        Some(io::ErrorKind::ConnectionRefused) => "it was refused",
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => "there is no way to the address",
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe) => {
            "the receiver cut it off"
        }
        Some(io::ErrorKind::UnexpectedEof) => "the receiver closed it too soon",
        _ if error.is_connect() => "it could not be made",
        _ => "the receiver closed it, or sent something else than HTTP",
    };
    if error.is_connect() { Failure::Connect(words.to_owned()) } else { Failure::Broken(words.to_owned()) }
}

/// An error and all that led to it. An I/O error hands out what it wraps only when asked for it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
        None => error.source(),
    })
}

fn tls_error(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(problem) => match problem {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the certificate has expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the certificate is not valid yet"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the certificate is for another name"
            }
            CertificateError::UnknownIssuer => "the certificate is from an issuer that is not trusted",
            CertificateError::Revoked => "the certificate was revoked",
            _ => "the certificate cannot be trusted",
        },
        rustls::Error::AlertReceived(_) => "the receiver turned it down",
        rustls::Error::InvalidMessage(_) => "the receiver does not speak TLS there",
        _ => "the two sides could not agree",
    }
}

impl CallTarget for Egress {
    fn fetch(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<http::Response<Vec<u8>>, String>> + Send + '_>> {
        Box::pin(async move { self.document(request).await.map_err(|failure| failure.to_string()) })
    }

    fn check<'a>(&'a self, url: &'a str) -> std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            match Self::check(self, url).await {
                // A name may be set up later than the portal is told of it: it is asked for again with every push.
                Ok(_) | Err(Refused::Unknown(_)) => Ok(()),
                Err(refused) => Err(refused.to_string()),
            }
        })
    }
}
