//! `/admin/settings/leads`: what partners can say became of leads.

use domain::leads::{OutcomeChoice, OutcomeKind};
use leptos::prelude::*;

use super::{
    api::{SaveOutcomes, SettingsView},
    frame::{SettingsFrame, save_button},
};
use crate::ui::{Done, FormAlert, FormError, form_error};

/// The account's outcomes.
#[component]
pub fn LeadsSettingsPage() -> impl IntoView {
    let action = ServerAction::<SaveOutcomes>::new();
    let page = move |SettingsView { outcomes, may_manage, .. }: SettingsView| {
        view! { <Outcomes outcomes may_manage action/> }.into_any()
    };
    view! { <SettingsFrame title="Leads" page/> }
}

#[component]
fn Outcomes(outcomes: Vec<OutcomeChoice>, may_manage: bool, action: ServerAction<SaveOutcomes>) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let rows = outcomes.into_iter().map(|choice| {
        let (code, of) = (choice.code, |name: &str, code: &str| format!("{name}[{code}]"));
        let label = of("label", &code);
        let kind = kinds(of("kind", &code), &format!("Meaning of {}", choice.label), choice.kind, may_manage);
        let active = of("active", &code);
        view! {
            <tr>
                <td data-label="Name">{name_field(label, "Name".to_owned(), choice.label, may_manage, error)}</td>
                <td data-label="Meaning">{kind}</td>
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
        view! {
            <tr>
                <td data-label="New">{name_field("new_label".to_owned(), "Name of a new outcome".to_owned(), String::new(), true, error)}</td>
                <td data-label="Meaning">{kinds("new_kind".to_owned(), "Meaning of the new outcome", OutcomeKind::Open, true)}</td>
                <td></td>
                <td></td>
            </tr>
        }
    });
    view! {
        <section class="card" aria-labelledby="outcomes">
            <h2 id="outcomes">"Outcomes"</h2>
            <p class="muted">
                "What partners can say became of a lead. A name can change at any time; what is not in use any more stays with the leads that have it. "
                "Programs and files use the code."
            </p>
            <Done word="outcomes" message="The outcomes are saved."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <div class="table-frame">
                    <table class="table">
                        <caption class="sr-only">"Outcomes"</caption>
                        <thead><tr>
                            <th scope="col">"Name"</th><th scope="col">"Meaning"</th><th scope="col">"In use"</th><th scope="col">"Code"</th>
                        </tr></thead>
                        <tbody>{rows}{new}</tbody>
                    </table>
                </div>
                {save_button(may_manage, "Save the outcomes")}
            </ActionForm>
        </section>
    }
}

fn name_field(name: String, label: String, value: String, may_manage: bool, error: FormError) -> impl IntoView {
    let message = error.message(&name);
    let value = error.typed(&name).unwrap_or(value);
    let described = format!("{name}-error");
    view! {
        <div class="field">
            <label class="sr-only" for=name.clone()>{label}</label>
            <input id=name.clone() name=name value=value maxlength=OutcomeChoice::MAX_LABEL.to_string() disabled=!may_manage
                aria-describedby=described.clone() aria-invalid=message.is_some().then_some("true")/>
            {message.map(|message| view! { <p class="field__error" id=described>{message}</p> })}
        </div>
    }
}

fn kinds(name: String, label: &str, chosen: OutcomeKind, may_manage: bool) -> impl IntoView + use<> {
    let options = OutcomeKind::ALL.iter().map(move |kind| {
        view! { <option value=kind.as_str() selected=*kind == chosen>{kind.label()}</option> }
    });
    view! { <select class="input" name=name aria-label=label.to_owned() disabled=!may_manage>{options.collect_view()}</select> }
}
