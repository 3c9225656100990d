//! The chain: each event's hash covers the event and the hash before it, so that nothing can be changed, taken out or put
//! in between without a trace.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, Utc};
use domain::{
    audit::{AuditAction, AuditResult},
    clock::to_micros,
    ids::AccountId,
};
use sha2::{Digest, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    event::{Event, Who},
    record,
};
use crate::{
    Reader, StoreError, Tx,
    error::parse_stored,
    sql::{insert, sql},
};

/// An event's columns, as they are hashed.
#[derive(FromRow)]
struct Row {
    id: Uuid,
    partner_id: Option<Uuid>,
    actor_kind: String,
    actor_id: Option<Uuid>,
    actor_name: String,
    action: String,
    object_kind: String,
    object_id: Option<Uuid>,
    result: String,
    address: String,
    detail: String,
    occurred_at: DateTime<Utc>,
}

const COLUMNS: &str = "id, partner_id, actor_kind, actor_id, actor_name, action, object_kind, object_id, result, address, \
                       detail, occurred_at";

impl Row {
    fn of(id: Uuid, event: &Event, now: DateTime<Utc>) -> Self {
        let (actor_kind, actor_id, actor_name) = event.who.columns();
        Self {
            id,
            partner_id: event.partner_id.map(|id| id.0),
            actor_kind: actor_kind.to_owned(),
            actor_id,
            actor_name: actor_name.to_owned(),
            action: event.action.as_str().to_owned(),
            object_kind: event.object.0.to_owned(),
            object_id: event.object.1,
            result: event.result.as_str().to_owned(),
            address: event.address.clone(),
            detail: event.detail.to_string(),
            occurred_at: to_micros(event.occurred_at.unwrap_or(now)),
        }
    }

    /// SHA-256 of the hash before it and of all its columns, written as one JSON array: no two rows read alike.
    fn hash(&self, account: Uuid, sequence: i64, previous: &[u8]) -> Vec<u8> {
        let columns = serde_json::json!([
            account,
            sequence,
            self.id,
            self.partner_id,
            self.actor_kind,
            self.actor_id,
            self.actor_name,
            self.action,
            self.object_kind,
            self.object_id,
            self.result,
            self.address,
            self.detail,
            self.occurred_at.timestamp_micros(),
        ]);
        Sha256::new().chain_update(previous).chain_update(columns.to_string()).finalize().to_vec()
    }
}

/// Begins the chain of a new account.
pub(crate) async fn begin(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    let now = tx.now();
    let row = [
        ("account_id", account.into()),
        ("begun_at", now.into()),
        ("last_sequence", 0_i64.into()),
        ("last_hash", Vec::new().into()),
        ("purged_sequence", 0_i64.into()),
        ("purged_hash", Vec::new().into()),
    ];
    insert("audit_chains", row).execute(tx.conn()).await?;
    Ok(())
}

impl Tx {
    /// Makes its changes last, with the events it has noted: they are written as the last thing before, so that an account's
    /// chain is locked for a moment only.
    ///
    /// # Errors
    /// When the database cannot; nothing has changed then.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let events = std::mem::take(&mut self.events);
        write(&mut self, &events).await?;
        self.end().await
    }
}

/// Appends events to the chains of their accounts.
async fn write(tx: &mut Tx, events: &[Event]) -> Result<(), StoreError> {
    // In the order of the accounts, so that two transactions never wait for each other.
    let mut by_account = BTreeMap::<Uuid, Vec<&Event>>::new();
    for event in events {
        by_account.entry(event.account_id.0).or_default().push(event);
    }
    for (account, events) in by_account {
        let added = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let (last, mut hash) = sql("UPDATE audit_chains SET last_sequence = last_sequence + $1 WHERE account_id = $2
            RETURNING last_sequence, last_hash")
        .bind(added)
        .bind(account)
        .one::<(i64, Vec<u8>)>(tx.conn())
        .await?;
        let now = tx.now();
        let mut sequence = last - added;
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let row = Row::of(tx.new_id()?, event, now);
            sequence += 1;
            hash = row.hash(account, sequence, &hash);
            rows.push([
                ("id", row.id.into()),
                ("account_id", account.into()),
                ("partner_id", row.partner_id.into()),
                ("actor_kind", row.actor_kind.into()),
                ("actor_id", row.actor_id.into()),
                ("actor_name", row.actor_name.into()),
                ("action", row.action.into()),
                ("object_kind", row.object_kind.into()),
                ("object_id", row.object_id.into()),
                ("result", row.result.into()),
                ("address", row.address.into()),
                ("detail", row.detail.into()),
                ("occurred_at", row.occurred_at.into()),
                ("sequence", sequence.into()),
                ("hash", hash.clone().into()),
            ]);
        }
        tx.insert_all("audit_events", rows, "").await?;
        sql("UPDATE audit_chains SET last_hash = $1 WHERE account_id = $2")
            .bind(hash)
            .bind(account)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// Where a chain is broken first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// This event is not as it was written.
    Changed {
        /// Its position in the log.
        sequence: i64,
        /// Its id.
        id: Uuid,
    },
    /// The event at this position is gone.
    Missing {
        /// The position in the log.
        sequence: i64,
    },
    /// This event stands outside the chain.
    Foreign {
        /// Its id.
        id: Uuid,
    },
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changed { sequence, id } => write!(f, "event {sequence} ({id}) is not as it was written"),
            Self::Missing { sequence } => write!(f, "event {sequence} is missing"),
            Self::Foreign { id } => write!(f, "event {id} was put in beside the chain"),
        }
    }
}

