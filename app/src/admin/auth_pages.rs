//! The admin pages for visitors: login, forgotten password, invitation, set-up. All work as plain forms.

use domain::{admin::AdminRole, users::LinkView};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::auth_api::{
    AcceptAdminInvitation, AdminEndSessions, AdminForgotPassword, AdminLogin, AdminResetPassword, SetUp,
    admin_end_sessions_link, admin_invitation_link, admin_reset_link, setup_link,
};
use super::passkey_api::{AskForAdminPasskey, LogInByAdminPasskey};
use crate::{
    auth::{
        AccountField, AdminSsoLink, GateLink, LoginFailure, NewPassword, OtherAccount, PasskeyAlert, PasskeyForm,
        PasskeyScript, SsoAlert, is_refused,
        recovery_pages::{EndAllSessions, Ended, Gate, SessionsEnded},
    },
    ui::{FormAlert, PasswordField, TextField, form_error},
};

/// `/admin/login`.
#[component]
pub fn AdminLoginPage() -> impl IntoView {
    let action = ServerAction::<AdminLogin>::new();
    let query = use_query_map();
    let from_url = move |name| query.read().get(name).unwrap_or_default();
    let error = form_error(move || action.value().get());
    let passkey = ServerAction::<LogInByAdminPasskey>::new();
    let passkey = form_error(move || passkey.value().get());
    let notice = move || match from_url("notice").as_str() {
        "reset" => Some("Your password was changed. Log in with the new one."),
        "email" => Some("Your new address is confirmed. Log in with it."),
        "too-late" => Some("That took too long. Please log in again."),
        _ => None,
    };
    view! {
        <Gate title="Log in as an admin">
            <p class="muted">"Partners, permissions, invoices, the audit log."</p>
            {move || notice().map(|notice| view! { <div class="alert alert--good" role="status">{notice}</div> })}
            <SsoAlert/>
            <LoginFailure error/>
            <form method="post" action=AdminLogin::url() class="stack">
                <AccountField error/>
                <div class="field">
                    <label for="email">"Email"</label>
                    <input id="email" name="email" type="email" autocomplete="username" required maxlength="254"
                        aria-invalid=move || is_refused(error).then_some("true")/>
                </div>
                <PasswordField name="password" label="Password" autocomplete="current-password" message=None refused=is_refused(error)/>
                <input type="hidden" name="next" value=move || from_url("next")/>
                <button class="button button--primary button--wide" type="submit">"Log in"</button>
            </form>
            <PasskeyAlert error=passkey/>
            <PasskeyForm ask=AskForAdminPasskey::url() action=LogInByAdminPasskey::url() text="Use a passkey">
                <input type="hidden" name="next" value=move || from_url("next")/>
            </PasskeyForm>
            <PasskeyScript/>
            <AdminSsoLink/>
            <p class="gate__help"><GateLink to="/admin/forgot-password" text="Forgot your password?"/></p>
            <OtherAccount/>
            <p class="gate__help muted">"Are you a partner? " <GateLink to="/partner/login" text="Log in here"/></p>
        </Gate>
    }
}

/// `/admin/forgot-password`.
#[component]
pub fn AdminForgotPasswordPage() -> impl IntoView {
    let action = ServerAction::<AdminForgotPassword>::new();
    let error = form_error(move || action.value().get());
    let query = use_query_map();
    let sent = move || query.read().get("sent").is_some();
    view! {
        <Gate title="Forgot your password?">
            <Show when=sent>
                <div class="alert alert--good" role="status">
                    "If this address has access here, a mail with a link is on its way to it. The link works for an hour."
                </div>
            </Show>
            <SessionsEnded/>
            <p class="muted">"Enter the address with which you log in. We mail you a link to set a new password."</p>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <TextField name="email" label="Email" kind="email" autocomplete="username" required=true max_length=254 error/>
                <AccountField error/>
                <button class="button button--primary button--wide" type="submit">"Send me a link"</button>
            </ActionForm>
            <p class="gate__help"><GateLink to="/admin/login" text="Back to the login"/></p>
        </Gate>
    }
}

