//! `/api/v1/partner`: what a partner's own system may do, by a key of the partner. It acts on that partner alone.

use axum::{
    Extension, Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use domain::{
    api_keys::ApiScope,
    ids::{InvoiceId, LeadId},
    invoices::{AdminInvoice, InvoiceCursor, InvoiceListQuery},
    leads::{Choice, ChoiceKind},
};
use serde::{Deserialize, Serialize};
use services::{PartnerActor, outcomes::OutcomeForm};
use store::{Reader, invoices, leads};
use utoipa::{IntoParams, ToSchema};

use super::{
    guard::{Api, Caller},
    invoices::{InvoiceRow, InvoiceView},
    leads::LeadView,
    object,
    page::{Page, PageQuery, read_query},
    problem::{Problem, Problems},
    write::{Body, Ended, Writing},
};

/// A page of a partner's leads.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct OwnLeadsPage {
    /// The leads, in the order in which they came in.
    data: Vec<LeadView>,
    /// Where the next page begins, now or later; null only as long as there is no lead at all.
    next_cursor: Option<String>,
    /// Whether there are more already.
    has_more: bool,
}

/// List your leads
///
/// Oldest first. Keep `next_cursor` and ask again with it, also after the last page: nothing is missed and nothing comes twice.
#[utoipa::path(
    get, path = "/partner/leads", tag = "Partner", params(PageQuery), security(("key" = ["leads:read"])),
    responses((status = 200, description = "A page of leads.", body = OwnLeadsPage), Problems)
)]
pub(super) async fn leads(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    page: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<OwnLeadsPage>, Problem> {
    let actor = caller.require_partner(&api, ApiScope::LeadsRead)?;
    let page = read_query(page)?;
    let (limit, after) = (page.limit()?, page.after::<LeadId>()?);
    let found = leads::list_of_partner_for_api(&mut api.reader(&actor).await?, actor.scope(), after, limit + 1).await?;
    let found = found.into_iter().map(LeadView::from).collect();
    let Page { data, next_cursor } = Page::of(found, limit, |lead: &LeadView| lead.id.to_string());
    let last = data.last().map(|lead| lead.id.to_string()).or(after.map(|after| after.to_string()));
    Ok(Json(OwnLeadsPage { has_more: next_cursor.is_some(), next_cursor: last, data }))
}

/// One of the partner's leads, as a path names it.
pub(super) async fn find(actor: &PartnerActor, read: &mut Reader, lead: &str) -> Result<LeadView, Problem> {
    let found = leads::get_of_partner_for_api(read, actor.scope(), lead).await?;
    found.map(LeadView::from).ok_or_else(Problem::not_found)
}

/// Begins to change one of the partner's leads.
pub(super) async fn begin(
    api: &Api,
    caller: &Caller,
    actor: &PartnerActor,
    body: &Body,
    lead: &str,
) -> Result<(Writing, LeadId), Ended> {
    let mut writing = body.begin(api, caller).await?;
    let id = LeadId(find(actor, &mut writing.tx, lead).await?.id);
    Ok((writing, id))
}

/// Ends a change with the lead as it is now.
async fn finish(mut writing: Writing, actor: &PartnerActor, lead: &str) -> Result<Response, Ended> {
    let now = find(actor, &mut writing.tx, lead).await?;
    writing.finish(StatusCode::OK, &now).await
}

/// Read one of your leads
#[utoipa::path(
    get, path = "/partner/leads/{lead}", tag = "Partner",
    params(("lead" = String, Path, description = "The lead's id, or ref: and its external_id.")),
    security(("key" = ["leads:read"])),
    responses((status = 200, description = "The lead.", body = LeadView), Problems)
)]
pub(super) async fn lead(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(lead): Path<String>,
) -> Result<Json<LeadView>, Problem> {
    let actor = caller.require_partner(&api, ApiScope::LeadsRead)?;
    Ok(Json(find(&actor, &mut api.reader(&actor).await?, &lead).await?))
}

