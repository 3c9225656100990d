//! What people and programs really send: invisible characters from web pages and chats, byte order marks, nulls, and what no
//! database can keep.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};

use crate::{
    browser::{Answer, form},
    world::{ADMIN, OWNER, PASSWORD, World},
};

impl World {
    async fn sends_raw(&self, key: &str, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/api/v1{path}"))
            .header("host", "portal.example")
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json; charset=utf-8");
        self.visitor().sends(request.body(Body::from(body.into())).unwrap()).await
    }
}

fn read(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn invisible_characters_are_no_part_of_an_address() {
    let world = World::new().await;
    let key = world.key(&["leads:read", "leads:write", "partners:read", "partners:write"]).await;
    let partner =
        json!({ "name": "\u{FEFF}Zeph\u{AD}yr", "external_ref": "NW-9\u{200B}", "email": "desk@mail.example\u{200E}" });
    let answer = world.bearer(&key, Method::POST, "/partners", partner).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let kept = read(&world.bearer(&key, Method::GET, "/partners/ref:NW-9", Value::Null).await);
    assert_eq!(json!([kept["name"], kept["email"]]), json!(["Zephyr", "desk@mail.example"]));
    for (id, email) in [
        ("L-1\u{200B}", "ada@mail.example\u{200B}"),
        ("L-2", "\u{FEFF}ada@mail.example"),
        ("L-3", "ada@ma\u{AD}il.example"),
        ("L-4", "ada@mail\u{200D}.example\u{A0}"),
        ("L-1", "known@mail.example"),
    ] {
        let lead = json!({ "partner": "ref:NW-9", "external_id": id, "name": "Ada", "email": email, "phone": "+49\u{A0}30 1234\u{2060}" });
        let answer = world.bearer(&key, Method::POST, "/leads", lead).await;
        assert_eq!(answer.status, if email.starts_with("known") { 200 } else { 201 }, "{}", answer.body);
    }
    let leads = read(&world.bearer(&key, Method::GET, "/leads", Value::Null).await);
    let of_the_partner = |lead: &&Value| lead["external_id"].as_str().unwrap().starts_with("L-");
    let leads: Vec<&Value> = leads["data"].as_array().unwrap().iter().filter(of_the_partner).collect();
    assert_eq!(leads.len(), 4);
    for lead in leads {
        assert_eq!(json!([lead["email"], lead["phone"]]), json!(["ada@mail.example", "+49 30 1234"]));
    }
}

#[tokio::test]
async fn a_pasted_address_logs_in() {
    let world = World::new().await;
    let answer = world.visitor().tries(&format!("\u{FEFF}{OWNER}\u{200B}"), PASSWORD).await;
    assert_eq!((answer.status, answer.header("location")), (200, "/partner"));
}

/// Whether an address can be written to is said when it is typed; hosts may have any letters.
#[tokio::test]
async fn recipients_are_told_what_cannot_be_written_to() {
    let world = World::new().await;
    let nora = world.logged_in(OWNER).await;
    let save = |recipients: &'static str| {
        let fields = [("webhook_url", ""), ("email_mode", "each"), ("recipients", recipients)];
        let nora = nora.clone();
        async move { nora.calls("/fn/profile/save-delivery", form(&fields)).await }
    };
    let answer = save("jörg@example.com").await;
    assert!(answer.status == 422 && answer.body.contains("Before the @"), "{} {}", answer.status, answer.body);
    assert_eq!(save("desk@bücher.example\u{200B}\n\u{FEFF}").await.status, 200);
    let page = nora.opens("/partner/profile/delivery").await.body;
    assert!(page.contains("desk@bücher.example<"), "nothing is kept behind it");
    let olga = world.logged_in_admin(ADMIN).await;
    let invited = form(&[("name", "Jörg"), ("email", "jörg@example.com"), ("role", "support")]);
    let answer = olga.calls("/fn/admin/admins/invite", invited).await;
    assert!(answer.status == 422 && answer.body.contains("Before the @"), "{} {}", answer.status, answer.body);
}

