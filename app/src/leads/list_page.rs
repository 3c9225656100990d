//! `/partner/leads`.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use super::{api::list_leads, list::LeadList, use_list_query};
use crate::ui::{ErrorPage, Packed};

/// The list of the partner's leads. Its whole state is in the URL.
#[component]
pub fn LeadsPage() -> impl IntoView {
    let (location, read) = (use_location(), use_list_query());
    let view = Resource::new(
        move || (read.get().query, location.search.get()),
        |(query, search)| async move { (list_leads(query).await, search) },
    );
    view! {
        <Title text="Leads"/>
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
