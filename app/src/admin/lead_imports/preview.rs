//! What a file would do: its columns, to be corrected, and its first rows as they would be read.

use domain::{
    ids::LeadImportId,
    lead_imports::{COLUMNS, ImportCounts, ImportPreview, ImportSample, ImportSummary, RejectedRow},
    tables::{DateOrder, DecimalMark, Reading},
};
use leptos::{prelude::*, server_fn::ServerFn};

use super::api::{DiscardLeadImport, MapLeadImport};
use crate::ui::{
    Alert, FileFormat, FormAlert, FormError, SelectField, When,
    row_files::{ColumnTable, Rejects, verdict},
};

/// The columns and the first rows.
#[component]
pub(super) fn Preview(
    /// The import.
    summary: ImportSummary,
    /// What it would do.
    preview: ImportPreview,
    /// Whether its leads go out to the partner.
    push: bool,
    /// What went wrong with the form.
    error: FormError,
) -> impl IntoView {
    let ImportPreview { reading, columns, problem, dates, samples, doubtful, known, rejects, counts, whole } = preview;
    let id = summary.id;
    let partner = summary.partner.1;
    // A question can be answered and the import started at once.
    let ready = problem.is_none() || !dates.is_empty();
    let asked = !dates.is_empty();
    let undated = reading.undated;
    let has_time = columns.iter().any(|column| column.word == "delivered_at");
    let shown = problem.is_none();
    view! {
        <p class="muted">
            {if push {
                format!("New leads go to {partner} and are delivered by its webhook and mails.")
            } else {
                format!("New leads go to {partner}. Nothing is delivered.")
            }}
        </p>
        {problem.map(|text| view! { <Alert>{text}</Alert> })}
        <FormAlert error/>
        <form method="post" action=MapLeadImport::url() class="stack">
            <input type="hidden" name="id" value=id.to_string()/>
            <section class="card" aria-labelledby="columns">
                <h2 id="columns">"Columns"</h2>
                <ColumnTable columns kinds=COLUMNS.to_vec()/>
                {(asked || !has_time).then(|| view! {
                    <label class="choice">
                        <input type="checkbox" name="undated" value="yes" checked=undated/>
                        "No column says when the leads were delivered: they count as delivered now"
                    </label>
                })}
                <label class="choice">
                    <input type="checkbox" name="remember" value="yes"/>
                    {format!("Remember these columns for the next file of {partner}")}
                </label>
            </section>
            <Format reading error/>
            <div class="page__ways">
                <button class="button" type="submit">"Update the preview"</button>
                <button class="button button--primary" type="submit" name="then" value="start" disabled=!ready>"Import the leads"</button>
            </div>
            <p class="field__hint">"Invalid rows are rejected and listed with the reason; leads the partner has already are not changed."</p>
        </form>
        <Counts counts whole shown/>
        <Samples id="sample" title="New leads" samples/>
        <Samples id="doubtful" title="New leads with a warning" samples=doubtful/>
        <Samples id="known" title="Already present" samples=known/>
        <Invalid rejects/>
        <Discard id/>
    }
}

/// How the file is read, to be changed.
#[component]
fn Format(reading: Reading, error: FormError) -> impl IntoView {
    let dates = DateOrder::ALL.iter().map(|order| (order.to_string(), order.label().to_owned())).collect();
    let decimals = DecimalMark::ALL.iter().map(|mark| (mark.to_string(), mark.label().to_owned())).collect();
    let (order, mark) = (reading.dates.to_string(), reading.decimal.to_string());
    view! {
        <section class="card" aria-labelledby="format">
            <h2 id="format">"File format"</h2>
            <p class="muted">"Recognised from the file. Change what the preview shows wrong."</p>
            <div class="fields-row">
                <FileFormat reading error/>
                <SelectField name="dates" label="Dates" error choices=dates value=order/>
                <SelectField name="decimal" label="Numbers" error choices=decimals value=mark/>
            </div>
        </section>
    }
}

/// What the rows that were looked at would become. Nothing, while the file cannot be imported: that is said already.
#[component]
fn Counts(counts: ImportCounts, whole: bool, shown: bool) -> impl IntoView {
    let rows = counts.rows();
    if rows == 0 || !shown {
        return ().into_any();
    }
    let parts = [
        (counts.new, "new"),
        (counts.doubtful, "new with a warning"),
        (counts.known, "already present"),
        (counts.invalid, "invalid"),
    ];
    view! {
        <section class="stack" aria-labelledby="preview">
            <h2 id="preview">"Preview"</h2>
            <p data-verdict>{verdict(rows, &parts, whole)}</p>
        </section>
    }
    .into_any()
}

#[component]
fn Samples(id: &'static str, title: &'static str, samples: Vec<ImportSample>) -> impl IntoView {
    if samples.is_empty() {
        return ().into_any();
    }
    let warned = samples.iter().any(|sample| !sample.warnings.is_empty());
    view! {
        <section class="stack" aria-labelledby=id>
            <h3 id=id>{title}</h3>
            <div class="table-frame">
                <table class="table">
                    <caption class="sr-only">{title}</caption>
                    <thead><tr>
                        <th scope="col">"Line"</th><th scope="col">"Name"</th><th scope="col">"Email"</th><th scope="col">"Phone"</th>
                        <th scope="col">"Campaign"</th><th scope="col">"Delivered"</th><th scope="col" class="cell-amount">"Price"</th>
                        <th scope="col" class="cell-amount">"Extra fields"</th>
                        {warned.then(|| view! { <th scope="col">"Warning"</th> })}
                    </tr></thead>
                    <tbody>{samples.into_iter().map(|row| sample(row, warned)).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn sample(sample: ImportSample, warned: bool) -> impl IntoView {
    let name = if sample.name.is_empty() { "No name".to_owned() } else { sample.name };
    view! {
        <tr>
            <td data-label="Line" class="cell-figures">{sample.line}</td>
            <th scope="row" class="cell-name"><bdi>{name}</bdi></th>
            <td data-label="Email" class="cell-clip"><bdi>{sample.email}</bdi></td>
            <td data-label="Phone" class="cell-figures"><bdi>{sample.phone}</bdi></td>
            <td data-label="Campaign" class="cell-clip"><bdi>{sample.campaign}</bdi></td>
            <td data-label="Delivered" class="cell-figures"><When time=sample.delivered/></td>
            <td data-label="Price" class="cell-amount">{sample.price.map(|price| price.to_string())}</td>
            <td data-label="Extra fields" class="cell-amount">{sample.fields}</td>
            {warned.then(|| view! { <td data-label="Warning"><bdi>{sample.warnings}</bdi></td> })}
        </tr>
    }
}

#[component]
fn Invalid(rejects: Vec<RejectedRow>) -> impl IntoView {
    let some = !rejects.is_empty();
    some.then(|| {
        view! {
            <section class="stack" aria-labelledby="wrong">
                <h3 id="wrong">"Invalid rows"</h3>
                <Rejects rejects/>
            </section>
        }
    })
}

#[component]
fn Discard(id: LeadImportId) -> impl IntoView {
    view! {
        <details class="confirm">
            <summary>"Delete the file…"</summary>
            <form method="post" action=DiscardLeadImport::url()>
                <input type="hidden" name="id" value=id.to_string()/>
                <button class="button button--danger" type="submit">"Delete this file"</button>
            </form>
        </details>
    }
}
