//! The server functions of leads.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    delivery::Delivery,
    files::LeadFile,
    ids::{LeadId, UserId},
    leads::{
        CampaignCount, FilterField, LeadColumns, LeadDetail, LeadListQuery, LeadPage, Neighbours, Note, OutcomeChoice,
        RejectReason, SavedView,
    },
    returns::{LeadReturn, ReturnOutlook},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the list page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadsView {
    /// The rows and their count.
    pub page: LeadPage,
    /// The campaigns to choose from.
    pub campaigns: Vec<CampaignCount>,
    /// Whether the reader may download them.
    pub may_export: bool,
    /// Whether the reader may accept and reject them.
    pub may_review: bool,
    /// Whether the reader may say what became of them.
    pub may_record: bool,
    /// The account's reasons to refuse one, for whoever may.
    pub reasons: Vec<RejectReason>,
    /// The account's outcomes.
    pub outcomes: Vec<OutcomeChoice>,
    /// The extra fields that it can be narrowed by.
    pub fields: Vec<FilterField>,
    /// The columns that are shown.
    pub columns: LeadColumns,
    /// Those that the reader may choose from, if any.
    pub offered: Option<LeadColumns>,
    /// The views that the reader has saved or shares.
    pub views: Vec<SavedView>,
    /// Whether the reader may delete those that others share.
    pub may_manage_views: bool,
    /// Where the list begins for the reader: its state as an address has it.
    pub start: String,
}

/// What the page of one lead shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadView {
    /// The lead.
    pub lead: LeadDetail,
    /// The ones before and after it in the list it was opened from.
    pub neighbours: Neighbours,
    /// Whether the reader may accept and reject it.
    pub may_review: bool,
    /// How it went out, for those who may look at that.
    pub deliveries: Vec<Delivery>,
    /// The account's outcomes.
    pub outcomes: Vec<OutcomeChoice>,
    /// The account's currency and name.
    pub account: (String, String),
    /// Whether the reader may say what became of it, and write notes.
    pub may_record: bool,
    /// The notes that the partner reads.
    pub notes: Vec<Note>,
    /// The partner's users, for those who may say who sees to the lead.
    pub people: Vec<(UserId, String)>,
    /// The account's reasons to refuse one.
    pub reasons: Vec<RejectReason>,
    /// What was asked of the account, and what became of it.
    pub returns: Vec<LeadReturn>,
    /// What there is to know before asking; nothing where a rejection is the partner's to say alone, and for those who may not.
    pub outlook: Option<ReturnOutlook>,
    /// The files that are attached to it.
    pub files: Vec<LeadFile>,
    /// Whether the reader only looks, for the account.
    pub is_viewing: bool,
}

/// A page of the partner's leads.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`.
#[server(prefix = "/fn", endpoint = "leads/list", input = Json)]
pub async fn list_leads(query: LeadListQuery) -> Result<LeadsView, AppError> {
    use domain::access::Permission;
    use store::leads;
    let actor = crate::access::require_partner(Permission::ViewLeads).await?;
    let query = query.bounded();
    let permissions = actor.scope().session().permissions();
    let session = actor.scope().session();
    let offered = LeadColumns::for_reader(permissions.has(Permission::ViewLeadPrice));
    let may_review = permissions.has(Permission::ReviewLeads) && !session.is_by_admin();
    let mut read = crate::access::begin_read(&actor).await?;
    let (columns, views) = services::views::columns(&actor, &mut read, &query).await?;
    let (outcomes, reasons) = leads::lists(&mut read, actor.scope()).await?;
    Ok(LeadsView {
        columns,
        offered: (!session.is_by_admin()).then_some(offered),
        views,
        may_manage_views: permissions.has(Permission::ManageUsers),
        start: session.start_list().to_owned(),
        page: leads::list_with(&mut read, actor.scope(), &query, columns).await?,
        campaigns: leads::campaigns(&mut read, actor.scope()).await?,
        fields: leads::filter_fields(&mut read, actor.scope()).await?,
        may_export: permissions.has(Permission::ExportLeads),
        outcomes,
        reasons: if may_review { reasons } else { Vec::new() },
        may_review,
        may_record: permissions.has(Permission::RecordOutcomes) && !session.is_by_admin(),
    })
}

#[cfg(feature = "ssr")]
mark!(ListLeads: Viewable);

/// How many leads the partner has, for a page that is open and wants to know whether there are more by now.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`.
#[server(prefix = "/fn", endpoint = "leads/total")]
pub async fn count_leads() -> Result<u64, AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ViewLeads).await?;
    let mut read = crate::access::reader(&actor).await?;
    Ok(store::leads::total(&mut read, actor.scope()).await?)
}

