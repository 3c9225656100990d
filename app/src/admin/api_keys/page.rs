//! `/admin/api-keys`.

use domain::api_keys::{ApiKey, ApiScope, KeyLife, KeyState};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    api::{ApiKeysView, CreateApiKey, RevokeApiKey, list_api_keys},
    webhook::WebhookCard,
    webhook_api::SaveWebhook,
};
use crate::ui::{Copyable, Done, ErrorPage, FormAlert, FormError, SelectField, TextField, When, form_error};

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
                        {new_key.map(|key| view! {
                            <div class="alert alert--good" role="status">
                                <p>"This is the new key. Copy it now: it is not shown again."</p>
                                <p><Copyable><code class="secret">{key}</code></Copyable></p>
                            </div>
                        })}
                        <div class="columns columns--side">
                            <section class="card" aria-labelledby="keys">
                                <h2 id="keys">"Keys"</h2>
                                <Done word="revoked" message="The key is revoked and no longer works."/>
                                <FormAlert error=revoke_error/>
                                <Keys keys revoke/>
                            </section>
                            <NewKey action=create error=create_error/>
                            <WebhookCard webhook new_secret save/>
                        </div>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Keys(keys: Vec<ApiKey>, revoke: ServerAction<RevokeApiKey>) -> impl IntoView {
    if keys.is_empty() {
        return view! { <p class="muted">"No API keys yet."</p> }.into_any();
    }
    let rows = keys.into_iter().map(|key| view! { <Key key revoke/> }).collect_view();
    view! { <ul class="rows">{rows}</ul> }.into_any()
}

#[component]
fn Key(key: ApiKey, revoke: ServerAction<RevokeApiKey>) -> impl IntoView {
    let scopes = key.scopes.iter().map(ApiScope::label).collect::<Vec<_>>().join(", ");
    let state = match key.state {
        KeyState::Good => None,
        KeyState::Expired => Some("Expired"),
        KeyState::Revoked => Some("Revoked"),
    };
    let used = match key.last_used {
        Some(time) => view! { "last used " <When time/> }.into_any(),
        None => view! { "never used" }.into_any(),
    };
    let ends = key.expires.map(|time| view! { ", valid until " <When time/> });
    let name = key.name.clone();
    view! {
        <li>
            <strong><bdi>{key.name.clone()}</bdi></strong>
            {state.map(|word| view! { <span class="badge badge--rejected">{word}</span> })}
            <span><code>{key.hint} "…"</code></span>
            <span>{scopes}</span>
            <span class="muted">"created by " <bdi>{key.created_by}</bdi> " " <When time=key.created/> ", " {used} {ends}</span>
            {(key.state == KeyState::Good).then(move || view! {
                <details class="change">
                    <summary>"Revoke…" <span class="sr-only">" " {name}</span></summary>
                    <ActionForm action=revoke>
                        <input type="hidden" name="id" value=key.id.to_string()/>
                        <p class="muted">"Requests with this key are refused at once."</p>
                        <button class="button" type="submit">"Revoke this key"</button>
                    </ActionForm>
                </details>
            })}
        </li>
    }
}

#[component]
fn NewKey(action: ServerAction<CreateApiKey>, error: FormError) -> impl IntoView {
    let lives = KeyLife::ALL.iter().map(|life| (life.to_string(), life.label().to_owned())).collect();
    let wrong = move || error.message("scopes");
    view! {
        <section class="card card--form" aria-labelledby="new">
            <h2 id="new">"New key"</h2>
            <FormAlert error/>
            <ActionForm action=action attr:class="stack">
                <TextField name="name" label="Name" value=String::new() error max_length=80/>
                <fieldset class="field">
                    <legend>"Scopes"</legend>
                    {ApiScope::ALL.iter().copied().map(|scope| view! {
                        <label class="choice">
                            <input type="checkbox" name="scopes[]" value=scope.as_str()/>
                            {scope.label()}
                        </label>
                    }).collect_view()}
                    {move || wrong().map(|message| view! { <p class="field__error">{message}</p> })}
                </fieldset>
                <SelectField name="life" label="Valid for" choices=lives value=KeyLife::Year.to_string() error/>
                <div><button class="button button--primary" type="submit">"Create the key"</button></div>
            </ActionForm>
        </section>
    }
}
