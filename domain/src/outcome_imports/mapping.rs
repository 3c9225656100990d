//! From the cells of a row to what became of a lead.

use std::borrow::Cow;

use super::OutcomeColumn;
use crate::{
    lead_imports::{CellError, cell_text},
    leads::{Outcome, OutcomeChoice, OutcomeKind},
    money::{Currency, Money},
    phones,
    search::fold,
    tables::{DecimalMark, amounts::amount},
};

/// What columns are called in everyday files, without accents, case and what stands between words.
const NAMES: [(OutcomeColumn, &[&str]); 4] = [
    (OutcomeColumn::Currency, &["currency", "salecurrency", "wahrung", "devise", "moneda", "valuta", "waluta"]),
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
    /// The code of what became of it; none where the row says nothing.
    pub code: Option<String>,
    /// What it was sold for, if the row says so.
    pub value: Option<Money>,
    /// In the partner's own words, if there are any.
    pub comment: Option<String>,
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

    /// What people call the outcome of this code.
    #[must_use]
    pub fn label<'a>(&'a self, code: &'a str) -> &'a str {
        self.choices.iter().find(|choice| choice.code == code).map_or(code, |choice| &choice.label)
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
        let currency = cell(OutcomeColumn::Currency);
        let mut wrong = |column, message: String| errors.push(CellError { column: self.name_of(column), message });
        for (column, text) in
            [(OutcomeColumn::LeadId, &id), (OutcomeColumn::Email, &email), (OutcomeColumn::Phone, &phone)]
        {
            if text.contains('\0') {
                wrong(column, "holds a character that is no text".to_owned());
            }
        }
        let choice = self.choice(&outcome);
        if choice.is_none() && !outcome.is_empty() {
            let known: Vec<_> =
                self.choices.iter().filter(|choice| choice.active).map(|choice| choice.label.as_str()).collect();
            wrong(OutcomeColumn::Outcome, format!("is none of the outcomes: {}", known.join(", ")));
        }
        // Only a sale has a value.
        let value = value.trim();
        let value = match choice.filter(|choice| choice.kind == OutcomeKind::Won && !value.is_empty()) {
            None => None,
            Some(_) => match self.value(value, &currency) {
                Ok(value) => Some(value),
                Err((column, message)) => {
                    wrong(column, message);
                    None
                }
            },
        };
        if comment.chars().count() > Outcome::MAX_COMMENT || comment.contains('\0') {
            wrong(OutcomeColumn::Comment, format!("use at most {} characters of plain text", Outcome::MAX_COMMENT));
        }
        let phones = phones::spellings(&phone, self.calling_code);
        if id.is_empty() && email.is_empty() && phones.is_empty() {
            errors.push(CellError { column: None, message: "does not say which lead it is about".to_owned() });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let code = choice.map(|choice| choice.code.clone());
        let comment = Some(comment).filter(|comment| !comment.is_empty());
        Ok(ReadOutcome { id, email: email.to_ascii_lowercase(), phones, code, value, comment })
    }

    /// An amount as the file writes it. What is none in the account's currency is said, and not guessed.
    fn value(&self, text: &str, currency: &str) -> Result<Money, (OutcomeColumn, String)> {
        let no_amount = |message: String| (OutcomeColumn::Value, message);
        let (digits, named) = amount(text, self.decimal)
            .map_err(|_| no_amount("is no amount such as 1200.50; “Numbers” says how they are written".to_owned()))?;
        let other = |code: &str| format!("is {code}; amounts are in {}", self.currency.code());
        if let Some(named) = named.filter(|named| *named != self.currency) {
            return Err(no_amount(other(named.code())));
        }
        let currency = currency.trim();
        if !currency.is_empty() && !currency.eq_ignore_ascii_case(self.currency.code()) {
            return Err((OutcomeColumn::Currency, other(currency)));
        }
        let value = Money::parse(&digits, self.currency)
            .map_err(|error| no_amount(error.to_string().trim_end_matches('.').to_owned()))?;
        if value.minor < 0 { Err(no_amount("is less than nothing".to_owned())) } else { Ok(value) }
    }

    /// What a row says of a lead of which this was said before. What it does not say stays, as long as the outcome does.
    ///
    /// # Errors
    /// What is missing.
    pub fn said(&self, read: &ReadOutcome, before: &Outcome) -> Result<Outcome, CellError> {
        let same = read.code == before.code;
        let value = read.value.or(before.value.filter(|_| same));
        let comment = read.comment.clone().or_else(|| same.then(|| before.comment.clone())).unwrap_or_default();
        let choice = self.choices.iter().find(|choice| Some(&choice.code) == read.code.as_ref());
        if choice.is_some_and(|choice| !choice.active) && !same {
            let column = self.name_of(OutcomeColumn::Outcome);
            return Err(CellError { column, message: "is not in use any more".to_owned() });
        }
        if choice.is_some_and(|choice| choice.kind == OutcomeKind::Lost) && comment.is_empty() {
            let column = self.name_of(OutcomeColumn::Comment).or_else(|| self.name_of(OutcomeColumn::Outcome));
            return Err(CellError {
                column,
                message: "say why nothing came of it, in a column read as “Comment”".to_owned(),
            });
        }
        Ok(Outcome { code: read.code.clone(), value, comment })
    }

    /// The outcome that a cell names, whatever the case: by its label, else by its code; one in use before one that is not.
    fn choice(&self, text: &str) -> Option<&OutcomeChoice> {
        let wanted = fold(text);
        let found = |named: fn(&OutcomeChoice) -> &str| {
            let all = || self.choices.iter().filter(|choice| fold(named(choice)) == wanted);
            all().find(|choice| choice.active).or_else(|| all().next())
        };
        found(|choice| &choice.label).or_else(|| found(|choice| &choice.code))
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
        let euros = |minor| Some(Money { minor, currency: Currency::EUR });
        assert_eq!((sold.id.as_str(), sold.email.as_str()), ("A-1", "ada@mail.example"));
        assert_eq!((sold.code.as_deref(), sold.value), (Some("sold"), euros(120_050)));
        assert_eq!(
            read(["A-1", "", "", "sold", "1.200", ""]).unwrap().value,
            euros(120_000),
            "as the file writes amounts"
        );
        let called = read(["", "", "0171 2345678", "no_answer", "12", " later "]).unwrap();
        assert!(called.phones.contains(&"+491712345678".to_owned()));
        assert_eq!(
            (called.code.as_deref(), called.value, called.comment.as_deref()),
            (Some("no_answer"), None, Some("later"))
        );
        assert_eq!(read(["1", "", "", "", "", ""]).unwrap().code, None, "it says nothing");
        for (row, wrong) in [
            (["", "", "12", "sold", "", ""], "does not say which lead it is about"),
            (
                ["1", "", "", "won", "", ""],
                "Result: is none of the outcomes: Contacted, No answer, Appointment, Sold, Lost",
            ),
            (["1", "", "", "Sold", "much", ""], "Amount: is no amount"),
            (["1", "", "", "Sold", "12,345", ""], "Amount: "),
            (["1", "", "", "Sold", "12 USD", ""], "Amount: is USD; amounts are in EUR"),
            (["1", "", "", "Sold", "-12", ""], "Amount: "),
            (["1\0", "", "", "Sold", "", ""], "ID: holds a character that is no text"),
        ] {
            let found = read(row).unwrap_err();
            assert!(found.starts_with(wrong), "{found}");
        }
    }

    #[test]
    fn what_a_row_does_not_say_stays() {
        let mapping = mapping(&ALL, DecimalMark::Comma).unwrap();
        let before = |code: &str, value, comment: &str| {
            let value = Some(value).filter(|minor| *minor > 0).map(|minor| Money { minor, currency: Currency::EUR });
            Outcome { code: Some(code.into()), value, comment: comment.into() }
        };
        let sold = before("sold", 5_000, "signed");
        let says = |row: [&str; 6], before: &Outcome| mapping.said(&read(row).unwrap(), before);
        assert_eq!(says(["1", "", "", "Sold", "", ""], &sold).unwrap(), sold, "nothing is erased");
        assert_eq!(says(["1", "", "", "Sold", "60", ""], &sold).unwrap(), before("sold", 6_000, "signed"));
        assert_eq!(says(["1", "", "", "Contacted", "", ""], &sold).unwrap(), before("contacted", 0, ""));
        assert!(says(["1", "", "", "Lost", "", ""], &sold).unwrap_err().message.starts_with("say why"));
        let lost = before("lost", 0, "too dear");
        assert_eq!(says(["1", "", "", "Lost", "", ""], &lost).unwrap(), lost, "it was said why");
    }

    #[test]
    fn a_label_is_looked_for_before_a_code() {
        let mut choices = OutcomeChoice::first_list();
        choices[0].label = "Reached".into();
        choices[1].label = "Contacted".into();
        let columns = ALL.iter().map(|(name, column)| ((*name).to_owned(), *column)).collect();
        let mapping = OutcomeMapping::new(columns, choices, (Currency::EUR, DecimalMark::Comma), None).unwrap();
        let code = |text: &str| mapping.choice(text).map(|choice| choice.code.as_str());
        assert_eq!(
            (code("contacted"), code("reached"), code("sold")),
            (Some("no_answer"), Some("contacted"), Some("sold"))
        );
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
