//! Accounts that are made to try the portal with (`partner-portal prove-isolation`), and removed afterwards. No login page asks
//! whether one of them is meant, and workers send nothing for them.

use chrono::{DateTime, Utc};
use domain::ids::{AccountId, PartnerId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Db, Reader, StoreError, Tx, sql::sql};

/// Makes an account one that can be removed again.
pub async fn mark(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    sql("UPDATE accounts SET is_synthetic = TRUE WHERE id = $1").bind(account).execute(tx.conn()).await?;
    Ok(())
}

/// The synthetic accounts that are there, and when they were made.
pub async fn all(read: &mut Reader) -> Result<Vec<(AccountId, DateTime<Utc>)>, StoreError> {
    let rows = sql("SELECT id, created_at FROM accounts WHERE is_synthetic ORDER BY created_at, id")
        .all::<(Uuid, DateTime<Utc>)>(read.conn())
        .await?;
    Ok(rows.into_iter().map(|(id, made_at)| (AccountId(id), made_at)).collect())
}

/// Something of an account that has an id.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Thing {
    /// What it is, as `lead`.
    pub kind: String,
    /// The partner it belongs to; none where it is the account's own.
    #[sqlx(rename = "partner_id")]
    partner: Option<Uuid>,
    /// Its id.
    pub id: Uuid,
}

impl Thing {
    /// The partner it belongs to; none where it is the account's own.
    #[must_use]
    pub fn partner(&self) -> Option<PartnerId> {
        self.partner.map(PartnerId)
    }
}

/// Everything of an account that addresses and forms name by an id.
pub async fn things(read: &mut Reader, account: AccountId) -> Result<Vec<Thing>, StoreError> {
    sql("SELECT 'partner' AS kind, id AS partner_id, id FROM partners WHERE account_id = $1
        UNION ALL SELECT 'user', partner_id, id FROM users WHERE account_id = $1
        UNION ALL SELECT 'lead', partner_id, id FROM leads WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)
        UNION ALL SELECT 'return', partner_id, id FROM lead_returns WHERE account_id = $1
        UNION ALL SELECT 'file', partner_id, id FROM lead_files
            WHERE lead_id IN (SELECT id FROM leads WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1))
        UNION ALL SELECT 'view', partner_id, id FROM lead_views WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)
        UNION ALL SELECT 'import', partner_id, id FROM lead_imports WHERE account_id = $1
        UNION ALL SELECT 'partner import', NULL, id FROM partner_imports WHERE account_id = $1
        UNION ALL SELECT 'invoice', partner_id, id FROM invoices WHERE account_id = $1
        UNION ALL SELECT 'delivery', partner_id, id FROM deliveries WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)
        UNION ALL SELECT 'report', partner_id, id FROM report_mails WHERE account_id = $1
        UNION ALL SELECT 'API key', partner_id, id FROM api_keys WHERE account_id = $1
        UNION ALL SELECT 'invitation', partner_id, id FROM invitations WHERE account_id = $1
        UNION ALL SELECT 'admin invitation', NULL, id FROM admin_invitations WHERE account_id = $1
        UNION ALL SELECT 'passkey', u.partner_id, k.id FROM passkeys k JOIN users u ON u.id = k.user_id WHERE k.account_id = $1
        UNION ALL SELECT 'provider', partner_id, id FROM identity_providers WHERE account_id = $1")
    .bind(account)
    .all::<Thing>(read.conn())
    .await
}

/// A mail that waits in the outbox of a synthetic account. Its texts may hold a link that gives access: they are never printed.
#[derive(Clone, FromRow)]
pub struct WaitingMail {
    /// To whom.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// The text.
    pub text_body: String,
    /// The same as HTML.
    pub html_body: String,
    /// The workbook that travels with it.
    pub attachment: Option<Vec<u8>>,
}

impl std::fmt::Debug for WaitingMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WaitingMail").field("recipient", &self.recipient).finish_non_exhaustive()
    }
}

