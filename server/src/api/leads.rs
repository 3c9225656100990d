//! `/api/v1/leads`: what the CRM has delivered comes in here.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use axum::{
    Extension,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use domain::{
    api_keys::ApiScope,
    audit::AuditAction,
    ids::{LeadId, PartnerId},
    leads::{Defaults, LeadCommand, LeadFault, LeadPart, LeadStatus, NewLead},
    money::Currency,
    partners::PartnerStatus,
    text,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use services::AdminActor;
use store::{
    leads::{self, ApiLead, Push},
    partners,
};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema},
};
use uuid::Uuid;

use super::{
    guard::{Api, Caller},
    money::MoneyView,
    object,
    page::{Page, PageQuery, read_query},
    problem::{Fault, Problem, Problems},
    write::{Body, Ended, Writing, read_at},
};

/// Maximum number of leads of a batch.
const MAX_LEADS: usize = 1_000;

/// A free-form field.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldView {
    /// Its name.
    #[schema(example = "Roof", max_length = 120)]
    name: String,
    /// Its value.
    #[schema(example = "flat", max_length = 4000)]
    value: String,
}

/// A lead to be stored.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LeadInput {
    /// Whom it was delivered to: the partner's id, or `ref:` and its `external_ref`.
    #[schema(example = "ref:NW-1")]
    partner: String,
    /// The id it has where it comes from. One partner gets one lead of it, however often it is sent.
    #[schema(example = "CRM-4711", min_length = 1, max_length = 120)]
    external_id: String,
    /// The person's name. Name, email or phone must be there.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(example = "Ada Byron", max_length = 200, nullable)]
    name: String,
    /// An email address.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(example = "ada@example.com", max_length = 254, nullable)]
    email: String,
    /// A phone number, as it is.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(example = "+49 30 5550 1234", max_length = 40, nullable)]
    phone: String,
    /// The campaign.
    #[serde(default, deserialize_with = "object::or_default")]
    #[schema(max_length = 120, nullable)]
    campaign: String,
    /// Whatever else there is, in its order.
    #[serde(default, deserialize_with = "object::many_or_none")]
    #[schema(max_items = 100, nullable)]
    fields: Vec<FieldView>,
    /// What it costs the partner.
    #[serde(default, deserialize_with = "object::one")]
    price: Option<MoneyView>,
    /// When it was delivered, RFC 3339; now, if not said.
    #[serde(default)]
    #[schema(format = DateTime, example = "2026-11-22T14:05:09+01:00")]
    delivered_at: Option<String>,
}

/// A lead as it is kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct LeadView {
    /// Its id.
    pub(super) id: Uuid,
    /// Whom it was delivered to.
    partner_id: Uuid,
    /// The id it has where it comes from.
    external_id: String,
    /// The person's name; may be empty.
    name: String,
    /// May be empty.
    email: String,
    /// May be empty.
    phone: String,
    /// May be empty.
    campaign: String,
    /// Whatever else was delivered, in its order.
    fields: Vec<FieldView>,
    /// What it cost the partner.
    price: Option<MoneyView>,
    /// When it was delivered.
    delivered_at: DateTime<Utc>,
    /// What the partner made of it: `new`, `viewed`, `accepted` or `rejected`.
    #[schema(example = "new")]
    status: String,
    /// The code of its outcome; null where there is none.
    #[schema(example = "sold")]
    outcome: Option<String>,
    /// What it was sold for.
    sale: Option<MoneyView>,
    /// Where its return stands: `requested`, `approved`, `declined`, `expired` or `withdrawn`; null where there is none.
    #[schema(example = "requested")]
    return_state: Option<String>,
}

impl From<ApiLead> for LeadView {
    fn from(lead: ApiLead) -> Self {
        Self {
            id: lead.id.0,
            partner_id: lead.partner.0,
            external_id: lead.external_id,
            name: lead.name,
            email: lead.email,
            phone: lead.phone,
            campaign: lead.campaign,
            fields: lead.fields.into_iter().map(|(name, value)| FieldView { name, value }).collect(),
            price: lead.price.map(MoneyView::from),
            delivered_at: lead.delivered_at,
            status: lead.status.to_string(),
            sale: lead.outcome.as_ref().and_then(|outcome| outcome.value).map(MoneyView::from),
            outcome: lead.outcome.map(|outcome| outcome.code),
            return_state: lead.returned.map(|state| state.to_string()),
        }
    }
}

/// What became of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ItemStatus {
    /// It is new and was stored.
    Created,
    /// The partner had it already; it stays as it was.
    Known,
    /// Something has to be corrected.
    Rejected,
}

