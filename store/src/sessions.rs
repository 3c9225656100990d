//! Sessions: which browsers are logged in as whom. Only hashes of their ids are kept.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::{AccountId, PartnerId, UserId},
    users::CredentialsVersion,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, Own},
    sql::{insert, sql},
    users,
};

/// How long sessions live.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime {
    /// Ends a session that was not used for so long.
    pub idle: TimeDelta,
    /// Ends a session so long after its login, used or not.
    pub absolute: TimeDelta,
}

impl Default for Lifetime {
    fn default() -> Self {
        Self { idle: TimeDelta::hours(2), absolute: TimeDelta::hours(24) }
    }
}

/// A session.
#[derive(Debug, Clone, FromRow)]
pub struct Session {
    user_id: Uuid,
    /// The network address of the login.
    pub address: String,
    /// The browser's name for itself, cut to 200 characters.
    pub user_agent: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, give or take [`TOUCH_EVERY`].
    pub last_used_at: DateTime<Utc>,
    /// When whoever uses it last proved who they are, with everything they have to prove it by; nothing when a remembered browser
    /// stood for a part of it.
    pub proved_at: Option<DateTime<Utc>>,
}

/// Whose a session is or was, as long as its row is there: also one that has ended.
///
/// **Bypass:** it takes no scope, and opens nothing.
pub async fn user_of(read: &mut Reader, id_hash: &[u8]) -> Result<Option<UserId>, StoreError> {
    let found =
        sql("SELECT user_id FROM sessions WHERE id_hash = $1").bind(id_hash).optional::<(Uuid,)>(read.conn()).await?;
    Ok(found.map(|(id,)| UserId(id)))
}

/// How exact `last_used_at` is: a write for every page view would buy nothing.
pub const TOUCH_EVERY: TimeDelta = TimeDelta::seconds(60);

impl Session {
    /// Whose it is.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        UserId(self.user_id)
    }

    /// Whether its last use was noted so long ago that it is to be noted anew.
    #[must_use]
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        now - self.last_used_at >= TOUCH_EVERY
    }

    /// When it ends if it is not used again.
    #[must_use]
    pub fn expires_at(&self, lifetime: Lifetime) -> DateTime<Utc> {
        (self.last_used_at + lifetime.idle).min(self.created_at + lifetime.absolute)
    }
}

/// A session to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewSession<'s> {
    /// Whose it is.
    pub user: UserId,
    /// Which credentials were checked.
    pub checked: CredentialsVersion,
    /// Whether that was everything the user has to prove who it is by.
    pub proved: bool,
    /// From where.
    pub address: &'s str,
    /// With which browser.
    pub user_agent: &'s str,
    /// The session with the provider for single sign-on by which it is begun, empty where that has no name.
    pub provider_session: Option<&'s str>,
}

/// Stores a new session. Says no when the user's credentials have changed since they were checked: what ended by that change must not
/// begin after it.
///
/// # Errors
/// [`StoreError::Conflict`] when the id is taken.
pub async fn create(tx: &mut Tx, id_hash: &[u8], new: NewSession<'_>) -> Result<bool, StoreError> {
    if users::lock_credentials(tx, new.user).await? != Some(new.checked) {
        return Ok(false);
    }
    let now = tx.now();
    let user_agent: String = new.user_agent.chars().filter(|c| !c.is_control()).take(200).collect();
    let row = [
        ("id_hash", id_hash.into()),
        ("user_id", new.user.into()),
        ("address", new.address.into()),
        ("user_agent", user_agent.into()),
        ("created_at", now.into()),
        ("last_used_at", now.into()),
        ("proved_at", new.proved.then_some(now).into()),
        ("provider_session", new.provider_session.into()),
    ];
    insert("sessions", row).execute(tx.conn()).await?;
    Ok(true)
}

