//! The admin start page.

use chrono::{DateTime, Utc};
use domain::{
    dashboard::ReportDays,
    ids::PartnerId,
    money::Money,
    overview::{Overview, WebhookTrouble},
};
use uuid::Uuid;

use crate::{Reader, StoreError, access::AdminScope, audit, error::parse_stored, sql::sql};

/// How many of the latest events are shown.
const EVENTS: i64 = 10;
/// How many of the partners nobody of whom has ever logged in are named.
const SILENT: i64 = 5;

/// The account's figures.
pub async fn load(read: &mut Reader, scope: &AdminScope) -> Result<Overview, StoreError> {
    let days = ReportDays { today: scope.session().zone().day(read.now()) };
    let account = scope.account_id();
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let (portal_enabled,) =
        sql("SELECT portal_enabled FROM accounts WHERE id = $1").bind(account).one::<(bool,)>(read.conn()).await?;
    let (active, paused) =
        sql("SELECT CAST(COALESCE(SUM(CASE WHEN status = 'active' THEN 1 ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN status = 'paused' THEN 1 ELSE 0 END), 0) AS BIGINT)
        FROM partners WHERE account_id = $1")
        .bind(account)
        .one::<(i64, i64)>(read.conn())
        .await?;
    let never = "FROM partners p WHERE p.account_id = $1 AND p.status = 'active' AND NOT EXISTS
            (SELECT 1 FROM users u WHERE u.partner_id = p.id AND u.last_login_at IS NOT NULL)";
    let never_logged_in = sql("SELECT COUNT(*) ").push(never).bind(account).number(read.conn()).await?;
    let silent = sql("SELECT p.id, p.name ")
        .push(never)
        .push(" ORDER BY p.created_at DESC, p.id DESC LIMIT $2")
        .bind(account)
        .bind(SILENT)
        .all::<(Uuid, String)>(read.conn())
        .await?;
    let (today, this_month) = sql("SELECT CAST(COALESCE(SUM(CASE WHEN day = $2 THEN leads ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(leads), 0) AS BIGINT)
        FROM lead_day_counts WHERE account_id = $1 AND partner_id IN (SELECT id FROM partners WHERE account_id = $1)
            AND day >= $3 AND day <= $2")
    .bind(account)
    .bind(days.today)
    .bind(days.this_month().0)
    .one::<(i64, i64)>(read.conn())
    .await?;
    let overdue = sql("SELECT currency, COUNT(*), CAST(SUM(total_minor - paid_minor) AS BIGINT) FROM invoices
        WHERE account_id = $1 AND status = 'issued' AND due_on < $2 GROUP BY currency ORDER BY currency")
    .bind(account)
    .bind(days.today)
    .all::<(String, i64, i64)>(read.conn())
    .await?;
    let drafts = sql("SELECT COUNT(*) FROM invoices WHERE account_id = $1 AND status = 'draft'")
        .bind(account)
        .number(read.conn())
        .await?;
    let expired =
        sql("SELECT COUNT(*) FROM invitations WHERE account_id = $1 AND accepted_at IS NULL AND expires_at <= $2")
            .bind(account)
            .bind(read.now())
            .number(read.conn())
            .await?;
    let failed_mails = sql("SELECT COUNT(*) FROM outbox
        WHERE account_id = $1 AND sent_at IS NULL AND next_attempt_at IS NULL")
    .bind(account)
    .number(read.conn())
    .await?;
    let failed_deliveries =
        sql("SELECT COUNT(*) FROM deliveries WHERE account_id = $1 AND state = 'failed' AND created_at >= $2")
            .bind(account)
            .bind(read.now() - chrono::TimeDelta::days(7))
            .number(read.conn())
            .await?;
    let failing = sql("SELECT DISTINCT p.id, p.name FROM deliveries d JOIN partners p ON p.id = d.partner_id
        WHERE d.account_id = $1 AND d.state = 'failed' AND d.created_at >= $2 ORDER BY p.name, p.id LIMIT $3")
    .bind(account)
    .bind(read.now() - chrono::TimeDelta::days(7))
    .bind(SILENT)
    .all::<(Uuid, String)>(read.conn())
    .await?;
    let (open_returns, returns_due) = sql("SELECT COUNT(*), MIN(due_at) FROM lead_returns
        WHERE account_id = $1 AND state = 'requested'")
    .bind(account)
    .one::<(i64, Option<DateTime<Utc>>)>(read.conn())
    .await?;
    let webhook =
        sql("SELECT off_at IS NOT NULL, failing_since_at IS NOT NULL FROM account_webhooks WHERE account_id = $1")
            .bind(account)
            .optional::<(bool, bool)>(read.conn())
            .await?;
    let sum =
        |(currency, _, minor): &(String, i64, i64)| Ok(Money { minor: *minor, currency: parse_stored(currency)? });
    Ok(Overview {
        portal_enabled,
        active: count(active),
        never_logged_in: count(never_logged_in),
        paused: count(paused),
        leads_today: count(today),
        leads_this_month: count(this_month),
        overdue: overdue.iter().map(|(_, invoices, _)| count(*invoices)).sum(),
        overdue_sums: overdue.iter().map(sum).collect::<Result<_, StoreError>>()?,
        drafts: count(drafts),
        silent: silent.into_iter().map(|(id, name)| (PartnerId(id), name)).collect(),
        expired_invitations: count(expired),
        failed_mails: count(failed_mails),
        failed_deliveries: count(failed_deliveries),
        failing: failing.into_iter().map(|(id, name)| (PartnerId(id), name)).collect(),
        open_returns: count(open_returns),
        returns_due: returns_due.map(|at| scope.session().zone().local(at)),
        webhook: match webhook {
            Some((true, _)) => Some(WebhookTrouble::Off),
            Some((false, true)) => Some(WebhookTrouble::Failing),
            Some((false, false)) | None => None,
        },
        recent: audit::latest_entries(read, scope, EVENTS).await?,
    })
}
