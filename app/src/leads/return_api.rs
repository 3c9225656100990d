//! The server functions of returns, as the partner calls them.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::ids::LeadId;
use leptos::prelude::*;

use crate::error::AppError;

/// Withdraws the request to take a lead back, which is not rejected any more then.
///
/// # Errors
/// [`AppError::Forbidden`] without `review_leads`, [`AppError::NotFound`] for any id that is not one of the partner's,
/// [`AppError::Changed`] when there is no open request.
#[server(prefix = "/fn", endpoint = "leads/withdraw-return")]
pub async fn withdraw_return(id: LeadId) -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ReviewLeads).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::returns::withdraw(&actor, &mut tx, id).await?;
    Ok(tx.commit().await?)
}
