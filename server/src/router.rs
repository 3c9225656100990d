//! Which route answers to what, and what every request passes through on its way.

use std::sync::LazyLock;

use app::{
    App,
    access::{AdminCookie, AppState, cookie_name, error_response, follow, sessions},
    error::AppError,
    shell,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Extension, Path, RawQuery, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get, post},
};
use domain::{color::Color, logo::LogoHash, settings::is_slug};
use leptos::prelude::*;
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use services::{ClientAddress, links::Link};
use store::{Db, Reader, StoreError, access::PartnerSession};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use tower_sessions::{Expiry, Session, SessionManagerLayer, cookie::SameSite};

use crate::{
    api, client_address,
    config::Config,
    downloads, kept_forms,
    origin::OwnOrigin,
    security,
    session_store::{Sessions, note_unattended},
    site::Site,
    uploads,
};

/// The plain routes beside pages and server functions, with what answers them.
fn downloads() -> [(&'static str, MethodRouter<ServerState>); 27] {
    [
        ("/partner/leads/export.csv", get(downloads::leads_csv).post(downloads::selected_leads_csv)),
        ("/partner/leads/export.xlsx", get(downloads::leads_xlsx)),
        ("/partner/invoices/export.csv", get(downloads::invoice_list_csv)),
        ("/partner/invoices/export.xlsx", get(downloads::invoice_list_xlsx)),
        ("/partner/invoices/export.zip", get(downloads::invoices_zip)),
        ("/partner/invoices/{id}/pdf", get(downloads::invoice_pdf)),
        ("/partner/invoices/{id}/csv", get(downloads::invoice_csv)),
        ("/admin/partners/export.csv", get(downloads::partners_csv)),
        ("/admin/partners/export.xlsx", get(downloads::partners_xlsx)),
        ("/admin/audit/export.csv", get(downloads::audit_csv)),
        ("/admin/audit/export.xlsx", get(downloads::audit_xlsx)),
        ("/admin/invoices/export.csv", get(downloads::admin_invoice_list_csv)),
        ("/admin/invoices/export.xlsx", get(downloads::admin_invoice_list_xlsx)),
        ("/admin/invoices/{id}/pdf", get(downloads::admin_invoice_pdf)),
        ("/admin/invoices/{id}/csv", get(downloads::admin_invoice_csv)),
        ("/partner/reports/export.csv", get(downloads::report_csv)),
        ("/partner/reports/export.xlsx", get(downloads::report_xlsx)),
        ("/admin/reports/export.csv", get(downloads::account_report_csv)),
        ("/admin/reports/export.xlsx", get(downloads::account_report_xlsx)),
        ("/admin/leads/export.csv", get(downloads::account_leads_csv)),
        ("/admin/leads/export.xlsx", get(downloads::account_leads_xlsx)),
        ("/admin/leads/import/{import}/rejects.csv", get(downloads::lead_rejects_csv)),
        ("/partner/leads/outcomes/{import}/rejects.csv", get(downloads::outcome_rejects_csv)),
        ("/partner/leads/{id}/files/{file}", get(downloads::lead_file)),
        ("/admin/leads/{id}/files/{file}", get(downloads::account_lead_file)),
        ("/admin/returns/export.csv", get(downloads::returns_csv)),
        ("/admin/returns/export.xlsx", get(downloads::returns_xlsx)),
    ]
}

/// The plain routes that take files. The files' own limits are checked where they are read; those here are for what goes far
/// beyond them.
fn uploads() -> [(&'static str, MethodRouter<ServerState>); 6] {
    let limit = DefaultBodyLimit::max(uploads::MAX_PARTNERS + 64 * 1024);
    // What is too large is read to its end, so that browsers show the answer; what is absurd is not.
    let files = DefaultBodyLimit::max(6 * domain::files::MAX_FILE);
    [
        ("/admin/partners/import", post(uploads::partners_file).layer(limit)),
        // Counted where it is read.
        ("/admin/leads/import", post(uploads::leads_file).layer(DefaultBodyLimit::disable())),
        ("/partner/leads/outcomes", post(uploads::outcomes_file).layer(DefaultBodyLimit::disable())),
        ("/admin/settings/logo", post(uploads::logo_file).layer(limit)),
        ("/partner/leads/{id}/files", post(uploads::partner_lead_file).layer(files)),
        ("/admin/leads/{id}/files", post(uploads::account_lead_file).layer(files)),
    ]
}

/// The paths of the downloads.
#[must_use]
pub fn download_paths() -> [&'static str; 27] {
    downloads().map(|(path, _)| path)
}

/// The paths that take files.
#[must_use]
pub fn upload_paths() -> [&'static str; 6] {
    uploads().map(|(path, _)| path)
}

/// Routes that need no login: who may be asked whether the server lives, and the start, which only redirects.
pub const OPEN: &[&str] = &["/", "/healthz", "/readyz"];

/// What the server's own handlers need.
#[derive(Debug, Clone, axum::extract::FromRef)]
struct ServerState {
    app: AppState,
    leptos: LeptosOptions,
}

/// The options of the front end, from the settings.
#[must_use]
pub fn leptos_options(config: &Config) -> LeptosOptions {
    let options = LeptosOptions::builder().output_name("partner-portal").site_pkg_dir("pkg").site_addr(config.bind);
    match config.reload_port {
        Some(port) => options.reload_port(u32::from(port)).build(),
        None => options.build(),
    }
}

/// Found once in a process: while Leptos walks the routes, a page rendered anywhere in the same process would wait for its
/// data for ever, because the walk switches the loading of data off for all threads. With this, no page can be rendered
/// before the one walk is over.
static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

/// The pages of the application, as the router registers them.
#[must_use]
pub fn pages() -> Vec<AxumRouteListing> {
    PAGES.clone()
}

/// The whole server as a service.
pub fn build(app: AppState, config: &Config) -> Router {
    let leptos = leptos_options(config);
    let site = Site::open(config.site_root.as_deref());
    let state = ServerState { app: app.clone(), leptos: leptos.clone() };
    let context = {
        let app = app.clone();
        move || provide_context(app.clone())
    };
    let document = {
        let (leptos, assets) = (leptos.clone(), site.assets());
        move || shell(leptos.clone(), assets.clone())
    };
    let contact =
        config.security_contact.clone().map(|contact| (contact, config.public_url.clone(), app.db.unguarded().clone()));
    let own = OwnOrigin::new(config.public_url_set.then_some(config.public_url.as_str()));
    let mut router = Router::<ServerState>::new()
        .route("/", get(start))
        .route("/healthz", get(async || "alive"))
        .route("/readyz", get(ready))
        .route("/brand/{file}", get(brand))
        .route("/brand/{slug}/{file}", get(logo))
        .merge(site.routes());
    for (path, method) in downloads().into_iter().chain(uploads()) {
        router = router.route(path, method);
    }
    router = router.merge(crate::sso::routes().with_state(app.clone()));
    for link in Link::ALL {
        let production = config.production;
        let followed = async move |Path(token): Path<String>, RawQuery(query): RawQuery| {
            follow(link, production, &token, &query.unwrap_or_default())
        };
        let route = match link {
            Link::StopReport => get(followed).post(stop_report),
            _ => get(followed),
        };
        router = router.route(&format!("{}/{{token}}", link.path()), route);
    }
    router
        .leptos_routes_with_context(&state, pages(), context.clone(), document.clone())
        .fallback(leptos_axum::render_app_async_with_context(context, document))
        .layer(DefaultBodyLimit::max(256 * 1024))
        .layer(from_fn(security::error_status))
        .layer(from_fn_with_state(app.clone(), sessions))
        .layer(session_layer(&app, config, "portal-partner"))
        .layer(from_fn(keep_admin_cookie))
        .layer(session_layer(&app, config, "portal-admin"))
        .layer(from_fn(note_unattended))
        .layer(from_fn_with_state(app.clone(), kept_forms::keep))
        .layer(from_fn_with_state(own, security::same_origin))
        .layer(from_fn(security::own_errors))
        // API clients come by a key, with neither cookie nor origin.
        .merge(crate::sso::logouts().with_state(app.clone()))
        .nest("/api/v1", api::routes(app.db.clone(), app.portal.clone(), config.api_rate).with_state(()))
        .route("/api/v1/docs.css", get(api_style))
        .route("/.well-known/security.txt", get(move || security_txt(contact.clone())))
        .route("/schemas/lead.delivered.v1.json", get(schema))
        .layer(from_fn_with_state(config.trusted_proxies.clone(), client_address::note))
        .layer(from_fn(to_its_end))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .layer(from_fn(log))
        .layer(from_fn_with_state(config.clone(), security::headers))
        .with_state(state)
}

/// Answers a request to its end, even when the visitor has hung up meanwhile: a page that is dropped while it waits for its data is
/// drawn on by tasks of its own, which find the router gone and panic; and nothing that is being done stops half-way.
async fn to_its_end(request: Request, next: axum::middleware::Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        // Whatever catches panics is further out.
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}

/// `POST /partner/stop-report/{token}`: the one click by which a mail program stops a report (RFC 8058). It needs no login, for the token
/// is the proof; a `GET` changes nothing.
async fn stop_report(
    State(app): State<AppState>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Path(token): Path<String>,
) -> Response {
    let stopped = async {
        let mut tx = app.db.unguarded().begin_write().await?;
        services::report_mails::stop_by_link(&mut tx, &services::tokens::hash(&token), &address).await?;
        Ok::<_, AppError>(tx.commit().await?)
    };
    match stopped.await {
        Ok(()) => "The report does not come any more.".into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.message()).into_response()
        }
    }
}

