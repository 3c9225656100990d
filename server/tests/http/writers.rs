//! Many who write at once, over as few connections as there can be. Whoever takes a second connection while it holds one waits
//! for somebody who waits for it: with a pool of two a handful of such requests stop the portal.

use axum::{
    body::Body,
    http::{Method, Request},
};
use domain::audit::AuditAction;
use futures::future::{BoxFuture, FutureExt, join_all};
use serde_json::json;
use store::audit;

use crate::{
    browser::{Answer, Browser, form, json as json_body},
    lead_imports::upload,
    world::{ADMIN, MANAGER, OWNER, STRANGER, World, lead},
};

/// How many write at once.
const WRITERS: usize = 32;

impl World {
    pub(crate) async fn bearer(&self, key: &str, method: Method, path: &str, body: serde_json::Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("host", "portal.example")
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json");
        self.visitor().sends(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

/// What the writers are.
struct Cast<'w> {
    world: &'w World,
    key: String,
    admin: Browser<'w>,
    manager: Browser<'w>,
    owner: Browser<'w>,
    stranger: Browser<'w>,
    leads: Vec<String>,
}

impl Cast<'_> {
    /// The writer of this number: of every kind of change there are some.
    fn writer(&self, number: usize) -> BoxFuture<'_, (&'static str, Answer)> {
        let partner = self.world.northwind;
        let (what, answer): (_, BoxFuture<'_, Answer>) = match number % 14 {
            0 | 1 => {
                let line = json!({ "description": "x", "quantity": "1", "unit_price": "10.00", "tax_rate": "19" });
                let body = json!({ "partner": partner, "lines": [line], "issue": true });
                ("an invoice by the API", self.world.bearer(&self.key, Method::POST, "/invoices", body).boxed())
            }
            2 => {
                let path = format!("/partners/{partner}");
                let body = json!({ "phone": format!("+49 30 {number:04}") });
                (
                    "a partner changed by the API",
                    async move { self.world.bearer(&self.key, Method::PATCH, &path, body).await }.boxed(),
                )
            }
            3 => {
                let name = format!("Partner {number}");
                (
                    "a new partner",
                    async move { self.manager.calls("/fn/admin/partners/create", form(&[("name", &name)])).await }
                        .boxed(),
                )
            }
            4 => {
                let email = format!("new{number}@northwind.example");
                let id = partner.to_string();
                (
                    "a user invited by an admin",
                    async move {
                        let fields = [("partner", id.as_str()), ("name", "New"), ("email", &email), ("role", "viewer")];
                        self.manager.calls("/fn/admin/partners/invite", form(&fields)).await
                    }
                    .boxed(),
                )
            }
            5 => {
                let email = format!("colleague{number}@northwind.example");
                (
                    "a user invited by a colleague",
                    async move {
                        let fields = [("name", "New"), ("email", email.as_str()), ("role", "member")];
                        self.owner.calls("/fn/users/invite", form(&fields)).await
                    }
                    .boxed(),
                )
            }
            6 => {
                let lead = &self.leads[number % self.leads.len()];
                (
                    "a review",
                    async move {
                        let fields = [("id", lead.as_str()), ("decision", "accept")];
                        self.owner.calls("/fn/leads/review", form(&fields)).await
                    }
                    .boxed(),
                )
            }
            7 => {
                let name = format!("Key {number}");
                (
                    "a key",
                    async move {
                        let fields = [("name", name.as_str()), ("life", "30"), ("scopes[]", "leads:read")];
                        self.admin.calls("/fn/admin/api-keys/create", form(&fields)).await
                    }
                    .boxed(),
                )
            }
            8 => {
                let leads: Vec<_> = (0..20)
                    .map(|n| json!({ "partner": partner, "external_id": format!("W-{number}-{n}"), "name": "Ada" }))
                    .collect();
                (
                    "leads by the API",
                    async move { self.world.bearer(&self.key, Method::POST, "/leads", json!(leads)).await }.boxed(),
                )
            }
            9 => (
                "a file of leads",
                async move {
                    upload(&self.manager, &partner.to_string(), false, "Name,Email\nAda,ada@mail.example\n").await
                }
                .boxed(),
            ),
            10 => (
                "delivery settings",
                async move {
                    let fields = [("email_mode", "off"), ("recipients", "leads@contoso.example")];
                    self.stranger.calls("/fn/profile/save-delivery", form(&fields)).await
                }
                .boxed(),
            ),
            11 => {
                let lead = &self.leads[number % self.leads.len()];
                (
                    "an outcome",
                    async move {
                        let fields = [("id", lead.as_str()), ("outcome", "sold"), ("value", "12")];
                        self.owner.calls("/fn/leads/outcome", form(&fields)).await
                    }
                    .boxed(),
                )
            }
            12 => {
                let leads = self.leads.iter().map(|lead| ("leads[]", lead.as_str())).collect::<Vec<_>>();
                (
                    "leads delivered again",
                    async move { self.manager.calls("/fn/admin/leads/deliver-again", form(&leads)).await }.boxed(),
                )
            }
            _ => {
                let city = format!("City {number}");
                (
                    "contact data",
                    async move {
                        let fields = [("company", "Contoso"), ("city", city.as_str())];
                        self.stranger.calls("/fn/profile/save-contact", form(&fields)).await
                    }
                    .boxed(),
                )
            }
        };
        async move { (what, answer.await) }.boxed()
    }

