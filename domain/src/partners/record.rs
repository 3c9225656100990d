//! A partner as admins keep it.

use serde::{Deserialize, Serialize};

use super::{Contact, PartnerStatus};
use crate::{access::Permissions, dashboard::Dashboard, ids::PartnerId, money::Money, time::LocalTime};
#[cfg(feature = "server")]
use crate::{text, validation::FieldErrors};

/// What admins keep of a partner, as its form holds it: all of it text, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartnerForm {
    /// Its name in the account, unique there.
    pub name: String,
    /// The CRM's own id of it; may be empty.
    pub external_ref: String,
    /// The legal name; empty for the name.
    pub company: String,
    /// The VAT identification number; may be empty.
    pub vat_id: String,
    /// Whom to ask for; may be empty.
    pub contact_name: String,
    /// Where the company is reached; may be empty.
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
    /// An IANA time zone; empty for the account's.
    pub time_zone: String,
    /// Days from the issue of an invoice to its due day; empty for the account's.
    pub payment_terms: String,
    /// Separated by commas.
    pub tags: String,
    /// What partners never see.
    pub internal_notes: String,
}

impl PartnerForm {
    /// The fields by the names of the form's inputs.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 15] {
        [
            ("name", &self.name),
            ("external_ref", &self.external_ref),
            ("company", &self.company),
            ("vat_id", &self.vat_id),
            ("contact_name", &self.contact_name),
            ("email", &self.email),
            ("phone", &self.phone),
            ("street", &self.street),
            ("postal_code", &self.postal_code),
            ("city", &self.city),
            ("country", &self.country),
            ("time_zone", &self.time_zone),
            ("payment_terms", &self.payment_terms),
            ("tags", &self.tags),
            ("internal_notes", &self.internal_notes),
        ]
    }

    /// The names of the fields in which two forms differ.
    #[must_use]
    pub fn changed(&self, other: &Self) -> Vec<&'static str> {
        let pairs = self.fields().into_iter().zip(other.fields());
        pairs.filter(|((_, old), (_, new))| old != new).map(|((field, _), _)| field).collect()
    }
}

/// The same, read and judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartnerRecord {
    /// Its name in the account, unique there.
    pub name: String,
    /// The CRM's own id of it, unique in the account.
    pub external_ref: Option<String>,
    /// How to reach it. An empty company stands for the name.
    pub contact: Contact,
    /// The VAT identification number; may be empty.
    pub vat_id: String,
    /// An IANA time zone; empty for the account's.
    pub time_zone: String,
    /// Days from the issue of an invoice to its due day.
    pub payment_terms: Option<u16>,
    /// Each once, in the order typed.
    pub tags: Vec<String>,
    /// What partners never see.
    pub internal_notes: String,
}

/// The longest time to pay that can be set, in days.
pub const MAX_PAYMENT_TERMS: u16 = 365;

/// Reads a number of days to pay.
///
/// # Errors
/// What to type instead.
pub fn read_payment_terms(text: &str) -> Result<u16, String> {
    let days = text.trim().parse::<u16>().ok().filter(|days| *days <= MAX_PAYMENT_TERMS);
    days.ok_or_else(|| format!("Enter a number of days from 0 to {MAX_PAYMENT_TERMS}."))
}

impl PartnerRecord {
    /// Maximum number of characters of the notes.
    pub const MAX_NOTES: usize = 5_000;
    /// Maximum number of tags.
    pub const MAX_TAGS: usize = 20;

    /// The form that holds it.
    #[must_use]
    pub fn form(&self) -> PartnerForm {
        let contact = self.contact.clone();
        PartnerForm {
            name: self.name.clone(),
            external_ref: self.external_ref.clone().unwrap_or_default(),
            company: contact.company,
            vat_id: self.vat_id.clone(),
            contact_name: contact.contact_name,
            email: contact.email,
            phone: contact.phone,
            street: contact.street,
            postal_code: contact.postal_code,
            city: contact.city,
            country: contact.country,
            time_zone: self.time_zone.clone(),
            payment_terms: self.payment_terms.map(|days| days.to_string()).unwrap_or_default(),
            tags: self.tags.join(", "),
            internal_notes: self.internal_notes.clone(),
        }
    }

