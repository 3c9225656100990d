//! The filters by extra fields, among those of a list of leads.

use domain::{
    leads::{FieldBound, FieldFilter, FieldKind, FilterField},
    time::read_day,
    version::version,
};
use leptos::prelude::*;

/// An input for each field that lists can be narrowed by, and for each that is asked for though it is none: it has to be seen.
pub(super) fn field_filters(mut fields: Vec<FilterField>, asked: &[FieldFilter]) -> impl IntoView + use<> {
    for filter in asked {
        if !fields.iter().any(|field| field.label == filter.label) {
            let (kind, values) = (FieldKind::Text, Vec::new());
            fields.push(FilterField { label: filter.label.clone(), kind, hidden: false, values });
        }
    }
    let value = |bound: FieldBound, label: &str| {
        asked.iter().find(|filter| filter.bound == bound && filter.label == label).map(|filter| filter.value.clone())
    };
    let mut shown = Vec::new();
    for FilterField { label, kind, values, .. } in fields {
        let is = value(FieldBound::Is, &label);
        let (from, to) = (value(FieldBound::From, &label), value(FieldBound::To, &label));
        if kind.is_chosen() {
            shown.push(choice(&label, values, is));
        } else if !kind.is_ordered() || is.is_some() {
            shown.push(input(FieldBound::Is, &label, label.clone(), FieldKind::Text, is));
        }
        if kind.is_ordered() || from.is_some() || to.is_some() {
            shown.push(input(FieldBound::From, &label, format!("{label} from"), kind, from));
            shown.push(input(FieldBound::To, &label, format!("{label} to"), kind, to));
        }
    }
    view! { <div class="filters__own" data-part="fields">{shown.into_iter().collect_view()}</div> }
}

/// By which a form's field is found again; names may hold anything.
fn id_of(name: &str) -> String {
    format!("f-{}", version([("name", name)]))
}

fn input(bound: FieldBound, label: &str, shown: String, kind: FieldKind, value: Option<String>) -> AnyView {
    let name = FieldFilter::name(bound, label);
    let id = id_of(&name);
    let (kind, mode) = match kind {
        // A browser drops what is no day as it wants it.
        FieldKind::Date if value.as_ref().is_none_or(|value| read_day(value).is_ok()) => ("date", None),
        FieldKind::Number | FieldKind::Money => ("text", Some("decimal")),
        _ => ("text", None),
    };
    view! {
        <div class="field">
            <label for=id.clone()><bdi>{shown}</bdi></label>
            <input id=id name=name type=kind inputmode=mode value=value/>
        </div>
    }
    .into_any()
}

fn choice(label: &str, mut values: Vec<String>, chosen: Option<String>) -> AnyView {
    let name = FieldFilter::name(FieldBound::Is, label);
    let id = id_of(&name);
    values.extend(chosen.clone().filter(|chosen| !values.contains(chosen)));
    let options = values.into_iter().map(|value| {
        let own = chosen.as_ref() == Some(&value);
        let shown = value.clone();
        view! { <option value=value selected=own>{shown}</option> }
    });
    let options = options.collect_view();
    view! {
        <div class="field">
            <label for=id.clone()><bdi>{label.to_owned()}</bdi></label>
            <select id=id name=name><option value="">"Any"</option>{options}</select>
        </div>
    }
    .into_any()
}
