//! The pages of two-factor authentication for partner users.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api::Logout,
    two_factor_api::{
        BeginTwoFactor, ConfirmLogin, LoginCode, RenewRecoveryCodes, TurnTwoFactorOff, TurnTwoFactorOn, get_confirm,
        get_two_factor,
    },
    two_factor_cards::{CodeGate, ConfirmGate, SetUpGate, Ways},
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
    view! { <CodeGate ways=ways() error=form_error(move || action.value().get())/> }
}

/// `/partner/confirm`.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    let action = ServerAction::<ConfirmLogin>::new();
    let view = Resource::new(|| (), |()| get_confirm());
    view! { <ConfirmGate ways=ways() view error=form_error(move || action.value().get())/> }
}

/// `/partner/two-factor`.
#[component]
pub fn TwoFactorPage() -> impl IntoView {
    let begin = ServerAction::<BeginTwoFactor>::new();
    let on = ServerAction::<TurnTwoFactorOn>::new();
    let off = ServerAction::<TurnTwoFactorOff>::new();
    let codes = ServerAction::<RenewRecoveryCodes>::new();
    let failed = move || begin.value().get().or_else(|| off.value().get()).or_else(|| codes.value().get());
    let view = Resource::new(|| (), |()| get_two_factor());
    view! {
        <SetUpGate ways=ways() view code_error=form_error(move || on.value().get()) error=form_error(failed)/>
    }
}
