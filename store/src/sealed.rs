//! Columns with values that are sealed with the installation's key: the one list of them, and how they are sealed with another key.
//!
//! A value is found, opened and sealed by `services::sealed`; here it is read, and put in place of the one that was read, unless
//! somebody has changed it meanwhile. So whoever moves a sealed value from one place to another in two statements has to seal it anew:
//! what was read before may be sealed with a key that is of no use a moment later.
//!
//! **Bypass:** nothing here takes a scope. It is for operators who have changed the installation's key.

use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    sql::{Arg, Sql, sql, update},
};

/// A column with sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedColumn {
    /// What a partner's webhook is signed with.
    WebhookSecret,
    /// What it was signed with before.
    PreviousSecret,
    /// Name and password that are sent along with it.
    WebhookCredentials,
    /// Headers that are sent along with it.
    WebhookHeaders,
    /// What the account's own webhook is signed with.
    AccountWebhookSecret,
    /// What a user shares with an authenticator app.
    AppSecret,
    /// The same while it is being set up.
    PendingAppSecret,
    /// The portal's secret with a provider for single sign-on.
    ClientSecret,
    /// What is shown once.
    OneTimeSecret,
    /// What was typed into a form that could not be taken.
    KeptForm,
    /// A former key of the audit log.
    FormerAuditKey,
}

/// What a row of a column is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An id: of a partner, an account or a user, for whom the value is sealed.
    Id,
    /// An id of its own; beside it stand the hash of a session and a purpose, for which the value is sealed.
    InSession,
    /// Bytes that say nothing of whose the value is.
    Bytes,
}

impl SealedColumn {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::WebhookSecret,
        Self::PreviousSecret,
        Self::WebhookCredentials,
        Self::WebhookHeaders,
        Self::AccountWebhookSecret,
        Self::AppSecret,
        Self::PendingAppSecret,
        Self::ClientSecret,
        Self::OneTimeSecret,
        Self::KeptForm,
        Self::FormerAuditKey,
    ];

    /// The table and the column.
    #[must_use]
    pub const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::WebhookSecret => ("delivery_settings", "webhook_secret"),
            Self::PreviousSecret => ("delivery_settings", "previous_secret"),
            Self::WebhookCredentials => ("delivery_settings", "webhook_credentials"),
            Self::WebhookHeaders => ("delivery_settings", "webhook_headers"),
            Self::AccountWebhookSecret => ("account_webhooks", "secret"),
            Self::AppSecret => ("user_totp", "secret"),
            Self::PendingAppSecret => ("pending_totp", "secret"),
            Self::ClientSecret => ("identity_providers", "client_secret"),
            Self::OneTimeSecret => ("one_time_secrets", "content"),
            Self::KeptForm => ("kept_forms", "content"),
            Self::FormerAuditKey => ("former_audit_keys", "secret"),
        }
    }

    /// What its rows are known by.
    const fn key(self) -> (&'static str, Kind) {
        match self {
            Self::WebhookSecret | Self::PreviousSecret | Self::WebhookCredentials | Self::WebhookHeaders => {
                ("partner_id", Kind::Id)
            }
            Self::AccountWebhookSecret => ("account_id", Kind::Id),
            Self::AppSecret | Self::PendingAppSecret => ("user_id", Kind::Id),
            Self::ClientSecret => ("id", Kind::Id),
            Self::OneTimeSecret => ("id", Kind::InSession),
            Self::KeptForm => ("token_hash", Kind::Bytes),
            Self::FormerAuditKey => ("key_id", Kind::Bytes),
        }
    }
}

/// What a row is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Id(Uuid),
    Bytes(Vec<u8>),
}

impl From<&Key> for Arg {
    fn from(key: &Key) -> Self {
        match key {
            Key::Id(id) => (*id).into(),
            Key::Bytes(bytes) => bytes.as_slice().into(),
        }
    }
}

