//! API keys. Only their hashes are kept.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    api_keys::{ApiKey, ApiScopes, KeyState, NewApiKey},
    ids::{AccountId, ApiKeyId, PartnerId, UserId},
    zone::Zone,
};
use sha2::{Digest, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, ApiSession, PartnerKeySession, PartnerScope, ShownKey},
    error::parse_stored,
    sql::{Sql, insert, sql},
    wall::{Wall, Walled},
};

/// How often the last use of a key is noted.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Whose keys are made and kept. Made of a scope alone: an admin's are the account's, a partner's its own.
#[derive(Debug, Clone)]
pub struct KeyOwner {
    account: AccountId,
    partner: Option<PartnerId>,
    user: Option<UserId>,
    user_name: String,
    zone: Zone,
}

impl From<&AdminScope> for KeyOwner {
    fn from(scope: &AdminScope) -> Self {
        let session = scope.session();
        Self {
            account: scope.account_id(),
            partner: None,
            user: session.admin_id(),
            user_name: session.user_name().to_owned(),
            zone: session.zone(),
        }
    }
}

impl From<&PartnerScope> for KeyOwner {
    fn from(scope: &PartnerScope) -> Self {
        let session = scope.session();
        Self {
            account: scope.account_id(),
            partner: Some(scope.partner_id()),
            user: Some(session.user_id()),
            user_name: session.user_name().to_owned(),
            zone: session.zone(),
        }
    }
}

impl KeyOwner {
    /// Its own rows of `api_keys`.
    fn own(&self, query: Sql) -> Sql {
        let query = query.push(" WHERE account_id = ").arg(self.account);
        match self.partner {
            Some(partner) => query.push(" AND partner_id = ").arg(partner),
            None => query.push(" AND partner_id IS NULL"),
        }
    }
}

/// Stores a new key: its hash, how it begins, and the networks it may be used from; everywhere where there are none.
pub async fn create(
    tx: &mut Tx,
    owner: impl Into<KeyOwner>,
    id: ApiKeyId,
    (new, networks): (&NewApiKey, &str),
    key: &str,
) -> Result<(), StoreError> {
    let (now, owner) = (tx.now(), owner.into());
    let hint: String = key.chars().take(12).collect();
    let row = [
        ("id", id.into()),
        ("account_id", owner.account.into()),
        ("partner_id", owner.partner.into()),
        ("name", new.name.as_str().into()),
        ("hint", hint.into()),
        ("key_hash", Sha256::digest(key.as_bytes()).to_vec().into()),
        ("scopes", new.scopes.to_bits().into()),
        ("created_by", owner.user_name.as_str().into()),
        ("made_by", owner.user.into()),
        ("created_at", now.into()),
        ("expires_at", new.life.days().map(|days| now + TimeDelta::days(days)).into()),
        ("networks", networks.into()),
    ];
    insert("api_keys", row).execute(tx.conn()).await?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    hint: String,
    scopes: i64,
    created_by: String,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    networks: String,
}

/// The owner's keys, latest first.
pub async fn list(read: &mut Reader, owner: impl Into<KeyOwner>) -> Result<Vec<ApiKey>, StoreError> {
    let owner = owner.into();
    let keys = sql(
        "SELECT id, name, hint, scopes, created_by, created_at, expires_at, revoked_at, last_used_at, networks FROM
            api_keys",
    );
    let rows = owner.own(keys).push(" ORDER BY created_at DESC, id DESC LIMIT 200").all::<Row>(read.conn()).await?;
    let (zone, now) = (owner.zone, read.now());
    let key = |row: Row| ApiKey {
        id: ApiKeyId(row.id),
        name: row.name,
        hint: row.hint,
        scopes: ApiScopes::from_bits(row.scopes),
        created_by: row.created_by,
        created: zone.local(row.created_at),
        expires: row.expires_at.map(|at| zone.local(at)),
        last_used: row.last_used_at.map(|at| zone.local(at)),
        networks: row.networks,
        state: match (row.revoked_at, row.expires_at) {
            (Some(_), _) => KeyState::Revoked,
            (None, Some(expires)) if expires <= now => KeyState::Expired,
            _ => KeyState::Good,
        },
    };
    Ok(rows.into_iter().map(key).collect())
}

/// Revokes a key, from the next request on. Answers nothing for any other id, and its name where it was good.
pub async fn revoke(tx: &mut Tx, owner: impl Into<KeyOwner>, id: ApiKeyId) -> Result<Option<String>, StoreError> {
    let revoked = sql("UPDATE api_keys SET revoked_at = COALESCE(revoked_at, ").arg(tx.now()).push(")");
    let own = owner.into().own(revoked).push(" AND id = ").arg(id).push(" RETURNING name");
    let found = own.optional::<(String,)>(tx.conn()).await?;
    Ok(found.map(|(name,)| name))
}

#[derive(FromRow)]
struct ShownRow {
    id: Uuid,
    name: String,
    scopes: i64,
    last_used_at: Option<DateTime<Utc>>,
    partner_id: Option<Uuid>,
    made_by: Option<Uuid>,
    account_id: Uuid,
    slug: String,
    account_name: String,
    time_zone: String,
    currency: String,
    networks: String,
}

/// A key that is good.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Whoever calls.
    pub session: KeySession,
    /// Whether its use is to be noted by [`touch`].
    pub is_stale: bool,
    /// The networks it may be used from, a space between two; everywhere where there are none.
    pub networks: String,
}

/// Whoever calls with a good key.
#[derive(Debug, Clone)]
pub enum KeySession {
    /// The account's own system.
    Account(ApiSession),
    /// A partner's.
    Partner(Box<PartnerKeySession>),
}

