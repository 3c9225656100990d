//! What the staff does with a partner's users.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{
    access::PartnerRole,
    admin::AdminPermission,
    audit::AuditAction,
    clock::{Entropy, OsEntropy},
    email::Email,
    ids::{InvitationId, PartnerId, UserId},
    partners::{UserKind, UserStatus},
    users::{NewInvitation, PartnerUser},
    validation::FieldErrors,
};
use store::{
    StoreError, Tx,
    access::{AdminScope, PartnerScope},
    accounts, invitations, outbox, partners,
    users::{self, NewPartnerUser},
};
use uuid::Uuid;

use super::{
    users_api::{NewPassword, PartnerUsersView},
    welcome,
};
use crate::{
    access::{client_address, is_prefetch, require_admin, state},
    admin::deed::note_about,
    auth::{links::Link, login::limit_tries, recovery::send_reset_link, token},
    error::AppError,
};

/// How long an invitation lives.
const LIFE: TimeDelta = TimeDelta::days(7);

/// Leave to act for one of the account's partners.
async fn acting(id: PartnerId) -> Result<(AdminScope, PartnerScope), AppError> {
    let scope = require_admin(AdminPermission::ManagePartners).await?;
    let partner = scope.for_partner(&state()?.db, id).await?.ok_or(AppError::NotFound)?;
    Ok((scope, partner))
}

fn about_user(
    tx: &mut Tx,
    scope: &AdminScope,
    partner: &PartnerScope,
    action: AuditAction,
    object: (&'static str, Uuid),
    detail: serde_json::Value,
) -> Result<(), AppError> {
    note_about(tx, scope, partner.session().partner_id(), action, (object.0, Some(object.1)), detail)
}

pub(super) async fn list(id: PartnerId) -> Result<PartnerUsersView, AppError> {
    let (partner, head) = super::manage::head(id).await?;
    let state = state()?;
    let mut new_passwords = Vec::new();
    if head.may_manage && !is_prefetch()? {
        let mut tx = state.db.begin_write().await?;
        let unseen = users::take_unseen_passwords(&mut tx, &partner).await?;
        tx.commit().await?;
        for (user, email, sealed) in unseen {
            new_passwords.push(NewPassword { email, password: state.secrets.open(user.0.as_bytes(), &sealed)? });
        }
    }
    Ok(PartnerUsersView {
        head,
        users: users::colleagues(&state.db, &partner).await?,
        invitations: invitations::pending(&state.db, &partner).await?,
        new_passwords,
    })
}

/// Stores an invitation and writes the mail with its link.
pub(super) async fn send_invitation(
    scope: &AdminScope,
    partner: &PartnerScope,
    invitation: &NewInvitation,
) -> Result<(), AppError> {
    let state = state()?;
    let id = partner.session().partner_id();
    let settings = accounts::settings(&state.db, scope).await?;
    let access = partners::access_by_staff(&state.db, scope, id).await?.ok_or(AppError::NotFound)?;
    let login_url = welcome::login_url(&state, scope.session().account_slug()).await?;
    let (token, hash) = token::fresh()?;
    let mut tx = state.db.begin_write().await?;
    free(&mut tx, scope, partner, &invitation.email).await?;
    let stored = invitations::invite(&mut tx, partner, invitation, &hash, state.db.now() + LIFE).await?;
    let detail = serde_json::json!({ "role": invitation.role.as_str() });
    about_user(&mut tx, scope, partner, AuditAction::UserInvited, ("invitation", stored.0), detail)?;
    let person = (invitation.name.as_str(), partner.session().partner_name(), invitation.role);
    let link = Link::Invite.href(&state.settings.public_url, &token);
    let letter = welcome::letter(&settings, &access, person, login_url, link);
    outbox::enqueue(&mut tx, scope.session().account_id(), &letter.to(invitation.email.clone())).await?;
    Ok(tx.commit().await?)
}

/// Whether an address is free in the account. The staff may know where it is taken: all of its partners are theirs.
async fn free(tx: &mut Tx, scope: &AdminScope, partner: &PartnerScope, email: &Email) -> Result<(), AppError> {
    let wrong = |message: &str| AppError::Invalid(FieldErrors::one("email", message));
    match users::partner_of_address(tx, scope.session().account_id(), email).await? {
        None => Ok(()),
        Some(id) if id == partner.session().partner_id() => {
            Err(wrong("Somebody at this partner logs in with this address already."))
        }
        Some(_) => Err(wrong("Somebody at another partner logs in with this address already.")),
    }
}

fn kept<'a>(name: &'a str, email: &'a str, role: &'a str) -> [(&'a str, &'a str); 3] {
    [("name", name), ("email", email), ("role", role)]
}

fn keeping(error: AppError, fields: [(&str, &str); 3]) -> AppError {
    match error {
        AppError::Invalid(errors) => AppError::Invalid(errors.keeping(fields)),
        other => other,
    }
}

pub(super) async fn invite(id: PartnerId, name: &str, email: &str, role: &str) -> Result<(), AppError> {
    let (scope, partner) = acting(id).await?;
    let invitation = NewInvitation::parse(name, email, role)
        .map_err(|errors| AppError::Invalid(errors.keeping(kept(name, email, role))))?;
    let bucket = format!("{id}\n{}", invitation.email.key());
    limit_tries(&state()?.db, "staffinvite", &bucket, &client_address()?).await?;
    send_invitation(&scope, &partner, &invitation).await.map_err(|error| keeping(error, kept(name, email, role)))
}

