//! What a partner asks for: leads to be taken back.

use chrono::{DateTime, Months, NaiveDate, Utc};
use domain::{
    ids::{AccountId, LeadId, PartnerId, UserId},
    returns::{MonthQuota, Overdue, Quota, ReasonRecord, ReturnCandidate, ReturnState},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::super::{
    change::{self, Change},
    insert::known_unscoped,
    parts::return_state,
    whose::{Whose, of_partner},
};
use crate::{
    Reader, StoreError, Tx,
    access::PartnerScope,
    sql::{sql, update},
};

#[derive(FromRow)]
struct CandidateRow {
    id: Uuid,
    delivered_on: NaiveDate,
    campaign: String,
    return_state: String,
}

/// Those of these leads that are the partner's, as far as its rules ask.
pub async fn candidates(
    read: &mut Reader,
    scope: &PartnerScope,
    ids: &[LeadId],
) -> Result<Vec<ReturnCandidate>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    let together = read.dialect().rows_per_statement(1);
    for ids in ids.chunks(together) {
        let rows = of_partner(sql("SELECT id, delivered_on, campaign, return_state FROM leads"), scope)
            .push(" AND id IN ")
            .list(ids.iter().copied())
            .all::<CandidateRow>(read.conn())
            .await?;
        for row in rows {
            let state = return_state(&row.return_state)?;
            let (id, delivered_on, campaign) = (LeadId(row.id), row.delivered_on, row.campaign);
            found.push(ReturnCandidate { id, delivered_on, campaign, state });
        }
    }
    Ok(found)
}

