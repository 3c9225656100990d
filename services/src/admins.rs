//! The admins of an account: invited and changed by an owner, and how somebody becomes one.

use chrono::TimeDelta;
use domain::{
    admin::{AdminRole, MadeThings, NewAdmin},
    audit::{AuditAction, AuditResult},
    email::Email,
    ids::{AccountId, InvitationId, UserId},
    partners::{UserKind, UserStatus},
    users::LinkView,
};
use store::{
    Reader, Tx,
    admins::{self, NewAdminUser},
    users,
};

use crate::{
    AdminActor, ServiceError,
    credentials::{self, Change},
    links::Link,
    mail::{self, AdminInvitation, Notice},
    record_own, record_system, tokens,
};

/// How long an invitation lives.
pub const INVITATION_LIFE: TimeDelta = TimeDelta::days(7);

/// Invites somebody to become an admin, and mails the link.
///
/// # Errors
/// [`ServiceError::Invalid`] when an admin has this address already.
pub async fn invite(actor: &AdminActor, tx: &mut Tx, invitation: &NewAdmin) -> Result<(), ServiceError> {
    let session = actor.scope().session();
    if users::has_address(tx, session.account_id(), UserKind::Admin, &invitation.email).await? {
        return Err(ServiceError::field("email", "An admin logs in with this address already."));
    }
    let (token, hash) = tokens::fresh()?;
    let expires_at = tx.now() + INVITATION_LIFE;
    let id = admins::invite(tx, actor.scope(), invitation, &hash, expires_at).await?;
    actor.record(tx, AuditAction::AdminInvited, id, serde_json::json!({ "role": invitation.role.as_str() }));
    let link = actor.urls(tx).await?.link(Link::AdminInvite, &token);
    let invited_by = Some(session.user_name());
    let mail = AdminInvitation { name: &invitation.name, invited_by, role: invitation.role, link: &link };
    mail::send(tx, session.account_id(), invitation.email.as_str(), &mail).await?;
    actor.tell(tx, Notice::AdminInvited { email: invitation.email.as_str() }).await
}

/// Invites an admin at the command line, into an account there is. Answers the token of the link, which is not mailed.
pub async fn invite_unscoped(tx: &mut Tx, account: AccountId, invitation: &NewAdmin) -> Result<String, ServiceError> {
    let (token, hash) = tokens::fresh()?;
    let expires_at = tx.now() + INVITATION_LIFE;
    let id = admins::invite_unscoped(tx, account, invitation, &hash, expires_at).await?;
    let detail = serde_json::json!({ "role": invitation.role.as_str() });
    record_system(tx, (account, None), AuditAction::AdminInvited, id, AuditResult::Success, detail);
    Ok(token)
}

