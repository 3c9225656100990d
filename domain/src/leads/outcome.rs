//! What became of a lead: outcomes, which each account names for itself, the next step, and notes.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{ids::UserId, money::Money, time::LocalTime, validation::FieldErrors};

text_enum! {
    /// What an outcome means, whatever it is called.
    OutcomeKind {
        /// Nothing is decided yet.
        Open = "open",
        /// The partner has sold something; it may say for how much.
        Won = "won",
        /// Nothing will come of it; the partner says why.
        Lost = "lost",
    }
}

impl OutcomeKind {
    /// The kind as a label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "Still open",
            Self::Won => "Sold",
            Self::Lost => "Lost",
        }
    }
}

/// One of the outcomes that an account has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeChoice {
    /// What leads, files and programs call it; it never changes.
    pub code: String,
    /// What people call it.
    pub label: String,
    /// What it means.
    pub kind: OutcomeKind,
    /// Whether it is offered. Leads keep one that is not any more.
    pub active: bool,
}

impl OutcomeChoice {
    /// Maximum number of outcomes that an account has.
    pub const MOST: usize = 30;
    /// Maximum number of characters of a label.
    pub const MAX_LABEL: usize = 40;

    /// What an account begins with.
    #[must_use]
    pub fn first_list() -> Vec<Self> {
        let one = |code: &str, label: &str, kind| Self { code: code.into(), label: label.into(), kind, active: true };
        vec![
            one("contacted", "Contacted", OutcomeKind::Open),
            one("no_answer", "No answer", OutcomeKind::Open),
            one("appointment", "Appointment", OutcomeKind::Open),
            one("sold", "Sold", OutcomeKind::Won),
            one("lost", "Lost", OutcomeKind::Lost),
        ]
    }

    /// The label of a code; of one that is not there, the code.
    #[must_use]
    pub fn label_of<'a>(choices: &'a [Self], code: &'a str) -> &'a str {
        choices.iter().find(|choice| choice.code == code).map_or(code, |choice| choice.label.as_str())
    }

    /// Reads the account's list as a form has it: each label by its code with kind and whether it is offered, in the order of `choices`,
    /// and a new one, if its label is not empty.
    ///
    /// # Errors
    /// A message for each label that is empty, too long or taken.
    pub fn parse_list(
        choices: &[Self],
        rows: &[OutcomeRow<'_>],
        new: OutcomeRow<'_>,
    ) -> Result<Vec<Self>, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut list: Vec<Self> = Vec::with_capacity(choices.len() + 1);
        let mut add = |list: &mut Vec<Self>, field: &str, (code, kind): (String, OutcomeKind), row: &OutcomeRow<'_>| {
            let label = crate::text::name(row.label).into_owned();
            if label.is_empty() || label.chars().count() > Self::MAX_LABEL || label.contains('\0') {
                errors.add(field, format!("Enter a name of at most {} characters.", Self::MAX_LABEL));
            } else if list.iter().any(|one| one.label.to_lowercase() == label.to_lowercase()) {
                errors.add(field, "Another outcome has this name.");
            }
            let kind = row.kind.parse().unwrap_or(kind);
            list.push(Self { code, label, kind, active: row.active });
        };
        for choice in choices {
            let field = format!("label[{}]", choice.code);
            match rows.iter().find(|row| row.code == choice.code) {
                Some(row) => add(&mut list, &field, (choice.code.clone(), choice.kind), row),
                None => list.push(choice.clone()),
            }
        }
        if !new.label.trim().is_empty() {
            let code = Self::new_code(&list, new.label);
            add(&mut list, "new_label", (code, OutcomeKind::Open), &new);
        }
        if list.len() > Self::MOST {
            errors.add("new_label", format!("An account has at most {} outcomes.", Self::MOST));
        }
        if errors.is_empty() { Ok(list) } else { Err(errors) }
    }

    /// A code that no other outcome has, after its name where that has letters of ASCII.
    fn new_code(list: &[Self], label: &str) -> String {
        let words: String =
            label.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).take(30).collect();
        let words = words.split_whitespace().collect::<Vec<_>>().join("_");
        let plain = if words.is_empty() { "outcome".to_owned() } else { words };
        let taken = |code: &str| list.iter().any(|one| one.code == code);
        let mut code = plain.clone();
        let mut number = 2;
        while taken(&code) {
            code = format!("{plain}_{number}");
            number += 1;
        }
        code
    }
}

/// A row of the form in which an account names its outcomes.
#[derive(Debug, Clone, Copy, Default)]
pub struct OutcomeRow<'a> {
    /// Which one; empty for a new one.
    pub code: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// Its kind, as text.
    pub kind: &'a str,
    /// Whether it is offered.
    pub active: bool,
}

/// What somebody says became of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Which of the account's outcomes; none takes back what was said before.
    pub code: Option<String>,
    /// What it was sold for.
    pub value: Option<Money>,
    /// In the partner's own words; may be empty unless the lead is lost.
    pub comment: String,
}

