//! The part of `/admin/settings/security` about single sign-on.

use domain::admin::AdminRole;
use leptos::{prelude::*, server_fn::ServerFn};

use super::sso_api::{AdminSsoView, LetPartnersSso, RemoveAdminSso, SaveAdminSso, get_admin_sso};
use crate::{
    auth::ProviderForm,
    ui::{Done, form_error},
};

/// The provider of the admins, and whether partners may have their own; nothing for whoever may not change it.
#[component]
pub(super) fn SsoSettings() -> impl IntoView {
    let (save, remove) = (ServerAction::<SaveAdminSso>::new(), ServerAction::<RemoveAdminSso>::new());
    let error = form_error(move || save.value().get().or_else(|| remove.value().get()));
    let view = Resource::new(|| (), |()| get_admin_sso());
    let roles = AdminRole::ALL.iter().filter(|role| **role != AdminRole::Owner);
    let roles: Vec<_> = roles.map(|role| (role.to_string(), role.label().to_owned())).collect();
    view! {
        <Suspense fallback=|| ()>
            {move || {
                let roles = roles.clone();
                Suspend::new(async move {
                    view.await.ok().map(|AdminSsoView { form, partners_may }| view! {
                        <ProviderForm form who="Admins" roles save=SaveAdminSso::url() remove=RemoveAdminSso::url() error/>
                        <section class="card card--form" aria-labelledby="partner-sso">
                            <h2 id="partner-sso">"Single sign-on of partners"</h2>
                            <Done word="partner-sso" message="Saved."/>
                            <form method="post" action=LetPartnersSso::url() class="stack">
                                <label class="choice">
                                    <input type="checkbox" name="allowed" value="yes" checked=partners_may/>
                                    "Owners of partners may set up their own identity provider for their users"
                                </label>
                                <div><button class="button" type="submit">"Save for partners"</button></div>
                            </form>
                        </section>
                    })
                })
            }}
        </Suspense>
    }
}
