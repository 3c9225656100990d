//! `/api/v1/partners`.

use axum::{
    Extension, Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use domain::{
    api_keys::ApiScope,
    ids::PartnerId,
    partners::{PartnerRecord, PartnerStatus},
};
use serde::{Deserialize, Serialize};
use services::{AdminActor, partners as service};
use store::{
    Reader,
    partners::{self, ApiPartner},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    guard::{Api, Caller},
    page::{Page, PageQuery, read_query},
    problem::{Fault, Problem, Problems},
    write::{Body, Ended},
};

/// What is kept of a partner. When it is changed, what is absent or null stays as it was.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PartnerInput {
    /// Its name, unique in the account. Needed when it is created.
    #[schema(example = "Northwind Solar", min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Your own id of it, unique in the account.
    #[schema(example = "NW-1", max_length = 100)]
    external_ref: Option<String>,
    /// The legal name, for invoices; empty for the name.
    #[schema(max_length = 200)]
    company: Option<String>,
    /// The VAT identification number.
    #[schema(max_length = 30)]
    vat_id: Option<String>,
    /// Whom to ask for.
    #[schema(max_length = 200)]
    contact_name: Option<String>,
    /// Where the company is reached.
    #[schema(max_length = 200)]
    email: Option<String>,
    /// A phone number.
    #[schema(max_length = 200)]
    phone: Option<String>,
    /// Street and number.
    #[schema(max_length = 200)]
    street: Option<String>,
    /// The postal code.
    #[schema(max_length = 200)]
    postal_code: Option<String>,
    /// The city.
    #[schema(max_length = 200)]
    city: Option<String>,
    /// The country.
    #[schema(max_length = 200)]
    country: Option<String>,
    /// An IANA time zone; empty for the account's.
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// Days to pay, from 0 to 365; the account's where it was never set.
    #[schema(minimum = 0, maximum = 365)]
    payment_terms: Option<u16>,
    /// Words to find it by.
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
    /// `active`, `paused` or `archived`.
    #[schema(example = "active", pattern = "^(active|paused|archived)$")]
    status: Option<String>,
}

impl PartnerInput {
    /// The status that was sent.
    fn status(&self) -> Result<Option<PartnerStatus>, Problem> {
        let Some(text) = &self.status else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let detail = "Say active, paused or archived.".to_owned();
            Problem::invalid(vec![Fault { pointer: "/status".to_owned(), detail }])
        })
    }

    /// What is kept of a partner, with what was sent in place of what was there.
    fn apply(self, mut record: PartnerRecord) -> Result<PartnerRecord, Problem> {
        let contact = &mut record.contact;
        for (value, place) in [
            (self.name, &mut record.name),
            (self.company, &mut contact.company),
            (self.vat_id, &mut record.vat_id),
            (self.contact_name, &mut contact.contact_name),
            (self.email, &mut contact.email),
            (self.phone, &mut contact.phone),
            (self.street, &mut contact.street),
            (self.postal_code, &mut contact.postal_code),
            (self.city, &mut contact.city),
            (self.country, &mut contact.country),
            (self.time_zone, &mut record.time_zone),
        ] {
            if let Some(value) = value {
                *place = value;
            }
        }
        if let Some(reference) = self.external_ref {
            record.external_ref = Some(reference);
        }
        if let Some(days) = self.payment_terms {
            record.payment_terms = Some(days);
        }
        if let Some(tags) = self.tags {
            if let Some(index) = tags.iter().position(|tag| tag.contains(',')) {
                let detail = "A tag must not hold a comma.".to_owned();
                return Err(Problem::invalid(vec![Fault { pointer: format!("/tags/{index}"), detail }]));
            }
            record.tags = tags;
        }
        Ok(record.checked()?)
    }
}

/// A partner.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct PartnerView {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// Your own id of it.
    external_ref: Option<String>,
    /// `active`, `paused` or `archived`.
    #[schema(example = "active")]
    status: String,
    /// The legal name; may be empty.
    company: String,
    /// May be empty.
    vat_id: String,
    /// May be empty.
    contact_name: String,
    /// May be empty.
    email: String,
    /// May be empty.
    phone: String,
    /// May be empty.
    street: String,
    /// May be empty.
    postal_code: String,
    /// May be empty.
    city: String,
    /// May be empty.
    country: String,
    /// Empty for the account's.
    time_zone: String,
    /// Null for the account's.
    payment_terms: Option<u16>,
    /// Words to find it by.
    tags: Vec<String>,
    /// When it was created.
    created_at: DateTime<Utc>,
}

