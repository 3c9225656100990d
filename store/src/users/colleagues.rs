//! The users of one partner, as whoever manages them sees and changes them.

use chrono::{DateTime, Utc};
use domain::{
    access::{PartnerRole, Permission},
    email::Email,
    ids::{AccountId, PartnerId, UserId},
    users::PartnerUser,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{USER, UserRow};
use crate::{
    Reader, StoreError, Tx,
    access::{GRANTS, Grants, PartnerScope},
    error::parse_stored,
    sql::sql,
};

impl UserRow {
    fn colleague(self, scope: &PartnerScope) -> Result<PartnerUser, StoreError> {
        Ok(PartnerUser {
            id: UserId(self.id),
            name: self.name,
            email: self.email,
            role: parse_stored(&self.role)?,
            status: parse_stored(&self.status)?,
            last_login: self.last_login_at.map(|at| scope.session().zone().local(at)),
            two_factor: self.two_factor,
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
        .bind(email.key());
    Ok(tx.beyond_wall::<(Uuid,)>(found).await?.map(|(id,)| PartnerId(id)))
}

/// Sets a password that an admin made for one of the scope's partner's users: it works until then, to set one's own.
pub async fn set_temporary_password(
    tx: &mut Tx,
    scope: &PartnerScope,
    user: UserId,
    hash: &str,
    until: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql("UPDATE users SET password_hash = $1, must_change_password = $2, temporary_until_at = $3
        WHERE account_id = $4 AND partner_id = $5 AND id = $6")
    .bind(hash)
    .bind(true)
    .bind(until)
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(user)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The owners of the scope's partner who may log in: name and address. They are told of what concerns the whole partner.
pub async fn owners(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<(String, String)>, StoreError> {
    sql("SELECT name, email FROM users WHERE account_id = $1 AND partner_id = $2 AND kind = 'partner' AND status = 'active'
            AND role = 'owner' ORDER BY created_at, id LIMIT 20")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .all(read.conn())
    .await
}

#[derive(FromRow)]
struct Recipient {
    name: String,
    email: String,
    role: String,
    #[sqlx(flatten)]
    grants: Grants,
}

/// Who gets mails about the invoices of the scope's partner: its owners and those of its finances who may log in and see them.
pub async fn invoice_recipients(tx: &mut Tx, scope: &PartnerScope) -> Result<Vec<(String, String)>, StoreError> {
    let users = sql("SELECT u.name, u.email, u.role, ")
        .push(GRANTS)
        .push(
            " FROM users u JOIN partners p ON p.id = u.partner_id JOIN accounts a ON a.id = p.account_id
            WHERE u.account_id = $1 AND u.partner_id = $2 AND u.kind = 'partner' AND u.status = 'active'
                AND u.role IN ('owner', 'finance') ORDER BY u.name, u.id",
        )
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .all::<Recipient>(tx.conn())
        .await?;
    let mut recipients = Vec::with_capacity(users.len());
    for user in users {
        if user.grants.of(parse_stored(&user.role)?).has(Permission::ViewInvoices) {
            recipients.push((user.name, user.email));
        }
    }
    Ok(recipients)
}
