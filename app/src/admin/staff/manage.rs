//! What an owner does with the staff.

use chrono::TimeDelta;
use domain::{
    admin::{AdminPermission, AdminRole, NewAdmin},
    audit::AuditAction,
    ids::{InvitationId, UserId},
    partners::UserStatus,
    validation::FieldErrors,
};
use store::{admins, outbox};

use crate::{
    access::{client_address, require_admin, state},
    admin::deed::note,
    auth::{links::Link, login::limit_tries, token},
    error::AppError,
    mail::Letter,
};

/// How long an invitation lives.
pub const INVITATION_LIFE: TimeDelta = TimeDelta::days(7);

pub(super) async fn invite(name: &str, email: &str, role: &str) -> Result<(), AppError> {
    let scope = require_admin(AdminPermission::ManageAdmins).await?;
    let state = state()?;
    let session = scope.session();
    let keep =
        |errors: FieldErrors| AppError::Invalid(errors.keeping([("name", name), ("email", email), ("role", role)]));
    let invitation = NewAdmin::parse(name, email, role).map_err(keep)?;
    let bucket = format!("{}\n{}", session.account_id(), invitation.email.key());
    limit_tries(&state.db, "admininvite", &bucket, &client_address()?).await?;
    let (token, hash) = token::fresh()?;
    let mut tx = state.db.begin_write().await?;
    if admins::has_address(&mut tx, &scope, &invitation.email).await? {
        return Err(keep(FieldErrors::one("email", "One of the staff logs in with this address already.")));
    }
    let id = admins::invite(&mut tx, &scope, &invitation, &hash, state.db.now() + INVITATION_LIFE).await?;
    let detail = serde_json::json!({ "role": invitation.role.as_str() });
    note(&mut tx, &scope, AuditAction::AdminInvited, ("invitation", Some(id.0)), detail)?;
    let letter = invitation_letter(&invitation, session.account_name(), Some(session.user_name()), {
        Link::AdminInvite.href(&state.settings.public_url, &token)
    });
    outbox::enqueue(&mut tx, session.account_id(), &letter.to(invitation.email)).await?;
    Ok(tx.commit().await?)
}

/// The mail that invites somebody to the staff.
fn invitation_letter(invitation: &NewAdmin, account: &str, by: Option<&str>, link: String) -> Letter {
    let by = by.unwrap_or("The operator");
    Letter {
        subject: format!("Your invitation to the staff of {account}"),
        name: invitation.name.clone(),
        paragraphs: vec![format!(
            "{by} invited you to manage the partner portal of {account}, as: {}.",
            invitation.role.label()
        )],
        link: Some(("Set your password".to_owned(), link)),
        after: vec!["The link works once, for seven days. Afterwards ask for a new one.".to_owned()],
        sender: account.to_owned(),
    }
}

pub(super) async fn revoke(id: InvitationId) -> Result<(), AppError> {
    let scope = require_admin(AdminPermission::ManageAdmins).await?;
    let mut tx = state()?.db.begin_write().await?;
    admins::revoke(&mut tx, &scope, id).await?.ok_or(AppError::NotFound)?;
    note(&mut tx, &scope, AuditAction::AdminInvitationRevoked, ("invitation", Some(id.0)), serde_json::json!({}))?;
    Ok(tx.commit().await?)
}

pub(super) async fn change(id: UserId, role: AdminRole, active: bool) -> Result<(), AppError> {
    let scope = require_admin(AdminPermission::ManageAdmins).await?;
    let mut tx = state()?.db.begin_write().await?;
    let (admin, other_owners) = admins::lock(&mut tx, &scope, id).await?.ok_or(AppError::NotFound)?;
    let wrong = |message: &str| AppError::Invalid(FieldErrors::one("role", message));
    if other_owners == 0 && admin.role == AdminRole::Owner && (!active || role != AdminRole::Owner) {
        return Err(wrong("This is the last owner: make another admin an owner first."));
    }
    if id == scope.session().user_id() && (!active || role != admin.role) {
        return Err(wrong("You cannot change your own role or disable yourself: ask another owner."));
    }
    let status = if active { UserStatus::Active } else { UserStatus::Disabled };
    if role != admin.role {
        admins::set_role(&mut tx, &scope, id, role).await?;
        let detail = serde_json::json!({ "role": role.as_str(), "before": admin.role.as_str() });
        note(&mut tx, &scope, AuditAction::AdminRoleChanged, ("user", Some(id.0)), detail)?;
    }
    if status != admin.status {
        admins::set_status(&mut tx, &scope, id, status).await?;
        let action = if active { AuditAction::AdminEnabled } else { AuditAction::AdminDisabled };
        note(&mut tx, &scope, action, ("user", Some(id.0)), serde_json::json!({}))?;
    }
    Ok(tx.commit().await?)
}
