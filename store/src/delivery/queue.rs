//! What waits to be pushed. A lead is queued in the transaction that stores it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{
    access::Permission,
    delivery::{Channel, EmailMode},
    ids::{AccountId, LeadId, PartnerId},
    zone::Zone,
};
use sqlx::FromRow;

use crate::{
    StoreError, Tx,
    access::{GRANTS, Grants, PartnerScope},
    error::parse_stored,
    sql::sql,
};

#[derive(FromRow)]
struct Ways {
    has_webhook: bool,
    email_mode: String,
    partner_zone: String,
    account_zone: String,
    #[sqlx(flatten)]
    grants: Grants,
}

/// The channels a partner has switched on, with when what is queued now is due there. Who may not see leads gets them by no
/// channel.
async fn ways(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
) -> Result<Vec<(Channel, DateTime<Utc>)>, StoreError> {
    let found =
        sql("SELECT s.webhook_url <> '' AND s.webhook_secret IS NOT NULL AND s.webhook_off_at IS NULL AS has_webhook,
            s.email_mode, p.time_zone AS partner_zone, a.time_zone AS account_zone, ")
        .push(GRANTS)
        .push(
            "
        FROM delivery_settings s JOIN partners p ON p.id = s.partner_id JOIN accounts a ON a.id = s.account_id
        WHERE s.account_id = $1 AND s.partner_id = $2",
        )
        .bind(account)
        .bind(partner)
        .optional::<Ways>(tx.conn())
        .await?;
    let Some(found) = found.filter(|found| found.grants.has(Permission::ViewLeads)) else { return Ok(Vec::new()) };
    let now = tx.now();
    let mut ways = Vec::new();
    if found.has_webhook {
        ways.push((Channel::Webhook, now));
    }
    match parse_stored(&found.email_mode)? {
        EmailMode::Off => {}
        EmailMode::Each => ways.push((Channel::Email, now)),
        EmailMode::Digest => {
            let account_zone: Zone = parse_stored(&found.account_zone)?;
            let partner_zone: Zone =
                if found.partner_zone.is_empty() { account_zone } else { parse_stored(&found.partner_zone)? };
            ways.push((Channel::Digest, digest_time(account_zone, partner_zone, now)));
        }
    }
    Ok(ways)
}

/// When the mail about the account's day that `now` is in goes out: at the partner's first 07:00 after that day.
fn digest_time(account: Zone, partner: Zone, now: DateTime<Utc>) -> DateTime<Utc> {
    let over = account.day_end(account.day(now));
    let mut day = partner.day(over);
    loop {
        let at = day.and_hms_opt(7, 0, 0).map_or(over, |morning| partner.instant(morning));
        if at >= over {
            return at;
        }
        let Some(next) = day.succ_opt() else { return over };
        day = next;
    }
}

/// Queues leads of one partner for every channel it has switched on. Says for how many.
pub(crate) async fn enqueue(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    leads: &[LeadId],
) -> Result<usize, StoreError> {
    if leads.is_empty() {
        return Ok(0);
    }
    let ways = ways(tx, account, partner).await?;
    let channels = ways.len();
    for (channel, due) in ways {
        put(tx, account, partner, leads, channel, due).await?;
    }
    Ok(channels)
}

/// Queues leads of the scope's partner once more for every channel it has switched on, those that it has not received yet and those
/// that it has. Says for how many channels.
pub async fn deliver_again(tx: &mut Tx, scope: &PartnerScope, leads: &[LeadId]) -> Result<usize, StoreError> {
    enqueue(tx, scope.account_id(), scope.partner_id(), leads).await
}

/// Queues leads for one channel; those that were queued there before are queued again, under the id they had.
pub(super) async fn put(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    leads: &[LeadId],
    channel: Channel,
    due: DateTime<Utc>,
) -> Result<(), StoreError> {
    let now = tx.now();
    let mut rows = Vec::with_capacity(leads.len());
    // In one order for all: two of them must not wait for each other's rows.
    for lead in &BTreeSet::from_iter(leads) {
        rows.push([
            ("id", tx.new_id()?.into()),
            ("account_id", account.into()),
            ("partner_id", partner.into()),
            ("lead_id", (**lead).into()),
            ("channel", channel.as_str().into()),
            ("state", "waiting".into()),
            ("attempts", 0_i64.into()),
            ("tries", 0_i64.into()),
            ("next_attempt_at", due.into()),
            ("created_at", now.into()),
            ("outcome", "".into()),
        ]);
    }
    let again = " ON CONFLICT (lead_id, channel) DO UPDATE SET state = 'waiting', tries = 0,
        next_attempt_at = excluded.next_attempt_at, settled_at = NULL";
    tx.insert_all("deliveries", rows, again).await?;
    if channel == Channel::Webhook { wake(tx, partner, due).await } else { Ok(()) }
}

/// Notes that an endpoint has something due then.
pub(super) async fn wake(tx: &mut Tx, partner: PartnerId, due: DateTime<Utc>) -> Result<(), StoreError> {
    sql("UPDATE delivery_settings SET due_at = CASE WHEN due_at <= $1 THEN due_at ELSE $1 END WHERE partner_id = $2")
        .bind(due)
        .bind(partner)
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_goes_out_at_the_partners_seven_after_the_accounts_day() {
        let at = |account: &str, partner: &str, now: &str| {
            digest_time(account.parse().unwrap(), partner.parse().unwrap(), now.parse().unwrap()).to_rfc3339()
        };
        let berlin = "Europe/Berlin";
        assert_eq!(at(berlin, berlin, "2026-11-22T12:00:00Z"), "2026-11-23T06:00:00+00:00");
        assert_eq!(at(berlin, berlin, "2026-11-22T22:59:59Z"), "2026-11-23T06:00:00+00:00");
        assert_eq!(at(berlin, berlin, "2026-11-22T23:00:00Z"), "2026-11-24T06:00:00+00:00");
        // The account's day ends at 23:00 UTC: 18:00 of the 22nd in New York, whose next morning is the 23rd.
        assert_eq!(at(berlin, "America/New_York", "2026-11-22T12:00:00Z"), "2026-11-23T12:00:00+00:00");
        // It ends at 08:00 of the 23rd in Tokyo, where 07:00 has passed.
        assert_eq!(at(berlin, "Asia/Tokyo", "2026-11-22T12:00:00Z"), "2026-11-23T22:00:00+00:00");
    }
}