pub(super) async fn revoke(id: PartnerId, invitation: InvitationId) -> Result<(), AppError> {
    let (scope, partner) = acting(id).await?;
    let mut tx = state()?.db.begin_write().await?;
    invitations::revoke(&mut tx, &partner, invitation).await?.ok_or(AppError::NotFound)?;
    let nothing = serde_json::json!({});
    about_user(&mut tx, &scope, &partner, AuditAction::InvitationRevoked, ("invitation", invitation.0), nothing)?;
    Ok(tx.commit().await?)
}

pub(super) async fn change(id: PartnerId, user: UserId, role: PartnerRole, active: bool) -> Result<(), AppError> {
    let (scope, partner) = acting(id).await?;
    let mut tx = state()?.db.begin_write().await?;
    let before = users::colleague(&mut tx, &partner, user).await?.ok_or(AppError::NotFound)?;
    let status = if active { UserStatus::Active } else { UserStatus::Disabled };
    if role != before.role {
        users::set_role(&mut tx, &partner, user, role).await?;
        let detail = serde_json::json!({ "role": role.as_str(), "before": before.role.as_str() });
        about_user(&mut tx, &scope, &partner, AuditAction::UserRoleChanged, ("user", user.0), detail)?;
    }
    if status != before.status {
        users::set_status(&mut tx, scope.session().account_id(), user, status).await?;
        let action = if active { AuditAction::UserEnabled } else { AuditAction::UserDisabled };
        about_user(&mut tx, &scope, &partner, action, ("user", user.0), serde_json::json!({}))?;
    }
    Ok(tx.commit().await?)
}

/// A password for somebody to read out or copy: four groups of four, 80 random bits, without letters that look alike.
fn temporary() -> Result<String, AppError> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789@";
    let mut random = [0_u8; 16];
    OsEntropy.fill(&mut random).map_err(|error| AppError::internal(&error))?;
    let letters: String = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    Ok([&letters[..4], &letters[4..8], &letters[8..12], &letters[12..]].join("-"))
}

/// Makes a temporary password for a user: hashed to be checked, and sealed to be shown once.
async fn prepared(user: UserId) -> Result<(String, Vec<u8>), AppError> {
    let state = state()?;
    let password = temporary()?;
    let sealed = state.secrets.seal(&OsEntropy, user.0.as_bytes(), &password)?;
    let hashed = state.passwords.hash(Arc::new(OsEntropy), password).await;
    Ok((hashed.map_err(|error| AppError::internal(&error))?, sealed))
}

pub(super) async fn create_with_password(id: PartnerId, name: &str, email: &str, role: &str) -> Result<(), AppError> {
    let (scope, partner) = acting(id).await?;
    let person = NewInvitation::parse(name, email, role)
        .map_err(|errors| AppError::Invalid(errors.keeping(kept(name, email, role))))?;
    let db = state()?.db;
    let user = UserId(db.new_id()?);
    let (hash, sealed) = prepared(user).await?;
    let mut tx = db.begin_write().await?;
    free(&mut tx, &scope, &partner, &person.email).await.map_err(|error| keeping(error, kept(name, email, role)))?;
    let new = NewPartnerUser {
        id: user,
        account_id: scope.session().account_id(),
        partner_id: id,
        email: person.email,
        name: person.name,
        role: person.role,
        password_hash: None,
    };
    match users::create_partner_user(&mut tx, &new).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(AppError::Changed),
        Err(error) => return Err(error.into()),
    }
    users::set_temporary_password(&mut tx, &partner, user, &hash, &sealed).await?;
    let detail = serde_json::json!({ "role": new.role.as_str() });
    about_user(&mut tx, &scope, &partner, AuditAction::TemporaryPasswordMade, ("user", user.0), detail)?;
    Ok(tx.commit().await?)
}

async fn active(tx: &mut Tx, partner: &PartnerScope, user: UserId) -> Result<PartnerUser, AppError> {
    let found = users::colleague(tx, partner, user).await?.ok_or(AppError::NotFound)?;
    if found.status == UserStatus::Active {
        Ok(found)
    } else {
        Err(AppError::Invalid(FieldErrors::one("user", "This user is disabled: let it log in again first.")))
    }
}

pub(super) async fn reset_to_temporary(id: PartnerId, user: UserId) -> Result<(), AppError> {
    let (scope, partner) = acting(id).await?;
    let (hash, sealed) = prepared(user).await?;
    let mut tx = state()?.db.begin_write().await?;
    active(&mut tx, &partner, user).await?;
    users::set_temporary_password(&mut tx, &partner, user, &hash, &sealed).await?;
    let nothing = serde_json::json!({});
    about_user(&mut tx, &scope, &partner, AuditAction::TemporaryPasswordMade, ("user", user.0), nothing)?;
    Ok(tx.commit().await?)
}

pub(super) async fn send_reset(id: PartnerId, user: UserId) -> Result<(), AppError> {
    let (scope, partner) = acting(id).await?;
    let state = state()?;
    let account = scope.session().account_id();
    limit_tries(&state.db, "staffreset", &user.to_string(), &client_address()?).await?;
    let mut tx = state.db.begin_write().await?;
    let found = active(&mut tx, &partner, user).await?;
    let shut = "This user cannot log in at the moment: the portal, the partner or its access is switched off.";
    let mail = users::find_for_mail(&mut tx, account, UserKind::Partner, &found.email.to_lowercase()).await?;
    let mail = mail.ok_or_else(|| AppError::Invalid(FieldErrors::one("user", shut)))?;
    let reason = format!("{} sent you a link to set a new password for its partner portal.", mail.account_name);
    send_reset_link(&mut tx, account, UserKind::Partner, &mail, reason, &state.settings.public_url).await?;
    about_user(&mut tx, &scope, &partner, AuditAction::ResetSent, ("user", user.0), serde_json::json!({}))?;
    Ok(tx.commit().await?)
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
