//! Users: who logs in.

use chrono::{DateTime, Utc};
use domain::{
    access::PartnerRole,
    email::Email,
    ids::{AccountId, PartnerId, UserId},
    partners::{UserKind, UserStatus},
    users::PartnerUser,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::{PartnerScope, PartnerSession},
    error::parse_stored,
    sessions,
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
    pub(crate) role: &'static str,
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

/// What a login has to check against.
#[derive(Clone, FromRow)]
pub struct Credentials {
    user_id: Uuid,
    partner_id: Option<Uuid>,
    /// The name, for the audit log.
    pub name: String,
    /// The PHC string, if a password was ever set.
    pub password_hash: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

impl Credentials {
    /// The user.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        UserId(self.user_id)
    }

    /// The partner it belongs to, unless it is an admin.
    #[must_use]
    pub fn partner_id(&self) -> Option<PartnerId> {
        self.partner_id.map(PartnerId)
    }
}

/// The credentials of a user by address. **Bypass:** no scope yet, it is for the login alone.
pub async fn credentials_for_login(
    read: &mut Reader,
    account: AccountId,
    kind: UserKind,
    email: &Email,
) -> Result<Option<Credentials>, StoreError> {
    sql("SELECT id AS user_id, partner_id, name, password_hash FROM users
        WHERE account_id = $1 AND kind = $2 AND email_key = $3")
    .bind(account)
    .bind(kind.as_str())
    .bind(email.key())
    .optional(read.conn())
    .await
}

/// Notes a login, and the password's hash in its current form if it was made anew.
pub async fn note_login(tx: &mut Tx, user: UserId, new_hash: Option<&str>) -> Result<(), StoreError> {
    let now = tx.now();
    sql("UPDATE users SET last_login_at = $1, password_hash = COALESCE($2, password_hash) WHERE id = $3")
        .bind(now)
        .bind(new_hash)
        .bind(user)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes a login of the past. **Bypass:** it is for filling in a past.
pub async fn note_past_login_unscoped(tx: &mut Tx, user: UserId, at: DateTime<Utc>) -> Result<(), StoreError> {
    sql("UPDATE users SET last_login_at = $1 WHERE id = $2").bind(at).bind(user).execute(tx.conn()).await?;
    Ok(())
}

/// Enables or disables a user. Disabling ends its sessions.
pub async fn set_status(tx: &mut Tx, account: AccountId, user: UserId, status: UserStatus) -> Result<(), StoreError> {
    sql("UPDATE users SET status = $1 WHERE account_id = $2 AND id = $3")
        .bind(status.as_str())
        .bind(account)
        .bind(user)
        .execute(tx.conn())
        .await?;
    if status == UserStatus::Active { Ok(()) } else { sessions::end_all(tx, account, None, Some(user)).await }
}

/// The reader's own password hash, if a password was ever set.
pub async fn own_password_hash(read: &mut Reader, session: &PartnerSession) -> Result<Option<String>, StoreError> {
    let found = sql("SELECT password_hash FROM users WHERE account_id = $1 AND id = $2")
        .bind(session.account_id())
        .bind(session.user_id())
        .one::<(Option<String>,)>(read.conn())
        .await?;
    Ok(found.0)
}

/// Sets a user's password. **Bypass:** it is for whoever gave the old password or a valid link.
pub async fn set_password(tx: &mut Tx, user: UserId, hash: &str) -> Result<(), StoreError> {
    sql("UPDATE users SET password_hash = $1, must_change_password = $2, unseen_password = NULL WHERE id = $3")
        .bind(hash)
        .bind(false)
        .bind(user)
        .execute(tx.conn())
        .await?;
    Ok(())
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

/// An active user by its address, for a mail to it. **Bypass:** no scope; the answer must not be shown to whoever asked.
pub async fn find_for_mail(
    tx: &mut Tx,
    account: AccountId,
    kind: UserKind,
    email_key: &str,
) -> Result<Option<MailUser>, StoreError> {
    sql("SELECT u.id AS user_id, u.partner_id, u.name, u.email, a.name AS account_name
        FROM users u
        JOIN accounts a ON a.id = u.account_id
        LEFT JOIN partners p ON p.id = u.partner_id AND p.account_id = u.account_id
        WHERE u.account_id = $1 AND u.kind = $2 AND u.email_key = $3 AND u.status = 'active'
            AND (u.kind = 'admin' OR p.status = 'active' AND p.portal_access AND a.portal_enabled)")
    .bind(account)
    .bind(kind.as_str())
    .bind(email_key)
    .optional(tx.conn())
    .await
}

/// Whom a mail goes to.
#[derive(Debug, Clone, FromRow)]
pub struct MailUser {
    user_id: Uuid,
    partner_id: Option<Uuid>,
    /// The user's name.
    pub name: String,
    /// The user's address.
    pub email: String,
    /// The account's name.
    pub account_name: String,
}

impl MailUser {
    /// The user.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        UserId(self.user_id)
    }

    /// The user's partner, unless it is an admin.
    #[must_use]
    pub fn partner_id(&self) -> Option<PartnerId> {
        self.partner_id.map(PartnerId)
    }
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
}

/// The columns of a [`UserRow`].
pub(crate) const USER: &str = "id, name, email, role, status, last_login_at";

impl UserRow {
    fn colleague(self, scope: &PartnerScope) -> Result<PartnerUser, StoreError> {
        Ok(PartnerUser {
            id: UserId(self.id),
            name: self.name,
            email: self.email,
            role: parse_stored(&self.role)?,
            status: parse_stored(&self.status)?,
            last_login: self.last_login_at.map(|at| scope.session().zone().local(at)),
        })
    }
}

/// The users of the scope's partner, by name.
pub async fn colleagues(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<PartnerUser>, StoreError> {
    let rows = sql("SELECT ")
        .push(USER)
        .push(" FROM users WHERE account_id = $1 AND partner_id = $2 AND kind = 'partner' ORDER BY status, name, id")
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .all::<UserRow>(read.conn())
        .await?;
    rows.into_iter().map(|row| row.colleague(scope)).collect()
}

/// One user of the scope's partner, locked until the transaction ends; nothing for any other id.
pub async fn colleague(tx: &mut Tx, scope: &PartnerScope, id: UserId) -> Result<Option<PartnerUser>, StoreError> {
    let row = sql("UPDATE users SET status = status WHERE account_id = $1 AND partner_id = $2 AND id = $3 RETURNING ")
        .push(USER)
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .bind(id)
        .optional::<UserRow>(tx.conn())
        .await?;
    row.map(|row| row.colleague(scope)).transpose()
}

/// How many owners of the scope's partner may log in, not counting one. They are locked until the transaction ends, so that
/// two of them cannot remove each other at once.
pub async fn other_owners(tx: &mut Tx, scope: &PartnerScope, but: UserId) -> Result<u64, StoreError> {
    let locked = sql("UPDATE users SET status = status WHERE account_id = $1 AND partner_id = $2 AND kind = 'partner'
        AND role = 'owner' AND status = 'active' RETURNING id")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .all::<(Uuid,)>(tx.conn())
    .await?;
    Ok(locked.into_iter().filter(|(id,)| *id != but.0).count() as u64)
}

/// Changes the role of one of the scope's partner's users.
pub async fn set_role(tx: &mut Tx, scope: &PartnerScope, user: UserId, role: PartnerRole) -> Result<(), StoreError> {
    sql("UPDATE users SET role = $1 WHERE account_id = $2 AND partner_id = $3 AND id = $4")
        .bind(role.as_str())
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .bind(user)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Whether the account has a partner user of this address, and at which partner. **Bypass:** the answer must not be shown
/// unless the partner is the asker's own.
pub async fn partner_of_address(
    tx: &mut Tx,
    account: AccountId,
    email: &Email,
) -> Result<Option<PartnerId>, StoreError> {
    let found = sql("SELECT partner_id FROM users WHERE account_id = $1 AND kind = 'partner' AND email_key = $2")
        .bind(account)
        .bind(email.key())
        .optional::<(Uuid,)>(tx.conn())
        .await?;
    Ok(found.map(|(id,)| PartnerId(id)))
}

/// Sets a password that an admin made for one of the scope's partner's users: it works once, to set one's own.
/// `sealed` is the same password encrypted, to be shown once. The user's sessions end.
pub async fn set_temporary_password(
    tx: &mut Tx,
    scope: &PartnerScope,
    user: UserId,
    hash: &str,
    sealed: &[u8],
) -> Result<(), StoreError> {
    sql("UPDATE users SET password_hash = $1, must_change_password = $2, unseen_password = $3
        WHERE account_id = $4 AND partner_id = $5 AND id = $6")
    .bind(hash)
    .bind(true)
    .bind(sealed)
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(user)
    .execute(tx.conn())
    .await?;
    sessions::end_all(tx, scope.account_id(), Some(scope.partner_id()), Some(user)).await
}

/// The temporary passwords of the scope's partner's users that were not shown yet, encrypted, with whose they are. They
/// count as shown from now on.
pub async fn take_unseen_passwords(
    tx: &mut Tx,
    scope: &PartnerScope,
) -> Result<Vec<(UserId, String, Vec<u8>)>, StoreError> {
    let found = sql("SELECT id, email, unseen_password FROM users
        WHERE account_id = $1 AND partner_id = $2 AND unseen_password IS NOT NULL ORDER BY name, id")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .all::<(Uuid, String, Vec<u8>)>(tx.conn())
    .await?;
    if !found.is_empty() {
        sql("UPDATE users SET unseen_password = NULL WHERE account_id = $1 AND partner_id = $2")
            .bind(scope.account_id())
            .bind(scope.partner_id())
            .execute(tx.conn())
            .await?;
    }
    Ok(found.into_iter().map(|(id, email, sealed)| (UserId(id), email, sealed)).collect())
}

/// Who gets mails about the invoices of the scope's partner: its owners and those of its finances who may log in.
pub async fn invoice_recipients(tx: &mut Tx, scope: &PartnerScope) -> Result<Vec<(String, String)>, StoreError> {
    sql("SELECT name, email FROM users WHERE account_id = $1 AND partner_id = $2 AND kind = 'partner' AND status = 'active'
            AND role IN ('owner', 'finance') ORDER BY name, id")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .all(tx.conn())
    .await
}
