//! Fields of forms: a label on every one, its error beside it, what was typed still in it.

use leptos::prelude::*;

use super::{Combobox, FormHelp};
use crate::error::AppError;

/// The error of an action, as a form reads it. It is there when the page begins, for what changes it leads to another page. A page that
/// nobody waits for any more may be drawn to its end after its values are gone: then there is none.
#[derive(Debug, Clone, Copy)]
pub struct FormError(StoredValue<Option<AppError>>);

impl FormError {
    /// The error.
    #[must_use]
    pub fn get(self) -> Option<AppError> {
        self.0.try_get_value().flatten()
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn message(self, field: &str) -> Option<String> {
        self.get()?.fields().get(field).map(ToOwned::to_owned)
    }

    /// What was typed into a field, when the form came back.
    #[must_use]
    pub fn typed(self, field: &str) -> Option<String> {
        self.get()?.fields().typed(field).map(ToOwned::to_owned)
    }
}

/// What went wrong with a form as a whole, above its fields.
#[component]
pub fn FormAlert(
    /// The error of the form's action.
    error: FormError,
) -> impl IntoView {
    let summary = move || {
        error.get().map(|error| {
            let fields = error.fields();
            let list = fields
                .iter()
                .map(|(field, message)| view! { <li><a href=format!("#{field}")>{message.to_owned()}</a></li> })
                .collect_view();
            view! {
                // It is read out when the page comes, and is where the keyboard goes on.
                <div class="alert" role="alert" tabindex="-1" autofocus>
                    <p>{error.message()}</p>
                    {(!fields.is_empty()).then(|| view! { <ul>{list}</ul> })}
                </div>
            }
        })
    };
    view! { <FormHelp/> {summary} }
}

/// One line of text.
#[component]
pub fn TextField(
    /// The input's name, by which errors find it.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// The error of the form's action.
    error: FormError,
    /// What stands in it at first.
    #[prop(into, optional)]
    value: String,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// What browsers may fill in, as HTML's `autocomplete` names it.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// What helps to fill it in.
    #[prop(optional)]
    hint: &'static str,
    /// Whether it must be filled in.
    #[prop(optional)]
    required: bool,
    /// Maximum number of characters.
    #[prop(default = 200)]
    max_length: usize,
    /// The id of a `datalist` with proposals.
    #[prop(optional)]
    list: Option<&'static str>,
) -> impl IntoView {
    let message = move || error.message(name);
    let value = move || error.typed(name).unwrap_or_else(|| value.clone());
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input id=name name=name type=kind value=value autocomplete=autocomplete required=required
                maxlength=max_length.to_string() list=list
                aria-describedby=format!("{name}-hint {name}-error")
                aria-invalid=move || message().is_some().then_some("true")/>
            {(!hint.is_empty()).then(|| view! { <p class="field__hint" id=format!("{name}-hint")>{hint}</p> })}
            {move || message().map(|message| view! { <p class="field__error" id=format!("{name}-error")>{message}</p> })}
        </div>
    }
}

/// The version of what a form is filled with, by which it is noticed that somebody else has changed it meanwhile.
#[component]
pub fn VersionField(
    /// The version.
    #[prop(into)]
    version: String,
    /// The error of the form's action.
    error: FormError,
) -> impl IntoView {
    view! { <input type="hidden" name="version" value=move || error.typed("version").unwrap_or_else(|| version.clone())/> }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// The input's name, by which errors find it.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// The error of the form's action.
    error: FormError,
    /// What stands in it at first.
    #[prop(into, optional)]
    value: String,
    /// What helps to fill it in.
    #[prop(optional)]
    hint: &'static str,
    /// How many lines it shows.
    #[prop(default = 4)]
    rows: u32,
    /// Maximum number of characters.
    #[prop(default = 5_000)]
    max_length: usize,
) -> impl IntoView {
    let message = move || error.message(name);
    let value = move || error.typed(name).unwrap_or_else(|| value.clone());
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <textarea id=name name=name rows=rows.to_string() maxlength=max_length.to_string()
                aria-describedby=format!("{name}-hint {name}-error")
                aria-invalid=move || message().is_some().then_some("true")>{value}</textarea>
            {(!hint.is_empty()).then(|| view! { <p class="field__hint" id=format!("{name}-hint")>{hint}</p> })}
            {move || message().map(|message| view! { <p class="field__error" id=format!("{name}-error")>{message}</p> })}
        </div>
    }
}

/// What a [`SelectField`] offers: its value and its label.
pub type Choice = (String, String);

/// One of several.
#[component]
pub fn SelectField(
    /// The input's name, by which errors find it.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// The error of the form's action.
    error: FormError,
    /// What there is to choose from.
    choices: Vec<Choice>,
    /// What is chosen at first.
    #[prop(into, optional)]
    value: String,
    /// What helps to choose.
    #[prop(optional)]
    hint: &'static str,
    /// Whether there can be hundreds.
    #[prop(optional)]
    many: bool,
) -> impl IntoView {
    let message = move || error.message(name);
    let chosen = Memo::new(move |_| error.typed(name).unwrap_or_else(|| value.clone()));
    let options = choices.into_iter().map(move |(key, text)| {
        let own = key.clone();
        view! { <option value=key selected=move || chosen.get() == own>{text}</option> }
    });
    let select = view! {
        <select id=name name=name aria-describedby=format!("{name}-hint {name}-error")
            aria-invalid=move || message().is_some().then_some("true")>{options.collect_view()}</select>
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {if many { view! { <Combobox>{select}</Combobox> }.into_any() } else { select.into_any() }}
            {(!hint.is_empty()).then(|| view! { <p class="field__hint" id=format!("{name}-hint")>{hint}</p> })}
            {move || message().map(|message| view! { <p class="field__error" id=format!("{name}-error")>{message}</p> })}
        </div>
    }
}

/// What the form's action said last, if it was an error.
pub fn form_error<T>(value: impl FnOnce() -> Option<Result<T, AppError>>) -> FormError {
    FormError(StoredValue::new(value().and_then(Result::err)))
}

/// Says that something was done, after a form came back by a redirect to `?done=word`.
#[component]
pub fn Done(
    /// The word in the address.
    word: &'static str,
    /// What was done.
    #[prop(into)]
    message: String,
) -> impl IntoView {
    let query = leptos_router::hooks::use_query_map();
    move || {
        // None where nobody waits for the page any more.
        query
            .try_with(|query| query.get_str("done") == Some(word))
            .unwrap_or_default()
            .then(|| view! { <div class="alert alert--good" role="status">{message.clone()}</div> })
    }
}
