//! Email addresses, as far as a portal needs to judge them.

use serde::{Deserialize, Serialize};

/// An address that has the form of one. Whether mail arrives only mail can tell.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

/// Not an email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an email address has the form name@example.com")]
pub struct BadEmail;

impl Email {
    /// The longest address SMTP can carry (RFC 5321, erratum 1690), in bytes.
    pub const MAX_LENGTH: usize = 254;

    /// Reads an address; surrounding white space is dropped.
    ///
    /// # Errors
    /// When it has not the form `local@domain`, is too long, or holds white space or control characters.
    pub fn parse(text: &str) -> Result<Self, BadEmail> {
        let text = text.trim();
        let (local, host) = text.rsplit_once('@').ok_or(BadEmail)?;
        let fine = text.len() <= Self::MAX_LENGTH
            && !local.is_empty()
            && local.len() <= 64
            && !local.contains('@')
            && !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',' | ';'))
            && host.contains('.')
            && host.split('.').all(|label| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|c| c.is_alphanumeric() || c == '-' || !c.is_ascii())
            });
        if fine { Ok(Self(text.to_owned())) } else { Err(BadEmail) }
    }

    /// The address as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which addresses are compared: lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in
            ["ada@example.com", " Grace.Hopper+navy@mail.example.co.uk ", "jörg@müller.example", "o'neil@a-b.ie"]
        {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "", "ada", "ada@", "@example.com", "ada@localhost", "a b@example.com", "ada@ex..com", "a@-x.com",
            "a@b@c.de",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Email::parse("Ada@Example.COM").unwrap().key(), "ada@example.com");
    }
}
