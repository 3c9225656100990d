//! The server functions of passkeys for admins.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::ids::PasskeyId;
use leptos::prelude::*;

use crate::error::AppError;

/// Asks whoever is at the browser for a passkey: what `navigator.credentials.get` is given, as JSON. The browser keeps what was asked.
///
/// # Errors
/// [`AppError::NotFound`] where browsers take no passkeys.
#[server(prefix = "/fn", endpoint = "admin/auth/passkey-ask")]
pub async fn ask_for_admin_passkey() -> Result<String, AppError> {
    crate::auth::passkeys::ask(domain::partners::UserKind::Admin)
}

#[cfg(feature = "ssr")]
mark!(AskForAdminPasskey: Open);

/// Logs in whoever has answered by a passkey, and goes on to `next`. With `second`, which is `yes` or empty, the password was right
/// before, and it must be the same user; with `remember`, no second factor is asked for in this browser for 30 days.
///
/// # Errors
/// [`AppError::Invalid`] when the answer is not taken, [`AppError::RateLimited`] after too many that were not.
#[server(prefix = "/fn", endpoint = "admin/auth/passkey")]
pub async fn log_in_by_admin_passkey(
    #[server(default)] answer: String,
    #[server(default)] second: String,
    #[server(default)] remember: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    let how = (second == "yes", remember == "yes");
    crate::auth::passkeys::log_in(domain::partners::UserKind::Admin, &answer, how, &next).await
}

#[cfg(feature = "ssr")]
mark!(LogInByAdminPasskey: Open);

/// Confirms who the reader is by a passkey, and goes on to `next`.
///
/// # Errors
/// [`AppError::Invalid`] when the answer is not taken, [`AppError::RateLimited`] after too many that were not.
#[server(prefix = "/fn", endpoint = "admin/auth/passkey-confirm")]
pub async fn confirm_by_admin_passkey(
    #[server(default)] answer: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    let (actor, session) = (crate::access::require_own_admin()?, crate::access::current_admin_session()?);
    crate::auth::passkeys::confirm(actor, &session, &answer, &next).await
}

/// Asks the reader's browser for a new passkey: what `navigator.credentials.create` is given, as JSON.
///
/// # Errors
/// [`AppError::NotFound`] when the account does not offer it, [`AppError::TooMany`] when there are enough.
#[server(prefix = "/fn", endpoint = "admin/auth/passkey-begin")]
pub async fn begin_admin_passkey() -> Result<String, AppError> {
    crate::auth::passkeys::begin(crate::access::require_own_admin()?, &crate::access::current_admin_session()?).await
}

/// Keeps the passkey that the reader's browser has made, under that name, or the browser's.
///
/// # Errors
/// [`AppError::Invalid`] when the answer is not one to what was asked in this session.
#[server(prefix = "/fn", endpoint = "admin/auth/passkey-add")]
pub async fn add_admin_passkey(
    #[server(default)] answer: String,
    #[server(default)] name: String,
) -> Result<(), AppError> {
    let (actor, session) = (crate::access::require_own_admin()?, crate::access::current_admin_session()?);
    crate::auth::passkeys::add(actor, &session, &answer, &name).await
}

/// Removes a passkey of the reader.
///
/// # Errors
/// [`AppError::NotFound`] when there is none of that id, [`AppError::Invalid`] when the reader must have a second factor and this is it.
#[server(prefix = "/fn", endpoint = "admin/auth/passkey-remove")]
pub async fn remove_admin_passkey(id: PasskeyId) -> Result<(), AppError> {
    crate::auth::passkeys::remove(crate::access::require_own_admin()?, &crate::access::current_admin_session()?, id)
        .await
}

#[cfg(feature = "ssr")]
mark!(ConfirmByAdminPasskey: First);
#[cfg(feature = "ssr")]
mark!(BeginAdminPasskey: First, Fresh);
#[cfg(feature = "ssr")]
mark!(AddAdminPasskey: First, Fresh);
#[cfg(feature = "ssr")]
mark!(RemoveAdminPasskey: Fresh);
