//! Changing what stands beside leads' snapshots, a few of them or thousands, with the counts kept true.

use domain::{
    ids::LeadId,
    leads::{LeadStatus, Outcome},
    returns::ReturnState,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    counts::{COUNTED, Counted, Deltas},
    parts::return_state,
    whose::Whose,
};
use crate::{
    StoreError, Tx,
    error::parse_stored,
    sql::{Column, Sql, sql, update},
};

/// What is to become of leads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change<'a> {
    /// They get this status, those of them that have one of the others.
    Status { to: LeadStatus, from: &'a [LeadStatus] },
    /// Somebody opens a new one so many seconds after it was delivered.
    Open { after: i64 },
    /// They get this outcome.
    Outcome(&'a Outcome),
    /// Their return gets this state, those of them whose return has one of the others.
    Return { to: ReturnState, from: &'a [Option<ReturnState>] },
}

impl Change<'_> {
    fn concerns(self, lead: &Counted) -> Result<bool, StoreError> {
        let status: LeadStatus = parse_stored(&lead.status)?;
        Ok(match self {
            Self::Status { from, .. } => from.contains(&status),
            Self::Open { .. } => status == LeadStatus::New,
            Self::Outcome(_) => true,
            Self::Return { from, .. } => from.contains(&return_state(&lead.return_state)?),
        })
    }

    /// The lead as it is counted afterwards.
    fn after(self, lead: &mut Counted) {
        match self {
            Self::Status { to, .. } => to.as_str().clone_into(&mut lead.status),
            Self::Open { after } => {
                LeadStatus::Viewed.as_str().clone_into(&mut lead.status);
                lead.opened_after = Some(after);
            }
            Self::Outcome(outcome) => {
                lead.outcome = outcome.code.clone().unwrap_or_default();
                lead.sale_minor = outcome.value.map(|value| value.minor);
                lead.sale_currency = outcome.value.map(|value| value.currency.code().to_owned());
            }
            Self::Return { to, .. } => to.as_str().clone_into(&mut lead.return_state),
        }
    }

    fn update(self) -> Sql {
        let status = |status: LeadStatus| ("status", status.as_str().into());
        match self {
            Self::Status { to, .. } => update("leads", [status(to)]),
            Self::Open { after } => update("leads", [status(LeadStatus::Viewed), ("opened_after", after.into())]),
            Self::Outcome(outcome) => update("leads", outcome_columns(outcome)),
            Self::Return { to, .. } => update("leads", [("return_state", to.as_str().into())]),
        }
    }
}

/// The columns beside a lead that say what became of it.
pub(super) fn outcome_columns(outcome: &Outcome) -> [Column; 3] {
    [
        ("outcome", outcome.code.as_deref().unwrap_or_default().into()),
        ("sale_minor", outcome.value.map(|value| value.minor).into()),
        ("sale_currency", outcome.value.map(|value| value.currency.code().to_owned()).into()),
    ]
}

#[derive(FromRow)]
struct Before {
    id: Uuid,
    #[sqlx(flatten)]
    counted: Counted,
}

/// Changes nothing, but takes the rows' locks on PostgreSQL.
const LOCK: &str = "UPDATE leads SET status = status";

/// A statement on these of the partner's leads.
fn these(whose: Whose, query: Sql, ids: &[LeadId]) -> Sql {
    whose.own(query).push(" AND id IN ").list(ids.iter().copied())
}

/// Takes the locks of these leads that are the partner's, so that what is read of them after it stays until the end of the transaction.
pub(super) async fn lock(tx: &mut Tx, whose: impl Into<Whose>, ids: &[LeadId]) -> Result<(), StoreError> {
    let whose = whose.into();
    let together = tx.dialect().rows_per_statement(1);
    for ids in ids.chunks(together) {
        these(whose, sql(LOCK), ids).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Changes those of these leads that are the partner's and that the change concerns. Answers which they are.
pub(super) async fn apply(
    tx: &mut Tx,
    whose: impl Into<Whose>,
    ids: &[LeadId],
    change: Change<'_>,
) -> Result<Vec<LeadId>, StoreError> {
    let whose = whose.into();
    let (mut changed, mut deltas) = (Vec::with_capacity(ids.len()), Deltas::default());
    let together = tx.dialect().rows_per_statement(1);
    for ids in ids.chunks(together) {
        // The first statement takes the rows' locks on PostgreSQL (SQLite's transaction holds the only write lock
        // already), so that what is read after it cannot change before the end of the transaction.
        let locked =
            these(whose, sql(LOCK), ids).push(" RETURNING id, ").push(COUNTED).all::<Before>(tx.conn()).await?;
        let first = changed.len();
        for Before { id, counted } in locked {
            if change.concerns(&counted)? {
                changed.push(LeadId(id));
                deltas.remove(counted.clone());
                let mut after = counted;
                change.after(&mut after);
                deltas.add(after);
            }
        }
        if let Some(concerned) = changed.get(first..).filter(|concerned| !concerned.is_empty()) {
            these(whose, change.update(), concerned).execute(tx.conn()).await?;
        }
    }
    deltas.apply(tx, whose.0, whose.1).await?;
    Ok(changed)
}
