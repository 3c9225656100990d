//! The account's settings, as its admins change them.

use serde::{Deserialize, Serialize};

use crate::{access::Permissions, email::Email, partners::read_payment_terms, validation::FieldErrors, welcome};
#[cfg(feature = "server")]
use crate::{color::Color, money::Currency};

/// The name, times and currency of an account, as its form holds them: all of it text, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountForm {
    /// The name partners see.
    pub name: String,
    /// The short name in addresses: `acme` in `acme.portal.example` and in `?account=acme`.
    pub slug: String,
    /// Whom partners can ask: a sentence, an address or a phone number.
    pub support_contact: String,
    /// An IANA time zone: where the account's days begin.
    pub time_zone: String,
    /// An ISO 4217 code: what new prices and invoices are in.
    pub currency: String,
}

impl AccountForm {
    /// The fields by the names of the form's inputs.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 5] {
        [
            ("name", &self.name),
            ("slug", &self.slug),
            ("support_contact", &self.support_contact),
            ("time_zone", &self.time_zone),
            ("currency", &self.currency),
        ]
    }
}

/// The same, read and judged.
#[cfg(feature = "server")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountBasics {
    /// The name partners see.
    pub name: String,
    /// The short name in addresses, a label of a host name (RFC 1123).
    pub slug: String,
    /// Whom partners can ask.
    pub support_contact: String,
    /// Where the account's days begin.
    pub zone: crate::zone::Zone,
    /// What new prices and invoices are in.
    pub currency: Currency,
}

fn one_line(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.chars().any(char::is_control)
}

/// Whether a text can be an account's short name: a label of a host name (RFC 1123), in lower case.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// What stands before the portal's own host name, if it can be an account's short name.
#[must_use]
pub fn account_of_host<'a>(host: &'a str, public_url: &str) -> Option<&'a str> {
    let own = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    host.strip_suffix(own)?.strip_suffix('.').filter(|slug| is_slug(slug))
}

/// Names that hosts beside the portal usually have, or that a visitor would take for the portal itself.
#[cfg(feature = "server")]
const RESERVED: [&str; 48] = [
    "about", "abuse", "account", "accounts", "admin", "administrator", "api", "app", "assets", "auth", "autoconfig",
    "autodiscover", "billing", "blog", "brand", "cdn", "docs", "ftp", "help", "imap", "info", "localhost", "login",
    "mail", "mta-sts", "news", "ns", "ns1", "ns2", "partner", "partners", "pkg", "pop", "portal", "postmaster",
    "proxy", "root", "security", "smtp", "sso", "static", "status", "support", "system", "test", "webmail", "wpad",
    "www",
];

/// Whether a short name is kept free: as a subdomain it would stand for something else than an account. Accounts that have it
/// already keep it.
#[cfg(feature = "server")]
#[must_use]
pub fn is_reserved_slug(text: &str) -> bool {
    RESERVED.binary_search(&text).is_ok()
}

/// What to say of such a name.
#[cfg(feature = "server")]
pub const RESERVED_SLUG: &str = "This short name is reserved: choose another, such as your company’s name.";

#[cfg(feature = "server")]
impl AccountBasics {
    /// Reads a form.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(form: &AccountForm) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = form.name.trim();
        if name.is_empty() || !one_line(name, 100) {
            errors.add("name", "Enter a name of at most 100 characters.");
        }
        let slug = form.slug.trim().to_lowercase();
        if !is_slug(&slug) {
            errors.add("slug", "Use 1 to 40 letters a to z, digits and hyphens, such as acme-leads.");
        }
        let support_contact = form.support_contact.trim();
        if support_contact.is_empty() || !one_line(support_contact, 200) {
            errors.add("support_contact", "Enter a support contact on one line of at most 200 characters.");
        }
        let zone = form.time_zone.trim().parse::<crate::zone::Zone>();
        if zone.is_err() {
            errors.add("time_zone", "Choose a time zone of the list, such as Europe/Berlin.");
        }
        let currency = form.currency.trim().to_uppercase().parse::<Currency>();
        if currency.is_err() {
            errors.add("currency", "Enter a currency's code of three letters, such as EUR.");
        }
        match (zone, currency) {
            (Ok(zone), Ok(currency)) if errors.is_empty() => {
                Ok(Self { name: name.to_owned(), slug, support_contact: support_contact.to_owned(), zone, currency })
            }
            _ => Err(errors.keeping(form.fields())),
        }
    }
}

