//! Single sign-on by OpenID Connect (Core 1.0, Discovery 1.0): asking a provider who somebody is, and reading its answer. By the
//! authorization code with PKCE (RFC 7636), as RFC 9700 wants it: each provider has an address of its own to come back to, so that no
//! provider can pass another's answers on, and what was asked is kept by the browser that asked, sealed.

use std::{pin::Pin, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    email::Email,
    ids::{ProviderId, UserId},
    partners::UserKind,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, JsonWebTokenType, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, TokenResponse,
    core::{
        CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreJwsSigningAlgorithm, CoreProviderMetadata,
        CoreTokenResponse,
    },
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::identity_providers::Provider;
use uuid::Uuid;

use crate::{Portal, ServiceError, for_browser, tokens};

/// For how long a visitor may stay with the provider.
pub const LIFE: TimeDelta = TimeDelta::minutes(15);

/// What is asked is sealed for.
const ASKED: &[u8] = b"single sign-on";

/// The most characters of a provider's own name for a user (Core 1.0, section 2).
const MAX_SUBJECT: usize = 255;

/// How a provider may sign: never by a secret that both know, never not at all.
const SIGNATURES: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Why nobody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The answer is not one to what this browser asked, or it is too late.
    NotAsked,
    /// The provider could not be reached, or makes no sense.
    Unreachable,
    /// The provider says that it did not let the user in.
    Denied,
    /// The provider does not take the code.
    Code,
    /// What the provider says of the user is not signed by it, not for the portal, not for what was asked, or too old.
    Token,
    /// The provider says no address, or has not made sure of it.
    Email,
    /// The address is in none of the domains.
    Domain,
    /// There is no such user, and none is made.
    Unknown,
    /// The access is switched off, or another partner's.
    Closed,
    /// It is another user than the one who had to confirm the login, or the provider did not ask it again.
    NotConfirmed,
}

impl Refusal {
    /// As addresses of pages and the audit log have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAsked => "sso-not-asked",
            Self::Unreachable => "sso-unreachable",
            Self::Denied => "sso-denied",
            Self::Code => "sso-code",
            Self::Token => "sso-token",
            Self::Email => "sso-email",
            Self::Domain => "sso-domain",
            Self::Unknown => "sso-unknown",
            Self::Closed => "sso-closed",
            Self::NotConfirmed => "sso-not-confirmed",
        }
    }
}

/// What a provider says of itself: asked anew, or as it is known.
///
/// # Errors
/// Why it cannot be used, as a sentence.
pub(crate) async fn discover(portal: &Portal, issuer: &str, anew: bool) -> Result<CoreProviderMetadata, String> {
    if let Some(known) = portal.discovered.get(issuer).filter(|_| !anew) {
        return Ok(known);
    }
    let fetch = fetcher(portal);
    let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| "This is no address.".to_owned())?;
    let found = CoreProviderMetadata::discover_async(url, &fetch).await.map_err(|error| match error {
        openidconnect::DiscoveryError::Request(Unfetched(why)) => format!("The provider could not be asked: {why}."),
        openidconnect::DiscoveryError::Validation(_) => {
            "The provider calls itself otherwise than this address: enter the address as its discovery document has it."
                .to_owned()
        }
        _ => "There is no provider of OpenID Connect at this address.".to_owned(),
    })?;
    portal.discovered.put(issuer, found.clone());
    Ok(found)
}

type Fetching = Pin<Box<dyn Future<Output = Result<HttpResponse, Unfetched>> + Send>>;

/// The way out to providers.
fn fetcher(portal: &Portal) -> impl Fn(HttpRequest) -> Fetching + Send + Sync + use<> {
    let targets = portal.targets.clone();
    move |request| {
        let targets = targets.clone();
        Box::pin(async move { targets.fetch(request).await.map_err(Unfetched) })
    }
}

/// A document that did not come.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unfetched(String);

/// What a login is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Where to go on.
    pub next: String,
    /// The user who confirms its login; nobody for a login.
    pub confirms: Option<UserId>,
}

#[derive(Serialize, Deserialize)]
struct Asked {
    provider: ProviderId,
    since: i64,
    state: String,
    nonce: String,
    verifier: String,
    wanted: Wanted,
}

/// Where a browser goes, and what it keeps until it comes back.
#[derive(Debug, Clone)]
pub struct Journey {
    /// The provider's page.
    pub to: String,
    /// What the browser keeps, sealed.
    pub kept: String,
}