/// For whom a value is sealed, as far as its row tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealedFor {
    /// A partner, an account or a user: whichever the column is about.
    Id(Uuid),
    /// A session, and what it is shown for.
    Session {
        /// The hash of the session's id.
        hash: Vec<u8>,
        /// What it is, and whose.
        purpose: String,
    },
    /// Nobody in particular.
    Nobody,
}

/// A sealed value, and where it was found.
#[derive(Debug, Clone)]
pub struct SealedValue {
    /// The column it stands in.
    pub column: SealedColumn,
    key: Key,
    /// For whom it is sealed.
    pub sealed_for: SealedFor,
    /// The value.
    pub sealed: Vec<u8>,
}

/// The rest of a statement about values that begin otherwise.
fn not_beginning_with(query: Sql, column: SealedColumn, beginning: &[u8]) -> Sql {
    let (table, name) = column.place();
    let length = i64::try_from(beginning.len()).unwrap_or(0);
    query
        .push(" FROM ")
        .push(table)
        .push(" WHERE ")
        .push(name)
        .push(" IS NOT NULL AND substr(")
        .push(name)
        .push(", 1, CAST(")
        .arg(length)
        .push(" AS INTEGER)) <> ")
        .arg(beginning)
}

/// Values of a column that do not begin with what the newest key's do, so many at the most, in an order in which one goes on `after`
/// the last one.
pub async fn not_sealed_by(
    read: &mut Reader,
    column: SealedColumn,
    beginning: &[u8],
    after: Option<&SealedValue>,
    most: i64,
) -> Result<Vec<SealedValue>, StoreError> {
    let (key, kind) = column.key();
    let columns = sql("SELECT ").push(key).push(", ").push(column.place().1);
    let columns = if kind == Kind::InSession { columns.push(", session_hash, purpose") } else { columns };
    let mut query = not_beginning_with(columns, column, beginning);
    if let Some(after) = after {
        query = query.push(" AND ").push(key).push(" > ").arg(&after.key);
    }
    let query = query.push(" ORDER BY ").push(key).push(" LIMIT ").arg(most);
    let value = |key, sealed_for, sealed| SealedValue { column, key, sealed_for, sealed };
    Ok(match kind {
        Kind::Id => {
            let rows = query.all::<(Uuid, Vec<u8>)>(read.conn()).await?;
            rows.into_iter().map(|(id, sealed)| value(Key::Id(id), SealedFor::Id(id), sealed)).collect()
        }
        Kind::InSession => {
            let rows = query.all::<(Uuid, Vec<u8>, Vec<u8>, String)>(read.conn()).await?;
            let found = |(id, sealed, hash, purpose)| value(Key::Id(id), SealedFor::Session { hash, purpose }, sealed);
            rows.into_iter().map(found).collect()
        }
        Kind::Bytes => {
            let rows = query.all::<(Vec<u8>, Vec<u8>)>(read.conn()).await?;
            rows.into_iter().map(|(key, sealed)| value(Key::Bytes(key), SealedFor::Nobody, sealed)).collect()
        }
    })
}

/// How many values of a column do not begin with what the newest key's do.
pub async fn count_not_sealed_by(read: &mut Reader, column: SealedColumn, beginning: &[u8]) -> Result<i64, StoreError> {
    not_beginning_with(sql("SELECT COUNT(*)"), column, beginning).number(read.conn()).await
}

/// Puts a value in place of the one that was found, unless that was changed or removed meanwhile. Says whether it did.
pub async fn replace(tx: &mut Tx, found: &SealedValue, sealed: &[u8]) -> Result<bool, StoreError> {
    let ((table, column), (key, _)) = (found.column.place(), found.column.key());
    let replaced = update(table, [(column, sealed.into())])
        .push(" WHERE ")
        .push(key)
        .push(" = ")
        .arg(&found.key)
        .push(" AND ")
        .push(column)
        .push(" = ")
        .arg(found.sealed.as_slice())
        .execute(tx.conn())
        .await?;
    Ok(replaced == 1)
}
