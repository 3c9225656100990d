//! What whoever manages a partner's users does.

use chrono::TimeDelta;
use domain::{
    access::{PartnerRole, Permission},
    audit::AuditAction,
    ids::{InvitationId, UserId},
    partners::UserStatus,
    users::NewInvitation,
    validation::FieldErrors,
};
use store::{
    Tx,
    access::PartnerScope,
    audit::{self, Event},
    invitations, outbox, users,
};
use uuid::Uuid;

use crate::{
    access::{client_address, require_partner, state},
    auth::{links::Link, login::limit_tries, token},
    error::AppError,
    mail::Letter,
};

/// How long an invitation lives.
const LIFE: TimeDelta = TimeDelta::days(7);

async fn record(
    tx: &mut Tx,
    scope: &PartnerScope,
    action: AuditAction,
    object: (&'static str, Uuid),
    detail: serde_json::Value,
) -> Result<(), AppError> {
    let event = Event::by_partner(scope.session(), &client_address()?, action, (object.0, Some(object.1)));
    audit::record(tx, &event.with_detail(detail));
    Ok(())
}

pub(super) async fn invite(name: &str, email: &str, role: &str) -> Result<(), AppError> {
    let scope = require_partner(Permission::ManageUsers).await?;
    let state = state()?;
    let session = scope.session();
    let keep =
        |errors: FieldErrors| AppError::Invalid(errors.keeping([("name", name), ("email", email), ("role", role)]));
    let invitation = NewInvitation::parse(name, email, role).map_err(keep)?;
    limit_tries(
        &state.db,
        "invite",
        &format!("{}\n{}", session.partner_id(), invitation.email.key()),
        &client_address()?,
    )
    .await?;
    let (token, hash) = token::fresh()?;
    let mut tx = state.db.begin_write().await?;
    let elsewhere = users::partner_of_address(&mut tx, session.account_id(), &invitation.email).await?;
    if elsewhere == Some(session.partner_id()) {
        return Err(keep(FieldErrors::one("email", "Somebody at your company logs in with this address already.")));
    }
    let id = invitations::invite(&mut tx, &scope, &invitation, &hash, state.db.now() + LIFE).await?;
    let detail = serde_json::json!({ "role": invitation.role.as_str() });
    record(&mut tx, &scope, AuditAction::UserInvited, ("invitation", id.0), detail).await?;
    let account = session.account_name();
    // Who has a login at another partner cannot have a second one with this address. The mail says so, to them alone.
    let (paragraph, link, after) = if elsewhere.is_some() {
        (
            format!(
                "{} invited you to the partner portal of {account} for {}. This address has a login there already, for \
                 another company, so that it cannot have one more. Ask to be invited with another address.",
                session.user_name(),
                session.partner_name()
            ),
            None,
            "You need to do nothing if you did not expect this.",
        )
    } else {
        (
            format!(
                "{} invited you to the partner portal of {account}, where {} sees its leads and invoices.",
                session.user_name(),
                session.partner_name()
            ),
            Some(("Set your password".to_owned(), Link::Invite.href(&state.settings.public_url, &token))),
            "The link works once, for seven days. Afterwards ask for a new one.",
        )
    };
    let letter = Letter {
        subject: format!("Your invitation to the partner portal of {account}"),
        name: invitation.name.clone(),
        paragraphs: vec![paragraph],
        link,
        after: vec![after.to_owned()],
        sender: account.to_owned(),
    };
    outbox::enqueue(&mut tx, session.account_id(), &letter.to(invitation.email)).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn revoke(id: InvitationId) -> Result<(), AppError> {
    let scope = require_partner(Permission::ManageUsers).await?;
    let mut tx = state()?.db.begin_write().await?;
    invitations::revoke(&mut tx, &scope, id).await?.ok_or(AppError::NotFound)?;
    record(&mut tx, &scope, AuditAction::InvitationRevoked, ("invitation", id.0), serde_json::json!({})).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn change(id: UserId, role: PartnerRole, active: bool) -> Result<(), AppError> {
    let scope = require_partner(Permission::ManageUsers).await?;
    let mut tx = state()?.db.begin_write().await?;
    let others = users::other_owners(&mut tx, &scope, id).await?;
    let user = users::colleague(&mut tx, &scope, id).await?.ok_or(AppError::NotFound)?;
    let wrong = |message: &str| AppError::Invalid(FieldErrors::one("role", message));
    if id == scope.session().user_id() && (!active || role != user.role) {
        return Err(wrong("You cannot change your own role or disable yourself: ask another owner."));
    }
    if others == 0 && (!active || role != PartnerRole::Owner) && user.role == PartnerRole::Owner {
        return Err(wrong("Somebody has to stay who can manage users: make another user an owner first."));
    }
    let status = if active { UserStatus::Active } else { UserStatus::Disabled };
    // One change, one event: of role and status only what changed is done.
    if role != user.role {
        users::set_role(&mut tx, &scope, id, role).await?;
        let detail = serde_json::json!({ "role": role.as_str(), "before": user.role.as_str() });
        record(&mut tx, &scope, AuditAction::UserRoleChanged, ("user", id.0), detail).await?;
    }
    if status != user.status {
        users::set_status(&mut tx, scope.session().account_id(), id, status).await?;
        let action = if active { AuditAction::UserEnabled } else { AuditAction::UserDisabled };
        record(&mut tx, &scope, action, ("user", id.0), serde_json::json!({})).await?;
    }
    Ok(tx.commit().await?)
}
