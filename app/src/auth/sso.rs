//! The way to a provider for single sign-on and back. Both ends are plain addresses, not pages: a browser is sent on at once.

use std::{sync::PoisonError, time::Instant};

use axum::{
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::partners::UserKind;
use leptos::prelude::{Owner, provide_context};
use leptos::reactive::computed::ScopedFuture;
use leptos_axum::ResponseOptions;
use serde::Deserialize;
use services::{
    devices::Memory,
    login::From,
    own_access,
    sso::{self, Answer, Refusal, Wanted},
    sso_login, throttle,
};
use store::identity_providers::{self, Provider};
use uuid::Uuid;

use super::sign_in::begin_logged_in;
use crate::{
    access::{
        AppState, UnderWay, begin_write, begin_write_unguarded, client_address, confirm_page, current_admin_session,
        current_session, error_response, kept_by_device, reader_unguarded, require_own_admin, require_user, safe_next,
        state, user_agent,
    },
    error::AppError,
    ui::with_pair,
};

/// What leads to a provider.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Start {
    /// Where to go on after the login.
    #[serde(default)]
    next: String,
    /// `yes` when a login is confirmed.
    #[serde(default)]
    confirm: String,
}

/// `GET /partner/sso/begin/{whose}`, and the same for admins: sends the browser to the provider.
pub async fn begin(state: AppState, head: Parts, kind: UserKind, whose: Uuid, start: Start) -> Response {
    let is_elsewhere = comes_from_elsewhere(&head);
    answer(state, head, async move {
        pace(&client_address()?)?;
        let provider = provider(kind, whose).await?;
        if is_elsewhere {
            // Another site must not log anybody in, nor send anybody on, without a word: the visitor sees where it leads, and goes on.
            let next = safe_next(kind, &start.next);
            let page = match kind {
                UserKind::Partner => with_pair("/partner/login/sso", "provider", &whose.to_string()),
                UserKind::Admin => "/admin/login".to_owned(),
            };
            return Ok(with_pair(&page, "next", next));
        }
        let confirms = match (start.confirm == "yes", kind) {
            (false, _) => None,
            (true, UserKind::Partner) => Some(require_user()?.scope().user_id()),
            (true, UserKind::Admin) => Some(require_own_admin()?.scope().user_id()),
        };
        let wanted = Wanted { next: safe_next(kind, &start.next).to_owned(), confirms };
        let state = self::state()?;
        match sso::begin(&state.portal, &provider, wanted.clone(), state.db.now()).await? {
            Ok(journey) => {
                UnderWay::Provider.keep(kind, &journey.kept)?;
                Ok(journey.to)
            }
            Err(refusal) => refuse(&provider, refusal, &wanted).await,
        }
    })
    .await
}

/// `GET /partner/sso/callback/{whose}`, and the same for admins: reads what the provider says, and logs in or confirms the login.
pub async fn callback(state: AppState, head: Parts, kind: UserKind, whose: Uuid, given: Answer) -> Response {
    answer(state, head, async move {
        let provider = provider(kind, whose).await?;
        let kept = UnderWay::Provider.kept(kind)?;
        UnderWay::Provider.forget(kind)?;
        let state = self::state()?;
        let mut tx = begin_write_unguarded().await?;
        let counted = throttle::count_address(&mut tx, "sso", &client_address()?).await;
        let question = sso::question(&state.portal, &provider, (&kept, &given), state.db.now());
        // It is good once, and used up before the provider is asked, whatever comes of it.
        let is_first = match &question {
            Some(question) => store::passkeys::use_challenge(&mut tx, &question.hash()).await?,
            None => false,
        };
        tx.commit().await?;
        let counted = counted?;
        let Some(question) = question.filter(|_| is_first) else {
            return refuse(&provider, Refusal::NotAsked, &Wanted::default()).await;
        };
        let wanted = question.wanted().clone();
        let identity = match sso::finish(&state.portal, &provider, (question, given), state.db.now()).await? {
            Ok(identity) => identity,
            Err(refusal) => return refuse(&provider, refusal, &wanted).await,
        };
        let next = identity.wanted.next.clone();
        let (address, user_agent, device) = (client_address()?, user_agent()?, kept_by_device(kind, Memory::Device)?);
        if let Some(user) = identity.wanted.confirms {
            let (actor, session) = match kind {
                UserKind::Partner => (require_user()?, current_session()?),
                UserKind::Admin => (require_own_admin()?, current_admin_session()?),
            };
            let mut tx = begin_write(&actor).await?;
            let confirmed =
                actor.scope().user_id() == user && sso_login::confirms(&mut tx, (&provider, &identity), user).await?;
            if confirmed {
                throttle::succeeded(&mut tx, &counted).await?;
                own_access::confirmed_by_provider(&actor, &mut tx, &provider, &session).await?;
            }
            tx.commit().await?;
            return if confirmed { Ok(next) } else { refuse(&provider, Refusal::NotConfirmed, &wanted).await };
        }
        let from = From { address: &address, device: &device, two_factor: "", user_agent: &user_agent };
        let mut tx = begin_write_unguarded().await?;
        let logged_in = sso_login::finish(&mut tx, &state.portal, (&provider, &identity), from).await?;
        let logged_in = match logged_in {
            Ok(logged_in) => logged_in,
            Err(refusal) => {
                // A user may have been made for it.
                drop(tx);
                return refuse(&provider, refusal, &wanted).await;
            }
        };
        throttle::succeeded(&mut tx, &counted).await?;
        tx.commit().await?;
        begin_logged_in(&logged_in).await?;
        Ok(next)
    })
    .await
}