/// Where the provider of this kind of users sends browsers back to; `whose` is the partner's id, or for admins the account's.
#[must_use]
pub fn callback(public_url: &str, kind: UserKind, whose: Uuid) -> String {
    let area = if kind == UserKind::Admin { "admin" } else { "partner" };
    format!("{public_url}/{area}/sso/callback/{whose}")
}

/// Whom a provider's secret is sealed for.
pub(crate) fn owner(provider: ProviderId) -> Vec<u8> {
    format!("identity provider\n{provider}").into_bytes()
}

type Client = CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointMaybeSet,
    openidconnect::EndpointMaybeSet,
>;

/// The portal as the provider's client, by what that says of itself.
async fn client(portal: &Portal, provider: &Provider, anew: bool) -> Result<Result<Client, Refusal>, ServiceError> {
    let metadata = match discover(portal, &provider.issuer, anew).await {
        Ok(metadata) => metadata,
        Err(cause) => return Ok(Err(unreachable(provider, &cause))),
    };
    let secret = portal.secrets.open(&owner(provider.id()), &provider.client_secret)?;
    let back = RedirectUrl::new(callback(&portal.public_url, provider.kind(), provider.key()))
        .map_err(|error| ServiceError::internal(&error))?;
    let (id, secret) = (ClientId::new(provider.client_id.clone()), Some(ClientSecret::new(secret)));
    Ok(Ok(CoreClient::from_provider_metadata(metadata, id, secret).set_redirect_uri(back)))
}

/// Sends somebody to a provider.
///
/// # Errors
/// When the provider's secret cannot be opened: the installation's key was changed.
pub async fn begin(
    portal: &Portal,
    provider: &Provider,
    wanted: Wanted,
    now: DateTime<Utc>,
) -> Result<Result<Journey, Refusal>, ServiceError> {
    let client = match client(portal, provider, false).await? {
        Ok(client) => client,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let random = || tokens::fresh().map(|(token, _)| token);
    let (state, nonce) = (random()?, random()?);
    let (given_state, given_nonce) = (state.clone(), nonce.clone());
    let mut request = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(given_state),
            move || Nonce::new(given_nonce),
        )
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .set_pkce_challenge(challenge);
    if wanted.confirms.is_some() {
        request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
    }
    let (url, _, _) = request.url();
    let verifier = verifier.into_secret();
    let asked = Asked { provider: provider.id(), since: now.timestamp(), state, nonce, verifier, wanted };
    Ok(Ok(Journey { to: url.into(), kept: for_browser::seal(&portal.secrets, ASKED, &asked)? }))
}

/// What a browser brings back.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Answer {
    /// The code for the token; none when the provider refused.
    #[serde(default)]
    pub code: String,
    /// What was sent along.
    #[serde(default)]
    pub state: String,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
}

/// Who somebody is, by a provider's word.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The provider's own name for the user.
    pub(crate) subject: String,
    /// The user's address, which the provider has made sure of.
    pub(crate) email: Email,
    /// The user's name; the address where there is none.
    pub(crate) name: String,
    /// When the user proved to the provider who it is, if that is said.
    pub(crate) proved_at: Option<DateTime<Utc>>,
    /// Everything it says of the user.
    claims: serde_json::Value,
    /// What the login was for.
    pub wanted: Wanted,
    /// When it was asked.
    pub(crate) asked_at: DateTime<Utc>,
}

impl Identity {
    /// The values of a claim: a text, or a list of them.
    pub(crate) fn values(&self, claim: &str) -> Vec<String> {
        let text = |value: &serde_json::Value| value.as_str().map(ToOwned::to_owned);
        match self.claims.get(claim) {
            Some(serde_json::Value::Array(values)) => values.iter().filter_map(text).collect(),
            Some(value) => text(value).into_iter().collect(),
            None => Vec::new(),
        }
    }
}

/// What a browser was asked and has now brought an answer to, if it is of this provider and not too late. It is good for one answer: its
/// caller uses [`Question::hash`] up before the provider is asked.
#[must_use]
pub fn question(
    portal: &Portal,
    provider: &Provider,
    (kept, answer): (&str, &Answer),
    now: DateTime<Utc>,
) -> Option<Question> {
    asked(portal, provider.id(), kept, now).filter(|asked| asked.state == answer.state).map(Question)
}

/// What a provider was asked.
pub struct Question(Asked);

impl Question {
    /// What the login was for.
    #[must_use]
    pub fn wanted(&self) -> &Wanted {
        &self.0.wanted
    }

