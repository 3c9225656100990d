//! What admins and the API do with invoices.

use domain::{
    audit::AuditAction,
    ids::{InvoiceId, PartnerId},
    invoices::{
        AdminInvoice, BillingForm, Draft, DraftForm, LeadBilling, MAX_LINES, Unprintable, read_payment,
        read_void_reason,
    },
    validation::FieldErrors,
    version,
};
use store::{
    Reader, Tx,
    invoices::{self, Found, Issued, NotBilled, TakenOff},
    users,
};

use crate::{
    AdminActor, ServiceError,
    mail::{InvoiceIssued, MailQueue},
};

/// What was found, or the error that says why not.
fn done<T>(found: Found<T>) -> Result<T, ServiceError> {
    match found {
        Found::Done(value) => Ok(value),
        Found::OtherStatus => Err(ServiceError::Changed),
        Found::Nothing => Err(ServiceError::NotFound),
    }
}

/// Begins an empty draft for a partner.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn begin(actor: &AdminActor, tx: &mut Tx, partner: PartnerId) -> Result<InvoiceId, ServiceError> {
    let partner_scope = actor.scope().for_partner(tx, partner).await?.ok_or(ServiceError::NotFound)?;
    let id = invoices::begin_draft(tx, actor.scope(), &partner_scope).await?;
    actor.record_about(tx, partner, AuditAction::InvoiceDrafted, id, serde_json::json!({}));
    Ok(id)
}

/// Replaces what a draft held with what was written.
///
/// # Errors
/// [`ServiceError::Invalid`] when something has to be corrected, [`ServiceError::Changed`] when it is no draft any more,
/// [`ServiceError::Stale`] when somebody has changed what the form of this version was filled with.
pub async fn save(
    actor: &AdminActor,
    tx: &mut Tx,
    id: InvoiceId,
    sent: &str,
    form: &DraftForm,
) -> Result<(), ServiceError> {
    let currency = done(invoices::lock_draft(tx, actor.scope(), id).await?)?;
    let typed = form.fields();
    let typed: Vec<_> = typed.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let draft = Draft::parse(form, currency).map_err(|errors| errors.keeping(typed.iter().copied()))?;
    if !sent.is_empty()
        && let Some(AdminInvoice::Draft(stored)) = invoices::get_for_admins(tx, actor.scope(), id).await?
    {
        // Lines with nothing in them are offered by the form, and are no lines.
        let lines = form.lines.iter().filter(|line| !line.is_empty()).cloned().collect();
        let (stored, written) = (stored.form.fields(), DraftForm { lines, ..form.clone() }.fields());
        version::check(sent, &stored, &written).map_err(ServiceError::Stale)?;
    }
    let Some(partner) = done(invoices::save_draft(tx, actor.scope(), id, &draft).await?)? else {
        let message =
            format!("With its leads the invoice would have more than {MAX_LINES} lines, or a total that is too large.");
        return Err(ServiceError::Invalid(FieldErrors::one("lines", message).keeping(typed.iter().copied())));
    };
    let detail = serde_json::json!({ "lines": draft.lines.len() });
    actor.record_about(tx, partner, AuditAction::InvoiceDraftChanged, id, detail);
    Ok(())
}

/// Puts the leads that a form asks for on a draft: a line for each campaign and price. A lead is billed once, and not when it was
/// returned or may be. Answers with how many.
///
/// # Errors
/// [`ServiceError::Invalid`] when something has to be corrected or there is nothing to bill, [`ServiceError::Changed`] when it is no
/// draft any more.
pub async fn bill_leads(
    actor: &AdminActor,
    tx: &mut Tx,
    id: InvoiceId,
    form: &BillingForm,
) -> Result<u64, ServiceError> {
    let keeping = |errors: FieldErrors| ServiceError::Invalid(errors.keeping(form.fields()));
    let which = LeadBilling::parse(form).map_err(keeping)?;
    let (partner, leads) = done(invoices::bill_leads(tx, actor.scope(), id, &which).await?)?.map_err(|refused| {
        keeping(FieldErrors::one(
            "leads",
            match refused {
                NotBilled::None => {
                    "There are no leads to bill in this period: none were delivered, or all are billed or returned."
                }
                NotBilled::TooManyLines => "That would be too many lines. Choose a shorter period, or one campaign.",
                NotBilled::TooLarge => "The total would be too large. Choose a shorter period, or one campaign.",
            },
        ))
    })?;
    let detail = serde_json::json!({ "leads": leads });
    actor.record_about(tx, partner, AuditAction::InvoiceDraftChanged, id, detail);
    Ok(leads)
}

