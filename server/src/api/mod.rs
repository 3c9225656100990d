//! The HTTP API, version 1: leads, partners and invoices for API clients, behind keys with scopes.
//!
//! What it does to partners and invoices is what the admin pages do, by the same functions; only the way in differs. A
//! change that would break a caller needs `/api/v2`.

mod description;
mod docs;
mod events;
mod files;
mod guard;
mod invoices;
mod leads;
mod money;
mod noted;
mod object;
mod page;
mod partner;
mod partners;
mod problem;
mod write;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use services::Portal;
use store::GuardedDb;

pub use self::description::Description;
pub(crate) use self::events::EventView;
use self::{
    guard::{Api, authenticate},
    problem::Problem,
};

/// The routes under `/api/v1`. `rate` is how many requests a second one key may send on the whole.
pub fn routes(db: GuardedDb, portal: Arc<Portal>, rate: u32) -> Router {
    let api = Api::new(db, portal, rate);
    Router::new()
        .route("/leads", post(leads::create).get(leads::list))
        .route("/leads/{id}", get(leads::get))
        .route("/events", get(events::list))
        .route("/partners", post(partners::create).get(partners::list))
        .route("/partners/{partner}", get(partners::get).patch(partners::change))
        .route("/invoices", post(invoices::create).get(invoices::list))
        .route("/invoices/{id}", get(invoices::get))
        .route("/invoices/{id}/issue", post(invoices::issue))
        .route("/invoices/{id}/payment", post(invoices::pay))
        .route("/invoices/{id}/void", post(invoices::void))
        .route("/partner/leads", get(partner::leads))
        .route("/partner/leads/{lead}", get(partner::lead))
        .route("/partner/leads/{lead}/review", post(partner::review))
        .route("/partner/leads/{lead}/withdraw", post(partner::withdraw))
        .route("/partner/leads/{lead}/outcome", post(partner::outcome))
        .route(
            "/partner/leads/{lead}/files",
            get(files::list).merge(post(files::attach).layer(DefaultBodyLimit::max(domain::files::MAX_FILE))),
        )
        .route("/partner/reasons", get(partner::reasons))
        .route("/partner/outcomes", get(partner::outcomes))
        .route("/partner/invoices", get(partner::invoices))
        .route("/partner/invoices/{id}", get(partner::invoice))
        .layer(DefaultBodyLimit::max(write::MAX_BATCH))
        .layer(from_fn_with_state(api.clone(), authenticate))
        .with_state(api)
        .route("/", get(docs::page))
        .route("/openapi.json", get(docs::description))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::no_such_method())
}
