//! `/api/v1/invoices`.

use axum::{
    Extension, Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use chrono::NaiveDate;
use domain::{
    api_keys::ApiScope,
    ids::{InvoiceId, PartnerId},
    invoices::{
        AdminInvoice, AdminInvoiceQuery, AdminInvoiceRow, AdminInvoiceStatus, BilledLine, BillingForm, DraftForm,
        InvoiceLine, InvoiceState, InvoiceSummary, LineForm, Quantity,
    },
    money::Money,
    validation::FieldErrors,
};
use serde::{Deserialize, Serialize};
use services::{ServiceError, invoices as service};
use store::invoices;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    guard::{Api, Caller},
    money::MoneyView,
    object,
    page::{Page, read_query},
    problem::{Problem, Problems},
    write::{Body, Ended},
};

/// A line of an invoice. Numbers are decimal numbers as text.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LineView {
    /// What is charged.
    #[schema(example = "Leads in November", min_length = 1, max_length = 300)]
    description: String,
    /// How much of it, with at most three decimals.
    #[schema(example = "12")]
    quantity: String,
    /// The price of one before tax, in the account's currency: with at most four decimals, where it has two or more.
    #[schema(example = "25.00")]
    unit_price: String,
    /// The tax in percent.
    #[schema(example = "19")]
    tax_rate: String,
}

/// A line as it stands on an invoice. Numbers are decimal numbers as text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct StoredLine {
    /// What is charged.
    #[schema(example = "Leads in November")]
    description: String,
    /// How much of it.
    #[schema(example = "12")]
    quantity: String,
    /// The price of one before tax, in the invoice's currency.
    #[schema(example = "25.00")]
    unit_price: String,
    /// The tax in percent.
    #[schema(example = "19")]
    tax_rate: String,
    /// How many leads it bills; 0 when it is not about leads.
    #[schema(example = 12)]
    leads: u32,
}

impl From<&InvoiceLine> for StoredLine {
    fn from(line: &InvoiceLine) -> Self {
        Self {
            description: line.description.clone(),
            quantity: line.quantity.to_string(),
            unit_price: line.unit_price.decimal(),
            tax_rate: Quantity(line.tax_rate.0.saturating_mul(10)).to_string(),
            leads: line.leads,
        }
    }
}

impl From<BilledLine> for StoredLine {
    fn from(line: BilledLine) -> Self {
        let BilledLine { description, leads, unit_price, tax_rate, .. } = line;
        let quantity = Quantity::pieces(i64::from(leads));
        (&InvoiceLine { description, quantity, unit_price, tax_rate, leads }).into()
    }
}

impl From<LineForm> for StoredLine {
    fn from(LineForm { description, quantity, unit_price, tax_rate }: LineForm) -> Self {
        Self { description, quantity, unit_price, tax_rate, leads: 0 }
    }
}

/// The leads to bill: those of the partner with a price in the account's currency that are on no other invoice, were not returned, and
/// whose return is not waiting for a decision.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BillingInput {
    /// The first day of delivery; absent for all that were not billed before.
    #[serde(default)]
    #[schema(format = Date, example = "2026-10-01")]
    from: Option<String>,
    /// The last day of delivery.
    #[schema(format = Date, example = "2026-10-31")]
    to: String,
    /// Only leads of this campaign.
    #[serde(default)]
    campaign: Option<String>,
    /// The tax in percent.
    #[schema(example = "19")]
    tax_rate: String,
    /// Whether leads that were rejected without a return are billed as well.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(nullable)]
    rejected: bool,
}

impl From<BillingInput> for BillingForm {
    fn from(input: BillingInput) -> Self {
        Self {
            from: input.from.unwrap_or_default(),
            to: input.to,
            campaign: input.campaign.unwrap_or_default(),
            tax_rate: input.tax_rate,
            rejected: if input.rejected { "true".to_owned() } else { String::new() },
        }
    }
}

