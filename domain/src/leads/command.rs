//! A lead that is to be stored, as it was sent: typed, not checked yet. Rows of files and the API's JSON both become one, and one
//! rule says what is wrong with it.

use chrono::{DateTime, TimeDelta, Utc};

use super::NewLead;
use crate::{
    email::Email,
    money::{Currency, Money},
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

    /// Trims the texts and checks them.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first thing.
    pub fn check(self, defaults: &Defaults) -> Result<NewLead, Vec<LeadFault>> {
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
        let mut email = text(LeadPart::Email, &self.email);
        let phone = text(LeadPart::Phone, &self.phone);
        let campaign = text(LeadPart::Campaign, &self.campaign);
        let amount = text(LeadPart::Price, &self.price);
        let fields = self.fields.into_iter().enumerate();
        let fields = fields.map(|(index, (name, value))| (name, text(LeadPart::Field(index), &value)));
        let fields = fields.filter(|(_, value)| !value.is_empty()).collect();
        if !email.is_empty() {
            match Email::parse(&email) {
                Ok(parsed) => parsed.as_str().clone_into(&mut email),
                Err(error) => fault(LeadPart::Email, error.to_string()),
            }
        }
        let earliest = DateTime::from_timestamp(946_684_800, 0).unwrap_or_default();
        if self.delivered_at.is_some_and(|at| at < earliest || at > defaults.now + TimeDelta::days(1)) {
            fault(LeadPart::DeliveredAt, "is before the year 2000 or in the future".to_owned());
        }
        let price = match Money::parse(&amount, self.currency.unwrap_or(defaults.currency)) {
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
        Ok(NewLead { external_id, name, email, phone, campaign, fields, price, delivered_at })
    }
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
        let lead = fine.check(&defaults()).unwrap();
        assert_eq!((lead.name.as_str(), lead.price.unwrap().minor), ("Ada", 1_250));
        assert_eq!(lead.fields, [("Roof".to_owned(), "flat".to_owned())]);
        assert_eq!(lead.delivered_at, defaults().now);
        let pasted = LeadCommand {
            external_id: "A-1\u{200B}".into(),
            name: "محمد نبی\u{200C}زاده\u{FEFF}".into(),
            email: "\u{200B}ada@ma\u{AD}il.example".into(),
            phone: "+49\u{A0}30 1234\u{200E}".into(),
            ..LeadCommand::default()
        };
        let lead = pasted.check(&defaults()).unwrap();
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
}
