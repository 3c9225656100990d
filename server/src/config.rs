//! Settings: a `portal.toml`, overridden by environment variables. A wrong one stops the start with a sentence.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use chrono::TimeDelta;
use serde::Deserialize;
use store::sessions::Lifetime;

/// The settings in force.
#[derive(Clone)]
pub struct Config {
    /// `DATABASE_URL`: where the data is, `sqlite://…` or `postgres://…`. May hold a password.
    pub database_url: String,
    /// `PORTAL_DATABASE_CONNECTIONS`: connections that read at once (SQLite) or are open at all (PostgreSQL).
    pub database_connections: u32,
    /// `PORTAL_BIND`: the address and port to listen on.
    pub bind: SocketAddr,
    /// `PORTAL_PRODUCTION`: served over HTTPS to the world; cookies are `Secure` and `__Host-`, HSTS is sent.
    pub production: bool,
    /// `PORTAL_SITE_ROOT`: the folder with the built style sheet and WebAssembly.
    pub site_root: PathBuf,
    /// `PORTAL_TRUSTED_PROXIES`: proxies whose `X-Forwarded-For` is believed, separated by commas.
    pub trusted_proxies: Vec<IpAddr>,
    /// `PORTAL_SESSION_IDLE_MINUTES` and `PORTAL_SESSION_HOURS`: how long a login lasts.
    pub session_lifetime: Lifetime,
    /// `PORTAL_LOG`: what to log, in the syntax of tracing's `EnvFilter`.
    pub log: String,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("database_url", &self.database_url_without_password())
            .field("bind", &self.bind)
            .field("production", &self.production)
            .finish_non_exhaustive()
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSetting(String);

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadSetting {}

/// The settings as a file or the environment gives them: all texts, all optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Given {
    database_url: Option<String>,
    database_connections: Option<toml::Value>,
    bind: Option<String>,
    production: Option<toml::Value>,
    site_root: Option<String>,
    trusted_proxies: Option<String>,
    session_idle_minutes: Option<toml::Value>,
    session_hours: Option<toml::Value>,
    log: Option<String>,
}

impl Config {
    /// Reads the file, if there is one, and the environment.
    ///
    /// # Errors
    /// A sentence that names the setting that cannot be used.
    pub fn load() -> Result<Self, BadSetting> {
        let named = std::env::var("PORTAL_CONFIG").ok();
        let path = named.clone().unwrap_or_else(|| "portal.toml".to_owned());
        let file = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if named.is_some() => {
                return Err(BadSetting(format!("PORTAL_CONFIG names {path}, which cannot be read: {error}")));
            }
            Err(_) => String::new(),
        };
        Self::from(&file, &|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
            .map_err(|BadSetting(text)| BadSetting(text.replace("portal.toml", &path)))
    }

    fn from(file: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, BadSetting> {
        let given: Given =
            toml::from_str(file).map_err(|error| BadSetting(format!("portal.toml cannot be used: {error}")))?;
        // A number or a truth value may stand with or without quotes.
        let plain = |value: Option<toml::Value>| {
            value.map(|value| match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(truth) => truth.to_string(),
                other => other.type_str().to_owned(),
            })
        };
        let setting = |name: &str, in_file: Option<String>| environment(name).or(in_file);
        let production =
            read("PORTAL_PRODUCTION", setting("PORTAL_PRODUCTION", plain(given.production)), "true or false", false)?;
        let minutes = read(
            "PORTAL_SESSION_IDLE_MINUTES",
            setting("PORTAL_SESSION_IDLE_MINUTES", plain(given.session_idle_minutes)),
            "a number of minutes",
            120_u16,
        )?;
        let hours = read(
            "PORTAL_SESSION_HOURS",
            setting("PORTAL_SESSION_HOURS", plain(given.session_hours)),
            "a number of hours",
            24_u16,
        )?;
        let proxies = setting("PORTAL_TRUSTED_PROXIES", given.trusted_proxies).unwrap_or_default();
        let bind = read(
            "PORTAL_BIND",
            setting("PORTAL_BIND", given.bind),
            "an address and port such as 127.0.0.1:3000",
            SocketAddr::from(([127, 0, 0, 1], 3000)),
        )?;
        if !production && !bind.ip().is_loopback() {
            return Err(BadSetting(format!(
                "PORTAL_BIND={bind} can be reached from other machines, but PORTAL_PRODUCTION is not true: without it, cookies may \
                 travel over plain HTTP. Set PORTAL_PRODUCTION=true and serve over HTTPS, or bind to 127.0.0.1."
            )));
        }
        Ok(Self {
            database_url: setting("DATABASE_URL", given.database_url)
                .unwrap_or_else(|| "sqlite://data/portal.db".to_owned()),
            database_connections: read(
                "PORTAL_DATABASE_CONNECTIONS",
                setting("PORTAL_DATABASE_CONNECTIONS", plain(given.database_connections)),
                "a number of connections",
                8_u32,
            )?,
            bind,
            production,
            site_root: setting("PORTAL_SITE_ROOT", given.site_root).unwrap_or_else(|| "target/site".to_owned()).into(),
            trusted_proxies: proxies
                .split(',')
                .map(str::trim)
                .filter(|proxy| !proxy.is_empty())
                .map(|proxy| {
                    proxy
                        .parse()
                        .map_err(|_| BadSetting(format!("PORTAL_TRUSTED_PROXIES: {proxy:?} is not an IP address")))
                })
                .collect::<Result<_, _>>()?,
            session_lifetime: Lifetime {
                idle: TimeDelta::minutes(i64::from(minutes)),
                absolute: TimeDelta::hours(i64::from(hours)),
            },
            log: setting("PORTAL_LOG", given.log)
                .unwrap_or_else(|| "info,sqlx=warn,tower_sessions_core=error".to_owned()),
        })
    }

