//! From the cells of a row to what became of a lead.

use std::borrow::Cow;

use super::OutcomeColumn;
use crate::{
    lead_imports::{CellError, cell_text},
    leads::{Outcome, OutcomeChoice},
    money::Currency,
    phones,
    search::fold,
    tables::{DecimalMark, amounts::amount},
};

/// What columns are called in everyday files, without accents, case and what stands between words.
const NAMES: [(OutcomeColumn, &[&str]); 3] = [
    (
        OutcomeColumn::Outcome,
        &[
            "outcome", "result", "ergebnis", "leadoutcome", "disposition", "dealstage", "stage", "phase", "resultat",
            "resultado", "risultato", "esito", "resultaat", "wynik", "leadstatus", "stand",
        ],
    ),
    (
        OutcomeColumn::Value,
        &[
            "salevalue", "value", "dealvalue", "amount", "dealamount", "revenue", "umsatz", "wert", "betrag",
            "auftragswert", "montant", "valeur", "importe", "valor", "importo", "valore", "bedrag", "waarde", "kwota",
            "wartosc", "soldfor",
        ],
    ),
    (
        OutcomeColumn::Comment,
        &[
            "comment", "comments", "reason", "lostreason", "note", "notes", "kommentar", "grund", "bemerkung",
            "commentaire", "raison", "comentario", "motivo", "commento", "opmerking", "reden", "komentarz", "powod",
        ],
    ),
];

/// What the columns of a file most likely hold: by their names, and what they would be in a file of leads.
#[must_use]
pub fn suggest<'a>(columns: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<OutcomeColumn> {
    let mut columns: Vec<_> = columns
        .map(|(name, as_lead)| {
            let name: String = fold(name).chars().filter(|c| c.is_alphanumeric()).collect();
            let known = NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(column, _)| *column);
            let column = known.unwrap_or(match as_lead {
                "external_id" => OutcomeColumn::LeadId,
                "email" => OutcomeColumn::Email,
                "phone" => OutcomeColumn::Phone,
                _ => OutcomeColumn::LeftOut,
            });
            (column, name)
        })
        .collect();
    // `Status` is what becomes of leads elsewhere; in our own files it says whether they were accepted.
    if !columns.iter().any(|(column, _)| *column == OutcomeColumn::Outcome)
        && let Some((column, _)) = columns.iter_mut().find(|(_, name)| name == "status")
    {
        *column = OutcomeColumn::Outcome;
    }
    // Of several that mean the same the first one counts.
    let mut seen = Vec::new();
    for (column, _) in &mut columns {
        if seen.contains(column) {
            *column = OutcomeColumn::LeftOut;
        } else if *column != OutcomeColumn::LeftOut {
            seen.push(*column);
        }
    }
    columns.into_iter().map(|(column, _)| column).collect()
}

/// What a row says: which lead, and what became of it.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadOutcome {
    /// The lead's id; may be empty.
    pub id: String,
    /// Its email address in lower case; may be empty.
    pub email: String,
    /// The spellings of its phone number.
    pub phones: Vec<String>,
    /// What became of it.
    pub outcome: Outcome,
}

unprinted!(ReadOutcome);

/// How the rows of a file are read.
#[derive(Debug, Clone)]
pub struct OutcomeMapping {
    columns: Vec<(String, OutcomeColumn)>,
    choices: Vec<OutcomeChoice>,
    currency: Currency,
    decimal: DecimalMark,
    calling_code: Option<&'static str>,
}

