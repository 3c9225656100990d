//! `/admin/leads/import/{id}`: one file: what it would do, how far it is, what became of it.

use std::time::Duration;

use domain::{
    ids::LeadImportId,
    lead_imports::{ImportProgress, ImportState, ImportSummary, ImportView, RejectedRow},
    money::grouped,
};
use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local, web_sys::Document};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    api::{CancelLeadImport, DiscardLeadImport, MapLeadImport, ResumeLeadImport, get_lead_import},
    list_page::StateBadge,
    preview::{Preview, Rejects},
};
use crate::{
    error::AppError,
    ui::{
        Alert, ErrorPage, FormAlert, FormError, When,
        dom::first,
        form_error,
        swap::{Question, ask, swap},
    },
};

/// How often a page that is open asks how far an import is.
const EVERY: Duration = Duration::from_secs(1);

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
            <Progress id progress=summary.progress/>
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

/// How far it is. While it runs, an open page asks again and again.
#[component]
fn Progress(id: LeadImportId, progress: ImportProgress) -> impl IntoView {
    let running = progress.state == ImportState::Running;
    let number = |count: u64| grouped(&count.to_string());
    let shown = view! {
        <div data-part="progress" class="stack" data-running=running.then(|| format!("{LIST}/{id}"))>
            <progress class="progress" max="100" value=progress.percent().to_string() aria-label="How much of the file was read"></progress>
            <p data-pace>{pace(&progress)}</p>
            <dl class="data">
                <div><dt>"Leads added"</dt><dd data-added>{number(progress.added)}</dd></div>
                <div><dt>"Of them with a warning"</dt><dd data-warned>{number(progress.warned)}</dd></div>
                <div><dt>"Already present"</dt><dd data-known>{number(progress.known)}</dd></div>
                <div><dt>"Rows rejected"</dt><dd data-rejected>{number(progress.rejected)}</dd></div>
            </dl>
        </div>
    };
    if running { view! { <LiveProgress>{shown}</LiveProgress> }.into_any() } else { shown.into_any() }
}

/// Asks for the page again and again, and shows how far it is there. Once the import runs no more, the whole page is loaded anew.
#[island]
pub fn LiveProgress(
    /// How far it is.
    children: Children,
) -> impl IntoView {
    let running =
        |document: &Document| first(document, "[data-running]").and_then(|part| part.get_attribute("data-running"));
    let again = move || {
        let Some(path) = running(&document()) else { return };
        spawn_local(async move {
            // A question that fails is asked again.
            let Ok(answer) = ask(&path, Question::Unattended, &path).await else { return };
            if running(&answer.document).is_some() {
                swap(&answer.document, false);
            } else {
                let _ = window().location().reload();
            }
        });
    };
    // Runs in browsers alone: without WebAssembly the page is loaded again.
    Effect::new(move || {
        if let Ok(clock) = set_interval_with_handle(again, EVERY) {
            on_cleanup(move || clock.clear());
        }
    });
    children()
}

fn pace(progress: &ImportProgress) -> String {
    let number = |count: u64| grouped(&count.to_string());
    let rows = progress.rows();
    let noun = if rows == 1 { "row" } else { "rows" };
    let mut text = format!("{} {noun} read, {} % of the file", number(rows), progress.percent());
    if let Some(rate) = progress.rate() {
        text.push_str(&format!(", {} a second", number(rate)));
    }
    match progress.state {
        ImportState::Running => match progress.seconds_left() {
            Some(seconds) => text.push_str(&format!(", {} left", duration(seconds))),
            None => text.push_str(", about to start"),
        },
        ImportState::Done => {
            let seconds = progress.lately.2.div_ceil(1_000);
            text.push_str(&format!(", in {}", duration(seconds)));
        }
        _ => {}
    }
    text.push('.');
    text
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5_400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}
