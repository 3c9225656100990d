//! `/admin/partners/new`.

use domain::partners::PartnerForm;
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    LIST,
    api::{CreatePartner, time_zones},
    fields::PartnerFields,
};
use crate::ui::{ErrorPage, FormAlert, form_error};

/// The form for a new partner.
#[component]
pub fn NewPartnerPage() -> impl IntoView {
    let action = ServerAction::<CreatePartner>::new();
    let error = form_error(move || action.value().get());
    let zones = Resource::new(|| (), |()| time_zones());
    view! {
        <Title text="New partner"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match zones.await {
                    Ok(zones) => view! {
                        <nav class="crumbs" aria-label="List"><a href=LIST>"← Back to partners"</a></nav>
                        <div class="page__head"><h1>"New partner"</h1></div>
                        <section class="card card--form card--wide" aria-label="The partner’s data">
                            <FormAlert error/>
                            <ActionForm action attr:class="stack">
                                <PartnerFields form=PartnerForm::default() zones error/>
                                <div><button class="button button--primary" type="submit">"Create the partner"</button></div>
                            </ActionForm>
                        </section>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}
