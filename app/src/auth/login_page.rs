//! The login page.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::{
    AccountField, GateLink, OtherAccount,
    api::Login,
    passkey_api::{AskForPasskey, LogInByPasskey},
    passkey_cards::{PasskeyAlert, PasskeyForm, PasskeyScript},
    recovery_pages::Gate,
    sso_cards::{PartnerSsoLink, SsoAlert},
};
use crate::{
    error::AppError,
    ui::{Alert, FormAlert, FormError, PasswordField, Status, form_error},
};

/// What a failed login says.
#[component]
pub(crate) fn LoginFailure(error: FormError) -> impl IntoView {
    move || {
        error.get().map(|found| match found {
            // Something was missing, such as which account is meant.
            AppError::Invalid(_) => view! { <FormAlert error/> }.into_any(),
            _ => view! { <Status code=401/><Alert>{found.message()}</Alert> }.into_any(),
        })
    }
}

/// Whether the address or the password is not right.
pub(crate) fn is_refused(error: FormError) -> bool {
    error.get().is_some_and(|error| !matches!(error, AppError::Invalid(_)))
}

/// `/partner/login`: a plain form, the same with and without WebAssembly. A wrong password comes back here by a
/// redirect that carries the error.
#[component]
pub fn LoginPage() -> impl IntoView {
    let action = ServerAction::<Login>::new();
    let query = use_query_map();
    let from_url = move |name| query.read().get(name).unwrap_or_default();
    let error = form_error(move || action.value().get());
    let passkey = ServerAction::<LogInByPasskey>::new();
    let passkey = form_error(move || passkey.value().get());
    let notice = move || match from_url("notice").as_str() {
        "reset" => Some("Your password was changed. Log in with the new one."),
        "email" => Some("Your new address is confirmed. Log in with it."),
        "too-late" => Some("That took too long. Please log in again."),
        _ => None,
    };
    view! {
        <Gate title="Log in">
                <p class="muted">"See your leads, invoices and profile."</p>
                {move || notice().map(|notice| view! { <div class="alert alert--good" role="status">{notice}</div> })}
                <SsoAlert/>
                <LoginFailure error/>
                <form method="post" action=Login::url() class="stack">
                    <AccountField error/>
                    <div class="field">
                        <label for="email">"Email"</label>
                        <input id="email" name="email" type="email" autocomplete="username" required maxlength="254"
                            spellcheck="false" autocapitalize="none" autofocus
                            aria-invalid=move || is_refused(error).then_some("true")/>
                    </div>
                    <PasswordField name="password" label="Password" autocomplete="current-password" message=None refused=is_refused(error)/>
                    <input type="hidden" name="next" value=move || from_url("next")/>
                    <button class="button button--primary button--wide" type="submit">"Log in"</button>
                </form>
                <PasskeyAlert error=passkey/>
                <PasskeyForm ask=AskForPasskey::url() action=LogInByPasskey::url() text="Use a passkey">
                    <input type="hidden" name="next" value=move || from_url("next")/>
                </PasskeyForm>
                <PasskeyScript/>
                <PartnerSsoLink/>
                <p class="gate__help"><GateLink to="/partner/forgot-password" text="Forgot your password?"/></p>
                <OtherAccount/>
                <p class="gate__help muted">
                    "No access yet? Ask the company that sends you leads: it manages the access."
                </p>
        </Gate>
    }
}
