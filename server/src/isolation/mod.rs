//! The proof that partners and accounts are apart, for operators to run on their own installation and for the tests.
//!
//! It makes two synthetic accounts, of which every text says whose it is, asks by the portal's own router for everything there is to
//! ask for, as everybody who must not get it, and removes both again. What is walked is taken from where the router takes it, and what
//! must come from [`routes`]: what is forgotten there is found missing. A clock of its own lets sessions and keys expire.

mod fill;
mod made;
mod report;
mod rounds;
pub mod routes;
mod visitor;
mod world;

use std::{pin::Pin, sync::Arc, time::Instant};

use chrono::TimeDelta;
use clap::ValueEnum;
use domain::clock::{Clock, ManualClock, OsEntropy, SystemClock};
use services::{CallTarget, Fetched, Portal, Targets, secrets::KeyRing};
use store::{Db, synthetic};

use self::{
    made::Made,
    rounds::{foreign, keys, outgoing, rights, sessions, unchanged::Views, visitors},
    world::World,
};
pub use self::{
    report::{Finding, Report, Round},
    visitor::{Content, form, json},
};
use crate::{
    AnyError,
    commands::{open_at, portal_of, stop_signal},
    config::Config,
    router,
};

/// How long a walk takes at the most: whatever synthetic account is older was left by one that was cut off.
const LONGEST: TimeDelta = TimeDelta::minutes(15);

/// Nobody is called while synthetic accounts are walked.
struct Nowhere;

impl CallTarget for Nowhere {
    fn check<'a>(&'a self, url: &'a str) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        let found = url.parse::<url::Url>().ok();
        let is_synthetic = found.is_some_and(|url| url.domain().is_some_and(|name| name.ends_with(".invalid")));
        Box::pin(std::future::ready(if is_synthetic { Ok(()) } else { Err("nobody is called here".to_owned()) }))
    }

    fn fetch(&self, _: http::Request<Vec<u8>>) -> Fetched<'_> {
        Box::pin(std::future::ready(Err("nobody is called here".to_owned())))
    }
}

/// A part of the walk, in the order in which they are walked: from [`Part::Stale`] on time goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Nobody has logged in.
    Anonymous,
    /// Each role of a partner.
    Users,
    /// Each role of an account's admins.
    Admins,
    /// Others' ids in addresses, forms and files.
    Ids,
    /// Others' ids and texts in filters.
    Filters,
    /// API keys, and others' ids in the API.
    Keys,
    /// Others' pages, after their things were asked for.
    Unchanged,
    /// API keys that were revoked.
    RevokedKeys,
    /// Each permission denied.
    Permissions,
    /// Disabled, paused, switched off.
    Switches,
    /// Admins who view a partner's portal.
    Viewing,
    /// Sessions that have ended, and those of the other area.
    Ended,
    /// Mails, reports and webhooks.
    Outgoing,
    /// Proofs that are too old.
    Stale,
    /// Sessions that have expired.
    Expired,
    /// API keys that have expired.
    ExpiredKeys,
    /// No second factor where it is required.
    WithoutFactor,
}

impl Part {
    /// Walks it; `views` is what the others' pages showed before their things were asked for.
    async fn walk(self, world: &World, views: &mut Views) -> Result<Round, AnyError> {
        Ok(match self {
            Self::Anonymous => visitors::anonymous(world).await,
            Self::Users => visitors::users(world).await?,
            Self::Admins => visitors::admins(world).await?,
            Self::Ids => foreign::by_id(world).await?,
            Self::Filters => foreign::by_filter(world).await?,
            Self::Keys => keys::api(world).await?,
            Self::Unchanged => views.compare().await,
            Self::RevokedKeys => keys::revoked(world).await?,
            Self::Permissions => rights::permissions(world).await?,
            Self::Switches => rights::switches(world).await?,
            Self::Viewing => rights::viewing(world).await?,
            Self::Ended => sessions::ended(world).await?,
            Self::Outgoing => outgoing::outgoing(world).await?,
            Self::Stale => sessions::stale(world).await?,
            Self::Expired => sessions::expired(world).await?,
            Self::ExpiredKeys => keys::expired(world).await?,
            Self::WithoutFactor => sessions::without_factor(world).await?,
        })
    }
}

