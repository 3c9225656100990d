//! What somebody changes of its own access, a partner user or an admin. Each change asks for the current password first: [`start`],
//! [`Proof::check`], then the change itself, which only a good [`Proved`] opens.

use chrono::TimeDelta;
use domain::{
    audit::AuditAction,
    email::Email,
    hex,
    users::{CredentialsVersion, NewInvitation},
};
use store::{
    Reader, Tx, credentials as stored,
    identity_providers::Provider,
    sessions,
    tokens::{self, Purpose},
    users,
};

use crate::{
    Actor, ServiceError,
    actor::Scope,
    credentials::{self, Change},
    links::Link,
    login::Person,
    login_steps::{by_passkey, take_code},
    mail::{AddressChangeAsked, AddressTaken, ConfirmAddress, MailQueue, Notice},
    passkeys::Given,
    passwords::{Asker, Verdict},
    throttle::{self, Counted},
    tokens as token,
};

/// How long a link to confirm an address lives.
const CONFIRM_LIFE: TimeDelta = TimeDelta::hours(24);

/// Somebody who changes its own access. No permission is needed for that.
pub type OwnActor = Actor<Person>;

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
    let (hash, checked) = users::own_credentials(tx, actor.scope().own()).await?;
    Ok(Proof { hash, checked, counted })
}

