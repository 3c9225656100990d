//! Where a webhook is posted to and what goes along: the address as people paste it, name and password out of it, and headers of the
//! partner's own.

use std::fmt;

/// Maximum number of bytes of a webhook's address.
const MAX_URL: usize = 2_000;

/// A user name and a password, as HTTP's Basic scheme takes them (RFC 7617).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name; without a colon.
    pub user: String,
    /// The password; may be empty.
    pub password: String,
}

/// They are never printed.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A webhook's address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress {
    /// The address without name and password, its scheme in small letters.
    pub url: String,
    /// What stood before the host.
    pub credentials: Option<Credentials>,
}

impl WebAddress {
    /// Reads a whole address of the web. Whether it may be called is judged when it is called.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = crate::text::code(text);
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '\\');
        if text.len() > MAX_URL || text.chars().any(odd) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let scheme = ["https", "http"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (info, host) = authority.rsplit_once('@').map_or((None, authority), |(info, host)| (Some(info), host));
        if host.split(':').next().is_none_or(str::is_empty) {
            return None;
        }
        let credentials = match info {
            None | Some("") => None,
            Some(info) => {
                let (user, password) = info.split_once(':').unwrap_or((info, ""));
                let (user, password) = (decoded(user)?, decoded(password)?);
                if user.contains(':') {
                    return None;
                }
                Some(Credentials { user, password })
            }
        };
        Some(Self { url: format!("{scheme}://{host}{path}"), credentials })
    }
}

/// Scheme, host and port of an address that was read: whoever answers there may be told what was stored for it.
#[must_use]
pub fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (scheme, host) = (scheme.to_ascii_lowercase(), host.to_lowercase());
    let port = if scheme == "https" { ":443" } else { ":80" };
    format!("{scheme}://{}", host.strip_suffix(port).unwrap_or(&host))
}

/// A part of an address without its percent signs; nothing when what comes out is no text, or none that a header can hold.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                bytes.push(digit(*high)? * 16 + digit(*low)?);
                rest = after;
            }
            (b'%', _) => return None,
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

/// What stands in the form in place of a header's value, which is shown to nobody.
pub const KEPT: &str = "••••••••";

/// A header of the partner's own, as its form has it.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderChoice {
    /// Its name, as typed.
    pub name: String,
    /// Its new value; without one, what is stored stays.
    pub value: Option<String>,
}

/// The value may be a secret: it is never printed.
impl fmt::Debug for HeaderChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeaderChoice").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The most headers a partner can set.
pub const MAX_HEADERS: usize = 5;
/// Maximum number of characters of a header's name and of its value.
const MAX_NAME: usize = 100;
const MAX_VALUE: usize = 2_000;

/// Headers that belong to HTTP itself, or to what the portal sends and signs.
const TAKEN: &[&str] = &[
    "connection", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    "user-agent",
];
const TAKEN_BEGINNINGS: &[&str] = &["content-", "webhook-", "proxy-", "sec-"];

/// Reads headers, `Name: value` a line.
///
/// # Errors
/// What is wrong with the first line that is not one.
pub fn read_headers(text: &str) -> Result<Vec<HeaderChoice>, String> {
    let mut headers: Vec<HeaderChoice> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) =
            line.split_once(':').ok_or("Write each header as a name, a colon and its value, one a line.")?;
        let (name, value) = (name.trim_end(), value.trim());
        let shown: String = name.chars().take(40).collect();
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(is_token) {
            return Err(format!("“{shown}” cannot be the name of a header: use letters, digits and hyphens."));
        }
        let low = name.to_ascii_lowercase();
        if TAKEN.contains(&low.as_str()) || TAKEN_BEGINNINGS.iter().any(|beginning| low.starts_with(beginning)) {
            return Err(format!("The header “{shown}” is set by the portal itself."));
        }
        if headers.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
            return Err(format!("The header “{shown}” is there twice."));
        }
        let fits =
            !value.is_empty() && value.len() <= MAX_VALUE && value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if value != KEPT && !fits {
            return Err(format!("The value of “{shown}” has to be 1 to {MAX_VALUE} plain characters."));
        }
        headers
            .push(HeaderChoice { name: name.to_owned(), value: Some(value.to_owned()).filter(|value| value != KEPT) });
    }
    if headers.len() > MAX_HEADERS {
        return Err(format!("Use at most {MAX_HEADERS} headers."));
    }
    Ok(headers)
}