#[tokio::test]
async fn a_byte_order_mark_before_json_is_passed_over() {
    let world = World::new().await;
    let key = world.key(&["leads:read", "leads:write", "partners:write", "invoices:write"]).await;
    assert_eq!(
        world.sends_raw(&key, "/partners", "\u{FEFF}{\"name\":\"Zephyr\",\"external_ref\":\"NW-9\"}").await.status,
        201
    );
    let lead = |id: &str| json!({ "partner": "ref:NW-9", "external_id": id, "name": "Ada" }).to_string();
    assert_eq!(world.sends_raw(&key, "/leads", format!("\u{FEFF}{}", lead("A"))).await.status, 201);
    assert_eq!(world.sends_raw(&key, "/leads", format!("\u{FEFF}[{}]", lead("B"))).await.status, 200);
    let utf16: Vec<u8> = lead("C").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(world.sends_raw(&key, "/leads", utf16).await.status, 400);
}

#[tokio::test]
async fn null_says_that_something_optional_is_not_there() {
    let world = World::new().await;
    let key = world.key(&["leads:read", "leads:write", "partners:write", "invoices:write"]).await;
    let description = serde_json::to_value(<portal_server::api::Description as utoipa::OpenApi>::openapi()).unwrap();
    let call = async |path: &str, schema: &str, sent: Value| {
        // Everything that the description does not require, and that was not sent, is sent as null.
        let schema = &description["components"]["schemas"][schema];
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let mut body = sent;
        for name in schema["properties"].as_object().unwrap().keys().filter(|name| !required.contains(&json!(name))) {
            if body.get(name).is_none() {
                body[name.as_str()] = Value::Null;
            }
        }
        let answer = world.bearer(&key, Method::POST, path, body).await;
        assert!(matches!(answer.status, 200 | 201), "{path}: {} {}", answer.status, answer.body);
        read(&answer)
    };
    call("/partners", "PartnerInput", json!({ "name": "Zephyr", "external_ref": "NW-9" })).await;
    call("/leads", "LeadInput", json!({ "partner": "ref:NW-9", "external_id": "A", "name": "Ada" })).await;
    let line = json!({ "description": "Leads", "quantity": "2", "unit_price": "10.00", "tax_rate": "19" });
    let id = call("/invoices", "InvoiceInput", json!({ "partner": "ref:NW-9", "lines": [line] })).await;
    let path = format!("/invoices/{}", id["id"].as_str().unwrap());
    assert_eq!(world.bearer(&key, Method::POST, &format!("{path}/issue"), json!({})).await.status, 200);
    call(&format!("{path}/payment"), "PaymentInput", json!({ "paid_on": "2026-11-20" })).await;
}

fn line(quantity: &str, unit_price: &str) -> Value {
    json!({ "description": "Leads", "quantity": quantity, "unit_price": unit_price, "tax_rate": "19" })
}