/// What looking at a chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How many events were looked at.
    pub checked: u64,
    /// Up to which position events were purged, as the retention says; 0 for none.
    pub purged: i64,
    /// The first broken link.
    pub broken: Option<Broken>,
}

#[derive(FromRow)]
struct Chain {
    begun_at: DateTime<Utc>,
    last_sequence: i64,
    last_hash: Vec<u8>,
    purged_sequence: i64,
    purged_hash: Vec<u8>,
}

#[derive(FromRow)]
struct Link {
    sequence: i64,
    hash: Vec<u8>,
    #[sqlx(flatten)]
    row: Row,
}

/// Looks at every event of an account's log. For operators.
pub async fn verify(read: &mut Reader, account: AccountId) -> Result<Verdict, StoreError> {
    let chain = sql("SELECT begun_at, last_sequence, last_hash, purged_sequence, purged_hash FROM audit_chains
        WHERE account_id = $1")
    .bind(account)
    .one::<Chain>(read.conn())
    .await?;
    let mut verdict = Verdict { checked: 0, purged: chain.purged_sequence, broken: None };
    let foreign = sql("SELECT id FROM audit_events WHERE account_id = $1
            AND (sequence IS NULL AND occurred_at >= $2 OR sequence <= $3) ORDER BY occurred_at, id LIMIT 1")
    .bind(account)
    .bind(chain.begun_at)
    .bind(chain.purged_sequence)
    .optional::<(Uuid,)>(read.conn())
    .await?;
    let (mut at, mut hash) = (chain.purged_sequence, chain.purged_hash);
    loop {
        let links = sql("SELECT sequence, hash, ")
            .push(COLUMNS)
            .push(" FROM audit_events WHERE account_id = ")
            .arg(account)
            .push(" AND sequence > ")
            .arg(at)
            .push(" ORDER BY sequence LIMIT 2000")
            .all::<Link>(read.conn())
            .await?;
        if links.is_empty() {
            break;
        }
        for link in links {
            at += 1;
            if link.sequence != at {
                verdict.broken = Some(Broken::Missing { sequence: at });
                return Ok(verdict);
            }
            hash = link.row.hash(account.0, at, &hash);
            if hash != link.hash {
                verdict.broken = Some(Broken::Changed { sequence: at, id: link.row.id });
                return Ok(verdict);
            }
            verdict.checked += 1;
        }
    }
    verdict.broken = if at < chain.last_sequence {
        Some(Broken::Missing { sequence: at + 1 })
    } else if at > chain.last_sequence || hash != chain.last_hash {
        Some(Broken::Missing { sequence: at })
    } else {
        foreign.map(|(id,)| Broken::Foreign { id })
    };
    Ok(verdict)
}

/// Removes the events from before a day of the account's time zone, so many months before this one: whole months, from the
/// beginning of the log on, without a gap. The chain notes what the last of them hashed to, so that the rest can still be
/// verified. Says how many were removed.
///
/// This is the one place that removes events; the database refuses any other.
pub async fn purge(tx: &mut Tx, account: AccountId, months: u16) -> Result<u64, StoreError> {
    let (zone,) = sql("SELECT time_zone FROM accounts WHERE id = $1").bind(account).one::<(String,)>(tx.conn()).await?;
    let zone: domain::zone::Zone = parse_stored(&zone)?;
    let today = zone.day(tx.now());
    let first = chrono::Datelike::with_day(&today, 1)
        .and_then(|day: NaiveDate| day.checked_sub_months(Months::new(u32::from(months))));
    let Some(first) = first else { return Ok(0) };
    let before = zone.day_start(first);
    // The chain's row first: nobody appends while we look.
    let (purged, last) = sql("UPDATE audit_chains SET last_sequence = last_sequence WHERE account_id = $1
        RETURNING purged_sequence, last_sequence")
    .bind(account)
    .one::<(i64, i64)>(tx.conn())
    .await?;
    let (stays,) = sql("SELECT MIN(sequence) FROM audit_events WHERE account_id = $1 AND occurred_at >= $2")
        .bind(account)
        .bind(before)
        .one::<(Option<i64>,)>(tx.conn())
        .await?;
    let through = stays.map_or(last, |sequence| sequence - 1);
    if through <= purged {
        return Ok(0);
    }
    let (hash,) = sql("SELECT hash FROM audit_events WHERE account_id = $1 AND sequence = $2")
        .bind(account)
        .bind(through)
        .one::<(Vec<u8>,)>(tx.conn())
        .await?;
    sql("UPDATE audit_chains SET purged_sequence = $1, purged_hash = $2 WHERE account_id = $3")
        .bind(through)
        .bind(hash.as_slice())
        .bind(account)
        .execute(tx.conn())
        .await?;
    let removed = sql("DELETE FROM audit_events WHERE account_id = $1 AND sequence <= $2")
        .bind(account)
        .bind(through)
        .execute(tx.conn())
        .await?;
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let event = Event {
        account_id: account,
        partner_id: None,
        who: Who::System,
        action: AuditAction::AuditPurged,
        object: ("audit", None),
        result: AuditResult::Success,
        address: String::new(),
        detail: serde_json::json!({ "rows": removed, "through": through, "before": first, "hash": hash }),
        occurred_at: None,
    };
    record(tx, &event);
    Ok(removed)
}
