//! The server functions of two-factor authentication for admins, and of confirming who they are.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use leptos::prelude::*;

use crate::{
    auth::{ConfirmView, TwoFactorView},
    error::AppError,
};

/// Logs in an admin whose password was right by a code of its app or a recovery code, and goes on to `next`. With `remember`,
/// which is `yes` or empty, no code is asked for in this browser for 30 days.
///
/// # Errors
/// [`AppError::Invalid`] when the code is not right, [`AppError::RateLimited`] after too many wrong ones.
#[server(prefix = "/fn", endpoint = "admin/auth/code")]
pub async fn admin_login_code(
    code: String,
    #[server(default)] remember: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    crate::auth::sign_in::log_in_with_code(domain::partners::UserKind::Admin, &code, remember == "yes", &next).await
}

#[cfg(feature = "ssr")]
mark!(AdminLoginCode: Open);

/// Where the reader stands with two-factor authentication.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "admin/auth/two-factor")]
pub async fn get_admin_two_factor() -> Result<TwoFactorView, AppError> {
    crate::auth::two_factor::view(&crate::access::require_own_admin()?, &crate::access::current_admin_session()?).await
}

/// Makes a secret for the reader's authenticator app, also in place of one that is in use.
///
/// # Errors
/// [`AppError::NotFound`] when the account does not offer it.
#[server(prefix = "/fn", endpoint = "admin/auth/two-factor-begin")]
pub async fn begin_admin_two_factor() -> Result<(), AppError> {
    crate::auth::two_factor::begin(crate::access::require_own_admin()?, &crate::access::current_admin_session()?).await
}

/// Turns two-factor authentication on by the app's first code. The next page shows the recovery codes, once.
///
/// # Errors
/// [`AppError::Invalid`] when the code is not right.
#[server(prefix = "/fn", endpoint = "admin/auth/two-factor-on")]
pub async fn turn_admin_two_factor_on(code: String) -> Result<(), AppError> {
    crate::auth::two_factor::turn_on(
        crate::access::require_own_admin()?,
        &crate::access::current_admin_session()?,
        &code,
    )
    .await
}

/// Turns two-factor authentication off.
///
/// # Errors
/// [`AppError::Changed`] when it is off, [`AppError::NotFound`] when the reader must have it.
#[server(prefix = "/fn", endpoint = "admin/auth/two-factor-off")]
pub async fn turn_admin_two_factor_off() -> Result<(), AppError> {
    crate::auth::two_factor::turn_off(crate::access::require_own_admin()?, &crate::access::current_admin_session()?)
        .await
}

/// Makes new recovery codes, which the next page shows, once; those before end.
///
/// # Errors
/// [`AppError::Changed`] when two-factor authentication is off.
#[server(prefix = "/fn", endpoint = "admin/auth/recovery-codes")]
pub async fn renew_admin_recovery_codes() -> Result<(), AppError> {
    crate::auth::two_factor::renew_codes(crate::access::require_own_admin()?, &crate::access::current_admin_session()?)
        .await
}

/// Whom the reader confirms to be, and whether that takes a code.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "admin/auth/confirm-view")]
pub async fn get_admin_confirm() -> Result<ConfirmView, AppError> {
    crate::auth::two_factor::confirm_view(&crate::access::require_own_admin()?).await
}

/// Confirms who the reader is, by the password and, where there is one, the second factor, and goes on to `next`.
///
/// # Errors
/// [`AppError::Invalid`] when one of them is wrong, [`AppError::RateLimited`] after too many wrong ones.
#[server(prefix = "/fn", endpoint = "admin/auth/confirm")]
pub async fn confirm_admin_login(
    current: String,
    #[server(default)] code: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    let (actor, session) = (crate::access::require_own_admin()?, crate::access::current_admin_session()?);
    crate::auth::two_factor::confirm(actor, &session, (current, &code), &next).await
}

#[cfg(feature = "ssr")]
mark!(GetAdminTwoFactor: First);
#[cfg(feature = "ssr")]
mark!(BeginAdminTwoFactor: First, Fresh);
#[cfg(feature = "ssr")]
mark!(TurnAdminTwoFactorOn: First, Fresh);
#[cfg(feature = "ssr")]
mark!(TurnAdminTwoFactorOff: Fresh);
#[cfg(feature = "ssr")]
mark!(RenewAdminRecoveryCodes: Fresh);
#[cfg(feature = "ssr")]
mark!(ConfirmAdminLogin: First);
#[cfg(feature = "ssr")]
mark!(GetAdminConfirm: First);
