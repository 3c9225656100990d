//! The ways back in: a forgotten password, a first one, a new address. Nothing here tells anybody whether an address is known.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{
    audit::{AuditAction, AuditResult},
    clock::OsEntropy,
    email::Email,
    ids::{AccountId, UserId},
    partners::UserKind,
    passwords,
    users::LinkView,
    validation::FieldErrors,
};
use store::{
    Reader, StoreError, Tx,
    accounts::Account,
    audit::{self, Event, Who},
    invitations, outbox, sessions,
    tokens::{self, Purpose, TokenUser},
    users::{self, MailUser, NewPartnerUser},
};

use crate::{Portal, ServiceError, letter::Letter, links::Link, record_visitor, tokens as token};

/// How long a link to reset a password lives.
const RESET_LIFE: TimeDelta = TimeDelta::hours(1);

/// Reads the address of somebody who forgot their password.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is none.
pub fn read_email(email: &str) -> Result<Email, ServiceError> {
    Email::parse(email).map_err(|_| {
        ServiceError::field("email", "Enter an address such as name@example.com.").keeping([("email", email)])
    })
}

/// Notes that somebody forgot a password. The same for every address, known or not: who it is is looked up later, by
/// [`answer_reset_request`].
pub async fn request_reset(
    tx: &mut Tx,
    account: &Account,
    kind: UserKind,
    email: &Email,
    address: &str,
) -> Result<(), ServiceError> {
    Ok(tokens::request_reset(tx, account.id, kind, email, address).await?)
}

/// Answers one request that waits: to somebody who exists a mail with a link. Says whether there was one.
pub async fn answer_reset_request(tx: &mut Tx, public_url: &str) -> Result<bool, ServiceError> {
    let Some(request) = tokens::take_reset_request(tx).await? else { return Ok(false) };
    let account = request.account_id();
    let kind = request.kind()?;
    if let Some(user) = users::find_for_mail(tx, account, kind, &request.email_key).await? {
        let action = AuditAction::PasswordResetRequested;
        let from = (request.address.as_str(), AuditResult::Success);
        record_visitor(tx, (account, user.partner_id()), action, Some(user.user_id()), from);
        let reason = format!(
            "somebody asked to reset the password with which you log in to the partner portal of {}.",
            user.account_name
        );
        send_reset_link(tx, account, kind, &user, reason, public_url).await?;
    }
    Ok(true)
}

