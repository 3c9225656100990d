//! Telling users what was done in their name: when, from where, and a link by which whoever holds the mailbox ends all sessions.

use chrono::TimeDelta;
use domain::{audit::AuditAction, ids::UserId, partners::UserKind, users::LinkView};
use store::{
    Reader, Tx,
    credentials::{self, Holder},
    session_end_links,
};

use crate::{
    Actor, Scope, ServiceError,
    links::{AccountUrl, Link},
    mail::{self, Notice, SecurityNotice},
    record_own, tokens,
};

/// How long a link to end all sessions works.
const LINK_LIFE: TimeDelta = TimeDelta::days(7);

/// Where something was done from.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The network address.
    pub address: &'a str,
    /// Where browsers find the portal.
    pub public_url: &'a str,
}

impl<S> Actor<S> {
    /// Where it acts from.
    pub(crate) fn place(&self) -> Place<'_> {
        Place { address: self.address(), public_url: &self.portal().public_url }
    }
}

impl<S: Scope> Actor<S> {
    /// Writes to whoever acts what was done in its name. An API key has no mailbox.
    pub(crate) async fn tell(&self, tx: &mut Tx, notice: Notice<'_>) -> Result<(), ServiceError> {
        match self.scope().user() {
            Some(user) => tell(tx, user, notice, self.place()).await,
            None => Ok(()),
        }
    }
}

/// Writes to a user what was done in its name.
pub(crate) async fn tell(tx: &mut Tx, user: UserId, notice: Notice<'_>, place: Place<'_>) -> Result<(), ServiceError> {
    let holder = credentials::holder(tx, user).await?;
    tell_at(tx, user, &holder, &holder.email, notice, place).await
}

/// The same of a user who is known already, at one address: its own, or the one it had until now.
pub(crate) async fn tell_at(
    tx: &mut Tx,
    user: UserId,
    holder: &Holder,
    to: &str,
    notice: Notice<'_>,
    place: Place<'_>,
) -> Result<(), ServiceError> {
    let (token, hash) = tokens::fresh()?;
    let now = tx.now();
    session_end_links::create(tx, holder.account_id(), user, &hash, now + LINK_LIFE).await?;
    let urls = AccountUrl::of(tx, place.public_url, holder.account_id()).await?;
    let link = urls.link(Link::end_sessions(holder.kind()?), &token);
    let at = holder.zone()?.local(now).exact();
    let mail = SecurityNotice { name: &holder.name, notice, at: &at, address: place.address, link: &link };
    mail::send(tx, holder.account_id(), to, &mail).await
}

/// Whose sessions a mailed link ends, by the hash of its token.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when it is not valid.
pub async fn end_link(read: &mut Reader, kind: UserKind, token_hash: &[u8]) -> Result<LinkView, ServiceError> {
    let user = session_end_links::find(read, kind, token_hash).await?.ok_or(ServiceError::LinkExpired)?;
    Ok(LinkView { name: user.name, email: user.email, partner_name: String::new(), account_name: user.account_name })
}

/// Ends all sessions of the user whom a link was mailed to, and whatever else rests on its credentials: logins under way, other mailed
/// links, remembered browsers. Answers the short name of the account.
///
/// # Errors
/// [`ServiceError::LinkExpired`] when the link is not valid.
pub async fn end_by_link(
    tx: &mut Tx,
    kind: UserKind,
    token_hash: &[u8],
    address: &str,
) -> Result<String, ServiceError> {
    let user = session_end_links::take(tx, kind, token_hash).await?.ok_or(ServiceError::LinkExpired)?;
    credentials::renew(tx, user.user_id(), None).await?;
    let whose = (user.account_id(), user.partner_id());
    let detail = serde_json::json!({ "by": "mailed link" });
    record_own(tx, whose, (user.user_id(), &user.name), AuditAction::SessionEnded, address, detail);
    Ok(user.account_slug)
}
