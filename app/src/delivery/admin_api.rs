//! The same for admins, about one of the account's partners.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    delivery::{Attempt, Delivery, DeliveryPage, DeliverySettings},
    ids::{DeliveryId, PartnerId},
    partners::PartnerHead,
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the page about a partner's deliveries shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerDeliveryView {
    /// The partner.
    pub head: PartnerHead,
    /// Where its leads go.
    pub settings: DeliverySettings,
    /// How they went.
    pub page: DeliveryPage,
}

/// Where a partner's leads are delivered to, and how that went.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/delivery/log", input = Json)]
pub async fn list_partner_deliveries(
    id: PartnerId,
    before: Option<DeliveryId>,
) -> Result<PartnerDeliveryView, AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let (scope, head) = services::partners::head(&actor, &mut read, id).await?;
    let settings = store::delivery::settings(&mut read, &scope).await?;
    Ok(PartnerDeliveryView { head, settings, page: store::delivery::page(&mut read, &scope, before).await? })
}

/// One of a partner's deliveries with its attempts.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/delivery/get", input = Json)]
pub async fn get_partner_attempts(
    id: PartnerId,
    delivery: DeliveryId,
) -> Result<(PartnerHead, Delivery, Vec<Attempt>), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let (scope, head) = services::partners::head(&actor, &mut read, id).await?;
    let found = store::delivery::get(&mut read, &scope, delivery).await?;
    let (delivery, attempts) = found.ok_or(AppError::NotFound)?;
    Ok((head, delivery, attempts))
}

/// Sends a test to a partner's webhook.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when there is no webhook.
#[server(prefix = "/fn", endpoint = "admin/delivery/test")]
pub async fn test_partner_webhook(id: PartnerId) -> Result<(), AppError> {
    let (actor, mut tx) = begin_for(id).await?;
    let delivery = services::delivery::send_test(&actor, &mut tx).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{id}/delivery/{delivery}?done=test"));
    Ok(())
}

/// Sends leads to a partner's webhook once more.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when a day is missing or there is no webhook.
#[server(prefix = "/fn", endpoint = "admin/delivery/replay")]
pub async fn replay_partner_leads(
    id: PartnerId,
    #[server(default)] lead: String,
    #[server(default)] what: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
) -> Result<(), AppError> {
    let what = services::delivery::read_replay(&lead, &what, &from, &to);
    let (actor, mut tx) = begin_for(id).await?;
    let leads = services::delivery::replay(&actor, &mut tx, what?).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{id}/delivery?done=replayed&leads={leads}"));
    Ok(())
}

#[cfg(feature = "ssr")]
async fn begin_for(id: PartnerId) -> Result<(services::PartnerActor, store::Tx), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let actor = actor.for_partner(&mut tx, id).await?;
    Ok((actor, tx))
}
