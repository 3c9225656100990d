//! The server functions of the admin login, of becoming an admin, and of setting an empty installation up.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]
#![expect(clippy::too_many_arguments, reason = "a form's function takes what the form has fields")]

use domain::{
    admin::{AdminPermission, AdminRole},
    time::LocalTime,
    users::LinkView,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// Which admin is looking, as far as the page's frame has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminViewer {
    /// The admin's name.
    pub user_name: String,
    /// The admin's address.
    pub email: String,
    /// The admin's role.
    pub role: AdminRole,
    /// The account's name.
    pub account_name: String,
    /// The account's short name, by which its colours are found.
    pub account_slug: String,
    /// The time zone in which times are shown.
    pub time_zone: String,
    /// Until when two-factor authentication has to be set up.
    pub two_factor_due: Option<LocalTime>,
}

impl AdminViewer {
    /// Whether the reader may do something.
    #[must_use]
    pub const fn may(&self, permission: AdminPermission) -> bool {
        self.role.may(permission)
    }
}

/// Which admin is looking.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody is logged in.
#[server(prefix = "/fn", endpoint = "admin/auth/viewer")]
pub async fn get_admin_viewer() -> Result<AdminViewer, AppError> {
    let session = crate::access::current_admin()?;
    Ok(AdminViewer {
        user_name: session.user_name().to_owned(),
        email: session.email().to_owned(),
        role: session.role(),
        account_name: session.account_name().to_owned(),
        account_slug: session.account_slug().to_owned(),
        time_zone: session.zone().name().to_owned(),
        two_factor_due: session.two_factor().due.map(|due| session.zone().local(due)),
    })
}

/// Logs an admin in and goes on to `next`, a path of the admin area, or to its start.
///
/// # Errors
/// [`AppError::LoginFailed`] for every cause alike, [`AppError::RateLimited`] after too many failures.
#[server(prefix = "/fn", endpoint = "admin/auth/login")]
pub async fn admin_login(
    email: String,
    password: String,
    #[server(default)] account: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use domain::partners::UserKind;
    crate::auth::sign_in::log_in(UserKind::Admin, &email, password, (&account, &next)).await
}

#[cfg(feature = "ssr")]
mark!(AdminLogin: Open);

