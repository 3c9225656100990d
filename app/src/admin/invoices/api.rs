//! The server functions of the admin pages about invoices.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    ids::{InvoiceId, PartnerId},
    invoices::{AdminInvoice, AdminInvoicePage, AdminInvoiceQuery, Billing, BillingForm, LineForm},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A page of the account's invoices, drafts among them.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/invoices/list", input = Json)]
pub async fn list_admin_invoices(query: AdminInvoiceQuery) -> Result<AdminInvoicePage, AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(store::invoices::list_for_admins(&mut read, actor.scope(), &query).await?)
}

/// What the page of one invoice shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminInvoiceView {
    /// The invoice, draft or issued.
    pub invoice: AdminInvoice,
    /// Whether the reader may change it.
    pub may_manage: bool,
    /// Whether the reader may download it.
    pub may_export: bool,
    /// What leads there are to put on a draft.
    pub billing: DraftBilling,
}

/// What leads there are to put on a draft.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftBilling {
    /// The period to bill: the one that was billed last, or last month.
    pub period: BillingForm,
    /// What became of that period's leads, if it was billed.
    pub counted: Option<Billing>,
    /// The campaigns that the partner has leads of.
    pub campaigns: Vec<String>,
}

#[cfg(feature = "ssr")]
async fn draft_billing(
    read: &mut store::Reader,
    actor: &services::AdminActor,
    draft: &domain::invoices::DraftView,
    asked: BillingForm,
) -> Result<DraftBilling, AppError> {
    let scope = actor.scope();
    let counted = match domain::invoices::LeadBilling::parse(&asked) {
        Ok(which) => store::invoices::billing(read, scope, draft.id, &which).await?,
        Err(_) => None,
    };
    let period = if counted.is_some() {
        asked
    } else {
        let days = domain::leads::Period::LastMonth.days(scope.session().zone().day(read.now()));
        let [from, to] = [days.from, days.to].map(|day| day.map(|day| day.to_string()).unwrap_or_default());
        BillingForm { from, to, ..BillingForm::default() }
    };
    let partner = scope.for_partner(read, draft.partner.0).await?.ok_or(AppError::NotFound)?;
    let campaigns = store::leads::campaigns(read, &partner).await?.into_iter().map(|count| count.campaign);
    Ok(DraftBilling { period, counted, campaigns: campaigns.filter(|name| !name.is_empty()).collect() })
}

/// One of the account's invoices. For a draft with what became of the leads of a `period`.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/invoices/get")]
pub async fn get_admin_invoice(
    id: InvoiceId,
    #[server(default)] period: BillingForm,
) -> Result<AdminInvoiceView, AppError> {
    use domain::admin::AdminPermission as P;
    let actor = crate::access::require_admin(P::View).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let mut invoice = store::invoices::get_for_admins(&mut read, actor.scope(), id).await?.ok_or(AppError::NotFound)?;
    if let AdminInvoice::Draft(draft) = &mut invoice
        && let Some(unprintable) = services::invoices::unprintable(&actor, &mut read, id).await?
    {
        draft.missing.get_or_insert_with(|| unprintable.to_string());
    }
    let billing = match &invoice {
        AdminInvoice::Draft(draft) => draft_billing(&mut read, &actor, draft, period).await?,
        AdminInvoice::Issued { .. } => DraftBilling::default(),
    };
    let role = actor.scope().session().role();
    Ok(AdminInvoiceView { invoice, billing, may_manage: role.may(P::ManageInvoices), may_export: role.may(P::Export) })
}

/// The partners to choose from for a new invoice.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_invoices`.
#[server(prefix = "/fn", endpoint = "admin/invoices/partners")]
pub async fn invoice_partners() -> Result<Vec<(PartnerId, String)>, AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManageInvoices).await?;
    Ok(store::partners::choices(&mut crate::access::reader(&actor).await?, actor.scope()).await?)
}

/// Begins a draft for a partner and goes on to it.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_invoices`, [`AppError::NotFound`] for any partner not of the account.
#[server(prefix = "/fn", endpoint = "admin/invoices/begin")]
pub async fn begin_invoice(partner: PartnerId) -> Result<(), AppError> {
    let (actor, mut tx) = begin_write().await?;
    let id = services::invoices::begin(&actor, &mut tx, partner).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/invoices/{id}"));
    Ok(())
}

/// Replaces what a draft held with what was written. `then` is `more` to get more empty lines.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_invoices`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Changed`] when it is no draft any more, [`AppError::Stale`] when somebody has changed what the form of this
/// `version` was filled with, [`AppError::Invalid`] when a field has to be corrected.
#[server(prefix = "/fn", endpoint = "admin/invoices/save")]
pub async fn save_invoice(
    id: InvoiceId,
    #[server(default)] version: String,
    #[server(default)] due_on: String,
    #[server(default)] note: String,
    #[server(default)] lines: Vec<LineForm>,
    #[server(default)] then: String,
) -> Result<(), AppError> {
    let (actor, mut tx) = begin_write().await?;
    let form = domain::invoices::DraftForm { due_on, note, lines };
    services::invoices::save(&actor, &mut tx, id, &version, &form).await?;
    tx.commit().await?;
    let word = if then == "more" { "more" } else { "saved" };
    leptos_axum::redirect(&format!("/admin/invoices/{id}?done={word}"));
    Ok(())
}

