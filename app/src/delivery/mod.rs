//! What was pushed to a partner and how it went: for the partner under its profile, for admins among the partner's pages.

pub mod admin_api;
mod admin_pages;
pub mod api;
mod forms;
mod guide;
mod log;
mod pages;

pub use admin_pages::{PartnerAttemptsPage, PartnerDeliveryPage};
pub use pages::{DeliveriesPage, DeliveryAttemptsPage};

pub(crate) use guide::ReceiverGuide;
pub(crate) use log::Health;

use domain::ids::DeliveryId;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The delivery of the page's address; none when the address holds no id.
fn use_delivery_id() -> Memo<Option<DeliveryId>> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get("delivery").and_then(|id| id.parse().ok()))
}

/// After which delivery this page of the log begins.
fn use_before() -> Memo<Option<DeliveryId>> {
    let map = use_query_map();
    Memo::new(move |_| map.read().get("before").and_then(|id| id.parse().ok()))
}
