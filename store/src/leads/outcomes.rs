//! What became of leads: the outcomes of a partner's leads, and their next steps.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    ids::{AccountId, LeadId, PartnerId, UserId},
    leads::{DueLead, NextStep, Outcome, OutcomeEvent},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    change::{self, Change},
    insert::known_unscoped,
    row::money,
    whose::of_partner,
};
use crate::{
    Reader, StoreError, Tx,
    access::PartnerScope,
    sql::{Column, insert, sql, update},
};

/// How many leads with a step that is due are shown.
const DUE: i64 = 50;

/// Notes what became of these leads, as said at one instant. Answers nothing when one of them is not the partner's: then nothing is to
/// be kept.
pub async fn set_outcome(
    tx: &mut Tx,
    scope: &PartnerScope,
    ids: &[LeadId],
    outcome: &Outcome,
    at: DateTime<Utc>,
) -> Result<Option<()>, StoreError> {
    let each: Vec<_> = ids.iter().map(|lead| (*lead, outcome.clone())).collect();
    set_outcomes(tx, scope, &each, at).await
}

/// The same for leads of which each becomes something of its own; each of them once.
pub async fn set_outcomes(
    tx: &mut Tx,
    scope: &PartnerScope,
    outcomes: &[(LeadId, Outcome)],
    at: DateTime<Utc>,
) -> Result<Option<()>, StoreError> {
    // What is counted and stored beside a lead is the outcome and its value; the words stand in the history alone.
    let mut alike = BTreeMap::<_, (&Outcome, Vec<LeadId>)>::new();
    for (lead, outcome) in outcomes {
        let key = (outcome.code.as_deref(), outcome.value.map(|value| (value.minor, value.currency.code().to_owned())));
        alike.entry(key).or_insert((outcome, Vec::new())).1.push(*lead);
    }
    for (outcome, leads) in alike.values() {
        if change::apply(tx, scope, leads, Change::Outcome(outcome)).await?.len() < leads.len() {
            return Ok(None);
        }
    }
    let (session, whose) = (scope.session(), (scope.account_id(), scope.partner_id()));
    let mut rows = Vec::with_capacity(outcomes.len());
    for (lead, outcome) in outcomes {
        rows.push(event(tx, whose, *lead, outcome, (session.user_id(), session.user_name()), at)?);
    }
    tx.insert_all("lead_outcome_events", rows, "").await?;
    Ok(Some(()))
}

/// Takes the locks of these leads of the partner's, all at once, for whoever is going to change them one after the other.
pub async fn lock_leads(tx: &mut Tx, scope: &PartnerScope, ids: &[LeadId]) -> Result<(), StoreError> {
    change::lock(tx, scope, ids).await
}

/// A row of the history: what somebody said became of a lead.
fn event(
    tx: &mut Tx,
    (account, partner): (AccountId, PartnerId),
    lead: LeadId,
    outcome: &Outcome,
    (user, name): (UserId, &str),
    at: DateTime<Utc>,
) -> Result<[Column; 11], StoreError> {
    Ok([
        ("id", tx.new_id()?.into()),
        ("lead_id", lead.into()),
        ("account_id", account.into()),
        ("partner_id", partner.into()),
        ("outcome", outcome.code.as_deref().unwrap_or_default().into()),
        ("value_minor", outcome.value.map(|value| value.minor).into()),
        ("value_currency", outcome.value.map(|value| value.currency.code().to_owned()).into()),
        ("comment", outcome.comment.as_str().into()),
        ("user_id", user.into()),
        ("user_name", name.into()),
        ("occurred_at", at.into()),
    ])
}

/// What became of a lead, for leads that come with a past.
#[derive(Debug, Clone)]
pub struct PastOutcome {
    /// The lead, by the CRM's own id.
    pub external_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Who said so: the user and its name.
    pub by: (UserId, String),
    /// When.
    pub at: DateTime<Utc>,
}

