//! API keys, as whoever owns them sees them: the account, or a partner.

use domain::api_keys::{ApiKey, ApiScope, KeyLife, KeyState};
use leptos::prelude::*;

use super::{Copyable, FormAlert, FormError, SelectField, TextField, When};

/// A key that was just made: shown this once.
#[component]
pub(crate) fn FreshKey(
    /// The key, if there is one.
    key: Option<String>,
) -> impl IntoView {
    key.map(|key| {
        view! {
            <div class="alert alert--good" role="status">
                <p>"This is the new key. Copy it now: it is not shown again."</p>
                <p><Copyable><code class="secret">{key}</code></Copyable></p>
            </div>
        }
    })
}

/// The keys there are, each with the way to revoke it.
#[component]
pub(crate) fn KeyList(
    /// The keys, latest first.
    keys: Vec<ApiKey>,
    /// The address of the server function that revokes one.
    revoke: &'static str,
) -> impl IntoView {
    if keys.is_empty() {
        return view! { <p class="muted">"No API keys yet."</p> }.into_any();
    }
    let rows = keys.into_iter().map(|key| view! { <Key key revoke/> }).collect_view();
    view! { <ul class="rows">{rows}</ul> }.into_any()
}

#[component]
fn Key(key: ApiKey, revoke: &'static str) -> impl IntoView {
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
            {(!key.networks.is_empty()).then(|| view! { <span>"from " {key.networks}</span> })}
            <span class="muted">"created by " <bdi>{key.created_by}</bdi> " " <When time=key.created/> ", " {used} {ends}</span>
            {(key.state == KeyState::Good).then(move || view! {
                <details class="change">
                    <summary>"Revoke…" <span class="sr-only">" " {name}</span></summary>
                    <form method="post" action=revoke>
                        <input type="hidden" name="id" value=key.id.to_string()/>
                        <p class="muted">"Requests with this key are refused at once."</p>
                        <button class="button" type="submit">"Revoke this key"</button>
                    </form>
                </details>
            })}
        </li>
    }
}

/// The form that makes a key.
#[component]
pub(crate) fn NewKeyForm(
    /// What a key may be allowed to do.
    scopes: Vec<ApiScope>,
    /// The address of the server function that makes one.
    create: &'static str,
    /// The error of the form.
    error: FormError,
) -> impl IntoView {
    let lives = KeyLife::ALL.iter().map(|life| (life.to_string(), life.label().to_owned())).collect();
    let wrong = move || error.message("scopes");
    view! {
        <section class="card card--form" aria-labelledby="new">
            <h2 id="new">"New key"</h2>
            <FormAlert error/>
            <form method="post" action=create class="stack">
                <TextField name="name" label="Name" value=String::new() error max_length=80/>
                <fieldset class="field">
                    <legend>"Scopes"</legend>
                    {scopes.into_iter().map(|scope| view! {
                        <label class="choice">
                            <input type="checkbox" name="scopes[]" value=scope.as_str()/>
                            {scope.label()}
                        </label>
                    }).collect_view()}
                    {move || wrong().map(|message| view! { <p class="field__error">{message}</p> })}
                </fieldset>
                <SelectField name="life" label="Valid for" choices=lives value=KeyLife::Year.to_string() error/>
                <TextField name="networks" label="Networks" value=String::new() error max_length=2000
                    hint="Optional: the addresses or networks it may be used from, such as “203.0.113.7 2001:db8::/32”."/>
                <div><button class="button button--primary" type="submit">"Create the key"</button></div>
            </form>
        </section>
    }
}
