//! What the portal does, one module a feature.
//!
//! Pages, the HTTP API, the command line and the workers call the same functions, and every one of them has the same shape:
//!
//! ```text
//! pub async fn issue(actor: &Actor<AdminScope>, tx: &mut Tx, id: InvoiceId) -> Result<IssuedInvoice, ServiceError>
//! ```
//!
//! The [`Actor`] is whoever a guard has let in, with the scope that its permission gave; the transaction is the caller's, who
//! commits it. Inside, in this order: the command is checked, the store is asked, mails are queued, the audit event is
//! recorded. What cannot be done is a [`ServiceError`]; the transaction is then of no use and must be dropped.
//!
//! Nothing here knows Leptos, axum, cookies or sessions of browsers, and nothing can reach the pool of connections.
//!
//! # Errors
//! Every function fails with [`ServiceError::Store`] when the database does not answer. Only what else can go wrong is said
//! beside the function.

mod actor;
pub mod admins;
pub mod api_keys;
pub mod audit_heads;
pub mod breached;
mod credentials;
pub mod delivery;
pub mod devices;
pub mod discovered;
mod error;
mod for_browser;
pub mod invoices;
pub mod lead_events;
pub mod lead_imports;
pub mod leads;
pub mod links;
pub mod lists;
pub mod login;
pub mod login_steps;
pub mod mail;
pub mod networks;
pub mod notices;
pub mod one_time;
mod one_time_codes;
pub mod outcome_imports;
pub mod outcomes;
pub mod own_access;
pub mod own_passkeys;
pub mod pace;
pub mod partner_imports;
pub mod partner_users;
pub mod partners;
pub mod passkeys;
pub mod passwords;
mod portal;
pub mod profile;
pub mod recovery;
pub mod report_mails;
pub mod returns;
pub mod sealed;
pub mod secrets;
pub mod settings;
pub mod setup;
pub mod sso;
pub mod sso_login;
pub mod sso_settings;
pub mod tables;
pub mod tally;
pub mod throttle;
pub mod tokens;
pub mod two_factor;
pub mod views;

pub(crate) use actor::record_own;
pub use actor::{
    Actor, AdminActor, ClientAddress, Object, PartnerActor, Scope, record_refused, record_system, record_visitor,
};
pub use error::{RETRY_AFTER, ServiceError, incident};
pub use portal::{CallTarget, Fetched, Portal, Targets};
