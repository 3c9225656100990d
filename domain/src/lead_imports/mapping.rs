//! Reading leads from the rows of a table: which column is what, and what is wrong with a row.
//!
//! Pure: the CSV reader, the file and the database are the caller's.

use std::borrow::Cow;

use super::Column;
use crate::{
    csv::undefused,
    lead_imports::CellError,
    leads::{Defaults, LeadCommand, LeadFault, LeadPart, NewLead, SHORTENED, is_shortened},
    money::{BadCurrency, Currency},
    tables::{DateOrder, DecimalMark, amounts, times},
};

/// The columns a file of rejected rows has before the rows' own. When it is corrected and uploaded again they are left out.
pub const REJECT_COLUMNS: [&str; 3] = ["rejected line", "rejected column", "rejected because"];

/// How the texts of a file become values.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// What a lead does not say itself.
    pub defaults: Defaults,
    /// How amounts are written.
    pub decimal: DecimalMark,
    /// How dates are written.
    pub dates: DateOrder,
}

/// A row that is a lead.
#[derive(Debug, Clone)]
pub struct ReadLead {
    /// The lead.
    pub lead: NewLead,
    /// Whether the row said when it was delivered.
    pub dated: bool,
    /// What could not be used as what it was meant for, and is kept as a field.
    pub warnings: Vec<CellError>,
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
    /// More columns than [`Mapping::MAX_COLUMNS`].
    #[error("the header has {0} columns; at most {max} can be read", max = Mapping::MAX_COLUMNS)]
    TooMany(usize),
}

/// Which column of a table is what. Of several that mean the same the first one with a value counts; what the others have
/// is kept as fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    columns: Vec<(String, Column)>,
}

impl Mapping {
    /// Maximum number of columns a table may have.
    pub const MAX_COLUMNS: usize = 100;

    /// The columns as somebody has said they are, with their names.
    ///
    /// # Errors
    /// When no lead could be read that way.
    pub fn new(columns: Vec<(String, Column)>) -> Result<Self, BadHeader> {
        if columns.len() > Self::MAX_COLUMNS {
            return Err(BadHeader::TooMany(columns.len()));
        }
        if !columns.iter().any(|(_, column)| column.is_contact()) {
            let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            return Err(BadHeader::NoPerson(names.join(", ").chars().take(200).collect()));
        }
        Ok(Self { columns })
    }

    /// The columns in the table's order, with their names.
    #[must_use]
    pub fn columns(&self) -> &[(String, Column)] {
        &self.columns
    }

    /// Reads one row. A cell is `None` when its bytes are no text in the file's encoding. Cells that are missing at the end
    /// are empty.
    ///
    /// # Errors
    /// Everything that is wrong with it, not only the first thing.
    pub fn read(&self, cells: &[Option<Cow<'_, str>>], rules: &Rules) -> Result<ReadLead, Vec<CellError>> {
        let more = cells.get(self.columns.len()..).unwrap_or_default();
        if more.iter().any(|cell| cell.as_ref().is_none_or(|text| !text.trim().is_empty())) {
            let message = format!("the row has {} cells, the header {}", cells.len(), self.columns.len());
            return Err(vec![CellError { column: None, message }]);
        }
        let mut row = Row::default();
        for ((name, column), cell) in self.columns.iter().zip(cells) {
            row.take(name, column, cell.as_deref(), rules);
        }
        row.finish(rules)
    }
}

/// A cell's text as it is meant: without what spreadsheets put around it to keep it as it is.
pub(crate) fn cell_text(cell: &str) -> Cow<'_, str> {
    let trimmed = cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let text = match undefused(trimmed.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(trimmed),
        Cow::Owned(bytes) => String::from_utf8(bytes).map_or(Cow::Borrowed(trimmed), Cow::Owned),
    };
    match text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        Some(kept) => Cow::Owned(kept.trim().to_owned()),
        None => text,
    }
}