impl OutcomeMapping {
    /// With these columns and outcomes; amounts are in a currency and written with a decimal mark, phone numbers are of a country.
    ///
    /// # Errors
    /// Why nothing can be read that way, as a sentence.
    pub fn new(
        columns: Vec<(String, OutcomeColumn)>,
        choices: Vec<OutcomeChoice>,
        (currency, decimal): (Currency, DecimalMark),
        calling_code: Option<&'static str>,
    ) -> Result<Self, String> {
        use OutcomeColumn::{Email, LeadId, LeftOut, Outcome, Phone};
        let of = |wanted| columns.iter().filter(move |(_, column)| *column == wanted).count();
        if of(Outcome) == 0 {
            return Err("No column says what became of the leads: choose “Outcome” for the one that does.".to_owned());
        }
        if [LeadId, Email, Phone].into_iter().all(|column| of(column) == 0) {
            let message =
                "No column says which leads are meant: choose “Lead ID”, “Email” or “Phone” for one that does.";
            return Err(message.to_owned());
        }
        if let Some(twice) = OutcomeColumn::ALL.iter().find(|column| **column != LeftOut && of(**column) > 1) {
            return Err(format!(
                "More than one column is read as “{}”: choose “Ignored” for the others.",
                twice.label()
            ));
        }
        Ok(Self { columns, choices, currency, decimal, calling_code })
    }

    /// The name of the column that holds this.
    #[must_use]
    pub fn name_of(&self, wanted: OutcomeColumn) -> Option<String> {
        self.columns.iter().find(|(_, column)| *column == wanted).map(|(name, _)| name.clone())
    }

