//! Any body that is sent to the HTTP API: the answer is never a fault of ours, and the next one is as good.

#![no_main]
#![expect(clippy::expect_used, reason = "a target that cannot be set up, and a find, have to stop")]

use std::{
    convert::Infallible,
    sync::{Arc, LazyLock, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use domain::{
    access::{Overrides, Permissions},
    admin::{AdminPermission, AdminRole},
    api_keys::{ApiScope, ApiScopes, KeyLife, NewApiKey},
    clock::{OsEntropy, SystemClock},
    email::Email,
    ids::{AccountId, ApiKeyId, PartnerId, UserId},
    money::Currency,
    partners::PartnerStatus,
};
use libfuzzer_sys::fuzz_target;
use portal_server::{
    api,
    egress::{Egress, Rules},
};
use services::{Portal, Targets, passwords::Passwords, secrets::Secrets, tally::Tallies};
use store::{
    Db, Options,
    access::AdminSession,
    accounts::{self, Account},
    admins::{self, NewAdminUser},
    api_keys,
    partners::{self, Partner},
    sessions::Lifetime,
};
use tokio::runtime::Runtime;
use tower::ServiceExt;

const KEY: &str = "pp_live_fuzz";
const PATHS: [&str; 4] = ["leads", "partners", "invoices", "invoices/018f0000-0000-7000-8000-000000000000/pay"];

/// A portal with one account, one partner and one key for everything.
struct Api {
    runtime: Runtime,
    router: Mutex<Router>,
    _folder: tempfile::TempDir,
}

static API: LazyLock<Api> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("fuzz.db").display());
    let router = runtime.block_on(async {
        let db = Db::open(&Options::new(url, 2), Arc::new(SystemClock), Arc::new(OsEntropy)).await.expect("a database");
        db.migrate().await.expect("a schema");
        fill(&db).await.expect("an account");
        let portal = Portal {
            public_url: "https://portal.example".into(),
            production: true,
            session_lifetime: Lifetime { idle: chrono::TimeDelta::hours(1), absolute: chrono::TimeDelta::hours(1) },
            passwords: Passwords::new(&OsEntropy, 1).expect("random numbers"),
            discovered: services::discovered::Discovered::default(),
            passkeys: None,
            secrets: Secrets::new(&[7; 32]),
            targets: Targets(Arc::new(Egress::new(Rules::default()).expect("a client"))),
            unprintable: portal_server::unprintable,
            tallies: Tallies::default(),
            breached: None,
            buckets: services::pace::Buckets::default(),
            web_rate: 1_000,
            exports: services::pace::Running::default(),
        };
        api::routes(store::GuardedDb::new(db), Arc::new(portal), u32::MAX)
    });
    Api { runtime, router: Mutex::new(router), _folder: folder }
});

async fn fill(db: &Db) -> Result<(), store::StoreError> {
    let (account_id, admin) = (AccountId(db.new_id()?), UserId(db.new_id()?));
    let mut tx = db.begin_write().await?;
    let account = Account {
        id: account_id,
        slug: "acme".into(),
        name: "Acme".into(),
        portal_enabled: true,
        default_permissions: Permissions::all(),
        zone: "America/New_York".parse().expect("a zone"),
        currency: Currency::EUR,
        support_contact: String::new(),
    };
    accounts::create(&mut tx, &account).await?;
    let partner = Partner {
        id: PartnerId(db.new_id()?),
        account_id,
        name: "Northwind".into(),
        status: PartnerStatus::Active,
        portal_access: true,
        overrides: Overrides::default(),
    };
    partners::create_unscoped(&mut tx, &partner).await?;
    let email = Email::parse("owner@acme.example").expect("an address");
    let (name, role, password_hash) = ("Olga".into(), AdminRole::Owner, String::new());
    admins::create(&mut tx, &NewAdminUser { id: admin, account_id, email, name, role, password_hash }).await?;
    let session = AdminSession::of_authenticated_user(&mut tx, admin).await?.expect("an admin");
    let scope = session.require(AdminPermission::ManageApiKeys).expect("an owner may");
    let new = NewApiKey { name: "fuzz".into(), scopes: ApiScopes::of(ApiScope::ALL), life: KeyLife::Endless };
    api_keys::create(&mut tx, &scope, ApiKeyId(db.new_id()?), (&new, ""), KEY).await?;
    tx.commit().await
}

fuzz_target!(|input: &[u8]| {
    let Some((place, body)) = input.split_first() else { return };
    let path = PATHS[usize::from(*place) % PATHS.len()];
    let request = Request::post(format!("/{path}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {KEY}"))
        .body(Body::from(body.to_vec()))
        .expect("a request");
    let router = API.router.lock().expect("one at a time").clone();
    let answer: Result<_, Infallible> = API.runtime.block_on(router.oneshot(request));
    let status = answer.expect("an answer").status();
    assert!(!status.is_server_error() && status != 401, "{status} to {path}");
});
