//! Account recovery: a forgotten password, a first one, a new address. Nothing here tells anybody whether an address is
//! known.

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
    Reader, Tx,
    accounts::Account,
    invitations,
    tokens::{self, Purpose, TokenUser},
    users::{self, MailUser, NewPartnerUser},
};

use crate::{
    Portal, ServiceError,
    credentials::{self, Change},
    devices::login_name,
    links::{AccountUrl, Link},
    mail::{self, Notice, PasswordReset, ResetReason},
    notices::Place,
    record_own, record_visitor, tokens as token,
};

/// How long a link to reset a password lives.
const RESET_LIFE: TimeDelta = TimeDelta::hours(1);

/// Reads the address of somebody who forgot their password.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is none.
pub fn read_email(email: &str) -> Result<Email, ServiceError> {
    Email::parse(email).map_err(|error| ServiceError::field("email", error.advice()).keeping([("email", email)]))
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
        let urls = AccountUrl::of(tx, public_url, account).await?;
        send_reset_link(tx, account, kind, &user, ResetReason::AskedFor, &urls).await?;
    }
    Ok(true)
}

/// Sends a user a link to set a new password; the links sent before end.
pub(crate) async fn send_reset_link(
    tx: &mut Tx,
    account: AccountId,
    kind: UserKind,
    user: &MailUser,
    reason: ResetReason,
    urls: &AccountUrl,
) -> Result<(), ServiceError> {
    let (token, hash) = token::fresh()?;
    let expires_at = tx.now() + RESET_LIFE;
    tokens::create(tx, account, user.user_id(), Purpose::Reset, None, &hash, expires_at).await?;
    let link = urls.link(Link::reset(kind), &token);
    mail::send(tx, account, &user.email, &PasswordReset { name: &user.name, reason, link: &link }).await
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
    if passwords::normalised(password) != passwords::normalised(repeat) {
        errors.add("repeat", passwords::DIFFERENT);
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
    if portal.breached.as_ref().is_some_and(|breached| breached.has(&password)) {
        let message = "This password was stolen elsewhere and stands on lists that are tried: choose another one.";
        return Err(ServiceError::field("password", message));
    }
    Ok(portal.passwords.hash(Arc::new(OsEntropy), password).await?)
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

fn record_by_link(tx: &mut Tx, user: &TokenUser, action: AuditAction, address: &str) {
    let whose = (user.account_id(), user.partner_id());
    record_own(tx, whose, (user.user_id(), &user.name), action, address, serde_json::json!({}));
}

/// Who has set a new password by a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The name under which its tries to log in are counted.
    pub login_name: String,
    /// The short name of its account.
    pub account_slug: String,
}

/// Replaces a forgotten password: whoever knew the old one is out. Answers whose it is.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when the link is not valid any more.
pub async fn reset_password(
    tx: &mut Tx,
    kind: UserKind,
    token_hash: &[u8],
    password_hash: &str,
    place: Place<'_>,
) -> Result<Recovered, ServiceError> {
    let user = tokens::take(tx, kind, Purpose::Reset, token_hash).await?.ok_or(ServiceError::LinkExpired)?;
    users::set_password(tx, user.user_id(), password_hash).await?;
    record_by_link(tx, &user, AuditAction::PasswordReset, place.address);
    credentials::changed(tx, user.user_id(), Change::Own(Notice::Password, place), None).await?;
    let login_name = login_name(Some(user.account_id()), &user.email);
    Ok(Recovered { login_name, account_slug: user.account_slug })
}

/// Confirms a new address: from now on its user logs in with it. All sessions end: whose browser followed the link is not known.
/// Answers the short name of the account.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when the link is not valid, or somebody else has the address by now: to say so would tell who
/// has access.
pub async fn confirm_email(
    tx: &mut Tx,
    kind: UserKind,
    token_hash: &[u8],
    place: Place<'_>,
) -> Result<String, ServiceError> {
    let user = tokens::take(tx, kind, Purpose::Email, token_hash).await?;
    let user = user.ok_or(ServiceError::LinkExpired)?;
    let new = Email::parse(&user.new_email).map_err(|_| ServiceError::LinkExpired)?;
    users::set_email(tx, user.user_id(), &new).await.map_err(ServiceError::expired_if_taken)?;
    record_by_link(tx, &user, AuditAction::EmailChanged, place.address);
    credentials::changed(tx, user.user_id(), Change::Address { before: &user.email, place }, None).await?;
    Ok(user.account_slug)
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
        name: invitation.name,
        role: invitation.role,
        password_hash: Some(password_hash),
    };
    users::create_partner_user(tx, &user).await.map_err(ServiceError::expired_if_taken)?;
    let (whose, detail) = ((user.account_id, Some(user.partner_id)), serde_json::json!({ "role": user.role.as_str() }));
    record_own(tx, whose, (user.id, &user.name), AuditAction::InvitationAccepted, address, detail);
    Ok(user.id)
}
