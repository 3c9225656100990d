//! Saved views of the list of leads.

use domain::{
    ids::ViewId,
    leads::{LeadColumns, LeadListQuery, PinnedView, SavedView},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::list;
use crate::{
    Reader, StoreError, Tx,
    access::PartnerScope,
    sql::{Column, Sql, insert, sql, update},
};

/// How many views stand on the dashboard at the most.
const PINNED: i64 = 8;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    query: String,
    columns: i64,
    shared: bool,
    pinned: bool,
    user_id: Uuid,
    user_name: String,
}

impl Row {
    fn view(self, scope: &PartnerScope) -> SavedView {
        SavedView {
            id: ViewId(self.id),
            name: self.name,
            query: LeadListQuery::from_query_string(&self.query).query,
            columns: LeadColumns::from_bits(self.columns),
            shared: self.shared,
            pinned: self.pinned,
            by: self.user_name,
            own: self.user_id == scope.session().user_id().0,
        }
    }
}

/// The views that the scope's user has: its own, and those that are shared at the partner.
fn visible(select: Sql, scope: &PartnerScope) -> Sql {
    select
        .push(" WHERE v.account_id = ")
        .arg(scope.account_id())
        .push(" AND v.partner_id = ")
        .arg(scope.partner_id())
        .push(" AND (v.shared OR v.user_id = ")
        .arg(scope.session().user_id())
        .push(")")
}

fn select() -> Sql {
    sql("SELECT v.id, v.name, v.query, v.columns, v.shared, v.pinned, v.user_id, u.name AS user_name
        FROM lead_views v JOIN users u ON u.id = v.user_id")
}

/// The views that the scope's user has, by name.
pub async fn views(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<SavedView>, StoreError> {
    let rows = visible(select(), scope).push(" ORDER BY v.name, v.id").all::<Row>(read.conn()).await?;
    Ok(rows.into_iter().map(|row| row.view(scope)).collect())
}

/// Those of them that stand on the dashboard, each with its count.
pub async fn pinned_views(read: &mut Reader, scope: &PartnerScope) -> Result<Vec<PinnedView>, StoreError> {
    // One's own come first, however many others are shared.
    let pinned = visible(select(), scope)
        .push(" AND v.pinned ORDER BY CASE WHEN v.user_id = ")
        .arg(scope.session().user_id())
        .push(" THEN 0 ELSE 1 END, v.name, v.id LIMIT ")
        .arg(PINNED);
    let mut views = Vec::new();
    for row in pinned.all::<Row>(read.conn()).await? {
        let view = row.view(scope);
        // What a text or a field finds is counted lead by lead: that is for the list itself.
        let filter = &view.query.filter;
        let count = match filter.q.is_empty() && filter.fields.is_empty() {
            true => Some(list::count(read, scope, filter).await?),
            false => None,
        };
        views.push(PinnedView { query: view.state(), name: view.name, count });
    }
    Ok(views)
}

/// Saves a view of the scope's user, in the place of its own one of this name, whose id it keeps. Answers with its id; with nothing when
/// it is one too many.
pub async fn save_view(
    tx: &mut Tx,
    scope: &PartnerScope,
    name: &str,
    query: &LeadListQuery,
    columns: LeadColumns,
    (shared, pinned): (bool, bool),
) -> Result<Option<ViewId>, StoreError> {
    let query = LeadListQuery { view: None, ..query.first_page() }.to_query_string();
    let is: [Column; 4] = [
        ("query", query.as_str().into()),
        ("columns", columns.to_bits().into()),
        ("shared", shared.into()),
        ("pinned", pinned.into()),
    ];
    let named = own(update("lead_views", is.clone()), scope).push(" AND name = ").arg(name).push(" RETURNING id");
    if let Some((id,)) = named.optional::<(Uuid,)>(tx.conn()).await? {
        return Ok(Some(ViewId(id)));
    }
    let there = own(sql("SELECT COUNT(*) FROM lead_views"), scope).number(tx.conn()).await?;
    if u64::try_from(there).unwrap_or(0) >= SavedView::MOST {
        return Ok(None);
    }
    let (id, now) = (tx.new_id()?, tx.now());
    let row = [
        ("id", id.into()),
        ("account_id", scope.account_id().into()),
        ("partner_id", scope.partner_id().into()),
        ("user_id", scope.session().user_id().into()),
        ("name", name.into()),
        ("created_at", now.into()),
    ];
    insert("lead_views", row.into_iter().chain(is)).execute(tx.conn()).await?;
    Ok(Some(ViewId(id)))
}

/// The scope's user's own views.
fn own(query: Sql, scope: &PartnerScope) -> Sql {
    query
        .push(" WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND partner_id = ")
        .arg(scope.partner_id())
        .push(" AND user_id = ")
        .arg(scope.session().user_id())
}

/// Deletes a view of the scope's user, or with `any_shared` one that is shared at its partner. Says whether there was one.
pub async fn delete_view(tx: &mut Tx, scope: &PartnerScope, id: ViewId, any_shared: bool) -> Result<bool, StoreError> {
    let theirs = sql("DELETE FROM lead_views WHERE account_id = ")
        .arg(scope.account_id())
        .push(" AND partner_id = ")
        .arg(scope.partner_id())
        .push(" AND (user_id = ")
        .arg(scope.session().user_id())
        .push(" OR (shared AND ")
        .arg(any_shared)
        .push("))");
    Ok(theirs.push(" AND id = ").arg(id).execute(tx.conn()).await? == 1)
}
