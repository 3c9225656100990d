//! What an admin has made and that opens doors without them: API keys and invitations.

use std::collections::HashMap;

use domain::{
    admin::Made,
    ids::{ApiKeyId, InvitationId, PartnerId, UserId},
};
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::AdminScope,
    sql::{Sql, sql},
};

/// What of it still opens anything, by admin of the account.
pub(super) async fn count(read: &mut Reader, scope: &AdminScope) -> Result<HashMap<Uuid, Made>, StoreError> {
    let now = read.now();
    let mut counted: HashMap<Uuid, Made> = HashMap::new();
    let keys = sql("SELECT made_by, name FROM api_keys WHERE account_id = $1 AND revoked_at IS NULL
            AND (expires_at IS NULL OR expires_at > $2) AND made_by IS NOT NULL ORDER BY name, id")
    .bind(scope.account_id())
    .bind(now);
    for (admin, name) in keys.all::<(Uuid, String)>(read.conn()).await? {
        counted.entry(admin).or_default().api_keys.push(name);
    }
    for invitations in [
        sql("SELECT made_by, COUNT(*) FROM invitations WHERE account_id = $1 AND accepted_at IS NULL
            AND expires_at > $2 AND made_by IS NOT NULL GROUP BY made_by"),
        sql("SELECT made_by, COUNT(*) FROM admin_invitations WHERE account_id = $1 AND accepted_at IS NULL
            AND expires_at > $2 AND made_by IS NOT NULL GROUP BY made_by"),
    ] {
        for (admin, number) in grouped(invitations, read, scope, now).await? {
            counted.entry(admin).or_default().invitations += number;
        }
    }
    Ok(counted)
}

async fn grouped(
    query: Sql,
    read: &mut Reader,
    scope: &AdminScope,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<(Uuid, u64)>, StoreError> {
    let rows = query.bind(scope.account_id()).bind(now).all::<(Uuid, i64)>(read.conn()).await?;
    Ok(rows.into_iter().map(|(admin, number)| (admin, u64::try_from(number).unwrap_or(0))).collect())
}

/// What has ended with an admin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended {
    /// API keys, with their names.
    pub api_keys: Vec<(ApiKeyId, String)>,
    /// Invitations to partners.
    pub invitations: Vec<(InvitationId, PartnerId)>,
    /// Invitations as an admin.
    pub admin_invitations: Vec<InvitationId>,
}

/// Ends what one of the account's admins has made: its keys are revoked, its invitations are taken back.
pub async fn end_made(tx: &mut Tx, scope: &AdminScope, admin: UserId) -> Result<Ended, StoreError> {
    let (account, now) = (scope.account_id(), tx.now());
    let keys = sql("UPDATE api_keys SET revoked_at = $1 WHERE account_id = $2 AND made_by = $3
            AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1) RETURNING id, name")
    .bind(now)
    .bind(account)
    .bind(admin)
    .all::<(Uuid, String)>(tx.conn())
    .await?;
    let invitations = sql("DELETE FROM invitations WHERE account_id = $1 AND made_by = $2 AND accepted_at IS NULL
            AND expires_at > $3 RETURNING id, partner_id")
    .bind(account)
    .bind(admin)
    .bind(now)
    .all::<(Uuid, Uuid)>(tx.conn())
    .await?;
    let of_admins = sql("DELETE FROM admin_invitations WHERE account_id = $1 AND made_by = $2 AND accepted_at IS NULL
            AND expires_at > $3 RETURNING id")
    .bind(account)
    .bind(admin)
    .bind(now)
    .all::<(Uuid,)>(tx.conn())
    .await?;
    Ok(Ended {
        api_keys: keys.into_iter().map(|(id, name)| (ApiKeyId(id), name)).collect(),
        invitations: invitations.into_iter().map(|(id, partner)| (InvitationId(id), PartnerId(partner))).collect(),
        admin_invitations: of_admins.into_iter().map(|(id,)| InvitationId(id)).collect(),
    })
}

/// Makes what one of the account's admins has made the scope's own: its keys and its open invitations. How many keys and how many
/// invitations there were.
pub async fn take_over(tx: &mut Tx, scope: &AdminScope, admin: UserId) -> Result<(u64, u64), StoreError> {
    let (account, now, own) = (scope.account_id(), tx.now(), scope.session().admin_id());
    let take = |query: Sql| query.bind(own).bind(account).bind(admin).bind(now);
    let keys =
        take(sql("UPDATE api_keys SET made_by = $1 WHERE account_id = $2 AND made_by = $3 AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > $4)"));
    let keys = keys.execute(tx.conn()).await?;
    let mut invitations = 0;
    for query in [
        sql("UPDATE invitations SET made_by = $1 WHERE account_id = $2 AND made_by = $3 AND accepted_at IS NULL
            AND expires_at > $4"),
        sql("UPDATE admin_invitations SET made_by = $1 WHERE account_id = $2 AND made_by = $3 AND accepted_at IS NULL
            AND expires_at > $4"),
    ] {
        invitations += take(query).execute(tx.conn()).await?;
    }
    Ok((keys, invitations))
}