/// What became of one lead.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct LeadResult {
    /// What.
    status: ItemStatus,
    /// The lead's id; null where it was rejected.
    id: Option<Uuid>,
    /// The id it has where it comes from; null where it could not be read.
    external_id: Option<String>,
    /// What has to be corrected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
    /// What could not be used as what it was sent for, and is kept as a field: an email address beside a good phone number, or
    /// the other way round.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Fault>,
}

/// What became of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct BatchResult {
    /// Leads that are new.
    created: usize,
    /// Leads that were there already.
    known: usize,
    /// Leads that were not stored.
    rejected: usize,
    /// One for each lead, in the order sent.
    results: Vec<LeadResult>,
}

/// One lead, or up to 1,000 of them.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only describes")]
pub(super) enum LeadsInput {
    /// One.
    One(Box<LeadInput>),
    /// Several.
    Several(LeadBatch),
}

/// Several leads, each as one alone. Each is judged by itself: what is wrong with one its own result says.
#[derive(Debug)]
pub(super) struct LeadBatch;

impl PartialSchema for LeadBatch {
    fn schema() -> RefOr<Schema> {
        let item = ObjectBuilder::new().description(Some("A lead as it is sent alone (LeadInput)."));
        let items = ArrayBuilder::new().items(item).min_items(Some(1)).max_items(Some(MAX_LEADS));
        items.description(Some("Several leads; each has a result of its own.")).into()
    }
}

impl ToSchema for LeadBatch {}

/// What became of one lead, or of several.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only describes")]
pub(super) enum LeadsResult {
    /// Of one.
    One(LeadResult),
    /// Of several.
    Several(BatchResult),
}

