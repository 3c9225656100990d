//! `/admin/invoices/new`: for whom?

use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    LIST,
    api::{BeginInvoice, invoice_partners},
};
use crate::ui::{ErrorPage, FormAlert, SelectField, form_error};

/// Chooses the partner of a new invoice.
#[component]
pub fn NewInvoicePage() -> impl IntoView {
    let action = ServerAction::<BeginInvoice>::new();
    let error = form_error(move || action.value().get());
    let partners = Resource::new(|| (), |()| invoice_partners());
    view! {
        <Title text="New invoice"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match partners.await {
                    Ok(partners) => {
                        let none = partners.is_empty();
                        let choices = partners.into_iter().map(|(id, name)| (id.to_string(), name)).collect::<Vec<_>>();
                        view! {
                            <nav class="crumbs" aria-label="List"><a href=LIST>"← Back to invoices"</a></nav>
                            <div class="page__head"><h1>"New invoice"</h1></div>
                            <section class="card card--form" aria-label="Recipient">
                                <FormAlert error/>
                                {if none {
                                    view! { <p>"There is no partner yet. " <a href="/admin/partners/new">"Create one first"</a></p> }.into_any()
                                } else {
                                    view! {
                                        <ActionForm action attr:class="stack">
                                            <SelectField name="partner" label="Partner" error choices many=true/>
                                            <div><button class="button button--primary" type="submit">"Create a draft"</button></div>
                                        </ActionForm>
                                    }.into_any()
                                }}
                                <p class="muted">"Only admins see a draft. The partner sees the invoice when you issue it."</p>
                            </section>
                        }.into_any()
                    }
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}
