//! Settings: a `portal.toml`, overridden by environment variables. A wrong one stops the start with a sentence.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use chrono::TimeDelta;
use domain::{clock::Entropy, hex};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use services::secrets::KeyRing;
use store::{Limits, Options, sessions::Lifetime};

use crate::{
    client_address::Proxies,
    egress::{PORTS, Rules},
    files, invoice_pdf,
};

/// The settings in force.
#[derive(Clone)]
pub struct Config {
    /// `DATABASE_URL`: where the data is, `sqlite://…` or `postgres://…`. May hold a password.
    pub database_url: String,
    /// `PORTAL_MIGRATION_URL`: the same PostgreSQL database as its owner, if `DATABASE_URL` names a role that owns nothing.
    pub migration_url: Option<String>,
    /// `PORTAL_DATABASE_CONNECTIONS`: connections that read at once (SQLite) or are open at all (PostgreSQL).
    pub database_connections: u32,
    /// `PORTAL_DATABASE_WAIT`, `PORTAL_DATABASE_LOCK_WAIT`, `PORTAL_DATABASE_STATEMENT` and `PORTAL_DATABASE_IDLE`: how many
    /// seconds a request may wait for a connection and for a lock, a statement may take, and a transaction may do nothing.
    pub database_limits: Limits,
    /// `PORTAL_BIND`: the address and port to listen on.
    pub bind: SocketAddr,
    /// `PORTAL_CONNECTIONS`: connections that may be open at once; further ones wait.
    pub connections: u32,
    /// `PORTAL_PRODUCTION`: served over HTTPS to the world; cookies are `Secure` and `__Host-`, HSTS is sent.
    pub production: bool,
    /// `PORTAL_SITE_ROOT`: the folder with the built style sheet and WebAssembly.
    pub site_root: Option<PathBuf>,
    /// `PORTAL_FONTS`: folders with fonts for what invoices say in other scripts than Latin, Greek and Cyrillic.
    pub fonts: Vec<PathBuf>,
    /// `LEPTOS_RELOAD_PORT`, under `cargo leptos watch` alone: where an open page listens for changes.
    pub reload_port: Option<u16>,
    /// `PORTAL_TRUSTED_PROXIES`: addresses and networks of proxies whose `X-Forwarded-For` or `Forwarded` is believed.
    pub trusted_proxies: Proxies,
    /// `PORTAL_SESSION_IDLE_MINUTES` and `PORTAL_SESSION_HOURS`: how long a login lasts.
    pub session_lifetime: Lifetime,
    /// `PORTAL_LOG`: what to log, in the syntax of tracing's `EnvFilter`.
    pub log: String,
    /// `PORTAL_PUBLIC_URL`: where browsers find the portal; mailed links begin with it.
    pub public_url: String,
    /// Whether that was set, and not made up from the address the portal listens on.
    pub public_url_set: bool,
    /// `PORTAL_SECRET_KEYS`, or `PORTAL_SECRET_KEY` for one: what secrets are encrypted with at rest, the newest first. Absent, a key
    /// is kept in `PORTAL_DATA`.
    pub secret_keys: Option<KeyRing>,
    /// `PORTAL_DATA`: the folder for the installation's own keys, and for mails when there is no SMTP server.
    pub data: PathBuf,
    /// How mails are sent.
    pub mail: MailConfig,
    /// `PORTAL_WEBHOOK_PRIVATE` and `PORTAL_WEBHOOK_PORTS`: which addresses webhooks may lead to.
    pub targets: Rules,
    /// `PORTAL_SECURITY_CONTACT`: whom to tell of a weakness, a `mailto:` or `https:` address; `/.well-known/security.txt` says so.
    pub security_contact: Option<String>,
    /// `PORTAL_API_RATE`: requests a second that one API key may send on the whole, in each process.
    pub api_rate: u32,
    /// `PORTAL_WEB_RATE`: how many requests a second a logged-in user may send on the whole; fifteen times as many at once.
    pub web_rate: u32,
    /// `PORTAL_BREACHED_PASSWORDS`: the file that `partner-portal breached-passwords` makes. Absent, none is looked for.
    pub breached_passwords: Option<PathBuf>,
}

/// How mails are sent.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// `PORTAL_SMTP_URL`: `smtps://user:password@host:465`, `smtp://host:587?tls=required` or `smtp://localhost:25`. Without
    /// one, mails are written as files.
    pub smtp_url: Option<SecretString>,
    /// `PORTAL_MAIL_FROM`: the sender's address.
    pub from: String,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("database_url", &self.database_url_without_password())
            .field("bind", &self.bind)
            .field("production", &self.production)
            .field("mail", &self.mail)
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

