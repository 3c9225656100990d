//! Partners: the companies that receive leads.

pub mod import;
mod record;

pub use record::{
    MAX_PAYMENT_TERMS, PartnerAccess, PartnerForm, PartnerHead, PartnerListQuery, PartnerPage, PartnerRecord,
    PartnerRow, PartnerSort, PartnerView, read_payment_terms,
};

use serde::{Deserialize, Serialize};

use crate::{email::Email, text, validation::FieldErrors};

text_enum! {
    /// Whether a partner takes part.
    PartnerStatus {
        /// Receives leads; its users may log in.
        Active = "active",
        /// Set aside for a while; nobody can log in.
        Paused = "paused",
        /// Kept for the record only.
        Archived = "archived",
    }
}

text_enum! {
    /// Whether a user may log in at all.
    UserStatus {
        /// May log in.
        Active = "active",
        /// May not, until enabled again.
        Disabled = "disabled",
    }
}

text_enum! {
    /// The two kinds of people who log in. No user is both.
    UserKind {
        /// Belongs to one partner.
        Partner = "partner",
        /// Belongs to the account's admins.
        Admin = "admin",
    }
}

impl PartnerStatus {
    /// The status as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Paused => "Paused",
            Self::Archived => "Archived",
        }
    }
}

/// How to reach a partner, and what stands on its invoices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// The company's legal name.
    pub company: String,
    /// Whom to ask for; may be empty.
    pub contact_name: String,
    /// The company's email address; may be empty. Nobody logs in with it.
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// Street and number; may be empty.
    pub street: String,
    /// May be empty.
    pub postal_code: String,
    /// May be empty.
    pub city: String,
    /// May be empty.
    pub country: String,
}

impl Contact {
    /// Maximum number of characters of a field.
    pub const MAX_LENGTH: usize = 200;

    /// The fields by the names of the form's inputs.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 8] {
        [
            ("company", &self.company),
            ("contact_name", &self.contact_name),
            ("email", &self.email),
            ("phone", &self.phone),
            ("street", &self.street),
            ("postal_code", &self.postal_code),
            ("city", &self.city),
            ("country", &self.country),
        ]
    }

    /// Trims the fields and judges them.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn checked(self) -> Result<Self, FieldErrors> {
        let name = |text: String| text::name(&text).into_owned();
        let code = |text: String| text::code(&text).into_owned();
        let contact = Self {
            company: name(self.company),
            contact_name: name(self.contact_name),
            email: code(self.email),
            phone: code(self.phone),
            street: name(self.street),
            postal_code: code(self.postal_code),
            city: name(self.city),
            country: name(self.country),
        };
        let mut errors = FieldErrors::default();
        for (field, text) in contact.fields() {
            if text.chars().count() > Self::MAX_LENGTH || text.chars().any(char::is_control) {
                errors.add(field, format!("Use at most {} characters on one line.", Self::MAX_LENGTH));
            }
        }
        if contact.company.is_empty() {
            errors.add("company", "Enter the company's name.");
        }
        if !contact.email.is_empty() && Email::parse(&contact.email).is_err() {
            errors.add("email", "Enter an address such as name@example.com, or leave it empty.");
        }
        if contact.phone.chars().any(|c| !(c.is_ascii_digit() || " +-/().x".contains(c))) {
            errors.add("phone", "Use digits, spaces and + - / ( ) only.");
        }
        if errors.is_empty() { Ok(contact) } else { Err(errors) }
    }

    /// The names of the fields in which two contacts differ.
    #[must_use]
    pub fn changed(&self, other: &Self) -> Vec<&'static str> {
        let pairs = self.fields().into_iter().zip(other.fields());
        pairs.filter(|((_, old), (_, new))| old != new).map(|((field, _), _)| field).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_trimmed_and_judged_field_by_field() {
        let fine = Contact { company: " Northwind ".into(), phone: "+49 (30) 123-45".into(), ..Contact::default() };
        assert_eq!(fine.checked().unwrap().company, "Northwind");
        let pasted = Contact {
            company: "\u{FEFF}North\u{AD}wind".into(),
            email: "ada@mail.example\u{200B}".into(),
            phone: "+49\u{A0}30\u{202F}1234\u{2069}".into(),
            ..Contact::default()
        };
        let contact = pasted.checked().unwrap();
        let kept = (contact.company.as_str(), contact.email.as_str(), contact.phone.as_str());
        assert_eq!(kept, ("Northwind", "ada@mail.example", "+49 30 1234"));
        let wrong = Contact { email: "x".into(), phone: "call me".into(), city: "a\nb".into(), ..Contact::default() };
        let errors = wrong.checked().unwrap_err();
        assert_eq!(errors.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["city", "company", "email", "phone"]);
    }

    #[test]
    fn what_changed_is_named() {
        let old = Contact { company: "A".into(), city: "Bonn".into(), ..Contact::default() };
        let new = Contact { company: "B".into(), city: "Bonn".into(), phone: "1".into(), ..Contact::default() };
        assert_eq!(old.changed(&new), ["company", "phone"]);
    }
}
