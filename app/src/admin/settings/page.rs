//! The page of the settings: a card and a form for each part.

use domain::{
    access::Permission,
    settings::{AccountSettings, RETENTION_MONTHS},
    version::version,
    welcome::PLACEHOLDERS,
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::api::{
    SaveAccount, SaveDefaultPermissions, SaveInvoicing, SaveRetention, SaveWelcome, SettingsView, SwitchPortal,
    TestWelcome, get_settings,
};
use crate::{
    admin::partners::sentence,
    ui::{Alert, Done, ErrorPage, FormAlert, SelectField, TextArea, TextField, VersionField, form_error},
};

/// The account's settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let account = ServerAction::<SaveAccount>::new();
    let portal = ServerAction::<SwitchPortal>::new();
    let permissions = ServerAction::<SaveDefaultPermissions>::new();
    let invoicing = ServerAction::<SaveInvoicing>::new();
    let welcome = ServerAction::<SaveWelcome>::new();
    let test = ServerAction::<TestWelcome>::new();
    let retention = ServerAction::<SaveRetention>::new();
    let view = Resource::new(|| (), |()| get_settings());
    view! {
        <Title text="Settings"/>
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(SettingsView { settings, zones, login_url, preview, may_manage, may_secure }) => view! {
                        <div class="page__head"><h1>"Settings"</h1></div>
                        {(!may_manage).then(|| view! { <p class="muted">"You can read the settings, but your role does not include changing them."</p> })}
                        <div class="columns columns--even">
                            <div class="stack">
                                <Portal settings=settings.clone() login_url may_manage action=portal/>
                                <Account settings=settings.clone() zones may_manage action=account/>
                                <Logo settings=settings.clone() may_manage/>
                                <DefaultPermissions settings=settings.clone() may_manage action=permissions/>
                                <Retention settings=settings.clone() may_secure action=retention/>
                            </div>
                            <div class="stack">
                                <Invoicing settings=settings.clone() may_manage action=invoicing/>
                                <Welcome settings preview may_manage action=welcome test/>
                            </div>
                        </div>
                    }.into_any(),
                    Err(error) => view! { <ErrorPage error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn save_button(may: bool, label: &'static str) -> impl IntoView {
    may.then(|| view! { <div><button class="button button--primary" type="submit">{label}</button></div> })
}

#[component]
fn Portal(
    settings: AccountSettings,
    login_url: String,
    may_manage: bool,
    action: ServerAction<SwitchPortal>,
) -> impl IntoView {
    let on = settings.portal_enabled;
    view! {
        <section class="card card--form" aria-labelledby="portal">
            <h2 id="portal">"The portal"</h2>
            <Done word="portal" message="Done."/>
            <p>
                {if on { "It is on: partners log in at " } else { "It is off: no partner can log in. Its address is " }}
                <code class="secret">{login_url}</code>
            </p>
            {may_manage.then(|| if on {
                view! {
                    <details class="confirm">
                        <summary>"Switch it off…"</summary>
                        <p class="muted">"All partners are logged out at once and cannot log in until you switch it on again."</p>
                        <ActionForm action>
                            <input type="hidden" name="on" value="no"/>
                            <button class="button button--danger" type="submit">"Switch the portal off"</button>
                        </ActionForm>
                    </details>
                }.into_any()
            } else {
                view! {
                    <ActionForm action>
                        <input type="hidden" name="on" value="yes"/>
                        <button class="button button--primary" type="submit">"Switch the portal on"</button>
                    </ActionForm>
                }.into_any()
            })}
        </section>
    }
}

#[component]
fn Account(
    settings: AccountSettings,
    zones: Vec<String>,
    may_manage: bool,
    action: ServerAction<SaveAccount>,
) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let form = settings.account;
    view! {
        <section class="card card--form" aria-labelledby="account">
            <h2 id="account">"General"</h2>
            <Done word="account" message="The settings are saved."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <VersionField version=version(form.fields()) error/>
                <TextField name="name" label="Name" value=form.name required=true max_length=100 error hint="Partners see it on every page and mail."/>
                <TextField name="slug" label="Short name" value=form.slug required=true max_length=40 error
                    hint="The subdomain under which partners can log in, and ?account=… on the login page where several accounts share a portal."/>
                <TextField name="support_contact" label="Support contact" value=form.support_contact required=true error/>
                <div class="fields-row">
                    <TextField name="time_zone" label="Time zone" value=form.time_zone required=true error list="zones"/>
                    <TextField name="currency" label="Currency" value=form.currency required=true max_length=3 error hint="For new invoices."/>
                    <TextField name="accent" label="Colour" kind="color" value=form.accent error hint="For buttons and invoices."/>
                </div>
                <datalist id="zones">{zones.into_iter().map(|zone| view! { <option value=zone></option> }).collect_view()}</datalist>
                {save_button(may_manage, "Save")}
            </ActionForm>
        </section>
    }
}

/// The logo. Its forms are plain ones, for files travel that way without WebAssembly.
#[component]
fn Logo(settings: AccountSettings, may_manage: bool) -> impl IntoView {
    let logo = settings.logo.map(|hash| hash.href(&settings.account.slug));
    let there = logo.is_some();
    let query = leptos_router::hooks::use_query_map();
    let refused = move || match query.read().get_str("done") {
        Some("logo-large") => {
            Some("The logo must be smaller than 256 KB and measure at most 2,000 pixels along each side.")
        }
        Some("logo-other") => Some("The logo must be a PNG file that can be read."),
        Some("logo-empty") => Some("Choose a file first."),
        _ => None,
    };
    view! {
        <section class="card card--form" aria-labelledby="logo-head">
            <h2 id="logo-head">"Logo"</h2>
            <p class="muted">"On every page of the portal and on the invoices issued from now on. A PNG, best with a transparent background, smaller than 256 KB."</p>
            <Done word="logo" message="The logo is saved."/>
            <Done word="logo-removed" message="The logo is removed; invoices issued with it keep it."/>
            {move || refused().map(|text| view! { <Alert>{text}</Alert> })}
            {logo.map(|src| view! { <p><img class="logo" src=src alt="The current logo"/></p> })}
            {may_manage.then(|| view! {
                <form method="post" action="/admin/settings/logo" enctype="multipart/form-data" class="fields-row">
                    <div class="field">
                        <label for="logo">{if there { "New logo" } else { "File" }}</label>
                        <input id="logo" name="logo" type="file" accept="image/png"/>
                    </div>
                    <div class="fields-row__end"><button class="button" type="submit">"Save the logo"</button></div>
                </form>
            })}
            {(may_manage && there).then(|| view! {
                <form method="post" action="/admin/settings/logo" enctype="multipart/form-data">
                    <button class="button button--quiet" type="submit" name="remove" value="yes">"Remove the logo"</button>
                </form>
            })}
        </section>
    }
}

#[component]
fn DefaultPermissions(
    settings: AccountSettings,
    may_manage: bool,
    action: ServerAction<SaveDefaultPermissions>,
) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let defaults = settings.default_permissions;
    let boxes = Permission::ALL.iter().copied().map(move |permission| {
        view! {
            <label class="choice">
                <input type="checkbox" name=format!("allow[{permission}]") value="yes" checked=defaults.has(permission) disabled=!may_manage/>
                {sentence(permission)}
            </label>
        }
    });
    view! {
        <section class="card card--form" aria-labelledby="permissions">
            <h2 id="permissions">"Default permissions"</h2>
            <p class="muted">"For every partner without permissions of its own. A change counts from each user’s next request."</p>
            <Done word="permissions" message="The default permissions are saved."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <fieldset class="field"><legend class="sr-only">"Allowed"</legend>{boxes.collect_view()}</fieldset>
                {save_button(may_manage, "Save the permissions")}
            </ActionForm>
        </section>
    }
}

#[component]
fn Invoicing(settings: AccountSettings, may_manage: bool, action: ServerAction<SaveInvoicing>) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let form = settings.invoicing;
    view! {
        <section class="card card--form" aria-labelledby="invoicing">
            <h2 id="invoicing">"Invoice details"</h2>
            <p class="muted">"For invoices issued from now on; earlier ones stay as they are."</p>
            <Done word="invoicing" message="The invoice details are saved."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <VersionField version=version(form.fields()) error/>
                <TextField name="legal_name" label="Legal name" value=form.legal_name max_length=100 error hint="Leave empty for the name above."/>
                <TextArea name="address" label="Postal address" value=form.address rows=3 error/>
                <TextField name="vat_id" label="VAT id" value=form.vat_id max_length=100 error/>
                <TextArea name="payment_details" label="Payment details" value=form.payment_details rows=3 error hint="Bank, account number, what else partners need."/>
                <TextField name="payment_terms" label="Payment terms in days" value=form.payment_terms max_length=3 error hint="Unless a partner has its own."/>
                {save_button(may_manage, "Save the invoice details")}
            </ActionForm>
        </section>
    }
}

