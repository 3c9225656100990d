//! `/partner/leads`.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use super::{
    api::{ReviewLeads, UndoReviews, list_leads},
    list::LeadList,
    use_list_query,
};
use crate::ui::{ErrorPage, FormAlert, Packed, form_error};

/// The list of the partner's leads. Its whole state is in the URL.
#[component]
pub fn LeadsPage() -> impl IntoView {
    let (location, read) = (use_location(), use_list_query());
    let view = Resource::new(
        move || (read.get().query, location.search.get()),
        |(query, search)| async move { (list_leads(query).await, search) },
    );
    // What a plain form that was not taken says.
    let (review, undo) = (ServerAction::<ReviewLeads>::new(), ServerAction::<UndoReviews>::new());
    let reviewing = form_error(move || review.value().get());
    let undoing = form_error(move || undo.value().get());
    view! {
        <Title text="Leads"/>
        <FormAlert error=reviewing/>
        <FormAlert error=undoing/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let (view, search) = view.await;
                match view {
                    Ok(view) => view! { <LeadList view=Packed(view) search/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}
