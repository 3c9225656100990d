//! Storing leads.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{
    countries,
    ids::{AccountId, LeadId, PartnerId, UserId},
    leads::{FieldRules, LeadStatus, NewLead},
    money::Price,
    search,
    zone::Zone,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    counts::{self, Counted},
    field_values::NewValues,
    fields, key_range,
    refold::Folded,
    row,
};
use crate::{
    Reader, StoreError, Tx, delivery,
    error::parse_stored,
    sql::{Column, insert_rows, sql},
};

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inserted {
    /// Leads that are new.
    pub added: u64,
    /// Leads the partner had already, by external id; left as they were.
    pub known: u64,
    /// Each lead's id, in the order given, and whether it is new.
    pub ids: Vec<(LeadId, bool)>,
    /// The places of those whose external id belongs to somebody else: they are neither added nor known.
    pub strangers: Vec<usize>,
}

/// Values of a lead's row.
const COLUMNS: usize = 19;

/// Whether leads that are stored go out to the partner's webhook and mailboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Push {
    /// They do.
    Out,
    /// They do not: they are a past that is filled in.
    Nowhere,
}

#[derive(FromRow)]
struct Keys {
    number: i64,
    lead_sequence: i64,
    country: String,
    time_zone: String,
}

/// Stores leads of one partner and queues them for delivery; those it has already (by external id) are skipped.
///
/// **Bypass:** it takes no scope. It is for operators, imports and the API, which have their own checks.
///
/// # Errors
/// When the partner does not exist, or the database does not answer.
pub async fn insert_unscoped(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    leads: &[(NewLead, LeadStatus)],
    push: Push,
) -> Result<Inserted, StoreError> {
    let wanted = i64::try_from(leads.len()).unwrap_or(i64::MAX);
    let keys = sql("UPDATE partners SET lead_sequence = lead_sequence + $1 WHERE account_id = $2 AND id = $3
        RETURNING number, lead_sequence, country, (SELECT time_zone FROM accounts WHERE id = $2) AS time_zone")
    .bind(wanted)
    .bind(account)
    .bind(partner)
    .one::<Keys>(tx.conn())
    .await?;
    let zone: Zone = parse_stored(&keys.time_zone)?;
    let calling_code = countries::calling_code(&keys.country);
    let mut next_key = key_range(keys.number).0 + keys.lead_sequence - wanted;
    let mut inserted = Inserted::default();
    let mut deltas = counts::Deltas::default();
    let names: BTreeSet<&str> =
        leads.iter().flat_map(|(lead, _)| &lead.fields).map(|(name, _)| name.as_str()).collect();
    let rules = fields::rules_of_names(tx, account, names).await?;
    let mut values = NewValues::default();
    for chunk in leads.chunks(tx.dialect().rows_per_statement(COLUMNS)) {
        let mut rows = Vec::with_capacity(chunk.len());
        let mut ids = Vec::with_capacity(chunk.len());
        let first_key = next_key;
        for (lead, status) in chunk {
            let id = tx.new_id()?;
            ids.push(id);
            rows.push(columns(tx, id, next_key, account, partner, (zone, calling_code, &rules), (lead, *status)));
            next_key += 1;
        }
        let added: HashSet<Uuid> = insert_rows("leads", rows)
            .push(" ON CONFLICT (partner_id, external_id) DO NOTHING RETURNING id")
            .all::<(Uuid,)>(tx.conn())
            .await?
            .into_iter()
            .map(|(id,)| id)
            .collect();
        for ((id, (lead, status)), key) in ids.iter().zip(chunk).zip(first_key..) {
            if added.contains(id) {
                deltas.add(Counted::new(zone.day(lead.delivered_at), lead, *status));
                values.add(&rules, key, &lead.fields);
            }
        }
        inserted.added += added.len() as u64;
        let known = if added.len() < chunk.len() {
            known_unscoped(tx, account, partner, chunk.iter().map(|(lead, _)| lead.external_id.as_str())).await?
        } else {
            HashMap::new()
        };
        for (id, (lead, _)) in ids.into_iter().zip(chunk) {
            let is_new = added.contains(&id);
            let known = if is_new { None } else { known.get(&lead.external_id) };
            match known {
                Some(known) if !known.is(lead) => inserted.strangers.push(inserted.ids.len()),
                _ => inserted.known += u64::from(!is_new),
            }
            inserted.ids.push((known.map_or(LeadId(id), |known| known.id), is_new));
        }
    }
    deltas.apply(tx, account, partner).await?;
    values.write(tx, account, partner).await?;
    if push == Push::Out {
        let new: Vec<LeadId> = inserted.ids.iter().filter(|(_, is_new)| *is_new).map(|(id, _)| *id).collect();
        delivery::enqueue(tx, account, partner, &new).await?;
    }
    Ok(inserted)
}

/// A lead that a partner has, as far as another one is compared with it.
#[derive(Debug, Clone)]
pub struct KnownLead {
    /// Its id.
    pub id: LeadId,
    name: String,
    email: String,
    phone: String,
}

impl KnownLead {
    /// A lead that is about to be stored.
    #[must_use]
    pub fn of(lead: &NewLead) -> Self {
        let NewLead { name, email, phone, .. } = lead.clone();
        Self { id: LeadId(Uuid::nil()), name, email, phone }
    }

    /// Whether another lead is about the same person: by email address, phone number or name. A lead that was corrected still
    /// is in one of them.
    #[must_use]
    pub fn is(&self, lead: &NewLead) -> bool {
        let same = |one: String, other: String| !one.is_empty() && one == other;
        let digits = |phone: &str| phone.chars().filter(char::is_ascii_digit).collect::<String>();
        same(self.email.to_lowercase(), lead.email.to_lowercase())
            || same(digits(&self.phone), digits(&lead.phone))
            || same(search::fold(&self.name), search::fold(&lead.name))
    }
}

/// Those leads of a partner that it has, by the CRM's own ids.
///
/// **Bypass:** it takes no scope. It is for imports, which have their own checks.
pub async fn known_unscoped(
    read: &mut Reader,
    account: AccountId,
    partner: PartnerId,
    external_ids: impl Iterator<Item = &str>,
) -> Result<HashMap<String, KnownLead>, StoreError> {
    let query = sql("SELECT external_id, id, name, email, phone FROM leads WHERE account_id = ")
        .arg(account)
        .push(" AND partner_id = ")
        .arg(partner)
        .push(" AND external_id IN ")
        .list(external_ids);
    let rows = query.all::<(String, Uuid, String, String, String)>(read.conn()).await?;
    let known = |(external_id, id, name, email, phone)| (external_id, KnownLead { id: LeadId(id), name, email, phone });
    Ok(rows.into_iter().map(known).collect())
}

/// A step of a lead's past, for leads that come with one.
#[derive(Debug, Clone)]
pub struct PastStep {
    /// The lead, by the CRM's own id.
    pub external_id: String,
    /// The status it led to.
    pub status: LeadStatus,
    /// Why, for a rejection.
    pub reason: Option<String>,
    /// Who did it: the user and its name.
    pub by: (UserId, String),
    /// When.
    pub at: DateTime<Utc>,
}

/// Adds to the history of leads of one partner; steps of leads it has not are skipped. The counts are to be rebuilt afterwards.
///
/// **Bypass:** it takes no scope and changes no lead's status. It is for filling in a past.
pub async fn add_history_unscoped(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    steps: &[PastStep],
) -> Result<(), StoreError> {
    for chunk in steps.chunks(500) {
        let names = chunk.iter().map(|step| step.external_id.as_str());
        let known = known_unscoped(tx, account, partner, names).await?;
        let mut rows = Vec::with_capacity(chunk.len());
        for step in chunk {
            let Some(lead) = known.get(&step.external_id) else { continue };
            rows.push([
                ("id", tx.new_id()?.into()),
                ("lead_id", lead.id.into()),
                ("account_id", account.into()),
                ("partner_id", partner.into()),
                ("status", step.status.as_str().into()),
                ("reason", step.reason.as_deref().into()),
                ("comment", "".into()),
                ("user_id", step.by.0.into()),
                ("user_name", step.by.1.as_str().into()),
                ("occurred_at", step.at.into()),
            ]);
        }
        tx.insert_all("lead_status_events", rows, "").await?;
        for step in chunk.iter().filter(|step| step.status == LeadStatus::Viewed) {
            let Some(lead) = known.get(&step.external_id) else { continue };
            let delivered = sql("SELECT delivered_at FROM leads WHERE account_id = $1 AND partner_id = $2 AND id = $3")
                .bind(account)
                .bind(partner)
                .bind(lead.id)
                .one::<(DateTime<Utc>,)>(tx.conn())
                .await?;
            sql("UPDATE leads SET opened_after = $1 WHERE account_id = $2 AND partner_id = $3 AND id = $4")
                .bind((step.at - delivered.0).num_seconds().max(0))
                .bind(account)
                .bind(partner)
                .bind(lead.id)
                .execute(tx.conn())
                .await?;
        }
    }
    Ok(())
}

/// A lead as it is billed.
#[derive(Debug, Clone)]
pub struct DeliveredLead {
    /// Its id.
    pub id: LeadId,
    /// The campaign that brought it; may be empty.
    pub campaign: String,
    /// The price at delivery.
    pub price: Option<Price>,
}

/// The leads delivered to a partner from one instant on and before another, in the order of their delivery.
///
/// **Bypass:** it takes no scope. It is for operators, who bill them.
pub async fn delivered_unscoped(
    read: &mut Reader,
    account: AccountId,
    partner: PartnerId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<DeliveredLead>, StoreError> {
    let rows = sql("SELECT id, campaign, price_minor, price_parts, price_currency FROM leads
        WHERE account_id = $1 AND partner_id = $2 AND delivered_at >= $3 AND delivered_at < $4
        ORDER BY delivered_at, lead_key")
    .bind(account)
    .bind(partner)
    .bind(from)
    .bind(to)
    .all::<(Uuid, String, Option<i64>, i64, Option<String>)>(read.conn())
    .await?;
    let lead = |(id, campaign, minor, parts, currency): (Uuid, String, Option<i64>, i64, Option<String>)| {
        let price = row::price(minor, parts, currency.as_deref())?;
        Ok(DeliveredLead { id: LeadId(id), campaign, price })
    };
    rows.into_iter().map(lead).collect()
}

fn columns(
    tx: &Tx,
    id: Uuid,
    key: i64,
    account: AccountId,
    partner: PartnerId,
    (zone, calling_code, rules): (Zone, Option<&str>, &FieldRules),
    (lead, status): (&NewLead, LeadStatus),
) -> [Column; COLUMNS] {
    let fields = serde_json::Value::from(
        lead.fields.iter().map(|(name, value)| serde_json::json!([name, value])).collect::<Vec<_>>(),
    );
    let searched = [&lead.name, &lead.email, &lead.phone, &lead.campaign, &lead.external_id].map(String::as_str);
    let folded = Folded::of(searched, rules.searched(&lead.fields), calling_code);
    [
        ("lead_key", key.into()),
        ("id", id.into()),
        ("account_id", account.into()),
        ("partner_id", partner.into()),
        ("external_id", lead.external_id.as_str().into()),
        ("name", lead.name.as_str().into()),
        ("email", lead.email.as_str().into()),
        ("phone", lead.phone.as_str().into()),
        ("campaign", lead.campaign.as_str().into()),
        ("fields", fields.to_string().into()),
        ("price_minor", lead.price.map(|price| price.minor()).into()),
        ("price_parts", lead.price.map_or(0, |price| price.parts()).into()),
        ("price_currency", lead.price.map(|price| price.currency.code().to_owned()).into()),
        ("delivered_at", lead.delivered_at.into()),
        ("created_at", tx.now().into()),
        ("delivered_on", zone.day(lead.delivered_at).into()),
        ("sort_name", folded.sort_name.into()),
        ("search_text", folded.search_text.into()),
        ("status", status.as_str().into()),
    ]
}
