//! The server functions of the staff's pages about partners.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]
#![expect(clippy::too_many_arguments, reason = "a form's function takes what the form has fields")]

use std::collections::BTreeMap;

use domain::{
    audit::{AuditEntry, AuditQuery},
    dashboard::Dashboard,
    ids::PartnerId,
    invoices::{StaffInvoicePage, StaffInvoiceQuery},
    leads::{LeadListQuery, LeadPage},
    partners::{PartnerAccess, PartnerForm, PartnerListQuery, PartnerPage, PartnerStatus},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What stands above every page about one partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerHead {
    /// Which one.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// Its switches.
    pub access: PartnerAccess,
    /// Whether the reader may change anything about it.
    pub may_manage: bool,
}

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
    let scope = crate::access::require_admin(P::View).await?;
    let role = scope.session().role();
    Ok(PartnersView {
        page: store::partners::list(&crate::access::state()?.db, &scope, &query).await?,
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

/// Creates a partner and goes on to its people, for it needs some to log in.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::Invalid`] when a field has to be mended.
#[server(prefix = "/fn", endpoint = "admin/partners/create")]
pub async fn create_partner(
    name: String,
    #[server(default)] external_ref: String,
    #[server(default)] company: String,
    #[server(default)] vat_id: String,
    #[server(default)] contact_name: String,
    #[server(default)] email: String,
    #[server(default)] phone: String,
    #[server(default)] street: String,
    #[server(default)] postal_code: String,
    #[server(default)] city: String,
    #[server(default)] country: String,
    #[server(default)] time_zone: String,
    #[server(default)] payment_terms: String,
    #[server(default)] tags: String,
    #[server(default)] internal_notes: String,
) -> Result<(), AppError> {
    let form = PartnerForm {
        name,
        external_ref,
        company,
        vat_id,
        contact_name,
        email,
        phone,
        street,
        postal_code,
        city,
        country,
        time_zone,
        payment_terms,
        tags,
        internal_notes,
    };
    let clerk = crate::admin::clerk::Clerk::of_request(domain::admin::AdminPermission::ManagePartners).await?;
    let mut tx = clerk.db().begin_write().await?;
    let id = super::manage::create(&clerk, &mut tx, &form).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{id}/users?done=created"));
    Ok(())
}

/// What a partner's own page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerView {
    /// Which partner.
    pub head: PartnerHead,
    /// What is kept of it.
    pub form: PartnerForm,
    /// Its figures, as its own dashboard has them.
    pub figures: Dashboard,
    /// Whether somebody was invited.
    pub invited: bool,
    /// Whether somebody has logged in.
    pub logged_in: bool,
    /// Whether new leads are pushed anywhere.
    pub delivers: bool,
}

/// One of the account's partners.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/get")]
pub async fn get_partner(id: PartnerId) -> Result<PartnerView, AppError> {
    super::manage::overview(id).await
}

/// Changes what is kept of a partner.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when a field has to be mended.
#[server(prefix = "/fn", endpoint = "admin/partners/save")]
pub async fn save_partner(
    id: PartnerId,
    name: String,
    #[server(default)] external_ref: String,
    #[server(default)] company: String,
    #[server(default)] vat_id: String,
    #[server(default)] contact_name: String,
    #[server(default)] email: String,
    #[server(default)] phone: String,
    #[server(default)] street: String,
    #[server(default)] postal_code: String,
    #[server(default)] city: String,
    #[server(default)] country: String,
    #[server(default)] time_zone: String,
    #[server(default)] payment_terms: String,
    #[server(default)] tags: String,
    #[server(default)] internal_notes: String,
) -> Result<(), AppError> {
    let form = PartnerForm {
        name,
        external_ref,
        company,
        vat_id,
        contact_name,
        email,
        phone,
        street,
        postal_code,
        city,
        country,
        time_zone,
        payment_terms,
        tags,
        internal_notes,
    };
    let clerk = crate::admin::clerk::Clerk::of_request(domain::admin::AdminPermission::ManagePartners).await?;
    let mut tx = clerk.db().begin_write().await?;
    super::manage::change(&clerk, &mut tx, id, &form).await?;
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
    let clerk = crate::admin::clerk::Clerk::of_request(domain::admin::AdminPermission::ManagePartners).await?;
    let mut tx = clerk.db().begin_write().await?;
    super::manage::move_to(&clerk, &mut tx, id, status).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{id}?done=status"));
    Ok(())
}

/// Does the same thing to several partners: `deed` is `pause`, `activate` or `invite`. Inviting writes to each partner's
/// contact address where nobody has a login yet.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] when one of the ids is not of the account,
/// [`AppError::Invalid`] when none was chosen.
#[server(prefix = "/fn", endpoint = "admin/partners/bulk")]
pub async fn change_partners(#[server(default)] ids: Vec<PartnerId>, deed: String) -> Result<(), AppError> {
    let changed = super::manage::bulk(&ids, &deed).await?;
    leptos_axum::redirect(&format!("/admin/partners?done=bulk&changed={changed}"));
    Ok(())
}

/// A partner's switches and permissions.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/access")]
pub async fn get_partner_access(id: PartnerId) -> Result<PartnerHead, AppError> {
    super::manage::head(id).await.map(|(_, head)| head)
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
    super::manage::save_access(id, portal_access == "yes", &choice).await?;
    leptos_axum::redirect(&format!("/admin/partners/{id}/permissions?done=access"));
    Ok(())
}

/// A page of a partner's leads.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/leads", input = Json)]
pub async fn list_partner_leads(id: PartnerId, query: LeadListQuery) -> Result<(PartnerHead, LeadPage), AppError> {
    let (scope, head) = super::manage::head(id).await?;
    Ok((head, store::leads::list(&crate::access::state()?.db, &scope, &query.bounded()).await?))
}

/// A page of a partner's invoices, drafts among them.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/invoices", input = Json)]
pub async fn list_partner_invoices(
    id: PartnerId,
    query: StaffInvoiceQuery,
) -> Result<(PartnerHead, StaffInvoicePage), AppError> {
    let scope = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let (_, head) = super::manage::head(id).await?;
    let query = StaffInvoiceQuery { partner: Some(id), ..query };
    Ok((head, store::invoices::staff_list(&crate::access::state()?.db, &scope, &query).await?))
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
    let scope = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let (_, head) = super::manage::head(id).await?;
    let mut query = query;
    query.filter.partner = Some(id);
    let (entries, more) = store::audit::entries(&crate::access::state()?.db, &scope, &query).await?;
    Ok((head, entries, more))
}
