//! What a webhook is sent: the body, and the headers of the Standard Webhooks specification (1.0).

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::{
    delivery::{Credentials, LeadField},
    ids::DeliveryId,
    money::{Currency, Price},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use store::delivery::endpoints::{Due, Snapshot};

/// The JSON Schema of the body, served at `/schemas/lead.delivered.v1.json`.
pub const SCHEMA: &str = include_str!("lead.delivered.v1.json");

/// A secret that cannot sign: it is not `whsec_` and Base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret is not in the form of Standard Webhooks")]
pub struct BadSecret;

/// The `webhook-id`: the same on every attempt.
#[must_use]
pub fn message_id(id: DeliveryId) -> String {
    format!("msg_{}", id.0.simple())
}

/// The headers of an attempt made `now`. Every secret that is valid signs, so that a receiver can take up a new one at its
/// leisure.
///
/// # Errors
/// When a secret cannot sign.
pub fn headers(
    id: DeliveryId,
    now: DateTime<Utc>,
    body: &[u8],
    secrets: &[String],
) -> Result<[(&'static str, String); 4], BadSecret> {
    let (id, timestamp) = (message_id(id), now.timestamp().to_string());
    let mut signatures = Vec::with_capacity(secrets.len());
    for secret in secrets {
        let key = secret.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok()).ok_or(BadSecret)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| BadSecret)?;
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        signatures.push(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
    }
    Ok([
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signatures.join(" ")),
    ])
}

/// The value of an `Authorization` header with a name and a password (RFC 7617).
#[must_use]
pub fn basic(credentials: &Credentials) -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", credentials.user, credentials.password)))
}

/// The body of a push: `lead.delivered`, or `webhook.test` for a test. The same bytes on every attempt, unless the partner
/// has changed what it wants to get.
#[must_use]
pub fn body(due: &Due, fields: &[LeadField]) -> Vec<u8> {
    let event = match &due.lead {
        Some(lead) => {
            json!({ "type": "lead.delivered", "timestamp": time(lead.delivered_at), "data": data(lead, fields) })
        }
        None => json!({
            "type": "webhook.test",
            "timestamp": time(due.created_at),
            "data": { "message": "This is a test. A lead comes as lead.delivered." },
        }),
    };
    event.to_string().into_bytes()
}

fn data(lead: &Snapshot, wanted: &[LeadField]) -> Value {
    let mut data = Map::new();
    data.insert("lead_id".into(), json!(lead.lead_id));
    data.insert("external_id".into(), json!(lead.external_id));
    data.insert("delivered_at".into(), json!(time(lead.delivered_at)));
    for field in wanted {
        let value = match field {
            LeadField::Name => json!(lead.name),
            LeadField::Email => json!(lead.email),
            LeadField::Phone => json!(lead.phone),
            LeadField::Campaign => json!(lead.campaign),
            LeadField::Price => price(lead),
            LeadField::Fields => more(&lead.fields),
        };
        data.insert(field.as_str().into(), value);
    }
    Value::Object(data)
}

fn price(lead: &Snapshot) -> Value {
    let currency = lead.price_currency.as_deref().and_then(|code| code.parse::<Currency>().ok());
    let price = lead.price_minor.zip(currency);
    let price = price.and_then(|(minor, currency)| Price::from_parts(minor, lead.price_parts, currency).ok());
    price.map_or(Value::Null, |price| json!({ "amount": price.decimal(), "currency": price.currency.code() }))
}

/// The free-form fields in their order: two of them may have the same name.
fn more(stored: &str) -> Value {
    let pairs: Vec<(String, String)> = serde_json::from_str(stored).unwrap_or_default();
    pairs.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn due() -> Due {
        let at = "2026-11-22T12:00:00.5Z".parse().unwrap();
        Due {
            id: DeliveryId(Uuid::from_u128(7)),
            attempts: 0,
            tries: 0,
            created_at: at,
            lead: Some(Snapshot {
                lead_id: Uuid::from_u128(9),
                external_id: "A-1".into(),
                name: "Zoë \"Z\" Müller".into(),
                email: "z@example.com".into(),
                phone: String::new(),
                campaign: "Solar".into(),
                fields: r#"[["Roof","flat"],["Roof","80 m²"]]"#.into(),
                price_minor: Some(1250),
                price_parts: 7,
                price_currency: Some("EUR".into()),
                delivered_at: at,
            }),
        }
    }

    #[test]
    fn the_body_holds_what_was_chosen_and_nothing_else() {
        let all: Value = serde_json::from_slice(&body(&due(), LeadField::ALL)).unwrap();
        assert_eq!(all["type"], "lead.delivered");
        assert_eq!(all["timestamp"], "2026-11-22T12:00:00.500000Z");
        assert_eq!(all["data"]["price"], json!({ "amount": "12.5007", "currency": "EUR" }));
        assert_eq!(all["data"]["fields"][1], json!({ "name": "Roof", "value": "80 m²" }));
        let few: Value = serde_json::from_slice(&body(&due(), &[LeadField::Phone])).unwrap();
        let names: Vec<&String> = few["data"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["delivered_at", "external_id", "lead_id", "phone"]);
        let test: Value = serde_json::from_slice(&body(&Due { lead: None, ..due() }, LeadField::ALL)).unwrap();
        assert_eq!(test["type"], "webhook.test");
    }

    #[test]
    fn every_property_of_the_body_is_in_its_schema() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let all: Value = serde_json::from_slice(&body(&due(), LeadField::ALL)).unwrap();
        for (name, _) in all["data"].as_object().unwrap() {
            assert!(schema["properties"]["data"]["properties"][name].is_object(), "{name}");
        }
        assert_eq!(schema["properties"]["type"]["const"], "lead.delivered");
    }

    #[test]
    fn the_example_of_the_specification_signs_as_it_says() {
        // The secret, id, time and payload of the specification's own example.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(&secret[6..]).unwrap()).unwrap();
        mac.update(br#"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}"#);
        assert_eq!(STANDARD.encode(mac.finalize().into_bytes()), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let signed = headers(due().id, now, b"{}", &[secret.clone(), secret]).unwrap();
        assert_eq!(signed[1].1, "msg_00000000000000000000000000000007");
        let (one, two) = signed[3].1.split_once(' ').unwrap();
        assert!(one == two && one.starts_with("v1,"));
        assert_eq!(headers(due().id, now, b"{}", &["plain".into()]), Err(BadSecret));
    }
}