#[cfg(feature = "ssr")]
mark!(CountLeads: Viewable);

/// One of the partner's leads. Opening it for the first time turns `new` into `viewed`, unless the browser only
/// fetches it ahead.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`, [`AppError::NotFound`] for any id that is not one of the partner's.
#[server(prefix = "/fn", endpoint = "leads/get", input = Json)]
pub async fn get_lead(id: LeadId, query: LeadListQuery) -> Result<LeadView, AppError> {
    use domain::{
        access::Permission,
        leads::{LeadStatus, NoteAuthor},
    };
    use store::leads;
    let actor = crate::access::require_partner(Permission::ViewLeads).await?;
    let (scope, query) = (actor.scope(), query.bounded());
    let permissions = scope.session().permissions();
    let mut view = {
        let mut read = crate::access::begin_read(&actor).await?;
        let lead = leads::get(&mut read, scope, id).await?.ok_or(AppError::NotFound)?;
        // The neighbours first: under a filter by status, opening the lead may take it out of the list.
        let neighbours = leads::neighbours(&mut read, scope, &query, id).await?;
        let deliveries = if permissions.has(Permission::ViewDeliverySettings) {
            store::delivery::of_lead(&mut read, scope, id).await?
        } else {
            Vec::new()
        };
        let may_record = permissions.has(Permission::RecordOutcomes) && !scope.session().is_by_admin();
        // What the partner writes for itself is not for the account, not even where it looks as the partner does.
        let mut notes = leads::notes(&mut read, scope, id, NoteAuthor::Partner).await?;
        notes.retain(|note| note.shared || !scope.session().is_by_admin());
        let people = if may_record { store::users::colleagues(&mut read, scope).await? } else { Vec::new() };
        let may_review = permissions.has(Permission::ReviewLeads);
        let outlook = if may_review { services::returns::outlook(&mut read, scope, id).await? } else { None };
        LeadView {
            lead,
            neighbours,
            may_review,
            reasons: leads::reasons(&mut read, scope).await?,
            returns: leads::returns_of(&mut read, scope, id).await?,
            outlook,
            files: leads::files(&mut read, scope, id).await?,
            is_viewing: scope.session().is_by_admin(),
            deliveries,
            outcomes: leads::outcomes(&mut read, scope).await?,
            account: (scope.session().currency().code().to_owned(), scope.session().account_name().to_owned()),
            may_record,
            notes,
            people: people.into_iter().map(|user| (user.id, user.name)).collect(),
        }
    };
    // That an admin has looked is not that the partner has.
    let looks = !scope.session().is_by_admin() && !crate::access::is_prefetch()?;
    if looks && view.lead.summary.status == LeadStatus::New {
        let mut tx = crate::access::begin_write(&actor).await?;
        services::leads::open(&actor, &mut tx, id).await?;
        view.lead = leads::get(&mut tx, scope, id).await?.ok_or(AppError::NotFound)?;
        tx.commit().await?;
    }
    Ok(view)
}

#[cfg(feature = "ssr")]
mark!(GetLead: Viewable);

/// Accepts or rejects a lead. The fields are those of the form: `decision` is `accept` or `reject`.
///
/// # Errors
/// [`AppError::Forbidden`] without `review_leads`, [`AppError::NotFound`] for any id that is not one of the
/// partner's, [`AppError::Invalid`] when a field has to be corrected and when the lead cannot be returned.
#[server(prefix = "/fn", endpoint = "leads/review")]
pub async fn review_lead(
    id: LeadId,
    decision: String,
    #[server(default)] reason: String,
    #[server(default)] comment: String,
) -> Result<(), AppError> {
    use services::leads::ReviewForm;
    let actor = crate::access::require_partner(domain::access::Permission::ReviewLeads).await?;
    let form = ReviewForm { decision: &decision, reason: &reason, comment: &comment };
    let mut tx = crate::access::begin_write(&actor).await?;
    let done = services::leads::review(&actor, &mut tx, id, form).await;
    done.map_err(|error| error.keeping([("reason", &*reason), ("comment", &*comment)]))?;
    Ok(tx.commit().await?)
}

/// What was decided on several leads at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// On how many.
    pub leads: usize,
    /// When, in microseconds since 1970: by it the decision can be undone.
    pub at: i64,
}