/// What there is to return of the leads that were delivered to the partner in the month that begins on this day.
pub async fn month_quota(
    read: &mut Reader,
    scope: &PartnerScope,
    month: NaiveDate,
    quota: Quota,
) -> Result<MonthQuota, StoreError> {
    let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
    let counts = sql("SELECT CAST(COALESCE(SUM(leads), 0) AS BIGINT),
        CAST(COALESCE(SUM(CASE WHEN return_state IN ('requested', 'approved') THEN leads ELSE 0 END), 0) AS BIGINT)
        FROM lead_day_counts");
    let counts = of_partner(counts, scope).push(" AND day >= ").arg(month).push(" AND day < ").arg(next);
    let (delivered, used) = counts.one::<(i64, i64)>(read.conn()).await?;
    let [delivered, used] = [delivered, used].map(|leads| u64::try_from(leads).unwrap_or(0));
    Ok(MonthQuota { month, delivered, allowed: quota.allowed(delivered), used })
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// One of the account's reasons.
    pub reason: &'a str,
    /// The partner's own words.
    pub comment: &'a str,
    /// Whether the account's rules approve it at once.
    pub approved: bool,
    /// Until when the account is to decide.
    pub decide_by: Option<DateTime<Utc>>,
    /// What becomes of it after that.
    pub overdue: Overdue,
}

/// Asks for these leads to be taken back; a request that there is already is withdrawn for it. Answers on how many: those that are the
/// partner's and on whose return the account has not decided.
pub async fn request_returns(
    tx: &mut Tx,
    scope: &PartnerScope,
    ids: &[LeadId],
    request: &Request<'_>,
    at: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let to = if request.approved { ReturnState::Approved } else { ReturnState::Requested };
    let open = [None, Some(ReturnState::Requested), Some(ReturnState::Expired), Some(ReturnState::Withdrawn)];
    let asked = change::apply(tx, scope, ids, Change::Return { to, from: &open }).await?;
    close(tx, scope, &asked, at).await?;
    let session = scope.session();
    let mut rows = Vec::with_capacity(asked.len());
    for lead in &asked {
        rows.push([
            ("id", tx.new_id()?.into()),
            ("lead_id", (*lead).into()),
            ("account_id", scope.account_id().into()),
            ("partner_id", scope.partner_id().into()),
            ("state", to.as_str().into()),
            ("reason", request.reason.into()),
            ("comment", request.comment.into()),
            ("requested_at", at.into()),
            ("requested_by", session.user_id().into()),
            ("requested_by_name", session.user_name().into()),
            ("due_at", request.decide_by.into()),
            ("overdue", request.overdue.as_str().into()),
            ("decided_at", request.approved.then_some(at).into()),
            ("decided_by_name", "".into()),
            ("answer", "".into()),
        ]);
    }
    tx.insert_all("lead_returns", rows, "").await?;
    Ok(asked.len())
}

/// Withdraws the requests that there are for these leads. Answers for which.
pub async fn withdraw_returns(
    tx: &mut Tx,
    scope: &PartnerScope,
    ids: &[LeadId],
    at: DateTime<Utc>,
) -> Result<Vec<LeadId>, StoreError> {
    let change = Change::Return { to: ReturnState::Withdrawn, from: &[Some(ReturnState::Requested)] };
    let withdrawn = change::apply(tx, scope, ids, change).await?;
    close(tx, scope, &withdrawn, at).await?;
    Ok(withdrawn)
}

/// Ends the requests for these leads, by the partner.
async fn close(tx: &mut Tx, scope: &PartnerScope, leads: &[LeadId], at: DateTime<Utc>) -> Result<(), StoreError> {
    let together = tx.dialect().rows_per_statement(1) / 2;
    for leads in leads.chunks(together) {
        let columns = [
            ("state", ReturnState::Withdrawn.as_str().into()),
            ("decided_at", at.into()),
            ("decided_by_name", scope.session().user_name().into()),
        ];
        of_partner(update("lead_returns", columns), scope)
            .push(" AND state = 'requested' AND lead_id IN ")
            .list(leads.iter().copied())
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// How the partner's earlier requests were decided, by reason.
pub async fn return_record(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<ReasonRecord>, StoreError> {
    let query = sql(
        "SELECT reason, CAST(SUM(CASE state WHEN 'approved' THEN 1 ELSE 0 END) AS BIGINT), COUNT(*) FROM lead_returns",
    );
    let rows = of_partner(query, scope)
        .push(" AND state IN ('approved', 'declined') GROUP BY reason ORDER BY reason")
        .all::<(String, i64, i64)>(read.conn())
        .await?;
    let count = |number| u64::try_from(number).unwrap_or(0);
    let record =
        |(reason, approved, decided)| ReasonRecord { reason, approved: count(approved), decided: count(decided) };
    Ok(rows.into_iter().map(record).collect())
}

/// A return of a lead's past, for leads that come with one.
#[derive(Debug, Clone)]
pub struct PastReturn {
    /// The lead, by the CRM's own id.
    pub external_id: String,
    /// Where it stands.
    pub state: ReturnState,
    /// One of the account's reasons.
    pub reason: String,
    /// The partner's own words.
    pub comment: String,
    /// Who asked: the user and its name.
    pub by: (UserId, String),
    /// When.
    pub at: DateTime<Utc>,
    /// Until when the account is to decide.
    pub decide_by: Option<DateTime<Utc>>,
    /// Who decided, and when.
    pub decided: Option<(String, DateTime<Utc>)>,
    /// What it answered.
    pub answer: String,
}

/// Gives leads of one partner their returns; those of leads it has not are skipped. The counts are to be rebuilt afterwards.
///
/// **Bypass:** it takes no scope. It is for filling in a past.
pub async fn add_returns_unscoped(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    returns: &[PastReturn],
) -> Result<(), StoreError> {
    for chunk in returns.chunks(500) {
        let names = chunk.iter().map(|past| past.external_id.as_str());
        let known = known_unscoped(tx, account, partner, names).await?;
        let mut rows = Vec::with_capacity(chunk.len());
        for past in chunk {
            let Some(lead) = known.get(&past.external_id) else { continue };
            let state = update("leads", [("return_state", past.state.as_str().into())]);
            Whose(account, partner).own(state).push(" AND id = ").arg(lead.id).execute(tx.conn()).await?;
            rows.push([
                ("id", tx.new_id()?.into()),
                ("lead_id", lead.id.into()),
                ("account_id", account.into()),
                ("partner_id", partner.into()),
                ("state", past.state.as_str().into()),
                ("reason", past.reason.as_str().into()),
                ("comment", past.comment.as_str().into()),
                ("requested_at", past.at.into()),
                ("requested_by", past.by.0.into()),
                ("requested_by_name", past.by.1.as_str().into()),
                ("due_at", past.decide_by.into()),
                ("overdue", Overdue::Expire.as_str().into()),
                ("decided_at", past.decided.as_ref().map(|(_, at)| *at).into()),
                ("decided_by_name", past.decided.as_ref().map_or("", |(by, _)| by.as_str()).into()),
                ("answer", past.answer.as_str().into()),
            ]);
        }
        tx.insert_all("lead_returns", rows, "").await?;
    }
    Ok(())
}
