//! The HTTP status of a page.

use leptos::prelude::*;

/// Sets the status of the answer when the page is rendered on the server; shows nothing.
#[component]
pub fn Status(
    /// The status code (RFC 9110).
    code: u16,
) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let (Some(response), Ok(status)) =
        (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(code))
    {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = code;
}