/// Store leads and deliver them
///
/// One object, or an array of up to 1,000. An array is answered lead by lead: those that can be are stored, and the others
/// say what has to be corrected. What was sent before (by `partner` and `external_id`) stays as it was.
#[utoipa::path(
    post, path = "/leads", tag = "Leads", request_body = LeadsInput, security(("key" = ["leads:write"])),
    params((
        "Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
        description = "The same answer for the same key, for a day."
    )),
    responses(
        (status = 200, description = "All existed already, or it was an array.", body = LeadsResult),
        (status = 201, description = "The lead is stored.", body = LeadResult),
        Problems
    )
)]
pub(super) async fn create(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, Ended> {
    let actor = caller.require(&api, ApiScope::LeadsWrite)?;
    let batch = body.bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let raw: Vec<&RawValue> = if batch { split(&body.bytes)? } else { Vec::new() };
    let inputs: Vec<Result<LeadInput, Vec<Fault>>> = if batch {
        let read = |(index, raw): (usize, &&RawValue)| {
            read_at(raw.get().as_bytes(), &format!("/{index}")).map_err(|problem| problem.errors)
        };
        raw.iter().enumerate().map(read).collect()
    } else {
        vec![Ok(body.read()?)]
    };
    let mut writing = body.begin(&api, &caller).await?;
    let session = actor.scope().session();
    let defaults = Defaults { zone: session.zone(), currency: session.currency(), now: writing.tx.now() };
    let result = store_all(&actor, &mut writing, &inputs, &defaults, batch).await?;
    if batch {
        return writing.finish(StatusCode::OK, &result).await;
    }
    let Some(one) = result.results.into_iter().next() else {
        return Err(Problem::bad_request("There is no lead.").into());
    };
    match one.status {
        ItemStatus::Created => writing.finish(StatusCode::CREATED, &one).await,
        ItemStatus::Known => writing.finish(StatusCode::OK, &one).await,
        ItemStatus::Rejected => Err(Problem::invalid(one.errors).into()),
    }
}

fn split(bytes: &[u8]) -> Result<Vec<&RawValue>, Problem> {
    let raw: Vec<&RawValue> = serde_json::from_slice(bytes)
        .map_err(|error| Problem::bad_request(format!("The body is not JSON: {error}.")))?;
    if raw.is_empty() || raw.len() > MAX_LEADS {
        let detail = format!("Send 1 to {MAX_LEADS} leads at once.");
        return Err(Problem::invalid(vec![Fault { pointer: String::new(), detail }]));
    }
    if let Some(index) = raw.iter().position(|raw| !raw.get().starts_with('{')) {
        let detail = "a lead is an object".to_owned();
        return Err(Problem::invalid(vec![Fault { pointer: format!("/{index}"), detail }]));
    }
    Ok(raw)
}

/// Stores what can be stored, partner by partner, and says what became of each.
async fn store_all(
    actor: &AdminActor,
    writing: &mut Writing,
    inputs: &[Result<LeadInput, Vec<Fault>>],
    defaults: &Defaults,
    batch: bool,
) -> Result<BatchResult, Problem> {
    let known = partners_of(actor, writing, inputs).await?;
    let mut results: Vec<LeadResult> = Vec::with_capacity(inputs.len());
    // In the order of the partners' ids, so that two batches never wait for each other.
    let mut by_partner: BTreeMap<PartnerId, Vec<(usize, NewLead)>> = BTreeMap::new();
    for (index, input) in inputs.iter().enumerate() {
        let place = if batch { format!("/{index}") } else { String::new() };
        let read = match input {
            Ok(input) => read_lead(input, &place, &known, defaults),
            Err(errors) => Err(errors.clone()),
        };
        let external_id = input.as_ref().ok().map(|input| input.external_id.clone());
        let (errors, warnings) = match read {
            Ok((partner, lead, warnings)) => {
                by_partner.entry(partner).or_default().push((index, lead));
                (Vec::new(), warnings)
            }
            Err(errors) => (errors, Vec::new()),
        };
        results.push(LeadResult { status: ItemStatus::Rejected, id: None, external_id, errors, warnings });
    }
    for (partner, taken) in by_partner {
        let (places, new): (Vec<usize>, Vec<_>) =
            taken.into_iter().map(|(index, lead)| (index, (lead, LeadStatus::New))).unzip();
        let account = actor.scope().session().account_id();
        let stored = leads::insert_unscoped(&mut writing.tx, account, partner, &new, Push::Out).await?;
        for (place, (id, is_new)) in places.into_iter().zip(stored.ids) {
            if let Some(result) = results.get_mut(place) {
                result.status = if is_new { ItemStatus::Created } else { ItemStatus::Known };
                result.id = Some(id.0);
            }
        }
        if stored.added > 0 {
            let detail = serde_json::json!({ "added": stored.added, "known": stored.known });
            actor.record_about(&mut writing.tx, partner, AuditAction::LeadsPushed, partner, detail);
        }
    }
    let count = |status| results.iter().filter(|result| result.status == status).count();
    Ok(BatchResult {
        created: count(ItemStatus::Created),
        known: count(ItemStatus::Known),
        rejected: count(ItemStatus::Rejected),
        results,
    })
}

/// The account's partners that leads name, by the names they used.
async fn partners_of(
    actor: &AdminActor,
    writing: &mut Writing,
    inputs: &[Result<LeadInput, Vec<Fault>>],
) -> Result<HashMap<String, (PartnerId, PartnerStatus)>, Problem> {
    let mut names: Vec<&str> = inputs.iter().flatten().map(|input| input.partner.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let ids: Vec<PartnerId> = names.iter().filter_map(|name| name.parse().ok()).collect();
    // One lead's strange reference must not stop the others.
    let references: Vec<&str> =
        names.iter().filter_map(|name| name.strip_prefix("ref:")).filter(|name| !name.contains('\0')).collect();
    let found = partners::named(&mut writing.tx, actor.scope(), &ids, &references).await?;
    let mut known = HashMap::new();
    for (id, reference, status) in found {
        known.insert(id.to_string(), (id, status));
        if let Some(reference) = reference {
            known.insert(format!("ref:{reference}"), (id, status));
        }
    }
    Ok(known)
}

fn read_lead(
    input: &LeadInput,
    place: &str,
    known: &HashMap<String, (PartnerId, PartnerStatus)>,
    defaults: &Defaults,
) -> Result<(PartnerId, NewLead, Vec<Fault>), Vec<Fault>> {
    let fault = |pointer: &str, detail: &str| Fault { pointer: format!("{place}{pointer}"), detail: detail.to_owned() };
    let mut faults = Vec::new();
    let name = input.partner.parse::<PartnerId>().map_or_else(|_| input.partner.clone(), |id| id.to_string());
    let partner = match known.get(&name) {
        Some((_, PartnerStatus::Archived)) => {
            faults.push(fault("/partner", "this partner is archived and gets no leads"));
            None
        }
        Some((id, _)) => Some(*id),
        None => {
            faults
                .push(fault("/partner", "the account has no such partner; send its id, or ref: and its external_ref"));
            None
        }
    };
    if text::code(&input.external_id).is_empty() {
        faults.push(fault("/external_id", "must not be empty"));
    }
    if input.fields.len() > 100 {
        faults.push(fault("/fields", "more than 100 fields"));
    }
    let delivered_at = input.delivered_at.as_deref().filter(|text| !text.is_empty());
    let delivered_at = delivered_at.and_then(|text| {
        DateTime::parse_from_rfc3339(text)
            .map_err(|_| {
                let detail = "not an RFC 3339 time, such as 2026-11-22T14:05:09+01:00";
                faults.push(fault("/delivered_at", detail));
            })
            .ok()
    });
    let price = input.price.as_ref();
    let currency = price.map(|price| price.currency.as_str()).filter(|code| !code.is_empty());
    let currency = currency.and_then(|code| {
        code.parse::<Currency>().map_err(|error| faults.push(fault("/price/currency", &error.to_string()))).ok()
    });
    for (index, field) in input.fields.iter().enumerate() {
        let name = field.name.trim();
        if name.is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
            faults.push(fault(&format!("/fields/{index}/name"), "must be 1 to 120 characters on one line"));
        }
    }
    let command = LeadCommand {
        external_id: input.external_id.clone(),
        name: input.name.clone(),
        email: input.email.clone(),
        phone: input.phone.clone(),
        campaign: input.campaign.clone(),
        fields: input.fields.iter().map(|field| (field.name.trim().to_owned(), field.value.clone())).collect(),
        price: price.map(|price| price.amount.clone()).unwrap_or_default(),
        currency,
        delivered_at: delivered_at.map(|at| at.to_utc()),
    };
    let checked = command.check(defaults);
    for LeadFault { part, message } in checked.as_ref().err().into_iter().flatten() {
        let pointer = pointer(*part);
        if !faults.iter().any(|known| known.pointer == format!("{place}{pointer}")) {
            faults.push(fault(&pointer, message));
        }
    }
    match (partner, checked) {
        (Some(partner), Ok(checked)) if faults.is_empty() => {
            let warnings =
                checked.warnings.iter().map(|warning| fault(&pointer(warning.part), &warning.message)).collect();
            Ok((partner, checked.lead, warnings))
        }
        _ => Err(faults),
    }
}

/// Where a part of a lead stands in its JSON.
fn pointer(part: LeadPart) -> Cow<'static, str> {
    Cow::Borrowed(match part {
        LeadPart::ExternalId => "/external_id",
        LeadPart::Name => "/name",
        LeadPart::Email => "/email",
        LeadPart::Phone => "/phone",
        LeadPart::Campaign => "/campaign",
        LeadPart::DeliveredAt => "/delivered_at",
        LeadPart::Field(index) => return Cow::Owned(format!("/fields/{index}")),
        LeadPart::Currency => "/price/currency",
        LeadPart::Price => "/price/amount",
        LeadPart::Whole => "",
    })
}