/// Two logins, two cookies: the layer reads and sets the one of this name.
fn session_layer(app: &AppState, config: &Config, name: &'static str) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions::new(app.db.unguarded().clone(), config.session_lifetime))
        .with_name(cookie_name(name, config.production))
        .with_http_only(true)
        .with_secure(config.production)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        // The cookie lasts as long as the browser; when the session ends the store decides.
        .with_expiry(Expiry::OnSessionEnd)
}

/// Puts the admin session aside, before the partner users' own takes its place among what a request carries.
async fn keep_admin_cookie(session: Session, mut request: Request, next: axum::middleware::Next) -> Response {
    request.extensions_mut().insert(AdminCookie(session));
    next.run(request).await
}

async fn start(session: Option<Extension<PartnerSession>>) -> Redirect {
    Redirect::to(if session.is_some() { "/partner" } else { "/partner/login" })
}

/// `GET /brand/{slug}.css`: an account's colours, of which the style sheet makes everything else. Both shades can be read on
/// their ground, whatever colour was chosen.
async fn brand(State(app): State<AppState>, Path(file): Path<String>) -> Response {
    let slug = file.strip_suffix(".css").filter(|slug| is_slug(slug));
    let found = match slug {
        Some(slug) => look_up(app.db.unguarded(), async |read| store::accounts::branding(read, slug).await).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(branding)) => {
            let (black, white) = (Color([0; 3]), Color::WHITE);
            let light = branding.accent.readable_on(white, black);
            let dark = branding.accent.readable_on(Color::DARK_SURFACE, white);
            let (light_strong, dark_strong) = (light.mixed(black, 0.25), dark.mixed(white, 0.35));
            let logo = branding.logo.zip(slug).map(|(hash, slug)| {
                format!(
                    ".brand__mark {{ width: 5rem; background: url(\"{}\") left center / contain no-repeat; border-radius: 0; \
                     box-shadow: none; }}\n",
                    hash.href(slug)
                )
            });
            let logo = logo.unwrap_or_default();
            let css = format!(
                ":root {{ --accent: {light}; --accent-strong: {light_strong}; }}\n@media (prefers-color-scheme: dark) {{ :root \
                 {{ --accent: {dark}; --accent-strong: {dark_strong}; --on-accent: #0d1730; }} }}\n{logo}"
            );
            let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
            let cache = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=0, must-revalidate"));
            ([kind, cache], css).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(error),
    }
}

