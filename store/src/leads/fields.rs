//! The rules for leads' extra fields: every name that a lead came with has one.

use std::collections::BTreeSet;

use domain::{
    ids::AccountId,
    leads::{FieldRule, FieldRules},
    search::VERSION,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, PartnerScope},
    error::parse_stored,
    sql::{Sql, sql},
};

#[derive(FromRow)]
struct RuleRow {
    name: String,
    label: String,
    position: Option<i64>,
    hidden: bool,
    kind: String,
    filterable: bool,
    searched: bool,
}

impl RuleRow {
    fn rule(self) -> Result<FieldRule, StoreError> {
        Ok(FieldRule {
            name: self.name,
            label: self.label,
            position: self.position.and_then(|position| u32::try_from(position).ok()),
            hidden: self.hidden,
            kind: parse_stored(&self.kind)?,
            filterable: self.filterable,
            searched: self.searched,
        })
    }
}

const RULES: &str =
    "SELECT name, label, position, hidden, kind, filterable, searched FROM lead_fields WHERE account_id = ";

/// The rules of an account, those with a position first.
///
/// **Bypass:** it takes no scope. It is for whoever reads leads in the name of one.
pub(crate) async fn rules_unscoped(read: &mut Reader, account: AccountId) -> Result<FieldRules, StoreError> {
    in_order(read, sql(RULES).arg(account)).await
}

/// These rules, those with a position first.
async fn in_order(read: &mut Reader, rules: Sql) -> Result<FieldRules, StoreError> {
    let rows = rules
        .push(" ORDER BY CASE WHEN position IS NULL THEN 1 ELSE 0 END, position, name LIMIT ")
        .arg(i64::try_from(2 * FieldRule::MOST).unwrap_or(i64::MAX))
        .all::<RuleRow>(read.conn())
        .await?;
    rows.into_iter().map(RuleRow::rule).collect::<Result<_, _>>().map(FieldRules)
}

/// Those of an account's rules whose fields lists can be narrowed by, in their order.
///
/// **Bypass:** it takes no scope. It is for whoever reads leads in the name of one.
pub(crate) async fn filterable_unscoped(read: &mut Reader, account: AccountId) -> Result<FieldRules, StoreError> {
    in_order(read, sql(RULES).arg(account).push(" AND filterable = ").arg(true)).await
}

/// The rules of the partner's account.
pub async fn field_rules(read: &mut Reader, scope: &PartnerScope) -> Result<FieldRules, StoreError> {
    rules_unscoped(read, scope.account_id()).await
}

/// The account's own rules.
pub async fn field_rules_of_account(read: &mut Reader, scope: &AdminScope) -> Result<FieldRules, StoreError> {
    rules_unscoped(read, scope.account_id()).await
}

/// Puts rules in the place of those that the account has for these names.
pub async fn set_field_rules(tx: &mut Tx, scope: &AdminScope, rules: &FieldRules) -> Result<(), StoreError> {
    let rows = rules.0.iter().map(|rule| {
        [
            ("account_id", scope.account_id().into()),
            ("name", rule.name.as_str().into()),
            ("label", rule.label.as_str().into()),
            ("position", rule.position.map(i64::from).into()),
            ("hidden", rule.hidden.into()),
            ("kind", rule.kind.as_str().into()),
            ("filterable", rule.filterable.into()),
            ("searched", rule.searched.into()),
        ]
    });
    let update = " ON CONFLICT (account_id, name) DO UPDATE SET label = excluded.label, position = excluded.position,
        hidden = excluded.hidden, kind = excluded.kind, filterable = excluded.filterable, searched = excluded.searched";
    tx.insert_all("lead_fields", rows.collect(), update).await
}

/// The version of folded forms of which the values of fields are as they should be, and the texts that are searched are not.
pub(super) const TEXTS_ALONE: i64 = -1;

/// Has what all the account's leads are found by written anew, beside the requests: the texts that are searched, and the `values` of fields
/// if they are others now.
pub async fn refold_fields(tx: &mut Tx, scope: &AdminScope, values: bool) -> Result<(), StoreError> {
    // In the order in which whoever stores leads of several partners takes their rows.
    let partners = sql("SELECT id FROM partners WHERE account_id = $1 ORDER BY id").bind(scope.account_id());
    for (id,) in partners.all::<(Uuid,)>(tx.conn()).await? {
        sql("UPDATE partners SET folded_key = 0,
            folded_version = CASE WHEN folded_version < $3 AND folded_version >= 0 THEN 0 ELSE $4 END
            WHERE account_id = $1 AND id = $2")
        .bind(scope.account_id())
        .bind(id)
        .bind(VERSION)
        .bind(if values { 0 } else { TEXTS_ALONE })
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// The rules for the names that new leads came with; those that are not known yet are noted.
pub(super) async fn rules_of_names(
    tx: &mut Tx,
    account: AccountId,
    mut names: BTreeSet<&str>,
) -> Result<FieldRules, StoreError> {
    let mut rules = FieldRules::default();
    if names.is_empty() {
        return Ok(rules);
    }
    let asked: Vec<&str> = names.iter().copied().collect();
    for asked in asked.chunks(tx.dialect().rows_per_statement(1)) {
        let known = sql(RULES).arg(account).push(" AND name IN ").list(asked.iter().copied());
        for row in known.all::<RuleRow>(tx.conn()).await? {
            names.remove(row.name.as_str());
            rules.0.push(row.rule()?);
        }
    }
    if names.is_empty() {
        return Ok(rules);
    }
    let count = sql("SELECT COUNT(*) FROM lead_fields WHERE account_id = ").arg(account).number(tx.conn()).await?;
    let room = FieldRule::MOST.saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
    // In one order for all, so that of two that bring the same names one waits for the other.
    let rows = names.into_iter().take(room).map(|name| {
        [
            ("account_id", account.into()),
            ("name", name.into()),
            ("label", "".into()),
            ("position", None::<i64>.into()),
            ("hidden", false.into()),
        ]
    });
    tx.insert_all("lead_fields", rows.collect(), " ON CONFLICT (account_id, name) DO NOTHING").await?;
    Ok(rules)
}
