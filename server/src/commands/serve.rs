//! Serving: start, housekeeping, and a graceful end.

use std::{sync::Arc, time::Duration};

use app::access::AppState;
use domain::clock::OsEntropy;
use services::{
    Targets,
    links::{AccountUrl, Link},
    setup,
};
use store::{Db, GuardedDb, accounts};
use tokio::{net::TcpListener, sync::watch};

use super::open::{open_with, portal_of};
use crate::{
    AnyError,
    config::Config,
    demo,
    egress::Egress,
    invoice_pdf, router,
    serving::{self, Limits},
    workers::{
        account_webhooks::AccountWebhooks, housekeeping, lead_imports, lead_mails, mail::Mailer, refold, report_mails,
        rollups, webhooks::WebhookWorker,
    },
};

/// How long what is being sent at the end may take.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(20);

/// Serves until the process is told to stop.
///
/// # Errors
/// When the database cannot be opened or migrated, or the address is taken.
pub(crate) async fn run(config: Config, fill_demo: bool) -> Result<(), AnyError> {
    config.check_production(fill_demo)?;
    let keys = config.keys(&OsEntropy)?;
    let db = open_with(&config, &keys).await?;
    db.migrate().await?;
    for gap in db.wall_gaps().await? {
        tracing::warn!("{gap}");
    }
    if config.production && demo::is_there(&db).await? {
        return Err(
            "the database holds the demo account, whose passwords everybody knows: begin with another database where \
                    PORTAL_PRODUCTION is true."
                .into(),
        );
    }
    if !config.production && config.public_url.starts_with("https://") {
        tracing::warn!(
            "PORTAL_PUBLIC_URL is an https address, but PORTAL_PRODUCTION is not true: cookies are not Secure"
        );
    }
    let listener =
        TcpListener::bind(config.bind).await.map_err(|error| format!("cannot listen on {}: {error}", config.bind))?;
    // A developer who starts with an empty database wants something to look at.
    let empty = config.reload_port.is_some() && accounts::count(&mut db.reader().await?).await? == 0;
    let demo = if fill_demo || empty { Some(demo::fill(&db, demo::LEADS).await?) } else { None };
    invoice_pdf::look_in(&config.fonts);
    // Now, so that whoever issues the first invoice need not wait for it.
    drop(tokio::task::spawn_blocking(invoice_pdf::find_fonts));
    let egress = Egress::new(config.targets.clone())?;
    let portal = Arc::new(portal_of(&config, &keys, Targets(Arc::new(egress.clone())))?);
    let state = AppState { db: GuardedDb::new(db.clone()), portal: portal.clone() };
    let account_webhooks = AccountWebhooks::new(db.clone(), portal.clone(), egress.clone(), Arc::new(OsEntropy));
    let webhooks = WebhookWorker::new(db.clone(), portal.clone(), egress, Arc::new(OsEntropy))?;
    let mailer = Mailer::new(db.clone(), portal.clone(), &config)?;
    let router = router::build(state, &config);
    let limits = Limits::new(config.connections, config.trusted_proxies.clone());
    let housekeeping = tokio::spawn(housekeeping::work(db.clone(), config.session_lifetime));
    let (stop, stopped) = watch::channel(false);
    let stopping = stopped.clone();
    let workers = [
        tokio::spawn(mailer.work(stopped.clone())),
        tokio::spawn(webhooks.work(stopped.clone())),
        tokio::spawn(account_webhooks.work(stopped.clone())),
        tokio::spawn(lead_mails::work(db.clone(), portal.clone(), stopped.clone())),
        tokio::spawn(report_mails::work(db.clone(), portal.clone(), stopped.clone())),
        tokio::spawn(lead_imports::work(db.clone(), portal, stopped.clone())),
        tokio::spawn(rollups::work(db.clone(), stopped.clone())),
        tokio::spawn(refold::work(db.clone(), stopped)),
    ];
    if let Some(demo) = demo {
        print!("{}", demo::logins(&demo, &config.public_url));
    }
    if let Some(link) = setup_link(&db, &config.public_url).await? {
        println!("\nThere is no account yet. Set up the portal with this link; it works once:\n\n  {link}\n");
    }
    println!("Partner Portal is up on {}", config.public_url);
    // Requests and workers hear of it together; nothing new is taken from then on.
    tokio::spawn(async move {
        stop_signal().await;
        let _ = stop.send(true);
    });
    tokio::select! {
        () = serving::serve(listener, router, limits, stopping.clone()) => {}
        () = too_late(stopping) => tracing::warn!("some requests did not end in time and are cut off"),
    }
    housekeeping.abort();
    // What is being sent is sent to its end; the rest waits in its queue.
    let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, futures::future::join_all(workers)).await;
    // A request that was cut off may hold a connection still.
    let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, db.close()).await;
    Ok(())
}

/// The link by which an empty installation is set up; none where somebody is there already.
async fn setup_link(db: &Db, public_url: &str) -> Result<Option<String>, AnyError> {
    let mut tx = db.begin_write().await?;
    let token = setup::make_link(&mut tx).await?;
    tx.commit().await?;
    Ok(token.map(|token| AccountUrl::of_only_account(public_url).link(Link::Setup, &token)))
}

/// Ends when requests have had their time after that.
async fn too_late(stopping: watch::Receiver<bool>) {
    serving::stop_requested(stopping).await;
    tokio::time::sleep(SHUTDOWN_TIMEOUT).await;
}

/// Ends when the process is told to stop.
pub(crate) async fn stop_signal() {
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
