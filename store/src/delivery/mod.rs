//! Where a partner's leads are delivered to, what waits to be, and how it went.

pub mod endpoints;
mod log;
pub mod mails;
mod queue;

use chrono::{DateTime, Utc};
use domain::{
    delivery::{DeliveryChoice, DeliverySettings, EmailMode, LeadField, WebhookHealth},
    email::Email,
};
pub use log::{MAX_REPLAY, Replay, get, has_arrived, of_lead, page, replay, sees_leads, send_test};
pub use queue::deliver_again;
pub(crate) use queue::enqueue;
use sqlx::FromRow;

use crate::{
    Reader, StoreError, Tx,
    access::PartnerScope,
    error::parse_stored,
    sql::{insert, sql, update},
};

/// What the log says of a lead that was not sent because its partner may not see leads.
const LEADS_HIDDEN: &str = "the partner may not see leads";

#[derive(FromRow)]
struct Row {
    webhook_url: String,
    has_credentials: bool,
    webhook_header_names: String,
    webhook_secret: Option<Vec<u8>>,
    previous_secret_until_at: Option<DateTime<Utc>>,
    email_mode: String,
    email_recipients: String,
    webhook_fields: String,
    webhook_off_at: Option<DateTime<Utc>>,
    webhook_off_reason: String,
    failing_since_at: Option<DateTime<Utc>>,
    rests_until_at: Option<DateTime<Utc>>,
}

/// The parts of a lead that a stored choice names; all of them, where nothing was chosen.
fn stored_fields(json: &str) -> Result<Vec<LeadField>, StoreError> {
    if json.is_empty() {
        return Ok(LeadField::ALL.to_vec());
    }
    serde_json::from_str(json).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// The settings of the scope's partner; without any, nothing is delivered.
pub async fn settings(read: &mut Reader, scope: &PartnerScope) -> Result<DeliverySettings, StoreError> {
    let row = sql(
        "SELECT webhook_url, webhook_credentials IS NOT NULL AS has_credentials, webhook_header_names, webhook_secret, previous_secret_until_at, email_mode, email_recipients, webhook_fields,
            webhook_off_at, webhook_off_reason, failing_since_at, rests_until_at
        FROM delivery_settings WHERE account_id = $1 AND partner_id = $2",
    )
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .optional::<Row>(read.conn())
    .await?;
    let Some(row) = row else {
        return Ok(DeliverySettings {
            webhook_url: String::new(),
            has_credentials: false,
            headers: Vec::new(),
            has_secret: false,
            previous_secret_until: None,
            email_mode: EmailMode::Off,
            recipients: Vec::new(),
            fields: LeadField::ALL.to_vec(),
            health: WebhookHealth::default(),
        });
    };
    let until = row.previous_secret_until_at.filter(|until| *until > read.now());
    let recipients: Vec<Email> =
        serde_json::from_str(&row.email_recipients).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let zone = scope.session().zone();
    let off =
        row.webhook_off_at.map(|at| Ok::<_, StoreError>((zone.local(at), parse_stored(&row.webhook_off_reason)?)));
    let health = WebhookHealth {
        off: off.transpose()?,
        failing_since: row.failing_since_at.map(|at| zone.local(at)),
        rests_until: row.rests_until_at.filter(|until| *until > read.now()).map(|at| zone.local(at)),
    };
    Ok(DeliverySettings {
        webhook_url: row.webhook_url,
        has_credentials: row.has_credentials,
        headers: serde_json::from_str(&row.webhook_header_names)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?,
        has_secret: row.webhook_secret.is_some(),
        previous_secret_until: until.map(|until| zone.local(until)),
        email_mode: parse_stored(&row.email_mode)?,
        recipients,
        fields: stored_fields(&row.webhook_fields)?,
        health,
    })
}

/// What is sent along with a webhook, encrypted: name and password, and the headers with their names beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SentAlong {
    /// Name and password, if there are any.
    pub credentials: Option<Vec<u8>>,
    /// The headers, if there are any.
    pub headers: Option<Vec<u8>>,
    /// Their names, in their order.
    pub header_names: Vec<String>,
}