/// An id without the mark that Meta's files put before it: `l:910000000000001`.
fn bare_id(text: &str) -> Result<&str, String> {
    if is_shortened(text) {
        return Err(SHORTENED.to_owned());
    }
    let bare =
        text.strip_prefix("l:").filter(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
    Ok(bare.unwrap_or(text))
}

/// A row that is being read: the lead it may be, and which column each of its parts came from.
#[derive(Default)]
struct Row<'a> {
    lead: LeadCommand,
    first_name: String,
    last_name: String,
    /// The currency written beside the price.
    priced_in: Option<Currency>,
    columns: Vec<(LeadPart, &'a str)>,
    faults: Vec<(LeadPart, CellError)>,
}

impl<'a> Row<'a> {
    fn take(&mut self, name: &'a str, column: &Column, cell: Option<&str>, rules: &Rules) {
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
        let read = match cell {
            None => {
                Err("not text in the encoding of the file: choose another one, or save the file as UTF-8".to_owned())
            }
            Some(cell) => self.put(name, column, &cell_text(cell), rules),
        };
        if let Err(message) = read {
            self.faults.push((part, CellError { column: Some(name.to_owned()), message }));
            if let Column::Field(name) = column {
                // It keeps its place, so that faults of the next ones are told under their own names.
                self.lead.fields.push((name.clone(), String::new()));
            }
        }
        self.columns.push((part, name));
    }

    fn put(&mut self, name: &str, column: &Column, text: &str, rules: &Rules) -> Result<(), String> {
        if text.is_empty() && !matches!(column, Column::Field(_)) {
            return Ok(());
        }
        let lead = &mut self.lead;
        let text = if *column == Column::ExternalId { bare_id(text)? } else { text };
        let place = match column {
            Column::ExternalId => &mut lead.external_id,
            Column::Name => &mut lead.name,
            Column::FirstName => &mut self.first_name,
            Column::LastName => &mut self.last_name,
            Column::Email => &mut lead.email,
            Column::Phone => &mut lead.phone,
            Column::Campaign => &mut lead.campaign,
            Column::Price if lead.price.is_empty() => {
                let (price, currency) = amounts::amount(text, rules.decimal).map_err(|error| error.to_string())?;
                (lead.price, self.priced_in) = (price, currency);
                return Ok(());
            }
            Column::Currency if lead.currency.is_none() => {
                lead.currency = Some(amounts::currency(text).ok_or_else(|| BadCurrency.to_string())?);
                return Ok(());
            }
            Column::DeliveredAt if lead.delivered_at.is_none() => {
                let at = times::time(text, rules.dates, rules.defaults.zone);
                lead.delivered_at = Some(at.map_err(|error| error.to_string())?);
                return Ok(());
            }
            Column::LeftOut => return Ok(()),
            Column::Field(_) | Column::Price | Column::Currency | Column::DeliveredAt => {
                lead.fields.push((name.to_owned(), text.to_owned()));
                return Ok(());
            }
        };
        if place.is_empty() {
            text.clone_into(place);
        } else if place != text {
            lead.fields.push((name.to_owned(), text.to_owned()));
        }
        Ok(())
    }

    fn finish(mut self, rules: &Rules) -> Result<ReadLead, Vec<CellError>> {
        let parts = [self.first_name.as_str(), self.last_name.as_str()].join(" ");
        let parts = parts.trim();
        if self.lead.name.is_empty() {
            parts.clone_into(&mut self.lead.name);
        } else if !parts.is_empty() && parts != self.lead.name {
            for (column, text) in [("First name", &self.first_name), ("Last name", &self.last_name)] {
                if !text.is_empty() && *text != self.lead.name {
                    self.lead.fields.push((column.to_owned(), text.clone()));
                }
            }
        }
        self.lead.currency = self.lead.currency.or(self.priced_in);
        let dated = self.lead.delivered_at.is_some();
        let checked = self.lead.check(&rules.defaults);
        let columns = self.columns;
        let column = |part| columns.iter().find(|(known, _)| *known == part).map(|(_, name)| (*name).to_owned());
        let mut faults = self.faults;
        match checked {
            Ok(checked) if faults.is_empty() => {
                let warnings = checked.warnings.into_iter();
                let warnings = warnings.map(|LeadFault { part, message }| CellError { column: column(part), message });
                return Ok(ReadLead { lead: checked.lead, dated, warnings: warnings.collect() });
            }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lead_imports::suggest;

    fn rules() -> Rules {
        Rules {
            defaults: Defaults {
                zone: "Europe/Berlin".parse().unwrap(),
                currency: Currency::EUR,
                now: "2026-11-22T12:00:00Z".parse().unwrap(),
            },
            decimal: DecimalMark::Point,
            dates: DateOrder::DayFirst,
        }
    }

    fn mapping(header: &[&str]) -> Result<Mapping, BadHeader> {
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        Mapping::new(suggest(&header, &[]).into_iter().map(|found| (found.name, found.column)).collect())
    }

    fn read(header: &[&str], cells: &[&str]) -> Result<ReadLead, Vec<CellError>> {
        let cells: Vec<_> = cells.iter().map(|cell| Some(Cow::Borrowed(*cell))).collect();
        mapping(header).unwrap().read(&cells, &rules())
    }

    #[test]
    fn a_good_row_in_any_order_and_spelling() {
        let lead = read(
            &["\u{feff}Date received", "First name", "LAST_NAME", "E-Mail", "Price", "Roof area", "Lead ID"],
            &["2026-11-01 08:30", "Zoë", "=cmd|' /C calc'!A0", "z@example.com", "12.5", "80 m²", "A-1"],
        )
        .unwrap()
        .lead;
        assert_eq!(lead.name, "Zoë =cmd|' /C calc'!A0");
        assert_eq!(lead.delivered_at.to_rfc3339(), "2026-11-01T07:30:00+00:00");
        assert_eq!(lead.price.unwrap().minor(), 1250);
        assert_eq!(lead.fields, [("Roof area".to_owned(), "80 m²".to_owned())]);
        assert_eq!(lead.external_id, "A-1");
    }

    #[test]
    fn every_fault_of_a_row_is_named() {
        let header = ["name", "email", "date", "price", "currency"];
        let errors = read(&header, &["A\0da", "nope", "31/13/2026", "twelve", "doubloons"]).unwrap_err();
        let columns: Vec<_> = errors.iter().filter_map(|error| error.column.as_deref()).collect();
        assert_eq!(columns, ["name", "email", "date", "currency", "price"]);
        assert!(read(&header, &["", "", "2026-01-01", "", ""]).unwrap_err()[0].message.contains("has no contact"));
        assert!(read(&header, &["Ada", "", "2027-01-01", "", ""]).unwrap_err()[0].message.contains("future"));
        let huge = "x".repeat(10_000_000);
        assert_eq!(read(&header, &[&huge, "", "", "", ""]).unwrap_err()[0].message, "longer than 200 characters");
        let unreadable = [Some(Cow::Borrowed("Ada")), None];
        let errors = mapping(&header).unwrap().read(&unreadable, &rules()).unwrap_err();
        assert_eq!(errors[0].column.as_deref(), Some("email"));
        assert!(errors[0].message.contains("encoding"));
    }

    #[test]
    fn rows_may_be_shorter_or_end_in_empty_cells() {
        let header = ["name", "email", "phone", "Roof"];
        assert_eq!(read(&header, &["Ada", "ada@mail.example"]).unwrap().lead.email, "ada@mail.example");
        assert!(read(&header, &["Ada", "", "", "flat", "", " "]).is_ok());
        let errors = read(&header, &["Ada", "", "", "flat", "more"]).unwrap_err();
        assert!(errors[0].message.contains("5 cells, the header 4"));
    }

    #[test]
    fn of_two_columns_of_one_meaning_nothing_is_lost() {
        let header = ["Name", "Phone", "Mobile"];
        let phones = |cells: &[&str]| {
            let lead = read(&header, cells).unwrap().lead;
            (lead.phone, lead.fields)
        };
        assert_eq!(phones(&["Ada", "", "0171 1"]), ("0171 1".to_owned(), vec![]));
        assert_eq!(
            phones(&["Ada", "030 2", "0171 2"]),
            ("030 2".to_owned(), vec![("Mobile".to_owned(), "0171 2".to_owned())])
        );
        assert_eq!(phones(&["Ada", "030 2", "030 2"]), ("030 2".to_owned(), vec![]));
    }

    #[test]
    fn values_as_people_write_them() {
        let header = ["Name", "Email", "Phone", "Price", "Created time", "Currency"];
        let lead = read(
            &header,
            &["Ada", "Ada L <ada@mail.example>", "p:+4915112345678", "1.250,00 €", "20.11.2026 14:05", ""],
        )
        .unwrap()
        .lead;
        assert_eq!((lead.email.as_str(), lead.phone.as_str()), ("ada@mail.example", "+4915112345678"));
        assert_eq!(lead.price.unwrap().decimal(), "1250.00");
        assert_eq!(lead.delivered_at.to_rfc3339(), "2026-11-20T13:05:00+00:00");
        let lead =
            read(&header, &["Ada", "mailto:ada@mail.example", "=\"0049301\"", "12.5000", "", "usd"]).unwrap().lead;
        assert_eq!((lead.email.as_str(), lead.phone.as_str()), ("ada@mail.example", "0049301"));
        assert_eq!(lead.price.unwrap().to_string(), "$12.50");
    }

    #[test]
    fn a_bad_email_beside_a_good_phone_is_a_warning() {
        let header = ["Name", "Email", "Phone"];
        let found = read(&header, &["Ada", "n/a", "030 1"]).unwrap();
        assert_eq!(found.lead.email, "");
        assert_eq!(found.lead.fields, [("Email (not usable as email)".to_owned(), "n/a".to_owned())]);
        assert_eq!(found.warnings[0].column.as_deref(), Some("Email"));
        let found = read(&header, &["Ada", "ada@mail.example", "4.91512E+11"]).unwrap();
        assert_eq!((found.lead.phone.as_str(), found.warnings.len()), ("", 1));
        assert!(read(&header, &["Ada", "n/a", ""]).is_err());
        assert!(read(&header, &["Ada", "n/a", "4.91512E+11"]).is_err());
    }

    #[test]
    fn ids_are_taken_as_they_were_before_a_spreadsheet() {
        let header = ["Lead ID", "Name"];
        assert_eq!(read(&header, &["l:910000000000001", "Ada"]).unwrap().lead.external_id, "910000000000001");
        assert_eq!(read(&header, &["l:x", "Ada"]).unwrap().lead.external_id, "l:x");
        assert!(read(&header, &["2.38459E+16", "Ada"]).unwrap_err()[0].message.contains("shortened"));
    }

    #[test]
    fn a_useless_header_is_refused() {
        assert!(matches!(mapping(&["colour", "shape"]), Err(BadHeader::NoPerson(_))));
        assert!(matches!(Mapping::new(vec![("n".into(), Column::Name); 101]), Err(BadHeader::TooMany(101))));
    }

    #[test]
    fn every_kind_of_column_can_be_chosen() {
        for (word, _) in crate::lead_imports::COLUMNS {
            assert_eq!(Column::parse(word, "x").unwrap().as_str(), word);
        }
        assert_eq!(Column::parse("colour", "x"), None);
    }

    #[test]
    fn what_is_left_out_is_not_even_looked_at() {
        let columns = vec![("name".to_owned(), Column::Name), ("junk".to_owned(), Column::LeftOut)];
        let lead = Mapping::new(columns).unwrap().read(&[Some(Cow::Borrowed("Ada")), None], &rules()).unwrap().lead;
        assert!(lead.fields.is_empty());
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(cells in prop::collection::vec(prop::option::of("\\PC{0,40}"), 0..8)) {
            let mapping = mapping(&["name", "email", "phone", "date", "price", "x"]).unwrap();
            let cells: Vec<_> = cells.into_iter().map(|cell| cell.map(Cow::Owned)).collect();
            let _ = mapping.read(&cells, &rules());
        }
    }
}
