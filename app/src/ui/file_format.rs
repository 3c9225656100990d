//! How an uploaded file is read, to be changed.

use domain::tables::{ENCODINGS, Reading, Separator};
use leptos::prelude::*;

use super::{Choice, FormError, SelectField};

/// The encoding and the separator of a file of text, or which sheet of a workbook is read.
#[component]
pub fn FileFormat(
    /// How it is read.
    reading: Reading,
    /// The error of the form's action.
    error: FormError,
) -> impl IntoView {
    if !reading.sheets.is_empty() {
        let sheets = reading.sheets.iter().enumerate().map(|(place, sheet)| (place.to_string(), sheet.name.clone()));
        let choices: Vec<Choice> = sheets.collect();
        return view! { <SelectField name="sheet" label="Sheet" error choices value=reading.sheet.to_string()/> }
            .into_any();
    }
    let encodings: Vec<Choice> = ENCODINGS.map(|(name, label)| (name.to_owned(), label.to_owned())).into();
    let separators = Separator::ALL.iter().map(|sign| (sign.to_string(), sign.label().to_owned()));
    let separators: Vec<Choice> = separators.collect();
    view! {
        <SelectField name="encoding" label="Encoding" error choices=encodings value=reading.encoding/>
        <SelectField name="separator" label="Column separator" error choices=separators value=reading.separator.to_string()/>
    }
    .into_any()
}