    /// Reads a form. Whether the time zone exists only the server can tell.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    #[cfg(feature = "server")]
    pub fn parse(form: &PartnerForm) -> Result<Self, FieldErrors> {
        let terms = match form.payment_terms.trim() {
            "" => Ok(None),
            days => read_payment_terms(days).map(Some),
        };
        let record = Self {
            name: form.name.clone(),
            external_ref: Some(form.external_ref.clone()),
            contact: Contact {
                company: form.company.clone(),
                contact_name: form.contact_name.clone(),
                email: form.email.clone(),
                phone: form.phone.clone(),
                street: form.street.clone(),
                postal_code: form.postal_code.clone(),
                city: form.city.clone(),
                country: form.country.clone(),
            },
            vat_id: form.vat_id.clone(),
            time_zone: form.time_zone.clone(),
            payment_terms: terms.clone().unwrap_or_default(),
            tags: form.tags.split(',').map(ToOwned::to_owned).collect(),
            internal_notes: form.internal_notes.clone(),
        };
        let mut errors = FieldErrors::default();
        if let Err(message) = terms {
            errors.add("payment_terms", message);
        }
        match record.checked() {
            Ok(record) if errors.is_empty() => Ok(record),
            checked => {
                for (field, message) in checked.as_ref().err().into_iter().flat_map(FieldErrors::iter) {
                    errors.add(field, message);
                }
                Err(errors.keeping(form.fields()))
            }
        }
    }

    /// Trims the fields and checks them: one rule for forms and for the API.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    #[cfg(feature = "server")]
    pub fn checked(self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let one_line = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
        let code = |text: String| text::code(&text).into_owned();
        let (name, vat_id, time_zone) = (text::name(&self.name).into_owned(), code(self.vat_id), code(self.time_zone));
        if name.is_empty() || !one_line(&name, Contact::MAX_LENGTH) {
            errors.add("name", format!("Enter a name of at most {} characters.", Contact::MAX_LENGTH));
        }
        let external_ref = self.external_ref.map(code).filter(|reference| !reference.is_empty());
        if external_ref.as_ref().is_some_and(|reference| !one_line(reference, 100)) {
            errors.add("external_ref", "Use at most 100 characters on one line.");
        }
        if !one_line(&vat_id, 30) {
            errors.add("vat_id", "Use at most 30 characters.");
        }
        let company = text::name(&self.contact.company).into_owned();
        // A contact of its own needs a company; here an empty one stands for the name.
        let contact =
            Contact { company: if company.is_empty() { "–".to_owned() } else { company.clone() }, ..self.contact };
        let contact = contact.checked().map(|contact| Contact { company, ..contact });
        for (field, message) in contact.as_ref().err().into_iter().flat_map(FieldErrors::iter) {
            errors.add(field, message);
        }
        if !time_zone.is_empty() && time_zone.parse::<crate::zone::Zone>().is_err() {
            errors.add("time_zone", "Choose a time zone of the list, such as Europe/Berlin.");
        }
        if self.payment_terms.is_some_and(|days| days > MAX_PAYMENT_TERMS) {
            errors.add("payment_terms", format!("Enter a number of days from 0 to {MAX_PAYMENT_TERMS}."));
        }
        let mut tags: Vec<String> = Vec::new();
        for tag in self.tags.iter().map(|tag| text::name(tag).into_owned()).filter(|tag| !tag.is_empty()) {
            if !tags.iter().any(|known| known.to_lowercase() == tag.to_lowercase()) {
                tags.push(tag);
            }
        }
        if tags.len() > Self::MAX_TAGS || tags.iter().any(|tag| !one_line(tag, 40)) {
            errors.add("tags", format!("Use at most {} tags of at most 40 characters.", Self::MAX_TAGS));
        }
        let notes = self.internal_notes.replace("\r\n", "\n");
        if notes.chars().count() > Self::MAX_NOTES || notes.contains('\0') {
            errors.add("internal_notes", format!("Use at most {} characters.", Self::MAX_NOTES));
        }
        match contact {
            Ok(contact) if errors.is_empty() => Ok(Self {
                name,
                external_ref,
                contact,
                vat_id,
                time_zone,
                payment_terms: self.payment_terms,
                tags,
                internal_notes: notes.trim_end().to_owned(),
            }),
            _ => Err(errors),
        }
    }
}

/// A partner as the admins' list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerRow {
    /// Its id.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// The CRM's own id of it; may be empty.
    pub external_ref: String,
    /// Whether it takes part.
    pub status: PartnerStatus,
    /// Whether its users may log in.
    pub portal_access: bool,
    /// How many users it has.
    pub users: u64,
    /// When one of them last logged in.
    pub last_login: Option<LocalTime>,
    /// Leads delivered this month.
    pub leads_this_month: u64,
    /// What it owes, one entry a currency.
    pub unpaid: Vec<Money>,
}

text_enum! {
    /// The order of the admins' list of partners.
    PartnerSort {
        /// By name.
        Name = "name",
        /// The latest created first.
        Newest = "newest",
        /// Who logged in last, first; who never did, last.
        LastLogin = "last_login",
    }
}

impl PartnerSort {
    /// The order as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Newest => "Newest first",
            Self::LastLogin => "Last login",
        }
    }
}

/// The state of the admins' list of partners; what the URL holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerListQuery {
    /// A part of name, company, contact, address, reference or tag.
    pub q: String,
    /// Only those of this status; without one all but the archived.
    pub status: Option<PartnerStatus>,
    /// In which order.
    pub sort: PartnerSort,
    /// From 1 on.
    pub page: u32,
}

