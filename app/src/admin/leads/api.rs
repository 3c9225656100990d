//! The server functions of the account's leads.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments; the function says what they are"
)]

use domain::{
    delivery::Delivery,
    files::LeadFile,
    ids::{LeadId, PartnerId},
    leads::{
        AccountLeadPage, AccountLeadQuery, CampaignCount, FilterField, LeadColumns, LeadDetail, Note, OutcomeChoice,
    },
    returns::LeadReturn,
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What the list shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLeadsView {
    /// The rows and their count.
    pub page: AccountLeadPage,
    /// The campaigns to choose from.
    pub campaigns: Vec<CampaignCount>,
    /// The extra fields that it can be narrowed by.
    pub fields: Vec<FilterField>,
    /// The partners to choose from.
    pub partners: Vec<(PartnerId, String)>,
    /// The columns that are shown.
    pub columns: LeadColumns,
    /// The account's outcomes.
    pub outcomes: Vec<OutcomeChoice>,
    /// Whether the reader may download the list.
    pub may_export: bool,
    /// Whether the reader may have leads delivered again.
    pub may_deliver: bool,
}

/// What the page of one lead shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLeadView {
    /// The lead.
    pub lead: LeadDetail,
    /// Whom it was delivered to.
    pub partner: (PartnerId, String),
    /// How it went out.
    pub deliveries: Vec<Delivery>,
    /// What the account calls its outcomes.
    pub outcomes: Vec<OutcomeChoice>,
    /// The notes that staff read.
    pub notes: Vec<Note>,
    /// What its partner asked for, and what became of it.
    pub returns: Vec<LeadReturn>,
    /// The files that are attached to it.
    pub files: Vec<LeadFile>,
    /// Whether the reader may have it delivered again, decide on its return, write and attach.
    pub may_deliver: bool,
    /// Whether the reader may take files away.
    pub may_export: bool,
}

/// A page of the account's leads.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`.
#[server(prefix = "/fn", endpoint = "admin/leads/list", input = Json)]
pub async fn list_account_leads(query: AccountLeadQuery) -> Result<AccountLeadsView, AppError> {
    use domain::admin::AdminPermission as P;
    let actor = crate::access::require_admin(P::View).await?;
    let (scope, role) = (actor.scope(), actor.scope().session().role());
    let mut read = crate::access::begin_read(&actor).await?;
    Ok(AccountLeadsView {
        page: store::leads::list_of_account(&mut read, scope, &query.bounded()).await?,
        campaigns: store::leads::campaigns_of_account(&mut read, scope).await?,
        fields: store::leads::filter_fields_of_account(&mut read, scope).await?,
        partners: store::partners::choices(&mut read, scope).await?,
        columns: scope.session().lead_columns(),
        outcomes: store::leads::list_for_account(&mut read, scope).await?,
        may_export: role.may(P::Export),
        may_deliver: role.may(P::ManagePartners),
    })
}

/// One of the account's leads. That staff look at it does not make it viewed.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::NotFound`] for any id not of the account.
#[server(prefix = "/fn", endpoint = "admin/leads/get")]
pub async fn get_account_lead(id: LeadId) -> Result<AccountLeadView, AppError> {
    use domain::admin::AdminPermission as P;
    let actor = crate::access::require_admin(P::View).await?;
    let scope = actor.scope();
    let mut read = crate::access::begin_read(&actor).await?;
    let partner = store::leads::partner_of(&mut read, scope, id).await?.ok_or(AppError::NotFound)?;
    let partner_scope = scope.for_partner(&mut read, partner).await?.ok_or(AppError::NotFound)?;
    Ok(AccountLeadView {
        lead: store::leads::get(&mut read, &partner_scope, id).await?.ok_or(AppError::NotFound)?,
        partner: (partner, partner_scope.session().partner_name().to_owned()),
        deliveries: store::delivery::of_lead(&mut read, &partner_scope, id).await?,
        outcomes: store::leads::list_for_account(&mut read, scope).await?,
        notes: store::leads::notes(&mut read, &partner_scope, id, domain::leads::NoteAuthor::Account).await?,
        returns: store::leads::returns_of(&mut read, &partner_scope, id).await?,
        files: store::leads::files(&mut read, &partner_scope, id).await?,
        may_deliver: scope.session().role().may(P::ManagePartners),
        may_export: scope.session().role().may(P::Export),
    })
}