/// An invoice to be written.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InvoiceInput {
    /// Whom it is for: the partner's id, or `ref:` and its `external_ref`.
    #[schema(example = "ref:NW-1")]
    partner: String,
    /// The last day on which it is not overdue; absent for the partner's terms from the day of issue.
    #[serde(default)]
    #[schema(format = Date, example = "2026-12-31")]
    due_on: Option<String>,
    /// A remark under the lines.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(max_length = 1000, nullable)]
    note: String,
    /// What is charged beside leads.
    #[serde(default, deserialize_with = "object::many")]
    #[schema(max_items = 200)]
    lines: Vec<LineView>,
    /// The leads to bill, if any: a line for each campaign and price, before the others.
    #[serde(default, deserialize_with = "object::one")]
    leads: Option<BillingInput>,
    /// Whether to issue it at once. From then on the partner sees it, and it never changes.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(nullable)]
    issue: bool,
}

/// A payment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentInput {
    /// The day on which it was paid.
    #[schema(format = Date, example = "2026-11-22")]
    paid_on: String,
    /// By which it is found in your books.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(max_length = 100, nullable)]
    reference: String,
}

/// Why an invoice is void.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VoidInput {
    /// What the partner reads.
    #[schema(example = "Billed twice", min_length = 1, max_length = 300)]
    reason: String,
}

/// An invoice as a list shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct InvoiceRow {
    /// Its id.
    pub(super) id: Uuid,
    /// Whom it is for.
    partner_id: Uuid,
    /// Its number; null for a draft.
    number: Option<String>,
    /// `draft`, `pending`, `overdue`, `paid` or `void`.
    #[schema(example = "pending")]
    status: String,
    /// The day of issue; of a draft, when it was written.
    #[schema(value_type = String, format = Date)]
    issued_on: NaiveDate,
    /// The last day on which it is not overdue.
    #[schema(value_type = String, format = Date)]
    due_on: NaiveDate,
    /// What is to be paid, tax included.
    total: MoneyView,
    /// What is still open of it.
    open: MoneyView,
}

impl From<AdminInvoiceRow> for InvoiceRow {
    fn from(row: AdminInvoiceRow) -> Self {
        Self {
            id: row.id.0,
            partner_id: row.partner.0.0,
            number: row.number,
            status: status(row.state),
            issued_on: row.issued_on,
            due_on: row.due_on,
            total: row.total.into(),
            open: row.open.into(),
        }
    }
}

impl InvoiceRow {
    /// An issued one of this partner.
    pub(super) fn issued(summary: InvoiceSummary, partner: PartnerId) -> Self {
        Self {
            id: summary.id.0,
            partner_id: partner.0,
            number: Some(summary.number),
            status: status(Some(summary.state)),
            issued_on: summary.issued_on,
            due_on: summary.due_on,
            total: summary.total.into(),
            open: summary.open.into(),
        }
    }
}

fn status(state: Option<InvoiceState>) -> String {
    state.map_or_else(|| "draft".to_owned(), |state| state.to_string())
}

/// An invoice with its lines.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct InvoiceView {
    /// Its id.
    id: Uuid,
    /// Whom it is for.
    partner_id: Uuid,
    /// Its number; null for a draft.
    number: Option<String>,
    /// `draft`, `pending`, `overdue`, `paid` or `void`.
    #[schema(example = "pending")]
    status: String,
    /// The last day on which it is not overdue; of a draft, what it would be if it was issued today.
    #[schema(value_type = String, format = Date)]
    due_on: NaiveDate,
    /// A remark under the lines; may be empty.
    note: String,
    /// What is charged.
    lines: Vec<StoredLine>,
    /// What is to be paid, tax included.
    total: MoneyView,
}

