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
    assert_eq!(leads["data"].as_array().unwrap().len(), 4);
    for lead in leads["data"].as_array().unwrap() {
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
