//! What became of a lead: outcomes, which each account names for itself, the next step, and notes.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::choices::{Choice, ChoiceKind};
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
pub type OutcomeChoice = Choice<OutcomeKind>;

impl ChoiceKind for OutcomeKind {
    const ALL: &'static [Self] = Self::ALL;
    const NOUN: &'static str = "outcome";
    const FIRST: &'static [(&'static str, &'static str, Self)] = &[
        ("contacted", "Contacted", Self::Open),
        ("no_answer", "No answer", Self::Open),
        ("appointment", "Appointment", Self::Open),
        ("sold", "Sold", Self::Won),
        ("lost", "Lost", Self::Lost),
    ];

    fn as_str(self) -> &'static str {
        self.as_str()
    }

    fn label(self) -> &'static str {
        self.label()
    }
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