impl Proof {
    /// Checks the current password. It takes a while and needs no database.
    ///
    /// # Errors
    /// When hashing fails; never because of the password.
    pub async fn check(self, actor: &OwnActor, current: String) -> Result<Proved, ServiceError> {
        let verdict = actor.portal().passwords.verify(current, self.hash, Asker::Known).await?;
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

/// Notes in the session of this hash that its user has proved anew who it is, by the password and, where there is one, the second
/// factor. The transaction must be committed either way.
///
/// # Errors
/// [`ServiceError::Invalid`] when one of the two was wrong.
pub async fn confirm(
    actor: &OwnActor,
    tx: &mut Tx,
    proved: &Proved,
    code: &str,
    session: &[u8],
) -> Result<(), ServiceError> {
    let own = actor.scope().own();
    let user = own.user_id();
    if !proved.right || stored::lock(tx, user).await? != Some(proved.checked) {
        actor.record_failure(tx, AuditAction::LoginConfirmed, user, serde_json::json!({}));
        return Err(ServiceError::field("current", "This is not your password."));
    }
    if own.two_factor().on {
        take_code(tx, actor.portal(), actor.scope(), code, actor.address()).await?;
    }
    throttle::succeeded(tx, &proved.counted).await?;
    sessions::prove(tx, own, session).await?;
    actor.record(tx, AuditAction::LoginConfirmed, user, serde_json::json!({}));
    Ok(())
}

/// The same by a passkey of the user, in place of the password and the code.
///
/// # Errors
/// [`ServiceError::Invalid`] when the answer is not taken, or is another user's.
pub async fn confirm_by_passkey(
    actor: &OwnActor,
    tx: &mut Tx,
    (counted, given): (&Counted, Given<'_>),
    session: &[u8],
) -> Result<(), ServiceError> {
    let (person, user) = (actor.scope(), actor.scope().user_id());
    let answered = by_passkey(tx, actor.portal(), person.kind(), given, actor.address()).await?;
    if answered.is_none_or(|(found, _)| found.user_id() != user) {
        actor.record_failure(tx, AuditAction::LoginConfirmed, user, serde_json::json!({}));
        return Err(ServiceError::field("answer", "This passkey was not taken. Try again, or use your password."));
    }
    throttle::succeeded(tx, counted).await?;
    sessions::prove(tx, person.own(), session).await?;
    actor.record(tx, AuditAction::LoginConfirmed, user, serde_json::json!({ "passkey": true }));
    Ok(())
}

/// The same by a provider, which has said that it asked the user anew.
pub async fn confirmed_by_provider(
    actor: &OwnActor,
    tx: &mut Tx,
    provider: &Provider,
    session: &[u8],
) -> Result<(), ServiceError> {
    sessions::prove(tx, actor.scope().own(), session).await?;
    let detail = serde_json::json!({ "provider": provider.name });
    actor.record(tx, AuditAction::LoginConfirmed, actor.scope().user_id(), detail);
    Ok(())
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
    credentials::changed(tx, user, Change::Own(Notice::Password, actor.place()), Some(current_session)).await
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
    Ok(users::own_credentials(read, actor.scope().own()).await?)
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

/// Ends the user's sessions but the current one, and whatever else rests on its credentials as they were.
pub async fn end_other_sessions(actor: &OwnActor, tx: &mut Tx, current_session: &[u8]) -> Result<(), ServiceError> {
    let user = actor.scope().user_id();
    // Browsers that are remembered are forgotten with the sessions.
    stored::renew(tx, user, Some(current_session)).await?;
    actor.record(tx, AuditAction::OtherSessionsEnded, user, serde_json::json!({}));
    Ok(())
}

/// Ends one of the user's sessions, by the key that its list has.
///
/// # Errors
/// [`ServiceError::NotFound`] when it has none of that key.
pub async fn end_session(actor: &OwnActor, tx: &mut Tx, key: &str) -> Result<(), ServiceError> {
    let hash = read_session_key(key).ok_or(ServiceError::NotFound)?;
    if !sessions::end_own(tx, actor.scope().own(), &hash).await? {
        return Err(ServiceError::NotFound);
    }
    actor.record(tx, AuditAction::SessionEnded, actor.scope().user_id(), serde_json::json!({}));
    Ok(())
}

/// The key of a session by which its owner ends it: the hash of its id, which opens nothing.
#[must_use]
pub fn session_key(id_hash: &[u8]) -> String {
    hex::write(id_hash)
}

fn read_session_key(key: &str) -> Option<Vec<u8>> {
    hex::read(key).filter(|hash| hash.len() == 32)
}

/// Changes the user's own name.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is empty or too long.
pub async fn change_name(actor: &OwnActor, tx: &mut Tx, name: &str) -> Result<(), ServiceError> {
    let wrong = |message: String| ServiceError::field("name", message).keeping([("name", name)]);
    let new = domain::text::name(name).into_owned();
    if new.is_empty() || new.contains('\0') {
        return Err(wrong("Enter your name.".to_owned()));
    }
    if new.chars().count() > NewInvitation::MAX_NAME {
        return Err(wrong(format!("Use at most {} characters.", NewInvitation::MAX_NAME)));
    }
    if new == actor.scope().user_name() {
        return Ok(());
    }
    users::set_own_name(tx, actor.scope().own(), &new).await?;
    actor.record(tx, AuditAction::OwnNameChanged, actor.scope().user_id(), serde_json::json!({}));
    Ok(())
}

/// Reads the address somebody wants to log in with from now on.
///
/// # Errors
/// [`ServiceError::Invalid`] when it is none, or is the one they have.
pub fn read_new_email(person: &Person, new_email: &str) -> Result<Email, ServiceError> {
    let wrong = |message: &str| ServiceError::field("new_email", message).keeping([("new_email", new_email)]);
    let new = Email::parse_reachable(new_email).map_err(|error| wrong(error.advice()))?;
    if new.key() == person.email().to_lowercase() {
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
    let person = actor.scope();
    let (account, kind) = (person.account_id(), person.kind());
    let (token, hash) = token::fresh()?;
    let expires_at = tx.now() + CONFIRM_LIFE;
    tokens::create(tx, account, person.user_id(), Purpose::Email, Some(&new), &hash, expires_at).await?;
    actor.record(tx, AuditAction::EmailChangeRequested, person.user_id(), serde_json::json!({}));
    let name = person.user_name();
    let mails = MailQueue::of(tx, account).await?;
    // Somebody may have the new address already. Then its mail says nothing of use, and the answer here is the same.
    if users::has_address(tx, account, kind, &new).await? {
        mails.send(tx, new.as_str(), &AddressTaken { name }).await?;
    } else {
        let link = actor.urls(tx).await?.link(Link::email(kind), &token);
        mails.send(tx, new.as_str(), &ConfirmAddress { name, old: person.email(), link: &link }).await?;
    }
    mails.send(tx, person.email(), &AddressChangeAsked { name, new: new.as_str() }).await
}
