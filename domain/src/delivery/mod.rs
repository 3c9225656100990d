//! Where new leads are pushed to: a webhook, mailboxes, or nowhere.

mod log;
#[cfg(feature = "server")]
pub mod schedule;
mod target;

pub use log::{Attempt, Channel, Delivery, DeliveryPage, DeliveryState, LOG_ROWS};
use serde::{Deserialize, Serialize};
pub use target::{Credentials, HeaderChoice, KEPT, MAX_HEADERS, WebAddress, origin, read_headers};

use crate::{
    email::{BadEmail, Email},
    text,
    time::LocalTime,
    validation::FieldErrors,
};

text_enum! {
    /// How leads are mailed.
    EmailMode {
        /// Not at all.
        Off = "off",
        /// Each one as it comes.
        Each = "each",
        /// Once a day, at 07:00 of the account's time zone.
        Digest = "digest",
    }
}

impl EmailMode {
    /// The mode as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Off => "No emails",
            Self::Each => "One mail per lead",
            Self::Digest => "A daily digest",
        }
    }
}

text_enum! {
    /// A part of a lead that a webhook can be sent or spared. The ids and the time go always.
    LeadField {
        /// The person's name.
        Name = "name",
        /// The email address.
        Email = "email",
        /// The phone number.
        Phone = "phone",
        /// The campaign.
        Campaign = "campaign",
        /// The price at delivery, where the partner may see it.
        Price = "price",
        /// The free-form fields.
        Fields = "fields",
    }
}

impl LeadField {
    /// The part as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Email => "Email",
            Self::Phone => "Phone",
            Self::Campaign => "Campaign",
            Self::Price => "Price",
            Self::Fields => "Everything else",
        }
    }
}

text_enum! {
    /// Why a webhook was switched off by itself.
    OffReason {
        /// Its receiver answered 410: it wants no more.
        Gone = "gone",
        /// It failed for days.
        Failing = "failing",
    }
}

impl OffReason {
    /// The reason as a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Gone => "The receiver answered “410 Gone”: it wants no more leads.",
            Self::Failing => "It has not accepted a single lead for three days.",
        }
    }
}

/// How a webhook fares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookHealth {
    /// Since when it is switched off, and why.
    pub off: Option<(LocalTime, OffReason)>,
    /// Since when every attempt has failed.
    pub failing_since: Option<LocalTime>,
    /// Until when it is left alone.
    pub rests_until: Option<LocalTime>,
}

/// A partner's delivery settings, as far as people see them: the secret itself is never among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverySettings {
    /// Where leads are posted to, without name and password; empty for nowhere.
    pub webhook_url: String,
    /// Whether a name and a password are sent along.
    pub has_credentials: bool,
    /// The names of the headers that are sent along; their values are shown to nobody.
    pub headers: Vec<String>,
    /// Whether there is a signing secret.
    pub has_secret: bool,
    /// Until when the secret before this one is valid, too.
    pub previous_secret_until: Option<LocalTime>,
    /// How leads are mailed.
    pub email_mode: EmailMode,
    /// To whom.
    pub recipients: Vec<Email>,
    /// Which parts of a lead the webhook gets.
    pub fields: Vec<LeadField>,
    /// How the webhook fares.
    pub health: WebhookHealth,
}

/// What is to become of the name and password that are sent along.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CredentialsChoice {
    /// They stay, as long as the address leads to the same host.
    #[default]
    Keep,
    /// They are forgotten.
    Forget,
    /// These are sent from now on.
    Set(Credentials),
}

/// The form of the delivery settings, as typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeliveryForm<'a> {
    /// The webhook's address, maybe with a name and a password in it.
    pub webhook_url: &'a str,
    /// Not empty, if the stored name and password are to be forgotten.
    pub forget_credentials: &'a str,
    /// Headers, `Name: value` a line.
    pub headers: &'a str,
    /// How leads are mailed.
    pub email_mode: &'a str,
    /// To whom, an address a line.
    pub recipients: &'a str,
    /// The names of the parts that go to the webhook.
    pub fields: &'a [String],
}

impl<'a> DeliveryForm<'a> {
    /// What can be shown again when something has to be corrected: not what may hold a secret.
    #[must_use]
    pub fn typed(&self) -> Vec<(&'static str, &'a str)> {
        let mut typed = vec![("email_mode", self.email_mode), ("recipients", self.recipients)];
        if !self.webhook_url.contains('@') {
            typed.push(("webhook_url", self.webhook_url));
        }
        typed
    }
}

/// What a partner can set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryChoice {
    /// Where leads are posted to, without name and password; empty for nowhere.
    pub webhook_url: String,
    /// The name and password.
    pub credentials: CredentialsChoice,
    /// Headers of the partner's own.
    pub headers: Vec<HeaderChoice>,
    /// Which parts of a lead the webhook gets.
    pub fields: Vec<LeadField>,
    /// How leads are mailed.
    pub email_mode: EmailMode,
    /// To whom.
    pub recipients: Vec<Email>,
}

/// Said where a name and password and an Authorization header meet.
pub const AUTHORIZATION_TWICE: &str =
    "There is an Authorization header already: the one of the name and password. Use one of the two.";

impl DeliveryChoice {
    /// Maximum number of recipients.
    pub const MAX_RECIPIENTS: usize = 10;

