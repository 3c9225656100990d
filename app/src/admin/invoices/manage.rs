//! What the staff does with invoices.

use domain::{
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

use crate::{admin::clerk::Clerk, error::AppError, mail::Letter};

/// What was found, or the error that says why not.
fn done<T>(found: Found<T>) -> Result<T, AppError> {
    match found {
        Found::Done(value) => Ok(value),
        Found::OtherStatus => Err(AppError::Changed),
        Found::Nothing => Err(AppError::NotFound),
    }
}

fn about(
    clerk: &Clerk,
    tx: &mut Tx,
    partner: PartnerId,
    action: AuditAction,
    id: InvoiceId,
    detail: serde_json::Value,
) {
    clerk.note_about(tx, partner, action, ("invoice", Some(id.0)), detail);
}

/// Begins an empty draft for a partner.
///
/// # Errors
/// [`AppError::NotFound`] for any id that is not one of the account's.
pub async fn begin(clerk: &Clerk, tx: &mut Tx, partner: PartnerId) -> Result<InvoiceId, AppError> {
    let partner_scope = clerk.scope().for_partner(clerk.db(), partner).await?.ok_or(AppError::NotFound)?;
    let id = invoices::begin_draft(tx, clerk.scope(), &partner_scope).await?;
    about(clerk, tx, partner, AuditAction::InvoiceDrafted, id, serde_json::json!({}));
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

/// Puts what was written in the place of what a draft held.
///
/// # Errors
/// [`AppError::Invalid`] when something has to be mended, [`AppError::Changed`] when it is no draft any more.
pub async fn save(clerk: &Clerk, tx: &mut Tx, id: InvoiceId, form: &DraftForm) -> Result<(), AppError> {
    let currency = done(invoices::draft_currency(tx, clerk.scope(), id).await?)?;
    let draft = Draft::parse(form, currency).map_err(|errors| {
        let typed = typed(form);
        AppError::Invalid(errors.keeping(typed.iter().map(|(name, text)| (name.as_str(), text.as_str()))))
    })?;
    let partner = done(invoices::save_draft(tx, clerk.scope(), id, &draft).await?)?;
    let detail = serde_json::json!({ "lines": draft.lines.len() });
    about(clerk, tx, partner, AuditAction::InvoiceDraftChanged, id, detail);
    Ok(())
}

/// Throws a draft away.
///
/// # Errors
/// [`AppError::Changed`] when it is no draft any more.
pub async fn delete(clerk: &Clerk, tx: &mut Tx, id: InvoiceId) -> Result<(), AppError> {
    let partner = done(invoices::delete_draft(tx, clerk.scope(), id).await?)?;
    about(clerk, tx, partner, AuditAction::InvoiceDraftDeleted, id, serde_json::json!({}));
    Ok(())
}

/// Issues a draft, and mails whoever at the partner sees invoices.
///
/// # Errors
/// [`AppError::Invalid`] when something is missing, [`AppError::Changed`] when it is no draft any more.
pub async fn issue(clerk: &Clerk, tx: &mut Tx, id: InvoiceId) -> Result<(), AppError> {
    let scope = clerk.scope();
    let issued = done(invoices::issue(tx, scope, id).await?)?
        .map_err(|missing| AppError::Invalid(FieldErrors::one("issue", missing)))?;
    let Some(partner) = scope.for_partner(clerk.db(), issued.partner).await? else { return Err(AppError::NotFound) };
    for (name, email) in users::told_of_invoices(tx, &partner).await? {
        if let Ok(to) = Email::parse(&email) {
            let letter = issued_letter(scope, &issued, &name, clerk.public_url(), id);
            outbox::enqueue(tx, scope.session().account_id(), &letter.to(to)).await?;
        }
    }
    let detail = serde_json::json!({ "number": issued.number, "total": issued.total.decimal() });
    about(clerk, tx, issued.partner, AuditAction::InvoiceIssued, id, detail);
    Ok(())
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

/// Notes that an issued invoice was paid in full.
///
/// # Errors
/// [`AppError::Invalid`] when something has to be mended, [`AppError::Changed`] when it is not open.
pub async fn pay(clerk: &Clerk, tx: &mut Tx, id: InvoiceId, paid_on: &str, reference: &str) -> Result<(), AppError> {
    let today = clerk.scope().session().zone().day(tx.db().now());
    let (day, reference) = read_payment(paid_on, reference, today).map_err(AppError::Invalid)?;
    let partner = done(invoices::mark_paid(tx, clerk.scope(), id, (day, &reference)).await?)?;
    about(clerk, tx, partner, AuditAction::InvoicePaid, id, serde_json::json!({ "paid_on": day }));
    Ok(())
}

/// Takes the last payment of a paid invoice back.
///
/// # Errors
/// [`AppError::Changed`] when it is not paid.
pub async fn unpay(clerk: &Clerk, tx: &mut Tx, id: InvoiceId) -> Result<(), AppError> {
    let partner = done(invoices::undo_payment(tx, clerk.scope(), id).await?)?;
    about(clerk, tx, partner, AuditAction::InvoicePaymentUndone, id, serde_json::json!({}));
    Ok(())
}

/// Withdraws an issued invoice.
///
/// # Errors
/// [`AppError::Invalid`] without a reason, [`AppError::Changed`] when it is not open.
pub async fn void(clerk: &Clerk, tx: &mut Tx, id: InvoiceId, reason: &str) -> Result<(), AppError> {
    let reason = read_void_reason(reason).map_err(AppError::Invalid)?;
    let partner = done(invoices::void(tx, clerk.scope(), id, &reason).await?)?;
    about(clerk, tx, partner, AuditAction::InvoiceVoided, id, serde_json::json!({ "reason": reason }));
    Ok(())
}
