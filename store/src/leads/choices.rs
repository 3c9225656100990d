//! The lists that an account words for itself: outcomes, and reasons to refuse a lead.

use domain::{
    ids::AccountId,
    leads::{Choice, ChoiceKind, OutcomeChoice, OutcomeKind, ReasonNeeds, RejectReason},
};
use sqlx::FromRow;

use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, PartnerScope},
    error::parse_stored,
    sql::{Column, insert_rows, sql},
};

/// A list that is kept.
pub trait Listed: ChoiceKind {
    /// Where.
    const TABLE: &'static str;
}

impl Listed for OutcomeKind {
    const TABLE: &'static str = "outcomes";
}

impl Listed for ReasonNeeds {
    const TABLE: &'static str = "reject_reasons";
}

#[derive(FromRow)]
struct Row {
    code: String,
    label: String,
    kind: String,
    active: bool,
}

/// The entries of an account's list in their order, those among them that are not offered any more.
async fn choices<K: Listed>(read: &mut Reader, account: AccountId) -> Result<Vec<Choice<K>>, StoreError> {
    let rows = sql("SELECT code, label, kind, active FROM ")
        .push(K::TABLE)
        .push(" WHERE account_id = ")
        .arg(account)
        .push(" ORDER BY position, code")
        .all::<Row>(read.conn())
        .await?;
    rows.into_iter().map(Row::entry).collect()
}

impl Row {
    fn entry<K: ChoiceKind>(self) -> Result<Choice<K>, StoreError> {
        let kind = parse_stored(&self.kind)?;
        Ok(Choice { code: self.code, label: self.label, kind, active: self.active })
    }
}

/// The outcomes that the partner's account has, in their order, those among them that are not offered any more.
pub async fn outcomes(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<OutcomeChoice>, StoreError> {
    choices(read, scope.account_id()).await
}

/// The same of the reasons to refuse a lead.
pub async fn reasons(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<RejectReason>, StoreError> {
    choices(read, scope.account_id()).await
}

#[derive(FromRow)]
struct ListedRow {
    reason: bool,
    #[sqlx(flatten)]
    choice: Row,
}

/// Both lists of the partner's account by one statement, for pages that take both.
pub async fn lists(
    read: &mut Reader,
    scope: &PartnerScope,
) -> Result<(Vec<OutcomeChoice>, Vec<RejectReason>), StoreError> {
    let rows = sql("SELECT FALSE AS reason, code, label, kind, active, position FROM outcomes WHERE account_id = $1
        UNION ALL SELECT TRUE, code, label, kind, active, position FROM reject_reasons WHERE account_id = $1
        ORDER BY position, code")
    .bind(scope.account_id())
    .all::<ListedRow>(read.conn())
    .await?;
    let (mut outcomes, mut reasons) = (Vec::new(), Vec::new());
    for ListedRow { reason, choice } in rows {
        if reason {
            reasons.push(choice.entry()?);
        } else {
            outcomes.push(choice.entry()?);
        }
    }
    Ok((outcomes, reasons))
}

/// One of the lists, for the account itself.
pub async fn list_for_account<K: Listed>(read: &mut Reader, scope: &AdminScope) -> Result<Vec<Choice<K>>, StoreError> {
    choices(read, scope.account_id()).await
}

fn rows<K: Listed>(account: AccountId, list: &[Choice<K>]) -> impl Iterator<Item = [Column; 6]> {
    list.iter().zip(1_i64..).map(move |(choice, position)| {
        [
            ("account_id", account.into()),
            ("code", choice.code.as_str().into()),
            ("label", choice.label.as_str().into()),
            ("kind", choice.kind.as_str().into()),
            ("position", position.into()),
            ("active", choice.active.into()),
        ]
    })
}

/// Gives a new account the lists that it begins with.
pub(crate) async fn begin_lists(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    insert_rows(OutcomeKind::TABLE, rows(account, &OutcomeChoice::first_list())).execute(tx.conn()).await?;
    insert_rows(ReasonNeeds::TABLE, rows(account, &RejectReason::first_list())).execute(tx.conn()).await?;
    Ok(())
}

/// Puts a list in the place of the account's. None of the entries that there are may be missing: leads have them.
pub async fn set_list<K: Listed>(tx: &mut Tx, scope: &AdminScope, list: &[Choice<K>]) -> Result<(), StoreError> {
    insert_rows(K::TABLE, rows(scope.account_id(), list))
        .push(
            " ON CONFLICT (account_id, code) DO UPDATE SET label = excluded.label, kind = excluded.kind,
            position = excluded.position, active = excluded.active",
        )
        .execute(tx.conn())
        .await?;
    Ok(())
}
