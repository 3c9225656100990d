//! The HTTP API as an API client meets it.

use axum::{
    body::Body,
    http::{Method, Request},
};
use domain::{api_keys::ApiScope, audit::AuditAction};
use portal_server::isolation::routes::{filled, operation, operations};
use serde_json::{Value, json};

use crate::{
    account_recovery::wrong_fields,
    browser::{Answer, form},
    tables::SOME_ID,
    world::{ADMIN, OWNER, World},
};

impl World {
    /// A key with these scopes, made on its page and read there, as an owner does.
    pub(crate) async fn key(&self, scopes: &[&str]) -> String {
        let olga = self.logged_in_admin(ADMIN).await;
        let mut fields = vec![("name", "CRM"), ("life", "30")];
        fields.extend(scopes.iter().map(|scope| ("scopes[]", *scope)));
        assert_eq!(olga.calls("/fn/admin/api-keys/create", form(&fields)).await.status, 200);
        let page = olga.opens("/admin/api-keys").await.body;
        let start = page.find("pp_live_").expect("the key is shown");
        let key: String =
            page[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect();
        assert!(key.len() > 50, "{key}");
        assert!(!olga.opens("/admin/api-keys").await.body.contains(&key), "only once");
        key
    }

    /// A key of the partner of this user, made on its page and read there.
    pub(crate) async fn partner_key(&self, email: &str, scopes: &[&str]) -> String {
        let user = self.logged_in(email).await;
        let mut fields = vec![("name", "HubSpot"), ("life", "30")];
        fields.extend(scopes.iter().map(|scope| ("scopes[]", *scope)));
        assert_eq!(user.calls("/fn/profile/create-api-key", form(&fields)).await.status, 200);
        let page = user.opens("/partner/profile/api").await.body;
        let shown = page.split("class=\"secret\">").nth(1).expect("the key is shown");
        let key = shown.split('<').next().unwrap().to_owned();
        assert!(key.starts_with("pp_live_") && key.len() > 50, "{key}");
        assert!(!user.opens("/partner/profile/api").await.body.contains(&key), "only once");
        key
    }

    pub(crate) async fn api(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
        more: &[(&str, &str)],
    ) -> Answer {
        let json = body.map(|_| ("content-type", "application/json"));
        let more: Vec<_> = more.iter().copied().chain(json).collect();
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.api_sends(key, method, path, body, &more).await
    }

    /// Posts a file.
    pub(crate) async fn api_file(&self, key: &str, path: &str, file: impl Into<Body>, more: &[(&str, &str)]) -> Answer {
        self.api_sends(key, Method::POST, path, file.into(), more).await
    }

    async fn api_sends(&self, key: &str, method: Method, path: &str, body: Body, more: &[(&str, &str)]) -> Answer {
        let mut request = self.visitor().request(method, &format!("/api/v1{path}"));
        if !key.is_empty() {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        self.visitor().sends(request.body(body).unwrap()).await
    }

    pub(crate) async fn posts(&self, key: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.api(key, Method::POST, path, Some(body), &[]).await;
        (answer.status, serde_json::from_str(&answer.body).unwrap())
    }

    pub(crate) async fn reads(&self, key: &str, path: &str) -> (u16, Value) {
        let answer = self.api(key, Method::GET, path, None, &[]).await;
        (answer.status, serde_json::from_str(&answer.body).unwrap())
    }
}

pub(crate) const ALL: [&str; 6] =
    ["leads:read", "leads:write", "partners:read", "partners:write", "invoices:read", "invoices:write"];

#[tokio::test]
async fn every_operation_takes_its_scope_and_no_other() {
    let world = World::new().await;
    let mut keys = Vec::new();
    for scope in ApiScope::OF_ACCOUNT {
        keys.push((scope, false, world.key(&[scope.as_str()]).await));
    }
    for (scope, _) in ApiScope::OF_PARTNER {
        keys.push((scope, true, world.partner_key(OWNER, &[scope.as_str()]).await));
    }
    let operations = operations();
    for one in &operations {
        let (wanted, body) = operation(&one.method, &one.path, SOME_ID)
            .unwrap_or_else(|| panic!("{one:?} has no line: say which scope it takes"));
        let name = format!("{} {}", one.method, one.path);
        assert_eq!(one.described, wanted.as_str(), "{name} says so in its description");
        let filled = filled(&one.path, SOME_ID);
        for (scope, partners, key) in &keys {
            let answer = world.api(key, one.method.clone(), &filled, body.as_ref(), &[]).await;
            let allowed = *scope == wanted && *partners == one.is_of_partner();
            assert_eq!(answer.status == 403, !allowed, "{name} with {scope}, {partners}: {}", answer.status);
            assert!(answer.status < 500, "{name}: {}", answer.body);
        }
        for bad in ["", "pp_live_nonsense", &keys[0].2[..20]] {
            let answer = world.api(bad, one.method.clone(), &filled, body.as_ref(), &[]).await;
            // Many bad keys from one address are not even looked at.
            assert!(matches!(answer.status, 401 | 429), "{name}: {}", answer.status);
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
    }
    assert!(operations.len() >= 23);
}

#[tokio::test]
async fn a_key_opens_nothing_once_it_is_revoked_or_expired() {
    let world = World::new().await;
    let key = world.key(&["leads:read"]).await;
    assert_eq!(world.reads(&key, "/leads").await.0, 200);
    let olga = world.logged_in_admin(ADMIN).await;
    let page = olga.opens("/admin/api-keys").await.body;
    let id = page.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(olga.calls("/fn/admin/api-keys/revoke", form(&[("id", &id)])).await.status, 200);
    assert_eq!(world.reads(&key, "/leads").await.0, 401);
    let other = world.key(&["leads:read"]).await;
    assert_eq!(world.reads(&other, "/leads").await.0, 200);
    world.clock.advance(chrono::TimeDelta::days(31));
    assert_eq!(world.reads(&other, "/leads").await.0, 401);
    assert_eq!(world.events(AuditAction::ApiKeyCreated).await.len(), 2);
    assert_eq!(world.events(AuditAction::ApiKeyRevoked).await.len(), 1);
    // Neither a cookie opens the API, nor a key the pages.
    let answer = world.logged_in_admin(ADMIN).await.fetches("/api/v1/leads").await;
    assert_eq!(answer.status, 401);
    let request =
        Request::get("/admin").header("host", "portal.example").header("authorization", format!("Bearer {other}"));
    assert!(world.visitor().sends(request.body(Body::empty()).unwrap()).await.leads_to_login());
}

#[tokio::test]
async fn leads_come_in_once_however_often_they_are_sent() {
    let world = World::new().await;
    let key = world.key(&ALL).await;
    let partner = world.northwind.to_string();
    let lead = |id: &str| {
        json!({
            "partner": partner, "external_id": id, "name": "Zoë", "email": "zoe@mail.example",
            "price": { "amount": "12.5075", "currency": "EUR" }, "fields": [{ "name": "Roof", "value": "flat" }],
            "delivered_at": "2026-11-22T08:00:00+01:00",
        })
    };
    let (status, first) = world.posts(&key, "/leads", &lead("A-1")).await;
    assert_eq!((status, first["status"].as_str()), (201, Some("created")));
    let (status, again) = world.posts(&key, "/leads", &lead("A-1")).await;
    assert_eq!((status, again["status"].as_str(), &again["id"]), (200, Some("known"), &first["id"]));

    let batch = json!([lead("A-1"), lead("A-2"), { "partner": partner, "external_id": 7 },
        { "partner": partner, "external_id": "A-3", "email": "nope", "price": { "amount": "x", "currency": "EURO" } },
        { "partner": SOME_ID, "external_id": "A-4", "name": "Ada" }, lead("A-2")]);
    let (status, answer) = world.posts(&key, "/leads", &batch).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!((&answer["created"], &answer["known"], &answer["rejected"]), (&json!(1), &json!(2), &json!(3)));
    let words: Vec<_> =
        answer["results"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(words, ["known", "created", "rejected", "rejected", "rejected", "known"]);
    let pointers = |index: usize| {
        let errors = answer["results"][index]["errors"].as_array().unwrap();
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(pointers(2), ["/2/external_id"]);
    assert_eq!(pointers(3), ["/3/price/currency", "/3/email", "/3/price/amount"]);
    assert_eq!(pointers(4), ["/4/partner"]);

    let (_, view) = world.reads(&key, &format!("/leads/{}", first["id"].as_str().unwrap())).await;
    assert_eq!(view["price"], json!({ "amount": "12.5075", "currency": "EUR" }));
    assert_eq!((&view["delivered_at"], &view["fields"][0]["value"]), (&json!("2026-11-22T07:00:00Z"), &json!("flat")));
    let page = world.logged_in(OWNER).await.opens("/partner/leads").await.body;
    assert!(page.contains("Zoë"), "its partner sees it");
    assert_eq!(
        world.events(AuditAction::LeadsPushed).await.len(),
        2,
        "an event for each request that brought something"
    );

    // Page after page, by the partner and without.
    for filter in ["", &format!("&partner={partner}")] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let (status, page) = world.reads(&key, &format!("/leads?limit=2{filter}{cursor}")).await;
            assert_eq!(status, 200, "{page}");
            seen.extend(
                page["data"].as_array().unwrap().iter().map(|lead| lead["external_id"].as_str().unwrap().to_owned()),
            );
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        seen.sort_unstable();
        let wanted: &[&str] =
            if filter.is_empty() { &["A-1", "A-2", "C-1", "N-1", "N-2"] } else { &["A-1", "A-2", "N-1", "N-2"] };
        assert_eq!(seen, wanted, "{filter}");
    }
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_the_first_was() {
    let world = World::new().await;
    let key = world.key(&ALL).await;
    let body = json!({ "name": "Fabrikam" });
    let sent = [("idempotency-key", "one")];
    let first = world.api(&key, Method::POST, "/partners", Some(&body), &sent).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, ""));
    let again = world.api(&key, Method::POST, "/partners", Some(&body), &sent).await;
    assert_eq!((again.status, &again.body, again.header("idempotency-replayed")), (201, &first.body, "true"));
    let other = world.api(&key, Method::POST, "/partners", Some(&json!({ "name": "Other" })), &sent).await;
    assert_eq!(other.status, 409);
    let (status, problem) = world.posts(&key, "/partners", &body).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/name")), "without the key it is another one");
    // What failed is not kept: corrected, it can be sent under the same key.
    let sent = [("idempotency-key", "two")];
    assert_eq!(world.api(&key, Method::POST, "/partners", Some(&body), &sent).await.status, 422);
    let fixed = json!({ "name": "Fabrikam 2", "external_ref": "F-2", "tags": ["north"] });
    assert_eq!(world.api(&key, Method::POST, "/partners", Some(&fixed), &sent).await.status, 201);
    assert_eq!(world.events(AuditAction::PartnerCreated).await.len(), 2);
    let event = &world.events(AuditAction::PartnerCreated).await[0];
    assert_eq!((event.actor_kind.as_str(), event.actor_name.as_str()), ("api", "CRM"));

    let changed = world
        .api(&key, Method::PATCH, "/partners/ref:F-2", Some(&json!({ "status": "paused", "city": "Kiel" })), &[])
        .await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let (_, view) = world.reads(&key, "/partners/ref:F-2").await;
    assert_eq!((&view["status"], &view["city"], &view["tags"]), (&json!("paused"), &json!("Kiel"), &json!(["north"])));
    assert_eq!(world.reads(&key, "/partners?external_ref=F-2").await.1["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_invoice_is_written_issued_and_settled() {
    let world = World::new().await;
    let key = world.key(&ALL).await;
    let line = json!({ "description": "Leads", "quantity": "2.5", "unit_price": "10.0123", "tax_rate": "19" });
    let body = json!({ "partner": world.northwind.to_string(), "lines": [line] });
    let (status, written) = world.posts(&key, "/invoices", &body).await;
    assert_eq!(status, 201, "{written}");
    let path = format!("/invoices/{}", written["id"].as_str().unwrap());
    let (_, draft) = world.reads(&key, &path).await;
    assert_eq!(
        (&draft["status"], &draft["number"], &draft["total"]["amount"]),
        (&json!("draft"), &Value::Null, &json!("29.79")),
        "25.03075 before tax, rounded once"
    );
    assert_eq!(draft["lines"][0]["unit_price"], "10.0123");
    let pay = json!({ "paid_on": "2026-11-20", "reference": "TRX 7" });
    assert_eq!(world.posts(&key, &format!("{path}/payment"), &pay).await.0, 409, "a draft cannot be paid");
    let issue = format!("{path}/issue");
    assert_eq!(world.api(&key, Method::POST, &issue, None, &[]).await.status, 200);
    assert_eq!(world.api(&key, Method::POST, &issue, None, &[]).await.status, 409);
    let (_, issued) = world.reads(&key, &path).await;
    assert_eq!((&issued["status"], &issued["lines"]), (&json!("pending"), &draft["lines"]));
    assert!(
        world.logged_in(OWNER).await.opens("/partner/invoices").await.body.contains(issued["number"].as_str().unwrap())
    );
    assert_eq!(world.posts(&key, &format!("{path}/payment"), &pay).await.0, 200);
    assert_eq!(world.reads(&key, "/invoices?status=paid").await.1["data"].as_array().unwrap().len(), 1);
    let bad = json!({ "partner": "ref:nobody", "lines": [] });
    assert_eq!(world.posts(&key, "/invoices", &bad).await.1["errors"][0]["pointer"], "/partner");
    let line = json!({ "description": "", "quantity": "x", "unit_price": "1", "tax_rate": "19" });
    let bad = json!({ "partner": world.northwind.to_string(), "lines": [line] });
    let (status, problem) = world.posts(&key, "/invoices", &bad).await;
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!((status, pointers), (422, vec![json!("/lines/0/description"), json!("/lines/0/quantity")]));
    let unissued = json!({ "partner": world.northwind.to_string(), "lines": [], "issue": true });
    assert_eq!(world.posts(&key, "/invoices", &unissued).await.0, 422);
    assert_eq!(world.reads(&key, "/invoices").await.1["data"].as_array().unwrap().len(), 1, "what failed left nothing");
}

#[tokio::test]
async fn an_invoice_bills_leads_once() {
    let world = World::new().await;
    let key = world.key(&ALL).await;
    let lead = |n: u8| {
        json!({
            "partner": world.northwind.to_string(), "external_id": format!("B-{n}"), "name": "Ada", "campaign": "Wind",
            "price": { "amount": "12.50", "currency": "EUR" }, "delivered_at": "2026-11-20T08:00:00Z",
        })
    };
    for n in 0..3 {
        assert_eq!(world.posts(&key, "/leads", &lead(n)).await.0, 201);
    }
    let bill = |leads: Value| json!({ "partner": world.northwind.to_string(), "leads": leads });
    let wind = json!({ "from": "2026-11-20", "to": "2026-11-20", "campaign": "Wind", "tax_rate": "19" });
    let (status, written) = world.posts(&key, "/invoices", &bill(wind.clone())).await;
    assert_eq!(status, 201, "{written}");
    let (_, draft) = world.reads(&key, &format!("/invoices/{}", written["id"].as_str().unwrap())).await;
    assert_eq!(
        (&draft["lines"][0]["leads"], &draft["lines"][0]["quantity"], &draft["total"]["amount"]),
        (&json!(3), &json!("3"), &json!("44.63"))
    );
    let (status, problem) = world.posts(&key, "/invoices", &bill(wind)).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/leads")), "each once");
    let wrong = json!({ "to": "2026-13-20", "tax_rate": "19" });
    let (status, problem) = world.posts(&key, "/invoices", &bill(wrong)).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/leads/to")));
    assert_eq!(world.reads(&key, "/invoices").await.1["data"].as_array().unwrap().len(), 1, "what failed left nothing");
}

#[tokio::test]
async fn a_bad_request_is_told_what_is_wrong() {
    let world = World::new().await;
    let key = world.key(&ALL).await;
    let raw = |kind: &'static str, body: Vec<u8>| {
        let request = Request::post("/api/v1/leads").header("host", "portal.example").header("content-type", kind);
        request.header("authorization", format!("Bearer {key}")).body(Body::from(body)).unwrap()
    };
    for (request, status) in [
        (raw("application/json", b"{".to_vec()), 400),
        (raw("application/json", br#"{"partner":"x","external_id":"x"} trailing"#.to_vec()), 400),
        (raw("application/json", b"\xff\xfe".to_vec()), 400),
        (raw("application/json", b"[".to_vec()), 400),
        (raw("application/json", b"[]".to_vec()), 422),
        (raw("application/json", b"{}".to_vec()), 422),
        (raw("application/json", b"7".to_vec()), 422),
        (raw("text/plain", b"{}".to_vec()), 415),
        (raw("application/json", vec![b' '; 9 * 1024 * 1024]), 413),
        (raw("application/json", serde_json::to_vec(&vec![json!({}); 1_001]).unwrap()), 422),
    ] {
        let answer = world.visitor().sends(request).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    for (path, status) in [
        ("/leads?limit=0", 400),
        ("/leads?limit=1001", 400),
        ("/leads?limit=x", 400),
        ("/leads?cursor=x", 400),
        ("/leads?partner=x", 400),
        ("/leads/x", 404),
        ("/partners/x", 404),
        ("/invoices?status=x", 400),
        ("/nothing", 404),
    ] {
        let answer = world.api(&key, Method::GET, path, None, &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{path}");
    }
    let answer = world.api(&key, Method::DELETE, "/leads", None, &[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (405, "application/problem+json"));
    assert!(answer.header("allow").contains("POST"));
}

/// A key never sees or touches another account's partners, leads or invoices.
#[tokio::test]
async fn a_key_stays_in_its_account() {
    let world = World::new().await;
    let (_, foreign) = world.second_account().await;
    let key = world.key(&ALL).await;
    let (status, answer) = world
        .posts(&key, "/leads", &json!({ "partner": foreign.to_string(), "external_id": "X", "name": "Ada" }))
        .await;
    assert_eq!((status, &answer["errors"][0]["pointer"]), (422, &json!("/partner")));
    assert_eq!(world.reads(&key, &format!("/partners/{foreign}")).await.0, 404);
    assert_eq!(world.reads(&key, &format!("/leads?partner={foreign}")).await.1["data"], json!([]));
    let invoice = json!({ "partner": foreign.to_string(), "lines": [] });
    assert_eq!(world.posts(&key, "/invoices", &invoice).await.0, 422);
    assert_eq!(
        world.api(&key, Method::PATCH, &format!("/partners/{foreign}"), Some(&json!({})), &[]).await.status,
        404
    );
    let (_, partners) = world.reads(&key, "/partners").await;
    assert_eq!(partners["data"].as_array().unwrap().len(), 2);
    let (_, leads) = world.reads(&key, "/leads").await;
    assert_eq!(leads["data"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_retry() {
    let world = World::new().await;
    for tried in 0.. {
        let answer = world.api("pp_live_nonsense", Method::GET, "/leads", None, &[]).await;
        if answer.status == 429 {
            assert!(tried >= 1_000, "as many as are allowed at once: {tried}");
            assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
            break;
        }
        assert_eq!(answer.status, 401);
        assert!(tried < 2_000, "nobody is limited");
    }
}

#[tokio::test]
async fn anybody_can_read_what_the_api_can_do() {
    let world = World::new().await;
    let browser = world.visitor();
    let description: Value = serde_json::from_str(&browser.fetches("/api/v1/openapi.json").await.body).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"), "{}", description["openapi"]);
    let page = browser.fetches("/api/v1").await;
    assert!(
        page.body.contains("Store leads and deliver them") && page.body.contains("POST /api/v1/leads"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("http://") && !page.body.contains("https://"), "it asks no other server");
    assert_eq!(browser.fetches("/schemas/lead.delivered.v1.json").await.status, 200);
}

/// What a key tries and reads leaves a trace; however often it does so, it does not fill the log.
#[tokio::test]
async fn refusals_and_reads_are_noted_and_counted() {
    let world = World::new().await;
    let counts = async |action| {
        let events = world.events(action).await;
        let count = |event: &store::audit::StoredEvent| {
            serde_json::from_str::<Value>(&event.detail).unwrap()["count"].as_u64().unwrap()
        };
        events.iter().map(count).collect::<Vec<_>>()
    };
    let key = world.key(&["leads:read"]).await;
    for _ in 0..15 {
        assert_eq!(world.reads("pp_live_wrong", "/leads").await.0, 401);
        assert_eq!(world.reads(&key, "/partners").await.0, 403);
        assert_eq!(world.reads(&key, "/leads?limit=1000").await.0, 200);
    }
    assert_eq!(world.reads("", "/leads").await.0, 401);
    for action in [AuditAction::ApiKeyRefused, AuditAction::PermissionRefused, AuditAction::LeadsRead] {
        assert_eq!(counts(action).await, [10, 3, 2, 1], "{action}");
    }
    let refused = &world.events(AuditAction::ApiKeyRefused).await[0];
    assert_eq!((refused.actor_kind.as_str(), refused.result.as_str()), ("visitor", "failure"));
    assert_eq!((refused.address.as_str(), refused.object_id), ("203.0.113.7", None));
    assert!(!format!("{refused:?}").contains("pp_live"), "{refused:?}");
    let scope = &world.events(AuditAction::PermissionRefused).await[0];
    assert_eq!(
        (scope.actor_kind.as_str(), scope.actor_name.as_str(), scope.result.as_str()),
        ("api", "CRM", "failure")
    );
    assert!(scope.detail.contains("partners:read"), "{}", scope.detail);
    let read = &world.events(AuditAction::LeadsRead).await[0];
    assert_eq!(
        (read.actor_kind.as_str(), read.object_kind.as_str(), read.result.as_str()),
        ("api", "api_key", "success")
    );

    let olga = world.logged_in_admin(ADMIN).await;
    let id = read.object_id.unwrap().to_string();
    assert_eq!(olga.calls("/fn/admin/api-keys/revoke", form(&[("id", &id)])).await.status, 200);
    assert_eq!(world.reads(&key, "/leads").await.0, 401);
    let refused = &world.events(AuditAction::ApiKeyRefused).await[0];
    assert_eq!(refused.object_id, read.object_id, "a key that was good once is named");
}

/// A key that is bound to networks is of no use to whoever has stolen it.
#[tokio::test]
async fn a_key_may_be_bound_to_networks() {
    let world = World::new().await;
    let olga = world.logged_in_admin(ADMIN).await;
    let fields = |networks: &'static str| {
        form(&[("name", "CRM"), ("scopes[]", "leads:read"), ("life", "30"), ("networks", networks)])
    };
    for wrong in ["nowhere", "203.0.113.0/33", &"192.0.2.1 ".repeat(51).leak()[..]] {
        let answer = olga.calls("/fn/admin/api-keys/create", fields(wrong)).await;
        assert_eq!(wrong_fields(&answer), ["networks"], "{wrong}: {}", answer.body);
    }
    let bound = fields(" 203.0.113.9/24, 2001:db8::7 ");
    assert_eq!(olga.calls("/fn/admin/api-keys/create", bound).await.status, 200);
    let page = olga.opens("/admin/api-keys").await.body;
    assert!(page.contains("203.0.113.0/24 2001:db8::7"), "{page}");
    let start = page.find("pp_live_").unwrap();
    let key: String = page[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect();
    let asks = async |address: &str| {
        let client = world.visitor().at(address.parse::<std::net::IpAddr>().unwrap());
        let request = client.request(Method::GET, "/api/v1/leads").header("authorization", format!("Bearer {key}"));
        client.sends(request.body(Body::empty()).unwrap()).await
    };
    for inside in ["203.0.113.7", "::ffff:203.0.113.200", "2001:db8::7"] {
        assert_eq!(asks(inside).await.status, 200, "{inside}");
    }
    assert!(world.events(AuditAction::ApiKeyRefused).await.is_empty());
    for outside in ["203.0.114.1", "2001:db8::8", "127.0.0.1"] {
        let answer = asks(outside).await;
        assert_eq!(answer.status, 403, "{outside}");
        assert!(answer.body.contains(&format!("may not be used from {outside}")), "{}", answer.body);
    }
    let refused = world.events(AuditAction::ApiKeyRefused).await;
    assert_eq!(refused.len(), 3);
    assert!(refused.iter().all(|event| event.object_id.is_some()), "it says which key");
}
