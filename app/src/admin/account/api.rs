//! The server functions of an admin's own account. No permission is needed for it, the current password where it matters.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::users::LinkView;
use leptos::prelude::*;

use crate::{auth::SecurityView, error::AppError};

/// The admin's own name, address and sessions.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "admin/account/get")]
pub async fn get_own_account() -> Result<SecurityView, AppError> {
    let person = services::login::Person::Admin(crate::access::current_admin()?);
    crate::auth::own::view(&person, &crate::access::current_admin_session()?).await
}

/// Changes the admin's own name.
///
/// # Errors
/// [`AppError::Invalid`] when it is empty or too long.
#[server(prefix = "/fn", endpoint = "admin/account/change-name")]
pub async fn change_own_name(name: String) -> Result<(), AppError> {
    crate::auth::own::change_name(crate::access::require_own_admin()?, &name).await?;
    leptos_axum::redirect("/admin/account?done=name");
    Ok(())
}

/// Changes the admin's own password, and ends its other sessions.
///
/// # Errors
/// [`AppError::Invalid`] when the current one is wrong or the new one will not do, [`AppError::RateLimited`] after too many wrong ones.
#[server(prefix = "/fn", endpoint = "admin/account/change-password")]
pub async fn change_own_password(
    current: String,
    password: String,
    #[server(default)] repeat: String,
) -> Result<(), AppError> {
    let (actor, session) = (crate::access::require_own_admin()?, crate::access::current_admin_session()?);
    crate::auth::own::change_password(actor, &session, current, (password, &repeat)).await?;
    leptos_axum::redirect("/admin/account?done=password");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ChangeOwnPassword: FreshFactor);

/// Asks for another address to log in with. The answer is the same whether an admin has that address or not; the change comes when the
/// mail to it is followed.
///
/// # Errors
/// [`AppError::Invalid`] when the password is wrong or it is no address.
#[server(prefix = "/fn", endpoint = "admin/account/change-email")]
pub async fn change_own_email(current: String, new_email: String) -> Result<(), AppError> {
    crate::auth::own::change_email(crate::access::require_own_admin()?, current, &new_email).await?;
    leptos_axum::redirect("/admin/account?done=email");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ChangeOwnEmail: FreshFactor);

/// Ends one of the admin's own sessions, by the key that the list of them has.
///
/// # Errors
/// [`AppError::NotFound`] when there is none of that key.
#[server(prefix = "/fn", endpoint = "admin/account/end-session")]
pub async fn end_own_session(session: String) -> Result<(), AppError> {
    crate::auth::own::end_session(crate::access::require_own_admin()?, &session).await?;
    leptos_axum::redirect("/admin/account?done=session");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(EndOwnSession: Fresh);

/// Ends the admin's own sessions but this one.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "admin/account/end-other-sessions")]
pub async fn end_other_own_sessions() -> Result<(), AppError> {
    let (actor, session) = (crate::access::require_own_admin()?, crate::access::current_admin_session()?);
    crate::auth::own::end_other_sessions(actor, &session).await?;
    leptos_axum::redirect("/admin/account?done=sessions");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(EndOtherOwnSessions: Fresh);

/// Whom the followed link to confirm an admin's address is for.
///
/// # Errors
/// [`AppError::LinkExpired`] when it is not valid.
#[server(prefix = "/fn", endpoint = "admin/auth/email-link")]
pub async fn admin_email_link() -> Result<LinkView, AppError> {
    crate::auth::ways_in::email_link(domain::partners::UserKind::Admin).await
}

#[cfg(feature = "ssr")]
mark!(AdminEmailLink: Open);

/// Confirms an admin's new address.
///
/// # Errors
/// [`AppError::LinkExpired`] when the link is not valid.
#[server(prefix = "/fn", endpoint = "admin/auth/confirm-email")]
pub async fn admin_confirm_email() -> Result<(), AppError> {
    crate::auth::ways_in::confirm_email(domain::partners::UserKind::Admin).await?;
    leptos_axum::redirect("/admin/login?notice=email");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(AdminConfirmEmail: Open);
