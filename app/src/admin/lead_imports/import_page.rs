//! `/admin/leads/import/{id}`: one file: what it would do, how far it is, what became of it.

use domain::{
    ids::LeadImportId,
    lead_imports::{ImportProgress, ImportState, ImportSummary, ImportView, RejectedRow},
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    api::{CancelLeadImport, DiscardLeadImport, MapLeadImport, ResumeLeadImport, get_lead_import},
    preview::Preview,
};
use crate::{
    error::AppError,
    ui::{
        Alert, ErrorPage, FormAlert, FormError, When, form_error,
        row_files::{Figure, ImportCourse, Rejects, StateBadge},
    },
};

/// One import.
#[component]
pub fn LeadImportPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("import").and_then(|id| id.parse::<LeadImportId>().ok()));
    let view =
        Resource::new(move || id.get(), |id| async move { get_lead_import(id.ok_or(AppError::NotFound)?).await });
    // The forms are plain ones; what went wrong with them comes back in the address.
    let map = ServerAction::<MapLeadImport>::new();
    let cancel = ServerAction::<CancelLeadImport>::new();
    let resume = ServerAction::<ResumeLeadImport>::new();
    let discard = ServerAction::<DiscardLeadImport>::new();
    let error = form_error(move || {
        map.value().get().or(cancel.value().get()).or(resume.value().get()).or(discard.value().get())
    });
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(ImportView { summary, push, preview, rejects }) => {
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
                                Some(preview) => view! { <Preview summary preview push error/> }.into_any(),
                                None => view! { <Course summary rejects error/> }.into_any(),
                            }}
                        }.into_any()
                    }
                    Err(error) => view! { <Title text="Import leads"/> <ErrorPage error/> }.into_any(),
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
    let partner = summary.partner.clone();
    let none_rejected = rejects.is_empty();
    view! {
        <FormAlert error/>
        {(!failure.is_empty()).then(|| view! {
            <Alert><p>"The import failed: " {failure} "."</p><p>"What was read before is stored. Correct the file and upload it again: rows that are stored already are not stored twice."</p></Alert>
        })}
        <section class="card" aria-labelledby="course">
            <div class="card__head"><h2 id="course">"Progress"</h2> <StateBadge state/></div>
            <dl class="data"><div><dt>"Partner"</dt><dd><a href=format!("/admin/partners/{}/leads", partner.0)><bdi>{partner.1}</bdi></a></dd></div></dl>
            <ImportCourse path=format!("{LIST}/{id}") progress=summary.progress figures=figures(&summary.progress)/>
            {summary.ended.map(|time| view! { <p class="muted">"Finished " <When time/></p> })}
            {running.then(|| view! {
                <div class="page__ways">
                    <form method="post" action=CancelLeadImport::url()>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <button class="button" type="submit">"Cancel"</button>
                    </form>
                    <noscript><a class="button" href=format!("{LIST}/{id}")>"Refresh"</a></noscript>
                </div>
            })}
            {can_resume.then(|| view! {
                <form method="post" action=ResumeLeadImport::url()>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <button class="button button--primary" type="submit">"Resume"</button>
                </form>
            })}
            {running.then(|| view! { <p class="field__hint">"You can leave this page: the import continues. Cancelling keeps what is stored."</p> })}
        </section>
        {(!none_rejected).then(|| view! {
            <section class="stack" aria-labelledby="wrong">
                <div class="page__head">
                    <h2 id="wrong">"Rejected rows"</h2>
                    <a class="button" href=format!("{LIST}/{id}/rejects.csv") rel="external">"Download all with the reasons"</a>
                </div>
                <p class="muted">"Correct them in that file and upload it: its first three columns are ignored."</p>
                <Rejects rejects/>
            </section>
        })}
    }
}

fn figures(progress: &ImportProgress) -> Vec<Figure> {
    vec![
        ("Leads added", "added", progress.added),
        ("Of them with a warning", "warned", progress.warned),
        ("Already present", "known", progress.known),
        ("Rows rejected", "rejected", progress.rejected),
    ]
}