/// Revokes an invitation.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's.
pub async fn revoke_invitation(actor: &AdminActor, tx: &mut Tx, id: InvitationId) -> Result<(), ServiceError> {
    admins::revoke(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    actor.record(tx, AuditAction::AdminInvitationRevoked, id, serde_json::json!({}));
    Ok(())
}

/// Changes an admin's role, and whether they may log in. With a login that is disabled end the API keys and invitations its admin
/// made, unless the actor takes them over.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's, [`ServiceError::Invalid`] when no owner would be left,
/// or the actor would shut itself out.
pub async fn change(
    actor: &AdminActor,
    tx: &mut Tx,
    id: UserId,
    role: AdminRole,
    active: bool,
    made: MadeThings,
) -> Result<(), ServiceError> {
    let scope = actor.scope();
    let (admin, other_owners) = admins::lock(tx, scope, id).await?.ok_or(ServiceError::NotFound)?;
    if other_owners == 0 && admin.role == AdminRole::Owner && (!active || role != AdminRole::Owner) {
        return Err(ServiceError::field("role", "This is the last owner: make another admin an owner first."));
    }
    if id == scope.session().user_id() && (!active || role != admin.role) {
        let message = "You cannot change your own role or disable yourself: ask another owner.";
        return Err(ServiceError::field("role", message));
    }
    let status = if active { UserStatus::Active } else { UserStatus::Disabled };
    if role != admin.role {
        admins::set_role(tx, scope, id, role).await?;
        let detail = serde_json::json!({ "role": role.as_str(), "before": admin.role.as_str() });
        actor.record(tx, AuditAction::AdminRoleChanged, id, detail);
    }
    if status != admin.status {
        admins::set_status(tx, scope, id, status).await?;
        if active {
            actor.record(tx, AuditAction::AdminEnabled, id, serde_json::json!({}));
        } else {
            let detail = match made {
                MadeThings::End => end_made(actor, tx, id).await?,
                MadeThings::TakeOver => {
                    let (keys, invitations) = admins::take_over(tx, scope, id).await?;
                    serde_json::json!({ "taken_api_keys": keys, "taken_invitations": invitations })
                }
            };
            actor.record(tx, AuditAction::AdminDisabled, id, detail);
        }
    }
    credentials::access_changed(tx, id, (role != admin.role).then_some(role.label()), status, admin.status).await?;
    if role == admin.role && status == admin.status {
        return Ok(());
    }
    actor.tell(tx, Notice::AdminChanged { admin: &admin.name }).await
}

/// Turns two-factor authentication off for an admin who has lost the app and the recovery codes. Nobody does so for themselves: for
/// the last owner it takes the command line.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the account's, [`ServiceError::Changed`] when it is off,
/// [`ServiceError::Invalid`] for the actor itself.
pub async fn reset_two_factor(actor: &AdminActor, tx: &mut Tx, id: UserId) -> Result<(), ServiceError> {
    admins::lock(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    if id == actor.scope().session().user_id() {
        let message =
            "Another owner can turn it off for you; without one, whoever runs the portal can at the command line.";
        return Err(ServiceError::field("id", message));
    }
    if !store::two_factor::remove(tx, actor.scope().session().account_id(), id).await? {
        return Err(ServiceError::Changed);
    }
    actor.record(tx, AuditAction::TwoFactorOff, id, serde_json::json!({}));
    credentials::changed(tx, id, Change::TwoFactorReset, None).await
}

/// Turns two-factor authentication off at the command line, by the address somebody logs in with. Says whether it was on.
///
/// # Errors
/// [`ServiceError::NotFound`] when nobody of this kind logs in with it.
pub async fn reset_two_factor_unscoped(
    tx: &mut Tx,
    (account, kind): (AccountId, UserKind),
    email: &Email,
) -> Result<bool, ServiceError> {
    let found = users::credentials_for_login(tx, account, kind, email).await?.ok_or(ServiceError::NotFound)?;
    let user = found.user_id();
    store::credentials::lock(tx, user).await?;
    if !store::two_factor::remove(tx, account, user).await? {
        return Ok(false);
    }
    let whose = (account, found.partner_id());
    record_system(tx, whose, AuditAction::TwoFactorOff, user, AuditResult::Success, serde_json::json!({}));
    credentials::changed(tx, user, Change::TwoFactorReset, None).await?;
    Ok(true)
}

/// Ends the keys and invitations of an admin who is disabled: whoever has them would stay in otherwise. Answers how many of each.
async fn end_made(actor: &AdminActor, tx: &mut Tx, admin: UserId) -> Result<serde_json::Value, ServiceError> {
    let ended = admins::end_made(tx, actor.scope(), admin).await?;
    for (id, name) in &ended.api_keys {
        actor.record(tx, AuditAction::ApiKeyRevoked, *id, serde_json::json!({ "name": name }));
    }
    for (id, partner) in &ended.invitations {
        actor.record_about(tx, *partner, AuditAction::InvitationRevoked, *id, serde_json::json!({}));
    }
    for id in &ended.admin_invitations {
        actor.record(tx, AuditAction::AdminInvitationRevoked, *id, serde_json::json!({}));
    }
    let invitations = ended.invitations.len() + ended.admin_invitations.len();
    Ok(serde_json::json!({ "api_keys": ended.api_keys.len(), "ended_invitations": invitations }))
}

/// Whom an invitation is for, by the hash of its token.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when it is not valid.
pub async fn invitation(read: &mut Reader, token_hash: &[u8]) -> Result<LinkView, ServiceError> {
    let found = admins::find_invitation(read, token_hash).await?.ok_or(ServiceError::LinkExpired)?;
    Ok(LinkView {
        name: found.name,
        email: found.email.as_str().to_owned(),
        partner_name: String::new(),
        account_name: found.account_name,
    })
}

/// Makes an invited person an admin with this password's hash.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when the invitation is not valid any more.
pub async fn accept_invitation(
    tx: &mut Tx,
    token_hash: &[u8],
    password_hash: String,
    address: &str,
) -> Result<UserId, ServiceError> {
    let invitation = admins::take_invitation(tx, token_hash).await?.ok_or(ServiceError::LinkExpired)?;
    let admin = NewAdminUser {
        id: UserId(tx.new_id()?),
        account_id: invitation.account_id,
        email: invitation.email,
        name: invitation.name,
        role: invitation.role,
        password_hash,
    };
    admins::create(tx, &admin).await.map_err(ServiceError::expired_if_taken)?;
    record_joined(tx, &admin, AuditAction::AdminInvitationAccepted, address);
    Ok(admin.id)
}

/// Records that somebody became an admin, in their own name.
pub(crate) fn record_joined(tx: &mut Tx, admin: &NewAdminUser, action: AuditAction, address: &str) {
    let detail = serde_json::json!({ "role": admin.role.as_str() });
    record_own(tx, (admin.account_id, None), (admin.id, &admin.name), action, address, detail);
}
