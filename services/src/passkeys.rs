//! Passkeys (W3C Web Authentication, Level 3): a device or a password manager that checks its owner by itself, by a finger or a PIN, and
//! then signs what the portal asks. One is worth a password and a code together; nobody can be talked into giving it away, for it
//! answers to this portal's own address alone.
//!
//! A login asks ([`Passkeys::ask`]) and is answered ([`Passkeys::answered`]). What was asked is kept by the browser, sealed, so that
//! strangers who only ask leave nothing in the database; each question can be answered once.

use chrono::{DateTime, Utc};
use domain::{ids::UserId, partners::UserKind, settings::account_of_host, users::CredentialsVersion};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Tx, credentials, passkeys as stored};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};
use webauthn_rs_proto::ResidentKeyRequirement;

use crate::{ServiceError, for_browser, secrets::Secrets};

/// Bytes of an answer beyond which nobody looks at it.
const MAX_ANSWER: usize = 16 * 1024;

/// What a question is sealed for.
const QUESTION: &[u8] = b"passkey question";

/// What checks passkeys: those of this portal's host name, which it must keep, or all of them are lost.
#[derive(Debug, Clone)]
pub struct Passkeys {
    webauthn: Webauthn,
    /// Where browsers find the portal: scheme, host and port.
    origin: String,
}

/// What a browser is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// For the browser's `navigator.credentials`, as JSON.
    pub options: String,
    /// What the browser keeps until it answers, sealed.
    pub kept: String,
}

/// An answer, with what the browser kept of the question.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The question, sealed.
    pub kept: &'a str,
    /// What `navigator.credentials` answered, as JSON.
    pub answer: &'a str,
}

#[derive(Serialize, Deserialize)]
struct Asked {
    kind: String,
    since: i64,
    state: DiscoverableAuthentication,
}

/// A user whose passkey has answered. Whether it may log in is not said yet.
#[derive(Debug)]
pub(crate) struct Answered {
    /// Whose passkey it is.
    pub(crate) user: UserId,
    /// The credentials as they were then.
    pub(crate) credentials: CredentialsVersion,
    /// Where the browser was.
    pub(crate) origin: String,
}

/// An answer that was not taken, and the user whose passkey it claimed to be.
#[derive(Debug)]
pub(crate) struct NotAnswered(pub(crate) Option<UserId>);

/// Whom a new passkey is for.
pub(crate) struct Owner<'a> {
    pub(crate) user: UserId,
    pub(crate) email: &'a str,
    pub(crate) name: &'a str,
    pub(crate) account_name: &'a str,
}

impl Passkeys {
    /// For a portal that browsers find at this address. None when browsers take no passkeys there: under a bare network address. This
    /// very machine has a name as well.
    #[must_use]
    pub fn at(public_url: &str) -> Option<Self> {
        let mut url = Url::parse(public_url).ok()?;
        if matches!(url.host_str(), Some("127.0.0.1" | "[::1]")) {
            url.set_host(Some("localhost")).ok()?;
        }
        // The host may have an account's short name before it. Which one it may be is checked with the user: `is_at`.
        let webauthn = WebauthnBuilder::new(url.domain()?, &url).ok()?.allow_subdomains(true).build().ok()?;
        Some(Self { webauthn, origin: url.origin().ascii_serialization() })
    }

    /// Whether an address is one of this account: the portal's own, or the one with the account's short name before it. What else is
    /// served under the host's subdomains is not the portal.
    pub(crate) fn is_at(&self, origin: &str, account_slug: &str) -> bool {
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        origin == self.origin || account_of_host(host, &self.origin) == Some(account_slug)
    }