impl From<AdminInvoice> for InvoiceView {
    fn from(invoice: AdminInvoice) -> Self {
        match invoice {
            AdminInvoice::Draft(draft) => Self {
                id: draft.id.0,
                partner_id: draft.partner.0.0,
                number: None,
                status: status(None),
                due_on: draft.due_if_issued,
                lines: draft
                    .billed
                    .into_iter()
                    .map(StoredLine::from)
                    .chain(draft.form.lines.into_iter().map(StoredLine::from))
                    .collect(),
                note: draft.form.note,
                total: Money { minor: draft.totals.total, currency: draft.currency }.into(),
            },
            AdminInvoice::Issued { invoice, partner } => Self {
                id: invoice.summary.id.0,
                partner_id: partner.0.0,
                number: Some(invoice.summary.number.clone()),
                status: status(Some(invoice.summary.state)),
                due_on: invoice.summary.due_on,
                note: invoice.note.clone(),
                lines: invoice.lines.iter().map(StoredLine::from).collect(),
                total: invoice.summary.total.into(),
            },
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct InvoiceWritten {
    /// The invoice's id.
    id: Uuid,
}

/// What is wrong with the leads to bill, named by where it stands in the request.
fn about_leads(error: ServiceError) -> ServiceError {
    let ServiceError::Invalid(errors) = error else { return error };
    let mut named = FieldErrors::default();
    for (field, message) in errors.iter() {
        named.add(&if field == "leads" { field.to_owned() } else { format!("leads[{field}]") }, message);
    }
    ServiceError::Invalid(named)
}

fn read_id(text: &str) -> Result<InvoiceId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// Write an invoice
///
/// It stays a draft, which the partner does not see, unless `issue` is true.
#[utoipa::path(
    post, path = "/invoices", tag = "Invoices", request_body = InvoiceInput, security(("key" = ["invoices:write"])),
    params((
        "Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
        description = "The same answer for the same key, for a day."
    )),
    responses((status = 201, description = "The invoice is created.", body = InvoiceWritten), Problems)
)]
pub(super) async fn create(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, Ended> {
    let actor = caller.require(&api, ApiScope::InvoicesWrite)?;
    let input = body.read::<InvoiceInput>()?;
    let no_partner = |problem: Problem| {
        if problem.status == 404 {
            let detail = "The account has no such partner; send its id, or ref: and its external_ref.".to_owned();
            Problem::invalid(vec![super::problem::Fault { pointer: "/partner".to_owned(), detail }])
        } else {
            problem
        }
    };
    let line = |line: LineView| LineForm {
        description: line.description,
        quantity: line.quantity,
        unit_price: line.unit_price,
        tax_rate: line.tax_rate,
    };
    let form = DraftForm {
        due_on: input.due_on.unwrap_or_default(),
        note: input.note,
        lines: input.lines.into_iter().map(line).collect(),
    };
    let mut writing = body.begin(&api, &caller).await?;
    let partner = super::partners::find(&actor, &mut writing.tx, &input.partner).await.map_err(no_partner)?;
    let id = service::begin(&actor, &mut writing.tx, partner.id).await?;
    service::save(&actor, &mut writing.tx, id, "", &form).await?;
    if let Some(leads) = input.leads {
        service::bill_leads(&actor, &mut writing.tx, id, &leads.into()).await.map_err(about_leads)?;
    }
    if input.issue {
        service::issue(&actor, &mut writing.tx, id).await?;
    }
    writing.finish(StatusCode::CREATED, &InvoiceWritten { id: id.0 }).await
}

/// Issue a draft
#[utoipa::path(
    post, path = "/invoices/{id}/issue", tag = "Invoices", params(("id" = Uuid, Path, description = "The invoice's id.")),
    security(("key" = ["invoices:write"])),
    responses((status = 200, description = "The invoice is issued.", body = InvoiceWritten), Problems)
)]
pub(super) async fn issue(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Ended> {
    let actor = caller.require(&api, ApiScope::InvoicesWrite)?;
    let id = read_id(&id)?;
    let mut writing = body.begin(&api, &caller).await?;
    service::issue(&actor, &mut writing.tx, id).await?;
    writing.finish(StatusCode::OK, &InvoiceWritten { id: id.0 }).await
}

/// Mark an invoice as paid
#[utoipa::path(
    post, path = "/invoices/{id}/payment", tag = "Invoices", request_body = PaymentInput,
    params(("id" = Uuid, Path, description = "The invoice's id.")), security(("key" = ["invoices:write"])),
    responses((status = 200, description = "The invoice is marked as paid.", body = InvoiceWritten), Problems)
)]
pub(super) async fn pay(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Ended> {
    let actor = caller.require(&api, ApiScope::InvoicesWrite)?;
    let (id, input) = (read_id(&id)?, body.read::<PaymentInput>()?);
    let mut writing = body.begin(&api, &caller).await?;
    service::pay(&actor, &mut writing.tx, id, &input.paid_on, &input.reference).await?;
    writing.finish(StatusCode::OK, &InvoiceWritten { id: id.0 }).await
}

/// Void an invoice
///
/// Its number stays taken.
#[utoipa::path(
    post, path = "/invoices/{id}/void", tag = "Invoices", request_body = VoidInput,
    params(("id" = Uuid, Path, description = "The invoice's id.")), security(("key" = ["invoices:write"])),
    responses((status = 200, description = "The invoice is void.", body = InvoiceWritten), Problems)
)]
pub(super) async fn void(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Ended> {
    let actor = caller.require(&api, ApiScope::InvoicesWrite)?;
    let (id, input) = (read_id(&id)?, body.read::<VoidInput>()?);
    let mut writing = body.begin(&api, &caller).await?;
    service::void(&actor, &mut writing.tx, id, &input.reason).await?;
    writing.finish(StatusCode::OK, &InvoiceWritten { id: id.0 }).await
}

/// Which invoices.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InvoicesQuery {
    /// Only those of this partner, by its id.
    #[param(format = Uuid, value_type = Option<String>)]
    partner: Option<PartnerId>,
    /// Only those of this status: `draft`, `pending`, `overdue`, `paid` or `void`.
    #[param(pattern = "^(draft|pending|overdue|paid|void)$", value_type = Option<String>)]
    status: Option<AdminInvoiceStatus>,
    /// The `next_cursor` of the page before; nothing for the first one.
    #[param(format = Uuid, value_type = Option<String>)]
    cursor: Option<InvoiceId>,
}

