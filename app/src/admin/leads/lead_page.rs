//! `/admin/leads/{id}`.

use domain::{
    ids::LeadId,
    leads::{AccountLeadQuery, Note, NoteAuthor, OutcomeChoice},
    returns::ReturnState,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    LIST,
    api::{AccountLeadView, DeliverAgain, WriteAccountNote, get_account_lead},
};
use crate::{
    admin::returns::{DecideReturns, Decided, decision_form},
    error::AppError,
    leads::{Data, DeliveriesOf, FilesCard, History, NoteList, ReturnList},
    ui::{Done, ErrorPage, FormAlert, StatusBadge, TextArea, When, form_error},
};

/// One lead, as the account sees it.
#[component]
pub fn AccountLeadPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let (note, decide) = (ServerAction::<WriteAccountNote>::new(), ServerAction::<DecideReturns>::new());
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<LeadId>().ok()));
    let view = Resource::new(
        move || (id.get(), location.search.get()),
        |(id, search)| async move {
            let id = id.ok_or(AppError::NotFound)?;
            Ok::<_, AppError>((get_account_lead(id).await?, search))
        },
    );
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok((view, search)) => view! { <Lead view search note decide/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Lead(
    view: AccountLeadView,
    search: String,
    note: ServerAction<WriteAccountNote>,
    decide: ServerAction<DecideReturns>,
) -> impl IntoView {
    let AccountLeadView { lead, partner: (partner, partner_name), deliveries, outcomes, notes, may_deliver, .. } = view;
    let list = AccountLeadQuery::from_query_string(search.trim_start_matches('?')).0;
    let outcome = lead.outcome.as_ref().map(|outcome| {
        let label = OutcomeChoice::label_of(&outcomes, &outcome.code).to_owned();
        let value = outcome.value.map(|value| format!(", {value}")).unwrap_or_default();
        view! { <section class="card"><h2>"Outcome"</h2><p data-outcome><strong>{label}{value}</strong></p></section> }
    });
    let error = form_error(move || note.value().get());
    let share = format!("{partner_name} reads it as well");
    let state = list.to_query_string();
    let write = may_deliver.then(|| {
        view! {
            <FormAlert error/>
            <ActionForm action=note attr:class="stack stack--tight">
                <input type="hidden" name="id" value=lead.summary.id.to_string()/>
                <input type="hidden" name="list" value=state/>
                <TextArea name="note" label="New note" error rows=3 max_length=Note::MAX_TEXT/>
                <label class="choice"><input type="checkbox" name="shared" value="yes"/>{share}</label>
                <button class="button" type="submit">"Write"</button>
            </ActionForm>
        }
    });
    let (of_lead, wrong) =
        (list.href(&format!("{LIST}/{}", lead.summary.id)), form_error(move || decide.value().get()));
    let returned = {
        let open = view.returns.last().filter(|last| last.state == ReturnState::Requested).map(|last| last.id);
        let decision = open.filter(|_| may_deliver).map(|id| decision_form(decide, wrong, of_lead.clone(), Some(id)));
        (!view.returns.is_empty()).then(|| {
            view! {
                <section class="card" aria-labelledby="return">
                    <h2 id="return">"Return"</h2>
                    <Decided/>
                    <FormAlert error=wrong/>
                    <ReturnList returns=view.returns/>
                    {decision}
                </section>
            }
        })
    };
    let of_files = format!("{LIST}/{}/files", lead.summary.id);
    let state_of_list = list.to_query_string();
    let files = view! {
        <FilesCard files=view.files path=of_files list=state_of_list own=NoteAuthor::Account other=partner_name.clone()
            may_attach=may_deliver may_download=view.may_export/>
    };
    let name = if lead.summary.name.is_empty() { "No name".to_owned() } else { lead.summary.name.clone() };
    let id = lead.summary.id;
    view! {
        <Title text=name.clone()/>
        <nav class="crumbs" aria-label="List"><a href=list.href(LIST)>"← Back to leads"</a></nav>
        <div class="page__head">
            <div>
                <h1><bdi>{name}</bdi></h1>
                <p class="muted">
                    "Delivered to " <a href=format!("/admin/partners/{partner}")><bdi>{partner_name.clone()}</bdi></a> ", "
                    <When time=lead.summary.received/>
                </p>
            </div>
            <StatusBadge status=lead.summary.status/>
        </div>
        <div class="columns columns--side">
            <section class="card" aria-labelledby="data">
                <h2 id="data">"Lead details"</h2>
                <Data lead=lead.clone()/>
            </section>
            <div class="stack">
                {returned}
                {outcome}
                <DeliveriesOf deliveries log=format!("/admin/partners/{partner}/delivery")/>
                {may_deliver.then(|| view! {
                    <form method="post" action=DeliverAgain::url()>
                        <input type="hidden" name="leads[]" value=id.to_string()/>
                        <input type="hidden" name="list" value=list.to_query_string()/>
                        <button class="button" type="submit">"Deliver again"</button>
                    </form>
                })}
            </div>
            <div class="stack">
                <section class="card" aria-labelledby="notes">
                    <h2 id="notes">"Notes"</h2>
                    <Done word="noted" message="The note is written."/>
                    <NoteList notes own=NoteAuthor::Account other=partner_name.clone()/>
                    {write}
                </section>
                {files}
                <History delivered="Delivered to the partner" received=lead.summary.received history=lead.history outcomes=lead.outcomes/>
            </div>
        </div>
    }
}