impl Outcome {
    /// Maximum number of characters of a comment.
    pub const MAX_COMMENT: usize = 1_000;

    /// Reads an outcome from a form's fields `outcome`, `value` and `comment`; an empty `outcome` takes back what was said before.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    #[cfg(feature = "server")]
    pub fn parse(
        choices: &[OutcomeChoice],
        code: &str,
        value: &str,
        comment: &str,
        currency: crate::money::Currency,
    ) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let comment = comment.trim();
        if comment.chars().count() > Self::MAX_COMMENT || comment.contains('\0') {
            errors.add("comment", format!("Use at most {} characters of plain text.", Self::MAX_COMMENT));
        }
        if code.is_empty() {
            let nothing = Self { code: None, value: None, comment: comment.to_owned() };
            return if errors.is_empty() { Ok(nothing) } else { Err(errors) };
        }
        let chosen = choices.iter().find(|choice| choice.code == code && choice.active);
        let kind = chosen.map(|choice| choice.kind);
        if kind.is_none() {
            errors.add("outcome", "Choose one of the outcomes.");
        }
        if kind == Some(OutcomeKind::Lost) && comment.is_empty() {
            errors.add("comment", "Say why nothing came of it.");
        }
        let mut sold_for = None;
        if kind == Some(OutcomeKind::Won) && !value.trim().is_empty() {
            match read_value(value, currency) {
                Ok(value) => sold_for = Some(value),
                Err(message) => errors.add("value", message),
            }
        }
        if errors.is_empty() {
            Ok(Self { code: Some(code.to_owned()), value: sold_for, comment: comment.to_owned() })
        } else {
            Err(errors)
        }
    }
}

/// Reads what something was sold for, as people write it. What is one amount to some and another one to others, such as `1.200`, is
/// asked about.
#[cfg(feature = "server")]
fn read_value(text: &str, currency: crate::money::Currency) -> Result<Money, String> {
    use crate::tables::{DecimalMark, amounts::amount};
    let read = |mark| {
        let (digits, named) = amount(text, mark).map_err(|_| "Enter an amount, such as 1200.50.".to_owned())?;
        if named.is_some_and(|named| named != currency) {
            return Err(format!("Enter the amount in {}.", currency.code()));
        }
        Money::parse(&digits, currency).map_err(|error| format!("{error}."))
    };
    let value = match (read(DecimalMark::Point), read(DecimalMark::Comma)) {
        (Ok(one), Ok(other)) if one != other => {
            return Err(format!("Is this {one} or {other}? Write it without a separator, or with all its decimals."));
        }
        (Ok(value), _) | (Err(_), Ok(value)) => value,
        (Err(error), Err(_)) => return Err(error),
    };
    if value.minor < 0 { Err("Enter an amount of zero or more.".to_owned()) } else { Ok(value) }
}

/// The outcome that a lead has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadOutcome {
    /// Its code.
    pub code: String,
    /// What the lead was sold for.
    pub value: Option<Money>,
}

/// One step in what became of a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeEvent {
    /// The outcome, as people call it; none where one was taken back.
    pub label: Option<String>,
    /// What it was sold for.
    pub value: Option<Money>,
    /// In the partner's own words; may be empty.
    pub comment: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: LocalTime,
}

/// What is to be done with a lead next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStep {
    /// What; may be empty.
    pub text: String,
    /// On which day, of the account's time zone.
    pub on: Option<NaiveDate>,
    /// Who sees to the lead: one of the partner's users.
    pub assignee: Option<UserId>,
}

impl NextStep {
    /// Maximum number of characters.
    pub const MAX_TEXT: usize = 200;

    /// Reads the form's fields `next_step`, `next_step_on` and `assignee`; what is empty is nothing.
    ///
    /// # Errors
    /// A message for each field that has to be corrected.
    pub fn parse(text: &str, on: &str, assignee: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let text = text.trim();
        if text.chars().count() > Self::MAX_TEXT || text.contains('\0') {
            errors.add("next_step", format!("Use at most {} characters of plain text.", Self::MAX_TEXT));
        }
        let on = (!on.trim().is_empty()).then(|| crate::time::read_day(on.trim()));
        if on.as_ref().is_some_and(Result::is_err) {
            errors.add("next_step_on", "Choose a day.");
        } else if on.is_none() && !text.is_empty() {
            errors.add("next_step_on", "Choose the day on which this is to be done.");
        }
        let assignee = (!assignee.is_empty()).then(|| assignee.parse::<UserId>());
        if assignee.as_ref().is_some_and(Result::is_err) {
            errors.add("assignee", "Choose one of your users.");
        }
        match (on.transpose(), assignee.transpose()) {
            (Ok(on), Ok(assignee)) if errors.is_empty() => Ok(Self { text: text.to_owned(), on, assignee }),
            _ => Err(errors),
        }
    }
}

text_enum! {
    /// Which side wrote a note.
    NoteAuthor {
        /// Somebody of the partner.
        Partner = "partner",
        /// Somebody of the account.
        Account = "account",
    }
}

