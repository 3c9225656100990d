//! Two-factor authentication: the secret a user shares with an authenticator app, sealed, and hashes of recovery codes.
//!
//! **Bypass:** what a login asks for takes no scope: whoever logs in has none yet.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::{AccountId, UserId},
    two_factor::{TwoFactorPolicy, TwoFactorRule},
};

use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, Own},
    error::parse_stored,
    passkeys,
    sql::{insert, sql},
};

/// For how long a secret waits for its first code.
const PENDING_LIFE: TimeDelta = TimeDelta::minutes(15);

/// The sealed secret of the user's authenticator app; none when the user has none.
pub async fn app_secret(read: &mut Reader, user: UserId) -> Result<Option<Vec<u8>>, StoreError> {
    let found = sql("SELECT secret FROM user_totp WHERE user_id = $1").bind(user).optional::<(Vec<u8>,)>(read.conn());
    Ok(found.await?.map(|(secret,)| secret))
}

/// The sealed secret of an app that is being set up in the session of this hash.
pub async fn pending(read: &mut Reader, own: &dyn Own, session: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let found = sql("SELECT secret FROM pending_totp WHERE user_id = $1 AND session_hash = $2 AND created_at > $3")
        .bind(own.user_id())
        .bind(session)
        .bind(read.now() - PENDING_LIFE)
        .optional::<(Vec<u8>,)>(read.conn())
        .await?;
    Ok(found.map(|(secret,)| secret))
}

/// Keeps the sealed secret of an app that is being set up in the session of this hash, in place of any before.
pub async fn begin(tx: &mut Tx, own: &dyn Own, session: &[u8], secret: &[u8]) -> Result<(), StoreError> {
    forget_pending(tx, own.user_id()).await?;
    let now = tx.now();
    let row = [
        ("user_id", own.user_id().into()),
        ("account_id", own.account_id().into()),
        ("session_hash", session.into()),
        ("secret", secret.into()),
        ("created_at", now.into()),
    ];
    insert("pending_totp", row).execute(tx.conn()).await?;
    Ok(())
}

/// Forgets an app that is being set up.
pub(crate) async fn forget_pending(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    sql("DELETE FROM pending_totp WHERE user_id = $1").bind(user).execute(tx.conn()).await?;
    Ok(())
}

/// Turns it on with this sealed secret, whose first code is of this time step, in place of the app before.
pub async fn turn_on(tx: &mut Tx, own: &dyn Own, secret: &[u8], step: i64) -> Result<(), StoreError> {
    forget_pending(tx, own.user_id()).await?;
    sql("DELETE FROM user_totp WHERE user_id = $1").bind(own.user_id()).execute(tx.conn()).await?;
    let now = tx.now();
    let row = [
        ("user_id", own.user_id().into()),
        ("account_id", own.account_id().into()),
        ("secret", secret.into()),
        ("set_up_at", now.into()),
        ("last_step", step.into()),
    ];
    insert("user_totp", row).execute(tx.conn()).await?;
    Ok(())
}

/// Takes a code of this time step, unless it or a later one was taken before. Of two who bring the same at once, one is refused.
pub async fn use_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool, StoreError> {
    let used = sql("UPDATE user_totp SET last_step = $1 WHERE user_id = $2 AND last_step < $1").bind(step).bind(user);
    Ok(used.execute(tx.conn()).await? == 1)
}

/// Removes a user's second factors and recovery codes. Says whether there was one.
pub async fn remove(tx: &mut Tx, account: AccountId, user: UserId) -> Result<bool, StoreError> {
    sql("DELETE FROM recovery_codes WHERE account_id = $1 AND user_id = $2")
        .bind(account)
        .bind(user)
        .execute(tx.conn())
        .await?;
    forget_pending(tx, user).await?;
    passkeys::forget_pending(tx, user).await?;
    let had_passkeys = passkeys::remove_all(tx, account, user).await?;
    let app = sql("DELETE FROM user_totp WHERE account_id = $1 AND user_id = $2").bind(account).bind(user);
    Ok(app.execute(tx.conn()).await? == 1 || had_passkeys)
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
    let (policy, admins_from, partners_from) =
        sql("SELECT two_factor, two_factor_admins_at, two_factor_partners_at FROM accounts WHERE id = $1")
            .bind(scope.account_id())
            .one::<(String, Option<DateTime<Utc>>, Option<DateTime<Utc>>)>(read.conn())
            .await?;
    Ok(TwoFactorRule { policy: parse_stored::<TwoFactorPolicy>(&policy)?, admins_from, partners_from })
}

/// Changes who must use it in the scope's account.
pub async fn set_rule(tx: &mut Tx, scope: &AdminScope, rule: TwoFactorRule) -> Result<(), StoreError> {
    sql("UPDATE accounts SET two_factor = $1, two_factor_admins_at = $2, two_factor_partners_at = $3 WHERE id = $4")
        .bind(rule.policy.as_str())
        .bind(rule.admins_from)
        .bind(rule.partners_from)
        .bind(scope.account_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}
