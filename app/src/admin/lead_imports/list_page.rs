//! `/admin/leads/import`: uploads a file, and what became of those before.

use domain::{
    ids::PartnerId,
    lead_imports::{ImportSummary, MAX_FILE},
    money::grouped,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{
    LIST,
    api::{LeadImportsView, list_lead_imports},
};
use crate::ui::{
    Alert, Combobox, Done, ErrorPage, FormHelp, When,
    row_files::{StateBadge, megabytes, upload_error},
};

/// The form and the list.
#[component]
pub fn LeadImportsPage() -> impl IntoView {
    let map = use_query_map();
    let view = Resource::new(|| (), |()| list_lead_imports());
    let refused = move || map.read().get("wrong").map(|word| upload_error(&word));
    view! {
        <Title text="Import leads"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(LeadImportsView { partners, imports }) => view! {
                        <nav class="crumbs" aria-label="List"><a href="/admin/leads">"← Leads"</a></nav>
                        <div class="page__head"><h1>"Import leads"</h1></div>
                        {move || refused().map(|text| view! { <Alert>{text}</Alert> })}
                        <Done word="discarded" message="The file is deleted."/>
                        <Upload partners/>
                        <Imports imports/>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Upload(partners: Vec<(PartnerId, String)>) -> impl IntoView {
    if partners.is_empty() {
        return view! {
            <section class="empty"><h2>"There is no partner yet"</h2><p><a href="/admin/partners/new">"Create one first"</a></p></section>
        }
        .into_any();
    }
    let map = use_query_map();
    let chosen = Memo::new(move |_| map.read().get("partner").unwrap_or_default());
    let options = partners.into_iter().map(move |(id, name)| {
        let id = id.to_string();
        let own = id.clone();
        view! { <option value=id selected=move || chosen.get() == own>{name}</option> }
    });
    view! {
        <section class="card card--form" aria-labelledby="upload">
            <h2 id="upload">"Upload leads"</h2>
            <p class="muted">
                {format!("A CSV file or a workbook (.xlsx, .ods), up to {}. The first row names the columns, in any order. Before anything is stored you see how each column is read.", megabytes(MAX_FILE))}
            </p>
            <FormHelp/>
            // The file comes last: what it is for must be known before its first byte.
            <form method="post" action=LIST enctype="multipart/form-data" class="stack">
                <div class="field">
                    <label for="partner">"Partner"</label>
                    <Combobox>
                        <select id="partner" name="partner" required>
                            <option value="">"Choose…"</option>
                            {options.collect_view()}
                        </select>
                    </Combobox>
                </div>
                <label class="choice">
                    <input type="checkbox" name="push" value="yes" aria-describedby="push-hint"/>
                    "Deliver them to the partner as well"
                </label>
                <p class="field__hint" id="push-hint">"By webhook and mail, as the partner’s delivery settings say. Leave it off for leads the partner has received already."</p>
                <div class="field">
                    <label for="file">"File"</label>
                    <input id="file" name="file" type="file" accept=".csv,.tsv,.txt,.xlsx,.xls,.ods,text/csv,text/plain" required/>
                </div>
                <div><button class="button button--primary" type="submit">"Upload and preview"</button></div>
            </form>
        </section>
    }
    .into_any()
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
                <td data-label="Partner" class="cell-clip"><bdi>{import.partner.1}</bdi></td>
                <td data-label="Uploaded by" class="cell-clip"><bdi>{import.created_by}</bdi></td>
                <td data-label="When" class="cell-figures"><When time=import.created/></td>
                <td data-label="Status"><StateBadge state=progress.state/></td>
                <td data-label="Added" class="cell-amount">{number(progress.added)}</td>
                <td data-label="Already present" class="cell-amount">{number(progress.known)}</td>
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
                        <th scope="col">"File"</th><th scope="col">"Partner"</th><th scope="col">"Uploaded by"</th><th scope="col">"When"</th>
                        <th scope="col">"Status"</th><th scope="col" class="cell-amount">"Added"</th>
                        <th scope="col" class="cell-amount">"Already present"</th><th scope="col" class="cell-amount">"Rejected"</th>
                    </tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
