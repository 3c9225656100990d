//! `/partner/profile`: how the partner can be reached, and what stands on its invoices.

use domain::{partners::Contact, version::version};
use leptos::prelude::*;

use super::{
    api::{ContactView, SaveContact, get_contact},
    frame::{ProfileHead, ReadOnlyNote},
};
use crate::ui::{Done, ErrorPage, FormAlert, FormError, TextField, VersionField, form_error};

/// Contact data: a form for whoever may change it, a list for everybody else.
#[component]
pub fn ContactPage() -> impl IntoView {
    let action = ServerAction::<SaveContact>::new();
    let error = form_error(move || action.value().get());
    let view = Resource::new(|| (), |()| get_contact());
    view! {
        <ProfileHead title="Contact"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(ContactView { contact, may_edit: true, .. }) => view! { <ContactForm contact action error/> }.into_any(),
                    Ok(view) => view! { <ContactData view/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn ContactForm(contact: Contact, action: ServerAction<SaveContact>, error: FormError) -> impl IntoView {
    view! {
        <section class="card card--form" aria-labelledby="contact">
            <h2 id="contact">"Contact data"</h2>
            <p class="muted">"Company and address are printed on invoices issued from now on; earlier ones stay as they are."</p>
            <Done word="contact" message="Your contact data is saved."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <VersionField version=version(contact.fields()) error/>
                <TextField name="company" label="Company" value=contact.company autocomplete="organization" required=true error/>
                <TextField name="contact_name" label="Contact name" value=contact.contact_name autocomplete="name" error/>
                <TextField name="email" label="Email" kind="email" value=contact.email autocomplete="email" error max_length=254
                    hint="Where your company is reached. The address you log in with is changed under Security."/>
                <TextField name="phone" label="Phone" kind="tel" value=contact.phone autocomplete="tel" error/>
                <TextField name="street" label="Street and number" value=contact.street autocomplete="street-address" error/>
                <div class="fields-row">
                    <TextField name="postal_code" label="Postal code" value=contact.postal_code autocomplete="postal-code" error/>
                    <TextField name="city" label="City" value=contact.city autocomplete="address-level2" error/>
                </div>
                <TextField name="country" label="Country" value=contact.country autocomplete="country-name" error/>
                <div><button class="button button--primary" type="submit">"Save contact data"</button></div>
            </ActionForm>
        </section>
    }
}

#[component]
fn ContactData(view: ContactView) -> impl IntoView {
    let row = |label: &'static str, value: String| {
        let value = if value.is_empty() { "–".to_owned() } else { value };
        view! { <div><dt>{label}</dt><dd><bdi>{value}</bdi></dd></div> }
    };
    let contact = view.contact;
    view! {
        <section class="card card--form" aria-labelledby="contact">
            <h2 id="contact">"Contact data"</h2>
            <dl class="data">
                {row("Company", contact.company)}
                {row("Contact name", contact.contact_name)}
                {row("Email", contact.email)}
                {row("Phone", contact.phone)}
                {row("Street and number", contact.street)}
                {row("Postal code", contact.postal_code)}
                {row("City", contact.city)}
                {row("Country", contact.country)}
            </dl>
            <ReadOnlyNote what="The contact data" support_contact=view.support_contact/>
        </section>
    }
}
