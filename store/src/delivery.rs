//! Where a partner's leads are delivered to.

use chrono::{DateTime, Utc};
use domain::{
    delivery::{DeliveryChoice, DeliverySettings, EmailMode},
    email::Email,
};
use sqlx::FromRow;

use crate::{Db, StoreError, Tx, access::PartnerScope, error::word, sql::sql};

#[derive(FromRow)]
struct Row {
    webhook_url: String,
    webhook_secret: Option<Vec<u8>>,
    previous_secret_until_at: Option<DateTime<Utc>>,
    email_mode: String,
    email_recipients: String,
}

/// The settings of the scope's partner; without any, nothing is delivered.
///
/// # Errors
/// When the database does not answer.
pub async fn settings(db: &Db, scope: &PartnerScope) -> Result<DeliverySettings, StoreError> {
    let row = sql("SELECT webhook_url, webhook_secret, previous_secret_until_at, email_mode, email_recipients
        FROM delivery_settings WHERE account_id = $1 AND partner_id = $2")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .optional::<Row>(db.reader().await?.conn())
    .await?;
    let Some(row) = row else {
        return Ok(DeliverySettings {
            webhook_url: String::new(),
            has_secret: false,
            previous_secret_until: None,
            email_mode: EmailMode::Off,
            recipients: Vec::new(),
        });
    };
    let until = row.previous_secret_until_at.filter(|until| *until > db.now());
    let recipients: Vec<Email> =
        serde_json::from_str(&row.email_recipients).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(DeliverySettings {
        webhook_url: row.webhook_url,
        has_secret: row.webhook_secret.is_some(),
        previous_secret_until: until.map(|until| scope.session().zone().local(until)),
        email_mode: word(&row.email_mode)?,
        recipients,
    })
}

/// Changes the settings of the scope's partner; the secret stays as it is.
///
/// # Errors
/// When the database does not answer.
pub async fn save(tx: &mut Tx, scope: &PartnerScope, choice: &DeliveryChoice) -> Result<(), StoreError> {
    let recipients = serde_json::json!(choice.recipients).to_string();
    let now = tx.db().now();
    sql("INSERT INTO delivery_settings (partner_id, account_id, webhook_url, secret_unseen, email_mode, email_recipients,
            updated_at) VALUES ")
        .rows([[
            scope.partner_id().into(),
            scope.account_id().into(),
            choice.webhook_url.as_str().into(),
            false.into(),
            choice.email_mode.as_str().into(),
            recipients.into(),
            now.into(),
        ]])
        .push(" ON CONFLICT (partner_id) DO UPDATE SET webhook_url = excluded.webhook_url, email_mode = excluded.email_mode,
            email_recipients = excluded.email_recipients, updated_at = excluded.updated_at")
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Puts a new signing secret, encrypted, in the place of the one the scope's partner has; that one stays valid beside it
/// until `previous_until`.
///
/// # Errors
/// When the database does not answer.
pub async fn rotate_secret(
    tx: &mut Tx,
    scope: &PartnerScope,
    sealed: &[u8],
    previous_until: DateTime<Utc>,
) -> Result<(), StoreError> {
    let now = tx.db().now();
    sql(
        "INSERT INTO delivery_settings (partner_id, account_id, webhook_url, webhook_secret, secret_unseen, email_mode,
            email_recipients, updated_at) VALUES ",
    )
    .rows([[
        scope.partner_id().into(),
        scope.account_id().into(),
        "".into(),
        sealed.into(),
        true.into(),
        EmailMode::Off.as_str().into(),
        "[]".into(),
        now.into(),
    ]])
    .push(
        " ON CONFLICT (partner_id) DO UPDATE SET previous_secret = delivery_settings.webhook_secret,
            previous_secret_until_at = CASE WHEN delivery_settings.webhook_secret IS NULL THEN NULL ELSE ",
    )
    .arg(previous_until)
    .push(
        " END, webhook_secret = excluded.webhook_secret, secret_unseen = excluded.secret_unseen,
            updated_at = excluded.updated_at",
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The signing secret of the scope's partner, encrypted, if it was made and not shown yet. It counts as shown from now on.
///
/// # Errors
/// When the database does not answer.
pub async fn take_unseen_secret(tx: &mut Tx, scope: &PartnerScope) -> Result<Option<Vec<u8>>, StoreError> {
    let found = sql("UPDATE delivery_settings SET secret_unseen = $1 WHERE account_id = $2 AND partner_id = $3
        AND secret_unseen AND webhook_secret IS NOT NULL RETURNING webhook_secret")
    .bind(false)
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .optional::<(Vec<u8>,)>(tx.conn())
    .await?;
    Ok(found.map(|(sealed,)| sealed))
}
