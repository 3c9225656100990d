//! Which addresses the portal may call. Partners type them in: one that leads into the operator's own network must not be
//! called, however it is written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use futures::future::BoxFuture;
use url::{Host, Url};

/// Ports that may be called unless the operator says otherwise.
pub const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// What the operator allows.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Private, loopback and link-local addresses, too: for development.
    pub allow_private: bool,
    /// Nothing but HTTPS.
    pub https_only: bool,
    /// The ports that may be called; any, where private addresses are allowed.
    pub ports: Vec<u16>,
}

/// Why an address is not called, as a sentence for whoever typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no address of the web.
    #[error("Enter a whole address such as https://crm.example.com/leads.")]
    NoAddress,
    /// It is not HTTPS, or neither HTTP nor HTTPS.
    #[error("The address must begin with https://.")]
    Scheme,
    /// It holds a name or a password.
    #[error("The address must not hold a name or a password.")]
    Credentials,
    /// Another port.
    #[error("The port {0} cannot be used.")]
    Port(u16),
    /// It leads into a network of its own.
    #[error("The address leads to a private or local network, which is not called.")]
    Private,
    /// Nobody knows the name.
    #[error("The name {0} leads nowhere.")]
    Unknown(String),
}

/// Whether an address of the internet is for everybody: neither private nor local nor reserved, and no tunnel's that could
/// lead to one that is.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// By the IANA registry of special-purpose IPv4 addresses.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || a == 100 && (64..128).contains(&b)
        || address.is_loopback()
        || address.is_link_local()
        || (a, b) == (192, 0) && (c == 0 || c == 2)
        || (a, b, c) == (192, 88, 99)
        || a == 198 && (b == 18 || b == 19)
        || (a, b, c) == (198, 51, 100)
        || (a, b, c) == (203, 0, 113)
        || a >= 224)
}

/// Only global unicast (2000::/3) without what the IANA registry of special-purpose IPv6 addresses takes out of it: Teredo and
/// the other protocol assignments, documentation, 6to4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    (0x2000..0x4000).contains(&a)
        && !(a == 0x2001 && b < 0x0200)
        && !(a == 0x2001 && b == 0x0db8)
        && a != 0x2002
        && !(a == 0x3fff && b < 0x1000)
}

/// Names of which everybody knows that they are local.
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let local = ["localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain"];
    !name.contains('.') || local.iter().any(|suffix| name == *suffix || name.ends_with(&format!(".{suffix}")))
}

impl Rules {
    /// Reads an address and judges what can be judged without asking for its name. Hosts written as numbers come out of this
    /// as plain IP addresses, whatever their form (WHATWG URL).
    ///
    /// # Errors
    /// Why it is not called.
    pub fn read(&self, text: &str) -> Result<Url, Refused> {
        let url = Url::parse(text).map_err(|_| Refused::NoAddress)?;
        match url.scheme() {
            "https" => {}
            "http" if !self.https_only => {}
            _ => return Err(Refused::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let private = match url.host() {
            None => return Err(Refused::NoAddress),
            Some(Host::Ipv4(address)) => !is_public_v4(address),
            Some(Host::Ipv6(address)) => !is_public_v6(address),
            Some(Host::Domain(name)) => is_local_name(name),
        };
        if private && !self.allow_private {
            return Err(Refused::Private);
        }
        let port = url.port_or_known_default().unwrap_or(0);
        if !self.allow_private && !self.ports.contains(&port) {
            return Err(Refused::Port(port));
        }
        Ok(url)
    }

    /// Asks for a name's addresses, once, and judges them all: one that is private spoils the others.
    ///
    /// # Errors
    /// Why it is not called.
    pub async fn resolve(&self, names: &dyn Lookup, name: &str) -> Result<Vec<SocketAddr>, Refused> {
        let found = names.lookup(name.to_owned()).await;
        let addresses = found.ok().filter(|addresses| !addresses.is_empty());
        let addresses = addresses.ok_or_else(|| Refused::Unknown(name.chars().take(80).collect()))?;
        if !self.allow_private && !addresses.iter().all(|address| is_public(*address)) {
            return Err(Refused::Private);
        }
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
    }
}

/// Where names are looked up.
pub trait Lookup: Send + Sync {
    /// The addresses of a name.
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The system's own resolver.
#[derive(Debug, Clone, Copy)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect()) })
    }
}
