//! The rules for returns: the account's, and those of a partner that has its own.

use domain::{
    ids::{AccountId, PartnerId},
    returns::ReturnPolicy,
};

use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, PartnerScope},
    sql::{Sql, sql, update},
};

fn read_policy(text: &str) -> Result<ReturnPolicy, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn written(policy: &ReturnPolicy) -> Result<String, StoreError> {
    serde_json::to_string(policy).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn of(query: Sql, scope: &PartnerScope) -> Sql {
    query.push(" WHERE account_id = ").arg(scope.account_id()).push(" AND id = ").arg(scope.partner_id())
}

/// The rules that count for a partner: its own, or the account's.
pub async fn return_policy(read: &mut Reader, scope: &PartnerScope) -> Result<ReturnPolicy, StoreError> {
    let policy = sql("SELECT COALESCE(return_policy, (SELECT a.return_policy FROM accounts a WHERE a.id = account_id))
        FROM partners");
    let (text,) = of(policy, scope).one::<(String,)>(read.conn()).await?;
    read_policy(&text)
}

/// A partner's own rules, if it has any.
pub async fn own_return_policy(read: &mut Reader, scope: &PartnerScope) -> Result<Option<ReturnPolicy>, StoreError> {
    let (text,) = of(sql("SELECT return_policy FROM partners"), scope).one::<(Option<String>,)>(read.conn()).await?;
    text.as_deref().map(read_policy).transpose()
}

/// The rules for all partners that have none of their own.
pub async fn return_policy_of_account(read: &mut Reader, scope: &AdminScope) -> Result<ReturnPolicy, StoreError> {
    let policy = sql("SELECT return_policy FROM accounts WHERE id = ").arg(scope.account_id());
    read_policy(&policy.one::<(String,)>(read.conn()).await?.0)
}

/// Gives a partner its own rules, or takes them away.
pub async fn set_own_return_policy(
    tx: &mut Tx,
    scope: &PartnerScope,
    policy: Option<&ReturnPolicy>,
) -> Result<(), StoreError> {
    let text = policy.map(written).transpose()?;
    of(update("partners", [("return_policy", text.into())]), scope).execute(tx.conn()).await?;
    Ok(())
}

/// The same without a scope.
///
/// **Bypass:** it takes no scope. It is for filling in the demo account.
pub async fn set_return_policy_unscoped(
    tx: &mut Tx,
    account: AccountId,
    partner: PartnerId,
    policy: &ReturnPolicy,
) -> Result<(), StoreError> {
    let change = update("partners", [("return_policy", written(policy)?.into())]);
    change.push(" WHERE account_id = ").arg(account).push(" AND id = ").arg(partner).execute(tx.conn()).await?;
    Ok(())
}

/// Changes the account's rules.
pub async fn set_return_policy_of_account(
    tx: &mut Tx,
    scope: &AdminScope,
    policy: &ReturnPolicy,
) -> Result<(), StoreError> {
    let change = update("accounts", [("return_policy", written(policy)?.into())]);
    change.push(" WHERE id = ").arg(scope.account_id()).execute(tx.conn()).await?;
    Ok(())
}
