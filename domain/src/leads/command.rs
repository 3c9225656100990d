//! A lead that is to be stored, as it was sent: typed, not checked yet. Rows of files and the API's JSON both become one, and one
//! rule says what is wrong with it.

use chrono::{DateTime, TimeDelta, Utc};

use super::NewLead;
use crate::{
    email::Email,
    money::{Currency, Price},
    text,
    zone::Zone,
};

/// What a lead does not say itself.
#[derive(Debug, Clone, Copy)]
pub struct Defaults {
    /// The zone of times without an offset.
    pub zone: Zone,
    /// The currency of prices without one.
    pub currency: Currency,
    /// The delivery time of leads without one, and the latest believable one.
    pub now: DateTime<Utc>,
}

/// A part of a lead, in the order in which faults are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeadPart {
    /// The CRM's own id.
    ExternalId,
    /// The person's name.
    Name,
    /// The email address.
    Email,
    /// The phone number.
    Phone,
    /// The campaign.
    Campaign,
    /// When it was delivered.
    DeliveredAt,
    /// The free-form field at this place.
    Field(usize),
    /// The price's currency.
    Currency,
    /// The price.
    Price,
    /// The whole of it.
    Whole,
}

/// Something that is wrong with a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadFault {
    /// With which part.
    pub part: LeadPart,
    /// What, and what would be right.
    pub message: String,
}

/// A lead as it was sent. Empty texts stand for what was not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadCommand {
    /// The CRM's own id.
    pub external_id: String,
    /// The person's name.
    pub name: String,
    /// An email address.
    pub email: String,
    /// A phone number.
    pub phone: String,
    /// The campaign.
    pub campaign: String,
    /// Free-form fields in their order; those without a value are not kept.
    pub fields: Vec<(String, String)>,
    /// The price: a decimal number.
    pub price: String,
    /// The price's currency.
    pub currency: Option<Currency>,
    /// When it was delivered.
    pub delivered_at: Option<DateTime<Utc>>,
}

impl LeadCommand {
    /// Maximum number of characters of a name.
    pub const MAX_NAME: usize = 200;
    /// Maximum number of characters of a phone number.
    pub const MAX_PHONE: usize = 40;
    /// Maximum number of characters of a campaign, an external id, a price.
    pub const MAX_LABEL: usize = 120;
    /// Maximum number of characters of a free-form field.
    pub const MAX_FIELD: usize = 4_000;

    /// Maximum number of characters of a part.
    #[must_use]
    pub const fn limit(part: LeadPart) -> usize {
        match part {
            LeadPart::Name => Self::MAX_NAME,
            LeadPart::Email => Email::MAX_LENGTH,
            LeadPart::Phone => Self::MAX_PHONE,
            LeadPart::Field(_) => Self::MAX_FIELD,
            LeadPart::ExternalId
            | LeadPart::Campaign
            | LeadPart::DeliveredAt
            | LeadPart::Currency
            | LeadPart::Price
            | LeadPart::Whole => Self::MAX_LABEL,
        }
    }

