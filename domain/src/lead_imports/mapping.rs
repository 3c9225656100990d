//! Reading leads from the rows of a table: which column is what, and what is wrong with a row.
//!
//! Pure: the CSV reader, the file and the database are the caller's.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::{
    csv::undefused,
    lead_imports::CellError,
    leads::{Defaults, LeadCommand, LeadFault, LeadPart, NewLead},
    search::fold,
};

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// The CRM's own id.
    ExternalId,
    /// The person's whole name.
    Name,
    /// The person's first name; joined with the last name.
    FirstName,
    /// The person's last name.
    LastName,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// The campaign.
    Campaign,
    /// When the lead was delivered.
    DeliveredAt,
    /// The price, a decimal number.
    Price,
    /// The price's currency, an ISO 4217 code.
    Currency,
    /// Anything else: kept as a free-form field under the header's name.
    Field(String),
    /// Nothing that is kept.
    LeftOut,
}

/// The columns a file of rejected rows has before the rows' own. When it is corrected and uploaded again they are left out.
pub const REJECT_COLUMNS: [&str; 3] = ["rejected line", "rejected column", "rejected because"];

impl Column {
    /// The identifier that forms and the database use.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ExternalId => "external_id",
            Self::Name => "name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Campaign => "campaign",
            Self::DeliveredAt => "delivered_at",
            Self::Price => "price",
            Self::Currency => "currency",
            Self::Field(_) => "field",
            Self::LeftOut => "left_out",
        }
    }

    /// The column of that identifier, under that name.
    #[must_use]
    pub fn parse(word: &str, name: &str) -> Option<Self> {
        Some(match word {
            "external_id" => Self::ExternalId,
            "name" => Self::Name,
            "first_name" => Self::FirstName,
            "last_name" => Self::LastName,
            "email" => Self::Email,
            "phone" => Self::Phone,
            "campaign" => Self::Campaign,
            "delivered_at" => Self::DeliveredAt,
            "price" => Self::Price,
            "currency" => Self::Currency,
            "field" => Self::Field(name.to_owned()),
            "left_out" => Self::LeftOut,
            _ => return None,
        })
    }

    fn guess(header: &str) -> Self {
        let folded: String = fold(header).chars().filter(|c| c.is_alphanumeric()).collect();
        match folded.as_str() {
            "externalid" | "id" | "leadid" | "leadnumber" | "reference" | "crmid" => Self::ExternalId,
            "name" | "fullname" | "contact" | "contactname" | "leadname" => Self::Name,
            "firstname" | "givenname" | "vorname" | "prenom" | "nombre" => Self::FirstName,
            "lastname" | "surname" | "familyname" | "nachname" | "nom" | "apellido" => Self::LastName,
            "email" | "emailaddress" | "mail" | "courriel" => Self::Email,
            "phone" | "phonenumber" | "telephone" | "tel" | "mobile" | "telefon" | "telefono" => Self::Phone,
            "campaign" | "campaignname" | "source" | "kampagne" | "campagne" => Self::Campaign,
            "deliveredat" | "delivered" | "receivedat" | "received" | "datereceived" | "date" | "datetime"
            | "createdat" | "datum" => Self::DeliveredAt,
            "price" | "amount" | "cost" | "leadprice" | "preis" | "prix" => Self::Price,
            "currency" | "wahrung" | "devise" => Self::Currency,
            "rejectedline" | "rejectedcolumn" | "rejectedbecause" => Self::LeftOut,
            _ => Self::Field(header.trim().to_owned()),
        }
    }
}

/// A header that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHeader {
    /// No column says whom the lead is about.
    #[error(
        "the header names no contact column: it needs at least one of the columns name, first_name, last_name, email, phone \
         (found: {0})"
    )]
    NoPerson(String),
    /// Two columns are the same thing.
    #[error("the columns {0:?} and {1:?} mean the same; rename or remove one")]
    Twice(String, String),
    /// A column without a name.
    #[error("column {0} has no name")]
    Unnamed(usize),
    /// More columns than [`Mapping::MAX_COLUMNS`].
    #[error("the header has {0} columns; at most {max} can be read", max = Mapping::MAX_COLUMNS)]
    TooMany(usize),
}

