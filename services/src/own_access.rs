//! What a partner user changes of its own access. Each change asks for the current password first: [`start`],
//! [`Proof::check`], then the change itself, which only a good [`Proved`] opens.

use chrono::TimeDelta;
use domain::{audit::AuditAction, email::Email, users::CredentialsVersion};
use store::{
    Reader, Tx,
    access::PartnerSession,
    credentials as stored, sessions,
    tokens::{self, Purpose},
    users,
};

use crate::{
    Actor, ServiceError,
    credentials::{self, Change},
    links::Link,
    mail::{AddressChangeAsked, AddressTaken, ConfirmAddress, MailQueue},
    passwords::Verdict,
    throttle::{self, Counted},
    tokens as token,
};

/// How long a link to confirm an address lives.
const CONFIRM_LIFE: TimeDelta = TimeDelta::hours(24);

/// A partner user who changes its own access. No permission is needed for that.
pub type OwnActor = Actor<PartnerSession>;

/// A proof under way.
#[derive(Debug)]
pub struct Proof {
    hash: Option<String>,
    checked: CredentialsVersion,
    counted: Counted,
}

/// Whether the current password was right.
#[derive(Debug)]
pub struct Proved {
    right: bool,
    checked: CredentialsVersion,
    counted: Counted,
}

/// Counts the try: a stolen session must not be able to guess the password. The transaction must be committed even when this one
/// is refused.
///
/// # Errors
/// [`ServiceError::RateLimited`] after too many failures.
pub async fn start(actor: &OwnActor, tx: &mut Tx) -> Result<Proof, ServiceError> {
    let user = actor.scope().user_id().to_string();
    let counted = throttle::count(tx, "prove", &user, actor.address()).await?;
    let (hash, checked) = users::own_credentials(tx, actor.scope()).await?;
    Ok(Proof { hash, checked, counted })
}

impl Proof {
    /// Checks the current password. It takes a while and needs no database.
    ///
    /// # Errors
    /// When hashing fails; never because of the password.
    pub async fn check(self, actor: &OwnActor, current: String) -> Result<Proved, ServiceError> {
        let verdict = actor.portal().passwords.verify(current, self.hash).await;
        let verdict = verdict.map_err(|error| ServiceError::internal(&error))?;
        Ok(Proved { right: verdict != Verdict::Wrong, checked: self.checked, counted: self.counted })
    }
}

impl Proved {
    /// Lets the change go on, or records the failure. The transaction must be committed either way.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] when the password was wrong.
    async fn admit(&self, actor: &OwnActor, tx: &mut Tx, action: AuditAction) -> Result<(), ServiceError> {
        // What was checked may have been changed since, by whoever noticed that somebody else knows it.
        if self.right && stored::lock(tx, actor.scope().user_id()).await? == Some(self.checked) {
            return throttle::succeeded(tx, &self.counted).await;
        }
        actor.record_failure(tx, action, actor.scope().user_id(), serde_json::json!({}));
        Err(ServiceError::field("current", "This is not your current password."))
    }
}

/// The words a new password of this user must not hold.
#[must_use]
pub fn own_words(session: &PartnerSession) -> [&str; 4] {
    [session.user_name(), session.email(), session.partner_name(), session.account_name()]
}

/// Changes the user's password to one of this hash, and ends its other sessions. The transaction must be committed either way.
///
/// # Errors
/// [`ServiceError::Invalid`] when the current password was wrong.
pub async fn change_password(
    actor: &OwnActor,
    tx: &mut Tx,
    proved: &Proved,
    password_hash: &str,
    current_session: &[u8],
) -> Result<(), ServiceError> {
    proved.admit(actor, tx, AuditAction::PasswordChanged).await?;
    set_password(actor, tx, password_hash, current_session).await
}