/// What you decide on a lead.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewInput {
    /// `accept` or `reject`.
    #[schema(example = "reject")]
    decision: String,
    /// Of a rejection: the code of one of the reasons.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(example = "duplicate", nullable)]
    reason: String,
    /// In your own words.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(max_length = 1000, nullable)]
    comment: String,
}

/// Accept or reject a lead
///
/// Where the account's rules say so, a rejection is the request to take the lead back, on which the account decides. A reason that takes
/// evidence takes a file: attach it first.
#[utoipa::path(
    post, path = "/partner/leads/{lead}/review", tag = "Partner", request_body = ReviewInput,
    params(
        ("lead" = String, Path, description = "The lead's id, or ref: and its external_id."),
        (
            "Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "The same answer for the same key, for a day."
        )
    ),
    security(("key" = ["leads:review"])),
    responses((status = 200, description = "The lead as it is now.", body = LeadView), Problems)
)]
pub(super) async fn review(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(lead): Path<String>,
    body: Body,
) -> Result<Response, Ended> {
    let actor = caller.require_partner(&api, ApiScope::LeadsReview)?;
    let ReviewInput { decision, reason, comment } = body.read()?;
    let (mut writing, id) = begin(&api, &caller, &actor, &body, &lead).await?;
    let form = services::leads::ReviewForm { decision: &decision, reason: &reason, comment: &comment };
    services::leads::review(&actor, &mut writing.tx, id, form).await?;
    finish(writing, &actor, &lead).await
}

/// Withdraw the request to take a lead back
///
/// The lead is not rejected any more.
#[utoipa::path(
    post, path = "/partner/leads/{lead}/withdraw", tag = "Partner",
    params(("lead" = String, Path, description = "The lead's id, or ref: and its external_id.")),
    security(("key" = ["leads:review"])),
    responses((status = 200, description = "The lead as it is now.", body = LeadView), Problems)
)]
pub(super) async fn withdraw(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(lead): Path<String>,
    body: Body,
) -> Result<Response, Ended> {
    let actor = caller.require_partner(&api, ApiScope::LeadsReview)?;
    let (mut writing, id) = begin(&api, &caller, &actor, &body, &lead).await?;
    services::returns::withdraw(&actor, &mut writing.tx, id).await?;
    finish(writing, &actor, &lead).await
}

/// What became of a lead.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OutcomeInput {
    /// The code of one of the outcomes; empty takes back what was said before.
    #[schema(example = "sold")]
    outcome: String,
    /// What it was sold for, in the account's currency; only of a sale.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(example = "1200.50", nullable)]
    value: String,
    /// In your own words; why, of a lost lead.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(max_length = 1000, nullable)]
    comment: String,
}

/// Say what became of a lead
#[utoipa::path(
    post, path = "/partner/leads/{lead}/outcome", tag = "Partner", request_body = OutcomeInput,
    params(
        ("lead" = String, Path, description = "The lead's id, or ref: and its external_id."),
        (
            "Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "The same answer for the same key, for a day."
        )
    ),
    security(("key" = ["outcomes:write"])),
    responses((status = 200, description = "The lead as it is now.", body = LeadView), Problems)
)]
pub(super) async fn outcome(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(lead): Path<String>,
    body: Body,
) -> Result<Response, Ended> {
    let actor = caller.require_partner(&api, ApiScope::OutcomesWrite)?;
    let OutcomeInput { outcome, value, comment } = body.read()?;
    let (mut writing, id) = begin(&api, &caller, &actor, &body, &lead).await?;
    let form = OutcomeForm { outcome: &outcome, value: &value, comment: &comment };
    services::outcomes::set_outcome(&actor, &mut writing.tx, &[id], form).await?;
    finish(writing, &actor, &lead).await
}

/// An entry of a list that the account words for itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ChoiceView {
    /// By which requests name it.
    #[schema(example = "sold")]
    code: String,
    /// What people call it.
    #[schema(example = "Sold")]
    label: String,
    /// What it means or needs: of an outcome `open`, `won` or `lost`; of a reason `nothing`, `comment` or `evidence`.
    #[schema(example = "won")]
    kind: String,
}