/// Accepts or rejects several leads. The fields are those of the form below the list; `list` is the list's state, to go back to.
/// `all` is not zero where all leads of the list are meant, on all its pages: then it is how many those were.
///
/// # Errors
/// As [`review_lead`]; [`AppError::Invalid`] also for no lead, for too many, and for all of a list that has changed.
#[server(prefix = "/fn", endpoint = "leads/review-many")]
pub async fn review_leads(
    #[server(default)] leads: Vec<LeadId>,
    #[server(default)] all: usize,
    #[server(default)] decision: String,
    #[server(default)] reason: String,
    #[server(default)] comment: String,
    #[server(default)] list: String,
) -> Result<Reviewed, AppError> {
    use domain::leads::LeadStatus;
    use services::leads::ReviewForm;
    let actor = crate::access::require_partner(domain::access::Permission::ReviewLeads).await?;
    let form = ReviewForm { decision: &decision, reason: &reason, comment: &comment };
    let mut tx = crate::access::begin_write(&actor).await?;
    let at = if all > 0 {
        let filter = LeadListQuery::from_query_string(&list).query.bounded().filter;
        services::leads::review_all(&actor, &mut tx, (&filter, all), form).await?
    } else {
        services::leads::review_many(&actor, &mut tx, &leads, form).await?
    };
    tx.commit().await?;
    let done = Reviewed { leads: if all > 0 { all } else { leads.len() }, at: at.timestamp_micros() };
    let status = if decision == "accept" { LeadStatus::Accepted } else { LeadStatus::Rejected };
    let said = [("done", status.to_string()), ("leads", done.leads.to_string()), ("at", done.at.to_string())];
    back_to_list(&list, &said)?;
    Ok(done)
}

/// Undoes what was decided on several leads, by when that was.
///
/// # Errors
/// [`AppError::Forbidden`] without `review_leads`, [`AppError::Invalid`] when it is too long ago or nothing is left to undo.
#[server(prefix = "/fn", endpoint = "leads/undo-review")]
pub async fn undo_reviews(#[server(default)] at: i64, #[server(default)] list: String) -> Result<usize, AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ReviewLeads).await?;
    let at = chrono::DateTime::from_timestamp_micros(at).unwrap_or_default();
    let mut tx = crate::access::begin_write(&actor).await?;
    let undone = services::leads::undo_review(&actor, &mut tx, at).await?;
    tx.commit().await?;
    back_to_list(&list, &[("done", "undone".to_owned()), ("leads", undone.to_string())])?;
    Ok(undone)
}

/// Keeps which columns the reader wants in the list; `list` is the list's state, to go back to.
///
/// # Errors
/// [`AppError::Forbidden`] without `view_leads`, [`AppError::Invalid`] for a column that there is none of.
#[server(prefix = "/fn", endpoint = "leads/columns")]
pub async fn choose_columns(
    #[server(default)] columns: Vec<String>,
    #[server(default)] list: String,
) -> Result<(), AppError> {
    let actor = crate::access::require_partner(domain::access::Permission::ViewLeads).await?;
    let columns = read_columns(&columns)?;
    let mut tx = crate::access::begin_write(&actor).await?;
    store::users::set_lead_columns(&mut tx, actor.scope(), columns).await?;
    tx.commit().await?;
    // No view has these columns.
    let list = LeadListQuery { view: None, ..LeadListQuery::from_query_string(&list).query };
    back_to_list(&list.to_query_string(), &[])
}

/// The columns that a form names.
///
/// # Errors
/// [`AppError::Invalid`] for a column that there is none of.
#[cfg(feature = "ssr")]
pub(crate) fn read_columns(columns: &[String]) -> Result<LeadColumns, AppError> {
    use domain::{leads::LeadColumn, validation::FieldErrors};
    let columns = columns.iter().map(|column| column.parse::<LeadColumn>()).collect::<Result<Vec<_>, _>>();
    let unknown = |_| AppError::Invalid(FieldErrors::one("columns", "Choose from the columns that there are."));
    Ok(LeadColumns::of(&columns.map_err(unknown)?))
}

/// Leads a browser that has sent a form back to the list, in the state in which it was, with what the list says of it.
#[cfg(feature = "ssr")]
pub(super) fn back_to_list(list: &str, said: &[(&str, String)]) -> Result<(), AppError> {
    if crate::access::wants_html(&crate::access::request_parts()?.headers) {
        let href = LeadListQuery::from_query_string(list).query.href(super::LIST);
        let href = said.iter().fold(href, |href, (name, value)| crate::ui::with_pair(&href, name, value));
        leptos_axum::redirect(&href);
    }
    Ok(())
}
