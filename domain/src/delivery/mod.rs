//! Where new leads are pushed to: a webhook, mailboxes, or nowhere.

mod log;
#[cfg(feature = "server")]
pub mod schedule;

pub use log::{Attempt, Channel, Delivery, DeliveryPage, DeliveryState, LOG_ROWS};
use serde::{Deserialize, Serialize};

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
    /// Where leads are posted to; empty for nowhere.
    pub webhook_url: String,
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

/// What a partner can set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryChoice {
    /// Where leads are posted to; empty for nowhere.
    pub webhook_url: String,
    /// Which parts of a lead the webhook gets.
    pub fields: Vec<LeadField>,
    /// How leads are mailed.
    pub email_mode: EmailMode,
    /// To whom.
    pub recipients: Vec<Email>,
}

impl DeliveryChoice {
    /// Maximum number of recipients.
    pub const MAX_RECIPIENTS: usize = 10;
    /// Maximum number of characters of a webhook's address.
    pub const MAX_URL: usize = 2_000;

    /// Reads the fields of the form: `webhook_url`, `email_mode`, `recipients`, an address a line, and the names of the
    /// parts that go to the webhook.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(
        webhook_url: &str,
        email_mode: &str,
        recipients: &str,
        fields: &[String],
    ) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let chosen = |field: &LeadField| fields.iter().any(|name| name == field.as_str());
        let fields: Vec<LeadField> = LeadField::ALL.iter().copied().filter(chosen).collect();
        let webhook_url = webhook_url.trim();
        if !webhook_url.is_empty() && !is_web_address(webhook_url) {
            errors.add(
                "webhook_url",
                "Enter a whole address such as https://crm.example.com/leads, without a name or password in it.",
            );
        }
        let mode = email_mode.parse::<EmailMode>();
        if mode.is_err() {
            errors.add("email_mode", "Choose when mails are sent.");
        }
        let lines = recipients.split(['\n', ',', ';']).map(text::code).filter(|line| !line.is_empty());
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
                Ok(Self { webhook_url: webhook_url.to_owned(), fields, email_mode, recipients: addresses })
            }
            _ => Err(errors),
        }
    }
}

/// Whether a text is an address of the web with a host and without credentials. Whether it may be called is judged when
/// it is called.
fn is_web_address(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    text.len() <= DeliveryChoice::MAX_URL
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '\\'))
        && !authority.contains('@')
        && authority.split(':').next().is_some_and(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_says_what_to_correct() {
        let fine =
            DeliveryChoice::parse(" https://crm.example.com/leads?x=1 ", "each", "a@b.de\r\nA@B.de, c@d.ee", &[])
                .unwrap();
        assert_eq!((fine.webhook_url.as_str(), fine.recipients.len()), ("https://crm.example.com/leads?x=1", 2));
        assert!(DeliveryChoice::parse("", "off", "", &[]).is_ok());
        for bad in [
            "crm.example.com", "ftp://x.example", "https://", "https://a:b@x.example", "https://x .example",
            "javascript:alert(1)",
        ] {
            assert!(DeliveryChoice::parse(bad, "off", "", &[]).unwrap_err().get("webhook_url").is_some(), "{bad}");
        }
        assert!(DeliveryChoice::parse("", "each", "", &[]).unwrap_err().get("recipients").is_some());
        assert!(DeliveryChoice::parse("", "off", "nobody", &[]).unwrap_err().get("recipients").is_some());
        let said = DeliveryChoice::parse("", "off", "jörg@example.com", &[]).unwrap_err();
        assert!(
            said.get("recipients")
                .is_some_and(|message| message.contains("jörg@example.com") && message.contains("before the @")
                    || message.contains("Before the @"))
        );
        let pasted = DeliveryChoice::parse("", "each", "desk@example.com\u{200B}\n\u{FEFF}", &[]).unwrap();
        assert_eq!(pasted.recipients[0].as_str(), "desk@example.com");
        assert!(DeliveryChoice::parse("", "now", "", &[]).unwrap_err().get("email_mode").is_some());
        let many = (0..11).map(|n| format!("a{n}@b.de\n")).collect::<String>();
        assert!(DeliveryChoice::parse("", "each", &many, &[]).unwrap_err().get("recipients").is_some());
    }
}
