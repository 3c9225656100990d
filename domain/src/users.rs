//! Partner users, as their colleagues and they themselves see them.

use serde::{Deserialize, Serialize};

use crate::{
    access::PartnerRole,
    email::Email,
    ids::{InvitationId, UserId},
    partners::UserStatus,
    text,
    time::LocalTime,
    validation::FieldErrors,
};

/// Which of a user's credentials one after the other are meant: every change counts it up. Whoever has checked a password says by
/// it against which one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialsVersion(pub i64);

/// A colleague.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerUser {
    /// Its id.
    pub id: UserId,
    /// Its name.
    pub name: String,
    /// The address it logs in with.
    pub email: String,
    /// What it is to the partner.
    pub role: PartnerRole,
    /// Whether it may log in.
    pub status: UserStatus,
    /// When it last logged in.
    pub last_login: Option<LocalTime>,
    /// Whether its login takes a second factor.
    pub two_factor: bool,
}

/// Somebody who was invited and has not come yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingInvitation<R = PartnerRole> {
    /// Its id.
    pub id: InvitationId,
    /// Who was invited.
    pub name: String,
    /// Where the invitation was sent.
    pub email: String,
    /// What they will be: to the partner, or among the admins.
    pub role: R,
    /// When the link ends.
    pub expires: LocalTime,
    /// Whether it has ended.
    pub expired: bool,
}

/// Whom a mailed link is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// The person's name.
    pub name: String,
    /// The address they log in with, or will.
    pub email: String,
    /// The partner's name.
    pub partner_name: String,
    /// The account's name.
    pub account_name: String,
}

/// A temporary password that was just made: shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPassword {
    /// Whose it is.
    pub email: String,
    /// The password.
    pub password: String,
}

/// The password is never printed.
impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPassword").finish_non_exhaustive()
    }
}

/// A browser in which the reader is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    /// By which it is ended: it opens nothing.
    pub key: String,
    /// The browser and the system, as far as they say it.
    pub device: String,
    /// The network address of the login.
    pub address: String,
    /// When it began.
    pub began: LocalTime,
    /// When it was last used.
    pub last_used: LocalTime,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// An invitation to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// Who is invited.
    pub name: String,
    /// Where to.
    pub email: Email,
    /// What they will be to the partner.
    pub role: PartnerRole,
}

impl NewInvitation {
    /// Maximum number of characters of a name.
    pub const MAX_NAME: usize = 100;

    /// Reads the fields of the form: `name`, `email`, `role`.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(name: &str, email: &str, role: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = text::name(name);
        if name.is_empty() || name.chars().count() > Self::MAX_NAME || name.chars().any(char::is_control) {
            errors.add("name", format!("Enter a name of at most {} characters.", Self::MAX_NAME));
        }
        let address = Email::parse_reachable(email);
        if let Err(error) = address {
            errors.add("email", error.advice());
        }
        let parsed = role.parse::<PartnerRole>();
        if parsed.is_err() {
            errors.add("role", "Choose a role.");
        }
        match (address, parsed) {
            (Ok(email), Ok(role)) if errors.is_empty() => Ok(Self { name: name.into_owned(), email, role }),
            _ => Err(errors),
        }
    }
}

/// A browser's name for itself, in words: `Firefox on Windows`. Only ever a hint: anybody can send any name.
#[must_use]
pub fn device(user_agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
    };
    // The order matters: most browsers name those they descend from, too.
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_by_what_they_say() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0";
        let safari =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1";
        assert_eq!(device(chrome), "Chrome on Linux");
        assert_eq!(device(edge), "Edge on Windows");
        assert_eq!(device(safari), "Safari on iPhone");
        assert_eq!(device(""), "Unknown browser");
    }

    #[test]
    fn an_invitation_says_what_to_correct() {
        assert!(NewInvitation::parse(" Ada ", "ada@example.com", "viewer").is_ok());
        let errors = NewInvitation::parse("", "ada", "king").unwrap_err();
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["email", "name", "role"]);
    }
}
