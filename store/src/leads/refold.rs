//! The folded forms that leads and partners are searched and sorted by, and how they are written anew when the form itself
//! has changed.
//!
//! A migration cannot fold: the rules are `domain`'s. So each partner notes the version of the form its texts are in, and whatever is
//! behind is brought up a batch at a time, each in a transaction of its own that notes how far it came. It can be stopped at any
//! time and goes on from there, beside a portal in use: what has not been reached yet is found by its former texts.

use chrono::NaiveDate;
use domain::{
    countries,
    ids::{AccountId, PartnerId},
    search::{self, VERSION},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    field_values::{self, NewValues},
    fields, key_range, row,
};
use crate::{Db, StoreError, Tx, partners, sql::sql};

/// How many leads are written in one transaction: others who write wait that long.
const BATCH: i64 = 500;

/// A lead's folded forms.
pub(super) struct Folded {
    /// For the order by name.
    pub(super) sort_name: String,
    /// For searching.
    pub(super) search_text: String,
}

impl Folded {
    /// Of a lead's name, email, phone, campaign and external id, and the values of its extra fields that searches look at.
    pub(super) fn of<'a>(
        texts: [&'a str; 5],
        fields: impl Iterator<Item = &'a str>,
        calling_code: Option<&str>,
    ) -> Self {
        let [name, _, phone, ..] = texts;
        let searched: Vec<&str> = texts.into_iter().chain(fields).collect();
        let search_text = search::document(&searched, phone, calling_code);
        Self { sort_name: search::fold(name), search_text }
    }
}

#[derive(FromRow)]
struct Behind {
    id: Uuid,
    account_id: Uuid,
    number: i64,
    country: String,
    folded_key: i64,
    folded_version: i64,
}

#[derive(FromRow)]
struct LeadTexts {
    lead_key: i64,
    name: String,
    email: String,
    phone: String,
    campaign: String,
    external_id: String,
    fields: String,
    delivered_on: NaiveDate,
    sort_name: String,
    search_text: String,
}

/// Writes the next batch of texts that are in an older form. Says whether there may be more.
///
/// **Bypass:** it takes no scope: it is for the portal's own upkeep.
pub async fn refold(db: &Db) -> Result<bool, StoreError> {
    // Asked without the lock that writers take: mostly there is nothing to do.
    let behind = sql("SELECT COUNT(*) FROM partners WHERE folded_version < $1").bind(VERSION);
    if behind.number(db.reader().await?.conn()).await? == 0 {
        return Ok(false);
    }
    let mut tx = db.begin_write().await?;
    // The partner's row first: its leads and this note are written together, and another process waits its turn.
    let partner = sql("UPDATE partners SET folded_key = folded_key
        WHERE id = (SELECT id FROM partners WHERE folded_version < $1 ORDER BY number LIMIT 1) AND folded_version < $1
        RETURNING id, account_id, number, country, folded_key, folded_version")
    .bind(VERSION)
    .optional::<Behind>(tx.conn())
    .await?;
    if let Some(partner) = partner {
        refold_batch(&mut tx, &partner).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn refold_batch(tx: &mut Tx, partner: &Behind) -> Result<(), StoreError> {
    let (first, last) = key_range(partner.number);
    let leads = sql("SELECT lead_key, name, email, phone, campaign, external_id, fields, delivered_on,
            sort_name, search_text FROM leads
        WHERE lead_key > $1 AND lead_key <= $2 ORDER BY lead_key LIMIT $3")
    .bind(partner.folded_key.max(first - 1))
    .bind(last)
    .bind(BATCH)
    .all::<LeadTexts>(tx.conn())
    .await?;
    let calling_code = countries::calling_code(&partner.country);
    let (account, id) = (AccountId(partner.account_id), PartnerId(partner.id));
    let rules = fields::rules_unscoped(tx, account).await?;
    let with_values = partner.folded_version != fields::TEXTS_ALONE;
    if with_values && partner.folded_key < first {
        field_values::forget_choices(tx, account, id).await?;
    }
    if let Some(last) = leads.last().filter(|_| with_values) {
        field_values::forget(tx, (partner.folded_key.max(first - 1), last.lead_key)).await?;
    }
    let mut values = NewValues::default();
    for lead in &leads {
        let of_lead = row::fields(&lead.fields)?;
        if with_values {
            values.add(&rules, lead.lead_key, &of_lead);
        }
        let texts = [&lead.name, &lead.email, &lead.phone, &lead.campaign, &lead.external_id].map(String::as_str);
        let folded = Folded::of(texts, rules.searched(&of_lead), calling_code);
        if folded.sort_name != lead.sort_name || folded.search_text != lead.search_text {
            sql("UPDATE leads SET sort_name = $1, search_text = $2 WHERE lead_key = $3")
                .bind(folded.sort_name)
                .bind(folded.search_text)
                .bind(lead.lead_key)
                .execute(tx.conn())
                .await?;
        }
    }
    values.write(tx, account, id).await?;
    // What leads are told apart by may have changed.
    tx.lead_days.extend(leads.iter().filter(|_| with_values).map(|lead| (account, lead.delivered_on, id)));
    match leads.last() {
        Some(lead) => sql("UPDATE partners SET folded_key = $1 WHERE id = $2").bind(lead.lead_key).bind(partner.id),
        None => {
            partners::refresh_search(tx, account, id).await?;
            sql("UPDATE partners SET folded_version = $1, folded_key = 0 WHERE id = $2").bind(VERSION).bind(partner.id)
        }
    }
    .execute(tx.conn())
    .await?;
    Ok(())
}