    /// The reader of this number.
    fn reader(&self, number: usize) -> BoxFuture<'_, (&'static str, Answer)> {
        let (browser, path) = match number % 8 {
            0 => (&self.owner, "/partner/leads"),
            1 => (&self.owner, "/partner"),
            2 => (&self.stranger, "/partner/invoices"),
            3 => (&self.manager, "/admin"),
            4 => (&self.manager, "/admin/partners"),
            5 => (&self.admin, "/admin/audit"),
            6 => (&self.owner, "/partner/leads?q=ada"),
            _ => (&self.manager, "/admin/leads/import"),
        };
        async move { (path, browser.opens(path).await) }.boxed()
    }
}

/// Writers of every kind and readers at once: everybody is answered, and nothing fails.
#[tokio::test]
async fn writers_of_every_kind_never_wait_for_each_other_for_ever() {
    let world = World::new().await;
    let more = (0..8).map(|n| lead(&format!("R-{n}"), &format!("Reviewed {n}"), 30 + n)).collect();
    world.deliver(world.northwind, more).await;
    let mut leads = Vec::new();
    for n in 0..8 {
        leads.push(world.lead_of(OWNER, &format!("Reviewed {n}")).await.to_string());
    }
    let cast = Cast {
        key: world.key(&["leads:write", "partners:write", "partners:read", "invoices:write"]).await,
        admin: world.logged_in_admin(ADMIN).await,
        manager: world.logged_in_admin(MANAGER).await,
        owner: world.logged_in(OWNER).await,
        stranger: world.logged_in(STRANGER).await,
        leads,
        world: &world,
    };
    let writers = (0..WRITERS).map(|number| cast.writer(number));
    let readers = (0..WRITERS / 2).map(|number| cast.reader(number));
    for (what, answer) in join_all(writers.chain(readers)).await {
        assert!(answer.status < 400, "{what}: {} {}", answer.status, answer.body);
    }
    let issued = world.events(AuditAction::InvoiceIssued).await;
    assert_eq!(issued.len(), 6, "every invoice was issued");
    let numbers = issued.iter().map(|event| event.detail.clone()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(numbers.len(), issued.len(), "each under a number of its own");
    let verdict = audit::verify(&mut world.db.begin_read().await.unwrap(), world.account, &[], None).await.unwrap();
    assert_eq!(verdict.broken, None, "and the log is whole");
}

/// Several who change different fields of one partner at once lose nothing of each other's.
#[tokio::test]
async fn changes_of_different_fields_at_once_all_last() {
    let world = World::new().await;
    let key = world.key(&["partners:write", "partners:read"]).await;
    let path = format!("/partners/{}", world.northwind);
    for round in 0..5 {
        let wanted = ["phone", "city", "street"].map(|field| (field, format!("{round} 1")));
        let changes =
            wanted.iter().map(|(field, value)| world.bearer(&key, Method::PATCH, &path, json!({ *field: value })));
        for answer in join_all(changes).await {
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        let partner: serde_json::Value =
            serde_json::from_str(&world.bearer(&key, Method::GET, &path, json!(null)).await.body).unwrap();
        for (field, value) in &wanted {
            assert_eq!(partner[*field], json!(value), "round {round}");
        }
    }
}

/// A database that has nothing to spare says so, and when to come again.
#[tokio::test]
async fn a_busy_database_is_no_fault_of_ours() {
    let world = World::with_patience(std::time::Duration::from_millis(200)).await;
    let key = world.key(&["partners:write", "partners:read"]).await;
    let owner = world.logged_in(OWNER).await;
    // Everything there is to read and to write with.
    let held = (world.db.reader().await.unwrap(), world.db.begin_write().await.unwrap());
    let rest = tokio::time::timeout(std::time::Duration::from_millis(50), world.db.reader()).await;
    let api = world.bearer(&key, Method::PATCH, &format!("/partners/{}", world.northwind), json!({})).await;
    assert_eq!((api.status, api.header("retry-after")), (503, "5"), "{}", api.body);
    assert!(api.body.contains("busy"), "{}", api.body);
    let page = owner.opens("/partner/leads").await;
    assert_eq!((page.status, page.header("retry-after")), (503, "5"));
    assert!(page.body.contains("busy at the moment"), "{}", page.body);
    let call = owner.calls("/fn/dashboard/load", json_body(&json!({}))).await;
    assert_eq!((call.status, call.header("retry-after")), (503, "5"), "{}", call.body);
    drop((held, rest));
    assert_eq!(owner.opens("/partner/leads").await.status, 200);
}
