//! The values of the extra fields that lists can be narrowed by: kept beside the leads, each in the form in which it is looked up.
//!
//! They are written with the lead. When an account changes which fields those are, or what they are called, its partners' texts count as
//! being in an older form, and [`super::refold()`] writes them anew.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ids::{AccountId, PartnerId},
    leads::{FieldBound, FieldFilter, FieldRules, FilterField, LeadFilter},
};

use super::{
    fields::filterable_unscoped,
    whose::{of_account, of_all_partners, of_partner},
};
use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, PartnerScope},
    sql::{Sql, sql},
};

/// How many values of a field one partner can choose from.
const MOST_VALUES: usize = 100;
/// How many values of a field a partner's leads are told apart by in reports: those that came first.
const MOST_TOLD: usize = 300;
/// What stands for values beyond those in what leads are told apart by: no value is stored empty.
pub(crate) const OTHER_VALUE: &str = "";
/// The longest text that is chosen, in characters.
const SHOWN: usize = 200;
/// How many leads with a value are looked up at the most; of more, a page is found faster by walking.
const LOOKED_UP: i64 = 2_000;

/// What new leads' values become, gathered while they are stored.
#[derive(Debug, Default)]
pub(super) struct NewValues {
    /// Lead key, the field as it is stored, and value.
    rows: Vec<(i64, String, String)>,
    /// The values to choose from, and how they were written: by field and value.
    choices: BTreeMap<(String, String), String>,
}

impl NewValues {
    /// Adds those of a lead.
    pub(super) fn add(&mut self, rules: &FieldRules, lead_key: i64, fields: &[(String, String)]) {
        let mut seen = BTreeSet::new();
        for (name, value) in fields {
            let Some(rule) = rules.of(name).filter(|rule| rule.filterable) else { continue };
            // Of two fields that stand under one label the first says it.
            let Some(key) = rule.kind.key(value).filter(|_| seen.insert(rule.shown())) else { continue };
            let field = rule.stored();
            if rule.kind.has_groups() {
                let shown = || rule.kind.text(value.trim()).chars().take(SHOWN).collect();
                self.choices.entry((field.clone(), key.clone())).or_insert_with(shown);
            }
            self.rows.push((lead_key, field, key));
        }
    }