    /// Asks whoever is at the browser for a passkey of a user of this kind.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn ask(&self, secrets: &Secrets, kind: UserKind, now: DateTime<Utc>) -> Result<Question, ServiceError> {
        let (options, state) = self.webauthn.start_discoverable_authentication().map_err(internal)?;
        let asked = Asked { kind: kind.to_string(), since: now.timestamp(), state };
        let kept = for_browser::seal(secrets, QUESTION, &asked)?;
        Ok(Question { options: serde_json::json!(options).to_string(), kept })
    }

    /// Reads an answer and uses its question up. The user is locked from here on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn answered(
        &self,
        tx: &mut Tx,
        secrets: &Secrets,
        kind: UserKind,
        given: Given<'_>,
    ) -> Result<Result<Answered, NotAnswered>, ServiceError> {
        let Some((asked, answer)) = read(secrets, kind, given, tx.now()) else { return Ok(Err(NotAnswered(None))) };
        // A question is good for one answer, right or wrong.
        if !stored::use_challenge(tx, &Sha256::digest(serde_json::json!(asked.state).to_string())).await? {
            return Ok(Err(NotAnswered(None)));
        }
        let Ok((user, credential_id)) = self.webauthn.identify_discoverable_authentication(&answer) else {
            return Ok(Err(NotAnswered(None)));
        };
        let user = UserId(user);
        let Some(credentials) = credentials::lock(tx, user).await? else { return Ok(Err(NotAnswered(None))) };
        let refused = Ok(Err(NotAnswered(Some(user))));
        let found = stored::find(tx, credential_id).await?.filter(|found| found.user_id() == user);
        let Some(found) = found else { return refused };
        let mut passkey = stored_passkey(&found.credential)?;
        let key = DiscoverableKey::from(&passkey);
        let result = match self.webauthn.finish_discoverable_authentication_v2(&answer, asked.state, key) {
            Ok(result) => result,
            Err(error) => {
                // A counter that has not moved says that there are two of a device that must be one of a kind.
                if matches!(error, WebauthnError::CredentialPossibleCompromise) {
                    tracing::warn!(%user, "a passkey was refused: it seems to have been copied");
                }
                return refused;
            }
        };
        passkey.update_credential(&result);
        stored::note_use(tx, found.id(), &serde_json::json!(passkey).to_string()).await?;
        let origin = origin_of(&answer.response.client_data_json).unwrap_or_default();
        Ok(Ok(Answered { user, credentials, origin }))
    }

    /// What the browser of this user is asked for a new passkey, as JSON, and what is to be kept until it answers. None of `before` is
    /// made anew.
    ///
    /// # Errors
    /// When the system gives no random numbers, or a passkey from before is unreadable.
    pub(crate) fn ask_for_new(
        &self,
        owner: &Owner<'_>,
        before: &[stored::Passkey],
    ) -> Result<(String, String), ServiceError> {
        let known = before.iter().map(|passkey| Ok(stored_passkey(&passkey.credential)?.cred_id().clone()));
        let known = known.collect::<Result<Vec<_>, ServiceError>>()?;
        let begun = self.webauthn.start_passkey_registration(owner.user.0, owner.email, owner.name, Some(known));
        let (mut options, state) = begun.map_err(internal)?;
        owner.account_name.clone_into(&mut options.public_key.rp.name);
        if let Some(wanted) = &mut options.public_key.authenticator_selection {
            // One that the login finds without a name being typed.
            wanted.require_resident_key = true;
            wanted.resident_key = Some(ResidentKeyRequirement::Required);
        }
        Ok((serde_json::json!(options).to_string(), serde_json::json!(state).to_string()))
    }

    /// The new passkey that a browser made at an address of this account, by what was kept: what its device calls it, and itself as JSON.
    pub(crate) fn made(&self, account_slug: &str, kept: &str, answer: &str) -> Option<(Vec<u8>, String)> {
        let state: PasskeyRegistration = serde_json::from_str(kept).ok()?;
        let answer = (answer.len() <= MAX_ANSWER).then_some(answer)?;
        let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).ok()?;
        let made = self.webauthn.finish_passkey_registration(&answer, &state).ok()?;
        let is_ours = self.is_at(&origin_of(&answer.response.client_data_json)?, account_slug);
        is_ours.then(|| (made.cred_id().to_vec(), serde_json::json!(made).to_string()))
    }
}

fn internal(error: WebauthnError) -> ServiceError {
    ServiceError::internal(&error)
}

fn read(
    secrets: &Secrets,
    kind: UserKind,
    given: Given<'_>,
    now: DateTime<Utc>,
) -> Option<(Asked, PublicKeyCredential)> {
    let asked: Asked = for_browser::open(secrets, QUESTION, given.kept)?;
    let is_recent = for_browser::is_recent(asked.since, stored::CHALLENGE_LIFE, now);
    if asked.kind != kind.as_str() || !is_recent || given.answer.len() > MAX_ANSWER {
        return None;
    }
    Some((asked, serde_json::from_str(given.answer).ok()?))
}

/// The address that a browser says it was at.
fn origin_of(client_data: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct ClientData {
        origin: String,
    }
    Some(serde_json::from_slice::<ClientData>(client_data).ok()?.origin)
}

fn stored_passkey(json: &str) -> Result<Passkey, ServiceError> {
    serde_json::from_str(json).map_err(|error| ServiceError::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_for_host_names() {
        for url in ["https://portal.example", "http://localhost:3000", "https://portal.example:8443"] {
            assert_eq!(Passkeys::at(url).unwrap().origin, url);
        }
        assert_eq!(Passkeys::at("http://127.0.0.1:3000").unwrap().origin, "http://localhost:3000");
        for url in ["http://10.0.0.1:3000", "https://[fe80::1]", "portal.example", ""] {
            assert!(Passkeys::at(url).is_none(), "{url}");
        }
    }

    #[test]
    fn an_answer_comes_from_an_address_of_the_account() {
        let portal = Passkeys::at("https://portal.example").unwrap();
        assert!(portal.is_at("https://portal.example", "acme") && portal.is_at("https://acme.portal.example", "acme"));
        for origin in
            ["https://evil.portal.example", "https://portal.example.evil", "https://portal.example:444", "", "acme"]
        {
            assert!(!portal.is_at(origin, "acme"), "{origin}");
        }
    }
}
