//! Testing and replaying, for the partner and for the staff alike.

use domain::{audit::AuditAction, delivery::DeliveryPage, validation::FieldErrors};
use store::{
    Tx,
    access::PartnerScope,
    audit::{self, Event},
    delivery::{self, Replay},
};

use crate::{access::client_address, error::AppError};

fn note(tx: &mut Tx, scope: &PartnerScope, action: AuditAction, detail: serde_json::Value) -> Result<(), AppError> {
    let object = ("partner", Some(scope.session().partner_id().0));
    let event = Event::by_partner(scope.session(), &client_address()?, action, object);
    audit::record(tx, &event.with_detail(detail));
    Ok(())
}

fn no_webhook() -> AppError {
    AppError::Invalid(FieldErrors::one("webhook", "There is no webhook that is switched on."))
}

/// Queues a test. It goes out within a second.
pub(super) async fn test(scope: &PartnerScope) -> Result<domain::ids::DeliveryId, AppError> {
    let mut tx = crate::access::state()?.db.begin_write().await?;
    let id = delivery::send_test(&mut tx, scope).await?.ok_or_else(no_webhook)?;
    note(&mut tx, scope, AuditAction::WebhookTested, serde_json::json!({}))?;
    tx.commit().await?;
    Ok(id)
}

/// What a form asks to be replayed: `lead` names one, `what` is `failed` or `days`, from `from` to `to`.
pub(super) fn read(lead: &str, what: &str, from: &str, to: &str) -> Result<Replay, AppError> {
    if !lead.is_empty() {
        return lead.parse().map(Replay::Lead).map_err(|_| AppError::BadRequest);
    }
    match what {
        "failed" => Ok(Replay::Failed),
        "days" => {
            let mut errors = FieldErrors::default();
            let mut day = |field: &str, text: &str| {
                let day = text.trim().parse::<chrono::NaiveDate>();
                if day.is_err() {
                    errors.add(field, "Choose a day.");
                }
                day.unwrap_or_default()
            };
            let (from, to) = (day("from", from), day("to", to));
            if errors.is_empty() && to < from {
                errors.add("to", "This day lies before the other one.");
            }
            if errors.is_empty() { Ok(Replay::Days(from, to)) } else { Err(AppError::Invalid(errors)) }
        }
        _ => Err(AppError::BadRequest),
    }
}

/// Queues leads once more. Says how many.
pub(super) async fn replay(scope: &PartnerScope, what: Replay) -> Result<usize, AppError> {
    let mut tx = crate::access::state()?.db.begin_write().await?;
    let leads = delivery::replay(&mut tx, scope, what).await?.ok_or_else(no_webhook)?;
    let detail = match what {
        Replay::Lead(lead) => serde_json::json!({ "leads": leads, "lead": lead }),
        Replay::Days(from, to) => serde_json::json!({ "leads": leads, "from": from, "to": to }),
        Replay::Failed => serde_json::json!({ "leads": leads, "which": "those that had failed" }),
    };
    note(&mut tx, scope, AuditAction::LeadsReplayed, detail)?;
    tx.commit().await?;
    Ok(leads)
}

/// A page of the partner's log.
pub(super) async fn page(
    scope: &PartnerScope,
    before: Option<domain::ids::DeliveryId>,
) -> Result<DeliveryPage, AppError> {
    Ok(delivery::page(&crate::access::state()?.db, scope, before).await?)
}
