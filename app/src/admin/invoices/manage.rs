//! What the staff does with invoices.

use domain::{
    admin::AdminPermission,
    audit::AuditAction,
    email::Email,
    ids::{InvoiceId, PartnerId},
    invoices::{Draft, DraftForm, read_payment, read_void_reason},
    time::date,
    validation::FieldErrors,
};
use store::{
    Tx,
    access::AdminScope,
    invoices::{self, Found, Issued},
    outbox, users,
};

use crate::{
    access::{require_admin, state},
    admin::deed::note_about,
    error::AppError,
    mail::Letter,
};

async fn begin_write() -> Result<(AdminScope, Tx), AppError> {
    let scope = require_admin(AdminPermission::ManageInvoices).await?;
    let tx = state()?.db.begin_write().await?;
    Ok((scope, tx))
}

/// What was found, or the error that says why not.
fn done<T>(found: Found<T>) -> Result<T, AppError> {
    match found {
        Found::Done(value) => Ok(value),
        Found::OtherStatus => Err(AppError::Changed),
        Found::Nothing => Err(AppError::NotFound),
    }
}

fn about(
    tx: &mut Tx,
    scope: &AdminScope,
    partner: PartnerId,
    action: AuditAction,
    id: InvoiceId,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    note_about(tx, scope, partner, action, ("invoice", Some(id.0)), detail)
}

pub(super) async fn begin(partner: PartnerId) -> Result<InvoiceId, AppError> {
    let scope = require_admin(AdminPermission::ManageInvoices).await?;
    let db = state()?.db;
    let partner_scope = scope.for_partner(&db, partner).await?.ok_or(AppError::NotFound)?;
    let mut tx = db.begin_write().await?;
    let id = invoices::begin_draft(&mut tx, &scope, &partner_scope).await?;
    about(&mut tx, &scope, partner, AuditAction::InvoiceDrafted, id, serde_json::json!({}))?;
    tx.commit().await?;
    Ok(id)
}

/// What was typed into a draft, by the names of its inputs. A draft too long for an address comes back without it.
fn typed(form: &DraftForm) -> Vec<(String, String)> {
    let mut fields = vec![("due_on".to_owned(), form.due_on.clone()), ("note".to_owned(), form.note.clone())];
    for (index, line) in form.lines.iter().enumerate() {
        for (name, text) in [
            ("description", &line.description),
            ("quantity", &line.quantity),
            ("unit_price", &line.unit_price),
            ("tax_rate", &line.tax_rate),
        ] {
            fields.push((format!("lines[{index}][{name}]"), text.clone()));
        }
    }
    fields
}

pub(super) async fn save(id: InvoiceId, form: &DraftForm) -> Result<(), AppError> {
    let scope = require_admin(AdminPermission::ManageInvoices).await?;
    let db = state()?.db;
    let currency = match invoices::draft_currency(&db, &scope, id).await? {
        Some(currency) => currency,
        None => {
            let there = invoices::staff_get(&db, &scope, id).await?.is_some();
            return Err(if there { AppError::Changed } else { AppError::NotFound });
        }
    };
    let draft = Draft::parse(form, currency).map_err(|errors| {
        let typed = typed(form);
        AppError::Invalid(errors.keeping(typed.iter().map(|(name, text)| (name.as_str(), text.as_str()))))
    })?;
    let mut tx = db.begin_write().await?;
    let partner = done(invoices::save_draft(&mut tx, &scope, id, &draft).await?)?;
    let detail = serde_json::json!({ "lines": draft.lines.len() });
    about(&mut tx, &scope, partner, AuditAction::InvoiceDraftChanged, id, detail)?;
    Ok(tx.commit().await?)
}

pub(super) async fn delete(id: InvoiceId) -> Result<(), AppError> {
    let (scope, mut tx) = begin_write().await?;
    let partner = done(invoices::delete_draft(&mut tx, &scope, id).await?)?;
    about(&mut tx, &scope, partner, AuditAction::InvoiceDraftDeleted, id, serde_json::json!({}))?;
    Ok(tx.commit().await?)
}

pub(super) async fn issue(id: InvoiceId) -> Result<(), AppError> {
    let (scope, mut tx) = begin_write().await?;
    let issued = done(invoices::issue(&mut tx, &scope, id).await?)?
        .map_err(|missing| AppError::Invalid(FieldErrors::one("issue", missing)))?;
    let state = state()?;
    let Some(partner) = scope.for_partner(&state.db, issued.partner).await? else { return Err(AppError::NotFound) };
    for (name, email) in users::told_of_invoices(&mut tx, &partner).await? {
        if let Ok(to) = Email::parse(&email) {
            let letter = issued_letter(&scope, &issued, &name, &state.settings.public_url, id);
            outbox::enqueue(&mut tx, scope.session().account_id(), &letter.to(to)).await?;
        }
    }
    let detail = serde_json::json!({ "number": issued.number, "total": issued.total.decimal() });
    about(&mut tx, &scope, issued.partner, AuditAction::InvoiceIssued, id, detail)?;
    Ok(tx.commit().await?)
}

fn issued_letter(scope: &AdminScope, issued: &Issued, name: &str, public_url: &str, id: InvoiceId) -> Letter {
    let account = scope.session().account_name();
    Letter {
        subject: format!("Invoice {} of {account}", issued.number),
        name: name.to_owned(),
        paragraphs: vec![format!(
            "invoice {} over {} was issued to you. It is due on {}.",
            issued.number,
            issued.total,
            date(issued.due_on)
        )],
        link: Some(("Open the invoice".to_owned(), format!("{public_url}/partner/invoices/{id}"))),
        after: vec!["There you can download it as PDF or CSV.".to_owned()],
        sender: account.to_owned(),
    }
}

pub(super) async fn pay(id: InvoiceId, paid_on: &str, reference: &str) -> Result<(), AppError> {
    let (scope, mut tx) = begin_write().await?;
    let today = scope.session().zone().day(tx.db().now());
    let (day, reference) = read_payment(paid_on, reference, today).map_err(AppError::Invalid)?;
    let partner = done(invoices::mark_paid(&mut tx, &scope, id, (day, &reference)).await?)?;
    about(&mut tx, &scope, partner, AuditAction::InvoicePaid, id, serde_json::json!({ "paid_on": day }))?;
    Ok(tx.commit().await?)
}

pub(super) async fn unpay(id: InvoiceId) -> Result<(), AppError> {
    let (scope, mut tx) = begin_write().await?;
    let partner = done(invoices::undo_payment(&mut tx, &scope, id).await?)?;
    about(&mut tx, &scope, partner, AuditAction::InvoicePaymentUndone, id, serde_json::json!({}))?;
    Ok(tx.commit().await?)
}

pub(super) async fn void(id: InvoiceId, reason: &str) -> Result<(), AppError> {
    let reason = read_void_reason(reason).map_err(AppError::Invalid);
    let (scope, mut tx) = begin_write().await?;
    let reason = reason?;
    let partner = done(invoices::void(&mut tx, &scope, id, &reason).await?)?;
    about(&mut tx, &scope, partner, AuditAction::InvoiceVoided, id, serde_json::json!({ "reason": reason }))?;
    Ok(tx.commit().await?)
}