/// The mails of a synthetic account, none of which is ever sent.
pub async fn mails(read: &mut Reader, account: AccountId) -> Result<Vec<WaitingMail>, StoreError> {
    sql("SELECT recipient, subject, text_body, html_body, attachment FROM outbox
        WHERE account_id = $1 AND account_id IN (SELECT id FROM accounts WHERE is_synthetic) ORDER BY created_at, id")
    .bind(account)
    .all::<WaitingMail>(read.conn())
    .await
}

/// What removes an account's rows, table by table: first what refers to others, then what is referred to; of large tables by an index,
/// which begins with the partner or the lead. A table that a migration adds is added here; a contract test looks for rows that are left.
const REMOVALS: [&str; 59] = [
    "DELETE FROM api_answers WHERE key_id IN (SELECT id FROM api_keys WHERE account_id = $1)",
    "DELETE FROM api_keys WHERE account_id = $1",
    "DELETE FROM delivery_attempts WHERE
        delivery_id IN (SELECT id FROM deliveries WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1))",
    "DELETE FROM deliveries WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)",
    "DELETE FROM delivery_settings WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)",
    "DELETE FROM account_webhooks WHERE account_id = $1",
    "DELETE FROM invoice_line_leads WHERE
        lead_id IN (SELECT id FROM leads WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1))",
    "DELETE FROM invoice_payments WHERE account_id = $1",
    "DELETE FROM invoice_lines WHERE account_id = $1",
    "DELETE FROM invoices WHERE account_id = $1",
    "DELETE FROM invoice_counters WHERE account_id = $1",
    "DELETE FROM lead_files WHERE
        lead_id IN (SELECT id FROM leads WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1))",
    "DELETE FROM lead_returns WHERE account_id = $1",
    "DELETE FROM lead_notes WHERE
        lead_id IN (SELECT id FROM leads WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1))",
    "DELETE FROM lead_outcome_events WHERE
        lead_id IN (SELECT id FROM leads WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1))",
    "DELETE FROM lead_status_events WHERE
        lead_id IN (SELECT id FROM leads WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1))",
    "DELETE FROM lead_values WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)",
    "DELETE FROM lead_field_values WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)",
    "DELETE FROM lead_rollup_pending WHERE account_id = $1",
    "DELETE FROM lead_rollups WHERE account_id = $1",
    "DELETE FROM lead_breakdowns WHERE account_id = $1",
    "DELETE FROM lead_day_counts WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)",
    "DELETE FROM lead_totals WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)",
    "DELETE FROM lead_views WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)",
    "DELETE FROM leads WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)",
    "DELETE FROM lead_import_pieces WHERE import_id IN (SELECT id FROM lead_imports WHERE account_id = $1)",
    "DELETE FROM lead_import_rejects WHERE import_id IN (SELECT id FROM lead_imports WHERE account_id = $1)",
    "DELETE FROM lead_imports WHERE account_id = $1",
    "DELETE FROM lead_import_mappings WHERE partner_id IN (SELECT id FROM partners WHERE account_id = $1)",
    "DELETE FROM partner_imports WHERE account_id = $1",
    "DELETE FROM report_mail_links WHERE report_mail_id IN (SELECT id FROM report_mails WHERE account_id = $1)",
    "DELETE FROM report_mails WHERE account_id = $1",
    "DELETE FROM lead_fields WHERE account_id = $1",
    "DELETE FROM outcomes WHERE account_id = $1",
    "DELETE FROM reject_reasons WHERE account_id = $1",
    // Whoever has logged out reads none any more.
    "DELETE FROM one_time_secrets WHERE session_hash IN (SELECT s.id_hash FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE u.account_id = $1) OR session_hash NOT IN (SELECT id_hash FROM sessions)",
    "DELETE FROM kept_forms WHERE user_id IN (SELECT id FROM users WHERE account_id = $1)",
    "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE account_id = $1)",
    "DELETE FROM session_end_links WHERE account_id = $1",
    "DELETE FROM user_tokens WHERE account_id = $1",
    "DELETE FROM password_reset_requests WHERE account_id = $1",
    "DELETE FROM invitations WHERE account_id = $1",
    "DELETE FROM admin_invitations WHERE account_id = $1",
    "DELETE FROM pending_passkeys WHERE account_id = $1",
    "DELETE FROM passkeys WHERE account_id = $1",
    "DELETE FROM pending_totp WHERE account_id = $1",
    "DELETE FROM recovery_codes WHERE account_id = $1",
    "DELETE FROM user_totp WHERE account_id = $1",
    "DELETE FROM provider_identities WHERE account_id = $1",
    "DELETE FROM identity_providers WHERE account_id = $1",
    "DELETE FROM outbox WHERE account_id = $1",
    "UPDATE accounts SET logo = NULL WHERE id = $1",
    "DELETE FROM account_logos WHERE account_id = $1",
    // Events go once the chain notes them as purged: the database refuses any other way.
    "UPDATE audit_chains SET purged_sequence = last_sequence WHERE account_id = $1",
    "DELETE FROM audit_events WHERE account_id = $1",
    "DELETE FROM audit_chains WHERE account_id = $1",
    "DELETE FROM users WHERE account_id = $1",
    "DELETE FROM partners WHERE account_id = $1",
    "DELETE FROM accounts WHERE id = $1 AND is_synthetic",
];

/// Removes a synthetic account with everything it has; any other one stays as it is. Each table by a transaction of its own, so that
/// nobody waits long: what an interrupted removal has left, the next one removes. SQLite does not look for references meanwhile: it would
/// walk through whole tables for each user, and holds the one lock as long.
///
/// # Errors
/// When somebody is still adding rows to the account, or the role in `DATABASE_URL` may not remove them and no other one is known.
pub async fn remove(db: &Db, account: AccountId) -> Result<(), StoreError> {
    let other = match db.as_owner().await? {
        Some((owner, _)) => Some(owner),
        None => db.without_references().await?,
    };
    let db = other.as_ref().unwrap_or(db);
    for removal in REMOVALS {
        let mut tx = db.begin_write().await?;
        let is_synthetic = sql("SELECT COUNT(*) FROM accounts WHERE id = $1 AND is_synthetic").bind(account);
        if is_synthetic.number(tx.conn()).await? == 0 {
            break;
        }
        tx.lift_time_limits().await?;
        sql(removal).bind(account).execute(tx.conn()).await?;
        tx.end().await?;
    }
    if let Some(other) = other {
        other.close().await;
    }
    Ok(())
}

/// Whether rows can be removed with what this process knows: on PostgreSQL the role that serves may not.
pub async fn is_removable(db: &Db) -> Result<bool, StoreError> {
    Ok(!db.is_anothers().await? || db.as_owner().await?.is_some())
}
