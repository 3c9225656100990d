//! `/partner/profile/delivery`: where new leads are pushed to.

use domain::delivery::{DeliverySettings, EmailMode, KEPT, LeadField};
use leptos::prelude::*;

use super::{
    api::{DeliveryView, RotateSecret, SaveDelivery, get_delivery},
    frame::{ProfileHead, ReadOnlyNote},
};
use crate::{
    delivery::{Health, ReceiverGuide},
    ui::{Copyable, Done, ErrorPage, FormAlert, FormError, TextField, When, form_error},
};

/// Delivery settings: forms for whoever may change them, a list for everybody else.
#[component]
pub fn DeliveryPage() -> impl IntoView {
    let save = ServerAction::<SaveDelivery>::new();
    let rotate = ServerAction::<RotateSecret>::new();
    let error = form_error(move || save.value().get());
    let view = Resource::new(|| (), |()| get_delivery());
    view! {
        <ProfileHead title="Delivery"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) if view.may_edit => view! { <Forms view save rotate error/> }.into_any(),
                    Ok(view) => view! { <Data view/> }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Forms(
    view: DeliveryView,
    save: ServerAction<SaveDelivery>,
    rotate: ServerAction<RotateSecret>,
    error: FormError,
) -> impl IntoView {
    let DeliverySettings { webhook_url, has_credentials, headers, has_secret, previous_secret_until, .. } =
        view.settings;
    let DeliverySettings { email_mode, recipients, fields, health, .. } = view.settings;
    let headers: String = headers.iter().map(|name| format!("{name}: {KEPT}\n")).collect();
    let headers_message = move || error.message("headers");
    let typed = move |field: &'static str| error.typed(field);
    let message = move || error.message("recipients");
    let listed = recipients.iter().map(domain::email::Email::as_str).collect::<Vec<_>>().join("\n");
    let mode = move || typed("email_mode").and_then(|mode| mode.parse().ok()).unwrap_or(email_mode);
    view! {
        <section class="card card--form" aria-labelledby="delivery">
            <h2 id="delivery">"Delivery settings"</h2>
            <p class="muted">"Besides the list of leads here, every new lead can be pushed to your own system and mailed to you."</p>
            <Done word="delivery" message="Your delivery settings are saved."/>
            <FormAlert error/>
            <Health health/>
            <ActionForm action=save attr:class="stack">
                <TextField name="webhook_url" label="Webhook address" kind="url" value=webhook_url error max_length=2000
                    hint="Every new lead is sent there as JSON by POST. Leave it empty for no webhook. A name and password in it (https://name:password@…) are sent as an Authorization header; they are stored encrypted and not shown again."/>
                {has_credentials.then(|| view! {
                    <label class="choice">
                        <input type="checkbox" name="forget_credentials" value="yes"/>
                        "Forget the stored name and password"
                    </label>
                })}
                <div class="field">
                    <label for="headers">"Headers of your own"</label>
                    <textarea id="headers" name="headers" rows="3" maxlength="11000" spellcheck="false" aria-describedby="headers-hint headers-error"
                        aria-invalid=move || headers_message().is_some().then_some("true")>{headers}</textarea>
                    <p class="field__hint" id="headers-hint">"Sent along with every lead, for example X-Api-Key: 1234. One a line, at most five. Values are stored encrypted and shown as dots: leave the dots to keep a value, remove the line to remove the header."</p>
                    {move || headers_message().map(|message| view! { <p class="field__error" id="headers-error">{message}</p> })}
                </div>
                <fieldset class="field">
                    <legend>"Fields sent to the webhook"</legend>
                    <p class="field__hint">"The ids and the time are always sent."</p>
                    {LeadField::ALL.iter().copied().map(|field| view! {
                        <label class="choice">
                            <input type="checkbox" name="fields[]" value=field.as_str() checked=fields.contains(&field)/>
                            {field.label()}
                        </label>
                    }).collect_view()}
                </fieldset>
                <fieldset class="field">
                    <legend>"Emails"</legend>
                    {EmailMode::ALL.iter().copied().map(|choice| view! {
                        <label class="choice">
                            <input type="radio" name="email_mode" value=choice.as_str() checked=move || mode() == choice/>
                            {choice.label()}
                        </label>
                    }).collect_view()}
                </fieldset>
                <div class="field">
                    <label for="recipients">"Recipients"</label>
                    <textarea id="recipients" name="recipients" rows="3" maxlength="3000" aria-describedby="recipients-hint recipients-error"
                        aria-invalid=move || message().is_some().then_some("true")>{move || typed("recipients").unwrap_or_else(|| listed.clone())}</textarea>
                    <p class="field__hint" id="recipients-hint">"One address a line, at most ten."</p>
                    {move || message().map(|message| view! { <p class="field__error" id="recipients-error">{message}</p> })}
                </div>
                <div><button class="button button--primary" type="submit">"Save delivery settings"</button></div>
            </ActionForm>
            <p><a href="/partner/profile/delivery/log">"Delivery log"</a></p>
        </section>
        <section class="card card--form" aria-labelledby="secret">
            <h2 id="secret">"Signing secret"</h2>
            <p>"Webhooks are signed with this secret as the Standard Webhooks specification says, so that your system can verify that they are ours."</p>
            {view.new_secret.map(|secret| view! {
                <div class="alert alert--good" role="status">
                    <p>"This is the new secret. Copy it now: it is not shown again."</p>
                    <p><Copyable><code class="secret">{secret}</code></Copyable></p>
                </div>
            })}
            <p class="muted">{if has_secret { "There is a secret." } else { "There is no secret yet: webhooks need one." }}</p>
            {previous_secret_until.map(|until| view! { <p class="muted">"The previous one is valid as well, until " <When time=until/> "."</p> })}
            <ActionForm action=rotate>
                <button class="button" type="submit">{if has_secret { "Create a new secret" } else { "Create a secret" }}</button>
            </ActionForm>
        </section>
        <ReceiverGuide/>
    }
}

#[component]
fn Data(view: DeliveryView) -> impl IntoView {
    let settings = view.settings;
    let recipients = settings.recipients.iter().map(domain::email::Email::as_str).collect::<Vec<_>>().join("\n");
    let or_none = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    view! {
        <section class="card card--form" aria-labelledby="delivery">
            <h2 id="delivery">"Delivery settings"</h2>
            <dl class="data">
                <div><dt>"Webhook address"</dt><dd><bdi>{or_none(settings.webhook_url)}</bdi></dd></div>
                {(!settings.headers.is_empty()).then(|| view! { <div><dt>"Headers"</dt><dd>{settings.headers.join(", ")}</dd></div> })}
                <div><dt>"Emails"</dt><dd>{settings.email_mode.label()}</dd></div>
                <div><dt>"Recipients"</dt><dd>{or_none(recipients)}</dd></div>
            </dl>
            <Health health=settings.health/>
            <p><a href="/partner/profile/delivery/log">"Delivery log"</a></p>
            <ReadOnlyNote what="The delivery settings" support_contact=view.support_contact/>
        </section>
    }
}