/// List invoices
///
/// Latest first, fifty at a time.
#[utoipa::path(
    get, path = "/invoices", tag = "Invoices", params(InvoicesQuery), security(("key" = ["invoices:read"])),
    responses((status = 200, description = "A page of invoices.", body = Page<InvoiceRow>), Problems)
)]
pub(super) async fn list(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<InvoicesQuery>, QueryRejection>,
) -> Result<Json<Page<InvoiceRow>>, Problem> {
    let actor = caller.require(&api, ApiScope::InvoicesRead)?;
    let InvoicesQuery { partner, status, cursor } = read_query(query)?;
    let query = AdminInvoiceQuery { status, partner, after: cursor };
    let page = invoices::list_for_admins(&mut api.begin_read(&actor).await?, actor.scope(), &query).await?;
    let data: Vec<InvoiceRow> = page.invoices.into_iter().map(InvoiceRow::from).collect();
    let next_cursor = data.last().filter(|_| page.has_next).map(|last| last.id.to_string());
    Ok(Json(Page { data, next_cursor }))
}

/// Read an invoice
#[utoipa::path(
    get, path = "/invoices/{id}", tag = "Invoices", params(("id" = Uuid, Path, description = "The invoice's id.")),
    security(("key" = ["invoices:read"])),
    responses((status = 200, description = "The invoice.", body = InvoiceView), Problems)
)]
pub(super) async fn get(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<InvoiceView>, Problem> {
    let actor = caller.require(&api, ApiScope::InvoicesRead)?;
    let invoice = invoices::get_for_admins(&mut api.begin_read(&actor).await?, actor.scope(), read_id(&id)?).await?;
    Ok(Json(invoice.ok_or_else(Problem::not_found)?.into()))
}
