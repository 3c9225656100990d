//! `/partner/login/sso`: whose provider somebody logs in by, and the way there.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::{
    AccountField, GateLink,
    recovery_pages::Gate,
    sso_api::{FindProvider, get_provider},
    sso_cards::begin_path,
};
use crate::ui::{FormAlert, TextField, form_error};

/// A form for the address, then a link to the provider of its domain: a form must not lead to another server by itself.
#[component]
pub fn SsoPage() -> impl IntoView {
    let action = ServerAction::<FindProvider>::new();
    let error = form_error(move || action.value().get());
    let query = use_query_map();
    let named = move |name| query.read().get(name).unwrap_or_default();
    let found =
        Resource::new(move || named("provider"), |whose| async move { get_provider(whose).await.ok().flatten() });
    view! {
        <Gate title="Single sign-on">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    match found.await {
                        Some(link) => view! {
                            <p>"Your company logs in by " <strong><bdi>{link.name}</bdi></strong> ". You come back here from there."</p>
                            <p><a class="button button--primary button--wide" href=begin_path("/partner", &link.whose, &named("next"))>"Continue"</a></p>
                        }.into_any(),
                        None => view! {
                            <p class="muted">"Enter your address at your company: it says where you log in."</p>
                            <FormAlert error/>
                            <form method="post" action=FindProvider::url() class="stack">
                                <AccountField error/>
                                <TextField name="email" label="Email" kind="email" autocomplete="username" required=true max_length=254 error/>
                                <input type="hidden" name="next" value=named("next")/>
                                <button class="button button--primary button--wide" type="submit">"Continue"</button>
                            </form>
                        }.into_any(),
                    }
                })}
            </Suspense>
            <p class="gate__help"><GateLink to="/partner/login" text="Back to the login"/></p>
        </Gate>
    }
}
