//! Two-factor authentication: the secret a user shares with an authenticator app, sealed, and hashes of recovery codes.
//!
//! **Bypass:** what a login asks for takes no scope: whoever logs in has none yet.

use domain::{
    ids::{AccountId, UserId},
    two_factor::{TwoFactorPolicy, TwoFactorRule},
};
use sqlx::FromRow;

use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, Own},
    error::parse_stored,
    sql::{insert, sql},
};

/// What a user's authenticator app was given.
#[derive(Clone, FromRow)]
pub struct AppSecret {
    /// The secret, sealed.
    pub secret: Vec<u8>,
    is_on: bool,
}

/// The secret is not printed, sealed or not.
impl std::fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppSecret").field("is_on", &self.is_on).finish_non_exhaustive()
    }
}

impl AppSecret {
    /// Whether its first code was given: before that nobody is asked for one.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.is_on
    }
}

/// What a user's authenticator app was given; none when the user has none.
pub async fn app_secret(read: &mut Reader, user: UserId) -> Result<Option<AppSecret>, StoreError> {
    sql("SELECT secret, confirmed_at IS NOT NULL AS is_on FROM user_totp WHERE user_id = $1")
        .bind(user)
        .optional(read.conn())
        .await
}

/// Keeps a sealed secret for an app whose first code is still to come, in place of any such one before.
///
/// # Errors
/// [`StoreError::Conflict`] when the user has one that is on.
pub async fn begin(tx: &mut Tx, own: &dyn Own, secret: &[u8]) -> Result<(), StoreError> {
    sql("DELETE FROM user_totp WHERE user_id = $1 AND confirmed_at IS NULL")
        .bind(own.user_id())
        .execute(tx.conn())
        .await?;
    let now = tx.now();
    let row = [
        ("user_id", own.user_id().into()),
        ("account_id", own.account_id().into()),
        ("secret", secret.into()),
        ("created_at", now.into()),
    ];
    insert("user_totp", row).execute(tx.conn()).await?;
    Ok(())
}

/// Turns it on with the first code, which is of this time step. Says no when there is nothing to turn on.
pub async fn turn_on(tx: &mut Tx, own: &dyn Own, step: i64) -> Result<bool, StoreError> {
    let turned =
        sql("UPDATE user_totp SET confirmed_at = $1, last_step = $2 WHERE user_id = $3 AND confirmed_at IS NULL")
            .bind(tx.now())
            .bind(step)
            .bind(own.user_id());
    Ok(turned.execute(tx.conn()).await? == 1)
}

/// Takes a code of this time step, unless it or a later one was taken before. Of two who bring the same at once, one is refused.
pub async fn use_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool, StoreError> {
    let used =
        sql("UPDATE user_totp SET last_step = $1 WHERE user_id = $2 AND last_step < $1 AND confirmed_at IS NOT NULL")
            .bind(step)
            .bind(user);
    Ok(used.execute(tx.conn()).await? == 1)
}

/// Removes a user's second factor and recovery codes. Says whether it was on.
pub async fn remove(tx: &mut Tx, account: AccountId, user: UserId) -> Result<bool, StoreError> {
    sql("DELETE FROM recovery_codes WHERE account_id = $1 AND user_id = $2")
        .bind(account)
        .bind(user)
        .execute(tx.conn())
        .await?;
    let was_on = sql("DELETE FROM user_totp WHERE account_id = $1 AND user_id = $2 RETURNING confirmed_at IS NOT NULL")
        .bind(account)
        .bind(user)
        .optional::<(bool,)>(tx.conn())
        .await?;
    Ok(was_on.is_some_and(|(on,)| on))
}

/// Keeps the hashes of new recovery codes in place of all before.
pub async fn set_recovery_codes(tx: &mut Tx, own: &dyn Own, hashes: &[Vec<u8>]) -> Result<(), StoreError> {
    sql("DELETE FROM recovery_codes WHERE account_id = $1 AND user_id = $2")
        .bind(own.account_id())
        .bind(own.user_id())
        .execute(tx.conn())
        .await?;
    for hash in hashes {
        let row = [
            ("user_id", own.user_id().into()),
            ("account_id", own.account_id().into()),
            ("code_hash", hash.as_slice().into()),
        ];
        insert("recovery_codes", row).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Uses a recovery code up. Says no when there is none of that hash, or it was used before.
pub async fn use_recovery_code(tx: &mut Tx, user: UserId, hash: &[u8]) -> Result<bool, StoreError> {
    let used = sql("UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND code_hash = $3 AND used_at IS NULL")
        .bind(tx.now())
        .bind(user)
        .bind(hash);
    Ok(used.execute(tx.conn()).await? == 1)
}

/// How many recovery codes of a user are not used up.
pub async fn recovery_codes_left(read: &mut Reader, user: UserId) -> Result<i64, StoreError> {
    let left = sql("SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL").bind(user);
    left.number(read.conn()).await
}

/// Who must use it in the scope's account.
pub async fn rule(read: &mut Reader, scope: &AdminScope) -> Result<TwoFactorRule, StoreError> {
    let (policy, from) = sql("SELECT two_factor, two_factor_from FROM accounts WHERE id = $1")
        .bind(scope.account_id())
        .one::<(String, Option<chrono::DateTime<chrono::Utc>>)>(read.conn())
        .await?;
    Ok(TwoFactorRule { policy: parse_stored::<TwoFactorPolicy>(&policy)?, from })
}

/// Changes who must use it in the scope's account.
pub async fn set_rule(tx: &mut Tx, scope: &AdminScope, rule: TwoFactorRule) -> Result<(), StoreError> {
    sql("UPDATE accounts SET two_factor = $1, two_factor_from = $2 WHERE id = $3")
        .bind(rule.policy.as_str())
        .bind(rule.from)
        .bind(scope.account_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}
