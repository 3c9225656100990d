//! The server functions of the admins' page.

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

/// What the admins' page shows.
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

/// The admins.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/admins/list")]
pub async fn list_admins() -> Result<AdminsView, AppError> {
    use domain::admin::AdminPermission as P;
    let actor = crate::access::require_admin(P::View).await?;
    let may_manage = actor.scope().session().role().may(P::ManageAdmins);
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(AdminsView {
        admins: store::admins::list(&mut read, actor.scope()).await?,
        invitations: if may_manage { store::admins::pending(&mut read, actor.scope()).await? } else { Vec::new() },
        own_id: actor.scope().session().user_id(),
        may_manage,
    })
}

/// Invites an admin.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_admins`, [`AppError::Invalid`] when a field has to be corrected.
#[server(prefix = "/fn", endpoint = "admin/admins/invite")]
pub async fn invite_admin(name: String, email: String, role: String) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManageAdmins).await?;
    let typed = [("name", name.as_str()), ("email", &email), ("role", &role)];
    let invitation = domain::admin::NewAdmin::parse(&name, &email, &role)
        .map_err(|errors| AppError::Invalid(errors.keeping(typed)))?;
    let account = actor.scope().session().account_id();
    crate::access::limit_tries("admininvite", &format!("{account}\n{}", invitation.email.key())).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::admins::invite(&actor, &mut tx, &invitation).await.map_err(|error| error.keeping(typed))?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/users?done=invited");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(InviteAdmin: Fresh);

/// Revokes the invitation of an admin.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_admins`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/admins/revoke")]
pub async fn revoke_admin_invitation(id: InvitationId) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManageAdmins).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::admins::revoke_invitation(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/users?done=revoked");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(RevokeAdminInvitation: Fresh);

/// Changes an admin's role, and whether it may log in: `active` is `yes` or `no`.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_admins`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when no owner would be left, or the reader would shut itself out.
#[server(prefix = "/fn", endpoint = "admin/admins/change")]
pub async fn change_admin(
    id: UserId,
    role: AdminRole,
    active: String,
    #[server(default)] made: String,
) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManageAdmins).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::admins::change(&actor, &mut tx, id, role, active == "yes", domain::admin::MadeThings::read(&made))
        .await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/users?done=changed");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ChangeAdmin: Fresh);

/// Turns two-factor authentication off for another admin who has lost the app and the recovery codes.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_admins`, [`AppError::NotFound`] for any id not of the account, [`AppError::Changed`]
/// when it is off, [`AppError::Invalid`] for the reader and the last owner.
#[server(prefix = "/fn", endpoint = "admin/admins/reset-two-factor")]
pub async fn reset_admin_two_factor(id: UserId) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManageAdmins).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::admins::reset_two_factor(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/users?done=two-factor");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ResetAdminTwoFactor: Fresh);
