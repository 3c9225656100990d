//! What becomes of leads: outcomes, next steps, and what people write about them.

use std::collections::BTreeSet;

use domain::{
    audit::AuditAction,
    ids::LeadId,
    leads::{LeadFilter, NextStep, Note, NoteAuthor, Outcome, Review},
};
use store::{Reader, Tx, leads, users};

use crate::{AdminActor, PartnerActor, ServiceError, leads::all_of};

/// What a form says became of a lead.
#[derive(Debug, Clone, Copy, Default)]
pub struct OutcomeForm<'a> {
    /// The outcome's code; empty to take back what was said before.
    pub outcome: &'a str,
    /// What the lead was sold for; may be empty.
    pub value: &'a str,
    /// In the partner's own words.
    pub comment: &'a str,
}

impl OutcomeForm<'_> {
    async fn read(self, actor: &PartnerActor, read: &mut Reader) -> Result<Outcome, ServiceError> {
        let choices = leads::outcomes(read, actor.scope()).await?;
        let currency = actor.scope().session().currency();
        Ok(Outcome::parse(&choices, self.outcome, self.value, self.comment, currency)?)
    }
}

/// Records what became of several leads: of all of them, or of none.
///
/// # Errors
/// [`ServiceError::Invalid`] for no lead or too many, and when a field has to be corrected, [`ServiceError::NotFound`] for any id that
/// is not one of the partner's.
pub async fn set_outcome(
    actor: &PartnerActor,
    tx: &mut Tx,
    ids: &[LeadId],
    form: OutcomeForm<'_>,
) -> Result<(), ServiceError> {
    Review::check_selected(ids.len())?;
    let outcome = form.read(actor, tx).await?;
    // In one order for all: two of them must not wait for each other's leads.
    let ids: Vec<_> = BTreeSet::from_iter(ids.iter().copied()).into_iter().collect();
    let at = tx.now();
    leads::set_outcome(tx, actor.scope(), &ids, &outcome, at).await?.ok_or(ServiceError::NotFound)?;
    for id in ids {
        actor.record(tx, AuditAction::LeadOutcomeSet, id, serde_json::json!({ "outcome": outcome.code }));
    }
    Ok(())
}

/// The same for all leads that a filter matches, which were `shown` when it was decided: had others come meanwhile, nobody would have
/// looked at those.
///
/// # Errors
/// As [`set_outcome`]; [`ServiceError::Invalid`] also when there are more or fewer by now.
pub async fn set_outcome_of_all(
    actor: &PartnerActor,
    tx: &mut Tx,
    (filter, shown): (&LeadFilter, usize),
    form: OutcomeForm<'_>,
) -> Result<(), ServiceError> {
    let ids = all_of(actor, tx, filter, shown).await?;
    set_outcome(actor, tx, &ids, form).await
}

/// Plans what is to be done next with a lead, by whom and when.
///
/// # Errors
/// [`ServiceError::NotFound`] for any lead that is not one of the partner's, [`ServiceError::Invalid`] for an assignee who is not.
pub async fn plan(actor: &PartnerActor, tx: &mut Tx, lead: LeadId, step: &NextStep) -> Result<(), ServiceError> {
    if let Some(assignee) = step.assignee
        && !users::colleagues(tx, actor.scope()).await?.iter().any(|user| user.id == assignee)
    {
        return Err(ServiceError::field("assignee", "Choose one of your users."));
    }
    if !leads::set_next_step(tx, actor.scope(), lead, step).await? {
        return Err(ServiceError::NotFound);
    }
    actor.record(tx, AuditAction::LeadStepPlanned, lead, serde_json::json!({ "on": step.on }));
    Ok(())
}

/// Writes a note of the partner on one of its leads; one that is `shared` the account reads as well.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is empty or too long, [`ServiceError::NotFound`] for any lead that is not one of the partner's.
pub async fn note(
    actor: &PartnerActor,
    tx: &mut Tx,
    lead: LeadId,
    text: &str,
    shared: bool,
) -> Result<(), ServiceError> {
    let text = Note::parse(text)?;
    leads::get(tx, actor.scope(), lead).await?.ok_or(ServiceError::NotFound)?;
    let note = leads::add_note(tx, actor.scope(), lead, (NoteAuthor::Partner, shared), &text).await?;
    actor.record(tx, AuditAction::LeadNoteWritten, lead, serde_json::json!({ "shared": shared, "note": note }));
    Ok(())
}

/// Writes a note of the account on one of its leads; one that is `shared` the partner reads as well.
///
/// # Errors
/// As [`note`], of any id that is not one of the account's leads.
pub async fn account_note(
    actor: &AdminActor,
    tx: &mut Tx,
    lead: LeadId,
    text: &str,
    shared: bool,
) -> Result<(), ServiceError> {
    let text = Note::parse(text)?;
    let partner = leads::partner_of(tx, actor.scope(), lead).await?.ok_or(ServiceError::NotFound)?;
    let scope = actor.scope().for_partner(tx, partner).await?.ok_or(ServiceError::NotFound)?;
    let note = leads::add_note(tx, &scope, lead, (NoteAuthor::Account, shared), &text).await?;
    let detail = serde_json::json!({ "shared": shared, "note": note });
    if shared {
        actor.record_about(tx, partner, AuditAction::LeadNoteWritten, lead, detail);
    } else {
        // What staff write for themselves is not among what the partner sees of its own.
        actor.record(tx, AuditAction::LeadNoteWritten, lead, detail);
    }
    Ok(())
}
