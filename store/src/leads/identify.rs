//! Finding a partner's leads again by what the rows of a file say of them. Nothing is guessed: what fits several leads fits none.

use std::collections::{BTreeSet, HashMap};

use domain::{countries, ids::LeadId, leads::Outcome};
use sqlx::FromRow;
use uuid::Uuid;

use super::{row::money, whose::of_partner};
use crate::{
    Reader, StoreError,
    access::PartnerScope,
    sql::{Arg, Sql, sql},
};

/// What a row says of a lead: any of these, or several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The id that the account's system knows it by, or the portal's own; empty for none.
    pub id: String,
    /// The email address in lower case; empty for none.
    pub email: String,
    /// The ways a phone number may be stored, without what people write between digits.
    pub phones: Vec<String>,
}

/// Which lead is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This one.
    One(Box<Identified>),
    /// None has this id, or this address or number.
    None,
    /// So many have this address or number.
    Several(u64),
    /// The address is one lead's, the number another one's.
    Different,
}

/// A lead, with what is known to have become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Which lead.
    pub id: LeadId,
    /// The person's name; may be empty.
    pub name: String,
    /// What was said last; a code of none is nothing yet.
    pub outcome: Outcome,
}

/// A phone number as it is compared. The index of migration 26 is over these very words.
const PHONE: &str =
    "replace(replace(replace(replace(replace(replace(phone, ' ', ''), '-', ''), '(', ''), ')', ''), '/', ''), '.', '')";

/// How many of the partner's leads have each of these values, and the key of one of them.
async fn by_value(
    read: &mut Reader,
    scope: &PartnerScope,
    (value, some): (&'static str, &'static str),
    wanted: BTreeSet<&str>,
) -> Result<HashMap<String, (u64, i64)>, StoreError> {
    let mut found = HashMap::with_capacity(wanted.len());
    let wanted: Vec<_> = wanted.into_iter().collect();
    let together = read.dialect().rows_per_statement(1);
    for wanted in wanted.chunks(together) {
        let select = sql("SELECT ").push(value).push(" AS value, COUNT(*), MIN(lead_key) FROM leads");
        let rows = of_partner(select, scope)
            .push(some)
            .push(" AND ")
            .push(value)
            .push(" IN ")
            .list(wanted.iter().copied())
            .push(" GROUP BY 1")
            .all::<(String, i64, i64)>(read.conn())
            .await?;
        found.extend(rows.into_iter().map(|(value, count, key)| (value, (u64::try_from(count).unwrap_or(0), key))));
    }
    Ok(found)
}

/// The keys of the partner's leads that have these ids of the portal.
async fn by_own_id(
    read: &mut Reader,
    scope: &PartnerScope,
    wanted: BTreeSet<Uuid>,
) -> Result<HashMap<Uuid, i64>, StoreError> {
    let mut found = HashMap::with_capacity(wanted.len());
    let wanted: Vec<_> = wanted.into_iter().collect();
    let together = read.dialect().rows_per_statement(1);
    for wanted in wanted.chunks(together) {
        let rows =
            of_partner(sql("SELECT id, lead_key FROM leads"), scope).push(" AND id IN ").list(wanted.iter().copied());
        found.extend(rows.all::<(Uuid, i64)>(read.conn()).await?);
    }
    Ok(found)
}

#[derive(FromRow)]
struct IdentifiedRow {
    lead_key: i64,
    id: Uuid,
    name: String,
    outcome: String,
    sale_minor: Option<i64>,
    sale_currency: Option<String>,
    comment: Option<String>,
}

