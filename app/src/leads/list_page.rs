//! `/partner/leads`.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{api::list_leads, list::LeadList, use_list_query};
use crate::ui::ErrorPage;

/// The list of the partner's leads. Its whole state is in the URL.
#[component]
pub fn LeadsPage() -> impl IntoView {
    let read = use_list_query();
    let view = Resource::new(move || read.get(), |read| async move { (list_leads(read.query.clone()).await, read) });
    view! {
        <Title text="Leads"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                let (view, read) = view.await;
                match view {
                    Ok(view) => view! { <LeadList view read/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}
