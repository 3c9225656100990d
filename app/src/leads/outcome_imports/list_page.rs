//! `/partner/leads/outcomes`: uploads a file, and what became of those before.

use domain::{
    lead_imports::{ImportSummary, MAX_FILE},
    money::grouped,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{
    LIST,
    api::{OutcomeImportsView, list_outcome_imports},
};
use crate::ui::{
    Alert, Done, ErrorPage, FormHelp, When,
    row_files::{StateBadge, megabytes, upload_error},
};

/// The form and the list.
#[component]
pub fn OutcomeImportsPage() -> impl IntoView {
    let map = use_query_map();
    let view = Resource::new(|| (), |()| list_outcome_imports());
    let refused = move || map.read().get("wrong").map(|word| upload_error(&word));
    view! {
        <Title text="Import outcomes"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(OutcomeImportsView { imports, outcomes }) => view! {
                        <nav class="crumbs" aria-label="List"><a href=crate::leads::LIST>"← Leads"</a></nav>
                        <div class="page__head"><h1>"Import outcomes"</h1></div>
                        {move || refused().map(|text| view! { <Alert>{text}</Alert> })}
                        <Done word="discarded" message="The file is deleted."/>
                        <Upload outcomes/>
                        <Imports imports/>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Upload(outcomes: Vec<String>) -> impl IntoView {
    view! {
        <section class="card card--form" aria-labelledby="upload">
            <h2 id="upload">"Upload a file"</h2>
            <p class="muted">
                {format!("A CSV file, up to {}, with a row for each lead: which one it is, by its ID, email or phone, and its outcome. Before anything is stored you see how each column is read.", megabytes(MAX_FILE))}
            </p>
            <p class="muted">"Outcomes: " <bdi>{outcomes.join(", ")}</bdi> ". A sale can have a value; a lost lead needs a comment."</p>
            <FormHelp/>
            <form method="post" action=LIST enctype="multipart/form-data" class="stack">
                <div class="field">
                    <label for="file">"File"</label>
                    <input id="file" name="file" type="file" accept=".csv,.tsv,.txt,text/csv,text/plain" required aria-describedby="file-hint"/>
                    <p class="field__hint" id="file-hint">
                        "To begin with your own list, export your leads, and fill in the column “Outcome”."
                    </p>
                </div>
                <div><button class="button button--primary" type="submit">"Upload and preview"</button></div>
            </form>
        </section>
    }
}

#[component]
fn Imports(imports: Vec<ImportSummary>) -> impl IntoView {
    if imports.is_empty() {
        return ().into_any();
    }
    let rows = imports.into_iter().map(|import| {
        let progress = import.progress;
        let number = |count: u64| grouped(&count.to_string());
        view! {
            <tr>
                <th scope="row" class="cell-name"><a href=format!("{LIST}/{}", import.id)><bdi>{import.file_name}</bdi></a></th>
                <td data-label="Uploaded by" class="cell-clip"><bdi>{import.created_by}</bdi></td>
                <td data-label="When" class="cell-figures"><When time=import.created/></td>
                <td data-label="Status"><StateBadge state=progress.state/></td>
                <td data-label="Recorded" class="cell-amount">{number(progress.added)}</td>
                <td data-label="Known already" class="cell-amount">{number(progress.known)}</td>
                <td data-label="Rejected" class="cell-amount">{number(progress.rejected)}</td>
            </tr>
        }
    });
    view! {
        <section class="stack" aria-labelledby="imports">
            <h2 id="imports">"Previous imports"</h2>
            <div class="table-frame">
                <table class="table">
                    <caption class="sr-only">"Imports, latest first"</caption>
                    <thead><tr>
                        <th scope="col">"File"</th><th scope="col">"Uploaded by"</th><th scope="col">"When"</th>
                        <th scope="col">"Status"</th><th scope="col" class="cell-amount">"Recorded"</th>
                        <th scope="col" class="cell-amount">"Known already"</th><th scope="col" class="cell-amount">"Rejected"</th>
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