async fn set_password(
    actor: &OwnActor,
    tx: &mut Tx,
    password_hash: &str,
    current_session: &[u8],
) -> Result<(), ServiceError> {
    let user = actor.scope().user_id();
    users::set_password(tx, user, password_hash).await?;
    actor.record(tx, AuditAction::PasswordChanged, user, serde_json::json!({}));
    credentials::changed(tx, user, Change::Password, Some(current_session)).await
}

/// The hash of the temporary password the user came in by, and which credentials it belongs to.
///
/// # Errors
/// [`ServiceError::NotFound`] when it is not a temporary one.
pub async fn temporary(
    actor: &OwnActor,
    read: &mut Reader,
) -> Result<(Option<String>, CredentialsVersion), ServiceError> {
    if !actor.scope().must_change_password() {
        return Err(ServiceError::NotFound);
    }
    Ok(users::own_credentials(read, actor.scope()).await?)
}

/// Sets the user's own password in place of the temporary one of this version.
///
/// # Errors
/// [`ServiceError::NotFound`] when it is not a temporary one, or another one was made since.
pub async fn replace_temporary(
    actor: &OwnActor,
    tx: &mut Tx,
    temporary: CredentialsVersion,
    password_hash: &str,
    current_session: &[u8],
) -> Result<(), ServiceError> {
    let user = actor.scope().user_id();
    if !actor.scope().must_change_password() || stored::lock(tx, user).await? != Some(temporary) {
        return Err(ServiceError::NotFound);
    }
    set_password(actor, tx, password_hash, current_session).await
}

/// Ends the user's sessions but the current one.
pub async fn end_other_sessions(actor: &OwnActor, tx: &mut Tx, current_session: &[u8]) -> Result<(), ServiceError> {
    let user = actor.scope().user_id();
    sessions::end_of_user(tx, user, Some(current_session)).await?;
    actor.record(tx, AuditAction::OtherSessionsEnded, user, serde_json::json!({}));
    Ok(())
}

/// Reads the address somebody wants to log in with from now on.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is none, or is the one they have.
pub fn read_new_email(session: &PartnerSession, new_email: &str) -> Result<Email, ServiceError> {
    let wrong = |message: &str| ServiceError::field("new_email", message).keeping([("new_email", new_email)]);
    let new = Email::parse_reachable(new_email).map_err(|error| wrong(error.advice()))?;
    if new.key() == session.email().to_lowercase() {
        return Err(wrong("This is your address already."));
    }
    Ok(new)
}

/// Asks for another address to log in with. The answer is the same whether somebody has that address or not; the change comes
/// when the mail to it is followed. The transaction must be committed either way.
///
/// # Errors
/// [`ServiceError::Invalid`] when the current password was wrong.
pub async fn change_email(actor: &OwnActor, tx: &mut Tx, proved: &Proved, new: Email) -> Result<(), ServiceError> {
    proved.admit(actor, tx, AuditAction::EmailChangeRequested).await?;
    let session = actor.scope();
    let (token, hash) = token::fresh()?;
    let expires_at = tx.now() + CONFIRM_LIFE;
    tokens::create(tx, session.account_id(), session.user_id(), Purpose::Email, Some(&new), &hash, expires_at).await?;
    actor.record(tx, AuditAction::EmailChangeRequested, session.user_id(), serde_json::json!({}));
    let name = session.user_name();
    let mails = MailQueue::of(tx, session.account_id()).await?;
    // Somebody may have the new address already. Then its mail says nothing of use, and the answer here is the same.
    if users::partner_of_address(tx, session.account_id(), &new).await?.is_some() {
        mails.send(tx, new.as_str(), &AddressTaken { name }).await?;
    } else {
        let link = actor.urls(tx).await?.link(Link::Email, &token);
        mails.send(tx, new.as_str(), &ConfirmAddress { name, old: session.email(), link: &link }).await?;
    }
    mails.send(tx, session.email(), &AddressChangeAsked { name, new: new.as_str() }).await
}
