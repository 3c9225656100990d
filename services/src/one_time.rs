//! Secrets that are shown once: after they were made, in the session in which they were made, and nowhere else. Whoever else may
//! open the page, or has the browser fetch it ahead, sees nothing of them.

use domain::{
    clock::OsEntropy,
    ids::{PartnerId, UserId},
};
use store::{Reader, StoreError, Tx, one_time_secrets};

use crate::{Portal, ServiceError};

/// What a secret is, and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An API key.
    ApiKey,
    /// An API key of the partner.
    PartnerApiKey(PartnerId),
    /// A temporary password of one of the partner's users, with the address it belongs to.
    TemporaryPassword(PartnerId),
    /// The key with which the partner's webhook is signed.
    WebhookSecret(PartnerId),
    /// The key with which the account's own webhook is signed.
    AccountWebhookSecret,
    /// The recovery codes of a user, with blanks between them.
    RecoveryCodes(UserId),
}

impl Purpose {
    fn text(self) -> String {
        match self {
            Self::ApiKey => "api_key".to_owned(),
            Self::PartnerApiKey(partner) => format!("partner_api_key {partner}"),
            Self::TemporaryPassword(partner) => format!("temporary_password {partner}"),
            Self::WebhookSecret(partner) => format!("webhook_secret {partner}"),
            Self::AccountWebhookSecret => "account_webhook_secret".to_owned(),
            Self::RecoveryCodes(user) => format!("recovery_codes {user}"),
        }
    }

    /// What it is sealed for, so that none can be shown in another session or for something else.
    fn owner(self, session: &[u8]) -> Vec<u8> {
        owner(session, &self.text())
    }
}

/// What a secret is sealed for, by the hash of its session and the text of its purpose.
pub(crate) fn owner(session: &[u8], purpose: &str) -> Vec<u8> {
    [session, purpose.as_bytes()].concat()
}

/// Keeps a secret to be shown in the session of that hash.
pub async fn keep(
    portal: &Portal,
    tx: &mut Tx,
    session: &[u8],
    purpose: Purpose,
    secret: &str,
) -> Result<(), ServiceError> {
    let sealed = portal.secrets.seal(&OsEntropy, &purpose.owner(session), secret)?;
    Ok(one_time_secrets::keep(tx, session, &purpose.text(), &sealed).await?)
}

/// Whether there is a secret to show in the session of that hash.
///
/// # Errors
/// When the database does not answer.
pub async fn any(read: &mut Reader, session: &[u8], purpose: Purpose) -> Result<bool, StoreError> {
    one_time_secrets::any(read, session, &purpose.text()).await
}

/// The secrets to show in the session of that hash. They are gone afterwards.
///
/// # Errors
/// When one cannot be opened: the installation's key was changed.
pub async fn take(portal: &Portal, tx: &mut Tx, session: &[u8], purpose: Purpose) -> Result<Vec<String>, ServiceError> {
    let taken = one_time_secrets::take(tx, session, &purpose.text()).await?;
    taken.into_iter().map(|sealed| portal.secrets.open(&purpose.owner(session), &sealed)).collect()
}