/// `GET /brand/{slug}/{hash}.png`: an account's logo. The address changes with the picture, so that browsers may keep it.
async fn logo(State(app): State<AppState>, Path((slug, file)): Path<(String, String)>) -> Response {
    let hash = file.strip_suffix(".png").filter(|hash| hash.len() == 64 && is_slug(&slug));
    let found = match hash {
        Some(hash) => {
            let hash = LogoHash(hash.to_owned());
            look_up(app.db.unguarded(), async |read| store::accounts::logo(read, &slug, &hash).await).await
        }
        None => Ok(None),
    };
    match found {
        Ok(Some(png)) => {
            let kind = (header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
            let cache = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
            ([kind, cache], png).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(error),
    }
}

/// Asks the database one thing.
async fn look_up<T>(
    db: &Db,
    ask: impl AsyncFnOnce(&mut Reader) -> Result<Option<T>, StoreError>,
) -> Result<Option<T>, StoreError> {
    ask(&mut db.reader().await?).await
}

/// What the database did not answer, to a browser that fetches a part of a page.
fn failed(error: StoreError) -> Response {
    let status = AppError::from(error).status();
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

/// `GET /api/v1/docs.css`: the look of the API's description.
async fn api_style() -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    ([kind], include_str!("api/docs.css")).into_response()
}

/// `GET /schemas/lead.delivered.v1.json`: what a webhook is sent. Anybody may read it.
async fn schema() -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/schema+json"));
    ([kind], crate::workers::webhooks::message::SCHEMA).into_response()
}

/// `GET /.well-known/security.txt` (RFC 9116): whom to tell of a weakness. It is valid for as long as it is asked for, and says so for
/// half a year at a time.
async fn security_txt(contact: Option<(String, String, Db)>) -> Response {
    let Some((contact, public_url, db)) = contact else { return StatusCode::NOT_FOUND.into_response() };
    let expires = (db.now() + chrono::TimeDelta::days(180)).format("%Y-%m-%dT00:00:00Z");
    let text = format!(
        "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\nCanonical: {public_url}/.well-known/security.txt\n"
    );
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], text).into_response()
}