/// Gives leads of one partner their outcomes; those of leads it has not are skipped. The counts are to be rebuilt afterwards.
///
/// **Bypass:** it takes no scope. It is for filling in a past.
pub async fn add_outcomes_unscoped(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    outcomes: &[PastOutcome],
) -> Result<(), StoreError> {
    for chunk in outcomes.chunks(500) {
        let names = chunk.iter().map(|past| past.external_id.as_str());
        let known = known_unscoped(tx, account, partner, names).await?;
        for past in chunk {
            let Some(lead) = known.get(&past.external_id) else { continue };
            update("leads", change::outcome_columns(&past.outcome))
                .push(" WHERE account_id = ")
                .arg(account)
                .push(" AND partner_id = ")
                .arg(partner)
                .push(" AND id = ")
                .arg(lead.id)
                .execute(tx.conn())
                .await?;
            let by = (past.by.0, past.by.1.as_str());
            let row = event(tx, (account, partner), lead.id, &past.outcome, by, past.at)?;
            insert("lead_outcome_events", row).execute(tx.conn()).await?;
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct EventRow {
    outcome: String,
    label: Option<String>,
    value_minor: Option<i64>,
    value_currency: Option<String>,
    comment: String,
    user_name: String,
    occurred_at: DateTime<Utc>,
}

/// What was said of a lead's outcome, oldest first.
pub(super) async fn outcome_history(
    read: &mut Reader,
    scope: &PartnerScope,
    lead: LeadId,
) -> Result<Vec<OutcomeEvent>, StoreError> {
    let rows = sql("SELECT e.outcome, o.label, e.value_minor, e.value_currency, e.comment, e.user_name, e.occurred_at
        FROM lead_outcome_events e LEFT JOIN outcomes o ON o.account_id = e.account_id AND o.code = e.outcome
        WHERE e.account_id = $1 AND e.partner_id = $2 AND e.lead_id = $3 ORDER BY e.occurred_at, e.id")
    .bind(scope.account_id())
    .bind(scope.partner_id())
    .bind(lead)
    .all::<EventRow>(read.conn())
    .await?;
    let event = |row: EventRow| {
        Ok(OutcomeEvent {
            label: (!row.outcome.is_empty()).then(|| row.label.unwrap_or(row.outcome)),
            value: money(row.value_minor, row.value_currency.as_deref())?,
            comment: row.comment,
            by: row.user_name,
            at: scope.session().zone().local(row.occurred_at),
        })
    };
    rows.into_iter().map(event).collect()
}

#[derive(FromRow)]
struct StepRow {
    next_step: String,
    next_step_on: Option<NaiveDate>,
    assignee_id: Option<Uuid>,
}

/// What is to be done next with one of the partner's leads.
pub(super) async fn next_step(read: &mut Reader, scope: &PartnerScope, lead: LeadId) -> Result<NextStep, StoreError> {
    let row = of_partner(sql("SELECT next_step, next_step_on, assignee_id FROM leads"), scope)
        .push(" AND id = ")
        .arg(lead)
        .optional::<StepRow>(read.conn())
        .await?;
    Ok(row.map_or_else(NextStep::default, |row| NextStep {
        text: row.next_step,
        on: row.next_step_on,
        assignee: row.assignee_id.map(UserId),
    }))
}

/// Plans what is to be done next with one of the partner's leads; says whether it is the partner's. The assignee must be one of the
/// partner's users, which the caller has to know.
pub async fn set_next_step(
    tx: &mut Tx,
    scope: &PartnerScope,
    lead: LeadId,
    step: &NextStep,
) -> Result<bool, StoreError> {
    let columns = [
        ("next_step", step.text.as_str().into()),
        ("next_step_on", step.on.into()),
        ("assignee_id", step.assignee.into()),
    ];
    let changed = of_partner(update("leads", columns), scope).push(" AND id = ").arg(lead).execute(tx.conn()).await?;
    Ok(changed == 1)
}

/// The partner's leads whose next step is due on this day or was before, the longest due first.
pub async fn due(read: &mut Reader, scope: &PartnerScope, day: NaiveDate) -> Result<Vec<DueLead>, StoreError> {
    let select = sql("SELECT id, name, next_step, next_step_on,
        (SELECT u.name FROM users u WHERE u.id = leads.assignee_id) AS assignee FROM leads");
    let rows = of_partner(select, scope)
        .push(" AND next_step_on IS NOT NULL AND next_step_on <= ")
        .arg(day)
        .push(" ORDER BY next_step_on, lead_key LIMIT ")
        .arg(DUE)
        .all::<(Uuid, String, String, NaiveDate, Option<String>)>(read.conn())
        .await?;
    let due = |(id, name, step, on, assignee)| DueLead { id: LeadId(id), name, step, on, assignee };
    Ok(rows.into_iter().map(due).collect())
}
