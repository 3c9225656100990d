//! The server functions of the ways back in: public, each with the proof it asks for in the request.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// Whom a mailed link is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// The person's name.
    pub name: String,
    /// The address they log in with, or will.
    pub email: String,
    /// The partner's name.
    pub partner_name: String,
    /// The account's name.
    pub account_name: String,
}

/// Asks for a link to reset a password. The answer is the same whether the address is known or not.
///
/// # Errors
/// [`AppError::Invalid`] when it is no address, [`AppError::RateLimited`] after too many requests.
#[server(prefix = "/fn", endpoint = "auth/forgot-password")]
pub async fn forgot_password(email: String, #[server(default)] account: String) -> Result<(), AppError> {
    super::recovery::forgot_password(domain::partners::UserKind::Partner, &email, &account).await?;
    leptos_axum::redirect("/partner/forgot-password?sent=1");
    Ok(())
}

/// Whom the followed link to reset a password is for.
///
/// # Errors
/// [`AppError::LinkEnded`] when it is not valid.
#[server(prefix = "/fn", endpoint = "auth/reset-link")]
pub async fn reset_link() -> Result<LinkView, AppError> {
    super::recovery::token_link(
        super::links::Link::Reset,
        domain::partners::UserKind::Partner,
        store::tokens::Purpose::Reset,
    )
    .await
}

/// Replaces the forgotten password.
///
/// # Errors
/// [`AppError::LinkEnded`] when the link is not valid, [`AppError::Invalid`] when the password will not do.
#[server(prefix = "/fn", endpoint = "auth/reset-password")]
pub async fn reset_password(password: String, #[server(default)] repeat: String) -> Result<(), AppError> {
    super::recovery::reset_password(domain::partners::UserKind::Partner, password, &repeat).await?;
    leptos_axum::redirect("/partner/login?notice=reset");
    Ok(())
}

/// Whom the followed invitation is for.
///
/// # Errors
/// [`AppError::LinkEnded`] when it is not valid.
#[server(prefix = "/fn", endpoint = "auth/invitation-link")]
pub async fn invitation_link() -> Result<LinkView, AppError> {
    super::recovery::invitation_link().await
}

/// Sets the first password of an invited person, and logs them in.
///
/// # Errors
/// [`AppError::LinkEnded`] when the link is not valid, [`AppError::Invalid`] when the password will not do.
#[server(prefix = "/fn", endpoint = "auth/accept-invitation")]
pub async fn accept_invitation(password: String, #[server(default)] repeat: String) -> Result<(), AppError> {
    super::recovery::accept_invitation(password, &repeat).await?;
    leptos_axum::redirect("/partner");
    Ok(())
}

/// Whom the followed link to confirm an address is for.
///
/// # Errors
/// [`AppError::LinkEnded`] when it is not valid.
#[server(prefix = "/fn", endpoint = "auth/email-link")]
pub async fn email_link() -> Result<LinkView, AppError> {
    super::recovery::token_link(
        super::links::Link::Email,
        domain::partners::UserKind::Partner,
        store::tokens::Purpose::Email,
    )
    .await
}

/// Confirms the new address.
///
/// # Errors
/// [`AppError::LinkEnded`] when the link is not valid.
#[server(prefix = "/fn", endpoint = "auth/confirm-email")]
pub async fn confirm_email() -> Result<(), AppError> {
    super::recovery::confirm_email().await?;
    leptos_axum::redirect("/partner/login?notice=email");
    Ok(())
}
