//! The server functions of the staff's page about a partner's users.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    access::PartnerRole,
    ids::{InvitationId, PartnerId, UserId},
    users::{PartnerUser, PendingInvitation},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::api::PartnerHead;
use crate::error::AppError;

/// A temporary password that was just made: shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPassword {
    /// Whose it is.
    pub email: String,
    /// The password.
    pub password: String,
}

/// The password is never printed.
impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPassword").finish_non_exhaustive()
    }
}

/// What the page of a partner's users shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerUsersView {
    /// Which partner.
    pub head: PartnerHead,
    /// Its users.
    pub users: Vec<PartnerUser>,
    /// Who was invited and has not come yet.
    pub invitations: Vec<PendingInvitation>,
    /// Temporary passwords that were made and not shown yet.
    pub new_passwords: Vec<NewPassword>,
}

/// A partner's users. Temporary passwords that were just made come along once, for whoever may make one.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/users")]
pub async fn list_partner_users(id: PartnerId) -> Result<PartnerUsersView, AppError> {
    super::users::list(id).await
}

/// Invites somebody to a partner's portal; inviting the same address again sends a new link and ends the old one.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when a field has to be mended.
#[server(prefix = "/fn", endpoint = "admin/partners/invite")]
pub async fn invite_partner_user(
    partner: PartnerId,
    name: String,
    email: String,
    role: String,
) -> Result<(), AppError> {
    super::users::invite(partner, &name, &email, &role).await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=invited"));
    Ok(())
}

/// Takes an invitation to a partner's portal back.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/revoke")]
pub async fn revoke_partner_invitation(partner: PartnerId, id: InvitationId) -> Result<(), AppError> {
    super::users::revoke(partner, id).await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=revoked"));
    Ok(())
}

/// Changes a user's role, and whether it may log in: `active` is `yes` or `no`.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/change-user")]
pub async fn change_partner_user(
    partner: PartnerId,
    user: UserId,
    role: PartnerRole,
    active: String,
) -> Result<(), AppError> {
    super::users::change(partner, user, role, active == "yes").await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=changed"));
    Ok(())
}

/// Makes somebody a user at once, with a temporary password that the next page shows, once.
///
/// # Errors
/// As [`invite_partner_user`].
#[server(prefix = "/fn", endpoint = "admin/partners/create-user")]
pub async fn create_partner_user(
    partner: PartnerId,
    name: String,
    email: String,
    role: String,
) -> Result<(), AppError> {
    super::users::create_with_password(partner, &name, &email, &role).await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=password"));
    Ok(())
}

/// Puts a temporary password in the place of a user's own; the next page shows it, once.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when the user is disabled.
#[server(prefix = "/fn", endpoint = "admin/partners/temporary-password")]
pub async fn make_temporary_password(partner: PartnerId, user: UserId) -> Result<(), AppError> {
    super::users::reset_to_temporary(partner, user).await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=password"));
    Ok(())
}

/// Has a link to reset the password sent to a user.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when the user cannot log in anyway.
#[server(prefix = "/fn", endpoint = "admin/partners/send-reset")]
pub async fn send_partner_reset(partner: PartnerId, user: UserId) -> Result<(), AppError> {
    super::users::send_reset(partner, user).await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=reset"));
    Ok(())
}
