//! The chain: each event's hash covers the event and the hash before it, and is made with a key that lies outside the database, so
//! that nothing can be changed, taken out or put in between without a trace. The chain's own row is sealed with that key as well:
//! the end cannot be cut off either.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, Utc};
use domain::{
    audit::{AuditAction, AuditResult},
    clock::to_micros,
    hex,
    ids::AccountId,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    event::{Event, Who},
    key::{self, AuditKey, ChainRow},
    record,
    seal::{self, CHAIN},
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

    /// The hash of the one before it and of all its columns, written as one JSON array: no two rows read alike. Without a key
    /// for events from before there was one.
    fn hash(&self, account: Uuid, sequence: i64, previous: &[u8], key: Option<&AuditKey>) -> Vec<u8> {
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
        let columns = columns.to_string();
        key.map_or_else(|| key::unkeyed(previous, &columns), |key| key.event(previous, &columns))
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
        ("keyed_sequence", 0_i64.into()),
        ("seal", seal::first_seal(tx, account, now).into()),
    ];
    insert("audit_chains", row).execute(tx.conn()).await?;
    Ok(())
}

/// Appends events to the chains of their accounts.
pub(crate) async fn write(tx: &mut Tx, events: &[Event]) -> Result<(), StoreError> {
    // In the order of the accounts, so that two transactions never wait for each other.
    let mut by_account = BTreeMap::<Uuid, Vec<&Event>>::new();
    for event in events {
        by_account.entry(event.account_id.0).or_default().push(event);
    }
    for (account, events) in by_account {
        let chain = seal::lock(tx, account).await?;
        let keys = tx.audit_keys();
        let key = chain.keyed_sequence.map(|_| keys.sealing(account, &chain).unwrap_or(keys.newest()));
        let now = tx.now();
        let (mut sequence, mut hash) = (chain.last_sequence, chain.last_hash.clone());
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let row = Row::of(tx.new_id()?, event, now);
            sequence += 1;
            hash = row.hash(account, sequence, &hash, key);
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
        let after = ChainRow { last_sequence: sequence, last_hash: hash, ..chain.clone() };
        seal::store(tx, account, &chain, &after).await?;
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
    /// The chain's row is not as it was written: its end was cut off, or it was made anew without the key.
    Seal,
    /// An event that somebody noted is another one by now, or gone.
    Expected {
        /// Its position in the log.
        sequence: i64,
    },
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changed { sequence, id } => write!(f, "event {sequence} ({id}) is not as it was written"),
            Self::Missing { sequence } => write!(f, "event {sequence} is missing"),
            Self::Foreign { id } => write!(f, "event {id} was put in beside the chain"),
            Self::Seal => f.write_str(
                "the seal does not match: events at the end were cut off, or the chain was written without the installation's key \
                 (is this that key?)",
            ),
            Self::Expected { sequence } => write!(f, "event {sequence} is not the one that was expected"),
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
    /// Behind which position events are hashed with the installation's key.
    pub keyed_behind: i64,
    /// The last event and its hash, to be kept elsewhere and expected later.
    pub head: Head,
    /// The first broken link.
    pub broken: Option<Broken>,
}

/// An event's position and hash: what the log is known by from there back to its beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The position in the log.
    pub sequence: i64,
    /// The hash.
    pub hash: Vec<u8>,
}

/// `SEQ:HASH`, the hash in hexadecimal digits.
impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.sequence, hex::write(&self.hash))
    }
}

/// Not `SEQ:HASH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a head is written SEQ:HASH, as verify-audit prints it")]
pub struct BadHead;

impl std::str::FromStr for Head {
    type Err = BadHead;

    fn from_str(text: &str) -> Result<Self, BadHead> {
        let (sequence, digits) = text.split_once(':').ok_or(BadHead)?;
        let sequence = sequence.parse().ok().filter(|sequence| *sequence > 0).ok_or(BadHead)?;
        let hash = hex::read(digits).filter(|hash| hash.len() == 32).ok_or(BadHead)?;
        Ok(Self { sequence, hash })
    }
}

