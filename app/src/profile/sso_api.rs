//! The server functions by which owners of partners set single sign-on up.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]
use leptos::prelude::*;

use crate::{auth::SsoForm, error::AppError};

/// How the partner's users log in by a provider; nothing where the account does not let partners set one up.
///
/// # Errors
/// [`AppError::Forbidden`] without `manage_users`.
#[server(prefix = "/fn", endpoint = "profile/sso")]
pub async fn get_sso() -> Result<Option<SsoForm>, AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ManageUsers).await?;
    let found = services::sso_settings::of_partner(&actor, &mut crate::access::reader(&actor).await?).await?;
    let Some(found) = found else { return Ok(None) };
    let (kind, partner) = (domain::partners::UserKind::Partner, actor.scope().session().partner_id());
    let shown = crate::auth::sso_form::shown::<domain::access::PartnerRole>;
    Ok(Some(shown(actor.portal(), found.as_ref(), kind, partner.0)?))
}

#[cfg(feature = "ssr")]
mark!(GetSso: Viewable);

/// Sets the provider of the partner's users up, or changes it.
///
/// # Errors
/// [`AppError::Forbidden`] without `manage_users`, [`AppError::NotFound`] where the account does not allow it, [`AppError::Invalid`] when
/// something has to be corrected.
#[server(prefix = "/fn", endpoint = "profile/save-sso")]
pub async fn save_sso(
    #[server(flatten)] form: domain::sso::ProviderForm,
    #[server(default)] client_secret: String,
) -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ManageUsers).await?;
    if services::sso_settings::of_partner(&actor, &mut crate::access::reader(&actor).await?).await?.is_none() {
        return Err(AppError::NotFound);
    }
    services::sso_settings::check_issuer(actor.portal(), &form).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::sso_settings::save_of_partner(&actor, &mut tx, &form, &client_secret).await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/profile/single-sign-on?done=sso");
    Ok(())
}

/// Removes the provider of the partner's users.
///
/// # Errors
/// [`AppError::Forbidden`] without `manage_users`, [`AppError::NotFound`] when there is none.
#[server(prefix = "/fn", endpoint = "profile/remove-sso")]
pub async fn remove_sso() -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ManageUsers).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::sso_settings::remove_of_partner(&actor, &mut tx).await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/profile/single-sign-on?done=sso-removed");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(SaveSso: Fresh);
#[cfg(feature = "ssr")]
mark!(RemoveSso: Fresh);
