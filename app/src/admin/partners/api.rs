//! The server functions of the admin pages about partners.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use std::collections::BTreeMap;

use domain::{
    audit::{AuditEntry, AuditQuery},
    ids::PartnerId,
    invoices::{AdminInvoicePage, AdminInvoiceQuery},
    leads::{LeadListQuery, LeadPage},
    partners::{PartnerForm, PartnerHead, PartnerListQuery, PartnerPage, PartnerStatus, PartnerView},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the list of partners shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnersView {
    /// The rows and their count.
    pub page: PartnerPage,
    /// Whether the reader may change anything here.
    pub may_manage: bool,
    /// Whether the reader may download the list.
    pub may_export: bool,
}

/// A page of the account's partners.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/partners/list", input = Json)]
pub async fn list_partners(query: PartnerListQuery) -> Result<PartnersView, AppError> {
    use domain::admin::AdminPermission as P;
    let actor = crate::access::require_admin(P::View).await?;
    let role = actor.scope().session().role();
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(PartnersView {
        page: store::partners::list(&mut read, actor.scope(), &query.bounded()).await?,
        may_manage: role.may(P::ManagePartners),
        may_export: role.may(P::Export),
    })
}

/// The time zones there are, for a form's proposals.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/time-zones")]
pub async fn time_zones() -> Result<Vec<String>, AppError> {
    crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    Ok(domain::zone::Zone::names().map(ToOwned::to_owned).collect())
}

/// Creates a partner and goes on to its users, for it needs some to log in.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::Invalid`] when a field has to be corrected.
#[server(prefix = "/fn", endpoint = "admin/partners/create")]
pub async fn create_partner(#[server(flatten)] form: PartnerForm) -> Result<(), AppError> {
    let actor = managing().await?;
    let record = services::partners::read_form(&form)?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let id =
        services::partners::create(&actor, &mut tx, &record).await.map_err(|error| error.keeping(form.fields()))?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{id}/users?done=created"));
    Ok(())
}

/// One of the account's partners.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/get")]
pub async fn get_partner(id: PartnerId) -> Result<PartnerView, AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(services::partners::view(&actor, &mut read, id).await?)
}

/// Changes what is kept of a partner.
///
/// # Errors
/// [`AppError::Stale`] when somebody has changed what the form of this `version` was filled with,
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when a field has to be corrected.
#[server(prefix = "/fn", endpoint = "admin/partners/save")]
pub async fn save_partner(
    id: PartnerId,
    #[server(default)] version: String,
    #[server(flatten)] form: PartnerForm,
) -> Result<(), AppError> {
    let actor = managing().await?;
    let record = services::partners::read_form(&form)?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::partners::lock_version(&actor, &mut tx, id, &version, &form).await?;
    services::partners::change(&actor, &mut tx, id, &record).await.map_err(|error| error.keeping(form.fields()))?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{id}?done=saved"));
    Ok(())
}

/// Pauses, archives or lets a partner in again.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/set-status")]
pub async fn set_partner_status(id: PartnerId, status: PartnerStatus) -> Result<(), AppError> {
    let actor = managing().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::partners::set_status(&actor, &mut tx, id, status).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{id}?done=status"));
    Ok(())
}

/// Does the same thing to several partners: `action` is `pause`, `activate` or `invite`. Inviting writes to each partner's
/// contact address where nobody has a login yet.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] when one of the ids is not of the account,
/// [`AppError::Invalid`] when none was chosen.
#[server(prefix = "/fn", endpoint = "admin/partners/bulk")]
pub async fn change_partners(#[server(default)] ids: Vec<PartnerId>, action: String) -> Result<(), AppError> {
    let actor = managing().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let changed = services::partners::bulk(&actor, &mut tx, &ids, &action).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners?done=bulk&changed={changed}"));
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ChangePartners: Fresh);

/// A partner's switches and permissions.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/access")]
pub async fn get_partner_access(id: PartnerId) -> Result<PartnerHead, AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(services::partners::head(&actor, &mut read, id).await?.1)
}

/// Changes a partner's access and permissions: `portal_access` is `yes` or `no`, each choice `inherit`, `allow` or `deny`
/// under the permission's name; what is not named is inherited.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when a choice is none of the three.
#[server(prefix = "/fn", endpoint = "admin/partners/save-access")]
pub async fn save_partner_access(
    id: PartnerId,
    portal_access: String,
    #[server(default)] choice: BTreeMap<String, String>,
) -> Result<(), AppError> {
    let actor = managing().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::partners::set_access(&actor, &mut tx, id, portal_access == "yes", &choice).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{id}/permissions?done=access"));
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(SavePartnerAccess: Fresh);

/// A page of a partner's leads.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/leads", input = Json)]
pub async fn list_partner_leads(id: PartnerId, query: LeadListQuery) -> Result<(PartnerHead, LeadPage), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let (scope, head) = services::partners::head(&actor, &mut read, id).await?;
    Ok((head, store::leads::list(&mut read, &scope, &query.bounded()).await?))
}

/// A page of a partner's invoices, drafts among them.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/invoices", input = Json)]
pub async fn list_partner_invoices(
    id: PartnerId,
    query: AdminInvoiceQuery,
) -> Result<(PartnerHead, AdminInvoicePage), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let (_, head) = services::partners::head(&actor, &mut read, id).await?;
    let query = AdminInvoiceQuery { partner: Some(id), ..query };
    Ok((head, store::invoices::list_for_admins(&mut read, actor.scope(), &query).await?))
}

/// A page of what happened at and with a partner.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/activity", input = Json)]
pub async fn list_partner_activity(
    id: PartnerId,
    query: AuditQuery,
) -> Result<(PartnerHead, Vec<AuditEntry>, bool), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let (_, head) = services::partners::head(&actor, &mut read, id).await?;
    let mut query = query.bounded();
    query.filter.partner = Some(id);
    let (entries, more) = store::audit::entries(&mut read, actor.scope(), &query).await?;
    Ok((head, entries, more))
}

/// The right to change partners.
#[cfg(feature = "ssr")]
async fn managing() -> Result<services::AdminActor, AppError> {
    crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await
}