impl Default for PartnerListQuery {
    fn default() -> Self {
        Self { q: String::new(), status: None, sort: PartnerSort::Name, page: 1 }
    }
}

impl PartnerListQuery {
    /// How many rows a page has.
    pub const ROWS: u32 = 50;
    /// Maximum number of characters of a search.
    pub const MAX_SEARCH: usize = 100;

    /// Reads a URL's pairs; what makes no sense is left out.
    pub fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut query = Self::default();
        for (key, value) in pairs {
            match key {
                "q" => query.q = value.to_owned(),
                "status" => query.status = value.parse().ok(),
                "sort" => query.sort = value.parse().unwrap_or(PartnerSort::Name),
                "page" => query.page = value.parse().unwrap_or(1),
                _ => {}
            }
        }
        query.bounded()
    }

    /// The same within its bounds, for a state that came by any way.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.q = self.q.trim().chars().filter(|c| !c.is_control()).take(Self::MAX_SEARCH).collect();
        self.page = Some(self.page).filter(|page| (1..=10_000).contains(page)).unwrap_or(1);
        self
    }

    /// The URL of this state under a path.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        if !self.q.is_empty() {
            pairs.append_pair("q", &self.q);
        }
        if let Some(status) = self.status {
            pairs.append_pair("status", status.as_str());
        }
        if self.sort != PartnerSort::Name {
            pairs.append_pair("sort", self.sort.as_str());
        }
        if self.page > 1 {
            pairs.append_pair("page", &self.page.to_string());
        }
        let pairs = pairs.finish();
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{pairs}") }
    }

    /// The same at another page.
    #[must_use]
    pub fn at(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }
}

/// A page of the admins' list of partners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerPage {
    /// The rows.
    pub partners: Vec<PartnerRow>,
    /// How many match.
    pub count: u64,
}

/// A partner's switches, and what comes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerAccess {
    /// Whether the account's portal is on at all.
    pub portal_enabled: bool,
    /// Whether the partner takes part.
    pub status: PartnerStatus,
    /// Whether its users may log in.
    pub portal_access: bool,
    /// What the account's partners may do unless overridden.
    pub defaults: Permissions,
    /// How this one departs from that.
    pub overrides: crate::access::Overrides,
}

/// What stands above every page about one partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerHead {
    /// Which one.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// Its switches.
    pub access: PartnerAccess,
    /// Whether the reader may change anything about it.
    pub may_manage: bool,
}

/// What a partner's own page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerView {
    /// Which partner.
    pub head: PartnerHead,
    /// What is kept of it.
    pub form: PartnerForm,
    /// Its figures, as its own dashboard has them.
    pub figures: Dashboard,
    /// Whether somebody was invited.
    pub invited: bool,
    /// Whether somebody has logged in.
    pub logged_in: bool,
    /// Whether new leads are pushed anywhere.
    pub delivers: bool,
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_and_judged_field_by_field() {
        let form = PartnerForm {
            name: " Northwind ".into(),
            external_ref: " CRM-7 ".into(),
            time_zone: "Europe/Berlin".into(),
            payment_terms: "30".into(),
            tags: "solar, Solar , heat".into(),
            internal_notes: "a\r\nb\n".into(),
            ..PartnerForm::default()
        };
        let record = PartnerRecord::parse(&form).unwrap();
        assert_eq!((record.name.as_str(), record.external_ref.as_deref()), ("Northwind", Some("CRM-7")));
        assert_eq!((record.tags.join("|").as_str(), record.payment_terms), ("solar|heat", Some(30)));
        assert_eq!(record.internal_notes, "a\nb");
        assert_eq!(PartnerRecord::parse(&record.form()).unwrap(), record, "the form holds all of it");
        let wrong = PartnerForm {
            time_zone: "Mars/Olympus".into(),
            payment_terms: "soon".into(),
            email: "x".into(),
            tags: "a".repeat(41),
            ..PartnerForm::default()
        };
        let errors = PartnerRecord::parse(&wrong).unwrap_err();
        let named: Vec<_> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(named, ["email", "name", "payment_terms", "tags", "time_zone"]);
        assert_eq!(errors.typed("payment_terms"), Some("soon"));
    }

    #[test]
    fn the_url_holds_the_list() {
        let query = PartnerListQuery {
            q: "a&b ü".into(),
            status: Some(PartnerStatus::Paused),
            sort: PartnerSort::LastLogin,
            page: 3,
        };
        let href = query.href("/admin/partners");
        let pairs: Vec<_> = form_urlencoded::parse(href.split_once('?').unwrap().1.as_bytes()).collect();
        assert_eq!(PartnerListQuery::from_pairs(pairs.iter().map(|(k, v)| (k.as_ref(), v.as_ref()))), query);
        assert_eq!(PartnerListQuery::default().href("/x"), "/x");
    }
}
