//! The server functions by which admins set single sign-on up.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]
use leptos::prelude::*;

use crate::{auth::SsoForm, error::AppError};

/// How the account's admins log in by a provider, whether partners may set up their own, and whether the reader may change it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AdminSsoView {
    /// What the form shows.
    pub form: SsoForm,
    /// Whether partners may set up a provider of their own.
    pub partners_may: bool,
}

/// How the account's admins log in by a provider.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_security`.
#[server(prefix = "/fn", endpoint = "admin/settings/sso")]
pub async fn get_admin_sso() -> Result<AdminSsoView, AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManageSecurity).await?;
    let mut read = crate::access::reader(&actor).await?;
    let found = services::sso_settings::of_admins(&actor, &mut read).await?;
    let account = actor.scope().session().account_id();
    let partners_may = store::identity_providers::partners_may(&mut read, account).await?;
    let kind = domain::partners::UserKind::Admin;
    let form =
        crate::auth::sso_form::shown::<domain::admin::AdminRole>(actor.portal(), found.as_ref(), kind, account.0)?;
    Ok(AdminSsoView { form, partners_may })
}

/// Sets the provider of the account's admins up, or changes it.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_security`, [`AppError::Invalid`] when something has to be corrected.
#[server(prefix = "/fn", endpoint = "admin/settings/save-sso")]
pub async fn save_admin_sso(
    #[server(flatten)] form: domain::sso::ProviderForm,
    #[server(default)] client_secret: String,
) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManageSecurity).await?;
    services::sso_settings::check_issuer(actor.portal(), &form).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::sso_settings::save_of_admins(&actor, &mut tx, &form, &client_secret).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings/security?done=sso");
    Ok(())
}

/// Removes the provider of the account's admins.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_security`, [`AppError::NotFound`] when there is none.
#[server(prefix = "/fn", endpoint = "admin/settings/remove-sso")]
pub async fn remove_admin_sso() -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManageSecurity).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::sso_settings::remove_of_admins(&actor, &mut tx).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings/security?done=sso-removed");
    Ok(())
}

/// Lets partners set up providers of their own, when `allowed` is `yes`.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_security`.
#[server(prefix = "/fn", endpoint = "admin/settings/let-partners-sso")]
pub async fn let_partners_sso(#[server(default)] allowed: String) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManageSecurity).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::sso_settings::let_partners(&actor, &mut tx, allowed == "yes").await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/settings/security?done=partner-sso");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(SaveAdminSso: Fresh);
#[cfg(feature = "ssr")]
mark!(RemoveAdminSso: Fresh);
#[cfg(feature = "ssr")]
mark!(LetPartnersSso: Fresh);
