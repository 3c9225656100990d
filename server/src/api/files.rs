//! `/api/v1/partner/leads/{lead}/files`: what is attached to a partner's leads, such as evidence for a return.

use axum::{
    Extension, Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use domain::{api_keys::ApiScope, files::LeadFile, ids::LeadId};
use serde::{Deserialize, Serialize};
use services::returns;
use store::leads;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    guard::{Api, Caller},
    page::read_query,
    partner::{begin, find},
    problem::{Fault, Problem, Problems},
    write::{Ended, FileBody},
};

/// A file that is attached to a lead.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct FileView {
    /// Its id.
    id: Uuid,
    /// What it is called.
    #[schema(example = "call-log.pdf")]
    name: String,
    /// What its content is: `pdf`, `png`, `jpeg`, `webp`, `wav`, `mp3`, `ogg`, `m4a` or `text`.
    #[schema(example = "pdf")]
    kind: String,
    /// How many bytes it has.
    size: u64,
    /// Which side attached it: `partner` or `account`.
    #[schema(example = "partner")]
    author: String,
    /// When.
    attached_at: DateTime<Utc>,
}

impl From<LeadFile> for FileView {
    fn from(file: LeadFile) -> Self {
        Self {
            id: file.id.0,
            name: file.name,
            kind: file.kind.as_str().to_owned(),
            size: file.size,
            author: file.author.as_str().to_owned(),
            attached_at: file.by.1.instant(),
        }
    }
}

/// List the files of one of your leads
///
/// Yours and the account's, oldest first.
#[utoipa::path(
    get, path = "/partner/leads/{lead}/files", tag = "Partner",
    params(("lead" = String, Path, description = "The lead's id, or ref: and its external_id.")),
    security(("key" = ["leads:read"])),
    responses((status = 200, description = "The files.", body = Vec<FileView>), Problems)
)]
pub(super) async fn list(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(lead): Path<String>,
) -> Result<Json<Vec<FileView>>, Problem> {
    let actor = caller.require_partner(&api, ApiScope::LeadsRead)?;
    let mut read = api.begin_read(&actor).await?;
    let id = LeadId(find(&actor, &mut read, &lead).await?.id);
    let files = leads::files(&mut read, actor.scope(), id).await?;
    Ok(Json(files.into_iter().map(FileView::from).collect()))
}

/// What is in a file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it stands in the description alone: the body is taken as it comes")]
struct FileContent(Vec<u8>);

/// What a file is called.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FileQuery {
    /// What it is called.
    #[serde(default)]
    #[param(example = "call-log.pdf", value_type = Option<String>)]
    name: String,
}

/// Attach a file to one of your leads
///
/// The body is the file itself: a PDF, an image, a recording or a text, of 10 MB at the most. What it is, its content says.
#[utoipa::path(
    post, path = "/partner/leads/{lead}/files", tag = "Partner",
    request_body(content = FileContent, content_type = "application/octet-stream", description = "The file."),
    params(
        ("lead" = String, Path, description = "The lead's id, or ref: and its external_id."),
        FileQuery,
        (
            "Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "The same answer for the same key, for a day."
        )
    ),
    security(("key" = ["leads:review"])),
    responses((status = 201, description = "The lead's files as they are now.", body = Vec<FileView>), Problems)
)]
pub(super) async fn attach(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(lead): Path<String>,
    query: Result<Query<FileQuery>, QueryRejection>,
    FileBody(body): FileBody,
) -> Result<Response, Ended> {
    let actor = caller.require_partner(&api, ApiScope::LeadsReview)?;
    let FileQuery { name } = read_query(query)?;
    let (mut writing, id) = begin(&api, &caller, &actor, &body, &lead).await?;
    if let Some(fault) = returns::attach(&actor, &mut writing.tx, id, (&name, body.bytes.into())).await? {
        return Err(Problem::invalid(vec![Fault { pointer: String::new(), detail: fault.message() }]).into());
    }
    let files = leads::files(&mut writing.tx, actor.scope(), id).await?;
    let files: Vec<_> = files.into_iter().map(FileView::from).collect();
    writing.finish(StatusCode::CREATED, &files).await
}
