//! Looking at a partner's portal as the partner sees it.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::ids::PartnerId;
use leptos::prelude::*;

use crate::error::AppError;

/// Begins to look at a partner's portal, and goes there.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view_as_partner`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/view-as")]
pub async fn start_viewing(id: PartnerId) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ViewAsPartner).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::partners::start_viewing(&actor, &mut tx, &crate::access::current_admin_session()?, id).await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner");
    Ok(())
}

/// Stops looking at a partner's portal, and goes back to the admin page about it.
///
/// # Errors
/// [`AppError::Unauthenticated`] when no admin is logged in.
#[server(prefix = "/fn", endpoint = "admin/view/stop")]
pub async fn stop_viewing() -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let viewed = services::partners::stop_viewing(&actor, &mut tx, &crate::access::current_admin_session()?).await?;
    tx.commit().await?;
    leptos_axum::redirect(&viewed.map_or_else(|| "/admin/partners".to_owned(), |id| format!("/admin/partners/{id}")));
    Ok(())
}