impl KeySession {
    /// The key.
    #[must_use]
    pub fn key_id(&self) -> ApiKeyId {
        match self {
            Self::Account(session) => session.key_id(),
            Self::Partner(session) => session.key_id(),
        }
    }
}

impl Walled for KeySession {
    fn wall(&self) -> Wall {
        match self {
            Self::Account(session) => session.session().wall(),
            Self::Partner(session) => session.session().wall(),
        }
    }
}

/// Whoever shows this key, if it is good. **Bypass:** it is for the API's guard, which looks from where it is shown.
pub async fn authenticate(read: &mut Reader, key: &str) -> Result<Option<Shown>, StoreError> {
    let now = read.now();
    let found =
        sql("SELECT k.id, k.name, k.scopes, k.last_used_at, k.partner_id, k.made_by, a.id AS account_id, a.slug, a.name AS account_name,
            a.time_zone, a.currency, k.networks
        FROM api_keys k JOIN accounts a ON a.id = k.account_id LEFT JOIN users m ON m.id = k.made_by
        WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)
            AND (m.id IS NULL OR m.status = 'active')")
        .bind(Sha256::digest(key.as_bytes()).to_vec())
        .bind(now)
        .optional::<ShownRow>(read.conn())
        .await?;
    let Some(row) = found else { return Ok(None) };
    let is_stale = row.last_used_at.is_none_or(|at| at + NOTED_EVERY <= now);
    let networks = row.networks;
    let shown = |session| Shown { session, is_stale, networks };
    if let Some(partner) = row.partner_id {
        let Some(made_by) = row.made_by else { return Ok(None) };
        let key = (ApiKeyId(row.id), row.name, ApiScopes::from_bits(row.scopes));
        let session = PartnerKeySession::of_key(read, key, PartnerId(partner), UserId(made_by)).await?;
        return Ok(session.map(|session| shown(KeySession::Partner(Box::new(session)))));
    }
    let key = ShownKey {
        id: ApiKeyId(row.id),
        name: row.name,
        scopes: ApiScopes::from_bits(row.scopes),
        account_id: AccountId(row.account_id),
        account_name: row.account_name,
        account_slug: row.slug,
        zone: parse_stored(&row.time_zone)?,
        currency: parse_stored(&row.currency)?,
    };
    Ok(Some(shown(KeySession::Account(ApiSession::new(key)))))
}

/// Whose key this once was, revoked or expired. **Bypass:** it is for noting that the key was refused.
pub async fn owner_of_refused(read: &mut Reader, key: &str) -> Result<Option<(AccountId, ApiKeyId)>, StoreError> {
    let found = sql("SELECT account_id, id FROM api_keys WHERE key_hash = $1")
        .bind(Sha256::digest(key.as_bytes()).to_vec())
        .optional::<(Uuid, Uuid)>(read.conn())
        .await?;
    Ok(found.map(|(account, key)| (AccountId(account), ApiKeyId(key))))
}

/// Notes that a key is used now.
pub async fn touch(tx: &mut Tx, key: ApiKeyId) -> Result<(), StoreError> {
    sql("UPDATE api_keys SET last_used_at = $1 WHERE id = $2").bind(tx.now()).bind(key).execute(tx.conn()).await?;
    Ok(())
}

/// What a request was answered before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier {
    /// Nothing: it is the first of its key.
    First,
    /// This: a status and a body.
    Answered(u16, String),
    /// The same `Idempotency-Key` came with another request.
    Mismatch,
}

#[derive(FromRow)]
struct Answer {
    request_hash: Vec<u8>,
    status: i64,
    body: String,
}

/// Claims an `Idempotency-Key` for this transaction, or says what its first request was answered. A second request that comes
/// while the first is under way waits for it.
pub async fn claim_answer(
    tx: &mut Tx,
    key: ApiKeyId,
    idempotency_key: &str,
    request_hash: &[u8],
) -> Result<Earlier, StoreError> {
    let now = tx.now();
    let row = [
        ("key_id", key.into()),
        ("idempotency_key", idempotency_key.into()),
        ("request_hash", request_hash.into()),
        ("status", 0_i64.into()),
        ("body", "".into()),
        ("created_at", now.into()),
    ];
    let claimed =
        insert("api_answers", row).push(" ON CONFLICT (key_id, idempotency_key) DO NOTHING").execute(tx.conn()).await?;
    if claimed == 1 {
        return Ok(Earlier::First);
    }
    let answer = sql("SELECT request_hash, status, body FROM api_answers WHERE key_id = $1 AND idempotency_key = $2")
        .bind(key)
        .bind(idempotency_key)
        .one::<Answer>(tx.conn())
        .await?;
    if answer.request_hash != request_hash {
        return Ok(Earlier::Mismatch);
    }
    Ok(Earlier::Answered(u16::try_from(answer.status).unwrap_or(500), answer.body))
}

/// Keeps the answer to a claimed key, within the transaction that did what it tells of.
pub async fn keep_answer(
    tx: &mut Tx,
    key: ApiKeyId,
    idempotency_key: &str,
    status: u16,
    body: &str,
) -> Result<(), StoreError> {
    sql("UPDATE api_answers SET status = $1, body = $2 WHERE key_id = $3 AND idempotency_key = $4")
        .bind(i64::from(status))
        .bind(body)
        .bind(key)
        .bind(idempotency_key)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Forgets answers from before an instant.
pub async fn forget_answers(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StoreError> {
    sql("DELETE FROM api_answers WHERE created_at < $1").bind(before).execute(tx.conn()).await?;
    Ok(())
}
