//! `/partner/leads/outcomes/{import}`: one file: what it would do, how far it is, what became of it.

use domain::{
    ids::LeadImportId,
    lead_imports::{ImportProgress, ImportState, ImportSummary, RejectedRow},
    outcome_imports::{OutcomeColumn, OutcomeImportView, OutcomePreview, OutcomeSample},
    tables::DecimalMark,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    api::{CancelOutcomeImport, DiscardOutcomeImport, MapOutcomeImport, ResumeOutcomeImport, get_outcome_import},
};
use crate::{
    error::AppError,
    ui::{
        Alert, ErrorPage, FileFormat, FormAlert, FormError, SelectField, When, form_error,
        row_files::{ColumnTable, Figure, ImportCourse, Rejects, StateBadge, verdict},
    },
};

/// One import.
#[component]
pub fn OutcomeImportPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("import").and_then(|id| id.parse::<LeadImportId>().ok()));
    let view =
        Resource::new(move || id.get(), |id| async move { get_outcome_import(id.ok_or(AppError::NotFound)?).await });
    // The forms are plain ones; what went wrong with them comes back in the address.
    let map = ServerAction::<MapOutcomeImport>::new();
    let cancel = ServerAction::<CancelOutcomeImport>::new();
    let resume = ServerAction::<ResumeOutcomeImport>::new();
    let discard = ServerAction::<DiscardOutcomeImport>::new();
    let error = form_error(move || {
        map.value().get().or(cancel.value().get()).or(resume.value().get()).or(discard.value().get())
    });
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(OutcomeImportView { summary, preview, rejects }) => {
                        let title = summary.file_name.clone();
                        view! {
                            <Title text=title.clone()/>
                            <nav class="crumbs" aria-label="List"><a href=LIST>"← All imports"</a></nav>
                            <div class="page__head">
                                <div>
                                    <h1><bdi>{title}</bdi></h1>
                                    <p class="muted">
                                        "Uploaded by " <bdi>{summary.created_by.clone()}</bdi> ", " <When time=summary.created/>
                                    </p>
                                </div>
                            </div>
                            {match preview {
                                Some(preview) => view! { <Preview id=summary.id preview error/> }.into_any(),
                                None => view! { <Course summary rejects error/> }.into_any(),
                            }}
                        }.into_any()
                    }
                    Err(error) => view! { <Title text="Import outcomes"/> <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// How far it is, or what became of it.
#[component]
fn Course(summary: ImportSummary, rejects: Vec<RejectedRow>, error: FormError) -> impl IntoView {
    let id = summary.id;
    let state = summary.progress.state;
    let running = state == ImportState::Running;
    let can_resume = summary.can_resume();
    let failure = summary.error.clone();
    let none_rejected = rejects.is_empty();
    view! {
        <FormAlert error/>
        {(!failure.is_empty()).then(|| view! {
            <Alert><p>"The import failed: " {failure} "."</p><p>"What was read before is recorded. Correct the file and upload it again: what is recorded already is not recorded twice."</p></Alert>
        })}
        <section class="card" aria-labelledby="course">
            <div class="card__head"><h2 id="course">"Progress"</h2> <StateBadge state/></div>
            <ImportCourse path=format!("{LIST}/{id}") progress=summary.progress figures=figures(&summary.progress)/>
            {summary.ended.map(|time| view! { <p class="muted">"Finished " <When time/></p> })}
            {running.then(|| view! {
                <div class="page__ways">
                    <form method="post" action=CancelOutcomeImport::url()>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <button class="button" type="submit">"Cancel"</button>
                    </form>
                    <noscript><a class="button" href=format!("{LIST}/{id}")>"Refresh"</a></noscript>
                </div>
            })}
            {can_resume.then(|| view! {
                <form method="post" action=ResumeOutcomeImport::url()>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button class="button button--primary" type="submit">"Resume"</button>
                </form>
            })}
            {running.then(|| view! { <p class="field__hint">"You can leave this page: the import continues. Cancelling keeps what is recorded."</p> })}
        </section>
        {(!none_rejected).then(|| view! {
            <section class="stack" aria-labelledby="wrong">
                <div class="page__head">
                    <h2 id="wrong">"Rejected rows"</h2>
                    <a class="button" href=format!("{LIST}/{id}/rejects.csv") rel="external">"Download all with the reasons"</a>
                </div>
                <p class="muted">"Nothing is guessed: a row whose lead cannot be told is listed here. Correct the rows in that file and upload it: its first three columns are ignored."</p>
                <Rejects rejects/>
            </section>
        })}
    }
}

fn figures(progress: &ImportProgress) -> Vec<Figure> {
    vec![
        ("Outcomes recorded", "added", progress.added),
        ("Known already", "known", progress.known),
        ("Rows rejected", "rejected", progress.rejected),
    ]
}

/// The columns and the first rows.
#[component]
fn Preview(id: LeadImportId, preview: OutcomePreview, error: FormError) -> impl IntoView {
    let OutcomePreview { reading, columns, problem, samples, rejects, counts, whole } = preview;
    let decimals = DecimalMark::ALL.iter().map(|mark| (mark.to_string(), mark.label().to_owned())).collect();
    let mark = reading.decimal.to_string();
    let kinds = OutcomeColumn::ALL.iter().map(|column| (column.as_str(), column.label())).collect();
    let (new, known, rejected) = counts;
    let parts = [(new, "recorded"), (known, "known already"), (rejected, "rejected")];
    let ready = problem.is_none();
    let some_rejected = ready && !rejects.is_empty();
    view! {
        {problem.map(|text| view! { <Alert>{text}</Alert> })}
        <FormAlert error/>
        <form method="post" action=MapOutcomeImport::url() class="stack">
            <input type="hidden" name="id" value=id.to_string()/>
            <section class="card" aria-labelledby="columns">
                <h2 id="columns">"Columns"</h2>
                <ColumnTable columns kinds/>
            </section>
            <section class="card" aria-labelledby="format">
                <h2 id="format">"File format"</h2>
                <p class="muted">"Recognised from the file. Change what the preview shows wrong."</p>
                <div class="fields-row">
                    <FileFormat reading error/>
                    <SelectField name="decimal" label="Numbers" error choices=decimals value=mark/>
                </div>
            </section>
            <div class="page__ways">
                <button class="button" type="submit">"Update the preview"</button>
                <button class="button button--primary" type="submit" name="then" value="start" disabled=!ready>"Record the outcomes"</button>
            </div>
            <p class="field__hint">"Rows whose lead cannot be told are rejected and listed with the reason."</p>
        </form>
        {ready.then(|| view! {
            <section class="stack" aria-labelledby="preview">
                <h2 id="preview">"Preview"</h2>
                <p data-verdict>{verdict(new + known + rejected, &parts, whole)}</p>
                <Samples samples/>
            </section>
        })}
        {some_rejected.then(|| view! {
            <section class="stack" aria-labelledby="wrong"><h3 id="wrong">"Rejected rows"</h3><Rejects rejects/></section>
        })}
        <details class="confirm">
            <summary>"Delete the file…"</summary>
            <form method="post" action=DiscardOutcomeImport::url()>
                <input type="hidden" name="id" value=id.to_string()/>
                <button class="button button--danger" type="submit">"Delete this file"</button>
            </form>
        </details>
    }
}

#[component]
fn Samples(samples: Vec<OutcomeSample>) -> impl IntoView {
    if samples.is_empty() {
        return ().into_any();
    }
    let rows = samples.into_iter().map(|sample| {
        let name = if sample.name.is_empty() { "No name".to_owned() } else { sample.name };
        view! {
            <tr>
                <td data-label="Line" class="cell-figures">{sample.line}</td>
                <th scope="row" class="cell-name"><bdi>{name}</bdi></th>
                <td data-label="Before">{sample.before.unwrap_or_else(|| "–".to_owned())}</td>
                <td data-label="Outcome">{sample.after}</td>
                <td data-label="Sale value" class="cell-amount">{sample.value.map(|value| value.to_string())}</td>
                <td data-label="Comment" class="cell-clip"><bdi>{sample.comment}</bdi></td>
            </tr>
        }
    });
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="sr-only">"The first outcomes that would be recorded"</caption>
                <thead><tr>
                    <th scope="col">"Line"</th><th scope="col">"Lead"</th><th scope="col">"Before"</th><th scope="col">"Outcome"</th>
                    <th scope="col" class="cell-amount">"Sale value"</th><th scope="col">"Comment"</th>
                </tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
