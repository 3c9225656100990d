//! Reading a body, and writing once: a request that is repeated under the same `Idempotency-Key` is answered as the first was.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{files::MAX_FILE, ids::ApiKeyId};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use store::{
    Tx,
    api_keys::{self, Earlier},
};

use super::{
    guard::{Api, Caller},
    object::Object,
    problem::{Fault, Problem},
};

/// Maximum number of bytes of a batch of leads.
pub(super) const MAX_BATCH: usize = 8 * 1024 * 1024;
/// Maximum number of characters of an `Idempotency-Key`.
const MAX_KEY: usize = 255;

/// A body that says it is JSON, not read yet, with what it takes to answer it once.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Bytes,
    key: Option<String>,
    hash: Vec<u8>,
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let headers = request.headers();
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let json = kind.eq_ignore_ascii_case("application/json");
        let mut body = Self::received(request, state, MAX_BATCH).await?;
        if !json && !body.bytes.is_empty() {
            return Err(Problem::no_json());
        }
        // Some senders begin with a byte order mark, which RFC 8259 lets a receiver pass over.
        if body.bytes.starts_with(b"\xef\xbb\xbf") {
            body.bytes = body.bytes.slice(3..);
        }
        Ok(body)
    }
}

/// A body that is a file, whatever it says it is, with what it takes to answer it once.
#[derive(Debug)]
pub(super) struct FileBody(pub(super) Body);

impl<S: Send + Sync> FromRequest<S> for FileBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Body::received(request, state, MAX_FILE).await.map(Self)
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let detail = format!("The Idempotency-Key must be 1 to {MAX_KEY} visible ASCII characters.");
        return Err(Problem::bad_request(detail));
    }
    Ok(Some(key.to_owned()))
}

impl Body {
    /// As it came, with what it takes to answer it once. `most` is how many bytes the route lets through.
    async fn received<S: Send + Sync>(request: Request, state: &S, most: usize) -> Result<Self, Problem> {
        let key = idempotency_key(request.headers())?;
        let mut hash = Sha256::new();
        hash.update(request.method().as_str());
        hash.update(b" ");
        hash.update(request.uri().path_and_query().map_or("", |asked| asked.as_str()));
        hash.update(b"\n");
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::too_large(most)
            } else {
                Problem::bad_request("The body could not be read completely.")
            }
        })?;
        hash.update(&bytes);
        Ok(Self { bytes, key, hash: hash.finalize().to_vec() })
    }

    /// Reads the body; a fault is named by where it is.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        read_at(&self.bytes, "")
    }

    /// Begins to write, unless the request was answered before: then it ends with that answer.
    pub(super) async fn begin(&self, api: &Api, caller: &Caller) -> Result<Writing, Ended> {
        let mut tx = api.db.begin_write(&caller.session).await?;
        if let Some(key) = &self.key {
            match api_keys::claim_answer(&mut tx, caller.session.key_id(), key, &self.hash).await? {
                Earlier::First => {}
                Earlier::Mismatch => return Err(Problem::key_reused().into()),
                Earlier::Answered(status, body) => {
                    let mut response = json(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body);
                    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
                    return Err(Ended::Before(response));
                }
            }
        }
        Ok(Writing { tx, caller: caller.session.key_id(), key: self.key.clone() })
    }
}

/// Reads JSON that stands at `place` of the body.
pub(super) fn read_at<T: DeserializeOwned>(bytes: &[u8], place: &str) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize::<_, Object<T>>(&mut deserializer);
    let Object(value) = read.map_err(|error| {
        let path = error.path().iter().fold(place.to_owned(), |mut path, segment| {
            path.push('/');
            path.push_str(&segment.to_string().replace('~', "~0").replace('/', "~1").replace(['[', ']'], ""));
            path
        });
        let cause = error.into_inner();
        if cause.is_syntax() || cause.is_eof() || cause.is_io() {
            Problem::bad_request(format!("The body is not JSON: {cause}."))
        } else {
            Problem::invalid(vec![Fault { pointer: path, detail: plain(&cause) }])
        }
    })?;
    deserializer.end().map_err(|error| Problem::bad_request(format!("The body is not JSON: {error}.")))?;
    Ok(value)
}

/// The parser's words without the place, which the pointer says.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(text, _)| text.to_owned())
}

/// Why a request that writes ends without having written.
#[derive(Debug)]
pub(super) enum Ended {
    /// It was answered before; that answer again.
    Before(Response),
    /// It cannot be done.
    Wrong(Problem),
}

impl<E: Into<Problem>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Wrong(error.into())
    }
}

impl IntoResponse for Ended {
    fn into_response(self) -> Response {
        match self {
            Self::Before(response) => response,
            Self::Wrong(problem) => problem.into_response(),
        }
    }
}

/// A transaction whose answer is kept for whoever repeats the request.
pub(super) struct Writing {
    pub(super) tx: Tx,
    caller: ApiKeyId,
    key: Option<String>,
}

impl Writing {
    /// Ends it with this answer.
    pub(super) async fn finish(mut self, status: StatusCode, view: &impl Serialize) -> Result<Response, Ended> {
        let body = serde_json::to_string(view).map_err(|error| Problem::internal(&error))?;
        if let Some(key) = &self.key {
            api_keys::keep_answer(&mut self.tx, self.caller, key, status.as_u16(), &body).await?;
        }
        self.tx.commit().await?;
        Ok(json(status, body))
    }
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
