//! `/admin/partners/import`: a file of partners, looked at before it is imported.

use domain::{money::grouped, partners::import::ImportPreview, tables::Reading};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use super::{
    LIST,
    import_api::{ReadImport, RunImport, get_reading, may_import, preview_import},
};
use crate::{
    error::AppError,
    ui::{Alert, ErrorPage, FileFormat, FormAlert, FormError, form_error},
};

/// Uploads a file, then shows what is in it.
#[component]
pub fn ImportPartnersPage() -> impl IntoView {
    let map = use_query_map();
    let id = Memo::new(move |_| map.read().get("id").and_then(|id| id.parse::<Uuid>().ok()));
    let run = ServerAction::<RunImport>::new();
    let error = form_error(move || run.value().get());
    let view = Resource::new(
        move || id.get(),
        |id| async move {
            may_import().await?;
            match id {
                Some(id) => {
                    let preview = preview_import(id).await;
                    // What it was read as is to be changed above all where nothing could be read.
                    let reading =
                        if matches!(preview, Err(AppError::Invalid(_))) { get_reading(id).await.ok() } else { None };
                    Ok(Some((id, preview, reading)))
                }
                None => Ok::<_, AppError>(None),
            }
        },
    );
    let refused = move || {
        map.read().get("wrong").map(|word| match word.as_str() {
            "large" => "The file is larger than a megabyte: import it in parts.",
            "empty" => "Choose a file, or paste rows.",
            _ => "The workbook cannot be read: save it as .xlsx without a password, or as CSV.",
        })
    };
    view! {
        <Title text="Import partners"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let top = || view! {
                    <nav class="crumbs" aria-label="List"><a href=LIST>"← Back to partners"</a></nav>
                    <div class="page__head"><h1>"Import partners"</h1></div>
                };
                match view.await {
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                    Ok(None) => view! { {top()} {move || refused().map(|text| view! { <Alert>{text}</Alert> })} <Upload/> }.into_any(),
                    Ok(Some((_, Err(AppError::NotFound), _))) => view! {
                        {top()} <Alert>"This file was imported already, or its upload is more than a day old."</Alert> <Upload/>
                    }.into_any(),
                    Ok(Some((id, Err(wrong), reading))) => {
                        let messages = wrong.fields();
                        let messages = messages.iter().map(|(_, text)| view! { <p>{text.to_owned()}</p> }).collect_view();
                        view! { {top()} <Alert>{messages}</Alert> {reading.map(|reading| view! { <Format id reading/> })} <Upload/> }.into_any()
                    }
                    Ok(Some((id, Ok(preview), _))) => view! { {top()} <Preview id preview run error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Upload() -> impl IntoView {
    view! {
        <section class="card card--form" aria-labelledby="upload">
            <h2 id="upload">"Upload partners"</h2>
            <p class="muted">"A CSV file or a workbook (.xlsx, .ods). The first row names the columns: name, reference, company, vat_id, contact_name, email, phone, street, postal_code, city, country, time_zone, payment_terms, tags, notes. Only name is required. You see a preview before anything is stored."</p>
            <form method="post" action="/admin/partners/import" enctype="multipart/form-data" class="stack">
                <div class="field">
                    <label for="file">"File"</label>
                    <input id="file" name="file" type="file" accept=".csv,.tsv,.txt,.xlsx,.xls,.ods,text/csv,text/plain"/>
                </div>
                <div class="field">
                    <label for="rows">"Or paste rows from a spreadsheet"</label>
                    <textarea id="rows" name="rows" rows="6"></textarea>
                </div>
                <div><button class="button button--primary" type="submit">"Preview"</button></div>
            </form>
        </section>
    }
}

#[component]
fn Preview(id: Uuid, preview: ImportPreview, run: ServerAction<RunImport>, error: FormError) -> impl IntoView {
    let ImportPreview { reading, columns, first, ready, wrong } = preview;
    let columns = columns.into_iter().map(|(name, field)| {
        let field = field.map_or_else(|| "ignored".to_owned(), |field| column_of(&field));
        view! { <div><dt><bdi>{name}</bdi></dt><dd>{field}</dd></div> }
    });
    let shown = first.len() as u64;
    let more = (ready > shown).then(|| format!("and {} more", grouped(&(ready - shown).to_string())));
    let first = first.into_iter().map(|name| view! { <li><bdi>{name}</bdi></li> }).collect_view();
    let noun = if ready == 1 { "partner" } else { "partners" };
    let none_wrong = wrong.is_empty();
    let rows = wrong.into_iter().map(|row| {
        let messages = row.messages.into_iter().map(|(field, text)| format!("{}: {text}", column_of(&field)));
        view! {
            <tr>
                <td data-label="Line" class="cell-figures">{row.line}</td>
                <th scope="row"><bdi>{row.name}</bdi></th>
                <td data-label="Error">{messages.collect::<Vec<_>>().join(" ")}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <div class="columns">
            <section class="card" aria-labelledby="ready">
                <h2 id="ready">{format!("{} {noun} to create", grouped(&ready.to_string()))}</h2>
                <ul class="points">{first} {more.map(|more| view! { <li class="muted">{more}</li> })}</ul>
                <FormAlert error/>
                <div class="page__ways">
                    {(ready > 0).then(|| view! {
                        <ActionForm action=run>
                            <input type="hidden" name="id" value=id.to_string()/>
                            <button class="button button--primary" type="submit">"Import the partners"</button>
                        </ActionForm>
                    })}
                    <a class="button" href="/admin/partners/import">"Choose another file"</a>
                </div>
            </section>
            <section class="card" aria-labelledby="columns">
                <h2 id="columns">"Columns"</h2>
                <dl class="data">{columns.collect_view()}</dl>
            </section>
        </div>
        <Format id reading/>
        {(!none_wrong).then(|| view! {
            <section class="card" aria-labelledby="wrong">
                <h2 id="wrong">"Rows that will be skipped"</h2>
                <div class="table-frame">
                    <table class="table">
                        <caption class="sr-only">"Rows with errors"</caption>
                        <thead><tr><th scope="col">"Line"</th><th scope="col">"Name"</th><th scope="col">"Error"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        })}
    }
}

/// How the file is read, to be changed.
#[component]
fn Format(id: Uuid, reading: Reading) -> impl IntoView {
    let read = ServerAction::<ReadImport>::new();
    let error = form_error(move || read.value().get());
    view! {
        <section class="card card--form" aria-labelledby="format">
            <h2 id="format">"File format"</h2>
            <p class="muted">"Recognised from the file. Change what the preview shows wrong."</p>
            <form method="post" action=ReadImport::url() class="stack">
                <input type="hidden" name="id" value=id.to_string()/>
                <FormAlert error/>
                <FileFormat reading error/>
                <div><button class="button" type="submit">"Update the preview"</button></div>
            </form>
        </section>
    }
}

/// A field as the page's list of columns calls it.
fn column_of(field: &str) -> String {
    if field == "external_ref" { "reference".to_owned() } else { field.replace('_', " ") }
}
