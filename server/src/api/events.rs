//! `/api/v1/events`: what became of leads. The account's webhook is sent the same.

use axum::{
    Extension,
    extract::{Query, State, rejection::QueryRejection},
};
use chrono::{DateTime, Utc};
use domain::{api_keys::ApiScope, lead_events::event_type};
use serde::{Deserialize, Serialize};
use store::lead_events::{self, EventLead, LeadEvent};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    guard::{Api, Caller},
    money::MoneyView,
    page::{PageQuery, read_query},
    problem::{Problem, Problems},
};

/// Something that happened to a lead.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// Its id: whoever sees it twice has it already.
    id: Uuid,
    /// What happened: `lead.viewed`, `lead.accepted`, `lead.rejected`, `lead.review_undone`, `lead.return_requested`,
    /// `lead.return_withdrawn`, `lead.return_approved`, `lead.return_declined`, `lead.return_expired`, `lead.outcome`, `lead.note`,
    /// `lead.file_attached`, or `webhook.test`.
    #[serde(rename = "type")]
    #[schema(example = "lead.accepted")]
    kind: String,
    /// When.
    timestamp: DateTime<Utc>,
    /// What there is to know of it.
    data: EventData,
}

/// What there is to know of an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct EventData {
    /// Who did it, by name; null where it was a rule.
    by: Option<String>,
    /// The code of the reason or of the outcome that was named with it.
    #[schema(example = "duplicate")]
    code: Option<String>,
    /// What was written, where it is a note.
    note: Option<NoteView>,
    /// The lead as it is now; null for a test.
    lead: Option<EventLeadView>,
}

/// A note that both sides read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct NoteView {
    /// Which side wrote it: `partner` or `account`.
    #[schema(example = "partner")]
    author: String,
    /// What it says.
    text: String,
}

/// A lead as it is now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct EventLeadView {
    /// Its id.
    id: Uuid,
    /// Whom it was delivered to.
    partner_id: Uuid,
    /// The id it has where it comes from.
    external_id: String,
    /// What the partner made of it: `new`, `viewed`, `accepted` or `rejected`.
    #[schema(example = "accepted")]
    status: String,
    /// The code of its outcome; null where there is none.
    #[schema(example = "sold")]
    outcome: Option<String>,
    /// What it was sold for.
    sale: Option<MoneyView>,
    /// Its return, if there is one.
    #[serde(rename = "return")]
    returned: Option<ReturnView>,
}

/// Where a return stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ReturnView {
    /// `requested`, `approved`, `declined`, `expired` or `withdrawn`.
    #[schema(example = "requested")]
    state: String,
    /// The code of the reason.
    #[schema(example = "duplicate")]
    reason: String,
    /// The partner's own words; may be empty.
    comment: String,
    /// What the account answered; may be empty.
    answer: String,
}

impl From<EventLead> for EventLeadView {
    fn from(lead: EventLead) -> Self {
        Self {
            id: lead.id.0,
            partner_id: lead.partner.0,
            external_id: lead.external_id,
            status: lead.status.to_string(),
            outcome: Some(lead.outcome).filter(|outcome| !outcome.is_empty()),
            sale: lead.sale.map(Into::into),
            returned: lead.returned.map(|(state, reason, comment, answer)| ReturnView {
                state: state.to_string(),
                reason,
                comment,
                answer,
            }),
        }
    }
}

impl From<LeadEvent> for EventView {
    fn from(event: LeadEvent) -> Self {
        Self {
            id: event.id,
            kind: event_type(event.action).unwrap_or_default().to_owned(),
            timestamp: event.at,
            data: EventData {
                by: Some(event.by).filter(|by| !by.is_empty()),
                code: event.code,
                note: event.note.map(|(author, text)| NoteView { author: author.to_string(), text }),
                lead: event.lead.map(Into::into),
            },
        }
    }
}

/// A page of events.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct EventsPage {
    /// The events, in the order in which they became true.
    data: Vec<EventView>,
    /// Where the next page begins, now or later: never null.
    #[schema(example = "4711")]
    next_cursor: String,
    /// Whether there may be more already.
    has_more: bool,
}

/// Which page of events.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// The `next_cursor` of the page before; nothing to begin with the first event there is.
    #[param(minimum = 0)]
    cursor: Option<i64>,
    /// How many at most, from 1 to 1,000; 100 if not said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
}

/// Read events
///
/// What partners and staff did to the account's leads, oldest first. Keep `next_cursor` and ask again with it: nothing is missed and
/// nothing comes twice. Events are there for as long as the account keeps its audit log.
#[utoipa::path(
    get, path = "/events", tag = "Events", params(EventsQuery), security(("key" = ["leads:read"])),
    responses((status = 200, description = "A page of events.", body = EventsPage), Problems)
)]
pub(super) async fn list(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<axum::Json<EventsPage>, Problem> {
    let actor = caller.require(&api, ApiScope::LeadsRead)?;
    let query = read_query(query)?;
    let limit = PageQuery { cursor: None, limit: query.limit }.limit()?;
    let after = query.cursor.unwrap_or_default();
    if after < 0 {
        return Err(Problem::bad_request("Invalid cursor."));
    }
    let found = lead_events::events(&mut api.begin_read(&actor).await?, actor.scope(), after, limit).await?;
    Ok(axum::Json(EventsPage {
        data: found.events.into_iter().map(EventView::from).collect(),
        next_cursor: found.after.to_string(),
        has_more: found.more,
    }))
}
