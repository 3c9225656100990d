//! The server functions of the account's own webhook.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use leptos::prelude::*;

use crate::error::AppError;

/// Changes where events are sent; an empty address is for nowhere.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`, [`AppError::Invalid`] for an address that the portal must not call.
#[server(prefix = "/fn", endpoint = "admin/webhook/save")]
pub async fn save_webhook(#[server(default)] url: String) -> Result<(), AppError> {
    let actor = super::api::managing().await?;
    let (url, session) = (url.trim(), crate::access::current_admin_session()?);
    let checked = services::lead_events::check_target(actor.portal(), url).await;
    checked.map_err(|error| AppError::from(error).keeping([("url", url)]))?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::lead_events::save(&actor, &mut tx, url, &session).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/api-keys?done=webhook#webhook");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(SaveWebhook: Fresh);

/// Makes a new signing secret; the one before is of no use from then on.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`, [`AppError::NotFound`] when there is no webhook.
#[server(prefix = "/fn", endpoint = "admin/webhook/rotate-secret")]
pub async fn rotate_webhook_secret() -> Result<(), AppError> {
    let actor = super::api::managing().await?;
    let session = crate::access::current_admin_session()?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::lead_events::rotate_secret(&actor, &mut tx, &session).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/api-keys?done=secret#webhook");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(RotateWebhookSecret: Fresh);

/// Has a test sent to the webhook.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`, [`AppError::NotFound`] when there is no webhook.
#[server(prefix = "/fn", endpoint = "admin/webhook/test")]
pub async fn test_webhook() -> Result<(), AppError> {
    let actor = super::api::managing().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::lead_events::send_test(&actor, &mut tx).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/api-keys?done=test#webhook");
    Ok(())
}