/// Which column of a table is what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    columns: Vec<(String, Column)>,
}

impl Mapping {
    /// Maximum number of columns a table may have.
    pub const MAX_COLUMNS: usize = 100;
    /// Guesses the mapping from the header's names, in English and a few other languages.
    ///
    /// # Errors
    /// When no lead could be read that way.
    pub fn guess(header: &[&str]) -> Result<Self, BadHeader> {
        let columns = header.iter().enumerate().map(|(index, name)| {
            let name = name.trim_start_matches('\u{feff}').trim();
            if name.is_empty() {
                return Err(BadHeader::Unnamed(index + 1));
            }
            Ok((name.to_owned(), Column::guess(name)))
        });
        Self::new(columns.collect::<Result<_, _>>()?)
    }

    /// The columns as somebody has said they are, with their names.
    ///
    /// # Errors
    /// When no lead could be read that way.
    pub fn new(columns: Vec<(String, Column)>) -> Result<Self, BadHeader> {
        if columns.len() > Self::MAX_COLUMNS {
            return Err(BadHeader::TooMany(columns.len()));
        }
        for (index, (name, column)) in columns.iter().enumerate() {
            let twin = columns[..index].iter().find(|(_, other)| other == column && *column != Column::LeftOut);
            if let Some((other, _)) = twin {
                return Err(BadHeader::Twice(other.clone(), name.clone()));
            }
        }
        let person = |column: &Column| {
            matches!(column, Column::Name | Column::FirstName | Column::LastName | Column::Email | Column::Phone)
        };
        if !columns.iter().any(|(_, column)| person(column)) {
            let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            return Err(BadHeader::NoPerson(names.join(", ").chars().take(200).collect()));
        }
        Ok(Self { columns })
    }

    /// A name for every column, and what it most likely is, for somebody to look over: of two that seem to be the same the
    /// second is left out.
    #[must_use]
    pub fn suggest(header: &[String]) -> Vec<(String, Column)> {
        let mut columns: Vec<(String, Column)> = Vec::with_capacity(header.len());
        for (index, name) in header.iter().enumerate() {
            let name = match name.trim_start_matches('\u{feff}').trim() {
                "" => format!("column {}", index + 1),
                name => name.chars().take(LeadCommand::MAX_LABEL).collect(),
            };
            let column = Column::guess(&name);
            let known = columns.iter().any(|(_, other)| *other == column);
            columns.push((name, if known { Column::LeftOut } else { column }));
        }
        columns
    }

    /// The columns in the table's order, with their names.
    #[must_use]
    pub fn columns(&self) -> &[(String, Column)] {
        &self.columns
    }

    /// Reads one row.
    ///
    /// # Errors
    /// Everything that is wrong with it, not only the first thing.
    pub fn read(&self, cells: &[&[u8]], defaults: &Defaults) -> Result<NewLead, Vec<CellError>> {
        if cells.len() != self.columns.len() {
            let message = format!("the row has {} cells, the header {}", cells.len(), self.columns.len());
            return Err(vec![CellError { column: None, message }]);
        }
        let mut row = Row::default();
        for ((name, column), cell) in self.columns.iter().zip(cells) {
            row.take(name, column, &undefused(cell), defaults);
        }
        row.finish(defaults)
    }
}

/// A cell's text, without surrounding white space, if it may be one.
fn text(cell: &[u8], part: LeadPart) -> Result<&str, String> {
    let limit = LeadCommand::limit(part);
    // Four bytes are the most one character takes, so that a huge cell is refused before it is walked.
    if cell.len() > limit * 4 + 64 {
        return Err(format!("longer than {limit} characters"));
    }
    let text = std::str::from_utf8(cell).map_err(|_| "not valid UTF-8; save the file as UTF-8".to_owned())?;
    Ok(text.trim())
}

/// A row that is being read: the lead it may be, and which column each of its parts came from.
#[derive(Default)]
struct Row<'a> {
    lead: LeadCommand,
    first_name: String,
    last_name: String,
    columns: Vec<(LeadPart, &'a str)>,
    faults: Vec<(LeadPart, CellError)>,
}

