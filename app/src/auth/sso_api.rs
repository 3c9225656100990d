//! The server functions of single sign-on for visitors.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use leptos::prelude::*;

use super::sso_view::SsoLink;
use crate::error::AppError;

/// Leads a partner user on to the provider of its address's domain. It says no more of the address than that.
///
/// # Errors
/// [`AppError::Invalid`] when there is none, or nothing says which account is meant; [`AppError::RateLimited`] after too many.
#[server(prefix = "/fn", endpoint = "auth/sso-find")]
pub async fn find_provider(
    email: String,
    #[server(default)] account: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use domain::{email::Email, partners::UserKind};
    use services::{ServiceError, login};

    let state = crate::access::state()?;
    let wrong = |message: &str| AppError::from(ServiceError::field("email", message).keeping([("email", &*email)]));
    let address = Email::parse(&email).map_err(|_| wrong("Enter your email address."))?;
    crate::access::limit_places("sso").await?;
    let hints = crate::access::AccountHints::of_request()?;
    let mut read = crate::access::reader_unguarded().await?;
    let account = login::account_of_form(&mut read, &state.portal, hints.of(&account)).await?;
    let key = address.key();
    let found = match (account, key.rsplit_once('@')) {
        (Some(account), Some((_, domain))) => {
            store::identity_providers::for_address(&mut read, account.id, &key, domain).await?
        }
        _ => None,
    };
    let Some(found) = found else {
        return Err(wrong("No company here logs in with addresses like this one. Log in with your password."));
    };
    let page = crate::ui::with_pair("/partner/login/sso", "provider", &found.key().to_string());
    let next = crate::access::safe_next(UserKind::Partner, &next);
    leptos_axum::redirect(&crate::ui::with_pair(&page, "next", next));
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(FindProvider: Open);

/// What a partner's provider is called; nothing when users cannot log in by it.
#[server(prefix = "/fn", endpoint = "auth/sso-provider")]
pub async fn get_provider(#[server(default)] whose: String) -> Result<Option<SsoLink>, AppError> {
    let Ok(whose) = whose.parse::<domain::ids::PartnerId>() else { return Ok(None) };
    let kind = domain::partners::UserKind::Partner;
    let found = store::identity_providers::find(&mut crate::access::reader_unguarded().await?, kind, whose.0).await?;
    Ok(found.map(|provider| SsoLink { whose: whose.to_string(), name: provider.name }))
}

#[cfg(feature = "ssr")]
mark!(GetProvider: Open, Viewable, First);
