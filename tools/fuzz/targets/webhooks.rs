//! Any address and headers of a webhook: what is taken can be called, and holds no name and password.

#![no_main]
#![expect(clippy::expect_used, reason = "a target that cannot be set up, and a find, have to stop")]

use domain::delivery::{CredentialsChoice, DeliveryChoice, DeliveryForm, origin};
use libfuzzer_sys::fuzz_target;
use portal_server::egress::{Rules, check_url};

fuzz_target!(|input: (&str, &str, &str)| {
    let (webhook_url, headers, recipients) = input;
    let form =
        DeliveryForm { webhook_url, headers, recipients, email_mode: "off", forget_credentials: "", fields: &[] };
    let Ok(choice) = DeliveryChoice::parse(&form) else { return };
    for header in &choice.headers {
        axum::http::HeaderName::from_bytes(header.name.as_bytes()).expect("a name that HTTP takes");
        axum::http::HeaderValue::from_str(header.value.as_deref().unwrap_or_default())
            .expect("a value that HTTP takes");
    }
    if choice.webhook_url.is_empty() {
        return;
    }
    if let Ok(url) = check_url(&Rules::default(), &choice.webhook_url) {
        assert!(url.username().is_empty() && url.password().is_none(), "{url}: name and password stay in it");
        let near = Rules { allow_private: true, ..Rules::default() };
        assert!(check_url(&near, url.as_str()).is_ok(), "{url} is read again");
    }
    let again = DeliveryForm { webhook_url: &choice.webhook_url, ..form };
    if !matches!(choice.credentials, CredentialsChoice::Set(_)) {
        let again = DeliveryChoice::parse(&again).expect("what was saved can be saved again");
        assert_eq!(origin(&again.webhook_url), origin(&choice.webhook_url));
    }
});