/// Sends a user a link to set a new password; the links sent before end.
pub(crate) async fn send_reset_link(
    tx: &mut Tx,
    account: AccountId,
    kind: UserKind,
    user: &MailUser,
    reason: String,
    public_url: &str,
) -> Result<(), ServiceError> {
    let (token, hash) = token::fresh()?;
    let expires_at = tx.now() + RESET_LIFE;
    tokens::create(tx, account, user.user_id(), Purpose::Reset, None, &hash, expires_at).await?;
    let letter = Letter {
        subject: format!("Reset your password for {}", user.account_name),
        name: user.name.clone(),
        paragraphs: vec![reason],
        link: Some(("Set a new password".into(), Link::reset(kind).href(public_url, &token))),
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

/// Checks a new password, typed twice. It must not hold the person's own words.
///
/// # Errors
/// [`ServiceError::Invalid`] with what is wrong.
pub fn check_password(password: &str, repeat: &str, own_words: &[&str]) -> Result<(), ServiceError> {
    let mut errors = FieldErrors::default();
    if let Err(weak) = passwords::check(password, own_words) {
        errors.add("password", weak.to_string());
    }
    if password != repeat {
        errors.add("repeat", "This is not the same password.");
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}

/// Checks a new password typed twice, and hashes it. It takes a while and needs no database.
///
/// # Errors
/// [`ServiceError::Invalid`] with what is wrong.
pub async fn new_password(
    portal: &Portal,
    password: String,
    repeat: &str,
    own_words: &[&str],
) -> Result<String, ServiceError> {
    check_password(&password, repeat, own_words)?;
    portal.passwords.hash(Arc::new(OsEntropy), password).await.map_err(|error| ServiceError::internal(&error))
}

/// Whom a mailed link is for, by the hash of its token.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when it is not valid.
pub async fn link(
    read: &mut Reader,
    kind: UserKind,
    purpose: Purpose,
    token_hash: &[u8],
) -> Result<LinkView, ServiceError> {
    let user = tokens::find(read, kind, purpose, token_hash).await?.ok_or(ServiceError::LinkExpired)?;
    Ok(LinkView {
        name: user.name,
        email: if user.new_email.is_empty() { user.email } else { user.new_email },
        partner_name: user.partner_name,
        account_name: user.account_name,
    })
}

/// Whom an invitation is for, by the hash of its token.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when it is not valid.
pub async fn invitation(read: &mut Reader, token_hash: &[u8]) -> Result<LinkView, ServiceError> {
    let found = invitations::find(read, token_hash).await?.ok_or(ServiceError::LinkExpired)?;
    Ok(LinkView {
        name: found.name,
        email: found.email.as_str().to_owned(),
        partner_name: found.partner_name,
        account_name: found.account_name,
    })
}

fn record_own(tx: &mut Tx, user: &TokenUser, action: AuditAction, address: &str) {
    let (id, name) = (user.user_id(), user.name.clone());
    let partner_id = user.partner_id();
    let event = Event {
        account_id: user.account_id(),
        partner_id,
        who: if partner_id.is_some() { Who::PartnerUser { id, name } } else { Who::Admin { id, name } },
        action,
        object: ("user", Some(id.0)),
        result: AuditResult::Success,
        address: address.to_owned(),
        detail: serde_json::json!({}),
        occurred_at: None,
    };
    audit::record(tx, &event);
}

/// Replaces a forgotten password and ends all sessions of its user: whoever knew the old one is out.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when the link is not valid any more.
pub async fn reset_password(
    tx: &mut Tx,
    kind: UserKind,
    token_hash: &[u8],
    password_hash: &str,
    address: &str,
) -> Result<(), ServiceError> {
    let user = tokens::take(tx, kind, Purpose::Reset, token_hash).await?.ok_or(ServiceError::LinkExpired)?;
    users::set_password(tx, user.user_id(), password_hash).await?;
    tokens::end_all(tx, user.user_id(), Purpose::Email).await?;
    sessions::end_of_user(tx, user.user_id(), None).await?;
    record_own(tx, &user, AuditAction::PasswordReset, address);
    let letter = password_changed(&user.name, &user.account_name);
    if let Ok(to) = Email::parse(&user.email) {
        outbox::enqueue(tx, user.account_id(), &letter.to(to)).await?;
    }
    Ok(())
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
///
/// # Errors
/// [`ServiceError::LinkExpired`] when the link is not valid, or somebody else has the address by now: to say so would tell who
/// has access.
pub async fn confirm_email(tx: &mut Tx, token_hash: &[u8], address: &str) -> Result<(), ServiceError> {
    let user = tokens::take(tx, UserKind::Partner, Purpose::Email, token_hash).await?;
    let user = user.ok_or(ServiceError::LinkExpired)?;
    let new = Email::parse(&user.new_email).map_err(|_| ServiceError::LinkExpired)?;
    match users::set_email(tx, user.user_id(), &new).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(ServiceError::LinkExpired),
        Err(error) => return Err(error.into()),
    }
    tokens::end_all(tx, user.user_id(), Purpose::Reset).await?;
    record_own(tx, &user, AuditAction::EmailChanged, address);
    let letter = Letter {
        subject: format!("Your login address for {} was changed", user.account_name),
        name: user.name.clone(),
        paragraphs: vec![format!("from now on you log in to the partner portal with {}.", new.as_str())],
        link: None,
        after: vec!["If it was not you, tell us at once.".into()],
        sender: user.account_name.clone(),
    };
    for to in [Email::parse(&user.email).ok(), Some(new)].into_iter().flatten() {
        outbox::enqueue(tx, user.account_id(), &letter.to(to)).await?;
    }
    Ok(())
}

/// Makes an invited person a partner user with this password's hash.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when the invitation is not valid any more.
pub async fn accept_invitation(
    tx: &mut Tx,
    token_hash: &[u8],
    password_hash: String,
    address: &str,
) -> Result<UserId, ServiceError> {
    let invitation = invitations::take(tx, token_hash).await?.ok_or(ServiceError::LinkExpired)?;
    let user = NewPartnerUser {
        id: UserId(tx.new_id()?),
        account_id: invitation.account_id,
        partner_id: invitation.partner_id,
        email: invitation.email,
        name: invitation.name.clone(),
        role: invitation.role,
        password_hash: Some(password_hash),
    };
    match users::create_partner_user(tx, &user).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(ServiceError::LinkExpired),
        Err(error) => return Err(error.into()),
    }
    let event = Event {
        account_id: user.account_id,
        partner_id: Some(user.partner_id),
        who: Who::PartnerUser { id: user.id, name: invitation.name },
        action: AuditAction::InvitationAccepted,
        object: ("user", Some(user.id.0)),
        result: AuditResult::Success,
        address: address.to_owned(),
        detail: serde_json::json!({ "role": user.role.as_str() }),
        occurred_at: None,
    };
    audit::record(tx, &event);
    Ok(user.id)
}