/// The settings as a file gives them, all optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Given {
    database_url: Option<toml::Value>,
    migration_url: Option<toml::Value>,
    database_connections: Option<toml::Value>,
    database_wait: Option<toml::Value>,
    database_lock_wait: Option<toml::Value>,
    database_statement: Option<toml::Value>,
    database_idle: Option<toml::Value>,
    bind: Option<toml::Value>,
    connections: Option<toml::Value>,
    production: Option<toml::Value>,
    public_url: Option<toml::Value>,
    secret_key: Option<toml::Value>,
    secret_keys: Option<toml::Value>,
    data: Option<toml::Value>,
    smtp_url: Option<toml::Value>,
    mail_from: Option<toml::Value>,
    site_root: Option<toml::Value>,
    fonts: Option<toml::Value>,
    trusted_proxies: Option<toml::Value>,
    session_idle_minutes: Option<toml::Value>,
    session_hours: Option<toml::Value>,
    log: Option<toml::Value>,
    webhook_private: Option<toml::Value>,
    webhook_ports: Option<toml::Value>,
    api_rate: Option<toml::Value>,
    web_rate: Option<toml::Value>,
    breached_passwords: Option<toml::Value>,
    security_contact: Option<toml::Value>,
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
        let setting = |name: &str, in_file: Option<toml::Value>| environment(name).or(in_file.map(plain));
        let text = |name: &str, in_file, default: &str| setting(name, in_file).unwrap_or_else(|| default.to_owned());
        let production = read("PORTAL_PRODUCTION", setting, given.production, "true or false", false)?;
        let minutes =
            read("PORTAL_SESSION_IDLE_MINUTES", setting, given.session_idle_minutes, "a number of minutes", 120_u16)?;
        let hours = read("PORTAL_SESSION_HOURS", setting, given.session_hours, "a number of hours", 24_u16)?;
        let defaults = Limits::default();
        let seconds = |name: &str, in_file: Option<toml::Value>, default: Duration| {
            let default = u32::try_from(default.as_secs()).unwrap_or(u32::MAX);
            read(name, setting, in_file, "a number of seconds from 1 on", default)
                .map(|seconds| Duration::from_secs(u64::from(seconds.max(1))))
        };
        let database_limits = Limits {
            acquire: seconds("PORTAL_DATABASE_WAIT", given.database_wait, defaults.acquire)?,
            lock: seconds("PORTAL_DATABASE_LOCK_WAIT", given.database_lock_wait, defaults.lock)?,
            statement: seconds("PORTAL_DATABASE_STATEMENT", given.database_statement, defaults.statement)?,
            idle: seconds("PORTAL_DATABASE_IDLE", given.database_idle, defaults.idle)?,
        };
        // What `cargo leptos watch` and `cargo leptos serve` say, where our own settings say nothing.
        let reload_port = match environment("LEPTOS_WATCH") {
            Some(_) => Some(read("LEPTOS_RELOAD_PORT", setting, None, "a port", 3001_u16)?),
            None => None,
        };
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 3000));
        let anywhere = read("LEPTOS_SITE_ADDR", setting, None, "an address and port", anywhere)?;
        let bind = read("PORTAL_BIND", setting, given.bind, "an address and port such as 127.0.0.1:3000", anywhere)?;
        if !production && !bind.ip().is_loopback() {
            return Err(BadSetting(format!(
                "PORTAL_BIND={bind} can be reached from other machines, but PORTAL_PRODUCTION is not true: without it, cookies may \
                 travel over plain HTTP. Set PORTAL_PRODUCTION=true and serve over HTTPS, or bind to 127.0.0.1."
            )));
        }
        let public_url = setting("PORTAL_PUBLIC_URL", given.public_url);
        let public_url_set = public_url.is_some();
        let public_url = match public_url {
            Some(url) => checked_url(&url, production)?,
            None if production => {
                let wanted = "PORTAL_PUBLIC_URL must say where browsers find the portal, such as https://portal.example.com: \
                              mailed links begin with it.";
                return Err(BadSetting(wanted.to_owned()));
            }
            None => format!("http://{bind}"),
        };
        let secret_keys = read_keys(
            setting("PORTAL_SECRET_KEY", given.secret_key),
            setting("PORTAL_SECRET_KEYS", given.secret_keys),
        )?;
        if production && secret_keys.is_none() {
            return Err(BadSetting(
                "PORTAL_SECRET_KEYS must be set: 64 hexadecimal digits, as `openssl rand -hex 32` prints them. Keep it apart \
                 from the database and its backups."
                    .to_owned(),
            ));
        }
        let database_url = text("DATABASE_URL", given.database_url, "sqlite://data/portal.db");
        let migration_url = setting("PORTAL_MIGRATION_URL", given.migration_url);
        let is_postgres = |url: &str| url.starts_with("postgres:") || url.starts_with("postgresql:");
        if migration_url.as_deref().is_some_and(|url| !is_postgres(url) || !is_postgres(&database_url)) {
            return Err(BadSetting(
                "PORTAL_MIGRATION_URL is for PostgreSQL alone: it names the database of DATABASE_URL, as its owner."
                    .to_owned(),
            ));
        }
        Ok(Self {
            database_url,
            migration_url,
            database_connections: read(
                "PORTAL_DATABASE_CONNECTIONS", setting, given.database_connections, "a number of connections", 8_u32,
            )?,
            database_limits,
            bind,
            connections: read("PORTAL_CONNECTIONS", setting, given.connections, "a number of connections", 512_u32)?
                .max(1),
            production,
            site_root: setting("PORTAL_SITE_ROOT", given.site_root)
                .or_else(|| setting("LEPTOS_SITE_ROOT", None))
                .map(PathBuf::from),
            fonts: setting("PORTAL_FONTS", given.fonts)
                .map_or_else(|| Ok(invoice_pdf::standard_folders()), |folders| read_folders(&folders))?,
            reload_port,
            trusted_proxies: Proxies::parse(&text("PORTAL_TRUSTED_PROXIES", given.trusted_proxies, ""))
                .map_err(|wrong| BadSetting(format!("PORTAL_TRUSTED_PROXIES: {wrong}")))?,
            session_lifetime: Lifetime {
                idle: TimeDelta::minutes(i64::from(minutes)),
                absolute: TimeDelta::hours(i64::from(hours)),
            },
            log: text("PORTAL_LOG", given.log, "info,sqlx=warn,tower_sessions_core=error"),
            public_url,
            public_url_set,
            secret_keys,
            data: text("PORTAL_DATA", given.data, "data").into(),
            mail: MailConfig {
                smtp_url: setting("PORTAL_SMTP_URL", given.smtp_url).map(SecretString::from),
                from: text("PORTAL_MAIL_FROM", given.mail_from, "portal@localhost.localdomain"),
            },
            targets: Rules {
                allow_private: read("PORTAL_WEBHOOK_PRIVATE", setting, given.webhook_private, "true or false", false)?,
                https_only: production,
                ports: read_ports(&text("PORTAL_WEBHOOK_PORTS", given.webhook_ports, ""))?,
            },
            security_contact: setting("PORTAL_SECURITY_CONTACT", given.security_contact)
                .map(|contact| read_contact(&contact))
                .transpose()?,
            breached_passwords: setting("PORTAL_BREACHED_PASSWORDS", given.breached_passwords).map(PathBuf::from),
            web_rate: read("PORTAL_WEB_RATE", setting, given.web_rate, "a number of requests a second", 20_u32)?.max(1),
            api_rate: read("PORTAL_API_RATE", setting, given.api_rate, "a number of requests a second", 50_u32)?.max(1),
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
}

/// A value of the file as the environment would have it: a number or a truth value may stand with or without quotes, and
/// several in a list.
fn plain(value: toml::Value) -> String {
    match value {
        toml::Value::String(text) => text,
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(truth) => truth.to_string(),
        toml::Value::Array(several) => several.into_iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.type_str().to_owned(),
    }
}

fn read<T: std::str::FromStr>(
    name: &str,
    setting: impl Fn(&str, Option<toml::Value>) -> Option<String>,
    in_file: Option<toml::Value>,
    wanted: &str,
    default: T,
) -> Result<T, BadSetting> {
    setting(name, in_file).map_or(Ok(default), |text| {
        text.trim().parse().map_err(|_| BadSetting(format!("{name} must be {wanted}, not {text:?}")))
    })
}

fn read_ports(text: &str) -> Result<Vec<u16>, BadSetting> {
    if text.trim().is_empty() {
        return Ok(PORTS.to_vec());
    }
    let read = |port: &str| {
        let wrong = || BadSetting(format!("PORTAL_WEBHOOK_PORTS: {port:?} is not a port; write them as 443, 8443"));
        port.trim().parse().map_err(|_| wrong())
    };
    text.split(',').map(read).collect()
}

/// A folder that is not there is a slip: its fonts would be missed when the first invoice needs them.
fn read_folders(text: &str) -> Result<Vec<PathBuf>, BadSetting> {
    let read = |folder: &str| {
        let folder = folder.trim();
        let path = PathBuf::from(folder);
        let wrong =
            || BadSetting(format!("PORTAL_FONTS: {folder:?} is no folder; write them as /usr/share/fonts, /opt/fonts"));
        path.is_dir().then_some(path).ok_or_else(wrong)
    };
    text.split(',').filter(|folder| !folder.trim().is_empty()).map(read).collect()
}

/// A bare email address is one to write to.
fn read_contact(text: &str) -> Result<String, BadSetting> {
    let text = text.trim();
    let address = text.strip_prefix("mailto:").unwrap_or(text);
    if domain::email::Email::parse(address).is_ok() {
        return Ok(format!("mailto:{address}"));
    }
    let plain = text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    match text.strip_prefix("https://") {
        Some(host) if plain && !host.is_empty() => Ok(text.to_owned()),
        _ => Err(BadSetting(format!(
            "PORTAL_SECURITY_CONTACT must be an address such as security@example.com or https://example.com/security, not {text:?}"
        ))),
    }
}

fn checked_url(url: &str, production: bool) -> Result<String, BadSetting> {
    let url = url.trim().trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://").filter(|_| !production));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => Ok(url.to_owned()),
        _ => Err(BadSetting(format!(
            "PORTAL_PUBLIC_URL must be an address such as https://portal.example.com, without a path, not {url:?}"
        ))),
    }
}

