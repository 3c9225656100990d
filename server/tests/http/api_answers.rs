//! What the HTTP API says, word for word: its description, and an answer of each kind. A change of it is a change for everybody
//! who calls it, and shows in the review as one.

use axum::http::Method;
use portal_server::api::Description;
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::world::World;

/// JSON to be compared. Ids and times differ from run to run, and with the ids the order of what came in the same instant.
fn readable(text: &str) -> String {
    let mut value: Value = serde_json::from_str(text).unwrap();
    if let Some(rows) = value.get_mut("data").and_then(Value::as_array_mut) {
        rows.sort_by_cached_key(|row| masked(row.to_string()));
    }
    masked(serde_json::to_string_pretty(&value).unwrap())
}

fn masked(text: String) -> String {
    let mut masked = String::new();
    for part in text.split_inclusive('"') {
        let word = part.trim_end_matches('"');
        let shown = match word {
            _ if uuid::Uuid::parse_str(word).is_ok() => "[id]",
            _ if chrono::DateTime::parse_from_rfc3339(word).is_ok() => "[time]",
            _ => word,
        };
        masked.push_str(shown);
        masked.push_str(&part[word.len()..]);
    }
    masked
}

#[test]
fn the_description_is_what_callers_know() {
    insta::assert_snapshot!("openapi", Description::openapi().to_pretty_json().unwrap());
}

#[tokio::test]
async fn answers_are_what_callers_know() {
    let world = World::new().await;
    let key = world
        .key(&["leads:read", "leads:write", "partners:read", "partners:write", "invoices:read", "invoices:write"])
        .await;
    let line = json!({ "description": "Leads", "quantity": "2", "unit_price": "10.00", "tax_rate": "19" });
    let lead = |id: &str| json!({ "partner": "ref:NW-9", "external_id": id, "name": "Ada", "price": { "amount": "25.00", "currency": "EUR" } });
    let broken = json!({
        "partner": "ref:nobody", "external_id": " ", "email": "nope", "delivered_at": "yesterday",
        "price": { "amount": "much", "currency": "XXX1" }, "fields": [{ "name": "", "value": "x" }],
    });
    let calls = [
        (
            "partner_created",
            Method::POST,
            "/partners",
            json!({ "name": "Zephyr", "external_ref": "NW-9", "payment_terms": 14, "tags": ["wind"] }),
        ),
        ("partner_taken", Method::POST, "/partners", json!({ "name": "Zephyr", "external_ref": "NW-9" })),
        (
            "partner_invalid",
            Method::POST,
            "/partners",
            json!({ "name": "", "email": "x", "payment_terms": 400, "status": "gone" }),
        ),
        ("partner_wrong_type", Method::POST, "/partners", json!({ "name": 7 })),
        ("partner_changed", Method::PATCH, "/partners/ref:NW-9", json!({ "city": "Bonn", "status": "paused" })),
        ("partner", Method::GET, "/partners/ref:NW-9", Value::Null),
        ("partners", Method::GET, "/partners", Value::Null),
        ("partners_bad_cursor", Method::GET, "/partners?cursor=x", Value::Null),
        ("lead_created", Method::POST, "/leads", lead("L-1")),
        ("lead_known", Method::POST, "/leads", lead("L-1")),
        ("lead_invalid", Method::POST, "/leads", broken.clone()),
        ("leads_of_each_kind", Method::POST, "/leads", json!([lead("L-2"), lead("L-1"), broken, { "partner": 1 }])),
        ("leads", Method::GET, "/leads", Value::Null),
        ("lead_missing", Method::GET, "/leads/00000000-0000-0000-0000-000000000000", Value::Null),
        ("invoice_created", Method::POST, "/invoices", json!({ "partner": "ref:NW-9", "lines": [line.clone()] })),
        ("invoice_issued", Method::POST, "/invoices", json!({ "partner": "ref:NW-9", "lines": [line], "issue": true })),
        (
            "invoice_invalid",
            Method::POST,
            "/invoices",
            json!({ "partner": "ref:NW-9", "lines": [{ "description": "", "quantity": "x", "unit_price": "1", "tax_rate": "19" }] }),
        ),
        ("invoice_for_nobody", Method::POST, "/invoices", json!({ "partner": "ref:nobody", "lines": [] })),
        ("invoices", Method::GET, "/invoices", Value::Null),
        ("no_such_address", Method::GET, "/nothing", Value::Null),
        ("no_such_method", Method::DELETE, "/leads", Value::Null),
    ];
    let mut answers = String::new();
    for (name, method, path, body) in calls {
        let shown = format!("{method} {path}");
        let answer = world.bearer(&key, method, path, body).await;
        answers.push_str(&format!("## {name}\n{shown}\n{} {}\n", answer.status, answer.header("content-type")));
        answers.push_str(&readable(&answer.body));
        answers.push_str("\n\n");
    }
    let weak = world.key(&["leads:read"]).await;
    for (name, key) in [("no_key", "pp_live_none"), ("missing_scope", weak.as_str())] {
        let answer = world.bearer(key, Method::POST, "/partners", json!({ "name": "x" })).await;
        answers.push_str(&format!("## {name}\n{}\n{}\n\n", answer.status, readable(&answer.body)));
    }
    insta::assert_snapshot!("answers", answers);
}
