//! The pages of two-factor authentication for partner users.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api::Logout,
    passkey_api::{AddPasskey, AskForPasskey, BeginPasskey, ConfirmByPasskey, LogInByPasskey, RemovePasskey},
    two_factor_api::{
        BeginTwoFactor, ConfirmLogin, LoginCode, RenewRecoveryCodes, TurnTwoFactorOff, TurnTwoFactorOn, get_confirm,
        get_two_factor,
    },
    two_factor_cards::{CodeGate, ConfirmGate, SetUpGate},
    ways::Ways,
};
use crate::ui::form_error;

/// Where their forms and links lead.
fn ways() -> Ways {
    Ways {
        begin: BeginTwoFactor::url(),
        on: TurnTwoFactorOn::url(),
        off: TurnTwoFactorOff::url(),
        codes: RenewRecoveryCodes::url(),
        confirm: ConfirmLogin::url(),
        code: LoginCode::url(),
        passkey_ask: AskForPasskey::url(),
        passkey_login: LogInByPasskey::url(),
        passkey_confirm: ConfirmByPasskey::url(),
        passkey_begin: BeginPasskey::url(),
        passkey_add: AddPasskey::url(),
        passkey_remove: RemovePasskey::url(),
        logout: Logout::url(),
        login: "/partner/login",
        start: "/partner",
        account: "/partner/profile/security",
    }
}

/// `/partner/login/code`.
#[component]
pub fn LoginCodePage() -> impl IntoView {
    let action = ServerAction::<LoginCode>::new();
    let passkey = ServerAction::<LogInByPasskey>::new();
    let passkey = form_error(move || passkey.value().get());
    view! { <CodeGate ways=ways() error=form_error(move || action.value().get()) passkey/> }
}

/// `/partner/confirm`.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    let action = ServerAction::<ConfirmLogin>::new();
    let view = Resource::new(|| (), |()| get_confirm());
    let passkey = ServerAction::<ConfirmByPasskey>::new();
    let passkey = form_error(move || passkey.value().get());
    view! { <ConfirmGate ways=ways() view error=form_error(move || action.value().get()) passkey/> }
}

/// `/partner/two-factor`.
#[component]
pub fn TwoFactorPage() -> impl IntoView {
    let begin = ServerAction::<BeginTwoFactor>::new();
    let on = ServerAction::<TurnTwoFactorOn>::new();
    let off = ServerAction::<TurnTwoFactorOff>::new();
    let codes = ServerAction::<RenewRecoveryCodes>::new();
    let failed = move || begin.value().get().or_else(|| off.value().get()).or_else(|| codes.value().get());
    let (add, remove) = (ServerAction::<AddPasskey>::new(), ServerAction::<RemovePasskey>::new());
    let passkey = form_error(move || add.value().get().or_else(|| remove.value().get()));
    let view = Resource::new(|| (), |()| get_two_factor());
    view! {
        <SetUpGate ways=ways() view code_error=form_error(move || on.value().get()) error=form_error(failed) passkey/>
    }
}
