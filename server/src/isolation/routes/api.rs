//! The HTTP API.

use axum::http::Method;
use domain::api_keys::ApiScope;
use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::api::Description;

/// An operation of the API, as its description has it.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its method.
    pub method: Method,
    /// The pattern of its path, under `/api/v1`.
    pub path: String,
    /// The scope that it asks for, as its description says.
    pub described: String,
}

impl Operation {
    /// Whether it is one for partners' keys; the others are for the account's.
    #[must_use]
    pub fn is_of_partner(&self) -> bool {
        self.path.starts_with("/partner/")
    }

    /// Its path with an id in place of its parameters.
    #[must_use]
    pub fn path_of(&self, id: &str) -> String {
        format!("/api/v1{}", super::filled(&self.path, id))
    }
}

/// The operations of the API.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let description = serde_json::to_value(Description::openapi()).unwrap_or_default();
    let paths = description["paths"].as_object().cloned().unwrap_or_default();
    let of_path = |(path, methods): (String, Value)| {
        let methods = methods.as_object().cloned().unwrap_or_default();
        methods.into_iter().filter_map(move |(name, operation)| {
            let described = operation["security"][0]["key"][0].as_str().unwrap_or_default().to_owned();
            Some(Operation { method: name.to_uppercase().parse().ok()?, path: path.clone(), described })
        })
    };
    paths.into_iter().flat_map(of_path).collect()
}

/// The scope an operation takes and a well-formed body, with this id of a partner in it; nothing for one that has no line.
#[must_use]
pub fn operation(method: &Method, path: &str, partner: &str) -> Option<(ApiScope, Option<Value>)> {
    let scope = match (method.as_str(), path) {
        ("GET", "/leads" | "/leads/{id}" | "/events") => ApiScope::LeadsRead,
        ("GET", "/partner/leads" | "/partner/leads/{lead}") => ApiScope::LeadsRead,
        ("GET", "/partner/leads/{lead}/files") => ApiScope::LeadsRead,
        ("POST", "/partner/leads/{lead}/review" | "/partner/leads/{lead}/withdraw" | "/partner/leads/{lead}/files")
        | ("GET", "/partner/reasons") => ApiScope::LeadsReview,
        ("POST", "/partner/leads/{lead}/outcome") | ("GET", "/partner/outcomes") => ApiScope::OutcomesWrite,
        ("GET", "/partner/invoices" | "/partner/invoices/{id}") => ApiScope::InvoicesRead,
        ("POST", "/leads") => ApiScope::LeadsWrite,
        ("GET", "/partners" | "/partners/{partner}") => ApiScope::PartnersRead,
        ("POST", "/partners") | ("PATCH", "/partners/{partner}") => ApiScope::PartnersWrite,
        ("GET", "/invoices" | "/invoices/{id}") => ApiScope::InvoicesRead,
        ("POST", "/invoices" | "/invoices/{id}/issue" | "/invoices/{id}/payment" | "/invoices/{id}/void") => {
            ApiScope::InvoicesWrite
        }
        _ => return None,
    };
    let body = (method != Method::GET).then(|| match path {
        "/leads" => json!({ "partner": partner, "external_id": "X-1", "name": "Ada" }),
        "/invoices" => json!({ "partner": partner, "lines": [] }),
        "/invoices/{id}/payment" => json!({ "paid_on": "2026-11-20" }),
        "/invoices/{id}/void" => json!({ "reason": "x" }),
        "/partner/leads/{lead}/review" => json!({ "decision": "accept" }),
        "/partner/leads/{lead}/outcome" => json!({ "outcome": "contacted" }),
        _ => json!({}),
    });
    Some((scope, body))
}