/// Reads the accent colour, `#rrggbb`: what white text can be read on (WCAG 2.2, 4.5 : 1), for buttons are written on in white.
///
/// # Errors
/// What to choose instead, with a colour near by that would do.
#[cfg(feature = "server")]
pub fn read_accent(text: &str) -> Result<Color, FieldErrors> {
    let refused = |message: String| FieldErrors::one("accent", message).keeping([("accent", text)]);
    let color: Color = text.trim().parse().map_err(|_| refused("Choose a colour such as #2454c6.".to_owned()))?;
    if color.contrast(Color::WHITE) >= crate::color::READABLE {
        return Ok(color);
    }
    let better = color.readable_on(Color::WHITE, Color([0; 3]));
    let ratio = color.contrast(Color::WHITE);
    Err(refused(format!(
        "White text on this colour is hard to read (contrast {ratio:.1} : 1, at least 4.5 is needed). Try {better}."
    )))
}

/// What stands on the account's invoices, as its form holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InvoicingForm {
    /// The legal name; empty for the account's name.
    pub legal_name: String,
    /// The postal address, a line each.
    pub address: String,
    /// The VAT identification number; may be empty.
    pub vat_id: String,
    /// How to pay, a line each.
    pub payment_details: String,
    /// Days from the issue of an invoice to its due day.
    pub payment_terms: String,
}

impl InvoicingForm {
    /// The fields by the names of the form's inputs.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 5] {
        [
            ("legal_name", &self.legal_name),
            ("address", &self.address),
            ("vat_id", &self.vat_id),
            ("payment_details", &self.payment_details),
            ("payment_terms", &self.payment_terms),
        ]
    }

    /// Trims and judges the fields; answers them with the days to pay.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn checked(&self) -> Result<(Self, u16), FieldErrors> {
        let mut errors = FieldErrors::default();
        let lines = |text: &str| {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect::<Vec<_>>()
        };
        let (address, payment_details) = (lines(&self.address), lines(&self.payment_details));
        for (field, found) in [("address", &address), ("payment_details", &payment_details)] {
            if found.len() > 8 || found.iter().any(|line| !one_line(line, 100)) {
                errors.add(field, "Use at most 8 lines of at most 100 characters.");
            }
        }
        for (field, text) in [("legal_name", &self.legal_name), ("vat_id", &self.vat_id)] {
            if !one_line(text.trim(), 100) {
                errors.add(field, "Use at most 100 characters on one line.");
            }
        }
        let terms = read_payment_terms(&self.payment_terms);
        if let Err(message) = &terms {
            errors.add("payment_terms", message);
        }
        match terms {
            Ok(days) if errors.is_empty() => Ok((
                Self {
                    legal_name: self.legal_name.trim().to_owned(),
                    address: address.join("\n"),
                    vat_id: self.vat_id.trim().to_owned(),
                    payment_details: payment_details.join("\n"),
                    payment_terms: days.to_string(),
                },
                days,
            )),
            _ => Err(errors.keeping(self.fields())),
        }
    }
}

/// The mail that invites a partner's users, as its form holds it. Empty fields stand for the built-in text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WelcomeForm {
    /// The subject.
    pub subject: String,
    /// The text, paragraphs separated by empty lines.
    pub text: String,
}

impl WelcomeForm {
    /// The fields by the names of the form's inputs.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 2] {
        [("subject", &self.subject), ("text", &self.text)]
    }

    /// Trims and judges the fields.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn checked(&self) -> Result<Self, FieldErrors> {
        let form =
            Self { subject: self.subject.trim().to_owned(), text: self.text.replace("\r\n", "\n").trim().to_owned() };
        let mut errors = FieldErrors::default();
        if !one_line(&form.subject, 150) {
            errors.add("subject", "Use at most 150 characters on one line.");
        }
        if form.text.chars().count() > 5_000 || form.text.contains('\0') {
            errors.add("text", "Use at most 5,000 characters.");
        }
        for (field, text) in [("subject", &form.subject), ("text", &form.text)] {
            if let Some(unknown) = welcome::unknown_placeholder(text) {
                errors.add(field, format!("“{{{unknown}}}” is not one of the placeholders listed below."));
            }
        }
        if !form.text.is_empty() && !form.text.contains("{link}") {
            errors
                .add("text", "Put {link} where the link to set the password should be: without it nobody can log in.");
        }
        let typed = [("subject", self.subject.as_str()), ("text", self.text.as_str())];
        if errors.is_empty() { Ok(form) } else { Err(errors.keeping(typed)) }
    }
}