#[component]
fn Welcome(
    settings: AccountSettings,
    preview: (String, Vec<String>),
    may_manage: bool,
    action: ServerAction<SaveWelcome>,
    test: ServerAction<TestWelcome>,
) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let test_error = form_error(move || test.value().get());
    let form = settings.welcome;
    let names = PLACEHOLDERS.iter().map(|(name, meaning)| {
        view! { <div><dt><code>{format!("{{{name}}}")}</code></dt><dd>{*meaning}</dd></div> }
    });
    let (subject, paragraphs) = preview;
    view! {
        <section class="card card--form" aria-labelledby="welcome">
            <h2 id="welcome">"The welcome mail"</h2>
            <p class="muted">"It goes to everybody you invite to a partner’s portal. Leave both fields empty for the built-in text."</p>
            <Done word="welcome" message="The welcome mail is saved."/>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <VersionField version=version(form.fields()) error/>
                <TextField name="subject" label="Subject" value=form.subject max_length=150 error/>
                <TextArea name="text" label="Text" value=form.text rows=10 error hint="Paragraphs are separated by empty lines. It begins with “Hello” and the person’s name."/>
                <details class="help"><summary>"Placeholders"</summary><dl class="data">{names.collect_view()}</dl></details>
                {save_button(may_manage, "Save the welcome mail")}
            </ActionForm>
            <div class="preview" aria-label="Preview" role="group">
                <p><strong>{subject}</strong></p>
                {paragraphs.into_iter().map(|text| view! { <p class="lines">{text}</p> }).collect_view()}
            </div>
            {may_manage.then(|| view! {
                <Done word="test" message="The test mail is on its way."/>
                <FormAlert error=test_error/>
                <ActionForm action=test attr:class="fields-row">
                    <TextField name="to" label="Send a test email" kind="email" required=true max_length=254 error=test_error/>
                    <div class="fields-row__end"><button class="button" type="submit">"Send a test"</button></div>
                </ActionForm>
            })}
        </section>
    }
}