impl<'a> Row<'a> {
    fn take(&mut self, name: &'a str, column: &Column, cell: &[u8], defaults: &Defaults) {
        let part = match column {
            Column::ExternalId => LeadPart::ExternalId,
            Column::Name | Column::FirstName | Column::LastName => LeadPart::Name,
            Column::Email => LeadPart::Email,
            Column::Phone => LeadPart::Phone,
            Column::Campaign => LeadPart::Campaign,
            Column::DeliveredAt => LeadPart::DeliveredAt,
            Column::Price => LeadPart::Price,
            Column::Currency => LeadPart::Currency,
            Column::Field(_) => LeadPart::Field(self.lead.fields.len()),
            Column::LeftOut => return,
        };
        if let Err(message) = text(cell, part).and_then(|text| self.put(column, text, defaults)) {
            self.faults.push((part, CellError { column: Some(name.to_owned()), message }));
            if let Column::Field(name) = column {
                // It keeps its place, so that faults of the next ones are told under their own names.
                self.lead.fields.push((name.clone(), String::new()));
            }
        }
        self.columns.push((part, name));
    }

    fn put(&mut self, column: &Column, text: &str, defaults: &Defaults) -> Result<(), String> {
        let lead = &mut self.lead;
        match column {
            Column::ExternalId => text.clone_into(&mut lead.external_id),
            Column::Name => text.clone_into(&mut lead.name),
            Column::FirstName => text.clone_into(&mut self.first_name),
            Column::LastName => text.clone_into(&mut self.last_name),
            Column::Email => text.clone_into(&mut lead.email),
            Column::Phone => text.clone_into(&mut lead.phone),
            Column::Campaign => text.clone_into(&mut lead.campaign),
            Column::Price => text.clone_into(&mut lead.price),
            Column::Currency | Column::DeliveredAt if text.is_empty() => {}
            Column::Currency => lead.currency = Some(text.parse().map_err(|error| format!("{error}"))?),
            Column::DeliveredAt => lead.delivered_at = Some(read_time(text, defaults)?),
            Column::Field(name) => lead.fields.push((name.clone(), text.to_owned())),
            Column::LeftOut => {}
        }
        Ok(())
    }

    fn finish(mut self, defaults: &Defaults) -> Result<NewLead, Vec<CellError>> {
        if self.lead.name.is_empty() {
            let name = [self.first_name.as_str(), self.last_name.as_str()].join(" ");
            name.trim().clone_into(&mut self.lead.name);
        }
        let checked = self.lead.check(defaults);
        let column = |part| self.columns.iter().find(|(known, _)| *known == part).map(|(_, name)| (*name).to_owned());
        let mut faults = self.faults;
        match checked {
            Ok(lead) if faults.is_empty() => return Ok(lead),
            Ok(_) => {}
            Err(found) => {
                for LeadFault { part, message } in found {
                    // What a cell that cannot be read leaves empty is no fault of its own.
                    if part != LeadPart::Whole || faults.is_empty() {
                        faults.push((part, CellError { column: column(part), message }));
                    }
                }
            }
        }
        faults.sort_by_key(|(part, _)| *part);
        Err(faults.into_iter().map(|(_, error)| error).collect())
    }
}

