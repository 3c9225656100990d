//! PostgreSQL: how it is reached, and which roles it is reached by.

use std::{net::IpAddr, str::FromStr, time::Duration};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};

use crate::{StoreError, options::Options};

/// Opens a PostgreSQL database.
pub(crate) async fn open(options: &Options) -> Result<PgPool, StoreError> {
    let limits = options.limits;
    let millis = |limit: Duration| limit.as_millis().to_string();
    let connect = with_tls(&options.url)?.application_name("partner-portal").options([
        ("lock_timeout", millis(limits.lock)),
        ("statement_timeout", millis(limits.statement)),
        ("idle_in_transaction_session_timeout", millis(limits.idle)),
        // Whoever asks for a connection without saying whose rows it is for acts for the portal itself. Any other client that
        // logs in by the same role says nothing, and sees nothing.
        ("portal.scope", "system".to_owned()),
    ]);
    let pool = PgPoolOptions::new().max_connections(options.connections.max(2)).acquire_timeout(limits.acquire);
    Ok(pool.connect_with(connect).await?)
}

/// The address with the certificate checked, where it lies on another machine and says nothing of TLS itself: the driver's own
/// default takes any certificate, or no TLS at all when the server offers none.
fn with_tls(url: &str) -> Result<PgConnectOptions, StoreError> {
    let connect = PgConnectOptions::from_str(url)?;
    let named =
        |name: &str| url.split_once('?').is_some_and(|(_, query)| query.split('&').any(|pair| pair.starts_with(name)));
    let says = named("sslmode=") || named("ssl-mode=") || std::env::var_os("PGSSLMODE").is_some();
    Ok(if says || is_on_this_machine(&connect) { connect } else { connect.ssl_mode(PgSslMode::VerifyFull) })
}

fn is_on_this_machine(connect: &PgConnectOptions) -> bool {
    let host = connect.get_host().trim_matches(['[', ']']);
    connect.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a certificate that nobody looks at, a neighbour in the network could have made.
    #[test]
    fn beyond_this_machine_the_certificate_is_checked_unless_the_address_says_otherwise() {
        let mode = |url: &str| with_tls(url).unwrap().get_ssl_mode();
        for elsewhere in [
            "postgres://portal@db.example/portal",
            "postgres://portal@10.0.0.7:5432/portal",
            "postgres://portal@[fd00::7]/portal",
            "postgres://portal@localhost.example/portal?application_name=x",
            "postgres:///portal?host=db.example",
        ] {
            assert!(matches!(mode(elsewhere), PgSslMode::VerifyFull), "{elsewhere}");
        }
        for here in [
            "postgres://portal@localhost/portal",
            "postgres://portal@127.0.0.1:5433/portal",
            "postgres://portal@[::1]/portal",
            "postgres:///portal?host=/var/run/postgresql",
            "postgres://portal@%2Fvar%2Frun%2Fpostgresql/portal",
        ] {
            assert!(matches!(mode(here), PgSslMode::Prefer), "{here}");
        }
        assert!(matches!(mode("postgres://portal@db.example/portal?sslmode=require"), PgSslMode::Require));
        assert!(matches!(mode("postgres://portal@db.example/portal?x=1&ssl-mode=disable"), PgSslMode::Disable));
    }
}
