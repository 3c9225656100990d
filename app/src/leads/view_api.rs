//! The server functions of saved views.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::ids::ViewId;
use leptos::prelude::*;

use crate::error::AppError;

/// Saves the list (`list`, as its address has it) under a name, in the place of an own view of this name; with `shared` set for all of the
/// partner's users, with `pinned` set on the dashboard.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`, [`AppError::Invalid`] for a name that is empty or too long, and for one too many.
#[server(prefix = "/fn", endpoint = "leads/save-view")]
pub async fn save_view(
    #[server(default)] view_name: String,
    #[server(default)] shared: String,
    #[server(default)] pinned: String,
    #[server(default)] list: String,
) -> Result<(), AppError> {
    use domain::leads::LeadListQuery;
    let actor = crate::access::require_partner(domain::access::Permission::ViewLeads).await?;
    let query = LeadListQuery::from_query_string(&list).query;
    let mut tx = crate::access::begin_write(&actor).await?;
    let saved = services::views::save(&actor, &mut tx, &view_name, &query, (shared == "yes", pinned == "yes")).await;
    let id = saved.map_err(|error| error.keeping([("view_name", &*view_name)]))?;
    tx.commit().await?;
    let list = LeadListQuery { view: Some(id), ..query }.to_query_string();
    super::api::back_to_list(&list, &[("done", "saved".to_owned())])
}

/// Deletes a view: an own one, or one that is shared, for those who manage the partner's users.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`, [`AppError::NotFound`] for any other.
#[server(prefix = "/fn", endpoint = "leads/delete-view")]
pub async fn delete_view(id: ViewId, #[server(default)] list: String) -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ViewLeads).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::views::delete(&actor, &mut tx, id).await?;
    tx.commit().await?;
    super::api::back_to_list(&list, &[])
}

/// Keeps the list (`list`, as its address has it) as where it begins for the reader.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`.
#[server(prefix = "/fn", endpoint = "leads/start-with")]
pub async fn start_with(#[server(default)] list: String) -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ViewLeads).await?;
    let query = domain::leads::LeadListQuery::from_query_string(&list).query;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::views::start_with(&actor, &mut tx, &query).await?;
    tx.commit().await?;
    super::api::back_to_list(&list, &[("done", "start".to_owned())])
}