/// All of an account's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSettings {
    /// Name, times, currency.
    pub account: AccountForm,
    /// The accent colour, as `#rrggbb`.
    pub accent: String,
    /// Whether its partners may log in at all.
    pub portal_enabled: bool,
    /// What its partners may do unless overridden.
    pub default_permissions: Permissions,
    /// What stands on its invoices.
    pub invoicing: InvoicingForm,
    /// The mail that invites a partner's users.
    pub welcome: WelcomeForm,
    /// After how many months audit events are purged.
    pub audit_retention: Option<u16>,
    /// Whether the owners get the number and the hash of the log's last event by mail every day.
    pub audit_head_mails: bool,
    /// The logo.
    pub logo: Option<crate::logo::LogoHash>,
}

/// For how many months the audit log can be kept, beside for ever.
pub const RETENTION_MONTHS: [u16; 5] = [6, 12, 24, 36, 120];

/// Reads a choice of [`RETENTION_MONTHS`]; empty for never.
///
/// # Errors
/// When it is none of them.
pub fn read_retention(text: &str) -> Result<Option<u16>, FieldErrors> {
    match text {
        "" => Ok(None),
        months => match months.parse::<u16>() {
            Ok(months) if RETENTION_MONTHS.contains(&months) => Ok(Some(months)),
            _ => Err(FieldErrors::one("months", "Choose for how long events are kept.")),
        },
    }
}

/// Reads an address to send something to for a try.
///
/// # Errors
/// What to type instead.
pub fn read_test_address(text: &str) -> Result<Email, FieldErrors> {
    Email::parse_reachable(text).map_err(|error| FieldErrors::one("to", error.advice()).keeping([("to", text)]))
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;

    fn form() -> AccountForm {
        AccountForm {
            name: " Acme ".into(),
            slug: "Acme-Leads".into(),
            support_contact: "help@acme.example".into(),
            time_zone: "Europe/Berlin".into(),
            currency: "eur".into(),
        }
    }

    #[test]
    fn an_account_says_what_to_correct() {
        let fine = AccountBasics::parse(&form()).unwrap();
        assert_eq!((fine.name.as_str(), fine.slug.as_str(), fine.currency), ("Acme", "acme-leads", Currency::EUR));
        let wrong = AccountForm { slug: "-x".into(), time_zone: "x".into(), ..AccountForm::default() };
        let errors = AccountBasics::parse(&wrong).unwrap_err();
        let named: Vec<_> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(named, ["currency", "name", "slug", "support_contact", "time_zone"]);
    }

    #[test]
    fn white_can_be_read_on_the_accent_colour() {
        assert_eq!(read_accent(" #2454c6 ").unwrap(), Color([0x24, 0x54, 0xc6]));
        let advice = |text: &str| read_accent(text).unwrap_err().get("accent").unwrap().to_owned();
        assert!(advice("red").contains("such as #2454c6"));
        let pale = advice("#ffee00");
        let better = pale.rsplit("Try ").next().unwrap().trim_end_matches('.');
        assert!(pale.contains("hard to read") && read_accent(better).is_ok(), "{pale}");
    }

    #[test]
    fn slugs_are_labels_of_host_names() {
        assert!(["a", "acme", "acme-2"].into_iter().all(is_slug));
        assert!(RESERVED.is_sorted() && RESERVED.into_iter().all(|name| is_slug(name) && is_reserved_slug(name)));
        assert!(!is_reserved_slug("acme") && !is_reserved_slug("admins-r-us") && !is_reserved_slug(""));
        assert!(!["", "-a", "a-", "a.b", "A", "a_b", "ä", &"a".repeat(41)].into_iter().any(is_slug));
    }

    #[test]
    fn a_welcome_without_its_link_is_refused() {
        let form = |text: &str| WelcomeForm { subject: "Hi {name}".into(), text: text.into() }.checked();
        assert!(form("").is_ok() && form("Go to {link}").is_ok());
        assert!(form("Hello").unwrap_err().get("text").unwrap().contains("{link}"));
        assert!(form("{link} {nmae}").unwrap_err().get("text").unwrap().contains("{nmae}"));
    }

    #[test]
    fn a_subdomain_names_an_account() {
        assert_eq!(account_of_host("acme.portal.example", "https://portal.example"), Some("acme"));
        assert_eq!(account_of_host("acme.localhost:3000", "http://localhost:3000"), Some("acme"));
        for other in
            ["portal.example", "a.b.portal.example", ".portal.example", "acmeportal.example", "evil.example", ""]
        {
            assert_eq!(account_of_host(other, "https://portal.example"), None, "{other}");
        }
    }
}