/// Reads RFC 3339, or a day with or without a time in the default zone.
fn read_time(text: &str, defaults: &Defaults) -> Result<DateTime<Utc>, String> {
    let local = |format| NaiveDateTime::parse_from_str(text, format).ok().map(|at| defaults.zone.instant(at));
    let at = DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .ok()
        .or_else(|| {
            ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
                .into_iter()
                .find_map(local)
        })
        .or_else(|| text.parse::<NaiveDate>().ok().map(|day| defaults.zone.day_start(day)))
        .ok_or("not a time; write it as 2026-11-22, 2026-11-22 14:05 or 2026-11-22T14:05:09+01:00")?;
    Ok(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::Currency;

    fn defaults() -> Defaults {
        Defaults {
            zone: "Europe/Berlin".parse().unwrap(),
            currency: Currency::EUR,
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
        }
    }

    fn read(header: &[&str], cells: &[&str]) -> Result<NewLead, Vec<CellError>> {
        let cells: Vec<&[u8]> = cells.iter().map(|cell| cell.as_bytes()).collect();
        Mapping::guess(header).unwrap().read(&cells, &defaults())
    }

    #[test]
    fn a_good_row_in_any_order_and_spelling() {
        let lead = read(
            &["\u{feff}Date received", "First name", "LAST_NAME", "E-Mail", "Price", "Roof area", "Lead ID"],
            &["2026-11-01 08:30", "Zoë", "=cmd|' /C calc'!A0", "z@example.com", "12.5", "80 m²", "A-1"],
        )
        .unwrap();
        assert_eq!(lead.name, "Zoë =cmd|' /C calc'!A0");
        assert_eq!(lead.delivered_at.to_rfc3339(), "2026-11-01T07:30:00+00:00");
        assert_eq!(lead.price.unwrap().minor, 1250);
        assert_eq!(lead.fields, [("Roof area".to_owned(), "80 m²".to_owned())]);
        assert_eq!(lead.external_id, "A-1");
    }

    #[test]
    fn every_fault_of_a_row_is_named() {
        let header = ["name", "email", "date", "price", "currency"];
        let errors = read(&header, &["A\0da", "nope", "31/12/2026", "12,50", "euro"]).unwrap_err();
        let columns: Vec<_> = errors.iter().filter_map(|error| error.column.as_deref()).collect();
        assert_eq!(columns, ["name", "email", "date", "currency", "price"]);
        assert!(read(&header, &["Ada"]).unwrap_err()[0].message.contains("1 cells, the header 5"));
        assert!(read(&header, &["", "", "2026-01-01", "", ""]).unwrap_err()[0].message.contains("has no contact"));
        assert!(read(&header, &["Ada", "", "2027-01-01", "", ""]).unwrap_err()[0].message.contains("future"));
        let huge = "x".repeat(10_000_000);
        assert_eq!(read(&header, &[&huge, "", "", "", ""]).unwrap_err()[0].message, "longer than 200 characters");
        let bytes: Vec<&[u8]> = vec![b"A\xff", b"", b"", b"", b""];
        assert!(Mapping::guess(&header).unwrap().read(&bytes, &defaults()).unwrap_err()[0].message.contains("UTF-8"));
    }

    #[test]
    fn a_useless_header_is_refused() {
        assert!(matches!(Mapping::guess(&["colour", "shape"]), Err(BadHeader::NoPerson(_))));
        assert!(matches!(Mapping::guess(&["email", "E-Mail"]), Err(BadHeader::Twice(..))));
        assert!(matches!(Mapping::guess(&["name", " "]), Err(BadHeader::Unnamed(2))));
    }

    #[test]
    fn a_suggestion_can_always_be_looked_over() {
        let header = ["E-Mail", "", "Email", "Roof", "Roof", "rejected because"].map(ToOwned::to_owned);
        let words: Vec<_> =
            Mapping::suggest(&header).iter().map(|(name, column)| format!("{name}={}", column.as_str())).collect();
        assert_eq!(
            words,
            [
                "E-Mail=email", "column 2=field", "Email=left_out", "Roof=field", "Roof=left_out",
                "rejected because=left_out"
            ]
        );
        assert!(Mapping::new(Mapping::suggest(&header)).is_ok());
        for (word, _) in crate::lead_imports::COLUMNS {
            assert_eq!(Column::parse(word, "x").unwrap().as_str(), word);
        }
        assert_eq!(Column::parse("colour", "x"), None);
    }

    #[test]
    fn what_is_left_out_is_not_even_looked_at() {
        let columns = vec![("name".to_owned(), Column::Name), ("junk".to_owned(), Column::LeftOut)];
        let cells: [&[u8]; 2] = [b"Ada", b"\xff\0"];
        let lead = Mapping::new(columns).unwrap().read(&cells, &defaults()).unwrap();
        assert!(lead.fields.is_empty());
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(cells in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..8)) {
            let mapping = Mapping::guess(&["name", "email", "phone", "date", "price", "x"]).unwrap();
            let cells: Vec<&[u8]> = cells.iter().map(Vec::as_slice).collect();
            let _ = mapping.read(&cells, &defaults());
        }
    }
}
