//! Saved views of the list of leads.

use domain::{
    access::Permission,
    ids::ViewId,
    leads::{LeadColumns, LeadListQuery, SavedView},
};
use store::{Reader, Tx, leads, users};

use crate::{PartnerActor, ServiceError};

/// The columns that a list has: those of its view, if it is in one that the reader has, or the reader's own.
pub async fn columns(
    actor: &PartnerActor,
    read: &mut Reader,
    query: &LeadListQuery,
) -> Result<(LeadColumns, Vec<SavedView>), ServiceError> {
    let views = leads::views(read, actor.scope()).await?;
    let session = actor.scope().session();
    let shown = views.iter().find(|view| Some(view.id) == query.view).map(|view| view.columns);
    let offered = LeadColumns::for_reader(session.permissions().has(Permission::ViewLeadPrice));
    Ok((shown.unwrap_or_else(|| session.lead_columns()).and(offered), views))
}

/// Saves the list as a view of whoever asks, in the place of an own one of this name. Answers with its id.
///
/// # Errors
/// [`ServiceError::Invalid`] for a name that is empty or too long, and for one view too many.
pub async fn save(
    actor: &PartnerActor,
    tx: &mut Tx,
    name: &str,
    query: &LeadListQuery,
    (shared, pinned): (bool, bool),
) -> Result<ViewId, ServiceError> {
    let name = SavedView::read_name(name)?;
    let (columns, _) = columns(actor, tx, query).await?;
    let saved = leads::save_view(tx, actor.scope(), &name, query, columns, (shared, pinned)).await?;
    let message = || format!("You have {} views: delete one first.", SavedView::MOST);
    saved.ok_or_else(|| ServiceError::field("view_name", message()))
}

/// Deletes a view: an own one, or one that is shared, for those who manage the partner's users.
///
/// # Errors
/// [`ServiceError::NotFound`] for any other.
pub async fn delete(actor: &PartnerActor, tx: &mut Tx, id: ViewId) -> Result<(), ServiceError> {
    let any_shared = actor.scope().session().permissions().has(Permission::ManageUsers);
    let deleted = leads::delete_view(tx, actor.scope(), id, any_shared).await?;
    if deleted { Ok(()) } else { Err(ServiceError::NotFound) }
}

/// Keeps the list as where it begins for whoever asks.
pub async fn start_with(actor: &PartnerActor, tx: &mut Tx, query: &LeadListQuery) -> Result<(), ServiceError> {
    Ok(users::set_start_list(tx, actor.scope(), &query.first_page().to_query_string()).await?)
}