    /// What it is known by once it was answered.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.state.as_bytes()).to_vec()
    }
}

/// Nothing of it is printed.
impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Question(…)")
    }
}

/// Reads what a browser brings back from a provider.
///
/// # Errors
/// When the provider's secret cannot be opened: the installation's key was changed.
pub async fn finish(
    portal: &Portal,
    provider: &Provider,
    (Question(asked), answer): (Question, Answer),
    now: DateTime<Utc>,
) -> Result<Result<Identity, Refusal>, ServiceError> {
    if answer.iss.is_some_and(|iss| iss != provider.issuer) {
        return Ok(Err(Refusal::Token));
    }
    if answer.code.is_empty() {
        return Ok(Err(Refusal::Denied));
    }
    let mut client = match client(portal, provider, false).await? {
        Ok(client) => client,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let fetch = fetcher(portal);
    let request = client
        .exchange_code(AuthorizationCode::new(answer.code))
        .map_err(|error| ServiceError::internal(&error))?
        .set_pkce_verifier(PkceCodeVerifier::new(asked.verifier.clone()));
    let response = match request.request_async(&fetch).await {
        Ok(response) => response,
        Err(RequestTokenError::Request(Unfetched(cause))) => return Ok(Err(unreachable(provider, &cause))),
        Err(cause) => {
            tracing::warn!(provider = %provider.id(), %cause, "a provider did not take a code");
            return Ok(Err(Refusal::Code));
        }
    };
    let mut read = identity(&client, provider, &response, &asked, now);
    // Its keys may be newer than what is known of it.
    if let Err(NotBelieved::Claims(ClaimsVerificationError::SignatureVerification(_))) = &read {
        client = match self::client(portal, provider, true).await? {
            Ok(client) => client,
            Err(refusal) => return Ok(Err(refusal)),
        };
        read = identity(&client, provider, &response, &asked, now);
    }
    Ok(read.map_err(|why| match why {
        NotBelieved::Claims(cause) => {
            tracing::warn!(provider = %provider.id(), %cause, "what a provider says of a user is refused");
            Refusal::Token
        }
        NotBelieved::Refused(refusal) => refusal,
    }))
}

/// Why what a token says is not believed.
enum NotBelieved {
    /// It is no good token for what was asked.
    Claims(ClaimsVerificationError),
    /// It is one, and not enough.
    Refused(Refusal),
}

impl From<Refusal> for NotBelieved {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Who somebody is, by the token of a response.
fn identity(
    client: &Client,
    provider: &Provider,
    response: &CoreTokenResponse,
    asked: &Asked,
    now: DateTime<Utc>,
) -> Result<Identity, NotBelieved> {
    let token = response.id_token().ok_or(Refusal::Token)?;
    let verifier = client.id_token_verifier().set_allowed_algs(SIGNATURES).set_time_fn(move || now);
    let claims = token.claims(&verifier, &Nonce::new(asked.nonce.clone())).map_err(NotBelieved::Claims)?;
    // Where it says which access token it came with, it is that one.
    if let Some(hash) = claims.access_token_hash() {
        let made = token.signing_alg().ok().zip(token.signing_key(&verifier).ok());
        let made = made.and_then(|(alg, key)| AccessTokenHash::from_token(response.access_token(), alg, key).ok());
        if made.as_ref() != Some(hash) {
            return Err(Refusal::Token.into());
        }
    }
    // It was made for the portal, and for nobody who would pass it on (Core 1.0, section 3.1.3.7, steps 4 and 5).
    if claims.authorized_party().is_some_and(|party| **party != provider.client_id) {
        return Err(Refusal::Token.into());
    }
    let said = payload(token);
    let is_early = said.get("nbf").and_then(serde_json::Value::as_i64).is_some_and(|from| from > now.timestamp() + 60);
    if is_early || claims.subject().chars().count() > MAX_SUBJECT {
        return Err(Refusal::Token.into());
    }
    let email = claims.email().filter(|_| claims.email_verified() == Some(true)).ok_or(Refusal::Email)?;
    let email = Email::parse_reachable(email).map_err(|_| Refusal::Email)?;
    let name = claims.name().and_then(|names| names.get(None)).map(|name| name.to_string());
    Ok(Identity {
        subject: claims.subject().to_string(),
        name: name.unwrap_or_else(|| email.as_str().to_owned()),
        email,
        proved_at: claims.auth_time(),
        claims: said,
        wanted: asked.wanted.clone(),
        asked_at: DateTime::from_timestamp(asked.since, 0).unwrap_or(now),
    })
}

/// The event of which a logout token tells (Back-Channel Logout 1.0, section 2.4).
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How old a logout token may be at the most, whatever it says itself: not older than it is remembered that it was used.
const LOGOUT_LIFE: TimeDelta = TimeDelta::minutes(10);

/// Somebody who has logged out at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedOut {
    /// The provider's own name for the user.
    pub(crate) subject: String,
    /// The session with the provider that has ended; all of them without.
    pub(crate) session: Option<String>,
    /// What the token is known by once it was used.
    pub(crate) hash: Vec<u8>,
}

/// Where the provider of this kind of users tells of logouts.
#[must_use]
pub fn backchannel(public_url: &str, kind: UserKind, whose: Uuid) -> String {
    callback(public_url, kind, whose).replacen("/sso/callback/", "/sso/logout/", 1)
}

/// Reads a logout token (Back-Channel Logout 1.0, section 2.6). One that names no user is not taken: which sessions it is about only the
/// provider would know.
///
/// # Errors
/// When the provider's secret cannot be opened: the installation's key was changed.
pub async fn logout(
    portal: &Portal,
    provider: &Provider,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Result<SignedOut, Refusal>, ServiceError> {
    let Ok(token) = token.parse::<CoreIdToken>() else { return Ok(Err(Refusal::Token)) };
    let mut client = match client(portal, provider, false).await? {
        Ok(client) => client,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut read = signed_out(&client, &token, now);
    // Anybody can send what is not signed by the provider: it is not asked for its keys each time.
    if let Err(NotBelieved::Claims(ClaimsVerificationError::SignatureVerification(_))) = &read
        && portal.discovered.may_be_stale(&provider.issuer)
    {
        client = match self::client(portal, provider, true).await? {
            Ok(client) => client,
            Err(refusal) => return Ok(Err(refusal)),
        };
        read = signed_out(&client, &token, now);
    }
    Ok(read.map_err(|why| {
        if let NotBelieved::Claims(cause) = why {
            tracing::warn!(provider = %provider.id(), %cause, "what a provider says of a logout is refused");
        }
        Refusal::Token
    }))
}

fn signed_out(client: &Client, token: &CoreIdToken, now: DateTime<Utc>) -> Result<SignedOut, NotBelieved> {
    // It is of a type of its own, if it says its type, so that no other token is taken for it; and the other way round.
    let types = ["logout+jwt", "jwt"].map(|name| JsonWebTokenType::new(name.to_owned()).normalize());
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(SIGNATURES)
        .set_allowed_jose_types(types.into_iter().flatten())
        .set_time_fn(move || now)
        .set_issue_time_verifier_fn(move |at| {
            if (now - at).abs() <= LOGOUT_LIFE { Ok(()) } else { Err("it is too old".to_owned()) }
        });
    let no_nonce = |nonce: Option<&Nonce>| if nonce.is_none() { Ok(()) } else { Err("it has a nonce".to_owned()) };
    let claims = token.claims(&verifier, no_nonce).map_err(NotBelieved::Claims)?;
    let said = payload(token);
    let is_logout = said.get("events").and_then(|events| events.get(LOGOUT)).is_some_and(serde_json::Value::is_object);
    let named = said.get("jti").and_then(serde_json::Value::as_str).filter(|name| !name.is_empty());
    let (true, Some(name)) = (is_logout, named) else { return Err(Refusal::Token.into()) };
    let session = said.get("sid").and_then(serde_json::Value::as_str).map(ToOwned::to_owned);
    let hash = Sha256::digest(format!("logout\n{}\n{name}", claims.issuer().as_str())).to_vec();
    Ok(SignedOut { subject: claims.subject().to_string(), session, hash })
}

fn unreachable(provider: &Provider, cause: &str) -> Refusal {
    tracing::warn!(provider = %provider.id(), cause, "a provider for single sign-on cannot be asked");
    Refusal::Unreachable
}

/// What a token whose signature was checked says: also what the standard does not know.
fn payload(token: &CoreIdToken) -> serde_json::Value {
    let text = token.to_string();
    let part = text.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    part.and_then(|part| serde_json::from_slice(&part).ok()).unwrap_or_default()
}

fn asked(portal: &Portal, provider: ProviderId, kept: &str, now: DateTime<Utc>) -> Option<Asked> {
    let asked: Asked = for_browser::open(&portal.secrets, ASKED, kept)?;
    (asked.provider == provider && for_browser::is_recent(asked.since, LIFE, now)).then_some(asked)
}