/// One key or several, not both: whoever sets the other one beside it would not know which seals. The values never stand in the
/// complaint: they may be the keys, but for a slip.
fn read_keys(one: Option<String>, several: Option<String>) -> Result<Option<KeyRing>, BadSetting> {
    let read = |name: &str, text: &str, most: usize| {
        let wanted = if most == 1 {
            "be 64 hexadecimal digits"
        } else {
            "be keys of 64 hexadecimal digits, the newest first and commas between them"
        };
        KeyRing::parse(text)
            .filter(|ring| ring.len() <= most)
            .map(Some)
            .ok_or_else(|| BadSetting(format!("{name} must {wanted}; `openssl rand -hex 32` prints such a key")))
    };
    match (one, several) {
        (None, None) => Ok(None),
        (Some(text), None) => read("PORTAL_SECRET_KEY", &text, 1),
        (None, Some(text)) => read("PORTAL_SECRET_KEYS", &text, usize::MAX),
        (Some(_), Some(_)) => Err(BadSetting(
            "PORTAL_SECRET_KEY and PORTAL_SECRET_KEYS must not both be set: write all keys into PORTAL_SECRET_KEYS, the newest first"
                .to_owned(),
        )),
    }
}

impl Config {
    /// How to open the database.
    #[must_use]
    pub fn database(&self) -> Options {
        Options {
            limits: self.database_limits,
            migration_url: self.migration_url.clone(),
            ..Options::new(&*self.database_url, self.database_connections)
        }
    }