    /// Trims the texts and checks them. An email address or a phone number that cannot be used is kept as a field where the
    /// other one can be: whoever paid for the lead can still reach it.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first thing.
    pub fn check(self, defaults: &Defaults) -> Result<CheckedLead, Vec<LeadFault>> {
        let mut faults = Vec::new();
        let mut fault = |part, message: String| faults.push(LeadFault { part, message });
        let mut text = |part, text: &str| {
            checked(part, text).unwrap_or_else(|message| {
                fault(part, message);
                String::new()
            })
        };
        let external_id = text(LeadPart::ExternalId, &self.external_id);
        let name = text(LeadPart::Name, &self.name);
        let campaign = text(LeadPart::Campaign, &self.campaign);
        let amount = text(LeadPart::Price, &self.price);
        let fields = self.fields.into_iter().enumerate();
        let fields = fields.map(|(index, (name, value))| (name, text(LeadPart::Field(index), &value)));
        let mut fields: Vec<_> = fields.filter(|(_, value)| !value.is_empty()).collect();
        let (email, phone) = (read_email(&self.email), read_phone(&self.phone));
        let mut warnings = Vec::new();
        // What cannot be used is no reason to lose the lead where it can be reached the other way.
        let reachable = [&email, &phone].into_iter().any(|read| matches!(read, Read::Good(_) | Read::Several(_)));
        let mut contact = |part, read: Read, sent: &str| match read {
            Read::Nothing => String::new(),
            Read::Good(value) => value,
            Read::Several(value) => {
                let message = "holds more than one: the first is used, all are kept as a field".to_owned();
                warnings.push(LeadFault { part, message });
                fields.push((unusable(part).0.to_owned(), sent.trim().to_owned()));
                value
            }
            Read::Bad(message) if reachable && checked(LeadPart::Field(0), sent).is_ok() => {
                warnings.push(LeadFault { part, message: format!("{message}; kept as a field") });
                fields.push((unusable(part).1.to_owned(), sent.trim().to_owned()));
                String::new()
            }
            Read::Bad(message) => {
                fault(part, message);
                String::new()
            }
        };
        let email = contact(LeadPart::Email, email, &self.email);
        let phone = contact(LeadPart::Phone, phone, &self.phone);
        let earliest = DateTime::from_timestamp(946_684_800, 0).unwrap_or_default();
        if self.delivered_at.is_some_and(|at| at < earliest || at > defaults.now + TimeDelta::days(1)) {
            fault(LeadPart::DeliveredAt, "is before the year 2000 or in the future".to_owned());
        }
        let price = match Price::parse(&amount, self.currency.unwrap_or(defaults.currency)) {
            _ if amount.is_empty() => None,
            Ok(price) => Some(price),
            Err(error) => {
                fault(LeadPart::Price, error.to_string());
                None
            }
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        if name.is_empty() && email.is_empty() && phone.is_empty() {
            let message = "has no contact: name, email and phone are all empty".to_owned();
            return Err(vec![LeadFault { part: LeadPart::Whole, message }]);
        }
        let delivered_at = self.delivered_at.map_or(defaults.now, crate::clock::to_micros);
        let lead = NewLead { external_id, name, email, phone, campaign, fields, price, delivered_at };
        Ok(CheckedLead { lead, warnings })
    }
}

/// A lead that can be stored.
#[derive(Debug, Clone)]
pub struct CheckedLead {
    /// It.
    pub lead: NewLead,
    /// What could not be used as what it was sent for, and is kept as a field.
    pub warnings: Vec<LeadFault>,
}

/// What a contact's text was read as.
enum Read {
    /// It is empty.
    Nothing,
    /// The one that is in it.
    Good(String),
    /// The first of those that are in it.
    Several(String),
    /// What is wrong with it.
    Bad(String),
}

/// The names of the fields that keep a text with several addresses or numbers, and one with none.
const fn unusable(part: LeadPart) -> (&'static str, &'static str) {
    match part {
        LeadPart::Email => ("Email (all)", "Email (not usable as email)"),
        _ => ("Phone (all)", "Phone (not usable as phone)"),
    }
}

/// Reads `ada@mail.example`, `Ada <ada@mail.example>`, `mailto:ada@mail.example`, or the first of several.
fn read_email(sent: &str) -> Read {
    let sent = match checked(LeadPart::Field(0), sent) {
        Ok(sent) if sent.is_empty() => return Read::Nothing,
        Ok(sent) => sent,
        Err(message) => return Read::Bad(message),
    };
    let one = |text: &str| {
        let text = text.trim();
        let text = text.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).unwrap_or(text);
        let scheme = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
        let text = scheme.map_or(text, |_| text[7..].split('?').next().unwrap_or_default());
        Email::parse(text).map(|email| email.as_str().to_owned())
    };
    match one(&sent) {
        Ok(email) => Read::Good(email),
        Err(error) => match sent.split([';', ',', '/', '|', ' ', '\n']).find_map(|part| one(part).ok()) {
            Some(first) => Read::Several(first),
            None => Read::Bad(error.to_string()),
        },
    }
}

/// Reads a phone number as it is, without what other systems put before it.
fn read_phone(sent: &str) -> Read {
    let sent = text::code(sent);
    let bare = sent.trim();
    let prefixes = ["p:", "tel:", "phone:", "callto:"];
    let bare = prefixes
        .into_iter()
        .find_map(|prefix| {
            bare.get(..prefix.len()).filter(|begin| begin.eq_ignore_ascii_case(prefix)).map(|_| &bare[prefix.len()..])
        })
        .unwrap_or(bare);
    match checked(LeadPart::Phone, bare) {
        Ok(phone) if phone.is_empty() => Read::Nothing,
        Ok(phone) if is_shortened(&phone) => Read::Bad(SHORTENED.to_owned()),
        Ok(phone) if phone.chars().any(char::is_numeric) => Read::Good(phone),
        Ok(_) => Read::Bad("a phone number has digits".to_owned()),
        Err(message) => Read::Bad(message),
    }
}

pub(crate) const SHORTENED: &str =
    "a spreadsheet has shortened this number and lost its last digits: format the column as text in the original file";

/// Whether a spreadsheet has made of a long number what it shows of it: `2.38459E+16`.
pub(crate) fn is_shortened(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else { return false };
    let exponent = exponent.strip_prefix('+').unwrap_or_default();
    !exponent.is_empty()
        && exponent.len() <= 3
        && exponent.bytes().all(|byte| byte.is_ascii_digit())
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
}

