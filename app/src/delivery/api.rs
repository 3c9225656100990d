//! The server functions of the partner's log.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    delivery::{Attempt, Delivery, DeliveryPage},
    ids::DeliveryId,
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the log's page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogView {
    /// The rows.
    pub page: DeliveryPage,
    /// Whether the reader may test the webhook.
    pub may_edit: bool,
    /// Whether the reader may replay leads: who may not see them has none to send.
    pub may_replay: bool,
}

/// A page of what was pushed to the partner; of leads only for whoever may see them.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_delivery_settings`.
#[server(prefix = "/fn", endpoint = "delivery/log", input = Json)]
pub async fn list_deliveries(before: Option<DeliveryId>) -> Result<LogView, AppError> {
    use domain::access::Permission;
    let actor = crate::access::require_partner(Permission::ViewDeliverySettings).await?;
    let permissions = actor.scope().session().permissions();
    let may_edit = permissions.has(Permission::EditDeliverySettings);
    let may_replay = may_edit && permissions.has(Permission::ViewLeads);
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(LogView { page: store::delivery::page(&mut read, actor.scope(), before).await?, may_edit, may_replay })
}

#[cfg(feature = "ssr")]
mark!(ListDeliveries: Viewable);

/// What the page of one delivery shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptsView {
    /// The delivery.
    pub delivery: Delivery,
    /// Its attempts, latest first.
    pub attempts: Vec<Attempt>,
    /// Whether the reader may have it sent once more.
    pub may_edit: bool,
}

/// One delivery with its attempts.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_delivery_settings`, [`AppError::NotFound`] for any id that is not one of the
/// partner's.
#[server(prefix = "/fn", endpoint = "delivery/get", input = Json)]
pub async fn get_delivery_attempts(id: DeliveryId) -> Result<AttemptsView, AppError> {
    use domain::access::Permission;
    let actor = crate::access::require_partner(Permission::ViewDeliverySettings).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let found = store::delivery::get(&mut read, actor.scope(), id).await?;
    let (delivery, attempts) = found.ok_or(AppError::NotFound)?;
    let may_edit = actor.scope().session().permissions().has(Permission::EditDeliverySettings);
    Ok(AttemptsView { delivery, attempts, may_edit })
}

#[cfg(feature = "ssr")]
mark!(GetDeliveryAttempts: Viewable);

/// Sends a test to the partner's webhook.
///
/// # Errors
/// [`AppError::Forbidden`] without `edit_delivery_settings`, [`AppError::Invalid`] when there is no webhook.
#[server(prefix = "/fn", endpoint = "delivery/test")]
pub async fn test_webhook() -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::EditDeliverySettings).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let id = services::delivery::send_test(&actor, &mut tx).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/partner/profile/delivery/log/{id}?done=test"));
    Ok(())
}

/// Sends leads to the partner's webhook once more.
///
/// # Errors
/// [`AppError::Forbidden`] without `edit_delivery_settings` or `view_leads`, [`AppError::Invalid`] when a day is missing or there is
/// no webhook.
#[server(prefix = "/fn", endpoint = "delivery/replay")]
pub async fn replay_leads(
    #[server(default)] lead: String,
    #[server(default)] what: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
) -> Result<(), AppError> {
    use domain::access::Permission;
    crate::access::require_partner(Permission::ViewLeads).await?;
    let actor = crate::access::require_partner(Permission::EditDeliverySettings).await?;
    let what = services::delivery::read_replay(&lead, &what, &from, &to)?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let leads = services::delivery::replay(&actor, &mut tx, what).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/partner/profile/delivery/log?done=replayed&leads={leads}"));
    Ok(())
}