/// Takes leads off a draft, to be billed another time unless they were returned. Answers with how many.
///
/// # Errors
/// [`ServiceError::Changed`] when it is no draft any more.
pub async fn take_leads_off(
    actor: &AdminActor,
    tx: &mut Tx,
    id: InvoiceId,
    which: TakenOff,
) -> Result<u64, ServiceError> {
    let (partner, leads) = done(invoices::take_leads_off(tx, actor.scope(), id, which).await?)?;
    if leads > 0 {
        let detail = serde_json::json!({ "leads_removed": leads });
        actor.record_about(tx, partner, AuditAction::InvoiceDraftChanged, id, detail);
    }
    Ok(leads)
}

/// Deletes a draft.
///
/// # Errors
/// [`ServiceError::Changed`] when it is no draft any more.
pub async fn delete(actor: &AdminActor, tx: &mut Tx, id: InvoiceId) -> Result<(), ServiceError> {
    let partner = done(invoices::delete_draft(tx, actor.scope(), id).await?)?;
    actor.record_about(tx, partner, AuditAction::InvoiceDraftDeleted, id, serde_json::json!({}));
    Ok(())
}

/// Why a draft cannot be printed as an invoice, if so.
///
/// # Errors
/// When the database does not answer.
pub async fn unprintable(
    actor: &AdminActor,
    read: &mut Reader,
    id: InvoiceId,
) -> Result<Option<Unprintable>, ServiceError> {
    let texts = invoices::texts_of_draft(read, actor.scope(), id).await?.unwrap_or_default();
    let found = texts.into_iter().find_map(|text| Some(((actor.portal().unprintable)(&text)?, text)));
    Ok(found.map(|(character, text)| Unprintable { character, text }))
}

/// Issues a draft, and mails whoever at the partner sees invoices. From now on it never changes.
///
/// # Errors
/// [`ServiceError::Invalid`] when something is missing or cannot be printed, [`ServiceError::Changed`] when it is no draft any
/// more.
pub async fn issue(actor: &AdminActor, tx: &mut Tx, id: InvoiceId) -> Result<Issued, ServiceError> {
    // Locked first, so that what was looked at is what is issued; and before a number is taken.
    done(invoices::lock_draft(tx, actor.scope(), id).await?)?;
    if let Some(unprintable) = unprintable(actor, tx, id).await? {
        return Err(ServiceError::field("issue", unprintable.to_string()));
    }
    let issued = done(invoices::issue(tx, actor.scope(), id).await?)?
        .map_err(|missing| ServiceError::field("issue", missing))?;
    let partner = actor.scope().for_partner(tx, issued.partner).await?.ok_or(ServiceError::NotFound)?;
    let mails = MailQueue::of(tx, actor.scope().session().account_id()).await?;
    let urls = actor.urls(tx).await?;
    for (name, email) in users::invoice_recipients(tx, &partner).await? {
        let mail = InvoiceIssued {
            name: &name,
            invoice: id,
            number: &issued.number,
            total: issued.total,
            due_on: issued.due_on,
            urls: &urls,
        };
        mails.send(tx, &email, &mail).await?;
    }
    let detail = serde_json::json!({ "number": issued.number, "total": issued.total.decimal() });
    actor.record_about(tx, issued.partner, AuditAction::InvoiceIssued, id, detail);
    Ok(issued)
}

/// Notes that an issued invoice was paid in full.
///
/// # Errors
/// [`ServiceError::Invalid`] when something has to be corrected, [`ServiceError::Changed`] when it is not open.
pub async fn pay(
    actor: &AdminActor,
    tx: &mut Tx,
    id: InvoiceId,
    paid_on: &str,
    reference: &str,
) -> Result<(), ServiceError> {
    let today = actor.scope().session().zone().day(tx.now());
    let (day, reference) = read_payment(paid_on, reference, today)?;
    let partner = done(invoices::mark_paid(tx, actor.scope(), id, (day, &reference)).await?)?;
    actor.record_about(tx, partner, AuditAction::InvoicePaid, id, serde_json::json!({ "paid_on": day }));
    Ok(())
}

/// Undoes the last payment of a paid invoice.
///
/// # Errors
/// [`ServiceError::Changed`] when it is not paid.
pub async fn undo_payment(actor: &AdminActor, tx: &mut Tx, id: InvoiceId) -> Result<(), ServiceError> {
    let partner = done(invoices::undo_payment(tx, actor.scope(), id).await?)?;
    actor.record_about(tx, partner, AuditAction::InvoicePaymentUndone, id, serde_json::json!({}));
    Ok(())
}

/// Voids an issued invoice.
///
/// # Errors
/// [`ServiceError::Invalid`] without a reason, [`ServiceError::Changed`] when it is not open.
pub async fn void(actor: &AdminActor, tx: &mut Tx, id: InvoiceId, reason: &str) -> Result<(), ServiceError> {
    let reason = read_void_reason(reason)?;
    let partner = done(invoices::void(tx, actor.scope(), id, &reason).await?)?;
    actor.record_about(tx, partner, AuditAction::InvoiceVoided, id, serde_json::json!({ "reason": reason }));
    Ok(())
}
