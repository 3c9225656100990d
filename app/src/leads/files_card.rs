//! The files that are attached to a lead, on its page: a plain form takes another one.

use domain::{
    files::{FileFault, FileKind, LeadFile, MAX_FILE},
    leads::NoteAuthor,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::ui::{Alert, Done, When};

/// The files of both sides, and the form for another one.
#[component]
pub(crate) fn FilesCard(
    /// The files, oldest first.
    files: Vec<LeadFile>,
    /// Where the lead's files are: each under its id, and a new one by POST.
    path: String,
    /// The state of the list that the lead was opened from, as a URL has it after the question mark.
    list: String,
    /// Whose side reads them.
    own: NoteAuthor,
    /// What the other side is called.
    other: String,
    /// Whether the reader may attach one.
    may_attach: bool,
    /// Whether the reader may take one away.
    may_download: bool,
) -> impl IntoView {
    let query = use_query_map();
    let fault = query.with(|query| query.get_str("wrong").and_then(|word| word.parse::<FileFault>().ok()));
    let none = files.is_empty();
    let rows = {
        let (path, other) = (path.clone(), other.clone());
        move |file: LeadFile| {
            let about = if file.author == own { String::new() } else { format!("from {other}, ") };
            let name = if may_download {
                view! { <a href=format!("{path}/{}", file.id) rel="external"><bdi>{file.name.clone()}</bdi></a> }
                    .into_any()
            } else {
                view! { <bdi>{file.name.clone()}</bdi> }.into_any()
            };
            let size = file.size_in_words();
            let (by, at) = file.by;
            view! {
                <li class="file">
                    <p>{name} " " <span class="muted">{size}</span></p>
                    <p class="muted">{about} <bdi>{by}</bdi> ", " <When time=at/></p>
                </li>
            }
        }
    };
    let rows = files.into_iter().map(rows).collect_view();
    let action = if list.is_empty() { path } else { format!("{path}?{list}") };
    let hint = format!("{}; at most {} MB. {other} sees it as well.", FileKind::KINDS, MAX_FILE / 1_024 / 1_024);
    let form = may_attach.then(|| {
        view! {
            <form method="post" action=action enctype="multipart/form-data" class="stack stack--tight">
                <div class="field">
                    <label for="file">"New file"</label>
                    <input id="file" name="file" type="file" required accept=FileKind::ACCEPT aria-describedby="file-hint"/>
                    <p class="field__hint" id="file-hint">{hint}</p>
                </div>
                <button class="button" type="submit">"Attach"</button>
            </form>
        }
    });
    (may_attach || !none).then(|| {
        view! {
            <section class="card" aria-labelledby="files">
                <h2 id="files">"Files"</h2>
                <Done word="attached" message="The file is attached."/>
                {fault.map(|fault| view! { <Alert>{fault.message()}</Alert> })}
                {if none {
                    view! { <p class="muted">"No files yet."</p> }.into_any()
                } else {
                    view! { <ul class="notes">{rows}</ul> }.into_any()
                }}
                {form}
            </section>
        }
    })
}
