//! The server functions of the account's own webhook.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::lead_events::AccountWebhook;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the page shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookView {
    /// The webhook, if there is one.
    pub webhook: Option<AccountWebhook>,
    /// A secret that was just made: shown this once.
    pub new_secret: Option<String>,
}

/// The secret is never printed.
impl std::fmt::Debug for WebhookView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookView").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}

/// The account's webhook. A secret that was just made in this session comes along once.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`.
#[server(prefix = "/fn", endpoint = "admin/webhook/get")]
pub async fn get_webhook() -> Result<WebhookView, AppError> {
    let actor = super::api::managing().await?;
    let session = crate::access::current_admin_session()?;
    let shown = crate::access::take_one_time(&session, services::one_time::Purpose::AccountWebhookSecret).await?;
    Ok(WebhookView {
        webhook: store::lead_events::webhook(&mut crate::access::begin_read().await?, actor.scope()).await?,
        new_secret: shown.into_iter().next_back(),
    })
}

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
    let mut tx = crate::access::begin_write().await?;
    services::lead_events::save(&actor, &mut tx, url, &session).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/api-keys?done=webhook#webhook");
    Ok(())
}

/// Makes a new signing secret; the one before is of no use from then on.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`, [`AppError::NotFound`] when there is no webhook.
#[server(prefix = "/fn", endpoint = "admin/webhook/rotate-secret")]
pub async fn rotate_webhook_secret() -> Result<(), AppError> {
    let actor = super::api::managing().await?;
    let session = crate::access::current_admin_session()?;
    let mut tx = crate::access::begin_write().await?;
    services::lead_events::rotate_secret(&actor, &mut tx, &session).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/api-keys?done=secret#webhook");
    Ok(())
}

/// Has a test sent to the webhook.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_api_keys`, [`AppError::NotFound`] when there is no webhook.
#[server(prefix = "/fn", endpoint = "admin/webhook/test")]
pub async fn test_webhook() -> Result<(), AppError> {
    let actor = super::api::managing().await?;
    let mut tx = crate::access::begin_write().await?;
    services::lead_events::send_test(&actor, &mut tx).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/api-keys?done=test#webhook");
    Ok(())
}
