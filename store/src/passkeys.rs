//! Passkeys (WebAuthn): the public keys by which users log in without a password, or in place of a code.
//!
//! **Bypass:** what a login asks for takes no scope: whoever logs in has none yet.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{AccountId, PasskeyId, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::Own,
    sql::{insert, sql},
};

/// For how long an answered challenge could be answered again, and a new passkey is waited for.
pub const CHALLENGE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// A passkey.
#[derive(Debug, Clone, FromRow)]
pub struct Passkey {
    id: Uuid,
    user_id: Uuid,
    /// What its user calls it.
    pub name: String,
    /// The public key, the counter and the flags, as JSON.
    pub credential: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Passkey {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> PasskeyId {
        PasskeyId(self.id)
    }

    /// Whose it is.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        UserId(self.user_id)
    }
}

const COLUMNS: &str = "SELECT id, user_id, name, credential, created_at, last_used_at FROM passkeys";

/// A user's passkeys, the oldest first.
pub async fn list(read: &mut Reader, own: &dyn Own) -> Result<Vec<Passkey>, StoreError> {
    sql(COLUMNS)
        .push(" WHERE account_id = $1 AND user_id = $2 ORDER BY created_at, id")
        .bind(own.account_id())
        .bind(own.user_id())
        .all(read.conn())
        .await
}

/// Whether a user has one.
pub async fn has_any(read: &mut Reader, user: UserId) -> Result<bool, StoreError> {
    let count = sql("SELECT COUNT(*) FROM passkeys WHERE user_id = $1").bind(user).number(read.conn());
    Ok(count.await? > 0)
}

/// The passkey that a device calls so.
pub async fn find(read: &mut Reader, credential_id: &[u8]) -> Result<Option<Passkey>, StoreError> {
    sql(COLUMNS).push(" WHERE credential_id = $1").bind(credential_id).optional(read.conn()).await
}

/// Keeps a new one. Says no when somebody has it already.
pub async fn create(
    tx: &mut Tx,
    own: &dyn Own,
    credential_id: &[u8],
    credential: &str,
    name: &str,
) -> Result<bool, StoreError> {
    let (id, now) = (tx.new_id()?, tx.now());
    let row = [
        ("id", id.into()),
        ("user_id", own.user_id().into()),
        ("account_id", own.account_id().into()),
        ("credential_id", credential_id.into()),
        ("credential", credential.into()),
        ("name", name.into()),
        ("created_at", now.into()),
    ];
    Ok(insert("passkeys", row).push(" ON CONFLICT DO NOTHING").execute(tx.conn()).await? == 1)
}

/// Notes that it was used, and what it has become by that.
pub async fn note_use(tx: &mut Tx, id: PasskeyId, credential: &str) -> Result<(), StoreError> {
    sql("UPDATE passkeys SET credential = $1, last_used_at = $2 WHERE id = $3")
        .bind(credential)
        .bind(tx.now())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Removes one of a user. Says whether there was one.
pub async fn remove(tx: &mut Tx, own: &dyn Own, id: PasskeyId) -> Result<bool, StoreError> {
    let removed = sql("DELETE FROM passkeys WHERE account_id = $1 AND user_id = $2 AND id = $3")
        .bind(own.account_id())
        .bind(own.user_id())
        .bind(id);
    Ok(removed.execute(tx.conn()).await? == 1)
}

/// Removes all of a user. Says whether there was one.
pub(crate) async fn remove_all(tx: &mut Tx, account: AccountId, user: UserId) -> Result<bool, StoreError> {
    let removed = sql("DELETE FROM passkeys WHERE account_id = $1 AND user_id = $2").bind(account).bind(user);
    Ok(removed.execute(tx.conn()).await? > 0)
}

/// Keeps what the browser was asked for in the session of this hash, in place of anything before.
pub async fn begin(tx: &mut Tx, own: &dyn Own, session: &[u8], state: &str) -> Result<(), StoreError> {
    forget_pending(tx, own.user_id()).await?;
    let now = tx.now();
    let row = [
        ("user_id", own.user_id().into()),
        ("account_id", own.account_id().into()),
        ("session_hash", session.into()),
        ("state", state.into()),
        ("created_at", now.into()),
    ];
    insert("pending_passkeys", row).execute(tx.conn()).await?;
    Ok(())
}

/// What the browser was asked for in the session of this hash. Once: it is forgotten by being taken.
pub async fn take_pending(tx: &mut Tx, own: &dyn Own, session: &[u8]) -> Result<Option<String>, StoreError> {
    let found = sql("DELETE FROM pending_passkeys WHERE user_id = $1 AND session_hash = $2 AND created_at > $3
        RETURNING state")
    .bind(own.user_id())
    .bind(session)
    .bind(tx.now() - CHALLENGE_LIFE)
    .optional::<(String,)>(tx.conn())
    .await?;
    Ok(found.map(|(state,)| state))
}

/// Forgets one that is being made.
pub(crate) async fn forget_pending(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    sql("DELETE FROM pending_passkeys WHERE user_id = $1").bind(user).execute(tx.conn()).await?;
    Ok(())
}

/// For how long it is remembered that a question was answered: longer than any can be.
pub const ANSWERED: TimeDelta = TimeDelta::minutes(20);

/// Uses a challenge up. Says no when it was answered before: of two answers at once, one is refused.
pub async fn use_challenge(tx: &mut Tx, hash: &[u8]) -> Result<bool, StoreError> {
    let used = sql("INSERT INTO used_challenges (challenge_hash, used_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(hash)
        .bind(tx.now());
    Ok(used.execute(tx.conn()).await? == 1)
}

/// Forgets challenges that were used before `before`.
pub async fn forget_challenges(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StoreError> {
    sql("DELETE FROM used_challenges WHERE used_at <= $1").bind(before).execute(tx.conn()).await?;
    sql("DELETE FROM pending_passkeys WHERE created_at <= $1").bind(before).execute(tx.conn()).await?;
    Ok(())
}
