//! The pages of two-factor authentication for admins.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    auth_api::AdminLogout,
    passkey_api::{
        AddAdminPasskey, AskForAdminPasskey, BeginAdminPasskey, ConfirmByAdminPasskey, LogInByAdminPasskey,
        RemoveAdminPasskey,
    },
    two_factor_api::{
        AdminLoginCode, BeginAdminTwoFactor, ConfirmAdminLogin, RenewAdminRecoveryCodes, TurnAdminTwoFactorOff,
        TurnAdminTwoFactorOn, get_admin_confirm, get_admin_two_factor,
    },
};
use crate::{
    auth::{CodeGate, ConfirmGate, SetUpGate, Ways},
    ui::form_error,
};

/// Where their forms and links lead.
fn ways() -> Ways {
    Ways {
        begin: BeginAdminTwoFactor::url(),
        on: TurnAdminTwoFactorOn::url(),
        off: TurnAdminTwoFactorOff::url(),
        codes: RenewAdminRecoveryCodes::url(),
        confirm: ConfirmAdminLogin::url(),
        code: AdminLoginCode::url(),
        passkey_ask: AskForAdminPasskey::url(),
        passkey_login: LogInByAdminPasskey::url(),
        passkey_confirm: ConfirmByAdminPasskey::url(),
        passkey_begin: BeginAdminPasskey::url(),
        passkey_add: AddAdminPasskey::url(),
        passkey_remove: RemoveAdminPasskey::url(),
        logout: AdminLogout::url(),
        login: "/admin/login",
        start: "/admin",
        account: "/admin/account",
    }
}

/// `/admin/login/code`.
#[component]
pub fn AdminLoginCodePage() -> impl IntoView {
    let action = ServerAction::<AdminLoginCode>::new();
    let passkey = ServerAction::<LogInByAdminPasskey>::new();
    let passkey = form_error(move || passkey.value().get());
    view! { <CodeGate ways=ways() error=form_error(move || action.value().get()) passkey/> }
}

/// `/admin/confirm`.
#[component]
pub fn AdminConfirmPage() -> impl IntoView {
    let action = ServerAction::<ConfirmAdminLogin>::new();
    let view = Resource::new(|| (), |()| get_admin_confirm());
    let passkey = ServerAction::<ConfirmByAdminPasskey>::new();
    let passkey = form_error(move || passkey.value().get());
    view! { <ConfirmGate ways=ways() view error=form_error(move || action.value().get()) passkey/> }
}

/// `/admin/two-factor`.
#[component]
pub fn AdminTwoFactorPage() -> impl IntoView {
    let begin = ServerAction::<BeginAdminTwoFactor>::new();
    let on = ServerAction::<TurnAdminTwoFactorOn>::new();
    let off = ServerAction::<TurnAdminTwoFactorOff>::new();
    let codes = ServerAction::<RenewAdminRecoveryCodes>::new();
    let failed = move || begin.value().get().or_else(|| off.value().get()).or_else(|| codes.value().get());
    let (add, remove) = (ServerAction::<AddAdminPasskey>::new(), ServerAction::<RemoveAdminPasskey>::new());
    let passkey = form_error(move || add.value().get().or_else(|| remove.value().get()));
    let view = Resource::new(|| (), |()| get_admin_two_factor());
    view! {
        <SetUpGate ways=ways() view code_error=form_error(move || on.value().get()) error=form_error(failed) passkey/>
    }
}
