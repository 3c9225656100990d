//! Which targets may be called.
//!
//! Whoever types an address in decides where the portal's own machine connects to. So whatever is not plainly a place on the
//! public internet is refused, and that is judged by the address connected to: a name alone proves nothing.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use futures::future::BoxFuture;
use url::{Host, Url};

/// The ports that may be called where the operator names no others.
pub const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// What the operator allows.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Private and local addresses and names may be called, on any port: for development.
    pub allow_private: bool,
    /// Only HTTPS, as it should be in production.
    pub https_only: bool,
    /// The ports that may be called; none stands for [`PORTS`].
    pub ports: Vec<u16>,
}

/// Why a target is not called, as a sentence for whoever typed it in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It cannot be read.
    #[error("This is not a complete address; it should look like https://crm.example.com/leads.")]
    Unreadable,
    /// Only HTTPS is allowed.
    #[error("The address must begin with https://.")]
    NotHttps,
    /// Neither HTTP nor HTTPS.
    #[error("The address must begin with https:// or http://.")]
    NotHttp,
    /// It holds a user name or a password.
    #[error("The address must not contain a user name or a password.")]
    Credentials,
    /// Its port is not one of those allowed.
    #[error("The address uses port {0}, which is not allowed.")]
    Port(u16),
    /// It leads to where not everybody can go.
    #[error("The address leads to a private or local network, which is not allowed.")]
    Private,
    /// The name has no address, or none that can be found at the moment.
    #[error("The name {0} cannot be found.")]
    Unknown(String),
}

/// IPv4 networks that are not for everybody, as their beginnings and lengths.
const CLOSED_V4: [(Ipv4Addr, u32); 15] = [
    // This very network, and the unspecified address.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private networks.
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Shared behind a provider's address translation.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // The machine itself.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // The same cable, and what clouds tell their machines about themselves.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Protocol assignments.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Examples in documents.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Relays to IPv6, long given up.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Measuring between networks.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved, and broadcast at its end.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The part of IPv6 from which addresses for everybody are given out. Local, private and multicast addresses lie outside, as
/// do all those that merely wrap an IPv4 address.
const OPEN_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is not for everybody within that part.
const CLOSED_V6: [(Ipv6Addr, u32); 4] = [
    // Protocol assignments; among them Teredo, which wraps IPv4 addresses.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Examples in documents.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4, which wraps IPv4 addresses.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

/// Names, and ends of names, that mean something in a local network only.
const LOCAL_NAMES: [&str; 10] =
    ["localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan", "home.arpa"];

/// Whether an address is one that everybody on the internet reaches at the same place.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !CLOSED_V4.iter().any(|network| lies_in_v4(address, *network)),
        IpAddr::V6(address) => {
            lies_in_v6(address, OPEN_V6) && !CLOSED_V6.iter().any(|network| lies_in_v6(address, *network))
        }
    }
}

fn lies_in_v4(address: Ipv4Addr, (network, length): (Ipv4Addr, u32)) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= length
}

fn lies_in_v6(address: Ipv6Addr, (network, length): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= length
}

/// Reads an address and judges what can be seen of it without looking its name up.
///
/// Reading brings every way of writing an IP address (as one number, octal, shortened, percent-encoded …) into the one form
/// that is judged here and connected to later.
///
/// # Errors
/// Why it is not called.
pub fn check_url(rules: &Rules, text: &str) -> Result<Url, Refused> {
    let url = Url::parse(text).map_err(|_| Refused::Unreadable)?;
    match url.scheme() {
        "https" => {}
        _ if rules.https_only => return Err(Refused::NotHttps),
        "http" => {}
        _ => return Err(Refused::NotHttp),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::Credentials);
    }
    let public = match url.host().ok_or(Refused::Unreadable)? {
        Host::Ipv4(address) => is_public(address.into()),
        Host::Ipv6(address) => is_public(address.into()),
        Host::Domain(name) => !is_local_name(name),
    };
    if rules.allow_private {
        return Ok(url);
    }
    if !public {
        return Err(Refused::Private);
    }
    let port = url.port_or_known_default().unwrap_or_default();
    let ports = if rules.ports.is_empty() { &PORTS[..] } else { &rules.ports };
    if ports.contains(&port) { Ok(url) } else { Err(Refused::Port(port)) }
}

/// A name of one word is local, too: only the search list of a local network completes it.
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let ends_with = |end: &&str| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || LOCAL_NAMES.iter().any(ends_with)
}

/// Tells the addresses of a name.
pub trait Lookup: Send + Sync {
    /// All of them.
    fn lookup<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// Asks the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect()) })
    }
}

/// Looks a name up, once, and judges every address it has: with one that is private, the name may not be called at all.
///
/// # Errors
/// Why it is not called.
pub async fn resolve(rules: &Rules, lookup: &dyn Lookup, name: &str) -> Result<Vec<IpAddr>, Refused> {
    let found = lookup.lookup(name).await.unwrap_or_default();
    if found.is_empty() {
        return Err(Refused::Unknown(name.to_owned()));
    }
    if rules.allow_private || found.iter().copied().all(is_public) { Ok(found) } else { Err(Refused::Private) }
}