    /// The keys that encrypt secrets at rest: those that were set, or those of the file that this installation made at its first
    /// start, a line each, the newest first.
    ///
    /// # Errors
    /// When the folder for it cannot be written, or the file holds something else.
    pub fn keys(&self, entropy: &dyn Entropy) -> Result<KeyRing, BadSetting> {
        if let Some(keys) = &self.secret_keys {
            return Ok(keys.clone());
        }
        let path = self.data.join("secret.key");
        let failed = |error: &dyn fmt::Display| BadSetting(format!("{} cannot be used: {error}", path.display()));
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let text = SecretString::from(text);
                return KeyRing::parse(text.expose_secret()).ok_or_else(|| failed(&"it holds no key"));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&error)),
        }
        let mut key = [0_u8; 32];
        entropy.fill(&mut key).map_err(|error| failed(&error))?;
        files::make_folder(&self.data).map_err(|error| failed(&error))?;
        files::write_new(&path, hex::write(&key).as_bytes()).map_err(|error| failed(&error))?;
        Ok(KeyRing::of(key))
    }

    /// Whether it may be served like that. What is fine for trying the portal out is not in front of the world.
    ///
    /// # Errors
    /// A sentence that says what to set.
    pub fn check_production(&self, fill_demo: bool) -> Result<(), BadSetting> {
        let wrong = if !self.production {
            return Ok(());
        } else if fill_demo {
            "--demo fills an account whose passwords everybody knows, and must not be used where PORTAL_PRODUCTION is true."
        } else if self.mail.smtp_url.is_none() {
            "PORTAL_SMTP_URL must say how mails are sent, such as smtps://user:password@mail.example.com: without it no invitation \
             and no link to reset a password reaches anybody."
        } else if self.targets.allow_private {
            "PORTAL_WEBHOOK_PRIVATE must not be true where PORTAL_PRODUCTION is true: partners could make the portal call the \
             machines beside it."
        } else {
            return Ok(());
        };
        Err(BadSetting(wrong.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use services::secrets::Secrets;

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
        let key = "0f".repeat(32);
        let file =
            "bind = \"127.0.0.1:8080\"\nproduction = true\nsession_hours = 8\npublic_url = \"https://p.example/\"";
        let mixed = config(
            file,
            &[("PORTAL_BIND", "0.0.0.0:80"), ("PORTAL_TRUSTED_PROXIES", "10.0.0.1, ::1"), ("PORTAL_SECRET_KEY", &key)],
        )
        .unwrap();
        assert_eq!(mixed.bind.to_string(), "0.0.0.0:80");
        assert!(mixed.production && mixed.public_url_set && !plain.public_url_set);
        assert_eq!(mixed.trusted_proxies, Proxies::parse("10.0.0.1 ::1").unwrap());
        let listed = config("trusted_proxies = [\"10.0.0.1\", \"fd00::/8\"]", &[]).unwrap();
        assert_eq!(listed.trusted_proxies, Proxies::parse("10.0.0.1,fd00::/8").unwrap());
        assert_eq!(mixed.session_lifetime.absolute, TimeDelta::hours(8));
        assert_eq!(mixed.public_url, "https://p.example");
        assert!(mixed.secret_keys.is_some() && plain.secret_keys.is_none());
    }

    #[test]
    fn keys_stand_in_one_setting_the_newest_first() {
        let (new, old) = ("0e".repeat(32), "0f".repeat(32));
        let (both, listed) = (format!("{new},{old}"), format!("secret_keys = [\"{new}\", \"{old}\"]"));
        let seals = |file: &str, environment: &[(&str, &str)]| {
            let keys = config(file, environment).unwrap().keys(&domain::clock::OsEntropy).unwrap();
            (Secrets::with(&keys).beginning().to_vec(), keys.len())
        };
        let newest = Secrets::new(&[14; 32]).beginning().to_vec();
        assert_eq!(seals("", &[("PORTAL_SECRET_KEYS", &both)]), (newest.clone(), 2));
        assert_eq!(seals(&listed, &[]), (newest.clone(), 2));
        assert_eq!(seals("", &[("PORTAL_SECRET_KEY", &new)]), (newest, 1));
        let complaint = |environment: &[_]| config("", environment).unwrap_err().to_string();
        let twice = complaint(&[("PORTAL_SECRET_KEY", &new), ("PORTAL_SECRET_KEYS", &both)]);
        assert!(twice.starts_with("PORTAL_SECRET_KEY and PORTAL_SECRET_KEYS must not both be set"), "{twice}");
        let cut = format!("{new},{}", &old[1..]);
        for (name, value) in [("PORTAL_SECRET_KEY", &both), ("PORTAL_SECRET_KEYS", &cut)] {
            let said = complaint(&[(name, value)]);
            assert!(said.starts_with(&format!("{name} must be")) && !said.contains(&new), "{said}");
        }
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let complaint = |file, environment: &[_]| config(file, environment).unwrap_err().to_string();
        assert!(complaint("", &[("PORTAL_BIND", "localhost")]).starts_with("PORTAL_BIND must be"));
        assert!(complaint("", &[("PORTAL_BIND", "0.0.0.0:3000")]).contains("PORTAL_PRODUCTION is not true"));
        assert!(complaint("", &[("PORTAL_TRUSTED_PROXIES", "proxy")]).contains("\"proxy\" is not an IP address"));
        assert!(complaint("production = true", &[]).starts_with("PORTAL_PUBLIC_URL must say"));
        assert!(
            complaint("production = true\npublic_url = \"http://p.example\"", &[]).starts_with("PORTAL_PUBLIC_URL")
        );
        let unsafe_key =
            complaint("production = true\npublic_url = \"https://p.example\"", &[("PORTAL_SECRET_KEY", "hunter2")]);
        assert!(unsafe_key.starts_with("PORTAL_SECRET_KEY must be") && !unsafe_key.contains("hunter2"));
        assert!(
            complaint("", &[("PORTAL_SECURITY_CONTACT", "ask\nme")]).starts_with("PORTAL_SECURITY_CONTACT must be")
        );
        assert!(complaint("", &[("PORTAL_FONTS", "/, /no/such/folder")]).contains("\"/no/such/folder\" is no folder"));
        assert!(complaint("prodution = true", &[]).contains("unknown field `prodution`"));
        assert!(complaint("session_hours = \"x\"", &[]).starts_with("PORTAL_SESSION_HOURS must be"));
    }

    #[test]
    fn production_refuses_what_is_fine_for_trying_out() {
        let key = "0f".repeat(32);
        let production = |more: &[(&'static str, &'static str)]| {
            let mut set = vec![("PORTAL_PRODUCTION", "true"), ("PORTAL_SECRET_KEY", &*key)];
            set.extend_from_slice(&[
                ("PORTAL_PUBLIC_URL", "https://p.example"),
                ("PORTAL_SMTP_URL", "smtp://localhost:25"),
            ]);
            set.extend_from_slice(more);
            set.reverse();
            config("", &set).unwrap()
        };
        let complaint = |config: Config, demo| config.check_production(demo).unwrap_err().to_string();
        assert!(production(&[]).check_production(false).is_ok());
        assert!(complaint(production(&[]), true).starts_with("--demo"));
        let mut without = production(&[]);
        without.mail.smtp_url = None;
        assert!(complaint(without, false).starts_with("PORTAL_SMTP_URL must say"));
        assert!(
            complaint(production(&[("PORTAL_WEBHOOK_PRIVATE", "true")]), false).starts_with("PORTAL_WEBHOOK_PRIVATE")
        );
        let trial = config("", &[("PORTAL_WEBHOOK_PRIVATE", "true")]).unwrap();
        assert!(trial.check_production(true).is_ok(), "without PORTAL_PRODUCTION all of it is fine");
    }

    #[test]
    fn an_installation_makes_itself_a_key_and_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config("", &[]).unwrap();
        config.data = folder.path().join("data");
        let kept =
            |config: &Config| Secrets::with(&config.keys(&domain::clock::OsEntropy).unwrap()).beginning().to_vec();
        let first = kept(&config);
        assert_eq!(kept(&config), first);
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(config.data.join("secret.key")).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600, "nobody else may read it");
        let path = config.data.join("secret.key");
        let old = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{}\n{old}\n", "0f".repeat(32))).unwrap();
        assert_eq!(kept(&config), Secrets::new(&[15; 32]).beginning(), "a new one stands above it");
        std::fs::write(&path, "nonsense").unwrap();
        assert!(config.keys(&domain::clock::OsEntropy).unwrap_err().to_string().contains("holds no key"));
    }

    #[test]
    fn no_password_is_shown() {
        let set = [
            ("DATABASE_URL", "postgres://portal:s3cret@db.example/portal"),
            ("PORTAL_SMTP_URL", "smtps://portal:s3cret@mail.example"),
        ];
        let config = config("", &set).unwrap();
        assert_eq!(config.database_url_without_password(), "postgres://portal@db.example/portal");
        assert!(!format!("{config:?}").contains("s3cret"));
    }

    #[test]
    fn only_postgresql_has_an_owner_beside_the_role_that_serves() {
        let (server, owner) = ("postgres://server@db.example/portal", "postgres://owner:s3cret@db.example/portal");
        let settings = [("DATABASE_URL", server), ("PORTAL_MIGRATION_URL", owner)];
        let both = config("", &settings).unwrap();
        assert_eq!(both.database().migration_url.as_deref(), Some(owner));
        assert!(!format!("{both:?}").contains("s3cret"));
        assert_eq!(config("", &settings[..1]).unwrap().database().migration_url, None);
        assert!(
            config("", &settings[1..]).unwrap_err().to_string().contains("PORTAL_MIGRATION_URL"),
            "SQLite has no roles"
        );
    }
}
