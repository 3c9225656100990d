//! The server functions of the admin page about a partner's users.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    access::PartnerRole,
    ids::{InvitationId, PartnerId, UserId},
    partners::PartnerHead,
    users::{NewPassword, PartnerUser, PendingInvitation},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

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

/// A partner's users. Temporary passwords that were just made in this session come along once.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/users")]
pub async fn list_partner_users(id: PartnerId) -> Result<PartnerUsersView, AppError> {
    use domain::admin::AdminPermission as P;
    let actor = crate::access::require_admin(P::View).await?;
    let session = crate::access::current_admin_session()?;
    let mut new_passwords = Vec::new();
    if actor.scope().session().role().may(P::ManagePartners) {
        let shown = crate::access::take_one_time(&session, services::one_time::Purpose::TemporaryPassword(id)).await?;
        new_passwords = services::partner_users::read_new_passwords(&shown)?;
    }
    let mut read = crate::access::begin_read(&actor).await?;
    let (partner, head) = services::partners::head(&actor, &mut read, id).await?;
    Ok(PartnerUsersView {
        head,
        users: store::users::colleagues(&mut read, &partner).await?,
        invitations: store::invitations::pending(&mut read, &partner).await?,
        new_passwords,
    })
}

/// Invites somebody to a partner's portal; inviting the same address again sends a new link and ends the old one.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when a field has to be corrected.
#[server(prefix = "/fn", endpoint = "admin/partners/invite")]
pub async fn invite_partner_user(
    partner: PartnerId,
    name: String,
    email: String,
    role: String,
) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let person = read_person(&name, &email, &role)?;
    crate::access::limit_tries("userinvite", &format!("{partner}\n{}", person.email.key())).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    services::partner_users::invite(&actor, &mut tx, partner, &person)
        .await
        .map_err(|error| error.keeping(typed(&name, &email, &role)))?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=invited"));
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(InvitePartnerUser: Fresh);

/// Revokes an invitation to a partner's portal.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/revoke")]
pub async fn revoke_partner_invitation(partner: PartnerId, id: InvitationId) -> Result<(), AppError> {
    let (actor, mut tx) = begin_for(partner).await?;
    services::partner_users::revoke_invitation(&actor, &mut tx, id).await?;
    tx.commit().await?;
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
    let (actor, mut tx) = begin_for(partner).await?;
    services::partner_users::change(&actor, &mut tx, user, role, active == "yes").await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=changed"));
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ChangePartnerUser: Fresh);

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
    use services::partner_users::{TemporaryPassword, create_with_password};
    crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let person = read_person(&name, &email, &role)?;
    let state = crate::access::state()?;
    let password = TemporaryPassword::make(&state.portal, UserId(state.db.new_id()?)).await?;
    let (actor, mut tx) = begin_for(partner).await?;
    create_with_password(&actor, &mut tx, person, &password, &crate::access::current_admin_session()?)
        .await
        .map_err(|error| error.keeping(typed(&name, &email, &role)))?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=password"));
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(CreatePartnerUser: Fresh);

/// Puts a temporary password in place of a user's own; the next page shows it, once.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when the user is disabled.
#[server(prefix = "/fn", endpoint = "admin/partners/temporary-password")]
pub async fn make_temporary_password(partner: PartnerId, user: UserId) -> Result<(), AppError> {
    use services::partner_users::{TemporaryPassword, set_temporary_password};
    crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let password = TemporaryPassword::make(&crate::access::state()?.portal, user).await?;
    let (actor, mut tx) = begin_for(partner).await?;
    set_temporary_password(&actor, &mut tx, &password, &crate::access::current_admin_session()?).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=password"));
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(MakeTemporaryPassword: Fresh);

/// Has a link to reset the password sent to a user.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when the user cannot log in anyway.
#[server(prefix = "/fn", endpoint = "admin/partners/send-reset")]
pub async fn send_partner_reset(partner: PartnerId, user: UserId) -> Result<(), AppError> {
    crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    crate::access::limit_tries("userreset", &user.to_string()).await?;
    let (actor, mut tx) = begin_for(partner).await?;
    services::partner_users::send_reset(&actor, &mut tx, user).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=reset"));
    Ok(())
}

/// Logs a user out everywhere.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/partners/end-sessions")]
pub async fn end_partner_sessions(partner: PartnerId, user: UserId) -> Result<(), AppError> {
    let (actor, mut tx) = begin_for(partner).await?;
    services::partner_users::end_sessions(&actor, &mut tx, user).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=sessions"));
    Ok(())
}

/// Turns two-factor authentication off for a user who has lost the app and the recovery codes.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Changed`] when it is off.
#[server(prefix = "/fn", endpoint = "admin/partners/reset-two-factor")]
pub async fn reset_partner_two_factor(partner: PartnerId, user: UserId) -> Result<(), AppError> {
    let (actor, mut tx) = begin_for(partner).await?;
    services::partner_users::reset_two_factor(&actor, &mut tx, user).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/partners/{partner}/users?done=two-factor"));
    Ok(())
}

#[cfg(feature = "ssr")]
mark!(ResetPartnerTwoFactor: Fresh);

/// The right to act for one of the account's partners, and the transaction to do it in.
#[cfg(feature = "ssr")]
async fn begin_for(id: PartnerId) -> Result<(services::PartnerActor, store::Tx), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let actor = actor.for_partner(&mut tx, id).await?;
    Ok((actor, tx))
}

/// Reads who is to become a user.
#[cfg(feature = "ssr")]
fn read_person(name: &str, email: &str, role: &str) -> Result<domain::users::NewInvitation, AppError> {
    domain::users::NewInvitation::parse(name, email, role)
        .map_err(|errors| AppError::Invalid(errors.keeping(typed(name, email, role))))
}

#[cfg(feature = "ssr")]
fn typed<'a>(name: &'a str, email: &'a str, role: &'a str) -> [(&'a str, &'a str); 3] {
    [("name", name), ("email", email), ("role", role)]
}
