//! Admins, and the invitations to become one.

mod made;

use chrono::{DateTime, Utc};
use domain::{
    admin::{Admin, AdminRole, Made, NewAdmin, PendingAdmin},
    email::Email,
    ids::{AccountId, InvitationId, UserId},
    partners::{UserKind, UserStatus},
    zone::Zone,
};
pub use made::{Ended, end_made, take_over};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::AdminScope,
    error::parse_stored,
    invitations::stored::{Addressee, Inviter},
    sql::{Sql, insert, sql},
    users::{NewUser, USER, UserRow},
};

/// An admin to be stored.
#[derive(Debug, Clone)]
pub struct NewAdminUser {
    /// Its id.
    pub id: UserId,
    /// The account.
    pub account_id: AccountId,
    /// The address it logs in with.
    pub email: Email,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: AdminRole,
    /// A PHC string.
    pub password_hash: String,
}

/// Stores a new admin. **Bypass:** it is for operators and for whoever followed an invitation.
///
/// # Errors
/// [`StoreError::Conflict`] when the account has an admin with that address.
pub async fn create(tx: &mut Tx, admin: &NewAdminUser) -> Result<(), StoreError> {
    let user = NewUser {
        id: admin.id,
        account_id: admin.account_id,
        kind: UserKind::Admin,
        partner_id: None,
        email: &admin.email,
        name: &admin.name,
        role: admin.role.as_str(),
        password_hash: Some(&admin.password_hash),
    };
    user.store(tx).await
}

/// Whether there is any admin at all, of whatever account.
pub async fn exist(read: &mut Reader) -> Result<bool, StoreError> {
    let found = sql("SELECT id FROM users WHERE kind = 'admin' LIMIT 1").optional::<(Uuid,)>(read.conn()).await?;
    Ok(found.is_some())
}

impl UserRow {
    fn admin(self, zone: Zone) -> Result<Admin, StoreError> {
        Ok(Admin {
            id: UserId(self.id),
            name: self.name,
            email: self.email,
            role: parse_stored(&self.role)?,
            status: parse_stored(&self.status)?,
            last_login: self.last_login_at.map(|at| zone.local(at)),
            two_factor: self.two_factor,
            made: Made::default(),
        })
    }
}

/// The account's admins, by name, with how much they have made.
pub async fn list(read: &mut Reader, scope: &AdminScope) -> Result<Vec<Admin>, StoreError> {
    let rows = sql("SELECT ")
        .push(USER)
        .push(" FROM users WHERE account_id = $1 AND kind = 'admin' ORDER BY status, lower(name), id")
        .bind(scope.account_id())
        .all::<UserRow>(read.conn())
        .await?;
    let made = made::count(read, scope).await?;
    let admin = |row: UserRow| {
        let made = made.get(&row.id).cloned().unwrap_or_default();
        Ok(Admin { made, ..row.admin(scope.session().zone())? })
    };
    rows.into_iter().map(admin).collect()
}

