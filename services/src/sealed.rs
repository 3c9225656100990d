//! What is sealed with the installation's key, all of it: sealed anew with the newest key after that was changed.
//!
//! For operators: nothing here is bound to an account's scope. The columns are those of [`SealedColumn`]; for whom each is sealed is said
//! here alone, by the functions that seal it in the first place.

use domain::{
    audit::{AuditAction, AuditResult},
    clock::OsEntropy,
    ids::{AccountId, PartnerId, ProviderId, UserId},
};
use secrecy::ExposeSecret;
use store::{
    Reader, Tx,
    audit::{self, AuditKey, SealedBy},
    sealed::{self, SealedColumn, SealedFor, SealedValue},
};

use crate::{
    Object, ServiceError, delivery, lead_events, one_time, one_time_codes, record_system, secrets::Secrets, sso,
};

/// What kept forms are sealed for.
pub const KEPT_FORM: &[u8] = b"kept form";
/// What the former keys of the audit log are sealed for.
const AUDIT_KEY: &[u8] = b"former audit key";

/// For whom a value is sealed; none where its row does not say so.
fn owner(value: &SealedValue) -> Option<Vec<u8>> {
    let id = match &value.sealed_for {
        SealedFor::Id(id) => Some(*id),
        SealedFor::Session { .. } | SealedFor::Nobody => None,
    };
    Some(match value.column {
        SealedColumn::WebhookSecret | SealedColumn::PreviousSecret => delivery::secret_owner(PartnerId(id?)),
        SealedColumn::WebhookCredentials => delivery::owner(PartnerId(id?), delivery::CREDENTIALS),
        SealedColumn::WebhookHeaders => delivery::owner(PartnerId(id?), delivery::HEADERS),
        SealedColumn::AccountWebhookSecret => lead_events::owner(AccountId(id?)),
        SealedColumn::AppSecret | SealedColumn::PendingAppSecret => one_time_codes::owner(UserId(id?)),
        SealedColumn::ClientSecret => sso::owner(ProviderId(id?)),
        SealedColumn::OneTimeSecret => match &value.sealed_for {
            SealedFor::Session { hash, purpose } => one_time::owner(hash, purpose),
            SealedFor::Id(_) | SealedFor::Nobody => return None,
        },
        SealedColumn::KeptForm => KEPT_FORM.to_vec(),
        SealedColumn::FormerAuditKey => AUDIT_KEY.to_vec(),
    })
}

/// What came of sealing a value anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resealed {
    /// The newest key seals it.
    Done,
    /// Somebody has changed or removed it since it was read.
    Changed,
    /// None of the keys opens it: it is of no use to anybody, whichever of them is taken away.
    Unopened,
}

/// Values of a column that the newest key has not sealed, so many at the most, in an order in which one goes on `after` the last one.
pub async fn to_seal_anew(
    read: &mut Reader,
    secrets: &Secrets,
    column: SealedColumn,
    after: Option<&SealedValue>,
    most: i64,
) -> Result<Vec<SealedValue>, ServiceError> {
    Ok(sealed::not_sealed_by(read, column, secrets.beginning(), after, most).await?)
}

/// How many values of a column the newest key has not sealed.
pub async fn left(read: &mut Reader, secrets: &Secrets, column: SealedColumn) -> Result<u64, ServiceError> {
    let left = sealed::count_not_sealed_by(read, column, secrets.beginning()).await?;
    Ok(u64::try_from(left).unwrap_or(0))
}

/// Seals a value with the newest key, unless somebody has changed it since it was read.
pub async fn seal_anew(tx: &mut Tx, secrets: &Secrets, value: &SealedValue) -> Result<Resealed, ServiceError> {
    let Some(owner) = owner(value) else { return Ok(Resealed::Unopened) };
    let Some(secret) = secrets.open_if_ours(&owner, &value.sealed) else { return Ok(Resealed::Unopened) };
    let anew = secrets.seal(&OsEntropy, &owner, &secret)?;
    Ok(if sealed::replace(tx, value, &anew).await? { Resealed::Done } else { Resealed::Changed })
}

/// What came of sealing an account's audit log anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSealed {
    /// The newest key seals it now.
    Anew,
    /// It did before.
    Already,
    /// None of the keys has sealed it as it is.
    Unknown,
}

/// Seals an account's audit log with the key that is derived from the newest one, and records that the key was changed, if it was:
/// where the log was sealed with an older one, or `any` value was. The former key is kept: the events so far are hashed with it.
pub async fn seal_log_anew(
    tx: &mut Tx,
    secrets: &Secrets,
    account: AccountId,
    any: bool,
) -> Result<LogSealed, ServiceError> {
    let sealed = match audit::seal_anew(tx, account).await? {
        SealedBy::NewestAfter(former) => {
            let kept = secrets.seal(&OsEntropy, AUDIT_KEY, former.to_text().expose_secret())?;
            audit::keep_former(tx, &former, &kept).await?;
            LogSealed::Anew
        }
        SealedBy::Newest => LogSealed::Already,
        SealedBy::Unknown => LogSealed::Unknown,
    };
    if sealed == LogSealed::Anew || any {
        // Not how many: they are everybody's, and this is read in one account.
        let detail = serde_json::json!({ "log": sealed == LogSealed::Anew });
        let object = Object("account", Some(account.0));
        record_system(tx, (account, None), AuditAction::KeysRotated, object, AuditResult::Success, detail);
    }
    Ok(sealed)
}

/// The keys of the audit log before today's: those that the keys of today open.
pub async fn former_audit_keys(read: &mut Reader, secrets: &Secrets) -> Result<Vec<AuditKey>, ServiceError> {
    let kept = audit::former(read).await?;
    let open = |sealed: Vec<u8>| AuditKey::of_text(&secrets.open_if_ours(AUDIT_KEY, &sealed)?);
    Ok(kept.into_iter().filter_map(open).collect())
}
