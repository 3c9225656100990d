//! `/partner/leads`.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use super::{
    api::{ReviewLeads, UndoReviews, list_leads},
    bulk::Done,
    list::LeadList,
    outcome_api::SetOutcomes,
    use_list_query,
    view_api::SaveView,
};
use crate::ui::{ErrorPage, form_error};

/// The list of the partner's leads. Its whole state is in the URL.
#[component]
pub fn LeadsPage() -> impl IntoView {
    let (location, read) = (use_location(), use_list_query());
    let view = Resource::new(
        move || (read.get(), location.search.get()),
        |(read, search)| async move { (list_leads(read.query.clone()).await, read, search) },
    );
    // What a plain form that was not taken says.
    let (review, undo) = (ServerAction::<ReviewLeads>::new(), ServerAction::<UndoReviews>::new());
    let reviewing = form_error(move || review.value().get());
    let undoing = form_error(move || undo.value().get());
    let outcome = ServerAction::<SetOutcomes>::new();
    let recording = form_error(move || outcome.value().get());
    let save = ServerAction::<SaveView>::new();
    let saving = form_error(move || save.value().get());
    view! {
        <Title text="Leads"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let (view, read, search) = view.await;
                match view {
                    Ok(view) => view! {
                        <LeadList view read done=Done::read(&search) errors=vec![reviewing, undoing, recording, saving]/>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}
