//! The users of a partner: invited, changed and helped by whoever manages them at the partner, or by an admin.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{
    access::PartnerRole,
    audit::AuditAction,
    clock::OsEntropy,
    email::Email,
    ids::{InvitationId, PartnerId, UserId},
    partners::{UserKind, UserStatus},
    users::{NewInvitation, NewPassword, PartnerUser},
};
use secrecy::{ExposeSecret, SecretString};
use store::{
    StoreError, Tx, accounts, invitations, partners,
    users::{self, NewPartnerUser},
};

use crate::{
    AdminActor, PartnerActor, Portal, ServiceError,
    credentials::{self, Change},
    links::Link,
    mail::{self, Invited, Notice, PartnerInvitation, PartnerInvitationElsewhere, ResetReason, Welcome},
    one_time::{self, Purpose},
    recovery::send_reset_link,
    tokens,
};

/// Where partners log in.
pub(crate) const LOGIN: &str = "/partner/login";

/// How long an invitation lives.
const INVITATION_LIFE: TimeDelta = TimeDelta::days(7);

/// How long a temporary password works.
const TEMPORARY_LIFE: TimeDelta = TimeDelta::days(3);

/// Invites somebody to a partner's portal, in the account's own words, and mails the link. Inviting the same address again sends
/// a new link and ends the one before.
///
/// # Errors
/// [`ServiceError::Invalid`] when the address has a login already, [`ServiceError::NotFound`] for any partner that is not one of
/// the account's.
pub async fn invite(
    actor: &AdminActor,
    tx: &mut Tx,
    id: PartnerId,
    invitation: &NewInvitation,
) -> Result<(), ServiceError> {
    let partner = actor.for_partner(tx, id).await?;
    let settings = accounts::settings(tx, actor.scope()).await?;
    let access = partners::access(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    let urls = actor.urls(tx).await?;
    check_free(&partner, tx, &invitation.email).await?;
    let token = store_invitation(&partner, tx, invitation).await?;
    let partner_name = partner.scope().session().partner_name();
    let invited = Invited { name: &invitation.name, partner: partner_name, role: invitation.role };
    let link = urls.link(Link::Invite, &token);
    let mail = Welcome::new(&settings, &access, invited, &urls.page(LOGIN), &link);
    mail::send(tx, actor.scope().session().account_id(), invitation.email.as_str(), &mail).await
}

/// Stores an invitation; answers the token of its link.
async fn store_invitation(
    actor: &PartnerActor,
    tx: &mut Tx,
    invitation: &NewInvitation,
) -> Result<String, ServiceError> {
    let (token, hash) = tokens::fresh()?;
    let expires_at = tx.now() + INVITATION_LIFE;
    let id = invitations::invite(tx, actor.scope(), invitation, &hash, expires_at).await?;
    actor.record(tx, AuditAction::UserInvited, id, serde_json::json!({ "role": invitation.role.as_str() }));
    Ok(token)
}

/// Whether an address is free in the account. An admin may know where it is taken: all of its partners are theirs.
async fn check_free(actor: &PartnerActor, tx: &mut Tx, email: &Email) -> Result<(), ServiceError> {
    let session = actor.scope().session();
    match users::partner_of_address(tx, session.account_id(), email).await? {
        None => Ok(()),
        Some(id) if id == session.partner_id() => {
            Err(ServiceError::field("email", "Somebody at this partner logs in with this address already."))
        }
        Some(_) => Err(ServiceError::field("email", "Somebody at another partner logs in with this address already.")),
    }
}

/// Invites a partner's contact as its owner, unless somebody there has a login already or nobody can be reached. Says whether it
/// did.
///
/// # Errors
/// [`ServiceError::NotFound`] for any partner that is not one of the account's.
pub async fn invite_contact(actor: &AdminActor, tx: &mut Tx, id: PartnerId) -> Result<bool, ServiceError> {
    let partner = actor.for_partner(tx, id).await?;
    let record = partners::record(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    let people = users::colleagues(tx, partner.scope()).await?;
    if people.iter().any(|user| user.status == UserStatus::Active) {
        return Ok(false);
    }
    let contact = record.contact;
    let name = if contact.contact_name.is_empty() { &record.name } else { &contact.contact_name };
    let name: String = name.chars().take(NewInvitation::MAX_NAME).collect();
    let Ok(invitation) = NewInvitation::parse(&name, &contact.email, PartnerRole::Owner.as_str()) else {
        return Ok(false);
    };
    match invite(actor, tx, id, &invitation).await {
        Ok(()) => Ok(true),
        // The address has a login at another partner.
        Err(ServiceError::Invalid(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Invites a colleague. The answer is the same whether the address has a login at another partner or not: only the mail says so,
/// to them alone.
///
/// # Errors
/// [`ServiceError::Invalid`] when the person is a user of the partner already.
pub async fn invite_colleague(
    actor: &PartnerActor,
    tx: &mut Tx,
    invitation: &NewInvitation,
) -> Result<(), ServiceError> {
    let session = actor.scope().session();
    let elsewhere = users::partner_of_address(tx, session.account_id(), &invitation.email).await?;
    if elsewhere == Some(session.partner_id()) {
        let message = "Somebody at your company logs in with this address already.";
        return Err(ServiceError::field("email", message));
    }
    let token = store_invitation(actor, tx, invitation).await?;
    actor.tell(tx, Notice::UserInvited { email: invitation.email.as_str() }).await?;
    let (whose, to) = ((session.account_id(), session.partner_id()), invitation.email.as_str());
    let (name, invited_by, partner) = (&*invitation.name, session.user_name(), session.partner_name());
    if elsewhere.is_some() {
        return mail::send_paced(tx, whose, to, &PartnerInvitationElsewhere { name, invited_by, partner }).await;
    }
    let link = actor.urls(tx).await?.link(Link::Invite, &token);
    mail::send_paced(tx, whose, to, &PartnerInvitation { name, invited_by, partner, link: &link }).await
}

/// Revokes an invitation.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the partner's.
pub async fn revoke_invitation(actor: &PartnerActor, tx: &mut Tx, id: InvitationId) -> Result<(), ServiceError> {
    invitations::revoke(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    actor.record(tx, AuditAction::InvitationRevoked, id, serde_json::json!({}));
    Ok(())
}

/// Ends all sessions of one of the partner's users.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the partner's.
pub async fn end_sessions(actor: &PartnerActor, tx: &mut Tx, id: UserId) -> Result<(), ServiceError> {
    users::colleague(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    let ended = store::sessions::end_of_user(tx, id, None).await?;
    // Browsers that are remembered are forgotten with the sessions.
    store::credentials::renew(tx, id, None).await?;
    actor.record(tx, AuditAction::SessionEnded, id, serde_json::json!({ "sessions": ended }));
    Ok(())
}

/// Turns two-factor authentication off for one of the partner's users who has lost the app and the recovery codes.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the partner's, [`ServiceError::Changed`] when it is off.
pub async fn reset_two_factor(actor: &PartnerActor, tx: &mut Tx, id: UserId) -> Result<(), ServiceError> {
    users::colleague(tx, actor.scope(), id).await?.ok_or(ServiceError::NotFound)?;
    if !store::two_factor::remove(tx, actor.scope().session().account_id(), id).await? {
        return Err(ServiceError::Changed);
    }
    actor.record(tx, AuditAction::TwoFactorOff, id, serde_json::json!({}));
    credentials::changed(tx, id, Change::TwoFactorReset, None).await
}

/// Changes a user's role, and whether it may log in. At the partner itself nobody shuts itself out, and an owner is left.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the partner's, [`ServiceError::Invalid`] when nobody would be left to
/// manage users, or the actor would shut itself out.
pub async fn change(
    actor: &PartnerActor,
    tx: &mut Tx,
    id: UserId,
    role: PartnerRole,
    active: bool,
) -> Result<(), ServiceError> {
    let scope = actor.scope();
    let others = users::other_owners(tx, scope, id).await?;
    let user = users::colleague(tx, scope, id).await?.ok_or(ServiceError::NotFound)?;
    if !scope.session().is_by_admin() {
        if id == scope.session().user_id() && (!active || role != user.role) {
            let message = "You cannot change your own role or disable yourself: ask another owner.";
            return Err(ServiceError::field("role", message));
        }
        if others == 0 && (!active || role != PartnerRole::Owner) && user.role == PartnerRole::Owner {
            let message = "Somebody has to stay who can manage users: make another user an owner first.";
            return Err(ServiceError::field("role", message));
        }
    }
    let status = if active { UserStatus::Active } else { UserStatus::Disabled };
    // One change, one event: of role and status only what changed is done.
    if role != user.role {
        users::set_role(tx, scope, id, role).await?;
        let detail = serde_json::json!({ "role": role.as_str(), "before": user.role.as_str() });
        actor.record(tx, AuditAction::UserRoleChanged, id, detail);
    }
    if status != user.status {
        users::set_status(tx, scope.session().account_id(), id, status).await?;
        let action = if active { AuditAction::UserEnabled } else { AuditAction::UserDisabled };
        actor.record(tx, action, id, serde_json::json!({}));
    }
    credentials::access_changed(tx, id, (role != user.role).then_some(role.label()), status, user.status).await
}

/// A temporary password, without letters that look alike.
fn temporary() -> Result<String, ServiceError> {
    tokens::readable(b"abcdefghjkmnpqrstuvwxyz23456789@")
}

/// A temporary password for one user, and its hash. Making one takes a while and needs no database: it is made before the
/// transaction begins.
#[derive(Debug)]
pub struct TemporaryPassword {
    user: UserId,
    password: SecretString,
    hash: SecretString,
}

impl TemporaryPassword {
    /// A fresh one.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub async fn make(portal: &Portal, user: UserId) -> Result<Self, ServiceError> {
        let password = temporary()?;
        let hash = portal.passwords.hash(Arc::new(OsEntropy), password.clone()).await?;
        Ok(Self { user, password: password.into(), hash: hash.into() })
    }
}

/// Makes somebody a user at once, with a temporary password that is shown in the session of that hash.
///
/// # Errors
/// [`ServiceError::Invalid`] when the address has a login already.
pub async fn create_with_password(
    actor: &PartnerActor,
    tx: &mut Tx,
    person: NewInvitation,
    password: &TemporaryPassword,
    session: &[u8],
) -> Result<(), ServiceError> {
    let by = actor.scope().session();
    check_free(actor, tx, &person.email).await?;
    let new = NewPartnerUser {
        id: password.user,
        account_id: by.account_id(),
        partner_id: by.partner_id(),
        email: person.email,
        name: person.name,
        role: person.role,
        password_hash: None,
    };
    match users::create_partner_user(tx, &new).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(ServiceError::Changed),
        Err(error) => return Err(error.into()),
    }
    store_temporary(actor, tx, new.email.as_str(), password, session).await?;
    let detail = serde_json::json!({ "role": new.role.as_str() });
    actor.record(tx, AuditAction::TemporaryPasswordMade, new.id, detail);
    credentials::changed(tx, new.id, Change::TemporaryPassword, None).await
}

async fn active(actor: &PartnerActor, tx: &mut Tx, user: UserId) -> Result<PartnerUser, ServiceError> {
    let found = users::colleague(tx, actor.scope(), user).await?.ok_or(ServiceError::NotFound)?;
    if found.status == UserStatus::Active {
        Ok(found)
    } else {
        Err(ServiceError::field("user", "This user is disabled: enable the login first."))
    }
}

/// Stores a temporary password of the user with that address, and has it shown in the session of that hash.
async fn store_temporary(
    actor: &PartnerActor,
    tx: &mut Tx,
    email: &str,
    password: &TemporaryPassword,
    session: &[u8],
) -> Result<(), ServiceError> {
    let until = tx.now() + TEMPORARY_LIFE;
    users::set_temporary_password(tx, actor.scope(), password.user, password.hash.expose_secret(), until).await?;
    let shown = serde_json::json!([email, password.password.expose_secret()]).to_string();
    let purpose = Purpose::TemporaryPassword(actor.scope().session().partner_id());
    one_time::keep(actor.portal(), tx, session, purpose, &shown).await
}

/// Puts a temporary password in place of a user's own; it is shown in the session of that hash, and works for three days.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the partner's, [`ServiceError::Invalid`] when the user is disabled.
pub async fn set_temporary_password(
    actor: &PartnerActor,
    tx: &mut Tx,
    password: &TemporaryPassword,
    session: &[u8],
) -> Result<(), ServiceError> {
    let user = password.user;
    let found = active(actor, tx, user).await?;
    store_temporary(actor, tx, &found.email, password, session).await?;
    actor.record(tx, AuditAction::TemporaryPasswordMade, user, serde_json::json!({}));
    credentials::changed(tx, user, Change::TemporaryPassword, None).await
}

/// Temporary passwords as they are kept to be shown.
///
/// # Errors
/// When one is not what was kept.
pub fn read_new_passwords(shown: &[String]) -> Result<Vec<NewPassword>, ServiceError> {
    let read = |text: &String| serde_json::from_str(text).map(|(email, password)| NewPassword { email, password });
    shown.iter().map(|text| read(text).map_err(|error| ServiceError::internal(&error))).collect()
}

/// Has a link to reset the password sent to a user.
///
/// # Errors
/// [`ServiceError::NotFound`] for any id that is not one of the partner's, [`ServiceError::Invalid`] when the user cannot log in
/// anyway.
pub async fn send_reset(actor: &PartnerActor, tx: &mut Tx, user: UserId) -> Result<(), ServiceError> {
    let account = actor.scope().session().account_id();
    let found = active(actor, tx, user).await?;
    let mail = users::find_for_mail(tx, account, UserKind::Partner, &found.email.to_lowercase()).await?;
    let mail = mail.ok_or_else(|| {
        let shut = "This user cannot log in at the moment: the portal, the partner or its access is switched off.";
        ServiceError::field("user", shut)
    })?;
    let reason = ResetReason::SentByAdmin;
    let urls = actor.urls(tx).await?;
    send_reset_link(tx, account, UserKind::Partner, &mail, reason, &urls).await?;
    actor.record(tx, AuditAction::ResetSent, user, serde_json::json!({}));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_passwords_are_long_enough_and_never_alike() {
        let (one, two) = (temporary().unwrap(), temporary().unwrap());
        assert_ne!(one, two);
        assert!(one.len() == 19 && domain::passwords::check(&one, &[]).is_ok(), "{one}");
    }
}
