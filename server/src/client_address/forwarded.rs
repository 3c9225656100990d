//! The headers by which proxies say for whom they ask: `X-Forwarded-For` and `Forwarded` (RFC 7239). Everything in them but
//! their right end may come from the visitor; nothing in them may break anything.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::HeaderMap;

const USUAL: &str = "x-forwarded-for";
const STANDARD: &str = "forwarded";

/// The one header that counts, as it is written. A proxy that writes `X-Forwarded-For` passes on whatever `Forwarded` a visitor
/// sends: that one counts only where the other is missing.
pub(super) fn header_of(headers: &HeaderMap) -> Option<&'static str> {
    if headers.contains_key(USUAL) {
        Some("X-Forwarded-For")
    } else {
        headers.contains_key(STANDARD).then_some("Forwarded")
    }
}

/// The addresses in the one header that counts, in their order; none for what is no address. Several lines are one list.
pub(super) fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let usual = headers.contains_key(USUAL);
    let lines = headers.get_all(if usual { USUAL } else { STANDARD });
    lines
        .iter()
        .flat_map(|line| {
            let parts: Vec<Option<IpAddr>> = if usual {
                let parts = line.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
                parts.filter(|part| !part.is_empty()).map(plain).collect()
            } else {
                elements(line.as_bytes())
            };
            parts
        })
        .collect()
}

/// One element of `X-Forwarded-For`.
fn plain(bytes: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(bytes).ok()?;
    node(text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text))
}

/// An address with or without a port: `203.0.113.9`, `203.0.113.9:80`, `2001:db8::7`, `[2001:db8::7]`, `[2001:db8::7]:80`.
fn node(text: &str) -> Option<IpAddr> {
    let is_port = |port: &str| port.parse::<u16>().is_ok();
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        let whole = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        return whole.then(|| six(address)).flatten();
    }
    match text.split_once(':') {
        Some((address, port)) if !port.contains(':') => {
            let address = address.parse::<Ipv4Addr>().ok()?;
            is_port(port).then_some(IpAddr::V4(address))
        }
        Some(_) => six(text),
        None => text.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// An IPv6 address; the interface it may name says nothing here.
fn six(text: &str) -> Option<IpAddr> {
    let address = text.split_once('%').map_or(text, |(address, _)| address);
    address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// The addresses of a line of `Forwarded`, one for each of its elements.
fn elements(line: &[u8]) -> Vec<Option<IpAddr>> {
    let mut found = Vec::new();
    for element in split(line, b',') {
        // What is no element is one that nobody can believe; what is left out between two commas is none at all.
        match element {
            Some(element) if element.trim_ascii().is_empty() => {}
            Some(element) => found.push(address_of(element)),
            None => found.push(None),
        }
    }
    found
}

/// The address in an element: its pair `for=…`.
fn address_of(element: &[u8]) -> Option<IpAddr> {
    for pair in split(element, b';') {
        let pair = pair?;
        let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
        let (name, value) = pair.split_at(equals);
        if name.trim_ascii().eq_ignore_ascii_case(b"for") {
            return node(&unquoted(value.get(1..)?.trim_ascii())?);
        }
    }
    None
}

/// The parts between separators that stand outside quotations; none for one whose quotation does not end.
fn split(text: &[u8], separator: u8) -> Vec<Option<&[u8]>> {
    let mut parts = Vec::new();
    let (mut begin, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if *byte == separator && !quoted => {
                parts.push(text.get(begin..at));
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(begin..).filter(|_| !quoted));
    parts
}

/// A value without its quotation marks and escapes (RFC 9110, quoted-string).
fn unquoted(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let Some(inner) = text.strip_prefix('"') else { return Some(text.to_owned()) };
    let inner = inner.strip_suffix('"')?;
    let mut plain = String::with_capacity(inner.len());
    let mut signs = inner.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => plain.push(signs.next()?),
            '"' => return None,
            _ => plain.push(sign),
        }
    }
    Some(plain)
}