    /// Reads a row. A cell that is no text is none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(&self, cells: &[Option<Cow<'_, str>>]) -> Result<ReadOutcome, Vec<CellError>> {
        let more = cells.get(self.columns.len()..).unwrap_or_default();
        if more.iter().any(|cell| cell.as_ref().is_none_or(|text| !text.trim().is_empty())) {
            let message = format!("the row has {} cells, the header {}", cells.len(), self.columns.len());
            return Err(vec![CellError { column: None, message }]);
        }
        let mut errors = Vec::new();
        let mut cell = |wanted| {
            let place = self.columns.iter().position(|(_, column)| *column == wanted);
            match place.and_then(|place| cells.get(place)) {
                Some(Some(text)) => cell_text(text).into_owned(),
                Some(None) => {
                    errors.push(CellError { column: self.name_of(wanted), message: "is not readable".to_owned() });
                    String::new()
                }
                None => String::new(),
            }
        };
        let [id, email, phone] = [OutcomeColumn::LeadId, OutcomeColumn::Email, OutcomeColumn::Phone].map(&mut cell);
        let [outcome, value, comment] =
            [OutcomeColumn::Outcome, OutcomeColumn::Value, OutcomeColumn::Comment].map(&mut cell);
        let phones = phones::spellings(&phone, self.calling_code);
        if id.is_empty() && email.is_empty() && phones.is_empty() {
            errors.push(CellError { column: None, message: "does not say which lead it is about".to_owned() });
        }
        let code = self.code(&outcome);
        if code.is_none() {
            let known: Vec<_> =
                self.choices.iter().filter(|choice| choice.active).map(|choice| choice.label.as_str()).collect();
            let message = if outcome.is_empty() {
                "is empty".to_owned()
            } else {
                format!("is none of the outcomes: {}", known.join(", "))
            };
            errors.push(CellError { column: self.name_of(OutcomeColumn::Outcome), message });
        }
        // As the file writes amounts; what is none is said by whoever reads the outcome.
        let value = amount(&value, self.decimal).map_or(value.clone(), |(digits, named)| match named {
            Some(currency) => format!("{digits} {}", currency.code()),
            None => digits,
        });
        let read = Outcome::parse(&self.choices, code.unwrap_or_default(), &value, &comment, self.currency);
        match read {
            Ok(outcome) if errors.is_empty() => {
                Ok(ReadOutcome { id, email: email.to_ascii_lowercase(), phones, outcome })
            }
            Ok(_) => Err(errors),
            Err(wrong) => {
                for (field, message) in wrong.iter() {
                    let column = field.parse().ok().and_then(|column| self.name_of(column));
                    errors.push(CellError { column, message: message.trim_end_matches('.').to_owned() });
                }
                Err(errors)
            }
        }
    }

    /// The code of the outcome that a cell names: by its label or its code, whatever the case.
    fn code(&self, text: &str) -> Option<&str> {
        let wanted = fold(text);
        let named = |choice: &&OutcomeChoice| fold(&choice.label) == wanted || fold(&choice.code) == wanted;
        self.choices.iter().filter(|choice| choice.active).find(named).map(|choice| choice.code.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Money;

    fn mapping(columns: &[(&str, OutcomeColumn)], decimal: DecimalMark) -> Result<OutcomeMapping, String> {
        let columns = columns.iter().map(|(name, column)| ((*name).to_owned(), *column)).collect();
        OutcomeMapping::new(columns, OutcomeChoice::first_list(), (Currency::EUR, decimal), Some("49"))
    }

    const ALL: [(&str, OutcomeColumn); 6] = [
        ("ID", OutcomeColumn::LeadId),
        ("Mail", OutcomeColumn::Email),
        ("Tel", OutcomeColumn::Phone),
        ("Result", OutcomeColumn::Outcome),
        ("Amount", OutcomeColumn::Value),
        ("Why", OutcomeColumn::Comment),
    ];

    fn read(row: [&str; 6]) -> Result<ReadOutcome, String> {
        let cells = row.map(|cell| Some(Cow::Borrowed(cell)));
        let read = mapping(&ALL, DecimalMark::Comma).unwrap().read(&cells);
        read.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn a_row_says_which_lead_and_what_became_of_it() {
        let sold = read(["A-1", "Ada@Mail.example", "", "SOLD", "1.200,50", ""]).unwrap();
        let value = Some(Money { minor: 120_050, currency: Currency::EUR });
        assert_eq!((sold.id.as_str(), sold.email.as_str()), ("A-1", "ada@mail.example"));
        assert_eq!((sold.outcome.code.as_deref(), sold.outcome.value), (Some("sold"), value));
        let called = read(["", "", "0171 2345678", "no_answer", "", " later "]).unwrap();
        assert!(called.phones.contains(&"+491712345678".to_owned()));
        assert_eq!((called.outcome.code.as_deref(), called.outcome.comment.as_str()), (Some("no_answer"), "later"));
        for (row, wrong) in [
            (["", "", "12", "sold", "", ""], "does not say which lead it is about"),
            (
                ["1", "", "", "won", "", ""],
                "Result: is none of the outcomes: Contacted, No answer, Appointment, Sold, Lost",
            ),
            (["1", "", "", "", "", ""], "Result: is empty"),
            (["1", "", "", "Lost", "", ""], "Why: Say why nothing came of it"),
            (["1", "", "", "Sold", "much", ""], "Amount: Enter an amount, such as 1200.50"),
        ] {
            let found = read(row).unwrap_err();
            assert!(found.starts_with(wrong), "{found}");
        }
    }

    #[test]
    fn columns_are_known_by_their_names() {
        let columns =
            [("Lead ID", "external_id"), ("E-Mail", "email"), ("Status", "field"), ("Wert", "field"), ("Age", "field")];
        use OutcomeColumn::{Email, LeadId, LeftOut, Outcome, Value};
        assert_eq!(suggest(columns.into_iter()), [LeadId, Email, Outcome, Value, LeftOut]);
        let own = [
            ("Name", "name"),
            ("Status", "left_out"),
            ("Lead ID", "external_id"),
            ("Outcome", "left_out"),
            ("ID", "external_id"),
        ];
        assert_eq!(suggest(own.into_iter()), [LeftOut, LeftOut, LeadId, Outcome, LeftOut], "our own export");
        assert!(mapping(&ALL[..3], DecimalMark::Point).unwrap_err().contains("Outcome"));
        assert!(mapping(&ALL[3..], DecimalMark::Point).unwrap_err().contains("which leads"));
        let twice = [ALL[0], ALL[3], ALL[3]];
        assert!(mapping(&twice, DecimalMark::Point).unwrap_err().contains("More than one"));
    }
}