/// What is sent along with the webhook of the scope's partner.
pub async fn sent_along(read: &mut Reader, scope: &PartnerScope) -> Result<SentAlong, StoreError> {
    let row = sql("SELECT webhook_credentials, webhook_headers, webhook_header_names FROM delivery_settings
        WHERE account_id = $1 AND partner_id = $2")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .optional::<(Option<Vec<u8>>, Option<Vec<u8>>, String)>(read.conn())
    .await?;
    let Some((credentials, headers, names)) = row else { return Ok(SentAlong::default()) };
    let header_names = serde_json::from_str(&names).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(SentAlong { credentials, headers, header_names })
}

/// Changes what is sent along with the webhook of the scope's partner, whose settings were saved before, from what it was. The rest is
/// not written again: it may be sealed with another key by now.
pub async fn set_sent_along(
    tx: &mut Tx,
    scope: &PartnerScope,
    was: &SentAlong,
    along: &SentAlong,
) -> Result<(), StoreError> {
    let mut columns = vec![("webhook_header_names", serde_json::json!(along.header_names).to_string().into())];
    if along.credentials != was.credentials {
        columns.push(("webhook_credentials", along.credentials.clone().into()));
    }
    if along.headers != was.headers {
        columns.push(("webhook_headers", along.headers.clone().into()));
    }
    update("delivery_settings", columns)
        .push(" WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND partner_id = ")
        .arg(scope.partner_id())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Changes the settings of the scope's partner; the secret stays as it is. A webhook that had switched itself off is on
/// again: whoever saves it wants it called.
pub async fn save(tx: &mut Tx, scope: &PartnerScope, choice: &DeliveryChoice) -> Result<(), StoreError> {
    let recipients = serde_json::json!(choice.recipients).to_string();
    let fields = serde_json::json!(choice.fields).to_string();
    let now = tx.now();
    let row = [
        ("partner_id", scope.partner_id().into()),
        ("account_id", scope.account_id().into()),
        ("webhook_url", choice.webhook_url.as_str().into()),
        ("webhook_fields", fields.into()),
        ("email_mode", choice.email_mode.as_str().into()),
        ("email_recipients", recipients.into()),
        ("updated_at", now.into()),
    ];
    insert("delivery_settings", row)
        .push(
            " ON CONFLICT (partner_id) DO UPDATE SET webhook_url = excluded.webhook_url,
            webhook_fields = excluded.webhook_fields, email_mode = excluded.email_mode,
            email_recipients = excluded.email_recipients, updated_at = excluded.updated_at, webhook_off_at = NULL,
            webhook_off_reason = '', failures = 0, failing_since_at = NULL, rests_until_at = NULL",
        )
        .execute(tx.conn())
        .await?;
    if choice.webhook_url.is_empty() {
        // Nothing waits for an address that is gone.
        sql("UPDATE deliveries SET state = 'failed', next_attempt_at = NULL, settled_at = $1, outcome = 'the webhook was removed'
            WHERE account_id = $2 AND partner_id = $3 AND channel = 'webhook' AND next_attempt_at IS NOT NULL")
        .bind(now)
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// Puts a new signing secret, encrypted, in place of the one the scope's partner has; that one stays valid beside it
/// until `previous_until`.
pub async fn rotate_secret(
    tx: &mut Tx,
    scope: &PartnerScope,
    sealed: &[u8],
    previous_until: DateTime<Utc>,
) -> Result<(), StoreError> {
    let now = tx.now();
    let row = [
        ("partner_id", scope.partner_id().into()),
        ("account_id", scope.account_id().into()),
        ("webhook_url", "".into()),
        ("webhook_secret", sealed.into()),
        ("email_mode", EmailMode::Off.as_str().into()),
        ("email_recipients", "[]".into()),
        ("updated_at", now.into()),
    ];
    insert("delivery_settings", row)
        .push(
            " ON CONFLICT (partner_id) DO UPDATE SET previous_secret = delivery_settings.webhook_secret,
            previous_secret_until_at = CASE WHEN delivery_settings.webhook_secret IS NULL THEN NULL ELSE ",
        )
        .arg(previous_until)
        .push(
            " END, webhook_secret = excluded.webhook_secret,
            updated_at = excluded.updated_at",
        )
        .execute(tx.conn())
        .await?;
    Ok(())
}
