//! Reading partners from the rows of a table: which column is what, and what is wrong with a row.
//!
//! Pure: the CSV reader and the database are the caller's.

use serde::{Deserialize, Serialize};

/// A row that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongRow {
    /// Its line in the file, from 1 on.
    pub line: u64,
    /// The name in it; may be empty.
    pub name: String,
    /// What is wrong with it, as field and message.
    pub messages: Vec<(String, String)>,
}

/// What an import would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPreview {
    /// Each column's name in the file and the field it fills; without one it is left out.
    pub columns: Vec<(String, Option<String>)>,
    /// The names of the partners that would be created, the first few.
    pub first: Vec<String>,
    /// How many would be created.
    pub ready: u64,
    /// The rows that would be left out.
    pub wrong: Vec<WrongRow>,
}

/// Maximum number of rows of a file.
pub const MAX_ROWS: usize = 2_000;

#[cfg(feature = "server")]
pub use reading::{BadTable, ReadTable, read_table};

#[cfg(feature = "server")]
mod reading {
    use std::collections::HashSet;

    use super::{MAX_ROWS, WrongRow};
    use crate::{
        partners::{PartnerForm, PartnerRecord},
        search::fold,
    };

    /// A table that cannot be read at all.
    #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
    pub enum BadTable {
        /// No column holds names.
        #[error("No column is called “name”. The first row has to name the columns.")]
        NoName,
        /// Two columns fill the same field.
        #[error("Two columns fill the same field: {0}.")]
        Twice(String),
        /// Nothing below the header.
        #[error("There are no rows below the first one, which names the columns.")]
        Empty,
        /// More than [`MAX_ROWS`].
        #[error("There are more than {MAX_ROWS} rows: import them in parts.")]
        TooMany,
    }

    /// A table, read.
    #[derive(Debug, Clone, Default, PartialEq, Eq)]
    pub struct ReadTable {
        /// Each column's name and the field it fills.
        pub columns: Vec<(String, Option<String>)>,
        /// The rows that can be imported.
        pub records: Vec<(u64, PartnerRecord)>,
        /// Those that cannot.
        pub wrong: Vec<WrongRow>,
    }

