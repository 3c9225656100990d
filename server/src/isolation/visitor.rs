//! What requests to the portal's own router carry.

use serde_json::Value;

/// The content type of a request's body, and the body.
pub type Content = (&'static str, String);

/// A form as the body of a request.
#[must_use]
pub fn form(fields: &[(&str, &str)]) -> Content {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    ("application/x-www-form-urlencoded", form.finish())
}

/// JSON as the body of a request.
#[must_use]
pub fn json(value: &Value) -> Content {
    ("application/json", value.to_string())
}