#[tokio::test]
async fn an_invoice_over_nothing_is_paid_when_it_is_issued() {
    let world = World::new().await;
    let key = world.key(&["invoices:read", "invoices:write"]).await;
    let lines = [line("4", "25.00"), line("-4", "25.00")];
    let body = json!({ "partner": world.northwind.to_string(), "lines": lines, "issue": true });
    let answer = world.bearer(&key, Method::POST, "/invoices", body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let id = read(&answer)["id"].as_str().unwrap().to_owned();
    let invoice = read(&world.bearer(&key, Method::GET, &format!("/invoices/{id}"), Value::Null).await);
    assert_eq!(json!([invoice["status"], invoice["total"]["amount"]]), json!(["paid", "0.00"]));
    let pay =
        world.bearer(&key, Method::POST, &format!("/invoices/{id}/payment"), json!({ "paid_on": "2026-11-20" })).await;
    assert_eq!(pay.status, 409, "there is nothing to pay");
    let olga = world.logged_in_admin(ADMIN).await;
    let undone = olga.calls("/fn/admin/invoices/unpay", form(&[("id", &id)])).await;
    assert_eq!(undone.status, 409, "{}", undone.body);
    let overdue = read(&world.bearer(&key, Method::GET, "/invoices?status=overdue", Value::Null).await);
    assert_eq!(overdue["data"], json!([]));
}

/// A sum is the lines' sum or it is refused; a day is one that the databases keep in order or it is refused.
#[tokio::test]
async fn sums_and_days_beyond_reason_are_refused() {
    let world = World::new().await;
    let key = world.key(&["invoices:read", "invoices:write", "leads:write"]).await;
    let write = async |lines: Value, due_on: &str| {
        let body = json!({ "partner": world.northwind.to_string(), "lines": lines, "due_on": due_on, "issue": true });
        world.bearer(&key, Method::POST, "/invoices", body).await.status
    };
    let far = json!([line("999999999.999", "9999999999.99"), line("-999999999.999", "9999999999.99"), line("1", "1")]);
    assert_eq!(write(far, "").await, 422);
    assert_eq!(write(json!(vec![line("1", "9999999999.99"); 2]), "").await, 422, "the total");
    for (due_on, status) in [
        ("9999-12-31", 201),
        ("+10000-01-01", 422),
        ("+262142-12-31", 422),
        ("0001-01-01", 422),
        ("1899-12-31", 422),
        ("2026-12-31\0", 422),
    ] {
        assert_eq!(write(json!([line("1", "1")]), due_on).await, status, "{due_on}");
    }
    let overdue = read(&world.bearer(&key, Method::GET, "/invoices?status=overdue", Value::Null).await);
    assert_eq!(overdue["data"], json!([]));
    for at in ["9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "+262142-12-31T00:00:00Z"] {
        let lead =
            json!({ "partner": world.northwind.to_string(), "external_id": "A", "name": "Ada", "delivered_at": at });
        assert_eq!(world.bearer(&key, Method::POST, "/leads", lead).await.status, 422, "{at}");
    }
}

/// Whatever text the API takes: a NUL in it is something to be corrected, on either engine.
#[tokio::test]
async fn a_nul_anywhere_is_something_to_be_corrected() {
    let world = World::new().await;
    let key = world
        .key(&["leads:read", "leads:write", "partners:read", "partners:write", "invoices:read", "invoices:write"])
        .await;
    let partner = world.northwind.to_string();
    let bodies = [
        (
            "/partners",
            json!({ "name": "A", "external_ref": "A", "company": "A", "vat_id": "A", "contact_name": "A", "street": "A",
            "postal_code": "A", "city": "A", "country": "A", "time_zone": "", "email": "a@b.de", "phone": "1", "tags": ["A"], "status": "active" }),
        ),
        (
            "/leads",
            json!({ "partner": partner, "external_id": "A", "name": "A", "email": "a@b.de", "phone": "1", "campaign": "A",
            "delivered_at": "2026-11-20T00:00:00Z", "fields": [{ "name": "A", "value": "A" }], "price": { "amount": "1", "currency": "EUR" } }),
        ),
        ("/invoices", json!({ "partner": partner, "due_on": "2026-12-31", "note": "A", "lines": [line("1", "1")] })),
    ];
    for (path, body) in bodies {
        let mut places = Vec::new();
        texts(&body, String::new(), &mut places);
        assert!(places.len() > 5, "{places:?}");
        for place in places {
            let mut sent = body.clone();
            let text = sent.pointer_mut(&place).unwrap();
            *text = json!(format!("{}\0", text.as_str().unwrap()));
            let answer = world.bearer(&key, Method::POST, path, sent.clone()).await;
            assert_eq!(answer.status, 422, "{path}{place}: {}", answer.body);
            if path == "/leads" {
                let answer = world.bearer(&key, Method::POST, path, json!([sent])).await;
                assert!(
                    answer.status == 200 && answer.body.contains("\"rejected\":1"),
                    "{path}{place}: {}",
                    answer.body
                );
            }
        }
    }
    for path in
        ["/partners?external_ref=%00", "/partners/ref:%00", "/leads?partner=%00", "/invoices?cursor=%00", "/leads/%00"]
    {
        let answer = world.bearer(&key, Method::GET, path, Value::Null).await;
        assert!((400..500).contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
    }
}

/// Every text of a value, by its JSON Pointer.
fn texts(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(place),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| texts(item, format!("{place}/{index}"), found))
        }
        Value::Object(members) => members.iter().for_each(|(name, item)| texts(item, format!("{place}/{name}"), found)),
        _ => {}
    }
}

