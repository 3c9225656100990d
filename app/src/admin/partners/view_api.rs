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
    use crate::{access, admin::deed::note_about};
    use domain::{admin::AdminPermission, audit::AuditAction};
    let scope = access::require_admin(AdminPermission::ViewAsPartner).await?;
    let db = access::state()?.db;
    scope.viewing_as(&db, id).await?.ok_or(AppError::NotFound)?;
    let mut tx = db.begin_write().await?;
    store::sessions::set_viewed_partner(&mut tx, &scope, &access::current_admin_session()?, Some(id)).await?;
    let nothing = serde_json::json!({});
    note_about(&mut tx, &scope, id, AuditAction::PartnerViewed, ("partner", Some(id.0)), nothing)?;
    tx.commit().await?;
    leptos_axum::redirect("/partner");
    Ok(())
}

/// Stops looking at a partner's portal, and goes back to the staff's page about it.
///
/// # Errors
/// [`AppError::Unauthenticated`] when nobody of the staff is logged in.
#[server(prefix = "/fn", endpoint = "admin/view/stop")]
pub async fn stop_viewing() -> Result<(), AppError> {
    use crate::{access, admin::deed::note_about};
    use domain::{admin::AdminPermission, audit::AuditAction};
    let scope = access::require_admin(AdminPermission::View).await?;
    let viewed = scope.session().viewed_partner();
    let mut tx = access::state()?.db.begin_write().await?;
    store::sessions::set_viewed_partner(&mut tx, &scope, &access::current_admin_session()?, None).await?;
    if let Some(id) = viewed {
        let nothing = serde_json::json!({});
        note_about(&mut tx, &scope, id, AuditAction::PartnerViewEnded, ("partner", Some(id.0)), nothing)?;
    }
    tx.commit().await?;
    leptos_axum::redirect(&viewed.map_or_else(|| "/admin/partners".to_owned(), |id| format!("/admin/partners/{id}")));
    Ok(())
}