    fn field_of(header: &str) -> Option<&'static str> {
        let folded: String = fold(header).chars().filter(|c| c.is_alphanumeric()).collect();
        Some(match folded.as_str() {
            "name" | "partner" | "partnername" => "name",
            "externalref" | "reference" | "ref" | "crmid" | "id" | "number" => "external_ref",
            "company" | "legalname" | "firma" => "company",
            "vatid" | "vat" | "vatnumber" | "ustid" => "vat_id",
            "contact" | "contactname" | "person" => "contact_name",
            "email" | "mail" | "contactemail" | "emailaddress" => "email",
            "phone" | "telephone" | "tel" | "telefon" | "contactphone" => "phone",
            "street" | "address" | "strasse" => "street",
            "postalcode" | "postcode" | "zip" | "plz" => "postal_code",
            "city" | "town" | "ort" | "stadt" => "city",
            "country" | "land" => "country",
            "timezone" => "time_zone",
            "paymentterms" | "daystopay" | "terms" => "payment_terms",
            "tags" | "labels" => "tags",
            "notes" | "internalnotes" | "comment" => "internal_notes",
            _ => return None,
        })
    }

    fn put(form: &mut PartnerForm, field: &str, value: &str) {
        let place = match field {
            "name" => &mut form.name,
            "external_ref" => &mut form.external_ref,
            "company" => &mut form.company,
            "vat_id" => &mut form.vat_id,
            "contact_name" => &mut form.contact_name,
            "email" => &mut form.email,
            "phone" => &mut form.phone,
            "street" => &mut form.street,
            "postal_code" => &mut form.postal_code,
            "city" => &mut form.city,
            "country" => &mut form.country,
            "time_zone" => &mut form.time_zone,
            "payment_terms" => &mut form.payment_terms,
            "tags" => &mut form.tags,
            _ => &mut form.internal_notes,
        };
        value.clone_into(place);
    }

    /// Reads a table: its header, and its rows with their lines in the file. `known_names` and `known_refs` are taken in
    /// the account already.
    ///
    /// # Errors
    /// When no row of it can be read.
    pub fn read_table(
        header: &[String],
        rows: &[(u64, Vec<String>)],
        known_names: &HashSet<String>,
        known_refs: &HashSet<String>,
    ) -> Result<ReadTable, BadTable> {
        let fields: Vec<Option<&'static str>> = header.iter().map(|name| field_of(name)).collect();
        let mut seen = HashSet::new();
        for field in fields.iter().flatten() {
            if !seen.insert(*field) {
                return Err(BadTable::Twice((*field).to_owned()));
            }
        }
        if !seen.contains("name") {
            return Err(BadTable::NoName);
        }
        if rows.len() > MAX_ROWS {
            return Err(BadTable::TooMany);
        }
        let columns = header.iter().cloned().zip(fields.iter().map(|field| field.map(ToOwned::to_owned))).collect();
        let mut table = ReadTable { columns, ..ReadTable::default() };
        let (mut names, mut refs) = (known_names.clone(), known_refs.clone());
        for (line, cells) in rows.iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty())) {
            let mut form = PartnerForm::default();
            for (field, cell) in fields.iter().zip(cells) {
                if let Some(field) = field {
                    put(&mut form, field, cell.trim());
                }
            }
            let mut wrong = |messages: Vec<(String, String)>| {
                table.wrong.push(WrongRow { line: *line, name: form.name.clone(), messages });
            };
            if cells.len() != header.len() {
                wrong(vec![(
                    "row".into(),
                    format!("It has {} cells, the first row has {}.", cells.len(), header.len()),
                )]);
                continue;
            }
            match PartnerRecord::parse(&form) {
                Err(errors) => {
                    wrong(errors.iter().map(|(field, message)| (field.to_owned(), message.to_owned())).collect());
                }
                Ok(record) => {
                    let mut taken = Vec::new();
                    if names.contains(&record.name) {
                        taken.push(("name".to_owned(), "There is a partner of this name already.".to_owned()));
                    }
                    if record.external_ref.as_ref().is_some_and(|reference| refs.contains(reference)) {
                        taken.push((
                            "external_ref".to_owned(),
                            "There is a partner of this reference already.".to_owned(),
                        ));
                    }
                    if taken.is_empty() {
                        names.insert(record.name.clone());
                        refs.extend(record.external_ref.clone());
                        table.records.push((*line, record));
                    } else {
                        wrong(taken);
                    }
                }
            }
        }
        if table.records.is_empty() && table.wrong.is_empty() { Err(BadTable::Empty) } else { Ok(table) }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn table(text: &str) -> Result<ReadTable, BadTable> {
            let mut lines = text.lines().map(|line| line.split(';').map(ToOwned::to_owned).collect::<Vec<_>>());
            let header = lines.next().unwrap();
            let rows: Vec<_> = (2_u64..).zip(lines).collect();
            let known = HashSet::from(["Contoso".to_owned()]);
            read_table(&header, &rows, &known, &HashSet::from(["R1".to_owned()]))
        }

        #[test]
        fn rows_are_read_and_what_is_wrong_is_said() {
            let read = table(
                "Name;E-Mail;Reference;Shoe size\nZeta;a@b.de;R2;43\nContoso;;;\nYeti;nobody;R1;\nZeta;;;\nShort\n;;;",
            )
            .unwrap();
            assert_eq!(read.columns[3], ("Shoe size".to_owned(), None));
            assert_eq!(read.records.len(), 1);
            assert_eq!((read.records[0].0, read.records[0].1.contact.email.as_str()), (2, "a@b.de"));
            let wrong: Vec<_> = read.wrong.iter().map(|row| (row.line, row.messages[0].0.as_str())).collect();
            assert_eq!(wrong, [(3, "name"), (4, "email"), (5, "name"), (6, "row")]);
        }

        #[test]
        fn tables_without_names_are_refused() {
            assert_eq!(table("Firma;Ort\nA;B"), Err(BadTable::NoName));
            assert_eq!(table("Name;Partner\nA;B"), Err(BadTable::Twice("name".into())));
            assert_eq!(table("Name\n"), Err(BadTable::Empty));
        }
    }
}
