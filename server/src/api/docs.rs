//! The API's description: for programs as OpenAPI, for people as a page that asks no other server for anything.

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};
use serde_json::Value;
use utoipa::OpenApi;

use super::{description::Description, problem::Problem};

/// `GET /api/v1/openapi.json`.
pub(super) async fn description() -> Response {
    match Description::openapi().to_json() {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// `GET /api/v1`: the same, to be read.
pub(super) async fn page() -> Response {
    let api = serde_json::to_value(Description::openapi()).unwrap_or_default();
    let mut html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>HTTP API · Partner Portal</title><link rel=\"stylesheet\" href=\"/api/v1/docs.css\"></head><body><main>\
         <h1>HTTP API</h1><p>{}</p>\
         <p>Send a key with every request: <code>Authorization: Bearer pp_live_…</code>. \
         Admins create keys under <a href=\"/admin/api-keys\">API keys</a>. \
         For programs there is <a href=\"/api/v1/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>\
         <p>A write can carry an <code>Idempotency-Key</code>: repeated under the same key it is done once. \
         Too many requests are answered 429, with <code>Retry-After</code>.</p>",
        escape(text(&api, "/info/description"))
    );
    for (path, operations) in api["paths"].as_object().into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            html.push_str(&section(&api, path, method, operation));
        }
    }
    html.push_str("<h2>Data</h2>");
    for (name, schema) in api["components"]["schemas"].as_object().into_iter().flatten() {
        html.push_str(&properties(name, schema));
    }
    html.push_str("</main></body></html>");
    let policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

fn section(api: &Value, path: &str, method: &str, operation: &Value) -> String {
    let server = text(api, "/servers/0/url");
    let scope = operation["security"][0]["key"][0].as_str().unwrap_or_default();
    let mut html = format!(
        "<section><h2>{}</h2><p><code>{} {}{}</code> <small>{}</small></p><p>{}</p>",
        escape(operation["summary"].as_str().unwrap_or_default()),
        method.to_uppercase(),
        escape(server),
        escape(path),
        escape(scope),
        escape(operation["description"].as_str().unwrap_or_default()),
    );
    if let Some(body) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str() {
        html.push_str(&format!("<p>Body: {}</p>", link(body)));
    }
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let parameters: String = parameters
        .map(|one| {
            format!(
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                escape(one["name"].as_str().unwrap_or_default()),
                escape(one["in"].as_str().unwrap_or_default()),
                escape(one["description"].as_str().unwrap_or_default()),
            )
        })
        .collect();
    if !parameters.is_empty() {
        html.push_str(&format!("<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>{parameters}</table>"));
    }
    let answers: String = operation["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(status, one)| {
            let content = one["content"].as_object().and_then(|content| content.values().next());
            let body = content.and_then(|content| content["schema"]["$ref"].as_str()).map(link).unwrap_or_default();
            format!(
                "<tr><td>{status}</td><td>{}</td><td>{body}</td></tr>",
                escape(one["description"].as_str().unwrap_or_default())
            )
        })
        .collect();
    html.push_str(&format!("<table><tr><th>Answer</th><th>Meaning</th><th>Body</th></tr>{answers}</table></section>"));
    html
}

fn properties(name: &str, schema: &Value) -> String {
    let rows: String = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(property, one)| {
            let needed = schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == property));
            format!(
                "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}</td></tr>",
                escape(property),
                if needed { " <small>needed</small>" } else { "" },
                kind(one),
                escape(one["description"].as_str().unwrap_or_default()),
            )
        })
        .collect();
    let table = if rows.is_empty() { String::new() } else { format!("<table>{rows}</table>") };
    let about = escape(schema["description"].as_str().unwrap_or_default());
    format!("<section id=\"{0}\"><h3>{0}</h3><p>{about}</p>{table}</section>", escape(name))
}

/// What a property holds, in a word or a link.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return link(name);
    }
    if let Some(any) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        return any.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if schema["type"] == "array" {
        return format!("list of {}", kind(&schema["items"]));
    }
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).map(escape).collect::<Vec<_>>().join(" or "),
        one => escape(one.as_str().unwrap_or_default()),
    }
}

fn link(reference: &str) -> String {
    let name = escape(reference.rsplit('/').next().unwrap_or_default());
    format!("<a href=\"#{name}\">{name}</a>")
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Text as HTML; what stands between backticks is code.
fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let parts = text.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}
