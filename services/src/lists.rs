//! The lists that an account words for itself: outcomes, and reasons to refuse a lead.

use domain::{
    audit::AuditAction,
    leads::{Choice, ChoiceRow, OutcomeKind, ReasonNeeds},
};
use store::{Tx, leads, leads::Listed};

use crate::{AdminActor, Object, ServiceError};

/// A list whose changes are told.
pub trait Told: Listed {
    /// By which event.
    const CHANGED: AuditAction;
}

impl Told for OutcomeKind {
    const CHANGED: AuditAction = AuditAction::OutcomesChanged;
}

impl Told for ReasonNeeds {
    const CHANGED: AuditAction = AuditAction::ReasonsChanged;
}

/// Changes one of the account's lists.
///
/// # Errors
/// [`ServiceError::Invalid`] for a name that is empty, too long or taken, and when nothing is left to choose.
pub async fn change<K: Told>(
    actor: &AdminActor,
    tx: &mut Tx,
    rows: &[ChoiceRow<'_>],
    new: ChoiceRow<'_>,
) -> Result<(), ServiceError> {
    store::accounts::lock(tx, actor.scope()).await?;
    let before = leads::list_for_account::<K>(tx, actor.scope()).await?;
    let list = Choice::parse_list(&before, rows, new)?;
    if list != before {
        leads::set_list(tx, actor.scope(), &list).await?;
        let codes: Vec<_> = list.iter().filter(|choice| choice.active).map(|choice| choice.code.as_str()).collect();
        let detail = serde_json::json!({ format!("{}s", K::NOUN): codes });
        actor.record(tx, K::CHANGED, Object("account", None), detail);
    }
    Ok(())
}
