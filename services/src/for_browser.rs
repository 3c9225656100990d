//! What a browser keeps for the portal for a while, sealed, so that nothing of it lies in the database: who is half-way through a login,
//! what a passkey or a provider was asked.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::clock::OsEntropy;
use serde::{Serialize, de::DeserializeOwned};

use crate::{ServiceError, secrets::Secrets};

/// Seals a value for one purpose, as a cookie can hold it.
///
/// # Errors
/// When the system gives no random numbers.
pub(crate) fn seal(secrets: &Secrets, purpose: &[u8], value: &impl Serialize) -> Result<String, ServiceError> {
    let text = serde_json::json!(value).to_string();
    Ok(URL_SAFE_NO_PAD.encode(secrets.seal(&OsEntropy, purpose, &text)?))
}

/// Opens what a browser has brought back; none when it was not sealed here for this purpose.
pub(crate) fn open<T: DeserializeOwned>(secrets: &Secrets, purpose: &[u8], kept: &str) -> Option<T> {
    let text = secrets.open_if_ours(purpose, &URL_SAFE_NO_PAD.decode(kept).ok()?)?;
    serde_json::from_str(&text).ok()
}

/// Whether something that was sealed `since`, in seconds since 1970, still counts.
pub(crate) fn is_recent(since: i64, life: TimeDelta, now: DateTime<Utc>) -> bool {
    DateTime::from_timestamp(since, 0).is_some_and(|since| now - since < life)
}
