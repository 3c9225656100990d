//! Email addresses, as far as a portal needs to judge them.

use serde::{Deserialize, Serialize};

use crate::text;

/// An address that has the form of one. Whether mail arrives only mail can tell.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

/// Not an email address, or none that we can write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEmail {
    /// It has not the form of one.
    #[error("an email address has the form name@example.com")]
    Form,
    /// Before the @ it has letters that only few mail servers take (SMTPUTF8, RFC 6531).
    #[error("an email address has plain letters before the @")]
    LocalPart,
}

impl BadEmail {
    /// What to type instead.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Form => "Enter an address such as name@example.com.",
            Self::LocalPart => {
                "Before the @, use letters from a to z without accents, digits and signs: many mail servers deliver to nothing else."
            }
        }
    }
}

impl Email {
    /// The longest address SMTP can carry (RFC 5321, erratum 1690), in bytes.
    pub const MAX_LENGTH: usize = 254;

    /// Reads an address; surrounding white space and what nobody sees in it are dropped.
    ///
    /// # Errors
    /// [`BadEmail::Form`] when it has not the form `local@domain`, is too long, or holds white space or control characters.
    pub fn parse(text: &str) -> Result<Self, BadEmail> {
        let text = text::code(text);
        let (local, host) = text.rsplit_once('@').ok_or(BadEmail::Form)?;
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
        if fine { Ok(Self(text.into_owned())) } else { Err(BadEmail::Form) }
    }

    /// Reads an address that mails will go to: of a login or a recipient. A host may have any letters, for every host has an
    /// ASCII form as well; what stands before the @ has none.
    ///
    /// # Errors
    /// The same as [`Email::parse`], and [`BadEmail::LocalPart`].
    pub fn parse_reachable(text: &str) -> Result<Self, BadEmail> {
        let email = Self::parse(text)?;
        match email.0.rsplit_once('@') {
            Some((local, _)) if local.is_ascii() => Ok(email),
            _ => Err(BadEmail::LocalPart),
        }
    }

    /// The address as typed, without what nobody sees.
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
        for pasted in ["ada@mail.example\u{200B}", "\u{FEFF}ada@ma\u{AD}il.example", "ada@mail\u{200D}.example\u{A0}"] {
            assert_eq!(Email::parse(pasted).unwrap().as_str(), "ada@mail.example");
        }
        assert!(Email::parse("\u{200B}@example.com").is_err());
        assert_eq!(Email::parse_reachable("jörg@example.com"), Err(BadEmail::LocalPart));
        assert!(Email::parse_reachable("joerg@müller.example").is_ok());
        assert_eq!(Email::parse("Ada@Example.COM").unwrap().key(), "ada@example.com");
    }
}
