//! What invitations to a partner and to the admins have in common: they are kept in two tables of the same shape.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use domain::{
    email::Email,
    ids::{AccountId, InvitationId, PartnerId, UserId},
    users::PendingInvitation,
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::PartnerScope,
    error::parse_stored,
    sql::{Column, Sql, insert, sql},
};

/// Whose users somebody is invited to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Inviter {
    /// A partner's.
    Partner(AccountId, PartnerId),
    /// An account's own: its admins.
    Account(AccountId),
}

/// Who is invited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addressee<'a> {
    pub(crate) name: &'a str,
    pub(crate) email: &'a Email,
    pub(crate) role: &'static str,
}

/// An invitation nobody has accepted yet.
#[derive(FromRow)]
struct PendingRow {
    id: Uuid,
    name: String,
    email: String,
    role: String,
    expires_at: DateTime<Utc>,
}

impl Inviter {
    pub(crate) fn of(scope: &PartnerScope) -> Self {
        Self::Partner(scope.account_id(), scope.partner_id())
    }

    const fn table(self) -> &'static str {
        match self {
            Self::Partner(..) => "invitations",
            Self::Account(_) => "admin_invitations",
        }
    }

    /// The columns that say whose it is.
    fn keys(self) -> Vec<Column> {
        match self {
            Self::Partner(account, partner) => vec![("account_id", account.into()), ("partner_id", partner.into())],
            Self::Account(account) => vec![("account_id", account.into())],
        }
    }

    /// Adds the condition that an invitation is its own and nobody has accepted it.
    fn open(self, statement: Sql) -> Sql {
        let mut statement = statement.push(" WHERE accepted_at IS NULL");
        for (name, key) in self.keys() {
            statement = statement.push(" AND ").push(name).push(" = ").arg(key);
        }
        statement
    }

    /// Stores an invitation, or renews the one this address has: the link sent before ends. It ends with the admin who made it, if
    /// one did.
    pub(crate) async fn invite(
        self,
        tx: &mut Tx,
        made_by: Option<UserId>,
        to: Addressee<'_>,
        token_hash: &[u8],
        expires_at: DateTime<Utc>,
    ) -> Result<InvitationId, StoreError> {
        let row = [
            ("id", tx.new_id()?.into()),
            ("email", to.email.as_str().into()),
            ("email_key", to.email.key().into()),
            ("name", to.name.into()),
            ("role", to.role.into()),
            ("token_hash", token_hash.into()),
            ("made_by", made_by.into()),
            ("created_at", tx.now().into()),
            ("expires_at", expires_at.into()),
        ];
        let (id,) = insert(self.table(), self.keys().into_iter().chain(row))
            .push(match self {
                Self::Partner(..) => " ON CONFLICT (partner_id, email_key)",
                Self::Account(_) => " ON CONFLICT (account_id, email_key)",
            })
            .push(
                " DO UPDATE SET email = excluded.email, name = excluded.name, role = excluded.role,
                token_hash = excluded.token_hash, made_by = excluded.made_by, created_at = excluded.created_at, expires_at = excluded.expires_at,
                accepted_at = NULL RETURNING id",
            )
            .one::<(Uuid,)>(tx.conn())
            .await?;
        Ok(InvitationId(id))
    }

    /// Its invitations that nobody has accepted yet, latest first, with times of this zone.
    pub(crate) async fn pending<R>(self, read: &mut Reader, zone: Zone) -> Result<Vec<PendingInvitation<R>>, StoreError>
    where
        R: FromStr<Err: fmt::Display>,
    {
        let now = read.now();
        let select = sql("SELECT id, name, email, role, expires_at FROM ").push(self.table());
        let rows = self.open(select).push(" ORDER BY created_at DESC, id DESC").all::<PendingRow>(read.conn()).await?;
        let invitation = |row: PendingRow| {
            Ok(PendingInvitation {
                id: InvitationId(row.id),
                name: row.name,
                email: row.email,
                role: parse_stored(&row.role)?,
                expires: zone.local(row.expires_at),
                expired: row.expires_at <= now,
            })
        };
        rows.into_iter().map(invitation).collect()
    }

    /// Takes one of them back. Answers nothing for any other id.
    pub(crate) async fn revoke(self, tx: &mut Tx, id: InvitationId) -> Result<Option<()>, StoreError> {
        let delete = self.open(sql("DELETE FROM ").push(self.table())).push(" AND id = ").arg(id);
        Ok((delete.execute(tx.conn()).await? == 1).then_some(()))
    }

    /// Notes that one was accepted. Of two that try at once, one is told no.
    pub(crate) async fn use_up(self, tx: &mut Tx, id: Uuid) -> Result<bool, StoreError> {
        let update = sql("UPDATE ").push(self.table()).push(" SET accepted_at = ").arg(tx.now());
        Ok(self.open(update).push(" AND id = ").arg(id).execute(tx.conn()).await? == 1)
    }
}
