//! Where a request comes from: the connection's other end or, behind trusted proxies, the last address that none of them is.

mod forwarded;

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use services::{
    ClientAddress,
    networks::{Networks, NoNetwork},
};

/// The proxies that are believed, by their addresses and networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Networks);

impl Proxies {
    /// Reads addresses and networks, separated by commas or spaces.
    ///
    /// # Errors
    /// [`NoNetwork`] names the first one that is neither.
    pub fn parse(text: &str) -> Result<Self, NoNetwork> {
        Networks::parse(text).map(Self)
    }

    /// Whether nobody is believed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is one of theirs.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(address)
    }

    /// Where a request comes from that this connection's other end has sent. The headers are read from their right end, where the
    /// nearest proxy writes; what stands left of the first address that no proxy has may be anybody's invention.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.contains(client) {
            return client;
        }
        for hop in forwarded::hops(headers).into_iter().rev() {
            let Some(hop) = hop else { break };
            client = hop.to_canonical();
            if !self.contains(client) {
                break;
            }
        }
        client
    }

    /// What to tell the operator of a request that a proxy has passed on which is not believed.
    fn complaint(&self, peer: IpAddr, headers: &HeaderMap) -> Option<String> {
        let peer = peer.to_canonical();
        let header = forwarded::header_of(headers).filter(|_| !self.contains(peer))?;
        // A proxy of one's own stands near; the address of somebody from afar is not written down.
        let (near, here) = if is_near(peer) { (true, format!(" ({peer})")) } else { (false, String::new()) };
        if self.is_empty() {
            return Some(format!(
                "a request came with {header}, but PORTAL_TRUSTED_PROXIES is not set: if a proxy stands before the portal, all \
                 visitors share its address, and so its limits. Set PORTAL_TRUSTED_PROXIES to the proxy's address or \
                 network{here}"
            ));
        }
        near.then(|| {
            format!(
                "a request came with {header} from an address{here} that PORTAL_TRUSTED_PROXIES does not name: if it is a proxy's, \
                 add it or its network there"
            )
        })
    }
}