impl From<ApiPartner> for PartnerView {
    fn from(partner: ApiPartner) -> Self {
        let ApiPartner { id, status, created_at, record } = partner;
        let contact = record.contact;
        Self {
            id: id.0,
            name: record.name,
            external_ref: record.external_ref,
            status: status.to_string(),
            company: contact.company,
            vat_id: record.vat_id,
            contact_name: contact.contact_name,
            email: contact.email,
            phone: contact.phone,
            street: contact.street,
            postal_code: contact.postal_code,
            city: contact.city,
            country: contact.country,
            time_zone: record.time_zone,
            payment_terms: record.payment_terms,
            tags: record.tags,
            created_at,
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Written {
    /// The id of what was written.
    id: Uuid,
}

/// The partner that a path names: by its id, or by `ref:` and its reference.
pub(super) async fn find(actor: &AdminActor, read: &mut Reader, name: &str) -> Result<ApiPartner, Problem> {
    let found = match name.strip_prefix("ref:") {
        Some(reference) => {
            partners::list_for_api(read, actor.scope(), Some(reference), None, 1).await?.into_iter().next()
        }
        None => match name.parse::<PartnerId>() {
            Ok(id) => partners::get_for_api(read, actor.scope(), id).await?,
            Err(_) => None,
        },
    };
    found.ok_or_else(Problem::not_found)
}

/// Create a partner
#[utoipa::path(
    post, path = "/partners", tag = "Partners", request_body = PartnerInput, security(("key" = ["partners:write"])),
    params((
        "Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
        description = "The same answer for the same key, for a day."
    )),
    responses((status = 201, description = "The partner is created.", body = Written), Problems)
)]
pub(super) async fn create(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, Ended> {
    let actor = caller.require(&api, ApiScope::PartnersWrite)?;
    let input = body.read::<PartnerInput>()?;
    let status = input.status()?;
    let record = input.apply(PartnerRecord::default())?;
    let mut writing = body.begin(&api, &caller).await?;
    let id = service::create(&actor, &mut writing.tx, &record).await?;
    if let Some(status) = status {
        service::set_status(&actor, &mut writing.tx, id, status).await?;
    }
    writing.finish(StatusCode::CREATED, &Written { id: id.0 }).await
}

/// Change a partner
#[utoipa::path(
    patch, path = "/partners/{partner}", tag = "Partners", request_body = PartnerInput,
    params(("partner" = String, Path, description = "Its id, or `ref:` and its `external_ref`.")),
    security(("key" = ["partners:write"])),
    responses((status = 200, description = "The partner is changed.", body = Written), Problems)
)]
pub(super) async fn change(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    body: Body,
) -> Result<Response, Ended> {
    let actor = caller.require(&api, ApiScope::PartnersWrite)?;
    let input = body.read::<PartnerInput>()?;
    let status = input.status()?;
    let mut writing = body.begin(&api, &caller).await?;
    let id = find(&actor, &mut writing.tx, &name).await?.id;
    // Locked, then read: what somebody else changes at the same moment stays changed.
    let record = input.apply(service::lock(&actor, &mut writing.tx, id).await?)?;
    service::change(&actor, &mut writing.tx, id, &record).await?;
    if let Some(status) = status {
        service::set_status(&actor, &mut writing.tx, id, status).await?;
    }
    writing.finish(StatusCode::OK, &Written { id: id.0 }).await
}

/// Which partners.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PartnersQuery {
    /// Only the one with this `external_ref`.
    external_ref: Option<String>,
}

/// List partners
#[utoipa::path(
    get, path = "/partners", tag = "Partners", params(PartnersQuery, PageQuery), security(("key" = ["partners:read"])),
    responses((status = 200, description = "A page of partners.", body = Page<PartnerView>), Problems)
)]
pub(super) async fn list(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<PartnersQuery>, QueryRejection>,
    page: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Page<PartnerView>>, Problem> {
    let actor = caller.require(&api, ApiScope::PartnersRead)?;
    let (query, page) = (read_query(query)?, read_query(page)?);
    let limit = page.limit()?;
    let reference = query.external_ref.as_deref();
    let found =
        partners::list_for_api(&mut api.reader(&actor).await?, actor.scope(), reference, page.after()?, limit + 1)
            .await?;
    let found = found.into_iter().map(PartnerView::from).collect();
    Ok(Json(Page::of(found, limit, |partner: &PartnerView| partner.id.to_string())))
}

/// Read a partner
#[utoipa::path(
    get, path = "/partners/{partner}", tag = "Partners",
    params(("partner" = String, Path, description = "Its id, or `ref:` and its `external_ref`.")),
    security(("key" = ["partners:read"])),
    responses((status = 200, description = "The partner.", body = PartnerView), Problems)
)]
pub(super) async fn get(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
) -> Result<Json<PartnerView>, Problem> {
    let actor = caller.require(&api, ApiScope::PartnersRead)?;
    Ok(Json(find(&actor, &mut api.reader(&actor).await?, &name).await?.into()))
}