/// Logs the admin out and goes to the admin login page.
///
/// # Errors
/// When the database does not answer; the session may live on then.
#[server(prefix = "/fn", endpoint = "admin/auth/logout")]
pub async fn admin_logout() -> Result<(), AppError> {
    let person = services::login::Person::Admin(crate::access::current_admin()?);
    crate::auth::sign_in::log_out(&person).await?;
    leptos_axum::redirect("/admin/login");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(AdminLogout: First);

/// Asks for a link to reset an admin's password. The answer is the same whether the address is known or not.
///
/// # Errors
/// [`AppError::Invalid`] when it is no address.
#[server(prefix = "/fn", endpoint = "admin/auth/forgot-password")]
pub async fn admin_forgot_password(email: String, #[server(default)] account: String) -> Result<(), AppError> {
    crate::auth::ways_in::request_reset(domain::partners::UserKind::Admin, &email, &account).await?;
    leptos_axum::redirect("/admin/forgot-password?sent=1");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(AdminForgotPassword: Open);

/// Whom the followed link to reset an admin's password is for.
///
/// # Errors
/// [`AppError::LinkExpired`] when it is not valid.
#[server(prefix = "/fn", endpoint = "admin/auth/reset-link")]
pub async fn admin_reset_link() -> Result<LinkView, AppError> {
    crate::auth::ways_in::reset_link(domain::partners::UserKind::Admin).await
}

#[cfg(feature = "ssr")]
mark!(AdminResetLink: Open);

/// Replaces an admin's forgotten password.
///
/// # Errors
/// [`AppError::LinkExpired`] when the link is not valid, [`AppError::Invalid`] when the password will not do.
#[server(prefix = "/fn", endpoint = "admin/auth/reset-password")]
pub async fn admin_reset_password(password: String, #[server(default)] repeat: String) -> Result<(), AppError> {
    crate::auth::ways_in::reset_password(domain::partners::UserKind::Admin, password, &repeat).await?;
    leptos_axum::redirect("/admin/login?notice=reset");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(AdminResetPassword: Open);

/// Whom the followed invitation as an admin is for.
///
/// # Errors
/// [`AppError::LinkExpired`] when it is not valid.
#[server(prefix = "/fn", endpoint = "admin/auth/invitation-link")]
pub async fn admin_invitation_link() -> Result<LinkView, AppError> {
    let hash = crate::access::token_hash(services::links::Link::AdminInvite)?;
    Ok(services::admins::invitation(&mut crate::access::reader_unguarded().await?, &hash).await?)
}

#[cfg(feature = "ssr")]
mark!(AdminInvitationLink: Open);

/// Sets the first password of somebody invited as an admin, and logs them in.
///
/// # Errors
/// [`AppError::LinkExpired`] when the link is not valid, [`AppError::Invalid`] when the password will not do.
#[server(prefix = "/fn", endpoint = "admin/auth/accept-invitation")]
pub async fn accept_admin_invitation(password: String, #[server(default)] repeat: String) -> Result<(), AppError> {
    use services::{admins, links::Link};
    let hash = crate::access::token_hash(Link::AdminInvite)?;
    let invited = admins::invitation(&mut crate::access::reader_unguarded().await?, &hash).await?;
    let own_words = [&*invited.name, &invited.email, &invited.account_name];
    let password = crate::auth::ways_in::new_password(password, &repeat, &own_words).await?;
    let mut tx = crate::access::begin_write_unguarded().await?;
    let user = admins::accept_invitation(&mut tx, &hash, password, &crate::access::client_address()?).await?;
    tx.commit().await?;
    crate::access::forget_token(Link::AdminInvite)?;
    crate::auth::sign_in::log_in_by_link(domain::partners::UserKind::Admin, user).await
}

#[cfg(feature = "ssr")]
mark!(AcceptAdminInvitation: Open);

/// Whether the followed link sets an empty installation up; answers the time zones to choose from.
///
/// # Errors
/// [`AppError::LinkExpired`] when it is not valid.
#[server(prefix = "/fn", endpoint = "admin/auth/setup-link")]
pub async fn setup_link() -> Result<Vec<String>, AppError> {
    let hash = crate::access::token_hash(services::links::Link::Setup)?;
    services::setup::check_link(&mut crate::access::reader_unguarded().await?, &hash).await?;
    Ok(domain::zone::Zone::names().map(ToOwned::to_owned).collect())
}

#[cfg(feature = "ssr")]
mark!(SetupLink: Open);

/// Sets an empty installation up: its account and its first owner, who is logged in.
///
/// # Errors
/// [`AppError::LinkExpired`] when the link is not valid, [`AppError::Invalid`] when a field has to be corrected.
#[server(prefix = "/fn", endpoint = "admin/auth/setup")]
pub async fn set_up(
    account_name: String,
    slug: String,
    time_zone: String,
    currency: String,
    name: String,
    email: String,
    password: String,
    #[server(default)] repeat: String,
) -> Result<(), AppError> {
    use services::{links::Link, setup};
    let hash = crate::access::token_hash(Link::Setup)?;
    setup::check_link(&mut crate::access::reader_unguarded().await?, &hash).await?;
    let first = setup::FirstAccount { account_name, slug, time_zone, currency, name, email };
    let parsed = first.parse().map_err(AppError::Invalid)?;
    let own_words = [&*parsed.1.name, parsed.1.email.as_str(), &parsed.0.name];
    let password = crate::auth::ways_in::new_password(password, &repeat, &own_words).await;
    let password = password.map_err(|error| error.keeping(first.fields()))?;
    let mut tx = crate::access::begin_write_unguarded().await?;
    let user = setup::set_up(&mut tx, &hash, parsed, password, &crate::access::client_address()?)
        .await
        .map_err(|error| error.keeping(first.fields()))?;
    tx.commit().await?;
    crate::access::forget_token(Link::Setup)?;
    crate::auth::sign_in::log_in_by_link(domain::partners::UserKind::Admin, user).await
}

#[cfg(feature = "ssr")]
mark!(SetUp: Open);

/// Whose sessions the followed link ends.
///
/// # Errors
/// [`AppError::LinkExpired`] when it is not valid.
#[server(prefix = "/fn", endpoint = "admin/auth/end-sessions-link")]
pub async fn admin_end_sessions_link() -> Result<LinkView, AppError> {
    crate::auth::ways_in::end_sessions_link(domain::partners::UserKind::Admin).await
}

/// Ends all sessions of the admin whom the link was mailed to.
///
/// # Errors
/// [`AppError::LinkExpired`] when the link is not valid.
#[server(prefix = "/fn", endpoint = "admin/auth/end-sessions")]
pub async fn admin_end_sessions() -> Result<(), AppError> {
    crate::auth::ways_in::end_sessions(domain::partners::UserKind::Admin).await?;
    leptos_axum::redirect("/admin/forgot-password?ended=1");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(AdminEndSessionsLink: Open);
#[cfg(feature = "ssr")]
mark!(AdminEndSessions: Open);
