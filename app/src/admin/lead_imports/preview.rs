//! What a file would do: its columns, to be corrected, and its first rows as they would be read.

use domain::{
    ids::LeadImportId,
    lead_imports::{COLUMNS, ImportColumn, ImportPreview, ImportSample, ImportSummary, RejectedRow},
    money::grouped,
};
use leptos::{prelude::*, server_fn::ServerFn};

use super::api::{DiscardLeadImport, MapLeadImport};
use crate::ui::{Alert, FormAlert, FormError, When};

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
    let ImportPreview { columns, problem, samples, rejects, looked_at, whole } = preview;
    let id = summary.id;
    let partner = summary.partner.1;
    let ready = problem.is_none();
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
        <section class="card" aria-labelledby="columns">
            <h2 id="columns">"Columns"</h2>
            <form method="post" action=MapLeadImport::url() class="stack">
                <input type="hidden" name="id" value=id.to_string()/>
                <div class="table-frame table-frame--flat">
                    <table class="table">
                        <caption class="sr-only">"What each column is read as"</caption>
                        <thead><tr><th scope="col">"Column"</th><th scope="col">"First values"</th><th scope="col">"Read as"</th></tr></thead>
                        <tbody>{columns.into_iter().map(column).collect_view()}</tbody>
                    </table>
                </div>
                <div class="page__ways">
                    <button class="button" type="submit">"Update the preview"</button>
                    <button class="button button--primary" type="submit" name="then" value="start" disabled=!ready>"Import the leads"</button>
                </div>
                <p class="field__hint">"Invalid rows are rejected and listed with the reason; leads the partner has already are not changed."</p>
            </form>
        </section>
        <Samples samples rejects looked_at whole/>
        <Discard id/>
    }
}

fn column(column: ImportColumn) -> impl IntoView {
    let chosen = column.word;
    let options = COLUMNS.into_iter().map(|(word, label)| {
        let selected = word == chosen;
        view! { <option value=word selected=selected>{label}</option> }
    });
    let label = format!("{} is read as", column.name);
    let samples = if column.samples.is_empty() { "nothing".to_owned() } else { column.samples.join(" · ") };
    view! {
        <tr>
            <th scope="row" class="cell-name"><bdi>{column.name}</bdi></th>
            <td data-label="First values" class="cell-clip muted"><bdi>{samples}</bdi></td>
            <td data-label="Read as" class="cell-choice">
                <select class="input" name="columns[]" aria-label=label>{options.collect_view()}</select>
            </td>
        </tr>
    }
}

#[component]
fn Samples(samples: Vec<ImportSample>, rejects: Vec<RejectedRow>, looked_at: (u64, u64), whole: bool) -> impl IntoView {
    let (rows, wrong) = looked_at;
    if rows == 0 {
        return ().into_any();
    }
    let number = |count: u64| grouped(&count.to_string());
    let noun = if rows == 1 { "row" } else { "rows" };
    let which =
        if whole { format!("Of its {} {noun}", number(rows)) } else { format!("Of the first {} {noun}", number(rows)) };
    let verdict = match wrong {
        0 => format!("{which}, all are valid."),
        1 => format!("{which}, 1 is invalid."),
        wrong => format!("{which}, {} are invalid.", number(wrong)),
    };
    let none_wrong = rejects.is_empty();
    let none_good = samples.is_empty();
    view! {
        <section class="stack" aria-labelledby="sample">
            <h2 id="sample">"Preview"</h2>
            <p data-verdict>{verdict}</p>
            {(!none_good).then(|| view! {
                <div class="table-frame">
                    <table class="table">
                        <caption class="sr-only">"First leads"</caption>
                        <thead><tr>
                            <th scope="col">"Line"</th><th scope="col">"Name"</th><th scope="col">"Email"</th><th scope="col">"Phone"</th>
                            <th scope="col">"Campaign"</th><th scope="col">"Delivered"</th><th scope="col" class="cell-amount">"Price"</th>
                            <th scope="col" class="cell-amount">"Extra fields"</th>
                        </tr></thead>
                        <tbody>{samples.into_iter().map(sample).collect_view()}</tbody>
                    </table>
                </div>
            })}
        </section>
        {(!none_wrong).then(|| view! {
            <section class="stack" aria-labelledby="wrong">
                <h2 id="wrong">"Invalid rows"</h2>
                <Rejects rejects/>
            </section>
        })}
    }
    .into_any()
}

fn sample(sample: ImportSample) -> impl IntoView {
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
        </tr>
    }
}

/// Rows that cannot be leads: where, which column, why.
#[component]
pub(super) fn Rejects(
    /// The rows.
    rejects: Vec<RejectedRow>,
) -> impl IntoView {
    let rows = rejects.into_iter().map(|row| {
        let (columns, reasons) = row.columns_and_reasons();
        let cells = row.cells.join(" · ");
        view! {
            <tr>
                <th scope="row" class="cell-figures">{format!("Line {}", row.line)}</th>
                <td data-label="Column"><bdi>{columns}</bdi></td>
                <td data-label="Reason"><bdi>{reasons}</bdi></td>
                <td data-label="Row" class="cell-clip muted"><bdi>{cells}</bdi></td>
            </tr>
        }
    });
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"Invalid rows"</caption>
                <thead><tr>
                    <th scope="col">"Line"</th><th scope="col">"Column"</th><th scope="col">"Reason"</th><th scope="col">"Row"</th>
                </tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
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
