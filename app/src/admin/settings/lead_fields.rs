//! The extra fields of leads, on `/admin/settings/leads`: what they are called, where they stand, and which of them partners see.

use domain::leads::{FieldKind, FieldRule, FieldRules};
use leptos::{prelude::*, server_fn::ServerFn};

use super::{api::SaveFields, frame::save_button};
use crate::ui::{Done, FormAlert, FormError};

/// The fields, each a row of the form.
#[component]
pub(super) fn LeadFieldsCard(
    /// The rules there are.
    rules: FieldRules,
    /// Whether the reader may change them.
    may_manage: bool,
    /// The error of the form.
    error: FormError,
) -> impl IntoView {
    let none = rules.0.is_empty();
    let rows = rules.0.into_iter().map(|rule| row(rule, may_manage, error));
    let rows = rows.collect_view();
    view! {
        <section class="card" aria-labelledby="fields">
            <h2 id="fields">"Extra fields"</h2>
            <p class="muted">
                "Every extra field that leads came with, by API or file. People read the label; fields with one label stand together. "
                "Hidden fields are left out of everything partners get: pages, files, webhooks and their API. Fields to filter by stand among the filters of every list of leads and are rows of reports. Searches find leads by the values of fields to search in, unless they are hidden. "
                "What was delivered is never changed."
            </p>
            <Done word="fields" message="The extra fields are saved."/>
            <FormAlert error/>
            {if none {
                view! { <p class="muted">"No lead has had an extra field yet."</p> }.into_any()
            } else {
                view! {
                    <form method="post" action=SaveFields::url() class="stack">
                        <div class="table-frame">
                            <table class="table">
                                <caption class="sr-only">"Extra fields"</caption>
                                <thead><tr>
                                    <th scope="col">"Delivered as"</th><th scope="col">"Label"</th><th scope="col">"Type"</th>
                                    <th scope="col">"Position"</th><th scope="col">"Use"</th>
                                </tr></thead>
                                <tbody>{rows}</tbody>
                            </table>
                        </div>
                        <p class="field__hint">
                            "Fields with a position stand first, lowest first. Values that do not fit the type are shown as they came. After a change of filters or searches it may take minutes until all leads are found by it."
                        </p>
                        {save_button(may_manage, "Save the fields")}
                    </form>
                }.into_any()
            }}
        </section>
    }
}

fn row(rule: FieldRule, may_manage: bool, error: FormError) -> impl IntoView {
    // By what it is and not by where it stands: a form that comes back finds its rows in another order, perhaps.
    let place = rule.key();
    let of = |what: &str| format!("{what}[{place}]");
    let (label, position) = (of("label"), of("position"));
    let number = rule.position.map(|position| position.to_string()).unwrap_or_default();
    let was = rule.version();
    let (kind, kind_label) = (of("kind"), format!("Type of {}", rule.name));
    let chosen = error.typed(&kind).unwrap_or_else(|| rule.kind.as_str().to_owned());
    let kinds = FieldKind::ALL.iter().map(|one| {
        view! { <option value=one.as_str() selected=one.as_str() == chosen>{one.label()}</option> }
    });
    let kinds = kinds.collect_view();
    let name = rule.name;
    view! {
        <tr>
            <th scope="row" class="cell-name"><bdi>{name.clone()}</bdi> <input type="hidden" name=of("name") value=name.clone()/>
                <input type="hidden" name=of("was") value=was/></th>
            <td data-label="Label">
                {field(label, format!("Label of {name}"), rule.label, (FieldRule::MAX_LABEL, name.clone()), may_manage, error)}
            </td>
            <td data-label="Type">
                <div class="field"><select name=kind aria-label=kind_label disabled=!may_manage>{kinds}</select></div>
            </td>
            <td data-label="Position">{field(position, format!("Position of {name}"), number, (4, String::new()), may_manage, error)}</td>
            <td data-label="Use"><div class="stack stack--tight">
                <label class="choice">
                    <input type="checkbox" name=of("filterable") value="yes" checked=rule.filterable disabled=!may_manage/>
                    "Filter by it" <span class="sr-only">{format!(": {name}")}</span>
                </label>
                <label class="choice">
                    <input type="checkbox" name=of("searched") value="yes" checked=rule.searched disabled=!may_manage/>
                    "Search in it" <span class="sr-only">{format!(": {name}")}</span>
                </label>
                <label class="choice">
                    <input type="checkbox" name=of("hidden") value="yes" checked=rule.hidden disabled=!may_manage/>
                    "Hidden from partners" <span class="sr-only">{format!(": {name}")}</span>
                </label>
            </div></td>
        </tr>
    }
}

fn field(
    name: String,
    label: String,
    value: String,
    (longest, placeholder): (usize, String),
    may_manage: bool,
    error: FormError,
) -> impl IntoView {
    let message = error.message(&name);
    let value = error.typed(&name).unwrap_or(value);
    let described = format!("{name}-error");
    view! {
        <div class="field">
            <input id=name.clone() name=name.clone() value=value maxlength=longest.to_string() placeholder=placeholder disabled=!may_manage
                aria-label=label aria-describedby=described.clone() aria-invalid=message.is_some().then_some("true")/>
            {message.map(|message| view! { <p class="field__error" id=described>{message}</p> })}
        </div>
    }
}