/// Walks the configured installation, these parts or without any of them all, and tells of each when it is over.
///
/// # Errors
/// When the database does not answer, has not this version's schema, or the role in `DATABASE_URL` may not remove accounts and
/// `PORTAL_MIGRATION_URL` names no other; when another walk is under way; when a synthetic account cannot be made.
pub async fn prove(config: &Config, parts: &[Part], progress: impl FnMut(&Round)) -> Result<Report, AnyError> {
    let keys = config.keys(&OsEntropy)?;
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let db = open_at(config, &keys, clock.clone()).await?;
    if !db.is_ready().await? {
        return Err("the database has not this version's schema: run `partner-portal migrate` first".into());
    }
    if !synthetic::is_removable(&db).await? {
        return Err(
            "the role in DATABASE_URL cannot remove what is made for this: set PORTAL_MIGRATION_URL as well".into()
        );
    }
    for (account, made_at) in synthetic::all(&mut db.reader().await?).await? {
        if clock.now() - made_at < LONGEST {
            return Err(
                "another prove-isolation is under way, or was cut off less than a quarter of an hour ago".into()
            );
        }
        synthetic::remove(&db, account).await?;
    }
    let made = Made::default();
    let walked = tokio::select! {
        walked = walk(config, &keys, (&db, clock), &made, parts, progress) => walked,
        () = stop_signal() => Err("it was interrupted; what was made is removed".into()),
    };
    let mut left = Vec::new();
    for account in made.accounts() {
        // A request that was under way when it was interrupted may have added something: it is over by the second time.
        if synthetic::remove(&db, account).await.is_err()
            && let Err(error) = synthetic::remove(&db, account).await
        {
            left.push(format!("a synthetic account could not be removed ({error}); the next prove-isolation does"));
        }
    }
    db.close().await;
    match walked {
        Ok(report) => Ok(Report { left, ..report }),
        Err(error) if left.is_empty() => Err(error),
        Err(error) => Err(format!("{error}; {}", left.join("; ")).into()),
    }
}

async fn walk(
    config: &Config,
    keys: &KeyRing,
    (db, clock): (&Db, Arc<ManualClock>),
    made: &Made,
    parts: &[Part],
    mut progress: impl FnMut(&Round),
) -> Result<Report, AnyError> {
    let (begun, at) = (Instant::now(), clock.now());
    let wall_gaps = db.wall_gaps().await?.iter().map(ToString::to_string).collect();
    // Nobody who walks is to be told to slow down.
    let config = Config { web_rate: 1_000_000, api_rate: 1_000_000, ..config.clone() };
    let portal: Portal = portal_of(&config, keys, Targets(Arc::new(Nowhere)))?;
    let world = World::make(config, db.clone(), clock, Arc::new(portal), made).await?;
    fill::account(&world, &world.theirs).await?;
    fill::partner(&world, &world.theirs, world.stranger()).await?;
    fill::partner(&world, &world.ours, world.neighbour()).await?;
    let mut views = Views::default();
    let mut rounds = Vec::new();
    for part in Part::value_variants().iter().filter(|part| parts.is_empty() || parts.contains(part)) {
        if *part == Part::Ids || *part == Part::Unchanged && views.is_empty() {
            views = Views::of_others(&world).await?;
        }
        let round = part.walk(&world, &mut views).await?;
        progress(&round);
        rounds.push(round);
    }
    let findings = || rounds.iter().flat_map(|round| &round.findings);
    Ok(Report {
        at: at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        version: env!("CARGO_PKG_VERSION"),
        engine: if world.config.database_url.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" },
        wall_gaps,
        seconds: begun.elapsed().as_secs_f64(),
        walked: rounds.iter().map(|round| round.walked).sum(),
        foreign: findings().filter(|finding| finding.foreign).count(),
        held: findings().next().is_none() && rounds.iter().all(|round| round.walked > 0),
        is_whole: parts.is_empty(),
        routes: vec![
            ("pages", routes::pages().len()),
            ("downloads", router::download_paths().len()),
            ("uploads", router::upload_paths().len()),
            ("server functions", routes::server_functions().len()),
            ("operations of the API", routes::operations().len()),
        ],
        without_example: views.without_example,
        left: Vec::new(),
        rounds,
    })
}
