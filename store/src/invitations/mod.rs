//! Invitations: links by which somebody sets a first password and becomes a user.

pub(crate) mod stored;

use chrono::{DateTime, Utc};
use domain::{
    access::PartnerRole,
    email::Email,
    ids::{AccountId, InvitationId, PartnerId},
    users::{NewInvitation, PendingInvitation},
};
use sqlx::FromRow;
use uuid::Uuid;

use self::stored::{Addressee, Inviter};
use crate::{
    Reader, StoreError, Tx,
    access::PartnerScope,
    error::parse_stored,
    sql::{Sql, sql},
};

/// Stores an invitation to the scope's partner, or renews the one this address has: the link sent before ends.
pub async fn invite(
    tx: &mut Tx,
    scope: &PartnerScope,
    invitation: &NewInvitation,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<InvitationId, StoreError> {
    let to = Addressee { name: &invitation.name, email: &invitation.email, role: invitation.role.as_str() };
    Inviter::of(scope).invite(tx, scope.admin(), to, token_hash, expires_at).await
}

/// The scope's partner's invitations that nobody has accepted yet, latest first.
pub async fn pending(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<PendingInvitation>, StoreError> {
    Inviter::of(scope).pending(read, scope.session().zone()).await
}

/// Revokes one of the scope's partner's invitations. Answers nothing for any other id.
pub async fn revoke(tx: &mut Tx, scope: &PartnerScope, id: InvitationId) -> Result<Option<()>, StoreError> {
    Inviter::of(scope).revoke(tx, id).await
}

/// What a valid link invites to.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The account.
    pub account_id: AccountId,
    /// The partner.
    pub partner_id: PartnerId,
    /// Who is invited.
    pub name: String,
    /// The address they will log in with.
    pub email: Email,
    /// What they will be to the partner.
    pub role: PartnerRole,
    /// The partner's name.
    pub partner_name: String,
    /// The account's name.
    pub account_name: String,
}

#[derive(FromRow)]
struct InvitationRow {
    id: Uuid,
    account_id: Uuid,
    partner_id: Uuid,
    name: String,
    email: String,
    role: String,
    partner_name: String,
    account_name: String,
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: InvitationId(row.id),
            account_id: AccountId(row.account_id),
            partner_id: PartnerId(row.partner_id),
            name: row.name,
            email: Email::parse(&row.email).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            role: parse_stored(&row.role)?,
            partner_name: row.partner_name,
            account_name: row.account_name,
        })
    }
}

/// The invitation of a link that is valid: not accepted, not ended, to a partner whose users may log in.
/// **Bypass:** having the token is the proof.
pub async fn find(read: &mut Reader, token_hash: &[u8]) -> Result<Option<Invitation>, StoreError> {
    let row = valid(token_hash, read.now()).optional::<InvitationRow>(read.conn()).await?;
    row.map(Invitation::try_from).transpose()
}

/// Uses a link up and says what it invited to. Of two that try at once, one gets nothing.
/// **Bypass:** having the token is the proof.
pub async fn take(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<Invitation>, StoreError> {
    let now = tx.now();
    let Some(row) = valid(token_hash, now).optional::<InvitationRow>(tx.conn()).await? else { return Ok(None) };
    let inviter = Inviter::Partner(AccountId(row.account_id), PartnerId(row.partner_id));
    if inviter.use_up(tx, row.id).await? { Invitation::try_from(row).map(Some) } else { Ok(None) }
}

fn valid(token_hash: &[u8], now: DateTime<Utc>) -> Sql {
    sql("SELECT i.id, i.account_id, i.partner_id, i.name, i.email, i.role, p.name AS partner_name, a.name AS account_name
        FROM invitations i
        JOIN partners p ON p.id = i.partner_id AND p.account_id = i.account_id AND p.status = 'active' AND p.portal_access
        JOIN accounts a ON a.id = i.account_id AND a.portal_enabled
        LEFT JOIN users m ON m.id = i.made_by
        WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.expires_at > $2 AND (m.id IS NULL OR m.status = 'active')")
    .bind(token_hash)
    .bind(now)
}
