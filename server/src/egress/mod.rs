//! Every request the portal sends to an address that somebody typed in goes through here.
//!
//! A name is looked up once, its addresses are judged, and one of those is connected to: a name that changes its mind
//! between the check and the connection gains nothing. Redirects are not followed, proxies of the environment not used, and
//! of an answer only its beginning is read.

mod guard;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use app::access::CheckTarget;
pub use guard::{Lookup, PORTS, Refused, Rules, SystemLookup, is_public};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long the connection may take of that.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// How much of an answer is read.
const MOST_READ: usize = 64 * 1024;
/// How many characters of an answer are kept.
const EXCERPT: usize = 500;

/// Sends requests out.
#[derive(Clone)]
pub struct Egress {
    rules: Arc<Rules>,
    names: Arc<dyn Lookup>,
    client: reqwest::Client,
}

impl std::fmt::Debug for Egress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Egress").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, as sent.
    pub retry_after: Option<String>,
    /// How the body begins.
    pub excerpt: String,
}

/// Why nothing came back, in words that hold nothing of the receiver's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The address is not called.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
    /// Nobody is there, or the two cannot agree on how to speak.
    #[error("no connection")]
    Connect,
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
}

/// Looks a name up for the client, and lets it connect only to what may be called.
struct Guarded {
    rules: Arc<Rules>,
    names: Arc<dyn Lookup>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, names) = (self.rules.clone(), self.names.clone());
        Box::pin(async move {
            let addresses = rules.resolve(names.as_ref(), name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl Egress {
    /// By these rules, with the system's resolver.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn new(rules: Rules) -> Result<Self, reqwest::Error> {
        Self::patient(rules, PATIENCE)
    }

    /// The same with another patience.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn patient(rules: Rules, patience: Duration) -> Result<Self, reqwest::Error> {
        Self::with(rules, Arc::new(SystemLookup), patience)
    }

    fn with(rules: Rules, names: Arc<dyn Lookup>, patience: Duration) -> Result<Self, reqwest::Error> {
        let rules = Arc::new(rules);
        let client = reqwest::Client::builder()
            .dns_resolver(Arc::new(Guarded { rules: rules.clone(), names: names.clone() }))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_PATIENCE.min(patience))
            .timeout(patience)
            .pool_idle_timeout(Duration::from_secs(20))
            .pool_max_idle_per_host(8)
            .user_agent("PartnerPortal-Webhooks/1")
            .build()?;
        Ok(Self { rules, names, client })
    }

    /// Sends a body by POST.
    ///
    /// # Errors
    /// Why there was no answer. Any answer is one, whatever its status.
    pub async fn post(&self, url: &str, headers: &[(&'static str, String)], body: Vec<u8>) -> Result<Answer, Failure> {
        let url = self.rules.read(url)?;
        let request = headers
            .iter()
            .fold(self.client.post(url).body(body), |request, (name, value)| request.header(*name, value));
        let mut response = request.send().await.map_err(|error| failure(&error))?;
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = retry_after.map(|text| text.chars().take(100).collect());
        let mut read = Vec::new();
        // The status is the answer: a body that breaks off takes nothing from it.
        while let Ok(Some(chunk)) = response.chunk().await {
            read.extend_from_slice(&chunk);
            if read.len() >= MOST_READ {
                break;
            }
        }
        Ok(Answer { status: response.status().as_u16(), retry_after, excerpt: excerpt(&read) })
    }
}

impl CheckTarget for Egress {
    fn check<'a>(&'a self, url: &'a str) -> std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            let url = self.rules.read(url).map_err(|refused| refused.to_string())?;
            let Some(url::Host::Domain(name)) = url.host() else { return Ok(()) };
            match self.rules.resolve(self.names.as_ref(), name).await {
                // A name may be set up later than the portal is told of it: it is asked for again with every push.
                Ok(_) | Err(Refused::Unknown(_)) => Ok(()),
                Err(refused) => Err(refused.to_string()),
            }
        })
    }
}

/// What went wrong, told by kind: an error's own words can hold addresses of the operator's network.
fn failure(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return refused.clone().into();
        }
        cause = error.source();
    }
    if error.is_timeout() {
        Failure::Timeout
    } else if error.is_connect() {
        Failure::Connect
    } else {
        Failure::Broken
    }
}

fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).take(EXCERPT).collect()
}
