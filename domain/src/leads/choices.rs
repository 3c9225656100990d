//! Lists that an account words for itself: what became of leads, and why one is refused.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::validation::{FieldErrors, UnknownValue};

/// What an entry of a list means, whatever it is called.
pub trait ChoiceKind: Copy + PartialEq + FromStr<Err = UnknownValue> + Send + Sync + 'static {
    /// Every meaning; the first is that of a new entry of which nothing else is said.
    const ALL: &'static [Self];
    /// What an entry is called: `outcome`.
    const NOUN: &'static str;
    /// What an account begins with: code, name and meaning.
    const FIRST: &'static [(&'static str, &'static str, Self)];

    /// The stable text form.
    fn as_str(self) -> &'static str;

    /// The meaning as a label.
    fn label(self) -> &'static str;
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice<K> {
    /// What leads, files and programs call it; it never changes.
    pub code: String,
    /// What people call it.
    pub label: String,
    /// What it means.
    pub kind: K,
    /// Whether it is offered. Leads keep one that is not any more.
    pub active: bool,
}

/// Maximum number of characters of a name.
pub const MAX_LABEL: usize = 40;

impl<K> Choice<K> {
    /// The label of a code; of one that is not there, the code.
    #[must_use]
    pub fn label_of<'a>(choices: &'a [Self], code: &'a str) -> &'a str {
        choices.iter().find(|choice| choice.code == code).map_or(code, |choice| choice.label.as_str())
    }
}

impl<K: ChoiceKind> Choice<K> {
    /// Maximum number of entries that a list has.
    pub const MOST: usize = 30;

    /// What an account begins with.
    #[must_use]
    pub fn first_list() -> Vec<Self> {
        let one = |(code, label, kind): &(&str, &str, K)| Self {
            code: (*code).to_owned(),
            label: (*label).to_owned(),
            kind: *kind,
            active: true,
        };
        K::FIRST.iter().map(one).collect()
    }

    /// Reads the account's list as a form has it: each label by its code with kind and whether it is offered, in the order of `choices`,
    /// and a new one, if its label is not empty.
    ///
    /// # Errors
    /// A message for each label that is empty, too long or taken.
    pub fn parse_list(choices: &[Self], rows: &[ChoiceRow<'_>], new: ChoiceRow<'_>) -> Result<Vec<Self>, FieldErrors>
    where
        K: Clone,
    {
        let mut errors = FieldErrors::default();
        let mut list: Vec<Self> = Vec::with_capacity(choices.len() + 1);
        let mut add = |list: &mut Vec<Self>, field: &str, (code, kind): (String, Option<K>), row: &ChoiceRow<'_>| {
            let label = crate::text::name(row.label).into_owned();
            if label.is_empty() || label.chars().count() > MAX_LABEL || label.contains('\0') {
                errors.add(field, format!("Enter a name of at most {MAX_LABEL} characters."));
            } else if list.iter().any(|one| one.label.to_lowercase() == label.to_lowercase()) {
                errors.add(field, format!("Another {} has this name.", K::NOUN));
            }
            if let Some(kind) = row.kind.parse().ok().or(kind) {
                list.push(Self { code, label, kind, active: row.active });
            }
        };
        for choice in choices {
            let field = format!("label[{}]", choice.code);
            match rows.iter().find(|row| row.code == choice.code) {
                Some(row) => add(&mut list, &field, (choice.code.clone(), Some(choice.kind)), row),
                None => list.push(choice.clone()),
            }
        }
        if !new.label.trim().is_empty() {
            let code = Self::new_code(&list, new.label);
            add(&mut list, "new_label", (code, K::ALL.first().copied()), &new);
        }
        if list.len() > Self::MOST {
            errors.add("new_label", format!("An account has at most {} {}s.", Self::MOST, K::NOUN));
        }
        if !list.iter().any(|choice| choice.active) {
            errors.add("new_label", format!("Keep at least one {} in use.", K::NOUN));
        }
        if errors.is_empty() { Ok(list) } else { Err(errors) }
    }

    /// A code that no other entry has, after its name where that has letters of ASCII.
    fn new_code(list: &[Self], label: &str) -> String {
        let words: String =
            label.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).take(30).collect();
        let words = words.split_whitespace().collect::<Vec<_>>().join("_");
        let plain = if words.is_empty() { K::NOUN.to_owned() } else { words };
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

/// A row of the form in which an account words a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChoiceRow<'a> {
    /// Which one; empty for a new one.
    pub code: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// Its kind, as text.
    pub kind: &'a str,
    /// Whether it is offered.
    pub active: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leads::{OutcomeChoice, OutcomeKind, RejectReason};

    #[test]
    fn an_account_names_its_outcomes() {
        let list = OutcomeChoice::first_list();
        let row = |code, label, active| ChoiceRow { code, label, kind: "open", active };
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
    fn a_list_keeps_something_to_choose() {
        let list = RejectReason::first_list();
        let off: Vec<_> =
            list.iter().map(|one| ChoiceRow { code: &one.code, label: &one.label, kind: "", active: false }).collect();
        let errors = RejectReason::parse_list(&list, &off, ChoiceRow::default()).unwrap_err();
        assert_eq!(errors.get("new_label"), Some("Keep at least one reason in use."));
    }
}