/// Ends what a user has begun by a provider for single sign-on: by one session with it, or all of it without a name. Says how many ended.
/// A session of which the provider gave no name ends with any.
pub async fn end_of_provider(tx: &mut Tx, user: UserId, provider_session: Option<&str>) -> Result<u64, StoreError> {
    sql("DELETE FROM sessions WHERE user_id = $1 AND provider_session IS NOT NULL
        AND ($2 IS NULL OR provider_session IN ($2, ''))")
    .bind(user)
    .bind(provider_session)
    .execute(tx.conn())
    .await
}

/// The session of this id if it has not ended. Its use is noted by [`touch`], where [`Session::is_stale`] asks for it.
pub async fn find(read: &mut Reader, id_hash: &[u8], lifetime: Lifetime) -> Result<Option<Session>, StoreError> {
    let session = sql(
        "SELECT user_id, address, user_agent, created_at, last_used_at, proved_at FROM sessions WHERE id_hash = $1",
    )
    .bind(id_hash)
    .optional::<Session>(read.conn())
    .await?;
    let now = read.now();
    Ok(session.filter(|session| now < session.expires_at(lifetime)))
}

/// Notes that a session is used now.
pub async fn touch(tx: &mut Tx, id_hash: &[u8]) -> Result<(), StoreError> {
    sql("UPDATE sessions SET last_used_at = $1 WHERE id_hash = $2")
        .bind(tx.now())
        .bind(id_hash)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes that whoever uses one of the user's sessions has proved who they are now.
pub async fn prove(tx: &mut Tx, own: &dyn Own, id_hash: &[u8]) -> Result<(), StoreError> {
    sql("UPDATE sessions SET proved_at = $1 WHERE id_hash = $2 AND user_id = $3")
        .bind(tx.now())
        .bind(id_hash)
        .bind(own.user_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Ends a session.
pub async fn delete(tx: &mut Tx, id_hash: &[u8]) -> Result<(), StoreError> {
    sql("DELETE FROM sessions WHERE id_hash = $1").bind(id_hash).execute(tx.conn()).await?;
    Ok(())
}

/// The reader's own open sessions with the hashes of their ids, the last used first.
pub async fn own(read: &mut Reader, own: &dyn Own, lifetime: Lifetime) -> Result<Vec<(Vec<u8>, Session)>, StoreError> {
    let rows = sql("SELECT id_hash, user_id, address, user_agent, created_at, last_used_at, proved_at FROM sessions
        WHERE user_id = $1 ORDER BY last_used_at DESC, created_at DESC")
    .bind(own.user_id())
    .all::<OwnRow>(read.conn())
    .await?;
    let now = read.now();
    let open = rows.into_iter().filter(|row| now < row.session.expires_at(lifetime));
    Ok(open.map(|row| (row.id_hash, row.session)).collect())
}

#[derive(FromRow)]
struct OwnRow {
    id_hash: Vec<u8>,
    #[sqlx(flatten)]
    session: Session,
}

/// Ends one of the reader's own sessions, by the hash of its id. Says whether there was such a one.
pub async fn end_own(tx: &mut Tx, own: &dyn Own, id_hash: &[u8]) -> Result<bool, StoreError> {
    let ended = sql("DELETE FROM sessions WHERE id_hash = $1 AND user_id = $2").bind(id_hash).bind(own.user_id());
    Ok(ended.execute(tx.conn()).await? > 0)
}

/// Ends all of a user's sessions, but for the one of this hash if one is given. Says how many.
pub async fn end_of_user(tx: &mut Tx, user: UserId, but: Option<&[u8]>) -> Result<u64, StoreError> {
    let ended = sql("DELETE FROM sessions WHERE user_id = ").arg(user);
    let ended = match but {
        Some(hash) => ended.push(" AND id_hash <> ").arg(hash),
        None => ended,
    };
    ended.execute(tx.conn()).await
}

/// Ends every session of a partner's users.
pub(crate) async fn end_of_partner(tx: &mut Tx, account: AccountId, partner: PartnerId) -> Result<(), StoreError> {
    sql("DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE account_id = $1 AND partner_id = $2)")
        .bind(account)
        .bind(partner)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Ends every session of an account's partner users; the admins' stay.
pub(crate) async fn end_of_partners(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    sql("DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE account_id = $1 AND kind = 'partner')")
        .bind(account)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes in an admin's session at which partner's portal it looks; none to stop. The session is the admin's own, by its
/// hash.
pub async fn set_viewed_partner(
    tx: &mut Tx,
    scope: &AdminScope,
    id_hash: &[u8],
    partner: Option<PartnerId>,
) -> Result<(), StoreError> {
    sql("UPDATE sessions SET viewed_partner_id = $1 WHERE id_hash = $2 AND user_id = $3")
        .bind(partner)
        .bind(id_hash)
        .bind(scope.session().user_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Removes what has ended anyway, and says how many.
pub async fn delete_ended(tx: &mut Tx, lifetime: Lifetime) -> Result<u64, StoreError> {
    let now = tx.now();
    let deleted = sql("DELETE FROM sessions WHERE last_used_at <= $1 OR created_at <= $2")
        .bind(now - lifetime.idle)
        .bind(now - lifetime.absolute)
        .execute(tx.conn())
        .await?;
    Ok(deleted)
}
