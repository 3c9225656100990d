//! Reading partners from the rows of a table: which column is what, and what is wrong with a row.
//!
//! Pure: the CSV reader and the database are the caller's.

use serde::{Deserialize, Serialize};

use crate::tables::Reading;

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
    /// How the file is read.
    pub reading: Reading,
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
        lead_imports::{Column, cell_text, suggest},
        partners::{PartnerForm, PartnerRecord},
        search::fold,
    };

    /// A table that cannot be read at all.
    #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
    pub enum BadTable {
        /// No column holds names.
        #[error("No column is called “name”. The first row has to name the columns.")]
        NoName,
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

    /// The fields by what columns are called, in English, German, French, Spanish, Italian, Dutch and Polish.
    const FIELDS: [(&str, &[&str]); 13] = [
        (
            "name",
            &[
                "name", "partner", "partnername", "partnerin", "nom", "nombre", "nome", "naam", "nazwa", "partenaire",
                "socio",
            ],
        ),
        (
            "external_ref",
            &[
                "externalref", "reference", "ref", "crmid", "id", "number", "referenz", "nummer", "kundennummer",
                "partnernummer", "numero", "referencia", "riferimento", "referentie", "numer", "accountid",
                "customernumber",
            ],
        ),
        (
            "company",
            &[
                "company", "companyname", "legalname", "firma", "firmenname", "unternehmen", "societe", "entreprise",
                "raisonsociale", "empresa", "razonsocial", "azienda", "societa", "ragionesociale", "bedrijf",
                "bedrijfsnaam", "account", "accountname", "organization", "organisation", "nazwafirmy",
            ],
        ),
        (
            "vat_id",
            &[
                "vatid", "vat", "vatnumber", "vatno", "ustid", "ustidnr", "umsatzsteuerid", "tvaintracommunautaire",
                "numerotva", "tva", "nif", "nifcif", "cif", "partitaiva", "piva", "btwnummer", "btw", "nip", "taxid",
                "uid",
            ],
        ),
        (
            "contact_name",
            &[
                "contact", "contactname", "contactperson", "person", "ansprechpartner", "kontakt", "kontaktperson",
                "interlocuteur", "contacto", "personadecontacto", "contatto", "referente", "contactpersoon",
                "osobakontaktowa",
            ],
        ),
        (
            "street",
            &[
                "street", "address", "streetaddress", "addressline1", "address1", "strasse", "strassehausnummer",
                "adresse", "anschrift", "rue", "calle", "direccion", "via", "indirizzo", "straat", "adres", "ulica",
                "billingstreet",
            ],
        ),
        (
            "postal_code",
            &[
                "postalcode", "postcode", "zip", "zipcode", "plz", "postleitzahl", "codepostal", "codigopostal", "cap",
                "codicepostale", "kodpocztowy", "billingzip",
            ],
        ),
        (
            "city",
            &[
                "city", "town", "ort", "stadt", "wohnort", "ville", "ciudad", "citta", "stad", "plaats", "miasto",
                "billingcity",
            ],
        ),
        ("country", &["country", "countrycode", "land", "pays", "pais", "paese", "kraj", "billingcountry"]),
        (
            "time_zone",
            &["timezone", "zeitzone", "fuseauhoraire", "zonahoraria", "fusoorario", "tijdzone", "strefaczasowa"],
        ),
        (
            "payment_terms",
            &[
                "paymentterms", "daystopay", "terms", "zahlungsziel", "zahlungsfrist", "delaidepaiement",
                "betaaltermijn",
            ],
        ),
        ("tags", &["tags", "labels", "schlagworte", "etiquetas", "etichette", "mots cles", "etykiety"]),
        (
            "internal_notes",
            &[
                "notes", "internalnotes", "comment", "comments", "notizen", "bemerkung", "bemerkungen", "kommentar",
                "notas", "note", "opmerkingen", "uwagi", "remarques",
            ],
        ),
    ];

    fn field_of(header: &str) -> Option<&'static str> {
        let folded: String = fold(header).chars().filter(|c| c.is_alphanumeric()).collect();
        let known = FIELDS.iter().find(|(_, names)| names.contains(&folded.as_str())).map(|(field, _)| *field);
        known.or_else(|| match suggest(&[header.to_owned()], &[]).first().map(|found| &found.column) {
            Some(Column::Email) => Some("email"),
            Some(Column::Phone) => Some("phone"),
            _ => None,
        })
    }

    /// Of two columns that fill the same field the first one with a value counts.
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
        if place.is_empty() {
            value.clone_into(place);
        }
    }

    /// Reads a table: its header, and its rows with their lines in the file. A cell is `None` where its bytes are no text.
    /// `known_names` and `known_refs` are taken in the account already. Without a column of names the companies' are taken.
    ///
    /// # Errors
    /// When no row of it can be read.
    pub fn read_table(
        header: &[String],
        rows: &[(u64, Vec<Option<String>>)],
        known_names: &HashSet<String>,
        known_refs: &HashSet<String>,
    ) -> Result<ReadTable, BadTable> {
        let mut fields: Vec<Option<&'static str>> = header.iter().map(|name| field_of(name)).collect();
        if !fields.contains(&Some("name")) {
            let company = fields.iter_mut().find(|field| **field == Some("company")).ok_or(BadTable::NoName)?;
            *company = Some("name");
        }
        if rows.len() > MAX_ROWS {
            return Err(BadTable::TooMany);
        }
        let columns = header.iter().cloned().zip(fields.iter().map(|field| field.map(ToOwned::to_owned))).collect();
        let mut table = ReadTable { columns, ..ReadTable::default() };
        let (mut names, mut refs) = (known_names.clone(), known_refs.clone());
        for (line, cells) in rows {
            let mut form = PartnerForm::default();
            for (field, cell) in fields.iter().zip(cells) {
                if let (Some(field), Some(cell)) = (field, cell) {
                    put(&mut form, field, &cell_text(cell));
                }
            }
            let mut wrong = |messages: Vec<(String, String)>| {
                table.wrong.push(WrongRow { line: *line, name: form.name.clone(), messages });
            };
            if cells.iter().any(Option::is_none) {
                let message = "It is not text in this encoding, or has a quotation mark that is never closed.";
                wrong(vec![("row".into(), message.to_owned())]);
                continue;
            }
            // Rows may be shorter, or end in empty cells.
            if cells.iter().skip(header.len()).flatten().any(|cell| !cell.trim().is_empty()) {
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
            let mut lines = text.lines().map(|line| line.split(';').map(ToOwned::to_owned).collect::<Vec<String>>());
            let header = lines.next().unwrap();
            let lines = lines.map(|cells| cells.into_iter().map(Some).collect());
            let rows: Vec<_> = (2_u64..).zip(lines).collect();
            let known = HashSet::from(["Contoso".to_owned()]);
            read_table(&header, &rows, &known, &HashSet::from(["R1".to_owned()]))
        }

        #[test]
        fn rows_are_read_and_what_is_wrong_is_said() {
            let read = table(
                "Name;E-Mail;Reference;Shoe size\nZeta;a@b.de;R2;43\nContoso;;;\nYeti;nobody;R1;\nZeta;;;\nLong;;;;x\nShort",
            )
            .unwrap();
            assert_eq!(read.columns[3], ("Shoe size".to_owned(), None));
            assert_eq!(read.records.len(), 2);
            assert_eq!((read.records[0].0, read.records[0].1.contact.email.as_str()), (2, "a@b.de"));
            let wrong: Vec<_> = read.wrong.iter().map(|row| (row.line, row.messages[0].0.as_str())).collect();
            assert_eq!(wrong, [(3, "name"), (4, "email"), (5, "name"), (6, "row")]);
        }

        #[test]
        fn columns_have_many_names_and_the_first_value_counts() {
            let read = table("Firma;Telefon;Mobil;Ville\nA GmbH;;0171 1;Lyon\nB GmbH;030 2;0171 2;").unwrap();
            let found: Vec<_> =
                read.records.iter().map(|(_, record)| (record.name.as_str(), record.contact.phone.as_str())).collect();
            assert_eq!(found, [("A GmbH", "0171 1"), ("B GmbH", "030 2")]);
        }

        #[test]
        fn tables_without_names_are_refused() {
            assert_eq!(table("Strasse;Ort\nA;B"), Err(BadTable::NoName));
            assert_eq!(table("Name\n"), Err(BadTable::Empty));
        }
    }
}
