//! The server functions of a partner's users: for whoever may manage them.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    access::PartnerRole,
    ids::{InvitationId, UserId},
    users::{PartnerUser, PendingInvitation},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the users page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersView {
    /// The users, by name.
    pub users: Vec<PartnerUser>,
    /// Who was invited and has not come yet.
    pub invitations: Vec<PendingInvitation>,
    /// The reader.
    pub own_id: UserId,
}

/// The partner's users and invitations.
///
/// # Errors
/// [`AppError::Forbidden`] without `manage_users`.
#[server(prefix = "/fn", endpoint = "users/list")]
pub async fn list_users() -> Result<UsersView, AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ManageUsers).await?;
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(UsersView {
        users: store::users::colleagues(&mut read, actor.scope()).await?,
        invitations: store::invitations::pending(&mut read, actor.scope()).await?,
        own_id: actor.scope().session().user_id(),
    })
}

#[cfg(feature = "ssr")]
mark!(ListUsers: Viewable);

/// Invites somebody, or once more. The answer is the same whether the address has a login elsewhere or not.
///
/// # Errors
/// [`AppError::Forbidden`] without `manage_users`, [`AppError::Invalid`] when a field has to be corrected or the person is
/// a user of the partner already, [`AppError::RateLimited`] after very many.
#[server(prefix = "/fn", endpoint = "users/invite")]
pub async fn invite_user(name: String, email: String, role: String) -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ManageUsers).await?;
    let typed = [("name", name.as_str()), ("email", &email), ("role", &role)];
    let invitation = domain::users::NewInvitation::parse(&name, &email, &role)
        .map_err(|errors| AppError::Invalid(errors.keeping(typed)))?;
    let partner = actor.scope().session().partner_id();
    crate::access::limit_tries("invite", &format!("{partner}\n{}", invitation.email.key())).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::partner_users::invite_colleague(&actor, &mut tx, &invitation)
        .await
        .map_err(|error| error.keeping(typed))?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/profile/users?done=invited");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(InviteUser: Fresh);

/// Revokes an invitation.
///
/// # Errors
/// [`AppError::Forbidden`] without `manage_users`, [`AppError::NotFound`] for any id that is not one of the partner's.
#[server(prefix = "/fn", endpoint = "users/revoke")]
pub async fn revoke_invitation(id: InvitationId) -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ManageUsers).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::partner_users::revoke_invitation(&actor, &mut tx, id).await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/profile/users?done=revoked");
    Ok(())
}

/// Changes a user's role, and whether it may log in: `active` is `yes` or `no`.
///
/// # Errors
/// [`AppError::Forbidden`] without `manage_users`, [`AppError::NotFound`] for any id that is not one of the partner's,
/// [`AppError::Invalid`] when nobody would be left to manage users, or the reader would shut itself out.
#[server(prefix = "/fn", endpoint = "users/change")]
pub async fn change_user(id: UserId, role: PartnerRole, active: String) -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ManageUsers).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::partner_users::change(&actor, &mut tx, id, role, active == "yes").await?;
    tx.commit().await?;
    leptos_axum::redirect("/partner/profile/users?done=changed");
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ChangeUser: Fresh);