    /// Reads the form.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(form: &DeliveryForm<'_>) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let chosen = |field: &LeadField| form.fields.iter().any(|name| name == field.as_str());
        let fields: Vec<LeadField> = LeadField::ALL.iter().copied().filter(chosen).collect();
        let (mut webhook_url, mut credentials) = (String::new(), CredentialsChoice::Keep);
        if !form.forget_credentials.is_empty() {
            credentials = CredentialsChoice::Forget;
        }
        if !text::code(form.webhook_url).is_empty() {
            match WebAddress::read(form.webhook_url) {
                Some(address) => {
                    webhook_url = address.url;
                    credentials = address.credentials.map_or(credentials, CredentialsChoice::Set);
                }
                None => errors.add("webhook_url", "Enter a whole address such as https://crm.example.com/leads."),
            }
        }
        let headers = read_headers(form.headers).unwrap_or_else(|message| {
            errors.add("headers", message);
            Vec::new()
        });
        let authorizes = headers.iter().any(|header| header.name.eq_ignore_ascii_case("authorization"));
        if authorizes && matches!(credentials, CredentialsChoice::Set(_)) {
            errors.add("headers", AUTHORIZATION_TWICE);
        }
        let mode = form.email_mode.parse::<EmailMode>();
        if mode.is_err() {
            errors.add("email_mode", "Choose when mails are sent.");
        }
        let lines = form.recipients.split(['\n', ',', ';']).map(text::code).filter(|line| !line.is_empty());
        let mut addresses: Vec<Email> = Vec::new();
        for line in lines {
            match Email::parse_reachable(&line) {
                Ok(email) if addresses.iter().any(|known| known.key() == email.key()) => {}
                Ok(email) => addresses.push(email),
                Err(error) => {
                    let shown: String = line.chars().take(60).collect();
                    let why = match error {
                        BadEmail::Form => "is not an address such as name@example.com.".to_owned(),
                        BadEmail::LocalPart => format!("cannot be written to. {}", error.advice()),
                    };
                    errors.add("recipients", format!("“{shown}” {why}"));
                }
            }
        }
        if addresses.len() > Self::MAX_RECIPIENTS {
            errors.add("recipients", format!("Use at most {} addresses.", Self::MAX_RECIPIENTS));
        }
        if addresses.is_empty() && matches!(mode, Ok(EmailMode::Each | EmailMode::Digest)) {
            errors.add("recipients", "Enter at least one recipient.");
        }
        match mode {
            Ok(email_mode) if errors.is_empty() => {
                Ok(Self { webhook_url, credentials, headers, fields, email_mode, recipients: addresses })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(webhook_url: &str, email_mode: &str, recipients: &str) -> Result<DeliveryChoice, FieldErrors> {
        DeliveryChoice::parse(&DeliveryForm { webhook_url, email_mode, recipients, ..DeliveryForm::default() })
    }

    #[test]
    fn a_choice_says_what_to_correct() {
        let fine = parse(" https://crm.example.com/leads?x=1 ", "each", "a@b.de\r\nA@B.de, c@d.ee").unwrap();
        assert_eq!((fine.webhook_url.as_str(), fine.recipients.len()), ("https://crm.example.com/leads?x=1", 2));
        assert!(parse("", "off", "").is_ok());
        for bad in ["crm.example.com", "ftp://x.example", "https://", "https://x .example", "javascript:alert(1)"] {
            assert!(parse(bad, "off", "").unwrap_err().get("webhook_url").is_some(), "{bad}");
        }
        assert!(parse("", "each", "").unwrap_err().get("recipients").is_some());
        assert!(parse("", "off", "nobody").unwrap_err().get("recipients").is_some());
        let said = parse("", "off", "jörg@example.com").unwrap_err();
        let said = said.get("recipients").unwrap_or_default();
        assert!(said.contains("jörg@example.com") && said.contains("Before the @"), "{said}");
        let pasted = parse("", "each", "desk@example.com\u{200B}\n\u{FEFF}").unwrap();
        assert_eq!(pasted.recipients[0].as_str(), "desk@example.com");
        assert!(parse("", "now", "").unwrap_err().get("email_mode").is_some());
        let many = (0..11).map(|n| format!("a{n}@b.de\n")).collect::<String>();
        assert!(parse("", "each", &many).unwrap_err().get("recipients").is_some());
    }

    #[test]
    fn what_is_sent_along_is_set_kept_or_forgotten() {
        let form = DeliveryForm {
            webhook_url: "HTTPS://ada:x@crm.example.com/",
            email_mode: "off",
            ..DeliveryForm::default()
        };
        let choice = DeliveryChoice::parse(&form).unwrap();
        let ada = Credentials { user: "ada".into(), password: "x".into() };
        assert_eq!(
            (choice.webhook_url.as_str(), choice.credentials),
            ("https://crm.example.com/", CredentialsChoice::Set(ada))
        );
        assert!(form.typed().iter().all(|(field, _)| *field != "webhook_url"), "a password is not shown again");
        let twice = DeliveryForm { headers: "Authorization: Bearer x", ..form };
        assert!(DeliveryChoice::parse(&twice).unwrap_err().get("headers").is_some());
        let plain = DeliveryForm { webhook_url: "https://crm.example.com/", ..form };
        assert_eq!(DeliveryChoice::parse(&plain).unwrap().credentials, CredentialsChoice::Keep);
        let forget = DeliveryForm { forget_credentials: "yes", ..plain };
        assert_eq!(DeliveryChoice::parse(&forget).unwrap().credentials, CredentialsChoice::Forget);
    }
}
