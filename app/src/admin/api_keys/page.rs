//! `/admin/api-keys`.

use domain::api_keys::ApiScope;
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use super::{
    api::{ApiKeysView, CreateApiKey, RevokeApiKey, list_api_keys},
    webhook::WebhookCard,
    webhook_api::SaveWebhook,
};
use crate::ui::{
    Done, ErrorPage, FormAlert,
    api_keys::{FreshKey, KeyList, NewKeyForm},
    form_error,
};

/// The keys, the form to make one, and the account's webhook.
#[component]
pub fn ApiKeysPage() -> impl IntoView {
    let create = ServerAction::<CreateApiKey>::new();
    let revoke = ServerAction::<RevokeApiKey>::new();
    let save = ServerAction::<SaveWebhook>::new();
    let done = move || (create.version().get(), revoke.version().get(), save.version().get());
    let view = Resource::new(done, |_| list_api_keys());
    let create_error = form_error(move || create.value().get());
    let revoke_error = form_error(move || revoke.value().get());
    view! {
        <Title text="API keys"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(ApiKeysView { keys, new_key, webhook, new_secret, address }) => view! {
                        <div class="page__head">
                            <div>
                                <h1>"API keys"</h1>
                                <p class="muted">"With an API key, your own systems can create leads, partners and invoices. "<a href=address rel="external">"API documentation"</a></p>
                            </div>
                        </div>
                        <FreshKey key=new_key/>
                        <div class="columns columns--side">
                            <section class="card" aria-labelledby="keys">
                                <h2 id="keys">"Keys"</h2>
                                <Done word="revoked" message="The key is revoked and no longer works."/>
                                <FormAlert error=revoke_error/>
                                <KeyList keys revoke=RevokeApiKey::url()/>
                            </section>
                            <NewKeyForm scopes=ApiScope::OF_ACCOUNT.to_vec() create=CreateApiKey::url() error=create_error/>
                            <WebhookCard webhook new_secret save/>
                        </div>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}