/// What a name consists of (RFC 9110, section 5.6.2).
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_taken_as_they_are_pasted() {
        let url = |text: &str| WebAddress::read(text).map(|address| address.url);
        for text in [
            "HTTPS://hooks.example.com/Leads",
            "Https://hooks.example.com/Leads\u{200B}",
            " https://hooks.example.com/Leads ",
        ] {
            assert_eq!(url(text).as_deref(), Some("https://hooks.example.com/Leads"), "{text}");
        }
        assert_eq!(
            url("http://[::1]:3131/x?token=a%20b%2Fc&x=1+2#f").as_deref(),
            Some("http://[::1]:3131/x?token=a%20b%2Fc&x=1+2#f")
        );
        let with = WebAddress::read("https://us%40er:s%3Ae:c%C3%B6@hooks.example.com:8443/in?a@b").unwrap();
        assert_eq!(with.url, "https://hooks.example.com:8443/in?a@b");
        assert_eq!(with.credentials, Some(Credentials { user: "us@er".into(), password: "s:e:cö".into() }));
        let key = WebAddress::read("https://key@hooks.example.com").unwrap();
        assert_eq!(key.credentials, Some(Credentials { user: "key".into(), password: String::new() }));
        assert_eq!(url("https://@x.example/").as_deref(), Some("https://x.example/"));
        for bad in [
            "", "hooks.example.com", "ftp://x.example", "https://", "https:///x", "https://u:p@",
            "https://u%zz:p@x.example", "https://u%0d%0a:p@x.example", "https://u%3A:p@x.example",
            "https://x .example", "javascript:alert(1)", "https://x\\y",
        ] {
            assert_eq!(WebAddress::read(bad), None, "{bad}");
        }
        assert!(!format!("{with:?}").contains("s:e"), "a password is never printed");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(origin("https://Hooks.example.com/a"), origin("https://hooks.example.com:443?b"));
        assert_ne!(origin("https://hooks.example.com/a"), origin("http://hooks.example.com/a"));
        assert_ne!(origin("https://hooks.example.com/a"), origin("https://hooks.example.com.evil.example/a"));
    }

    #[test]
    fn headers_are_read_a_line_each() {
        let read = read_headers("X-Api-Key:  a:b \r\n\nauthorization: Bearer x\nX-Old: ••••••••").unwrap();
        let read: Vec<_> = read.iter().map(|header| (header.name.as_str(), header.value.as_deref())).collect();
        assert_eq!(read, [("X-Api-Key", Some("a:b")), ("authorization", Some("Bearer x")), ("X-Old", None)]);
        for bad in [
            "no colon", ": x", "a b: x", "ä: x", "X: ", "X: a\u{7}b", "X: ä", "Host: x", "content-type: x",
            "Webhook-Id: x", "Transfer-Encoding: x", "X: 1\nx: 2", "A: 1\nB: 1\nC: 1\nD: 1\nE: 1\nF: 1",
        ] {
            assert!(read_headers(bad).is_err(), "{bad}");
        }
        assert!(read_headers(&format!("X: {}", "a".repeat(2_001))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), address in "(?i:https?)://[a-z%0-9:@/?#ä]{0,30}") {
            let _ = read_headers(&text);
            for text in [text, address] {
                if let Some(read) = WebAddress::read(&text) {
                    // Without name and password it is an address all the same, and the same one.
                    prop_assert_eq!(WebAddress::read(&read.url), Some(WebAddress { url: read.url.clone(), credentials: None }));
                }
            }
        }
    }
}