#[component]
fn Retention(settings: AccountSettings, may_secure: bool, action: ServerAction<SaveRetention>) -> impl IntoView {
    let error = form_error(move || action.value().get());
    let mut choices = vec![(String::new(), "Forever".to_owned())];
    choices.extend(RETENTION_MONTHS.iter().map(|months| {
        let label = if months % 12 == 0 && *months > 12 {
            format!("{} years", months / 12)
        } else {
            format!("{months} months")
        };
        (months.to_string(), label)
    }));
    let kept = settings.audit_retention.map(|months| months.to_string()).unwrap_or_default();
    view! {
        <section class="card card--form" aria-labelledby="retention">
            <h2 id="retention">"Audit log"</h2>
            <p class="muted">"What is older is removed in whole months. The rest can still be verified."</p>
            <Done word="retention" message="Saved."/>
            <FormAlert error/>
            {if may_secure {
                view! {
                    <ActionForm action attr:class="stack">
                        <SelectField name="months" label="Keep events" error choices value=kept/>
                        <div class="field">
                            <label class="choice">
                                <input type="checkbox" name="head_mails" value="yes" checked=settings.audit_head_mails
                                    aria-describedby="head-mails-hint"/>
                                "Mail the owners the number and hash of the last event every day"
                            </label>
                            <p class="field__hint" id="head-mails-hint">"By such a mail it can be proved later that no event up to then was changed or removed."</p>
                        </div>
                        <div><button class="button button--primary" type="submit">"Save"</button></div>
                    </ActionForm>
                }.into_any()
            } else {
                let label = choices.into_iter().find(|(value, _)| *value == kept).map(|(_, label)| label).unwrap_or_default();
                view! { <p>{label}</p> <p class="muted">"Only owners can change this."</p> }.into_any()
            }}
        </section>
    }
}