/// What somebody wrote about a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Whose side wrote it.
    pub author: NoteAuthor,
    /// Whether the other side reads it as well.
    pub shared: bool,
    /// What was written.
    pub text: String,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: LocalTime,
}

impl Note {
    /// Maximum number of characters.
    pub const MAX_TEXT: usize = 4_000;

    /// Reads a form's field `note`.
    ///
    /// # Errors
    /// A message when it is empty or too long.
    pub fn parse(text: &str) -> Result<String, FieldErrors> {
        let text = text.trim();
        if text.is_empty() {
            return Err(FieldErrors::one("note", "Write something first."));
        }
        if text.chars().count() > Self::MAX_TEXT || text.contains('\0') {
            return Err(FieldErrors::one("note", format!("Use at most {} characters of plain text.", Self::MAX_TEXT)));
        }
        Ok(text.to_owned())
    }
}

/// A lead whose next step is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueLead {
    /// Which lead.
    pub id: crate::ids::LeadId,
    /// The person's name; may be empty.
    pub name: String,
    /// What is to be done; may be empty.
    pub step: String,
    /// Since when.
    pub on: NaiveDate,
    /// Who sees to it.
    pub assignee: Option<String>,
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn parse(code: &str, value: &str, comment: &str) -> Result<Outcome, FieldErrors> {
        let mut choices = OutcomeChoice::first_list();
        choices[0].active = false;
        Outcome::parse(&choices, code, value, comment, Currency::EUR)
    }

    #[test]
    fn an_outcome_says_what_is_missing() {
        let sold = parse("sold", "1.200,50 €", " done ").unwrap();
        let value = Some(Money { minor: 120_050, currency: Currency::EUR });
        assert_eq!(sold, Outcome { code: Some("sold".into()), value, comment: "done".into() });
        assert_eq!(parse("sold", "", "").unwrap().value, None);
        assert_eq!(parse("", "x", "").unwrap().code, None);
        assert_eq!(parse("no_answer", "12", "").unwrap().value, None, "only a sale has a value");
        for (code, value, comment, field) in [
            ("contacted", "", "", "outcome"),
            ("won", "", "", "outcome"),
            ("lost", "", " ", "comment"),
            ("sold", "many", "", "value"),
            ("sold", "-1", "", "value"),
            ("sold", "12 USD", "", "value"),
            ("sold", "1.200", "", "value"),
        ] {
            assert!(parse(code, value, comment).unwrap_err().get(field).is_some(), "{code} {value} {comment}");
        }
        let minor = |text| parse("sold", text, "").unwrap().value.map(|value| value.minor);
        let read = ["1200", "1200,5", "1,200.00", "1.005", "7"].map(minor);
        assert_eq!(
            read,
            [120_000, 120_050, 120_000, 100_500, 700].map(Some),
            "three digits that are no decimals group"
        );
    }

    #[test]
    fn an_account_names_its_outcomes() {
        let list = OutcomeChoice::first_list();
        let row = |code, label, active| OutcomeRow { code, label, kind: "open", active };
        let rows = [row("contacted", "Reached", true), row("no_answer", "No answer", false)];
        let read = OutcomeChoice::parse_list(&list, &rows, row("", "Site visit!", true)).unwrap();
        let told = |one: &OutcomeChoice| (one.code.clone(), one.label.clone(), one.active);
        assert_eq!(told(&read[0]), ("contacted".into(), "Reached".into(), true));
        assert!(!read[1].active && read[3].kind == OutcomeKind::Won, "what was not sent stays");
        assert_eq!(told(&read[5]), ("site_visit".into(), "Site visit!".into(), true));
        assert_eq!(OutcomeChoice::new_code(&read, "Site visit"), "site_visit_2");
        assert_eq!(OutcomeChoice::new_code(&read, "Besichtigung ähm"), "besichtigung_hm");
        assert_eq!(OutcomeChoice::new_code(&read, "訪問"), "outcome");
        let errors =
            OutcomeChoice::parse_list(&list, &[row("contacted", " ", true)], row("", "sold", true)).unwrap_err();
        assert!(errors.get("label[contacted]").is_some() && errors.get("new_label").is_some());
    }

    #[test]
    fn a_next_step_has_its_day() {
        let step = NextStep::parse(" Call again ", "2026-12-01", "").unwrap();
        assert_eq!((step.text.as_str(), step.on), ("Call again", "2026-12-01".parse().ok()));
        assert_eq!(NextStep::parse("", "", ""), Ok(NextStep::default()));
        for (text, on, assignee, field) in [
            ("Call", "", "", "next_step_on"),
            ("", "soon", "", "next_step_on"),
            ("", "", "me", "assignee"),
            (&*"x".repeat(201), "", "", "next_step"),
        ] {
            assert!(NextStep::parse(text, on, assignee).unwrap_err().get(field).is_some(), "{text} {on} {assignee}");
        }
        assert!(Note::parse(" ").is_err() && Note::parse("x\0").is_err() && Note::parse(" x ").unwrap() == "x");
    }
}
