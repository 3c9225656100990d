//! The rules for leads' extra fields: every name that a lead came with has one.

use std::collections::BTreeSet;

use domain::{
    ids::AccountId,
    leads::{FieldRule, FieldRules},
};
use sqlx::FromRow;

use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, PartnerScope},
    sql::{insert_rows, sql},
};

#[derive(FromRow)]
struct RuleRow {
    name: String,
    label: String,
    position: Option<i64>,
    hidden: bool,
}

/// The rules of an account, those with a position first.
///
/// **Bypass:** it takes no scope. It is for whoever reads leads in the name of one.
pub(crate) async fn rules_unscoped(read: &mut Reader, account: AccountId) -> Result<FieldRules, StoreError> {
    let rows = sql("SELECT name, label, position, hidden FROM lead_fields WHERE account_id = $1
        ORDER BY CASE WHEN position IS NULL THEN 1 ELSE 0 END, position, name LIMIT $2")
    .bind(account)
    .bind(i64::try_from(2 * FieldRule::MOST).unwrap_or(i64::MAX))
    .all::<RuleRow>(read.conn())
    .await?;
    let rule = |row: RuleRow| FieldRule {
        name: row.name,
        label: row.label,
        position: row.position.and_then(|position| u32::try_from(position).ok()),
        hidden: row.hidden,
    };
    Ok(FieldRules(rows.into_iter().map(rule).collect()))
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
        ]
    });
    let update = " ON CONFLICT (account_id, name) DO UPDATE SET label = excluded.label, position = excluded.position,
        hidden = excluded.hidden";
    tx.insert_all("lead_fields", rows.collect(), update).await
}

/// Notes the names that new leads came with, where they are not known yet.
pub(super) async fn note_names(tx: &mut Tx, account: AccountId, mut names: BTreeSet<&str>) -> Result<(), StoreError> {
    if names.is_empty() {
        return Ok(());
    }
    let known = sql("SELECT name FROM lead_fields WHERE account_id = ").arg(account);
    for (name,) in known.all::<(String,)>(tx.conn()).await? {
        names.remove(name.as_str());
    }
    if names.is_empty() {
        return Ok(());
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
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    insert_rows("lead_fields", rows).push(" ON CONFLICT (account_id, name) DO NOTHING").execute(tx.conn()).await?;
    Ok(())
}