#[derive(FromRow)]
struct Link {
    sequence: i64,
    hash: Vec<u8>,
    #[sqlx(flatten)]
    row: Row,
}

/// The keys that events may be hashed with: that of the one before first, for most have the same.
struct Tried<'a>(Vec<&'a AuditKey>);

impl Tried<'_> {
    /// The hash of an event by one of the keys, if that is what stands beside it; by the last one's else.
    fn hash(&mut self, link: &Link, account: Uuid, previous: &[u8]) -> Vec<u8> {
        let by = |key: &AuditKey| link.row.hash(account, link.sequence, previous, Some(key));
        if let Some(place) = self.0.iter().position(|key| by(key) == link.hash) {
            self.0.swap(0, place);
            return link.hash.clone();
        }
        self.0.first().map_or_else(Vec::new, |key| by(key))
    }
}

/// Looks at every event of an account's log. For operators; in one snapshot, so that events which are written meanwhile belong
/// to none of what is compared. The keys before today's are needed for the events of their time; they seal nothing any more.
pub async fn verify(
    read: &mut Reader,
    account: AccountId,
    former: &[AuditKey],
    expected: Option<&Head>,
) -> Result<Verdict, StoreError> {
    let chain = sql("SELECT ")
        .push(CHAIN)
        .push(" FROM audit_chains WHERE account_id = ")
        .arg(account)
        .one::<ChainRow>(read.conn())
        .await?;
    let keys = read.audit_keys();
    let mut tried = Tried(keys.all().chain(former).collect());
    let mut verdict = Verdict {
        checked: 0,
        purged: chain.purged_sequence,
        keyed_behind: chain.keyed_sequence.unwrap_or(chain.last_sequence),
        head: Head { sequence: chain.last_sequence, hash: chain.last_hash.clone() },
        broken: None,
    };
    let sealed = keys.sealing(account.0, &chain).is_some();
    let keyed_behind = verdict.keyed_behind;
    let is_other = |at: i64, hash: &[u8]| expected.is_some_and(|head| head.sequence == at && head.hash != hash);
    let foreign = sql("SELECT id FROM audit_events WHERE account_id = $1
            AND (sequence IS NULL AND occurred_at >= $2 OR sequence <= $3) ORDER BY occurred_at, id LIMIT 1")
    .bind(account)
    .bind(chain.begun_at)
    .bind(chain.purged_sequence)
    .optional::<(Uuid,)>(read.conn())
    .await?;
    let (mut at, mut hash) = (chain.purged_sequence, chain.purged_hash);
    if is_other(at, &hash) {
        verdict.broken = Some(Broken::Expected { sequence: at });
        return Ok(verdict);
    }
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
            hash = if at > keyed_behind {
                tried.hash(&link, account.0, &hash)
            } else {
                link.row.hash(account.0, at, &hash, None)
            };
            if hash != link.hash {
                verdict.broken = Some(Broken::Changed { sequence: at, id: link.row.id });
                return Ok(verdict);
            }
            if is_other(at, &hash) {
                verdict.broken = Some(Broken::Expected { sequence: at });
                return Ok(verdict);
            }
            verdict.checked += 1;
        }
    }
    verdict.broken = if at < chain.last_sequence {
        Some(Broken::Missing { sequence: at + 1 })
    } else if at > chain.last_sequence || hash != chain.last_hash {
        Some(Broken::Missing { sequence: at })
    } else if !sealed {
        Some(Broken::Seal)
    } else if let Some(head) = expected.filter(|head| head.sequence > at) {
        Some(Broken::Expected { sequence: head.sequence })
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
    let chain = seal::lock(tx, account.0).await?;
    let (purged, last) = (chain.purged_sequence, chain.last_sequence);
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
    let after = ChainRow { purged_sequence: through, purged_hash: hash.clone(), ..chain.clone() };
    seal::store(tx, account.0, &chain, &after).await?;
    let removed = sql("DELETE FROM audit_events WHERE account_id = $1 AND sequence <= $2")
        .bind(account)
        .bind(through)
        .execute(tx.conn())
        .await?;
    let hash = hex::write(&hash);
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
