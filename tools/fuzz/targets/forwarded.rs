//! Any `X-Forwarded-For` and `Forwarded`: an address comes out that the nearest proxy wrote, or the connection's own.

#![no_main]
#![expect(clippy::expect_used, reason = "a target that cannot be set up, and a find, have to stop")]

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use portal_server::client_address::Proxies;

fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let trusted = lines.next().and_then(|line| std::str::from_utf8(line).ok()).map(Proxies::parse);
    let mut headers = HeaderMap::new();
    for line in lines {
        let name = if line.first() == Some(&b'f') { "forwarded" } else { "x-forwarded-for" };
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(name, value);
        }
    }
    let peer = IpAddr::from([10, 0, 0, 1]);
    assert_eq!(Proxies::default().client(peer, &headers), peer, "nobody is believed");
    let near = Proxies::parse("10.0.0.0/8, ::1").expect("networks");
    assert_eq!(
        near.client([192, 0, 2, 1].into(), &headers),
        IpAddr::from([192, 0, 2, 1]),
        "a stranger is not believed"
    );
    let _ = near.client(peer, &headers);
    if let Some(Ok(trusted)) = trusted {
        let _ = trusted.client(peer, &headers);
    }
});
