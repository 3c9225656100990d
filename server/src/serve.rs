//! Serving: start, housekeeping, and a graceful end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use app::{
    access::{AppState, Targets},
    auth::password::Passwords,
    secrets::Secrets,
};
use chrono::TimeDelta;
use domain::clock::OsEntropy;
use store::{Db, api_keys, leads::imports, partners, sessions, sessions::Lifetime, throttle, tokens};
use tokio::{net::TcpListener, sync::watch};

use crate::{
    cli,
    config::Config,
    delivery::{self, Courier},
    demo,
    egress::Egress,
    importer,
    mail::Postman,
    router, staff,
};

/// How often what has ended is cleared away.
const HOUSEKEEPING: Duration = Duration::from_secs(600);

/// How long what is being sent at the end may take.
const LAST_WORDS: Duration = Duration::from_secs(20);

/// Serves until the process is told to stop.
///
/// # Errors
/// When the database cannot be opened or migrated, or the address is taken.
pub async fn run(config: Config, fill_demo: bool) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let db = cli::open(&config).await?;
    db.migrate().await?;
    let listener =
        TcpListener::bind(config.bind).await.map_err(|error| format!("cannot listen on {}: {error}", config.bind))?;
    let demo = if fill_demo { Some(demo::fill(&db, demo::LEADS).await?) } else { None };
    let at_once = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let egress = Egress::new(config.targets.clone())?;
    let state = AppState {
        db: db.clone(),
        passwords: Arc::new(Passwords::new(&OsEntropy, at_once)?),
        secrets: Secrets::new(&config.key(&OsEntropy)?),
        settings: Arc::new(config.settings()),
        targets: Targets(Arc::new(egress.clone())),
    };
    let courier =
        Courier::new(db.clone(), state.secrets.clone(), egress, Arc::new(OsEntropy), config.public_url.clone())?;
    let settings = state.settings.clone();
    let postman = Postman::new(db.clone(), &config)?;
    let service = router::build(state, &config).into_make_service_with_connect_info::<SocketAddr>();
    let housekeeping = tokio::spawn(keep_house(db.clone(), config.session_lifetime));
    let (stop, stopped) = watch::channel(false);
    let stopping = stopped.clone();
    let workers = [
        tokio::spawn(postman.work(stopped.clone())),
        tokio::spawn(courier.work(stopped.clone())),
        tokio::spawn(delivery::mails::work(db.clone(), settings, stopped.clone())),
        tokio::spawn(importer::work(db.clone(), stopped)),
    ];
    if let Some(demo) = demo {
        print!("{}", demo::logins(&demo, &config.public_url));
    }
    if let Some(link) = staff::setup_link(&db, &config.public_url).await? {
        println!("\nNobody is here yet. Set the portal up by this link, good once:\n\n  {link}\n");
    }
    println!("Partner Portal is up on {}", config.public_url);
    // Requests and workers hear of it together; nothing new is taken from then on.
    tokio::spawn(async move {
        stop_signal().await;
        let _ = stop.send(true);
    });
    let serving = axum::serve(listener, service).with_graceful_shutdown(told(stopping.clone()));
    tokio::select! {
        ended = serving => ended?,
        () = too_late(stopping) => tracing::warn!("some requests did not end in time and are cut off"),
    }
    housekeeping.abort();
    // What is being sent is sent to its end; the rest waits in its queue.
    let _ = tokio::time::timeout(LAST_WORDS, futures::future::join_all(workers)).await;
    // A request that was cut off may hold a connection still.
    let _ = tokio::time::timeout(LAST_WORDS, db.close()).await;
    Ok(())
}

async fn keep_house(db: Db, lifetime: Lifetime) {
    let mut tick = tokio::time::interval(HOUSEKEEPING);
    loop {
        tick.tick().await;
        let sessions = sessions::delete_ended(&db, lifetime).await;
        let throttles = throttle::delete_older(&db, db.now() - TimeDelta::hours(1)).await;
        let links = tokens::delete_ended(&db, db.now()).await;
        let files = partners::delete_old_imports(&db, db.now() - TimeDelta::days(1)).await;
        let answers = api_keys::forget_answers(&db, db.now() - TimeDelta::days(1)).await;
        let leads = imports::forget(&db).await;
        staff::purge_audit(&db).await;
        for error in [sessions.map(drop), throttles, links, files, leads, answers].into_iter().filter_map(Result::err) {
            tracing::warn!(cause = %error, "housekeeping failed; it will be tried again");
        }
    }
}

/// Ends when the process is told to stop.
async fn told(mut stopping: watch::Receiver<bool>) {
    // It fails only when nobody can tell any more.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// Ends when requests have had their time after that.
async fn too_late(stopping: watch::Receiver<bool>) {
    told(stopping).await;
    tokio::time::sleep(LAST_WORDS).await;
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
    tracing::info!("stopping: finishing what is under way");
}