/// `POST /partner/sso/logout/{whose}`, and the same for admins: the provider itself tells that somebody has logged out there (Back-Channel
/// Logout 1.0). There is no browser behind it, and no session: the token is the proof.
pub async fn logout(state: &AppState, kind: UserKind, whose: Uuid, token: &str, address: &str) -> Response {
    let ended = async {
        let taken = state.portal.buckets.take(
            format!("sso logout {}", throttle::neighbourhood(address)),
            LOGOUTS,
            Instant::now(),
        );
        taken.map_err(|_| AppError::RateLimited(1))?;
        let db = state.db.unguarded();
        let Some(provider) = identity_providers::find(&mut db.reader().await?, kind, whose).await? else {
            return Ok(false);
        };
        let Ok(out) = sso::logout(&state.portal, &provider, token, db.now()).await? else { return Ok(false) };
        let mut tx = db.begin_write().await?;
        let is_first = sso_login::signed_out(&mut tx, (&provider, &out), address).await?;
        tx.commit().await?;
        Ok::<_, AppError>(is_first)
    };
    let never_kept = [(header::CACHE_CONTROL, "no-store")];
    match ended.await {
        Ok(true) => (StatusCode::OK, never_kept).into_response(),
        Ok(false) => {
            (StatusCode::BAD_REQUEST, never_kept, axum::Json(serde_json::json!({ "error": "invalid_request" })))
                .into_response()
        }
        Err(error) => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
    }
}

/// How many logouts one address may tell of at once, and each second from then on.
const LOGOUTS: (f64, f64) = (60.0, 5.0);

/// Whether another site has led here, as far as the browser says so.
fn comes_from_elsewhere(head: &Parts) -> bool {
    head.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site")
}

/// Each place may go to providers so often: many at once where many sit, and one a second on the whole.
fn pace(address: &str) -> Result<(), AppError> {
    let who = format!("sso {}", throttle::neighbourhood(address));
    let taken = state()?.portal.buckets.take(who, (60.0, 1.0), Instant::now());
    taken.map_err(|_| AppError::RateLimited(1))
}

async fn provider(kind: UserKind, whose: Uuid) -> Result<Provider, AppError> {
    identity_providers::find(&mut reader_unguarded().await?, kind, whose).await?.ok_or(AppError::NotFound)
}

/// Records that nobody was let in, and leads to the page that says why: to the login, or for a login that was to be confirmed back to
/// where that is done.
async fn refuse(provider: &Provider, refusal: Refusal, wanted: &Wanted) -> Result<String, AppError> {
    let mut tx = begin_write_unguarded().await?;
    sso_login::refused(&mut tx, provider, refusal, wanted.confirms, &client_address()?);
    tx.commit().await?;
    if wanted.confirms.is_some() {
        let page = with_pair(confirm_page(provider.kind()), "next", &wanted.next);
        return Ok(with_pair(&page, "notice", refusal.as_str()));
    }
    let login = if provider.kind() == UserKind::Admin { "/admin/login" } else { "/partner/login" };
    Ok(with_pair(login, "notice", refusal.as_str()))
}

/// Runs what functions of pages can run, and sends the browser where it says.
async fn answer(state: AppState, head: Parts, work: impl Future<Output = Result<String, AppError>>) -> Response {
    let (owner, options, headers) = (Owner::new(), ResponseOptions::default(), head.headers.clone());
    let path = head.uri.path().to_owned();
    let done = owner.with(|| {
        provide_context(state);
        provide_context(head);
        provide_context(options.clone());
        ScopedFuture::new(work)
    });
    let mut response = match done.await {
        Ok(to) => match HeaderValue::try_from(to) {
            Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
            Err(error) => error_response(&AppError::internal(&error), &headers, &path),
        },
        Err(error) => error_response(&error, &headers, &path),
    };
    let sent = options.0.read().unwrap_or_else(PoisonError::into_inner).headers.clone();
    // Several values of one name, such as cookies, come with the name once.
    response.headers_mut().extend(sent);
    response
}
