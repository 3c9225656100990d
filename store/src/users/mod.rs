//! Users: who logs in.

mod colleagues;
mod login;

pub use colleagues::{
    colleague, colleagues, invoice_recipients, other_owners, owners, partner_of_address, set_role,
    set_temporary_password,
};
pub use login::{
    Credentials, MailUser, credentials_for_login, find_for_mail, lock_credentials, note_login,
    note_past_login_unscoped, own_credentials, renew_hash,
};

use chrono::{DateTime, Utc};
use domain::{
    access::PartnerRole,
    email::Email,
    ids::{AccountId, PartnerId, UserId},
    leads::LeadColumns,
    partners::{UserKind, UserStatus},
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, Own, PartnerScope},
    sql::{insert, sql},
};

/// A partner user to be stored.
#[derive(Debug, Clone)]
pub struct NewPartnerUser {
    /// Its id.
    pub id: UserId,
    /// The account.
    pub account_id: AccountId,
    /// The partner.
    pub partner_id: PartnerId,
    /// The address it logs in with.
    pub email: Email,
    /// Its name.
    pub name: String,
    /// What it is to the partner.
    pub role: PartnerRole,
    /// A PHC string, or nothing until the first password is set.
    pub password_hash: Option<String>,
}

/// Stores a new partner user.
///
/// # Errors
/// [`StoreError::Conflict`] when the account has a partner user with that address.
pub async fn create_partner_user(tx: &mut Tx, user: &NewPartnerUser) -> Result<(), StoreError> {
    let user = NewUser {
        id: user.id,
        account_id: user.account_id,
        kind: UserKind::Partner,
        partner_id: Some(user.partner_id),
        email: &user.email,
        name: &user.name,
        role: user.role.as_str(),
        password_hash: user.password_hash.as_deref(),
    };
    user.store(tx).await
}

/// A user of either kind to be stored.
pub(crate) struct NewUser<'a> {
    pub(crate) id: UserId,
    pub(crate) account_id: AccountId,
    pub(crate) kind: UserKind,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) email: &'a Email,
    pub(crate) name: &'a str,
    pub(crate) role: &'a str,
    pub(crate) password_hash: Option<&'a str>,
}

impl NewUser<'_> {
    pub(crate) async fn store(self, tx: &mut Tx) -> Result<(), StoreError> {
        let row = [
            ("id", self.id.into()),
            ("account_id", self.account_id.into()),
            ("kind", self.kind.as_str().into()),
            ("partner_id", self.partner_id.into()),
            ("email", self.email.as_str().into()),
            ("email_key", self.email.key().into()),
            ("name", self.name.into()),
            ("role", self.role.into()),
            ("status", UserStatus::Active.as_str().into()),
            ("password_hash", self.password_hash.into()),
            ("created_at", tx.now().into()),
        ];
        insert("users", row).execute(tx.conn()).await?;
        Ok(())
    }
}

/// Enables or disables a user.
pub async fn set_status(tx: &mut Tx, account: AccountId, user: UserId, status: UserStatus) -> Result<(), StoreError> {
    sql("UPDATE users SET status = $1 WHERE account_id = $2 AND id = $3")
        .bind(status.as_str())
        .bind(account)
        .bind(user)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Sets a user's password. **Bypass:** it is for whoever gave the old password or a valid link.
pub async fn set_password(tx: &mut Tx, user: UserId, hash: &str) -> Result<(), StoreError> {
    sql("UPDATE users SET password_hash = $1, must_change_password = $2, temporary_until_at = NULL WHERE id = $3")
        .bind(hash)
        .bind(false)
        .bind(user)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Changes the user's own name.
pub async fn set_own_name(tx: &mut Tx, own: &dyn Own, name: &str) -> Result<(), StoreError> {
    sql("UPDATE users SET name = $1 WHERE account_id = $2 AND id = $3")
        .bind(name)
        .bind(own.account_id())
        .bind(own.user_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Whether a user of this kind logs in with an address at this account. **Bypass:** no scope; the answer must not be shown to whoever
/// asked.
pub async fn has_address(
    read: &mut Reader,
    account: AccountId,
    kind: UserKind,
    email: &Email,
) -> Result<bool, StoreError> {
    let found = sql("SELECT id FROM users WHERE account_id = $1 AND kind = $2 AND email_key = $3")
        .bind(account)
        .bind(kind.as_str())
        .bind(email.key());
    Ok(read.beyond_wall::<(Uuid,)>(found).await?.is_some())
}

/// Sets the address a user logs in with. **Bypass:** it is for whoever followed a link sent to that address.
///
/// # Errors
/// [`StoreError::Conflict`] when another partner user of the account has that address.
pub async fn set_email(tx: &mut Tx, user: UserId, email: &Email) -> Result<(), StoreError> {
    sql("UPDATE users SET email = $1, email_key = $2 WHERE id = $3")
        .bind(email.as_str())
        .bind(email.key())
        .bind(user)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What lists of users of either kind show of one.
#[derive(FromRow)]
pub(crate) struct UserRow {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: String,
    pub(crate) status: String,
    pub(crate) last_login_at: Option<DateTime<Utc>>,
    pub(crate) two_factor: bool,
}

/// The columns of a [`UserRow`].
pub(crate) const USER: &str = "id, name, email, role, status, last_login_at,
    (EXISTS (SELECT 1 FROM user_totp t WHERE t.user_id = users.id)
        OR EXISTS (SELECT 1 FROM passkeys k WHERE k.user_id = users.id)) AS two_factor";

/// Keeps which columns the scope's user wants in the list of leads.
pub async fn set_lead_columns(tx: &mut Tx, scope: &PartnerScope, columns: LeadColumns) -> Result<(), StoreError> {
    sql("UPDATE users SET lead_columns = $1 WHERE account_id = $2 AND partner_id = $3 AND id = $4")
        .bind(columns.to_bits())
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .bind(scope.session().user_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Keeps where the list of leads begins for the scope's user: its state as an address has it.
pub async fn set_start_list(tx: &mut Tx, scope: &PartnerScope, list: &str) -> Result<(), StoreError> {
    sql("UPDATE users SET start_list = $1 WHERE account_id = $2 AND partner_id = $3 AND id = $4")
        .bind(list)
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .bind(scope.session().user_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The same for an admin and the account's list.
pub async fn set_lead_columns_of_admin(
    tx: &mut Tx,
    scope: &AdminScope,
    columns: LeadColumns,
) -> Result<(), StoreError> {
    sql("UPDATE users SET lead_columns = $1 WHERE account_id = $2 AND kind = 'admin' AND id = $3")
        .bind(columns.to_bits())
        .bind(scope.account_id())
        .bind(scope.session().user_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}
