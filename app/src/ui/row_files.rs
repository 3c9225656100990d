//! What pages about uploaded files of rows have in common: why a file was not taken, how far reading one is, and which rows were rejected.

use std::time::Duration;

use domain::{
    lead_imports::{ImportColumn, ImportProgress, ImportState, MAX_FILE, RejectedRow},
    money::grouped,
};
use leptos::{prelude::*, task::spawn_local, web_sys::Document};

use super::{
    dom::first,
    swap::{Question, ask, swap},
};

/// How often a page that is open asks how far an import is.
const EVERY: Duration = Duration::from_secs(1);

/// Why a file was not taken, by the word in the address.
pub(crate) fn upload_error(word: &str) -> String {
    match word {
        "large" => format!("The file is larger than {}: import it in parts.", megabytes(MAX_FILE)),
        "empty" => "Choose a file that is not empty.".to_owned(),
        "partner" => "Choose the partner the leads are for.".to_owned(),
        "columns" => "The file has more than 100 columns: remove those that are not needed.".to_owned(),
        "rows" => "The file has no rows below its header.".to_owned(),
        "quote" => "The first row does not end: most likely a quotation mark is never closed.".to_owned(),
        "header" => "The first row holds values: add a row above it that names the columns.".to_owned(),
        "workbook" => "The workbook cannot be read: save it as .xlsx without a password, or as CSV.".to_owned(),
        "no-workbook" => "A workbook cannot be read here: save the sheet as “CSV UTF-8”.".to_owned(),
        "workbook-large" => "The workbook is too large to be unpacked: save the sheet as CSV.".to_owned(),
        _ => "The first row is not text: save the file as “CSV UTF-8”.".to_owned(),
    }
}

pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1024 / 1024)
}

/// An import's state.
#[component]
pub(crate) fn StateBadge(
    /// The state.
    state: ImportState,
) -> impl IntoView {
    let class = match state {
        ImportState::Done => "badge badge--accepted",
        ImportState::Failed => "badge badge--rejected",
        ImportState::Running => "badge badge--new",
        _ => "badge",
    };
    view! { <span class=class>{state.label()}</span> }
}

/// A figure of an import: its label, the name that programs find it by, and what it counts.
pub(crate) type Figure = (&'static str, &'static str, u64);

/// How far an import is. While it runs, an open page asks again and again.
#[component]
pub(crate) fn ImportCourse(
    /// The address of its page.
    path: String,
    /// How far it is.
    progress: ImportProgress,
    /// What became of the rows.
    figures: Vec<Figure>,
) -> impl IntoView {
    let running = progress.state == ImportState::Running;
    let figures = figures.into_iter().map(|(label, name, count)| {
        view! { <div><dt>{label}</dt><dd data-figure=name>{grouped(&count.to_string())}</dd></div> }
    });
    let shown = view! {
        <div data-part="progress" class="stack" data-running=running.then_some(path)>
            <progress class="progress" max="100" value=progress.percent().to_string() aria-label="How much of the file was read"></progress>
            <p data-pace>{pace(&progress)}</p>
            <dl class="data">{figures.collect_view()}</dl>
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

/// Rows that cannot be used: where, which column, why.
#[component]
pub(crate) fn Rejects(
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

/// What each column of a file is read as, to be corrected.
#[component]
pub(crate) fn ColumnTable(
    /// The columns.
    columns: Vec<ImportColumn>,
    /// What a column can be: the identifier that the form sends, and the label.
    kinds: Vec<(&'static str, &'static str)>,
) -> impl IntoView {
    let rows = columns.into_iter().map(|one| column(one, &kinds));
    view! {
        <div class="table-frame table-frame--flat">
            <table class="table">
                <caption class="sr-only">"What each column is read as"</caption>
                <thead><tr><th scope="col">"Column"</th><th scope="col">"First values"</th><th scope="col">"Read as"</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

fn column(column: ImportColumn, kinds: &[(&'static str, &'static str)]) -> impl IntoView + use<> {
    let chosen = column.word;
    let options = kinds.iter().map(|(word, label)| {
        let selected = *word == chosen;
        view! { <option value=*word selected=selected>{*label}</option> }
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

/// What the rows that were looked at would become, in a sentence: so many of what.
pub(crate) fn verdict(rows: u64, parts: &[(u64, &str)], whole: bool) -> String {
    let number = |count: u64| grouped(&count.to_string());
    let noun = if rows == 1 { "row" } else { "rows" };
    let which = if whole { "Of its" } else { "Of the first" };
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{} {what}", number(*count)));
    format!("{which} {} {noun}: {}.", number(rows), parts.collect::<Vec<_>>().join(", "))
}
