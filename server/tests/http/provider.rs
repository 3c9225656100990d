//! A provider of OpenID Connect, as the tests run one beside the portal: it speaks as the standard says, and lies where it is told to.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use url::Url;

/// The portal's secret with every provider.
pub(crate) const SECRET: &str = "between the two of us";

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    /// By the provider's key.
    Well,
    /// By a key that is not the provider's.
    ByAnother,
    /// By the secret that both know.
    BySecret,
    /// Not at all.
    NotAtAll,
}

/// What a token says, and how it is signed.
type Says = (Value, Signed);

#[derive(Default)]
struct Books {
    /// Codes that were given out, with what was asked for.
    codes: HashMap<String, (HashMap<String, String>, Says)>,
    given: u32,
}

/// The provider.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    key: SigningKey,
    books: Arc<Mutex<Books>>,
}

impl Provider {
    /// Starts one; the number makes its key another than others'.
    pub(crate) async fn start(number: u8) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self { issuer, key: SigningKey::from_slice(&[number; 32]).unwrap(), books: Arc::default() };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        provider
    }

    /// What the browser brings back from its page, which the portal has led to, once somebody has said there who they are. `says` is
    /// changed before the token is signed, with the claims as a good provider has them.
    pub(crate) fn signs_in(&self, to: &str, email: &str, says: impl FnOnce(&mut Value) -> Signed) -> String {
        let asked: HashMap<String, String> = Url::parse(to).unwrap().query_pairs().into_owned().collect();
        assert!(to.starts_with(&format!("{}/authorize?", self.issuer)), "{to}");
        assert_eq!((asked["response_type"].as_str(), asked["code_challenge_method"].as_str()), ("code", "S256"));
        let now = chrono::DateTime::parse_from_rfc3339("2026-11-22T12:00:00Z").unwrap().timestamp();
        let mut claims = json!({
            "iss": self.issuer, "aud": asked["client_id"], "sub": format!("id of {email}"), "nonce": asked["nonce"],
            "iat": now, "exp": now + 3_600, "auth_time": now, "email": email, "email_verified": true, "name": "Nora North",
        });
        let signed = says(&mut claims);
        let state = asked["state"].clone();
        let mut books = self.books.lock().unwrap();
        books.given += 1;
        let code = format!("code {}", books.given);
        books.codes.insert(code.clone(), (asked, (claims, signed)));
        let pairs = [("code", &*code), ("state", &*state), ("iss", &*self.issuer)];
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    /// A token that says that a user has logged out here. `says` is changed before it is signed.
    pub(crate) fn logout_token(&self, email: &str, says: impl FnOnce(&mut Value) -> Signed) -> String {
        let now = chrono::DateTime::parse_from_rfc3339("2026-11-22T12:00:00Z").unwrap().timestamp();
        let mut books = self.books.lock().unwrap();
        books.given += 1;
        let mut claims = json!({
            "iss": self.issuer, "aud": "portal", "sub": format!("id of {email}"), "iat": now, "exp": now + 120,
            "jti": format!("logout {}", books.given),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        let signed = says(&mut claims);
        self.sign_as("logout+jwt", &(claims, signed))
    }

    fn sign(&self, says: &Says) -> String {
        self.sign_as("JWT", says)
    }

    fn sign_as(&self, kind: &str, (claims, signed): &Says) -> String {
        let alg = match signed {
            Signed::Well | Signed::ByAnother => "ES256",
            Signed::BySecret => "HS256",
            Signed::NotAtAll => "none",
        };
        let part = |value: &Value| BASE64.encode(value.to_string());
        let said = format!("{}.{}", part(&json!({ "typ": kind, "alg": alg, "kid": "one" })), part(claims));
        let seal = match signed {
            Signed::Well => BASE64.encode(Signer::<Signature>::sign(&self.key, said.as_bytes()).to_bytes()),
            Signed::ByAnother => {
                let other = SigningKey::from_slice(&[99; 32]).unwrap();
                BASE64.encode(Signer::<Signature>::sign(&other, said.as_bytes()).to_bytes())
            }
            Signed::BySecret => {
                use hmac::{Hmac, KeyInit, Mac};
                let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
                mac.update(said.as_bytes());
                BASE64.encode(mac.finalize().into_bytes())
            }
            Signed::NotAtAll => String::new(),
        };
        format!("{said}.{seal}")
    }
}

async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let point = provider.key.verifying_key().to_sec1_point(false);
    let (x, y) = (BASE64.encode(&point.as_bytes()[1..33]), BASE64.encode(&point.as_bytes()[33..]));
    Json(
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "kid": "one", "alg": "ES256", "x": x, "y": y }] }),
    )
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(asked): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let refuse = |why: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": why })));
    let Some((first, says)) = provider.books.lock().unwrap().codes.remove(&asked["code"]) else {
        return refuse("invalid_grant");
    };
    let secret = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect::<String>();
    let known = format!("Basic {}", STANDARD.encode(format!("{}:{secret}", first["client_id"])));
    if headers.get("authorization").is_none_or(|given| given != known.as_str()) {
        return refuse("invalid_client");
    }
    let challenge = BASE64.encode(Sha256::digest(asked["code_verifier"].as_bytes()));
    if challenge != first["code_challenge"] || asked["redirect_uri"] != first["redirect_uri"] {
        return refuse("invalid_grant");
    }
    let answer = json!({ "access_token": "for nothing", "token_type": "Bearer", "id_token": provider.sign(&says) });
    (StatusCode::OK, Json(answer))
}
