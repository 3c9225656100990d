//! `/admin/settings`: the portal itself, and who runs it.

use domain::{settings::AccountForm, version::version};
use leptos::prelude::*;

use super::{
    api::{SaveAccount, SettingsView, SwitchPortal},
    frame::{SettingsFrame, save_button},
};
use crate::ui::{Copyable, Done, FormAlert, TextField, VersionField, form_error};

/// The portal's switch, name, times and currency.
#[component]
pub fn GeneralSettingsPage() -> impl IntoView {
    let account = ServerAction::<SaveAccount>::new();
    let portal = ServerAction::<SwitchPortal>::new();
    let page = move |SettingsView { settings, zones, login_url, may_manage, .. }: SettingsView| {
        view! {
            <Portal on=settings.portal_enabled login_url may_manage action=portal/>
            <Account form=settings.account zones may_manage action=account/>
        }
        .into_any()
    };
    view! { <SettingsFrame title="General" page/> }
}

#[component]
fn Portal(on: bool, login_url: String, may_manage: bool, action: ServerAction<SwitchPortal>) -> impl IntoView {
    view! {
        <section class="card card--form" aria-labelledby="portal">
            <h2 id="portal">"The portal"</h2>
            <Done word="portal" message="Done."/>
            <p>
                {if on { "It is on: partners log in at " } else { "It is off: no partner can log in. Its address is " }}
                <Copyable><code class="secret">{login_url}</code></Copyable>
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
    form: AccountForm,
    zones: Vec<String>,
    may_manage: bool,
    action: ServerAction<SaveAccount>,
) -> impl IntoView {
    let error = form_error(move || action.value().get());
    view! {
        <section class="card card--form" aria-labelledby="account">
            <h2 id="account">"Company"</h2>
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
                </div>
                <datalist id="zones">{zones.into_iter().map(|zone| view! { <option value=zone></option> }).collect_view()}</datalist>
                {save_button(may_manage, "Save")}
            </ActionForm>
        </section>
    }
}