    /// The database's address as it may be shown.
    #[must_use]
    pub fn database_url_without_password(&self) -> String {
        // What follows a question mark can hold a password, too.
        let url = self.database_url.split('?').next().unwrap_or_default();
        match url
            .split_once("://")
            .and_then(|(scheme, rest)| rest.rsplit_once('@').map(|(user, host)| (scheme, user, host)))
        {
            Some((scheme, user, host)) => format!("{scheme}://{}@{host}", user.split(':').next().unwrap_or_default()),
            None => url.to_owned(),
        }
    }

    /// Where a browser on this machine finds the portal.
    #[must_use]
    pub fn public_url(&self) -> String {
        format!("http://{}", self.bind)
    }
}

fn read<T: std::str::FromStr>(name: &str, given: Option<String>, wanted: &str, default: T) -> Result<T, BadSetting> {
    given.map_or(Ok(default), |text| {
        text.trim().parse().map_err(|_| BadSetting(format!("{name} must be {wanted}, not {text:?}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(file: &str, environment: &[(&str, &str)]) -> Result<Config, BadSetting> {
        let environment: Vec<(String, String)> =
            environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Config::from(file, &|name| environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
    }

    #[test]
    fn everything_has_a_default_and_the_environment_wins() {
        let plain = config("", &[]).unwrap();
        assert_eq!(
            (plain.database_url.as_str(), plain.bind.to_string().as_str()),
            ("sqlite://data/portal.db", "127.0.0.1:3000")
        );
        let file = "bind = \"127.0.0.1:8080\"\nproduction = true\nsession_hours = 8";
        let mixed =
            config(file, &[("PORTAL_BIND", "0.0.0.0:80"), ("PORTAL_TRUSTED_PROXIES", "10.0.0.1, ::1")]).unwrap();
        assert_eq!(mixed.bind.to_string(), "0.0.0.0:80");
        assert!(mixed.production && mixed.trusted_proxies.len() == 2);
        assert_eq!(mixed.session_lifetime.absolute, TimeDelta::hours(8));
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let complaint = |file, environment: &[_]| config(file, environment).unwrap_err().to_string();
        assert!(complaint("", &[("PORTAL_BIND", "localhost")]).starts_with("PORTAL_BIND must be"));
        assert!(complaint("", &[("PORTAL_BIND", "0.0.0.0:3000")]).contains("PORTAL_PRODUCTION is not true"));
        assert!(complaint("", &[("PORTAL_TRUSTED_PROXIES", "proxy")]).contains("\"proxy\" is not an IP address"));
        assert!(complaint("prodution = true", &[]).contains("unknown field `prodution`"));
        assert!(complaint("session_hours = \"x\"", &[]).starts_with("PORTAL_SESSION_HOURS must be"));
    }

    #[test]
    fn no_password_is_shown() {
        let config = config("", &[("DATABASE_URL", "postgres://portal:s3cret@db.example/portal")]).unwrap();
        assert_eq!(config.database_url_without_password(), "postgres://portal@db.example/portal");
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