/// The entries of a list that are offered now.
fn offered<K: ChoiceKind>(list: Vec<Choice<K>>) -> Vec<ChoiceView> {
    let view = |one: Choice<K>| ChoiceView { code: one.code, label: one.label, kind: one.kind.as_str().to_owned() };
    list.into_iter().filter(|one| one.active).map(view).collect()
}

/// List the reasons to reject a lead
///
/// Those that are offered now, in their order.
#[utoipa::path(
    get, path = "/partner/reasons", tag = "Partner", security(("key" = ["leads:review"])),
    responses((status = 200, description = "The reasons.", body = Vec<ChoiceView>), Problems)
)]
pub(super) async fn reasons(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<ChoiceView>>, Problem> {
    let actor = caller.require_partner(&api, ApiScope::LeadsReview)?;
    Ok(Json(offered(leads::reasons(&mut api.reader(&actor).await?, actor.scope()).await?)))
}

/// List the outcomes
///
/// Those that are offered now, in their order.
#[utoipa::path(
    get, path = "/partner/outcomes", tag = "Partner", security(("key" = ["outcomes:write"])),
    responses((status = 200, description = "The outcomes.", body = Vec<ChoiceView>), Problems)
)]
pub(super) async fn outcomes(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<ChoiceView>>, Problem> {
    let actor = caller.require_partner(&api, ApiScope::OutcomesWrite)?;
    Ok(Json(offered(leads::outcomes(&mut api.reader(&actor).await?, actor.scope()).await?)))
}

/// Which page of your invoices.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OwnInvoicesQuery {
    /// The `next_cursor` of the page before; nothing for the first one.
    #[param(format = Uuid, value_type = Option<String>)]
    cursor: Option<InvoiceId>,
}

/// List your invoices
///
/// Latest first, fifty at a time.
#[utoipa::path(
    get, path = "/partner/invoices", tag = "Partner", params(OwnInvoicesQuery), security(("key" = ["invoices:read"])),
    responses((status = 200, description = "A page of invoices.", body = Page<InvoiceRow>), Problems)
)]
pub(super) async fn invoices(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<OwnInvoicesQuery>, QueryRejection>,
) -> Result<Json<Page<InvoiceRow>>, Problem> {
    let actor = caller.require_partner(&api, ApiScope::InvoicesRead)?;
    let cursor = read_query(query)?.cursor.map(InvoiceCursor::After);
    let query = InvoiceListQuery { cursor, ..InvoiceListQuery::default() };
    let page = invoices::list(&mut api.begin_read(&actor).await?, actor.scope(), &query).await?;
    let partner = actor.scope().session().partner_id();
    let data: Vec<_> = page.invoices.into_iter().map(|summary| InvoiceRow::issued(summary, partner)).collect();
    let next_cursor = data.last().filter(|_| page.has_next).map(|last| last.id.to_string());
    Ok(Json(Page { data, next_cursor }))
}

/// Read one of your invoices
#[utoipa::path(
    get, path = "/partner/invoices/{id}", tag = "Partner", params(("id" = Uuid, Path, description = "The invoice's id.")),
    security(("key" = ["invoices:read"])),
    responses((status = 200, description = "The invoice.", body = InvoiceView), Problems)
)]
pub(super) async fn invoice(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<InvoiceView>, Problem> {
    let actor = caller.require_partner(&api, ApiScope::InvoicesRead)?;
    let id = id.parse::<InvoiceId>().map_err(|_| Problem::not_found())?;
    let session = actor.scope().session();
    let partner = (session.partner_id(), session.partner_name().to_owned());
    let invoice = invoices::get(&mut api.begin_read(&actor).await?, actor.scope(), id).await?;
    let invoice = Box::new(invoice.ok_or_else(Problem::not_found)?);
    Ok(Json(AdminInvoice::Issued { invoice, partner }.into()))
}
