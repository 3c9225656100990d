//! The server functions of invoices.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    ids::InvoiceId,
    invoices::{BilledLead, Due, Invoice, InvoiceListQuery, InvoicePage},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the list page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoicesView {
    /// The rows and their count.
    pub page: InvoicePage,
    /// What is owed over all, whatever the filter shows; the account's own currency first.
    pub due: Vec<Due>,
    /// The years to choose from, latest first.
    pub years: Vec<i32>,
}

/// What the page of one invoice shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceView {
    /// The invoice.
    pub invoice: Invoice,
    /// The first leads behind its lines, by the line's position from 1 on; none when the reader may not see leads.
    pub leads: Vec<(usize, BilledLead)>,
}

/// A page of the partner's invoices.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_invoices`.
#[server(prefix = "/fn", endpoint = "invoices/list", input = Json)]
pub async fn list_invoices(query: InvoiceListQuery) -> Result<InvoicesView, AppError> {
    use store::invoices;
    let actor = crate::access::require_partner(domain::access::Permission::ViewInvoices).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(InvoicesView {
        page: invoices::list(&mut read, actor.scope(), &query.bounded()).await?,
        due: invoices::due(&mut read, actor.scope()).await?,
        years: invoices::years(&mut read, actor.scope()).await?,
    })
}

#[cfg(feature = "ssr")]
mark!(ListInvoices: Viewable);

/// One of the partner's invoices.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_invoices`, [`AppError::NotFound`] for a draft and for any id that is not one of
/// the partner's.
#[server(prefix = "/fn", endpoint = "invoices/get", input = Json)]
pub async fn get_invoice(id: InvoiceId) -> Result<InvoiceView, AppError> {
    use domain::access::Permission;
    use store::invoices;
    let actor = crate::access::require_partner(Permission::ViewInvoices).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    let invoice = invoices::get(&mut read, actor.scope(), id).await?.ok_or(AppError::NotFound)?;
    let leads = if actor.scope().session().permissions().has(Permission::ViewLeads) {
        invoices::billed_leads(&mut read, actor.scope(), id).await?
    } else {
        Vec::new()
    };
    Ok(InvoiceView { invoice, leads })
}

#[cfg(feature = "ssr")]
mark!(GetInvoice: Viewable);
