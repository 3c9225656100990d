//! The server function of the audit log.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    audit::{AuditEntry, AuditQuery},
    ids::PartnerId,
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the audit log's page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditView {
    /// The events, latest first.
    pub entries: Vec<AuditEntry>,
    /// Whether there are earlier ones.
    pub more: bool,
    /// The partners to filter by.
    pub partners: Vec<(PartnerId, String)>,
    /// Whether the reader may download the log.
    pub may_export: bool,
}

/// A page of the account's audit log.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/audit/list", input = Json)]
pub async fn list_audit(query: AuditQuery) -> Result<AuditView, AppError> {
    use domain::admin::AdminPermission as P;
    let actor = crate::access::require_admin(P::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let (entries, more) = store::audit::entries(&mut read, actor.scope(), &query.bounded()).await?;
    Ok(AuditView {
        entries,
        more,
        partners: store::partners::choices(&mut read, actor.scope()).await?,
        may_export: actor.scope().session().role().may(P::Export),
    })
}