async fn by_key(
    read: &mut Reader,
    scope: &PartnerScope,
    keys: BTreeSet<i64>,
) -> Result<HashMap<i64, Identified>, StoreError> {
    let mut found = HashMap::with_capacity(keys.len());
    let keys: Vec<_> = keys.into_iter().collect();
    let together = read.dialect().rows_per_statement(1);
    let select = || -> Sql {
        sql("SELECT lead_key, id, name, outcome, sale_minor, sale_currency, (SELECT e.comment FROM lead_outcome_events e
            WHERE e.lead_id = leads.id ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1) AS comment FROM leads")
    };
    for keys in keys.chunks(together) {
        let keys = keys.iter().copied().map(Arg::from);
        let rows = of_partner(select(), scope).push(" AND lead_key IN ").list(keys);
        for row in rows.all::<IdentifiedRow>(read.conn()).await? {
            let outcome = Outcome {
                code: Some(row.outcome).filter(|code| !code.is_empty()),
                value: money(row.sale_minor, row.sale_currency.as_deref())?,
                comment: row.comment.unwrap_or_default(),
            };
            found.insert(row.lead_key, Identified { id: LeadId(row.id), name: row.name, outcome });
        }
    }
    Ok(found)
}

/// The calling code of phone numbers that do not say theirs: that of the partner's country, where it is known.
pub async fn calling_code(read: &mut Reader, scope: &PartnerScope) -> Result<Option<&'static str>, StoreError> {
    let (country,) = sql("SELECT country FROM partners WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(scope.partner_id())
        .one::<(String,)>(read.conn())
        .await?;
    Ok(countries::calling_code(&country))
}

/// Which of the partner's leads each of these means. An id decides alone; without one an address and a number have to mean the same lead.
pub async fn identify(read: &mut Reader, scope: &PartnerScope, named: &[Named]) -> Result<Vec<Found>, StoreError> {
    let some = |text: &String| !text.is_empty();
    let texts =
        |of: fn(&Named) -> &String| named.iter().map(of).filter(|text| some(text)).map(String::as_str).collect();
    let ids = by_value(read, scope, ("external_id", ""), texts(|one| &one.id)).await?;
    let own = named.iter().filter_map(|one| one.id.parse::<Uuid>().ok()).collect();
    let own = by_own_id(read, scope, own).await?;
    let without_id = |one: &&Named| one.id.is_empty();
    let emails = named.iter().filter(without_id).map(|one| &one.email).filter(|text| some(text)).map(String::as_str);
    let emails = by_value(read, scope, ("lower(email)", " AND email <> ''"), emails.collect()).await?;
    let phones = named.iter().filter(without_id).flat_map(|one| &one.phones).map(String::as_str).collect();
    let phones = by_value(read, scope, (PHONE, " AND phone <> ''"), phones).await?;
    let mut meant = Vec::with_capacity(named.len());
    for one in named {
        if !one.id.is_empty() {
            let known = ids.get(&one.id).map(|(_, key)| *key);
            let known = known.or_else(|| own.get(&one.id.parse::<Uuid>().ok()?).copied());
            meant.push(known.ok_or(Found::None));
            continue;
        }
        let email = emails.get(&one.email).copied();
        let phone = one.phones.iter().filter_map(|way| phones.get(way)).copied();
        let phone = phone.reduce(|(count, key), (more, _)| (count + more, key));
        meant.push(match (email, phone) {
            (Some((1, one)), Some((1, other))) if one != other => Err(Found::Different),
            (Some((1, key)), _) => Ok(key),
            (Some((count, _)), _) => Err(Found::Several(count)),
            (None, Some((1, key))) => Ok(key),
            (None, Some((count, _))) => Err(Found::Several(count)),
            (None, None) => Err(Found::None),
        });
    }
    let keys = meant.iter().filter_map(|one| one.as_ref().ok()).copied().collect();
    let known = by_key(read, scope, keys).await?;
    let found = |one: Result<i64, Found>| match one {
        Ok(key) => known.get(&key).map_or(Found::None, |lead| Found::One(Box::new(lead.clone()))),
        Err(found) => found,
    };
    Ok(meant.into_iter().map(found).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_over_phone_numbers_is_in_the_same_words() {
        for migration in [
            include_str!("../../../migrations/sqlite/0026_outcome_imports.sql"),
            include_str!("../../../migrations/postgres/0026_outcome_imports.sql"),
        ] {
            assert!(migration.contains(PHONE));
        }
    }
}