/// The owners of an account who may log in: name and address. **Bypass:** it is for mails that the portal writes by itself.
pub async fn owners_to_tell(read: &mut Reader, account: AccountId) -> Result<Vec<(String, String)>, StoreError> {
    sql("SELECT name, email FROM users WHERE account_id = $1 AND kind = 'admin' AND role = 'owner' AND status = 'active'
        ORDER BY email")
    .bind(account)
    .all::<(String, String)>(read.conn())
    .await
}

/// One of the account's admins, and how many other owners may log in. All owners are locked until the transaction ends, so
/// that two of them cannot remove each other at once. Nothing for any other id.
pub async fn lock(tx: &mut Tx, scope: &AdminScope, id: UserId) -> Result<Option<(Admin, u64)>, StoreError> {
    let owners = sql("UPDATE users SET status = status WHERE account_id = $1 AND kind = 'admin' AND role = 'owner'
        AND status = 'active' RETURNING id")
    .bind(scope.account_id())
    .all::<(Uuid,)>(tx.conn())
    .await?;
    let row = sql("UPDATE users SET status = status WHERE account_id = $1 AND kind = 'admin' AND id = $2 RETURNING ")
        .push(USER)
        .bind(scope.account_id())
        .bind(id)
        .optional::<UserRow>(tx.conn())
        .await?;
    let others = owners.into_iter().filter(|(owner,)| *owner != id.0).count() as u64;
    row.map(|row| Ok((row.admin(scope.session().zone())?, others))).transpose()
}

/// Changes an admin's role.
pub async fn set_role(tx: &mut Tx, scope: &AdminScope, id: UserId, role: AdminRole) -> Result<(), StoreError> {
    sql("UPDATE users SET role = $1 WHERE account_id = $2 AND kind = 'admin' AND id = $3")
        .bind(role.as_str())
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Enables or disables an admin.
pub async fn set_status(tx: &mut Tx, scope: &AdminScope, id: UserId, status: UserStatus) -> Result<(), StoreError> {
    sql("UPDATE users SET status = $1 WHERE account_id = $2 AND kind = 'admin' AND id = $3")
        .bind(status.as_str())
        .bind(scope.account_id())
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Stores an invitation as an admin of an account, or renews the one this address has: the link sent before ends.
/// **Bypass:** it is for operators; admins go by [`invite`].
pub async fn invite_unscoped(
    tx: &mut Tx,
    account: AccountId,
    invitation: &NewAdmin,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<InvitationId, StoreError> {
    store_invitation(tx, (account, None), invitation, token_hash, expires_at).await
}

async fn store_invitation(
    tx: &mut Tx,
    (account, made_by): (AccountId, Option<UserId>),
    invitation: &NewAdmin,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<InvitationId, StoreError> {
    let to = Addressee { name: &invitation.name, email: &invitation.email, role: invitation.role.as_str() };
    Inviter::Account(account).invite(tx, made_by, to, token_hash, expires_at).await
}

/// The same for the scope's account.
pub async fn invite(
    tx: &mut Tx,
    scope: &AdminScope,
    invitation: &NewAdmin,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<InvitationId, StoreError> {
    store_invitation(tx, (scope.account_id(), scope.session().admin_id()), invitation, token_hash, expires_at).await
}

/// The account's invitations of admins that nobody has accepted yet, latest first.
pub async fn pending(read: &mut Reader, scope: &AdminScope) -> Result<Vec<PendingAdmin>, StoreError> {
    Inviter::Account(scope.account_id()).pending(read, scope.session().zone()).await
}

/// Revokes one of the account's invitations. Answers nothing for any other id.
pub async fn revoke(tx: &mut Tx, scope: &AdminScope, id: InvitationId) -> Result<Option<()>, StoreError> {
    Inviter::Account(scope.account_id()).revoke(tx, id).await
}

/// What a valid invitation as an admin says.
#[derive(Debug, Clone)]
pub struct AdminInvitation {
    /// Its id.
    pub id: InvitationId,
    /// The account.
    pub account_id: AccountId,
    /// The account's name.
    pub account_name: String,
    /// Who was invited.
    pub name: String,
    /// The address the link was sent to.
    pub email: Email,
    /// What they will be.
    pub role: AdminRole,
}

#[derive(FromRow)]
struct InvitationRow {
    id: Uuid,
    account_id: Uuid,
    account_name: String,
    name: String,
    email: String,
    role: String,
}

impl TryFrom<InvitationRow> for AdminInvitation {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: InvitationId(row.id),
            account_id: AccountId(row.account_id),
            account_name: row.account_name,
            name: row.name,
            email: Email::parse(&row.email).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            role: parse_stored(&row.role)?,
        })
    }
}

fn valid(token_hash: &[u8], now: DateTime<Utc>) -> Sql {
    sql("SELECT i.id, i.account_id, a.name AS account_name, i.name, i.email, i.role
        FROM admin_invitations i JOIN accounts a ON a.id = i.account_id LEFT JOIN users m ON m.id = i.made_by
        WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.expires_at > $2
            AND (m.id IS NULL OR m.status = 'active')")
    .bind(token_hash)
    .bind(now)
}

/// The invitation of a link that is valid. **Bypass:** having the token is the proof.
pub async fn find_invitation(read: &mut Reader, token_hash: &[u8]) -> Result<Option<AdminInvitation>, StoreError> {
    let row = valid(token_hash, read.now()).optional::<InvitationRow>(read.conn()).await?;
    row.map(AdminInvitation::try_from).transpose()
}

/// Uses a link up and says what it invited to. Of two that try at once, one gets nothing. **Bypass:** having the token is
/// the proof.
pub async fn take_invitation(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<AdminInvitation>, StoreError> {
    let now = tx.now();
    let Some(row) = valid(token_hash, now).optional::<InvitationRow>(tx.conn()).await? else { return Ok(None) };
    let inviter = Inviter::Account(AccountId(row.account_id));
    if inviter.use_up(tx, row.id).await? { AdminInvitation::try_from(row).map(Some) } else { Ok(None) }
}

/// Puts the link that sets up an empty installation in place of the one before it.
pub async fn set_setup_link(tx: &mut Tx, token_hash: &[u8]) -> Result<(), StoreError> {
    let now = tx.now();
    let row = [("id", 1_i64.into()), ("token_hash", token_hash.into()), ("created_at", now.into())];
    insert("setup_links", row)
        .push(" ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at")
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Whether a link is the one that sets the installation up.
pub async fn is_setup_link(read: &mut Reader, token_hash: &[u8]) -> Result<bool, StoreError> {
    let found = sql(
        "SELECT id FROM setup_links WHERE token_hash = $1 AND NOT EXISTS (SELECT 1 FROM users WHERE kind = 'admin')",
    )
    .bind(token_hash)
    .optional::<(i64,)>(read.conn())
    .await?;
    Ok(found.is_some())
}

/// Uses the link up that sets the installation up. Of two that try at once, one is told no.
pub async fn take_setup_link(tx: &mut Tx, token_hash: &[u8]) -> Result<bool, StoreError> {
    let used =
        sql("DELETE FROM setup_links WHERE token_hash = $1 AND NOT EXISTS (SELECT 1 FROM users WHERE kind = 'admin')")
            .bind(token_hash)
            .execute(tx.conn())
            .await?;
    Ok(used == 1)
}
