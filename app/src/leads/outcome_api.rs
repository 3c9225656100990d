//! The server functions of what becomes of leads.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::ids::LeadId;
use leptos::prelude::*;

use crate::error::AppError;

/// Records what became of a lead. The fields are those of the form; an empty `outcome` takes back what was said before.
///
/// # Errors
/// [`AppError::Forbidden`] without `record_outcomes`, [`AppError::NotFound`] for any id that is not one of the partner's,
/// [`AppError::Invalid`] when a field has to be corrected.
#[server(prefix = "/fn", endpoint = "leads/outcome")]
pub async fn set_outcome(
    id: LeadId,
    #[server(default)] outcome: String,
    #[server(default)] value: String,
    #[server(default)] comment: String,
) -> Result<(), AppError> {
    use services::outcomes::OutcomeForm;
    let actor = recording().await?;
    let form = OutcomeForm { outcome: &outcome, value: &value, comment: &comment };
    let mut tx = crate::access::begin_write(&actor).await?;
    services::outcomes::set_outcome(&actor, &mut tx, &[id], form)
        .await
        .map_err(|error| error.keeping([("outcome", &*outcome), ("value", &*value), ("comment", &*comment)]))?;
    Ok(tx.commit().await?)
}

/// Records what became of several leads. The fields are those of the form below the list; `list` is the list's state, to go back to,
/// and `all` is not zero where all its leads are meant: then it is how many those were.
///
/// # Errors
/// As [`set_outcome`]; [`AppError::Invalid`] also for no lead, for too many, and for all of a list that has changed.
#[server(prefix = "/fn", endpoint = "leads/outcome-many")]
pub async fn set_outcomes(
    #[server(default)] leads: Vec<LeadId>,
    #[server(default)] all: usize,
    #[server(default)] outcome: String,
    #[server(default)] value: String,
    #[server(default)] outcome_comment: String,
    #[server(default)] list: String,
) -> Result<(), AppError> {
    use domain::leads::LeadListQuery;
    use services::outcomes::{self, OutcomeForm};
    let actor = recording().await?;
    let form = OutcomeForm { outcome: &outcome, value: &value, comment: &outcome_comment };
    let mut tx = crate::access::begin_write(&actor).await?;
    if all > 0 {
        let filter = LeadListQuery::from_query_string(&list).query.bounded().filter;
        outcomes::set_outcome_of_all(&actor, &mut tx, (&filter, all), form).await?;
    } else {
        outcomes::set_outcome(&actor, &mut tx, &leads, form).await?;
    }
    tx.commit().await?;
    let done = if all > 0 { all } else { leads.len() };
    super::api::back_to_list(&list, &[("done", "outcome".to_owned()), ("leads", done.to_string())])
}

/// Plans what is to be done next with a lead, by whom and when; what is empty is nothing. `list` is the state of the list that the lead
/// was opened from.
///
/// # Errors
/// As [`set_outcome`].
#[server(prefix = "/fn", endpoint = "leads/next-step")]
pub async fn plan_next_step(
    id: LeadId,
    #[server(default)] next_step: String,
    #[server(default)] next_step_on: String,
    #[server(default)] assignee: String,
    #[server(default)] list: String,
) -> Result<(), AppError> {
    let actor = recording().await?;
    let typed = [("next_step", &*next_step), ("next_step_on", &*next_step_on), ("assignee", &*assignee)];
    let step = domain::leads::NextStep::parse(&next_step, &next_step_on, &assignee)
        .map_err(|errors| AppError::Invalid(errors.keeping(typed)))?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::outcomes::plan(&actor, &mut tx, id, &step).await.map_err(|error| error.keeping(typed))?;
    tx.commit().await?;
    done(id, &list, "planned")
}

/// Writes a note on a lead. With `shared` set, the account reads it as well. `list` is the state of the list that the lead was opened
/// from.
///
/// # Errors
/// As [`set_outcome`].
#[server(prefix = "/fn", endpoint = "leads/note")]
pub async fn write_note(
    id: LeadId,
    #[server(default)] note: String,
    #[server(default)] shared: String,
    #[server(default)] list: String,
) -> Result<(), AppError> {
    let actor = recording().await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let written = services::outcomes::note(&actor, &mut tx, id, &note, shared == "yes").await;
    written.map_err(|error| error.keeping([("note", &*note)]))?;
    tx.commit().await?;
    done(id, &list, "noted")
}

#[cfg(feature = "ssr")]
async fn recording() -> Result<services::PartnerActor, AppError> {
    crate::access::require_partner(domain::access::Permission::RecordOutcomes).await
}

/// Leads a browser that has sent a form back to the lead, as one of the list it was opened from.
#[cfg(feature = "ssr")]
fn done(id: LeadId, list: &str, what: &str) -> Result<(), AppError> {
    if crate::access::wants_html(&crate::access::request_parts()?.headers) {
        let list = domain::leads::LeadListQuery::from_query_string(list).query;
        leptos_axum::redirect(&crate::ui::with_pair(&list.href(&format!("{}/{id}", super::LIST)), "done", what));
    }
    Ok(())
}
