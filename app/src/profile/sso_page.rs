//! `/partner/profile/single-sign-on`: the provider by which the partner's users log in.

use domain::access::PartnerRole;
use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    frame::ProfileHead,
    sso_api::{RemoveSso, SaveSso, get_sso},
};
use crate::{
    auth::ProviderForm,
    ui::{ErrorPage, form_error},
};

/// The form, or that the account does not allow it.
#[component]
pub fn SingleSignOnPage() -> impl IntoView {
    let (save, remove) = (ServerAction::<SaveSso>::new(), ServerAction::<RemoveSso>::new());
    let error = form_error(move || save.value().get().or_else(|| remove.value().get()));
    let view = Resource::new(|| (), |()| get_sso());
    let roles = || PartnerRole::ALL.iter().filter(|role| **role != PartnerRole::Owner);
    let roles: Vec<_> = roles().map(|role| (role.to_string(), role.label().to_owned())).collect();
    view! {
        <ProfileHead title="Single sign-on"/>
        <Suspense fallback=|| ()>
            {move || {
                let roles = roles.clone();
                Suspend::new(async move {
                    match view.await {
                        Ok(Some(form)) => view! {
                            <ProviderForm form who="Your users" roles save=SaveSso::url() remove=RemoveSso::url() error/>
                        }.into_any(),
                        Ok(None) => view! {
                            <section class="card card--form">
                                <h2>"Single sign-on"</h2>
                                <p>"The company that sends you leads has not switched on single sign-on for partners. Ask it, if your users shall log in at your own identity provider."</p>
                            </section>
                        }.into_any(),
                        Err(error) => view! { <ErrorPage error/> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}
