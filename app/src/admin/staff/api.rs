//! The server functions of the staff's own page.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    admin::{Admin, AdminRole, PendingAdmin},
    ids::{InvitationId, UserId},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the staff's page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminsView {
    /// The admins.
    pub admins: Vec<Admin>,
    /// Who was invited and has not come yet; empty for whoever may not invite.
    pub invitations: Vec<PendingAdmin>,
    /// The reader.
    pub own_id: UserId,
    /// Whether the reader may change anything here.
    pub may_manage: bool,
}

/// The staff.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/staff/list")]
pub async fn list_admins() -> Result<AdminsView, AppError> {
    use domain::admin::AdminPermission as P;
    let scope = crate::access::require_admin(P::View).await?;
    let db = crate::access::state()?.db;
    let may_manage = scope.session().role().may(P::ManageAdmins);
    Ok(AdminsView {
        admins: store::admins::list(&db, &scope).await?,
        invitations: if may_manage { store::admins::pending(&db, &scope).await? } else { Vec::new() },
        own_id: scope.session().user_id(),
        may_manage,
    })
}

/// Invites somebody to the staff.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_admins`, [`AppError::Invalid`] when a field has to be mended.
#[server(prefix = "/fn", endpoint = "admin/staff/invite")]
pub async fn invite_admin(name: String, email: String, role: String) -> Result<(), AppError> {
    super::manage::invite(&name, &email, &role).await?;
    leptos_axum::redirect("/admin/users?done=invited");
    Ok(())
}

/// Takes an invitation to the staff back.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_admins`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/staff/revoke")]
pub async fn revoke_admin_invitation(id: InvitationId) -> Result<(), AppError> {
    super::manage::revoke(id).await?;
    leptos_axum::redirect("/admin/users?done=revoked");
    Ok(())
}

/// Changes an admin's role, and whether it may log in: `active` is `yes` or `no`.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_admins`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when no owner would be left, or the reader would shut itself out.
#[server(prefix = "/fn", endpoint = "admin/staff/change")]
pub async fn change_admin(id: UserId, role: AdminRole, active: String) -> Result<(), AppError> {
    super::manage::change(id, role, active == "yes").await?;
    leptos_axum::redirect("/admin/users?done=changed");
    Ok(())
}