/// Puts the leads of a period on a draft: a line for each campaign and price.
///
/// # Errors
/// As [`save_invoice`]; [`AppError::Invalid`] also when there is nothing to bill.
#[server(prefix = "/fn", endpoint = "admin/invoices/bill")]
pub async fn bill_leads(
    id: InvoiceId,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] campaign: String,
    #[server(default)] tax_rate: String,
    #[server(default)] rejected: String,
) -> Result<(), AppError> {
    let (actor, mut tx) = begin_write().await?;
    let form = BillingForm { from, to, campaign, tax_rate, rejected };
    services::invoices::bill_leads(&actor, &mut tx, id, &form).await?;
    tx.commit().await?;
    let page = format!("/admin/invoices/{id}?done=billed");
    let page = form.fields().into_iter().fold(page, |page, (name, text)| crate::ui::with_pair(&page, name, text));
    leptos_axum::redirect(&page);
    Ok(())
}

/// Takes leads off a draft: those of a line, as it was `described` with so many `leads`, or those that were returned since they were put
/// on it.
///
/// # Errors
/// As [`save_invoice`].
#[server(prefix = "/fn", endpoint = "admin/invoices/unbill")]
pub async fn take_leads_off(
    id: InvoiceId,
    #[server(default)] line: Option<u32>,
    #[server(default)] described: String,
    #[server(default)] leads: u32,
) -> Result<(), AppError> {
    use store::invoices::TakenOff;
    let (actor, mut tx) = begin_write().await?;
    let which = line.map_or(TakenOff::Returned, |line| TakenOff::Line(line, described, leads));
    services::invoices::take_leads_off(&actor, &mut tx, id, which).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/invoices/{id}?done=removed"));
    Ok(())
}

/// Deletes a draft.
///
/// # Errors
/// As [`save_invoice`].
#[server(prefix = "/fn", endpoint = "admin/invoices/delete")]
pub async fn delete_invoice(id: InvoiceId) -> Result<(), AppError> {
    let (actor, mut tx) = begin_write().await?;
    services::invoices::delete(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/invoices?done=deleted");
    Ok(())
}

/// Issues a draft: from now on the partner sees it, and it never changes. Its users get a mail.
///
/// # Errors
/// As [`save_invoice`]; [`AppError::Invalid`] when something is missing.
#[server(prefix = "/fn", endpoint = "admin/invoices/issue")]
pub async fn issue_invoice(id: InvoiceId) -> Result<(), AppError> {
    let (actor, mut tx) = begin_write().await?;
    services::invoices::issue(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/invoices/{id}?done=issued"));
    Ok(())
}

/// Notes that an issued invoice was paid in full.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_invoices`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Changed`] when it is not open any more, [`AppError::Invalid`] when a field has to be corrected.
#[server(prefix = "/fn", endpoint = "admin/invoices/pay")]
pub async fn pay_invoice(id: InvoiceId, paid_on: String, #[server(default)] reference: String) -> Result<(), AppError> {
    let (actor, mut tx) = begin_write().await?;
    services::invoices::pay(&actor, &mut tx, id, &paid_on, &reference).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/invoices/{id}?done=paid"));
    Ok(())
}

/// Undoes the last payment of a paid invoice.
///
/// # Errors
/// As [`pay_invoice`].
#[server(prefix = "/fn", endpoint = "admin/invoices/unpay")]
pub async fn undo_payment(id: InvoiceId) -> Result<(), AppError> {
    let (actor, mut tx) = begin_write().await?;
    services::invoices::undo_payment(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/invoices/{id}?done=unpaid"));
    Ok(())
}

/// Voids an issued invoice, with a reason the partner reads.
///
/// # Errors
/// As [`pay_invoice`].
#[server(prefix = "/fn", endpoint = "admin/invoices/void")]
pub async fn void_invoice(id: InvoiceId, #[server(default)] reason: String) -> Result<(), AppError> {
    let (actor, mut tx) = begin_write().await?;
    services::invoices::void(&actor, &mut tx, id, &reason).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/invoices/{id}?done=voided"));
    Ok(())
}

/// The right to change invoices, and the transaction to do it in.
#[cfg(feature = "ssr")]
async fn begin_write() -> Result<(services::AdminActor, store::Tx), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManageInvoices).await?;
    let tx = crate::access::begin_write(&actor).await?;
    Ok((actor, tx))
}