    /// Writes them.
    pub(super) async fn write(self, tx: &mut Tx, account: AccountId, partner: PartnerId) -> Result<(), StoreError> {
        let rows = self.rows.into_iter().map(|(lead_key, field, value)| {
            [
                ("lead_key", lead_key.into()),
                ("field", field.into()),
                ("value", value.into()),
                ("account_id", account.into()),
                ("partner_id", partner.into()),
            ]
        });
        tx.insert_all("lead_values", rows.collect(), " ON CONFLICT (lead_key, field) DO NOTHING").await?;
        if self.choices.is_empty() {
            return Ok(());
        }
        let own = |select| sql(select).arg(account).push(" AND partner_id = ").arg(partner).push(" AND field IN ");
        let mut new = self.choices;
        let asked: Vec<_> = new.keys().cloned().collect();
        for asked in asked.chunks(tx.dialect().rows_per_statement(2)) {
            let (fields, values): (BTreeSet<_>, BTreeSet<_>) = asked.iter().cloned().unzip();
            let known = own("SELECT field, value FROM lead_field_values WHERE account_id = ").list(fields);
            for known in known.push(" AND value IN ").list(values).all::<(String, String)>(tx.conn()).await? {
                new.remove(&known);
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let fields: BTreeSet<&str> = new.keys().map(|(field, _)| field.as_str()).collect();
        let many = own("SELECT field, COUNT(*) FROM lead_field_values WHERE account_id = ").list(fields);
        let many = many.push(" GROUP BY field").all::<(String, i64)>(tx.conn()).await?;
        let mut many: BTreeMap<String, usize> =
            many.into_iter().map(|(field, many)| (field, usize::try_from(many).unwrap_or(usize::MAX))).collect();
        let mut rows = Vec::new();
        for ((field, value), shown) in new {
            let many = many.entry(field.clone()).or_default();
            if *many < MOST_TOLD {
                *many += 1;
                rows.push([
                    ("account_id", account.into()),
                    ("partner_id", partner.into()),
                    ("field", field.into()),
                    ("value", value.into()),
                    ("shown", shown.into()),
                ]);
            }
        }
        let again = " ON CONFLICT (partner_id, field, value) DO NOTHING";
        tx.insert_all("lead_field_values", rows, again).await
    }
}

/// Forgets the values of the partner's leads after one and up to another.
pub(super) async fn forget(tx: &mut Tx, (after, last): (i64, i64)) -> Result<(), StoreError> {
    sql("DELETE FROM lead_values WHERE lead_key > $1 AND lead_key <= $2")
        .bind(after)
        .bind(last)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Forgets the values that a partner can choose from: those of its leads are written anew.
pub(super) async fn forget_choices(tx: &mut Tx, account: AccountId, partner: PartnerId) -> Result<(), StoreError> {
    sql("DELETE FROM lead_field_values WHERE account_id = $1 AND partner_id = $2")
        .bind(account)
        .bind(partner)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What a filter asks of extra fields, in the form of the stored values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Values(Vec<Asked>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    /// The field as it is stored; none where it is no field to ask for, or the value can be none of its: no lead has it.
    field: Option<String>,
    bounds: Vec<(FieldBound, String)>,
    /// The leads that have it, where they are few.
    keys: Option<Vec<i64>>,
}

/// Whose leads are looked through.
pub(super) enum Whose<'a> {
    Partner(&'a PartnerScope),
    Account(&'a AdminScope),
}

impl Whose<'_> {
    fn account(&self) -> AccountId {
        match self {
            Self::Partner(scope) => scope.account_id(),
            Self::Account(scope) => scope.account_id(),
        }
    }

    fn sees_hidden(&self) -> bool {
        match self {
            Self::Partner(scope) => scope.session().sees_hidden_fields(),
            Self::Account(_) => true,
        }
    }

    /// Its own rows of one of the tables of values.
    fn own(&self, select: Sql) -> Sql {
        match self {
            Self::Partner(scope) => of_partner(select, scope),
            Self::Account(scope) => of_all_partners(of_account(select, scope), scope.account_id()),
        }
    }

    /// Reads what a filter asks of extra fields.
    pub(super) async fn values(&self, read: &mut Reader, filter: &LeadFilter) -> Result<Values, StoreError> {
        if filter.fields.is_empty() {
            return Ok(Values::default());
        }
        let rules = filterable_unscoped(read, self.account()).await?;
        let fields = rules.filterable(self.sees_hidden());
        let mut asked = BTreeMap::<&str, Asked>::new();
        for FieldFilter { bound, label, value } in &filter.fields {
            let known = fields.iter().find(|field| field.label == *label);
            let of = asked.entry(label).or_insert_with(|| Asked {
                field: known.map(FilterField::stored),
                bounds: Vec::new(),
                keys: None,
            });
            match known.and_then(|field| field.kind.key(value)) {
                Some(key) => of.bounds.push((*bound, key)),
                None => of.field = None,
            }
        }
        let mut values: Vec<Asked> = asked.into_values().collect();
        for asked in &mut values {
            let Some(field) = asked.field.clone() else { continue };
            let own = self.own(sql("SELECT lead_key FROM lead_values"));
            let found = asked.bounded(own.push(" AND field = ").arg(field)).push(" LIMIT ").arg(LOOKED_UP + 1);
            let keys: Vec<i64> = found.all::<(i64,)>(read.conn()).await?.into_iter().map(|(key,)| key).collect();
            asked.keys = (i64::try_from(keys.len()).unwrap_or(i64::MAX) <= LOOKED_UP).then_some(keys);
        }
        Ok(Values(values))
    }

    /// The fields that its lists can be narrowed by, with the values to choose from.
    async fn filter_fields(&self, read: &mut Reader) -> Result<Vec<FilterField>, StoreError> {
        let rules = filterable_unscoped(read, self.account()).await?;
        let mut fields = rules.filterable(self.sees_hidden());
        for field in fields.iter_mut().filter(|field| field.kind.is_chosen()) {
            let own = self.own(sql("SELECT MIN(shown) AS shown FROM lead_field_values"));
            let values = own
                .push(" AND field = ")
                .arg(field.stored())
                .push(" GROUP BY value ORDER BY value LIMIT ")
                .arg(i64::try_from(MOST_VALUES).unwrap_or(i64::MAX));
            field.values = values.all::<(String,)>(read.conn()).await?.into_iter().map(|(shown,)| shown).collect();
        }
        Ok(fields)
    }
}

impl Asked {
    /// Adds what is asked of the value.
    fn bounded(&self, rows: Sql) -> Sql {
        self.bounds.iter().fold(rows, |rows, (bound, key)| {
            let compared = match bound {
                FieldBound::Is => " AND value = ",
                FieldBound::From => " AND value >= ",
                FieldBound::To => " AND value <= ",
            };
            rows.push(compared).arg(key.as_str())
        })
    }
}

impl Values {
    /// Whether nothing is asked.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of leads, those that have the values asked for.
    pub(super) fn narrow(&self, read: &Reader, mut leads: Sql) -> Sql {
        for asked in &self.0 {
            leads = match (&asked.field, &asked.keys) {
                (None, _) => leads.push(" AND 1 = 0"),
                (Some(_), Some(keys)) => read.dialect().among(leads.push(" AND "), keys),
                (Some(field), None) => {
                    let values =
                        " AND EXISTS (SELECT 1 FROM lead_values v WHERE v.lead_key = leads.lead_key AND v.field = ";
                    asked.bounded(leads.push(values).arg(field.as_str())).push(")")
                }
            };
        }
        leads
    }
}

/// The fields that the partner's lists can be narrowed by, with the values of its own leads to choose from.
pub async fn filter_fields(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<FilterField>, StoreError> {
    Whose::Partner(scope).filter_fields(read).await
}

/// The fields that the account's lists can be narrowed by.
pub async fn filter_fields_of_account(read: &mut Reader, scope: &AdminScope) -> Result<Vec<FilterField>, StoreError> {
    Whose::Account(scope).filter_fields(read).await
}