/// A panic is a fault of ours that no visitor should be able to cause; the log has it, the visitor a number.
fn after_panic(panic: Box<dyn std::any::Any + Send>) -> Response {
    let cause = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let error = AppError::internal(&cause.unwrap_or("a panic without a message"));
    error_response(&error, &[(header::ACCEPT, HeaderValue::from_static("text/html"))].into_iter().collect(), "/")
}

/// Ready means: the database answers and has this version's schema.
async fn ready(State(app): State<AppState>) -> Response {
    match app.db.unguarded().is_ready().await {
        Ok(true) => "ready".into_response(),
        Ok(false) => (StatusCode::SERVICE_UNAVAILABLE, "the database is not migrated").into_response(),
        Err(error) => {
            tracing::error!(cause = %error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response()
        }
    }
}

/// One line a request: no query string, no address, for both may name people.
async fn log(request: Request, next: axum::middleware::Next) -> Response {
    // A mailed link's address holds its token: of it only the page is written down.
    let path = request.uri().path();
    let path = Link::of_path(path).map_or_else(|| path.to_owned(), |link| format!("{}/…", link.path()));
    let method = request.method().clone();
    let start = std::time::Instant::now();
    let response = next.run(request).await;
    let millis = start.elapsed().as_secs_f64() * 1_000.0;
    tracing::debug!(%method, path, status = response.status().as_u16(), millis, "request");
    response
}