/// `/admin/reset-password`, where the mailed link leads.
#[component]
pub fn AdminResetPasswordPage() -> impl IntoView {
    let link = Resource::new(|| (), |()| admin_reset_link());
    let action = ServerAction::<AdminResetPassword>::new();
    let error = form_error(move || action.value().get());
    let form = move |link: LinkView| {
        view! {
            <p class="muted">"For " <bdi>{link.email.clone()}</bdi> ", admin of " <bdi>{link.account_name}</bdi> "."</p>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <input type="text" name="username" autocomplete="username" value=link.email hidden readonly/>
                <NewPassword error/>
                <button class="button button--primary button--wide" type="submit">"Set the new password"</button>
            </ActionForm>
            <p class="gate__help muted">"You are logged out everywhere and log in with the new password."</p>
        }
    };
    view! {
        <Gate title="Set a new password">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    match link.await {
                        Ok(link) => form(link).into_any(),
                        Err(error) => view! {
                            <Ended error advice="Request a new link: it is sent at once and works for an hour.">
                                <p><GateLink to="/admin/forgot-password" text="Send me a new link" as_button=true/></p>
                            </Ended>
                        }.into_any(),
                    }
                })}
            </Suspense>
        </Gate>
    }
}

/// `/admin/invite`, where an invitation as an admin leads.
#[component]
pub fn AdminInvitePage() -> impl IntoView {
    let link = Resource::new(|| (), |()| admin_invitation_link());
    let action = ServerAction::<AcceptAdminInvitation>::new();
    let error = form_error(move || action.value().get());
    let form = move |link: LinkView| {
        view! {
            <p>"Hello " <bdi>{link.name}</bdi> ", you are invited as an admin of " <bdi>{link.account_name}</bdi> "."</p>
            <p class="muted">"Set a password. You log in with " <bdi>{link.email.clone()}</bdi> "."</p>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <input type="text" name="username" autocomplete="username" value=link.email hidden readonly/>
                <NewPassword error/>
                <button class="button button--primary button--wide" type="submit">"Set the password and log in"</button>
            </ActionForm>
        }
    };
    view! {
        <Gate title="Welcome">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    match link.await {
                        Ok(link) => form(link).into_any(),
                        Err(error) => view! {
                            <Ended error advice="If you have set a password already, log in with it. If not, ask whoever invited you for a new invitation.">
                                <p><GateLink to="/admin/login" text="To the login" as_button=true/></p>
                            </Ended>
                        }.into_any(),
                    }
                })}
            </Suspense>
        </Gate>
    }
}

/// `/admin/setup`, where the link in the log of an empty installation leads.
#[component]
pub fn SetupPage() -> impl IntoView {
    let link = Resource::new(|| (), |()| setup_link());
    let action = ServerAction::<SetUp>::new();
    let error = form_error(move || action.value().get());
    let form = move |zones: Vec<String>| {
        view! {
            <p class="muted">"Enter the company that runs this portal, and create its first owner: yourself."</p>
            <FormAlert error/>
            <ActionForm action attr:class="stack">
                <TextField name="account_name" label="Company" autocomplete="organization" required=true max_length=100 error/>
                <TextField name="slug" label="Short name" required=true max_length=40 error
                    hint="Used in addresses: lower-case letters, digits and hyphens, such as acme-leads."/>
                <TextField name="time_zone" label="Time zone" value="Europe/Berlin" required=true error list="zones"
                    hint="Where the company’s days begin and end."/>
                <datalist id="zones">{zones.into_iter().map(|zone| view! { <option value=zone></option> }).collect_view()}</datalist>
                <TextField name="currency" label="Currency" value="EUR" required=true max_length=3 error hint="A three-letter code."/>
                <TextField name="name" label="Your name" autocomplete="name" required=true max_length=100 error/>
                <TextField name="email" label="Your email" kind="email" autocomplete="username" required=true max_length=254 error/>
                <NewPassword error/>
                <button class="button button--primary button--wide" type="submit">"Set up the portal"</button>
            </ActionForm>
            <p class="gate__help muted">{format!("Your role: {}. {}", AdminRole::Owner.label(), AdminRole::Owner.meaning())}</p>
        }
    };
    view! {
        <Gate title="Set up the portal">
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    match link.await {
                        Ok(zones) => form(zones).into_any(),
                        Err(error) => view! {
                            <Ended error advice="Restart the portal: while it has no account, it writes a new link to its log. Or run “partner-portal create-admin”.">
                                <p><GateLink to="/admin/login" text="To the login" as_button=true/></p>
                            </Ended>
                        }.into_any(),
                    }
                })}
            </Suspense>
        </Gate>
    }
}

/// `/admin/end-sessions`, where the mails lead that tell an admin what was done in its name.
#[component]
pub fn AdminEndSessionsPage() -> impl IntoView {
    let action = ServerAction::<AdminEndSessions>::new();
    view! {
        <EndAllSessions link=Resource::new(|| (), |()| admin_end_sessions_link()) action=AdminEndSessions::url()
            error=form_error(move || action.value().get()) login="/admin/login"/>
    }
}
