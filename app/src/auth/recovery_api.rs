//! The server functions of account recovery: public, each with the proof it asks for in the request.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::users::LinkView;
use leptos::prelude::*;

use crate::error::AppError;

/// Asks for a link to reset a password. The answer is the same whether the address is known or not.
///
/// # Errors
/// [`AppError::Invalid`] when it is no address.
#[server(prefix = "/fn", endpoint = "auth/forgot-password")]
pub async fn forgot_password(email: String, #[server(default)] account: String) -> Result<(), AppError> {
    super::ways_in::request_reset(domain::partners::UserKind::Partner, &email, &account).await?;
    leptos_axum::redirect("/partner/forgot-password?sent=1");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ForgotPassword: Open);

/// Whom the followed link to reset a password is for.
///
/// # Errors
/// [`AppError::LinkExpired`] when it is not valid.
#[server(prefix = "/fn", endpoint = "auth/reset-link")]
pub async fn reset_link() -> Result<LinkView, AppError> {
    super::ways_in::reset_link(domain::partners::UserKind::Partner).await
}

#[cfg(feature = "ssr")]
mark!(ResetLink: Open);

/// Replaces the forgotten password.
///
/// # Errors
/// [`AppError::LinkExpired`] when the link is not valid, [`AppError::Invalid`] when the password will not do.
#[server(prefix = "/fn", endpoint = "auth/reset-password")]
pub async fn reset_password(password: String, #[server(default)] repeat: String) -> Result<(), AppError> {
    super::ways_in::reset_password(domain::partners::UserKind::Partner, password, &repeat).await?;
    leptos_axum::redirect("/partner/login?notice=reset");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ResetPassword: Open);

/// Whom the followed invitation is for.
///
/// # Errors
/// [`AppError::LinkExpired`] when it is not valid.
#[server(prefix = "/fn", endpoint = "auth/invitation-link")]
pub async fn invitation_link() -> Result<LinkView, AppError> {
    let hash = crate::access::token_hash(services::links::Link::Invite)?;
    Ok(services::recovery::invitation(&mut crate::access::reader_unguarded().await?, &hash).await?)
}

#[cfg(feature = "ssr")]
mark!(InvitationLink: Open);

/// Sets the first password of an invited person, and logs them in.
///
/// # Errors
/// [`AppError::LinkExpired`] when the link is not valid, [`AppError::Invalid`] when the password will not do.
#[server(prefix = "/fn", endpoint = "auth/accept-invitation")]
pub async fn accept_invitation(password: String, #[server(default)] repeat: String) -> Result<(), AppError> {
    use services::{links::Link, recovery};
    let hash = crate::access::token_hash(Link::Invite)?;
    let invited = recovery::invitation(&mut crate::access::reader_unguarded().await?, &hash).await?;
    let own_words = [&*invited.name, &invited.email, &invited.partner_name, &invited.account_name];
    let password = super::ways_in::new_password(password, &repeat, &own_words).await?;
    let mut tx = crate::access::begin_write_unguarded().await?;
    let user = recovery::accept_invitation(&mut tx, &hash, password, &crate::access::client_address()?).await?;
    tx.commit().await?;
    crate::access::forget_token(Link::Invite)?;
    super::sign_in::log_in_by_link(domain::partners::UserKind::Partner, user).await
}

#[cfg(feature = "ssr")]
mark!(AcceptInvitation: Open);

/// Whom the followed link to confirm an address is for.
///
/// # Errors
/// [`AppError::LinkExpired`] when it is not valid.
#[server(prefix = "/fn", endpoint = "auth/email-link")]
pub async fn email_link() -> Result<LinkView, AppError> {
    super::ways_in::email_link(domain::partners::UserKind::Partner).await
}

#[cfg(feature = "ssr")]
mark!(EmailLink: Open);

/// Confirms the new address.
///
/// # Errors
/// [`AppError::LinkExpired`] when the link is not valid.
#[server(prefix = "/fn", endpoint = "auth/confirm-email")]
pub async fn confirm_email() -> Result<(), AppError> {
    super::ways_in::confirm_email(domain::partners::UserKind::Partner).await?;
    leptos_axum::redirect("/partner/login?notice=email");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ConfirmEmail: Open);

/// Whose sessions the followed link ends.
///
/// # Errors
/// [`AppError::LinkExpired`] when it is not valid.
#[server(prefix = "/fn", endpoint = "auth/end-sessions-link")]
pub async fn end_sessions_link() -> Result<LinkView, AppError> {
    super::ways_in::end_sessions_link(domain::partners::UserKind::Partner).await
}

/// Ends all sessions of the partner user whom the link was mailed to.
///
/// # Errors
/// [`AppError::LinkExpired`] when the link is not valid.
#[server(prefix = "/fn", endpoint = "auth/end-sessions")]
pub async fn end_sessions() -> Result<(), AppError> {
    super::ways_in::end_sessions(domain::partners::UserKind::Partner).await?;
    leptos_axum::redirect("/partner/forgot-password?ended=1");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(EndSessionsLink: Open);
#[cfg(feature = "ssr")]
mark!(EndSessions: Open);