/// Whether an address is of this machine or of a private network.
fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// Notes where a request comes from.
pub(crate) async fn note(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    static WARNED: AtomicBool = AtomicBool::new(false);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if let Some(peer) = peer
        && !WARNED.load(Ordering::Relaxed)
        && let Some(complaint) = proxies.complaint(peer, request.headers())
        && !WARNED.swap(true, Ordering::Relaxed)
    {
        tracing::warn!("{complaint}");
    }
    let address = peer.map(|peer| proxies.client(peer, request.headers()).to_string());
    request.extensions_mut().insert(ClientAddress(address.unwrap_or_default()));
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn proxies(text: &str) -> Proxies {
        Proxies::parse(text).unwrap()
    }

    fn headers(lines: &[(&str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    /// Behind `10.0.0.1` and whatever is in `172.16.0.0/12`.
    fn client(lines: &[(&str, &[u8])]) -> IpAddr {
        proxies("10.0.0.1, 172.16.0.0/12").client(ip("10.0.0.1"), &headers(lines))
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let forwarded = [("x-forwarded-for", b"203.0.113.9".as_slice()), ("forwarded", b"for=203.0.113.8")];
        let behind = |peer| proxies("10.0.0.1, 172.16.0.0/12").client(ip(peer), &headers(&forwarded));
        assert_eq!(behind("192.0.2.1"), ip("192.0.2.1"));
        assert_eq!(behind("172.20.0.9"), ip("203.0.113.9"));
        assert_eq!(behind("::ffff:10.0.0.1"), ip("203.0.113.9"));
        assert_eq!(Proxies::default().client(ip("::ffff:10.0.0.1"), &headers(&forwarded)), ip("10.0.0.1"));
        assert_eq!(client(&[]), ip("10.0.0.1"));
    }

    #[test]
    fn an_address_is_read_in_every_form_that_proxies_write() {
        for (written, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            (" 203.0.113.9 ", "203.0.113.9"),
            ("203.0.113.10:51234", "203.0.113.10"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
            ("\"[2001:db8::7]:443\"", "2001:db8::7"),
            ("[fe80::1%eth0]:443", "fe80::1"),
            ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
            ("198.51.100.1,,203.0.113.9:1, 172.18.0.2,", "203.0.113.9"),
            ("junk, 203.0.113.9, 172.18.0.2:99, [::ffff:172.18.0.3]:1", "203.0.113.9"),
            ("172.18.0.2, 172.18.0.3", "172.18.0.2"),
            ("203.0.113.9, unknown, 172.18.0.2", "172.18.0.2"),
            ("203.0.113.9, junk", "10.0.0.1"),
            ("203.0.113.9:", "10.0.0.1"),
            ("203.0.113.9:http", "10.0.0.1"),
            ("203.0.113.9:99999", "10.0.0.1"),
            ("[2001:db8::7", "10.0.0.1"),
            ("2001:db8::7]:1", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(client(&[("x-forwarded-for", written.as_bytes())]), ip(expected), "{written:?}");
        }
        assert_eq!(client(&[("x-forwarded-for", b"203.0.113.9\xff\xfe")]), ip("10.0.0.1"), "bytes that are no text");
        assert_eq!(client(&[("x-forwarded-for", b"\xff\xfe, 203.0.113.9")]), ip("203.0.113.9"), "the visitor's own");
    }

    #[test]
    fn header_lines_are_one_list() {
        let two = [("x-forwarded-for", b"1.1.1.1, 203.0.113.9".as_slice()), ("x-forwarded-for", b"172.18.0.2")];
        assert_eq!(client(&two), ip("203.0.113.9"));
        let spoofed = [("x-forwarded-for", b"1.1.1.1".as_slice()), ("x-forwarded-for", b"203.0.113.9")];
        assert_eq!(client(&spoofed), ip("203.0.113.9"));
    }

    #[test]
    fn the_standard_header_is_read_where_the_usual_one_is_missing() {
        for (written, expected) in [
            ("for=203.0.113.9", "203.0.113.9"),
            ("For=\"[2001:db8::1]:47011\"", "2001:db8::1"),
            ("for=\"203.0.113.9:80\";proto=https;by=172.18.0.2", "203.0.113.9"),
            ("proto=http; FOR = 203.0.113.9 ; host=\"a,b;for=1.1.1.1\"", "203.0.113.9"),
            ("for=1.1.1.1, for=\"[2001:db8::7]\", for=172.18.0.2", "2001:db8::7"),
            ("for=1.1.1.1, for=_hidden, for=172.18.0.2", "172.18.0.2"),
            ("for=1.1.1.1, for=unknown", "10.0.0.1"),
            ("for=1.1.1.1, by=172.18.0.2", "10.0.0.1"),
            ("for=\"\\2\\0\\3.0.113.9\"", "203.0.113.9"),
            // An open quotation mark of the visitor's own must not hide what a proxy has added.
            ("for=\"1.1.1.1, for=203.0.113.9", "10.0.0.1"),
            ("for=\"x, for=\"[2001:db8::7]\"", "10.0.0.1"),
        ] {
            assert_eq!(client(&[("forwarded", written.as_bytes())]), ip(expected), "{written:?}");
        }
        let lines = [("forwarded", b"for=\"1.1.1.1".as_slice()), ("forwarded", b"for=203.0.113.9")];
        assert_eq!(client(&lines), ip("203.0.113.9"), "a quotation ends with its line");
        let both = [("x-forwarded-for", b"203.0.113.9".as_slice()), ("forwarded", b"for=1.1.1.1")];
        assert_eq!(client(&both), ip("203.0.113.9"));
    }

    #[test]
    fn an_operator_hears_what_to_set() {
        let told = |proxies: &str, peer, lines: &[(&str, &[u8])]| {
            Proxies::parse(proxies).unwrap().complaint(ip(peer), &headers(lines)).unwrap_or_default()
        };
        let usual = [("x-forwarded-for", b"203.0.113.9".as_slice())];
        let near = told("", "172.18.0.2", &usual);
        assert!(near.contains("X-Forwarded-For") && near.contains("Set PORTAL_TRUSTED_PROXIES"), "{near}");
        assert!(near.contains("(172.18.0.2)"), "{near}");
        assert!(told("", "127.0.0.1", &[("forwarded", b"for=1.1.1.1")]).contains("with Forwarded,"));
        let far = told("", "203.0.113.77", &usual);
        assert!(far.contains("is not set") && !far.contains("203.0.113.77"), "{far}");
        assert!(told("10.0.0.1", "172.18.0.2", &usual).contains("does not name"));
        assert_eq!(told("10.0.0.1", "203.0.113.77", &usual), "", "a visitor's own header is nothing to tell of");
        assert_eq!(told("10.0.0.1", "10.0.0.1", &usual), "");
        assert_eq!(told("", "10.0.0.1", &[]), "");
    }

    proptest! {
        /// Whatever a visitor sends, the answer is an address; and no more than the last one no proxy has is believed.
        #[test]
        fn no_bytes_break_it(
            lines in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60)), 0..4),
            text in "[0-9a-f.:\\[\\]\",;= for%_\\\\]{0,40}",
        ) {
            let mut headers = HeaderMap::new();
            for (usual, bytes) in lines.iter().map(|(usual, bytes)| (*usual, bytes.as_slice())).chain([(true, text.as_bytes()), (false, text.as_bytes())]) {
                if let Ok(value) = HeaderValue::from_bytes(bytes) {
                    headers.append(if usual { "x-forwarded-for" } else { "forwarded" }, value);
                }
            }
            let some = proxies("10.0.0.0/8");
            let _ = some.client(ip("10.0.0.1"), &headers);
            some.complaint(ip("192.0.2.1"), &headers);
            // The proxy's own word, on the right of all that.
            headers.append("x-forwarded-for", HeaderValue::from_static("203.0.113.9:4711"));
            prop_assert_eq!(some.client(ip("10.0.0.1"), &headers), ip("203.0.113.9"));
        }

        #[test]
        fn no_text_breaks_the_setting(text in "\\PC{0,40}") {
            let _ = Proxies::parse(&text);
        }
    }
}