/// Which leads.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LeadsQuery {
    /// Only those of this partner, by its id.
    #[param(format = Uuid, value_type = Option<String>)]
    partner: Option<PartnerId>,
}

/// List leads
///
/// Oldest first, so that the last cursor continues where the list ended and misses nothing that comes in later. On PostgreSQL, where
/// several can write at once, the list of all partners ends a second ago, and before any lead that is still being written.
#[utoipa::path(
    get, path = "/leads", tag = "Leads", params(LeadsQuery, PageQuery), security(("key" = ["leads:read"])),
    responses((status = 200, description = "A page of leads.", body = Page<LeadView>), Problems)
)]
pub(super) async fn list(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<LeadsQuery>, QueryRejection>,
    page: Result<Query<PageQuery>, QueryRejection>,
) -> Result<axum::Json<Page<LeadView>>, Problem> {
    let actor = caller.require(&api, ApiScope::LeadsRead)?;
    let (query, page) = (read_query(query)?, read_query(page)?);
    let limit = page.limit()?;
    let found = leads::list_for_api(
        &mut api.reader(&actor).await?,
        actor.scope(),
        query.partner,
        page.after::<LeadId>()?,
        limit + 1,
    )
    .await?;
    let found = found.into_iter().map(LeadView::from).collect();
    Ok(axum::Json(Page::of(found, limit, |lead: &LeadView| lead.id.to_string())))
}

/// Read a lead
#[utoipa::path(
    get, path = "/leads/{id}", tag = "Leads", params(("id" = Uuid, Path, description = "The lead's id.")),
    security(("key" = ["leads:read"])),
    responses((status = 200, description = "The lead.", body = LeadView), Problems)
)]
pub(super) async fn get(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<axum::Json<LeadView>, Problem> {
    let actor = caller.require(&api, ApiScope::LeadsRead)?;
    let id = id.parse::<LeadId>().map_err(|_| Problem::not_found())?;
    let lead =
        leads::get_for_api(&mut api.reader(&actor).await?, actor.scope(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(axum::Json(lead.into()))
}
