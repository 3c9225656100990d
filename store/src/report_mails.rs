//! Reports that come by mail: who gets which, when, and by which links they are stopped.

use chrono::{DateTime, Utc};
use domain::{
    admin::AdminPermission,
    ids::{AccountId, PartnerId, ReportMailId, UserId},
    report_mails::{Every, ReportMail},
    reports::ReportQuery,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    Reader, StoreError, Tx,
    access::{AdminScope, PartnerScope},
    error::parse_stored,
    sql::{Sql, insert, sql},
    wall::{Wall, Walled},
};

#[derive(FromRow)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    user_name: String,
    partner_id: Option<Uuid>,
    partner_name: Option<String>,
    every: String,
    query: String,
    even_empty: bool,
}

impl Row {
    fn mail(self) -> Result<ReportMail, StoreError> {
        let partner = self.partner_id.map(PartnerId).zip(self.partner_name);
        Ok(ReportMail {
            id: ReportMailId(self.id),
            to: (UserId(self.user_id), self.user_name, partner),
            every: parse_stored(&self.every)?,
            query: ReportQuery::from_query_string(&self.query).0,
            even_empty: self.even_empty,
        })
    }
}

fn select() -> Sql {
    sql("SELECT m.id, m.user_id, u.name AS user_name, m.partner_id, p.name AS partner_name, m.every, m.query, m.even_empty
        FROM report_mails m JOIN users u ON u.id = m.user_id LEFT JOIN partners p ON p.id = m.partner_id")
}

async fn all(read: &mut Reader, own: Sql) -> Result<Vec<ReportMail>, StoreError> {
    let rows = own.push(" ORDER BY p.name, u.name, m.created_at, m.id").all::<Row>(read.conn()).await?;
    rows.into_iter().map(Row::mail).collect()
}

/// The reports that come to the scope's own user.
pub async fn own(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<ReportMail>, StoreError> {
    let mine = select()
        .push(" WHERE m.account_id = ")
        .arg(scope.account_id())
        .push(" AND m.partner_id = ")
        .arg(scope.partner_id())
        .push(" AND m.user_id = ")
        .arg(scope.session().user_id());
    all(read, mine).await
}

/// The reports that come to the admin itself and, for whoever manages partners, those of the account's partners' users.
pub async fn of_account(read: &mut Reader, scope: &AdminScope) -> Result<Vec<ReportMail>, StoreError> {
    let seen = select()
        .push(" WHERE m.account_id = ")
        .arg(scope.account_id())
        .push(" AND (m.user_id = ")
        .arg(scope.session().user_id())
        .push(" OR (m.partner_id IS NOT NULL AND ")
        .arg(manages_partners(scope))
        .push("))");
    all(read, seen).await
}

fn manages_partners(scope: &AdminScope) -> bool {
    scope.session().require(AdminPermission::ManagePartners).is_ok()
}

/// What comes to whom.
#[derive(Debug, Clone)]
pub struct NewReportMail<'a> {
    /// How often.
    pub every: Every,
    /// What it is about.
    pub query: &'a ReportQuery,
    /// Whether it comes when there were no leads.
    pub even_empty: bool,
    /// When it comes first.
    pub due_at: DateTime<Utc>,
}

/// Sends a report to a user of the scope's partner from now on, which the caller has to have found. Says whether it is one more, not
/// one too many.
pub async fn add(tx: &mut Tx, scope: &PartnerScope, user: UserId, new: &NewReportMail<'_>) -> Result<bool, StoreError> {
    store(tx, (scope.account_id(), Some(scope.partner_id()), user), new).await
}

/// The same for the scope's admin.
pub async fn add_for_admin(tx: &mut Tx, scope: &AdminScope, new: &NewReportMail<'_>) -> Result<bool, StoreError> {
    store(tx, (scope.account_id(), None, scope.session().user_id()), new).await
}

async fn store(
    tx: &mut Tx,
    (account, partner, user): (AccountId, Option<PartnerId>, UserId),
    new: &NewReportMail<'_>,
) -> Result<bool, StoreError> {
    let there =
        sql("SELECT COUNT(*) FROM report_mails WHERE account_id = ").arg(account).push(" AND user_id = ").arg(user);
    if there.number(tx.conn()).await? >= i64::try_from(domain::report_mails::MOST).unwrap_or(i64::MAX) {
        return Ok(false);
    }
    let (id, now) = (tx.new_id()?, tx.now());
    let row = [
        ("id", id.into()),
        ("account_id", account.into()),
        ("partner_id", partner.into()),
        ("user_id", user.into()),
        ("every", new.every.as_str().into()),
        ("query", new.query.href("").trim_start_matches('?').into()),
        ("even_empty", new.even_empty.into()),
        ("due_at", new.due_at.into()),
        ("created_at", now.into()),
    ];
    insert("report_mails", row).execute(tx.conn()).await?;
    Ok(true)
}

/// Stops a report that comes to the scope's own user; says whether there was one.
pub async fn remove_own(tx: &mut Tx, scope: &PartnerScope, id: ReportMailId) -> Result<bool, StoreError> {
    let mine = sql("DELETE FROM report_mails WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND partner_id = ")
        .arg(scope.partner_id())
        .push(" AND user_id = ")
        .arg(scope.session().user_id());
    Ok(mine.push(" AND id = ").arg(id).execute(tx.conn()).await? == 1)
}

/// Stops one of those that [`of_account`] tells of; says whether there was one, and whose partner's.
pub async fn remove_of_account(
    tx: &mut Tx,
    scope: &AdminScope,
    id: ReportMailId,
) -> Result<Option<Option<PartnerId>>, StoreError> {
    let seen = sql("DELETE FROM report_mails WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND (user_id = ")
        .arg(scope.session().user_id())
        .push(" OR (partner_id IS NOT NULL AND ")
        .arg(manages_partners(scope))
        .push(")) AND id = ")
        .arg(id)
        .push(" RETURNING partner_id");
    let removed = seen.optional::<(Option<Uuid>,)>(tx.conn()).await?;
    Ok(removed.map(|(partner,)| partner.map(PartnerId)))
}

/// A report that is due.
#[derive(Debug, Clone)]
pub struct DueReportMail {
    /// Its id.
    pub id: ReportMailId,
    /// The account.
    pub account: AccountId,
    /// The partner of the user who gets it; none for an admin.
    pub partner: Option<PartnerId>,
    /// Who gets it.
    pub user: UserId,
    /// How often.
    pub every: Every,
    /// What it is about.
    pub query: ReportQuery,
    /// Whether it comes when there were no leads.
    pub even_empty: bool,
    /// Since when it is due.
    pub due_at: DateTime<Utc>,
}

impl Walled for DueReportMail {
    fn wall(&self) -> Wall {
        Wall { account: self.account, partner: self.partner }
    }
}

#[derive(FromRow)]
struct DueRow {
    id: Uuid,
    account_id: Uuid,
    partner_id: Option<Uuid>,
    user_id: Uuid,
    every: String,
    query: String,
    even_empty: bool,
    due_at: DateTime<Utc>,
}

/// Reports that are due, the longest due first, so many at the most: those of one account, or without one of all but synthetic ones.
///
/// **Bypass:** it takes no scope. It is for the worker that sends them, each by the scope of the user who gets it.
pub async fn due_unscoped(
    read: &mut Reader,
    account: Option<AccountId>,
    most: i64,
) -> Result<Vec<DueReportMail>, StoreError> {
    let now = read.now();
    let rows = sql("SELECT id, account_id, partner_id, user_id, every, query, even_empty, due_at FROM report_mails
        WHERE due_at <= $1 AND (account_id = $3 OR $3 IS NULL AND account_id NOT IN (SELECT id FROM accounts WHERE is_synthetic))
        ORDER BY due_at, id LIMIT $2")
    .bind(now)
    .bind(most)
    .bind(account)
    .all::<DueRow>(read.conn())
    .await?;
    let due = |row: DueRow| {
        Ok(DueReportMail {
            id: ReportMailId(row.id),
            account: AccountId(row.account_id),
            partner: row.partner_id.map(PartnerId),
            user: UserId(row.user_id),
            every: parse_stored(&row.every)?,
            query: ReportQuery::from_query_string(&row.query).0,
            even_empty: row.even_empty,
            due_at: row.due_at,
        })
    };
    rows.into_iter().map(due).collect()
}

/// Takes one that is due, and says when it is due next. Of two workers that try, one gets it.
///
/// **Bypass:** as [`due_unscoped`].
pub async fn take_unscoped(tx: &mut Tx, due: &DueReportMail, next: DateTime<Utc>) -> Result<bool, StoreError> {
    let taken = sql("UPDATE report_mails SET due_at = $1 WHERE id = $2 AND due_at = $3")
        .bind(next)
        .bind(due.id)
        .bind(due.due_at)
        .execute(tx.conn())
        .await?;
    Ok(taken == 1)
}

/// For how long the link in a mail works, in days.
const LINK_DAYS: i64 = 180;

/// Keeps a link by which a report is stopped; those that are too old end.
///
/// **Bypass:** as [`due_unscoped`].
pub async fn add_link_unscoped(tx: &mut Tx, id: ReportMailId, hash: &[u8]) -> Result<(), StoreError> {
    let now = tx.now();
    sql("DELETE FROM report_mail_links WHERE report_mail_id = $1 AND created_at < $2")
        .bind(id)
        .bind(now - chrono::TimeDelta::days(LINK_DAYS))
        .execute(tx.conn())
        .await?;
    let row = [("token_hash", hash.into()), ("report_mail_id", id.into()), ("created_at", now.into())];
    insert("report_mail_links", row).execute(tx.conn()).await?;
    Ok(())
}

/// What a link stops: the report, how often it comes, and its account's name. Nothing when it does not work any more.
///
/// **Bypass:** having the link is the proof.
pub async fn by_link_unscoped(
    read: &mut Reader,
    hash: &[u8],
) -> Result<Option<(ReportMailId, Every, String)>, StoreError> {
    let oldest = read.now() - chrono::TimeDelta::days(LINK_DAYS);
    let found =
        sql("SELECT m.id, m.every, a.name FROM report_mail_links l JOIN report_mails m ON m.id = l.report_mail_id
        JOIN accounts a ON a.id = m.account_id WHERE l.token_hash = $1 AND l.created_at >= $2")
        .bind(hash)
        .bind(oldest)
        .optional::<(Uuid, String, String)>(read.conn())
        .await?;
    found.map(|(id, every, name)| Ok((ReportMailId(id), parse_stored(&every)?, name))).transpose()
}

/// Stops the report that a link belongs to; says whose it was. Nothing when it does not work any more.
///
/// **Bypass:** as [`by_link_unscoped`].
pub async fn stop_unscoped(
    tx: &mut Tx,
    hash: &[u8],
) -> Result<Option<(AccountId, Option<PartnerId>, UserId)>, StoreError> {
    let oldest = tx.now() - chrono::TimeDelta::days(LINK_DAYS);
    let stopped = sql("DELETE FROM report_mails
        WHERE id = (SELECT report_mail_id FROM report_mail_links WHERE token_hash = $1 AND created_at >= $2)
        RETURNING account_id, partner_id, user_id")
    .bind(hash)
    .bind(oldest)
    .optional::<(Uuid, Option<Uuid>, Uuid)>(tx.conn())
    .await?;
    Ok(stopped.map(|(account, partner, user)| (AccountId(account), partner.map(PartnerId), UserId(user))))
}