/// Delivers leads once more by every channel that their partners have switched on. The fields are those of the form below the list;
/// `list` is the list's state, to go back to, and `all` is not zero where all its leads are meant: then it is how many those were.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] for no lead, for too many, and for all of a list that has changed.
#[server(prefix = "/fn", endpoint = "admin/leads/deliver-again")]
pub async fn deliver_again(
    #[server(default)] leads: Vec<LeadId>,
    #[server(default)] all: usize,
    #[server(default)] list: String,
) -> Result<(), AppError> {
    use store::leads::AccountRows;
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let rows = match all {
        0 => AccountRows::Selected(leads),
        _ => AccountRows::Of(AccountLeadQuery::from_query_string(&list).0.first_page()),
    };
    let mut tx = crate::access::begin_write(&actor).await?;
    let done = services::delivery::deliver_again(&actor, &mut tx, &rows, all).await?;
    tx.commit().await?;
    let said =
        [("done", "queued".to_owned()), ("queued", done.queued.to_string()), ("without", done.without_way.to_string())];
    back_to_list(&list, &said)
}

/// Writes a note on a lead. With `shared` set, its partner reads it as well. `list` is the state of the list that the lead was opened
/// from.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `manage_partners`, [`AppError::NotFound`] for any id not of the account,
/// [`AppError::Invalid`] when it is empty or too long.
#[server(prefix = "/fn", endpoint = "admin/leads/note")]
pub async fn write_account_note(
    id: LeadId,
    #[server(default)] note: String,
    #[server(default)] shared: String,
    #[server(default)] list: String,
) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::ManagePartners).await?;
    let mut tx = crate::access::begin_write(&actor).await?;
    let written = services::outcomes::account_note(&actor, &mut tx, id, &note, shared == "yes").await;
    written.map_err(|error| error.keeping([("note", &*note)]))?;
    tx.commit().await?;
    let list = AccountLeadQuery::from_query_string(&list).0;
    leptos_axum::redirect(&crate::ui::with_pair(&list.href(&format!("{}/{id}", super::LIST)), "done", "noted"));
    Ok(())
}

/// Keeps which columns the reader wants in the list; `list` is the list's state, to go back to.
///
/// # Errors
/// [`AppError::AdminForbidden`] without `view`, [`AppError::Invalid`] for a column that there is none of.
#[server(prefix = "/fn", endpoint = "admin/leads/columns")]
pub async fn choose_account_columns(
    #[server(default)] columns: Vec<String>,
    #[server(default)] list: String,
) -> Result<(), AppError> {
    let actor = crate::access::require_admin(domain::admin::AdminPermission::View).await?;
    let columns = crate::leads::read_columns(&columns)?;
    let mut tx = crate::access::begin_write(&actor).await?;
    store::users::set_lead_columns_of_admin(&mut tx, actor.scope(), columns).await?;
    tx.commit().await?;
    back_to_list(&list, &[])
}

/// Leads a browser that has sent a form back to the list, in the state in which it was, with what the list says of it.
#[cfg(feature = "ssr")]
fn back_to_list(list: &str, said: &[(&str, String)]) -> Result<(), AppError> {
    if crate::access::wants_html(&crate::access::request_parts()?.headers) {
        let href = AccountLeadQuery::from_query_string(list).0.href(super::LIST);
        let href = said.iter().fold(href, |href, (name, value)| crate::ui::with_pair(&href, name, value));
        leptos_axum::redirect(&href);
    }
    Ok(())
}