/// A part's text without surrounding white space, if it may be one.
fn checked(part: LeadPart, text: &str) -> Result<String, String> {
    let limit = LeadCommand::limit(part);
    // What nobody sees is no part of a name, and never one of an address, an id or a number.
    let text = match part {
        LeadPart::ExternalId | LeadPart::Email | LeadPart::Phone | LeadPart::Price => text::code(text),
        LeadPart::Name => text::name(text),
        _ => text.trim().into(),
    };
    if text.contains('\0') {
        return Err("holds a NUL character".to_owned());
    }
    if text.chars().count() > limit {
        return Err(format!("longer than {limit} characters"));
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> Defaults {
        Defaults {
            zone: "Europe/Berlin".parse().unwrap(),
            currency: Currency::EUR,
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_lead_is_trimmed_and_everything_that_is_wrong_is_told() {
        let fine = LeadCommand {
            name: " Ada ".into(),
            price: "12.5".into(),
            fields: vec![("Roof".into(), " flat".into()), ("Empty".into(), " ".into())],
            ..LeadCommand::default()
        };
        let lead = fine.check(&defaults()).unwrap().lead;
        assert_eq!((lead.name.as_str(), lead.price.unwrap().minor()), ("Ada", 1_250));
        assert_eq!(lead.fields, [("Roof".to_owned(), "flat".to_owned())]);
        assert_eq!(lead.delivered_at, defaults().now);
        let pasted = LeadCommand {
            external_id: "A-1\u{200B}".into(),
            name: "محمد نبی\u{200C}زاده\u{FEFF}".into(),
            email: "\u{200B}ada@ma\u{AD}il.example".into(),
            phone: "+49\u{A0}30 1234\u{200E}".into(),
            ..LeadCommand::default()
        };
        let lead = pasted.check(&defaults()).unwrap().lead;
        assert_eq!(
            (lead.external_id.as_str(), lead.email.as_str(), lead.phone.as_str()),
            ("A-1", "ada@mail.example", "+49 30 1234")
        );
        assert_eq!(lead.name, "محمد نبی\u{200C}زاده", "the joiner is how the name is spelt");
        let wrong = LeadCommand {
            name: "A\0da".into(),
            email: "nope".into(),
            phone: "1".repeat(41),
            price: "a lot".into(),
            delivered_at: Some("1999-01-01T00:00:00Z".parse().unwrap()),
            fields: vec![("Roof".into(), "x".repeat(4_001))],
            ..LeadCommand::default()
        };
        let mut parts: Vec<_> = wrong.check(&defaults()).unwrap_err().into_iter().map(|fault| fault.part).collect();
        parts.sort_unstable();
        use LeadPart as P;
        assert_eq!(parts, [P::Name, P::Email, P::Phone, P::DeliveredAt, P::Field(0), P::Price]);
        let nobody = LeadCommand { campaign: "Solar".into(), ..LeadCommand::default() };
        assert_eq!(nobody.check(&defaults()).unwrap_err()[0].part, P::Whole);
    }

    #[test]
    fn who_can_be_reached_one_way_is_kept() {
        let lead = |email: &str, phone: &str| {
            let sent =
                LeadCommand { name: "Ada".into(), email: email.into(), phone: phone.into(), ..LeadCommand::default() };
            sent.check(&defaults())
                .map(|checked| (checked.lead.email, checked.lead.phone, checked.warnings.len(), checked.lead.fields))
        };
        let text = |text: &str| text.to_owned();
        let (email, phone, warnings, fields) = lead("cid@gmail", "030 1").unwrap();
        assert_eq!((email, phone, warnings), (text(""), text("030 1"), 1));
        assert_eq!(fields, [(text("Email (not usable as email)"), text("cid@gmail"))]);
        let (email, _, warnings, fields) = lead("ada@mail.example; ada@work.example", "").unwrap();
        assert_eq!((email, warnings), (text("ada@mail.example"), 1));
        assert_eq!(fields, [(text("Email (all)"), text("ada@mail.example; ada@work.example"))]);
        for (sent, read) in [
            ("Ada L <ada@mail.example>", "ada@mail.example"),
            ("MAILTO:ada@mail.example?subject=x", "ada@mail.example"),
        ] {
            assert_eq!(lead(sent, "").unwrap(), (text(read), text(""), 0, vec![]));
        }
        for (sent, read) in [("p:+49151", "+49151"), ("tel:+49-30", "+49-30"), ("030 1", "030 1")] {
            assert_eq!(lead("", sent).unwrap(), (text(""), text(read), 0, vec![]));
        }
        assert_eq!(lead("ada@mail.example", &"1".repeat(41)).unwrap().2, 1);
        assert!(lead("nope", "").is_err());
        assert!(lead("nope", "none").is_err());
    }

    #[test]
    fn numbers_that_a_spreadsheet_has_shortened_are_seen() {
        for short in ["2.38459E+16", "2,38459E+16", "4E+11", "4.9e+11"] {
            assert!(is_shortened(short), "{short}");
        }
        for whole in ["23845900000000000", "E-100", "2E", "CRM-1E+1", "2.3E+", "", "LE+12"] {
            assert!(!is_shortened(whole), "{whole}");
        }
    }
}
