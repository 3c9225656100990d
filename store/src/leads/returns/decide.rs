//! What the account decides on the partners' requests, and what becomes of those that it does not decide on.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, LeadId, PartnerId, ReturnId},
    returns::{Overdue, ReturnDecision, ReturnState},
};
use uuid::Uuid;

use super::super::{
    change::{self, Change},
    whose::{Whose, of_account},
};
use crate::{
    StoreError, Tx,
    access::AdminScope,
    error::parse_stored,
    sql::{Column, sql, update},
};

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It is made, on these leads of these partners.
    Done(BTreeMap<PartnerId, Vec<LeadId>>),
    /// One of the requests is none of the account's. Nothing is to be kept.
    Unknown,
    /// One of them is not open any more. Nothing is to be kept.
    Closed,
}

/// Decides on requests, at one instant: on all of them, or on none.
pub async fn decide_returns(
    tx: &mut Tx,
    scope: &AdminScope,
    ids: &[ReturnId],
    decision: &ReturnDecision,
    at: DateTime<Utc>,
) -> Result<Decided, StoreError> {
    let mut found: Vec<(Uuid, Uuid)> = Vec::with_capacity(ids.len());
    let together = tx.dialect().rows_per_statement(1) / 2;
    for ids in ids.chunks(together) {
        let these = of_account(sql("SELECT partner_id, lead_id FROM lead_returns"), scope);
        found.extend(these.push(" AND id IN ").list(ids.iter().copied()).all::<(Uuid, Uuid)>(tx.conn()).await?);
    }
    if found.len() < ids.len() {
        return Ok(Decided::Unknown);
    }
    let mut leads = BTreeMap::<_, Vec<_>>::new();
    for (partner, lead) in found {
        leads.entry(PartnerId(partner)).or_default().push(LeadId(lead));
    }
    // The leads first, as everybody who changes a return takes them: whoever comes second waits here, and finds nothing to decide on.
    let change = Change::Return { to: decision.state(), from: &[Some(ReturnState::Requested)] };
    for (partner, leads) in &mut leads {
        leads.sort_unstable();
        if change::apply(tx, Whose(scope.account_id(), *partner), leads, change).await?.len() < leads.len() {
            return Ok(Decided::Closed);
        }
    }
    let mut closed = 0;
    for ids in ids.chunks(together) {
        let columns = ending(decision.state(), at, scope.session().user_name(), &decision.answer);
        let these = of_account(update("lead_returns", columns), scope).push(" AND state = 'requested' AND id IN ");
        closed += these.list(ids.iter().copied()).execute(tx.conn()).await?;
    }
    // A lead whose request is another one by now.
    Ok(if usize::try_from(closed) == Ok(ids.len()) { Decided::Done(leads) } else { Decided::Closed })
}

fn ending(state: ReturnState, at: DateTime<Utc>, by: &str, answer: &str) -> [Column; 4] {
    [
        ("state", state.as_str().into()),
        ("decided_at", at.into()),
        ("decided_by_name", by.into()),
        ("answer", answer.into()),
    ]
}

/// Ends requests that the account should have decided on by now, so many at the most. Answers with whose they were, and what became of
/// them.
///
/// **Bypass:** it takes no scope. It is for the worker that looks after deadlines.
pub async fn close_overdue_unscoped(
    tx: &mut Tx,
    most: i64,
) -> Result<Vec<(AccountId, PartnerId, LeadId, ReturnState)>, StoreError> {
    let now = tx.now();
    let due = sql("SELECT id, account_id, partner_id, lead_id, overdue FROM lead_returns
        WHERE state = 'requested' AND due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at, id LIMIT $2")
    .bind(now)
    .bind(most)
    .all::<(Uuid, Uuid, Uuid, Uuid, String)>(tx.conn())
    .await?;
    let mut of_partners = BTreeMap::<_, Vec<_>>::new();
    for (id, account, partner, lead, overdue) in due {
        let to = match parse_stored(&overdue)? {
            Overdue::Approve => ReturnState::Approved,
            Overdue::Expire => ReturnState::Expired,
        };
        of_partners.entry((partner, account)).or_default().push((ReturnId(id), LeadId(lead), to));
    }
    let mut closed = Vec::new();
    for ((partner, account), due) in of_partners {
        let (account, partner) = (AccountId(account), PartnerId(partner));
        let mut leads: Vec<_> = due.iter().map(|(_, lead, _)| *lead).collect();
        leads.sort_unstable();
        change::lock(tx, Whose(account, partner), &leads).await?;
        for to in [ReturnState::Approved, ReturnState::Expired] {
            let ids: Vec<_> = due.iter().filter(|one| one.2 == to).map(|(id, ..)| *id).collect();
            if ids.is_empty() {
                continue;
            }
            // Of those that somebody was faster with, the request is closed by now: their leads stay as they are.
            let ended = update("lead_returns", ending(to, now, "", ""))
                .push(" WHERE account_id = ")
                .arg(account)
                .push(" AND state = 'requested' AND id IN ")
                .list(ids)
                .push(" RETURNING lead_id")
                .all::<(Uuid,)>(tx.conn())
                .await?;
            let mut leads: Vec<_> = ended.into_iter().map(|(lead,)| LeadId(lead)).collect();
            leads.sort_unstable();
            let change = Change::Return { to, from: &[Some(ReturnState::Requested)] };
            for lead in change::apply(tx, Whose(account, partner), &leads, change).await? {
                closed.push((account, partner, lead, to));
            }
        }
    }
    Ok(closed)
}
