//! The server functions of leads.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    delivery::Delivery,
    ids::LeadId,
    leads::{CampaignCount, LeadDetail, LeadListQuery, LeadPage, Neighbours},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the list page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadsView {
    /// The rows and their count.
    pub page: LeadPage,
    /// The campaigns to choose from.
    pub campaigns: Vec<CampaignCount>,
    /// Whether the reader may download them.
    pub may_export: bool,
}

/// What the page of one lead shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadView {
    /// The lead.
    pub lead: LeadDetail,
    /// The ones before and after it in the list it was opened from.
    pub neighbours: Neighbours,
    /// Whether the reader may accept and reject it.
    pub may_review: bool,
    /// How it went out, for those who may look at that.
    pub deliveries: Vec<Delivery>,
}

/// A page of the partner's leads.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`.
#[server(prefix = "/fn", endpoint = "leads/list", input = Json)]
pub async fn list_leads(query: LeadListQuery) -> Result<LeadsView, AppError> {
    use domain::access::Permission;
    use store::leads;
    let scope = crate::access::require_partner(Permission::ViewLeads).await?;
    let db = crate::access::state()?.db;
    let query = query.bounded();
    Ok(LeadsView {
        page: leads::list(&db, &scope, &query).await?,
        campaigns: leads::campaigns(&db, &scope).await?,
        may_export: scope.session().permissions().has(Permission::ExportLeads),
    })
}

/// One of the partner's leads. Opening it for the first time turns `new` into `viewed`, unless the browser only
/// fetches it ahead.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`, [`AppError::NotFound`] for any id that is not one of the partner's.
#[server(prefix = "/fn", endpoint = "leads/get", input = Json)]
pub async fn get_lead(id: LeadId, query: LeadListQuery) -> Result<LeadView, AppError> {
    use domain::{access::Permission, audit::AuditAction, leads::LeadStatus};
    use store::{audit, leads};
    let scope = crate::access::require_partner(Permission::ViewLeads).await?;
    let db = crate::access::state()?.db;
    let query = query.bounded();
    let mut lead = leads::get(&db, &scope, id).await?.ok_or(AppError::NotFound)?;
    // The neighbours first: under a filter by status, opening the lead may take it out of the list.
    let neighbours = leads::neighbours(&db, &scope, &query, id).await?;
    // That one of the staff has looked is not that the partner has.
    let looks = !scope.session().is_by_staff() && !crate::access::is_prefetch()?;
    if looks && lead.summary.status == LeadStatus::New {
        let mut tx = db.begin_write().await?;
        if leads::open(&mut tx, &scope, id).await? {
            let address = crate::access::client_address()?;
            let event =
                audit::Event::by_partner(scope.session(), &address, AuditAction::LeadViewed, ("lead", Some(id.0)));
            audit::record(&mut tx, &event);
            tx.commit().await?;
        }
        lead = leads::get(&db, &scope, id).await?.ok_or(AppError::NotFound)?;
    }
    let permissions = scope.session().permissions();
    let deliveries = if permissions.has(Permission::ViewDeliverySettings) {
        store::delivery::of_lead(&db, &scope, id).await?
    } else {
        Vec::new()
    };
    Ok(LeadView { lead, neighbours, may_review: permissions.has(Permission::ReviewLeads), deliveries })
}

/// Accepts or rejects a lead. The fields are those of the form: `decision` is `accept` or `reject`.
///
/// # Errors
/// [`AppError::Forbidden`] without `review_leads`, [`AppError::NotFound`] for any id that is not one of the
/// partner's, [`AppError::Invalid`] when a field has to be mended.
#[server(prefix = "/fn", endpoint = "leads/review")]
pub async fn review_lead(
    id: LeadId,
    decision: String,
    #[server(default)] reason: String,
    #[server(default)] comment: String,
) -> Result<(), AppError> {
    use domain::{
        access::Permission,
        audit::AuditAction,
        leads::{LeadStatus, Review},
    };
    use store::{audit, leads};
    let scope = crate::access::require_partner(Permission::ReviewLeads).await?;
    let review = Review::parse(&decision, &reason, &comment).map_err(AppError::Invalid)?;
    let mut tx = crate::access::state()?.db.begin_write().await?;
    leads::review(&mut tx, &scope, id, &review).await?.ok_or(AppError::NotFound)?;
    let action =
        if review.status() == LeadStatus::Accepted { AuditAction::LeadAccepted } else { AuditAction::LeadRejected };
    let detail = match &review {
        Review::Accept => serde_json::json!({}),
        Review::Reject { reason, .. } => serde_json::json!({ "reason": reason.as_str() }),
    };
    let event =
        audit::Event::by_partner(scope.session(), &crate::access::client_address()?, action, ("lead", Some(id.0)));
    audit::record(&mut tx, &event.with_detail(detail));
    Ok(tx.commit().await?)
}
