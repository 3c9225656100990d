//! What the ways back in do: a forgotten password, a first one, a new address. Nothing here tells anybody whether an
//! address is known.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{
    audit::{AuditAction, AuditResult},
    clock::OsEntropy,
    email::Email,
    ids::{AccountId, UserId},
    partners::UserKind,
    passwords,
    validation::FieldErrors,
};
use store::{
    Db, StoreError, Tx,
    audit::{self, Actor, Event},
    invitations, outbox, sessions,
    tokens::{self, Purpose, TokenUser},
    users::{self, MailUser, NewPartnerUser},
};

use super::{
    links::Link,
    login::{self, limit_tries},
    password::Verdict,
    recovery_api::LinkView,
    token,
};
use crate::{
    access::{AppState, client_address, current_session, current_user, state},
    error::AppError,
    mail::Letter,
};

/// How long a link to reset a password lives.
const RESET_LIFE: TimeDelta = TimeDelta::hours(1);

/// Notes that somebody forgot a password. The same for every address, known or not: who it is is looked up later, by
/// [`answer_reset_requests`].
pub(crate) async fn forgot_password(kind: UserKind, email: &str, account: &str) -> Result<(), AppError> {
    let state = state()?;
    let address = client_address()?;
    let parsed = Email::parse(email).map_err(|_| {
        FieldErrors::one("email", "Enter an address such as name@example.com.").keeping([("email", email)])
    });
    let email = parsed.map_err(AppError::Invalid)?;
    let account = login::account_meant(&state, account).await?;
    let tenant = account.as_ref().map(|account| account.id.to_string()).unwrap_or_default();
    let door = if kind == UserKind::Admin { "adminforgot" } else { "forgot" };
    limit_tries(&state.db, door, &format!("{tenant}\n{}", email.key()), &address).await?;
    if let Some(account) = account {
        let mut tx = state.db.begin_write().await?;
        tokens::request_reset(&mut tx, account.id, kind, &email, &address).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Answers the requests that wait: to everybody who exists a mail with a link. Says how many it looked at.
///
/// # Errors
/// When the database does not answer; the request waits on then.
pub async fn answer_reset_requests(db: &Db, public_url: &str) -> Result<usize, AppError> {
    let mut answered = 0;
    loop {
        let mut tx = db.begin_write().await?;
        let Some(request) = tokens::take_reset_request(&mut tx).await? else { return Ok(answered) };
        let account = request.account_id();
        let kind = request.kind()?;
        if let Some(user) = users::find_for_mail(&mut tx, account, kind, &request.email_key).await? {
            let event = Event {
                account_id: account,
                partner_id: user.partner_id(),
                actor: Actor::Visitor,
                action: AuditAction::PasswordResetRequested,
                object: ("user", Some(user.user_id().0)),
                result: AuditResult::Success,
                address: request.address.clone(),
                detail: serde_json::json!({}),
                occurred_at: None,
            };
            audit::record(&mut tx, &event);
            let reason = format!(
                "somebody asked to reset the password with which you log in to the partner portal of {}.",
                user.account_name
            );
            send_reset_link(&mut tx, account, kind, &user, reason, public_url).await?;
        }
        tx.commit().await?;
        answered += 1;
    }
}

/// Sends a user a link to set a new password; the links sent before end.
pub(crate) async fn send_reset_link(
    tx: &mut Tx,
    account: AccountId,
    kind: UserKind,
    user: &MailUser,
    reason: String,
    public_url: &str,
) -> Result<(), AppError> {
    let (token, hash) = token::fresh()?;
    let expires_at = tx.db().now() + RESET_LIFE;
    tokens::create(tx, account, user.user_id(), Purpose::Reset, None, &hash, expires_at).await?;
    let letter = Letter {
        subject: format!("Reset your password for {}", user.account_name),
        name: user.name.clone(),
        paragraphs: vec![reason],
        link: Some(("Set a new password".into(), reset_door(kind).href(public_url, &token))),
        after: vec![
            "The link works once, for an hour.".into(),
            "If you did not expect this, ignore this mail: your password stays as it is.".into(),
        ],
        sender: user.account_name.clone(),
    };
    if let Ok(to) = Email::parse(&user.email) {
        outbox::enqueue(tx, account, &letter.to(to)).await?;
    }
    Ok(())
}

fn reset_door(kind: UserKind) -> Link {
    match kind {
        UserKind::Partner => Link::Reset,
        UserKind::Admin => Link::AdminReset,
    }
}

/// Judges a new password typed twice.
pub(crate) fn judged(password: &str, repeat: &str, own_words: &[&str]) -> Result<(), AppError> {
    let mut errors = FieldErrors::default();
    if let Err(weak) = passwords::check(password, own_words) {
        errors.add("password", weak.to_string());
    }
    if password != repeat {
        errors.add("repeat", "This is not the same password.");
    }
    if errors.is_empty() { Ok(()) } else { Err(AppError::Invalid(errors)) }
}

pub(crate) async fn hashed(state: &AppState, password: String) -> Result<String, AppError> {
    state.passwords.hash(Arc::new(OsEntropy), password).await.map_err(|error| AppError::internal(&error))
}

/// Whom the link the visitor came by is for.
pub(crate) async fn token_link(link: Link, kind: UserKind, purpose: Purpose) -> Result<LinkView, AppError> {
    let user = tokens::find(&state()?.db, kind, purpose, &link.token_hash()?).await?.ok_or(AppError::LinkEnded)?;
    Ok(LinkView {
        name: user.name,
        email: if user.new_email.is_empty() { user.email } else { user.new_email },
        partner_name: user.partner_name,
        account_name: user.account_name,
    })
}

/// Whom the invitation the visitor came by is for.
pub(super) async fn invitation_link() -> Result<LinkView, AppError> {
    let found = invitations::find(&state()?.db, &Link::Invite.token_hash()?).await?.ok_or(AppError::LinkEnded)?;
    Ok(LinkView {
        name: found.name,
        email: found.email.as_str().to_owned(),
        partner_name: found.partner_name,
        account_name: found.account_name,
    })
}

fn event_of(user: &TokenUser, action: AuditAction, address: &str) -> Event {
    let (id, name) = (user.user_id(), user.name.clone());
    let partner_id = user.partner_id();
    Event {
        account_id: user.account_id(),
        partner_id,
        actor: if partner_id.is_some() { Actor::PartnerUser { id, name } } else { Actor::Admin { id, name } },
        action,
        object: ("user", Some(user.user_id().0)),
        result: AuditResult::Success,
        address: address.to_owned(),
        detail: serde_json::json!({}),
        occurred_at: None,
    }
}

/// Replaces a forgotten password and ends all sessions of its user: whoever knew the old one is out.
pub(crate) async fn reset_password(kind: UserKind, password: String, repeat: &str) -> Result<(), AppError> {
    let state = state()?;
    let address = client_address()?;
    let hash = reset_door(kind).token_hash()?;
    let user = tokens::find(&state.db, kind, Purpose::Reset, &hash).await?.ok_or(AppError::LinkEnded)?;
    judged(&password, repeat, &[&user.name, &user.email, &user.partner_name, &user.account_name])?;
    let new = hashed(&state, password).await?;
    let mut tx = state.db.begin_write().await?;
    let user = tokens::take(&mut tx, kind, Purpose::Reset, &hash).await?.ok_or(AppError::LinkEnded)?;
    users::set_password(&mut tx, user.user_id(), &new).await?;
    tokens::end_all(&mut tx, user.user_id(), Purpose::Email).await?;
    sessions::end_of_user(&mut tx, user.user_id(), None).await?;
    audit::record(&mut tx, &event_of(&user, AuditAction::PasswordReset, &address));
    let letter = password_changed(&user.name, &user.account_name);
    if let Ok(to) = Email::parse(&user.email) {
        outbox::enqueue(&mut tx, user.account_id(), &letter.to(to)).await?;
    }
    tx.commit().await?;
    reset_door(kind).forget()
}

/// The mail that follows every change of a password.
pub(crate) fn password_changed(name: &str, account_name: &str) -> Letter {
    Letter {
        subject: format!("Your password for {account_name} was changed"),
        name: name.to_owned(),
        paragraphs: vec!["the password with which you log in to the partner portal was changed just now.".into()],
        link: None,
        after: vec!["If it was not you, use “Forgot your password?” on the login page at once, and tell us.".into()],
        sender: account_name.to_owned(),
    }
}

/// Confirms a new address: from now on its user logs in with it.
pub(super) async fn confirm_email() -> Result<(), AppError> {
    let state = state()?;
    let address = client_address()?;
    let hash = Link::Email.token_hash()?;
    let mut tx = state.db.begin_write().await?;
    let user = tokens::take(&mut tx, UserKind::Partner, Purpose::Email, &hash).await?.ok_or(AppError::LinkEnded)?;
    let new = Email::parse(&user.new_email).map_err(|_| AppError::LinkEnded)?;
    match users::set_email(&mut tx, user.user_id(), &new).await {
        Ok(()) => {}
        // Somebody else has the address by now. To say so would tell who has access.
        Err(StoreError::Conflict) => return Err(AppError::LinkEnded),
        Err(error) => return Err(error.into()),
    }
    tokens::end_all(&mut tx, user.user_id(), Purpose::Reset).await?;
    audit::record(&mut tx, &event_of(&user, AuditAction::EmailChanged, &address));
    let letter = Letter {
        subject: format!("Your login address for {} was changed", user.account_name),
        name: user.name.clone(),
        paragraphs: vec![format!("from now on you log in to the partner portal with {}.", new.as_str())],
        link: None,
        after: vec!["If it was not you, tell us at once.".into()],
        sender: user.account_name.clone(),
    };
    for to in [Email::parse(&user.email).ok(), Some(new)].into_iter().flatten() {
        outbox::enqueue(&mut tx, user.account_id(), &letter.to(to)).await?;
    }
    tx.commit().await?;
    Link::Email.forget()
}

/// Makes an invited person a user and logs them in.
pub(super) async fn accept_invitation(password: String, repeat: &str) -> Result<(), AppError> {
    let state = state()?;
    let address = client_address()?;
    let hash = Link::Invite.token_hash()?;
    let found = invitations::find(&state.db, &hash).await?.ok_or(AppError::LinkEnded)?;
    judged(&password, repeat, &[&found.name, found.email.as_str(), &found.partner_name, &found.account_name])?;
    let new = hashed(&state, password).await?;
    let mut tx = state.db.begin_write().await?;
    let invitation = invitations::take(&mut tx, &hash).await?.ok_or(AppError::LinkEnded)?;
    let user = NewPartnerUser {
        id: UserId(state.db.new_id()?),
        account_id: invitation.account_id,
        partner_id: invitation.partner_id,
        email: invitation.email,
        name: invitation.name.clone(),
        role: invitation.role,
        password_hash: Some(new),
    };
    match users::create_partner_user(&mut tx, &user).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(AppError::LinkEnded),
        Err(error) => return Err(error.into()),
    }
    let event = Event {
        account_id: user.account_id,
        partner_id: Some(user.partner_id),
        actor: Actor::PartnerUser { id: user.id, name: invitation.name },
        action: AuditAction::InvitationAccepted,
        object: ("user", Some(user.id.0)),
        result: AuditResult::Success,
        address: address.clone(),
        detail: serde_json::json!({ "role": user.role.as_str() }),
        occurred_at: None,
    };
    audit::record(&mut tx, &event);
    tx.commit().await?;
    Link::Invite.forget()?;
    login::begin_for(&state, UserKind::Partner, user.id, &address).await
}

/// Sets the reader's own password in the place of a temporary one.
pub(super) async fn set_own_password(password: String, repeat: &str) -> Result<(), AppError> {
    let (state, session) = (state()?, current_user()?);
    if !session.must_change_password() {
        return Err(AppError::NotFound);
    }
    let own_words = [session.user_name(), session.email(), session.partner_name(), session.account_name()];
    judged(&password, repeat, &own_words)?;
    let current = users::own_password_hash(&state.db, &session).await?;
    let verdict =
        state.passwords.verify(password.clone(), current).await.map_err(|error| AppError::internal(&error))?;
    if verdict != Verdict::Wrong {
        let same = "This is the temporary password: choose one that nobody else knows.";
        return Err(AppError::Invalid(FieldErrors::one("password", same)));
    }
    let new = hashed(&state, password).await?;
    let mut tx = state.db.begin_write().await?;
    users::set_password(&mut tx, session.user_id(), &new).await?;
    sessions::end_of_user(&mut tx, session.user_id(), Some(&current_session()?)).await?;
    tokens::end_all(&mut tx, session.user_id(), Purpose::Reset).await?;
    let object = ("user", Some(session.user_id().0));
    audit::record(&mut tx, &Event::by_partner(&session, &client_address()?, AuditAction::PasswordChanged, object));
    Ok(tx.commit().await?)
}
