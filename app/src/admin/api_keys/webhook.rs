//! The account's own webhook, on the page of its API keys.

use domain::{delivery::OffReason, lead_events::AccountWebhook, money::grouped};
use leptos::{prelude::*, server_fn::ServerFn};

use super::webhook_api::{RotateWebhookSecret, SaveWebhook, TestWebhook};
use crate::ui::{Alert, Copyable, Done, FormAlert, TextField, When, form_error};

/// Where events are sent, how that goes, and what can be done with it. A secret that was just made is shown.
#[component]
pub(super) fn WebhookCard(
    webhook: Option<AccountWebhook>,
    new_secret: Option<String>,
    save: ServerAction<SaveWebhook>,
) -> impl IntoView {
    let error = form_error(move || save.value().get());
    let url = webhook.as_ref().map(|webhook| webhook.url.clone()).unwrap_or_default();
    let secret = new_secret.map(|secret| {
        view! {
            <div class="alert alert--good" role="status">
                <p>"The signing secret. It is shown this once: keep it where your system finds it."</p>
                <p><Copyable><code class="secret">{secret}</code></Copyable></p>
            </div>
        }
    });
    let more = webhook.map(|webhook| {
        view! {
            {state(webhook)}
            <div class="taps">
                <form method="post" action=TestWebhook::url()><button class="button" type="submit">"Send a test"</button></form>
                <form method="post" action=RotateWebhookSecret::url()>
                    <button class="button" type="submit">"Make a new secret"</button>
                </form>
            </div>
        }
    });
    view! {
        <section class="card" aria-labelledby="webhook">
            <h2 id="webhook">"Webhook"</h2>
            <p class="muted">
                "What partners and staff do to leads is sent there as JSON, one event after the other: opened, accepted, rejected, returns, outcomes, shared notes. "
                "It is signed as the Standard Webhooks specification says. The same events can be read at " <code>"/api/v1/events"</code> "."
            </p>
            <Done word="webhook" message="The webhook is saved."/>
            <Done word="test" message="The test is on its way."/>
            {secret}
            <FormAlert error/>
            <ActionForm action=save attr:class="stack">
                <TextField name="url" label="Address" kind="url" value=url error max_length=2000
                    hint="Leave it empty for no webhook."/>
                <div><button class="button button--primary" type="submit">"Save"</button></div>
            </ActionForm>
            {more}
        </section>
    }
}

/// How it goes.
fn state(webhook: AccountWebhook) -> impl IntoView {
    let waiting = match webhook.waiting {
        0 => "Nothing waits.".to_owned(),
        1 => "1 event waits.".to_owned(),
        some => format!("{} events wait.", grouped(&some.to_string())),
    };
    let off = webhook.off.map(|(at, reason)| {
        let why = match reason {
            OffReason::Gone => "the receiver wants no more events (410)",
            OffReason::Failing => "it failed for three days",
        };
        view! { <Alert>"Switched off " <When time=at/> {format!(": {why}. Events wait, for as long as the audit log is kept: save it again to go on.")}</Alert> }
    });
    let failing = webhook.failing.map(|(since, error, next)| {
        view! {
            <Alert>
                <p>"Failing since " <When time=since/> ". " <bdi>{error}</bdi></p>
                <p>"Tried again " <When time=next/> "."</p>
            </Alert>
        }
    });
    let sent = webhook.sent.map(|at| view! { " The last one arrived " <When time=at/> "." });
    view! {
        {if off.is_some() { off.into_any() } else { failing.into_any() }}
        <p class="muted" data-waiting>{waiting} {sent}</p>
    }
}