/// The same for the portal's own pages, filters and forms, with days beyond all calendars beside it.
#[tokio::test]
async fn pages_and_forms_survive_what_no_database_keeps() {
    let world = World::new().await;
    let (olga, nora) = (world.logged_in_admin(ADMIN).await, world.logged_in(OWNER).await);
    for odd in ["%00", "a%00b", "%2B262142-12-31", "-262143-01-01", "9999-12-31", "0000-01-01", "9999999999999999999"] {
        let all =
            ["q", "campaign", "from", "to", "status", "year", "page", "actor", "partner", "object", "before", "after"];
        let query = all.map(|key| format!("{key}={odd}")).join("&");
        for path in ["/admin/audit", "/admin/partners", "/admin/invoices", "/admin/audit/export.csv"] {
            let answer = olga.opens(&format!("{path}?{query}")).await;
            assert!(answer.status < 500, "{path}?{query}: {}", answer.status);
        }
        for path in ["/partner/leads", "/partner/invoices", "/partner/leads/export.csv"] {
            let answer = nora.opens(&format!("{path}?{query}")).await;
            assert!(answer.status < 500, "{path}?{query}: {}", answer.status);
        }
    }
    let days = json!({ "from": "-262143-01-01", "to": "+262142-12-31" });
    let filter = json!({ "actor_kind": null, "actor": "a\u{0}", "partner": null, "action": null, "object": null, "result": null, "from": days["from"], "to": days["to"] });
    let calls = [
        ("/fn/admin/audit/list", json!({ "query": { "filter": filter, "before": -5 } })),
        (
            "/fn/admin/partners/list",
            json!({ "query": { "q": "a\u{0}", "status": null, "sort": "name", "page": 4_000_000_000_u32 } }),
        ),
    ];
    for (path, body) in calls {
        let answer = olga.calls(path, crate::browser::json(&body)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    let lead_query = json!({ "query": { "filter": { "q": "a\u{0}", "period": null, "days": days, "campaign": "\u{0}", "status": null }, "sort": "newest", "size": "50", "cursor": null } });
    assert_eq!(nora.calls("/fn/leads/list", crate::browser::json(&lead_query)).await.status, 200);
    let invoice_query = json!({ "query": { "filter": { "state": null, "year": -262_143 }, "cursor": null } });
    assert_eq!(nora.calls("/fn/invoices/list", crate::browser::json(&invoice_query)).await.status, 200);
    let visitor = world.visitor();
    for (action, fields) in [
        ("/fn/auth/login", vec![("email", "a\0@b.de"), ("password", "x\0"), ("account", "a\0")]),
        ("/fn/auth/forgot-password", vec![("email", "a\0@b.de")]),
        (
            "/fn/profile/save-delivery",
            vec![("webhook_url", "https://a.example/\0"), ("email_mode", "off\0"), ("recipients", "a\0@b.de")],
        ),
        ("/fn/delivery/replay", vec![("what", "days"), ("from", "+262142-12-31"), ("to", "-262143-01-01")]),
    ] {
        for browser in [&visitor, &nora] {
            let answer = browser.calls(action, form(&fields)).await;
            assert!(answer.status < 500, "{action}: {} {}", answer.status, answer.body);
        }
    }
}
