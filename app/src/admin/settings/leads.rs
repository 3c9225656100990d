//! `/admin/settings/leads`: what partners can say became of leads, and why they refuse one.

use domain::leads::{Choice, ChoiceKind, MAX_LABEL, OutcomeKind, ReasonNeeds};
use leptos::prelude::*;

use super::{
    api::{SaveFields, SaveOutcomes, SaveReasons, SettingsView},
    frame::{SettingsFrame, save_button},
    lead_fields::LeadFieldsCard,
};
use crate::ui::{Done, FormAlert, FormError, form_error};

/// The account's outcomes and reasons.
#[component]
pub fn LeadsSettingsPage() -> impl IntoView {
    let (save_outcomes, save_reasons) = (ServerAction::<SaveOutcomes>::new(), ServerAction::<SaveReasons>::new());
    let save_fields = ServerAction::<SaveFields>::new();
    let page = move |SettingsView { outcomes, reasons, fields: rules, may_manage, .. }: SettingsView| {
        let of_outcomes = Told {
            id: "outcomes",
            title: "Outcomes",
            text: "What partners can say became of a lead.",
            kind: "Meaning",
            done: "The outcomes are saved.",
            save: "Save the outcomes",
            error: form_error(move || save_outcomes.value().get()),
        };
        let of_reasons = Told {
            id: "reasons",
            title: "Reasons to reject a lead",
            text: "Why partners can refuse a lead, and what they have to add.",
            kind: "Takes",
            done: "The reasons are saved.",
            save: "Save the reasons",
            error: form_error(move || save_reasons.value().get()),
        };
        let outcomes = fields::<OutcomeKind>(outcomes, of_outcomes, may_manage);
        let reasons = fields::<ReasonNeeds>(reasons, of_reasons, may_manage);
        view! {
            <section class="card" aria-labelledby="outcomes">
                {heading(of_outcomes)}
                <ActionForm action=save_outcomes attr:class="stack">{outcomes}</ActionForm>
            </section>
            <section class="card" aria-labelledby="reasons">
                {heading(of_reasons)}
                <ActionForm action=save_reasons attr:class="stack">{reasons}</ActionForm>
            </section>
            <LeadFieldsCard rules may_manage error=form_error(move || save_fields.value().get())/>
        }
        .into_any()
    };
    view! { <SettingsFrame title="Leads" page/> }
}

/// What the page says of a list.
#[derive(Clone, Copy)]
struct Told {
    id: &'static str,
    title: &'static str,
    text: &'static str,
    kind: &'static str,
    done: &'static str,
    save: &'static str,
    error: FormError,
}

fn heading(told: Told) -> impl IntoView {
    view! {
        <h2 id=told.id>{told.title}</h2>
        <p class="muted">
            {told.text}
            " A name can change at any time; what is not in use any more stays with the leads that have it. "
            "Programs and files use the code."
        </p>
        <Done word=told.id message=told.done/>
        <FormAlert error=told.error/>
    }
}

/// The entries of a list, each in a row of fields, and one for a new entry.
fn fields<K: ChoiceKind>(choices: Vec<Choice<K>>, told: Told, may_manage: bool) -> impl IntoView {
    let error = told.error;
    let rows = choices.into_iter().map(|choice| {
        let (code, of) = (choice.code, |name: &str, code: &str| format!("{name}[{code}]"));
        let label = of("label", &code);
        let kind = kinds(of("kind", &code), &format!("{} of {}", told.kind, choice.label), choice.kind, may_manage);
        let active = of("active", &code);
        view! {
            <tr>
                <td data-label="Name">{name_field(label, "Name".to_owned(), choice.label, may_manage, error)}</td>
                <td data-label=told.kind>{kind}</td>
                <td data-label="In use">
                    <label class="choice">
                        <input type="checkbox" name=active value="yes" checked=choice.active disabled=!may_manage/>
                        "In use"
                    </label>
                </td>
                <td data-label="Code"><code>{code}</code></td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let new = may_manage.then(|| {
        let name = format!("Name of a new {}", K::NOUN);
        let of_new = format!("{} of the new {}", told.kind, K::NOUN);
        view! {
            <tr>
                <td data-label="New">{name_field("new_label".to_owned(), name, String::new(), true, error)}</td>
                <td data-label=told.kind>{K::ALL.first().map(|first| kinds("new_kind".to_owned(), &of_new, *first, true))}</td>
                <td></td>
                <td></td>
            </tr>
        }
    });
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">{told.title}</caption>
                <thead><tr>
                    <th scope="col">"Name"</th><th scope="col">{told.kind}</th><th scope="col">"In use"</th><th scope="col">"Code"</th>
                </tr></thead>
                <tbody>{rows}{new}</tbody>
            </table>
        </div>
        {save_button(may_manage, told.save)}
    }
}

fn name_field(name: String, label: String, value: String, may_manage: bool, error: FormError) -> impl IntoView {
    let message = error.message(&name);
    let value = error.typed(&name).unwrap_or(value);
    let described = format!("{name}-error");
    view! {
        <div class="field">
            <label class="field">
                <span class="sr-only">{label}</span>
                // The summary of what is wrong leads to it; two lists have fields of one name.
                <input id=message.is_some().then(|| name.clone()) name=name.clone() value=value maxlength=MAX_LABEL.to_string() disabled=!may_manage
                    aria-describedby=described.clone() aria-invalid=message.is_some().then_some("true")/>
            </label>
            {message.map(|message| view! { <p class="field__error" id=described>{message}</p> })}
        </div>
    }
}

fn kinds<K: ChoiceKind>(name: String, label: &str, chosen: K, may_manage: bool) -> impl IntoView + use<K> {
    let options = K::ALL.iter().map(move |kind| {
        view! { <option value=kind.as_str() selected=*kind == chosen>{kind.label()}</option> }
    });
    view! { <select class="input" name=name aria-label=label.to_owned() disabled=!may_manage>{options.collect_view()}</select> }
}
