//! What is wrong with an input, said so that the person who typed it can correct it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Messages by field name, and what was typed, so that a form shown again loses nothing. The names are those of the form's
/// inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldErrors {
    messages: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    typed: BTreeMap<String, String>,
}

impl FieldErrors {
    /// One message for one field.
    #[must_use]
    pub fn one(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds a message; the first one for a field stays.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.messages.entry(field.to_owned()).or_insert_with(|| message.into());
    }

    /// The message for a field, if it has one.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.messages.get(field).map(String::as_str)
    }

    /// The same with what was typed. Never hand it a password.
    #[must_use]
    pub fn keeping<'a>(mut self, typed: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.typed = typed.into_iter().map(|(field, text)| (field.to_owned(), text.to_owned())).collect();
        self
    }

    /// What was typed into a field, if it was kept.
    #[must_use]
    pub fn typed(&self, field: &str) -> Option<&str> {
        self.typed.get(field).map(String::as_str)
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Field and message, ordered by field name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.messages.iter().map(|(field, message)| (field.as_str(), message.as_str()))
    }
}

/// A text that is not one of an enum's values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not a known {kind}")]
pub struct UnknownValue {
    kind: &'static str,
    word: String,
}

impl UnknownValue {
    pub(crate) fn new(kind: &'static str, word: &str) -> Self {
        Self { kind, word: word.chars().take(60).collect() }
    }
}
