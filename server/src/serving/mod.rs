//! Serving connections. Each has so long to say what it wants, to send what it announced and to read what it asked for; there are
//! only so many of them. Whoever says or reads nothing is hung up on, and what was at work for them ends with the connection.

mod body;
mod stream;

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore, watch},
    time::Instant,
};
use tower::ServiceExt;

use self::{body::PatientBody, stream::PatientStream};
use crate::client_address::Proxies;

/// How long a connection may keep the server waiting, and how many there may be.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For a request's head, from the first moment or the end of the request before on. Longer than proxies keep idle connections,
    /// so that they are the ones who hang up.
    pub head: Duration,
    /// For the next bytes of a request's body.
    pub body_pause: Duration,
    /// For the whole of it, beside what its bytes take at the slowest pace that is still fine.
    pub body_grace: Duration,
    /// For an answer's reader to take the next bytes.
    pub answer_pause: Duration,
    /// Connections at once; further ones wait until one ends.
    pub connections: u32,
    /// Connections at once of one visitor. Proxies that are trusted stand for many visitors.
    pub per_visitor: usize,
    /// Those proxies.
    pub proxies: Proxies,
}

impl Limits {
    /// The usual limits, for so many connections.
    #[must_use]
    pub fn new(connections: u32, proxies: Proxies) -> Self {
        let seconds = Duration::from_secs;
        Self {
            head: seconds(75),
            body_pause: seconds(30),
            body_grace: seconds(60),
            answer_pause: seconds(60),
            connections,
            per_visitor: usize::try_from(connections / 4).unwrap_or(usize::MAX).max(16),
            proxies,
        }
    }
}

/// How seldom the log says that all connections are taken.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Serves until told to stop, and the requests under way to their end.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stopping: watch::Receiver<bool>) {
    let limits = Arc::new(limits);
    let connections = Arc::new(Semaphore::new(usize::try_from(limits.connections).unwrap_or(Semaphore::MAX_PERMITS)));
    let visitors = Arc::new(Visitors::default());
    let mut told: Option<Instant> = None;
    let mut stop = pin!(stop_requested(stopping.clone()));
    loop {
        if connections.available_permits() == 0 && told.is_none_or(|told| told.elapsed() > TOLD_EVERY) {
            told = Some(Instant::now());
            tracing::warn!(connections = limits.connections, "all connections are taken; new ones have to wait");
        }
        let permit = tokio::select! {
            Ok(permit) = connections.clone().acquire_owned() => permit,
            () = &mut stop => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    pause_after(&error).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let Some(place) = visitors.admit(peer.ip(), &limits) else { continue };
        let (router, limits, stopping) = (router.clone(), limits.clone(), stopping.clone());
        tokio::spawn(async move {
            connection(stream, peer, router, &limits, stopping).await;
            drop((permit, place));
        });
    }
    drop(listener);
    // The semaphore is never closed: this ends with the last connection.
    let _ = connections.acquire_many(limits.connections).await;
}

/// Ends when the process is told to stop.
pub(crate) async fn stop_requested(mut stopping: watch::Receiver<bool>) {
    // It fails only when nobody can tell any more.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// A connection that ended before it was taken is nobody's concern; anything else, such as too many open files, may pass.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(cause = %error, "no connection can be taken");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: &Limits,
    stopping: watch::Receiver<bool>,
) {
    // Answers are written in large pieces: nothing is gained by waiting for more.
    let _ = stream.set_nodelay(true);
    let hang_up = Arc::new(Notify::new());
    let service = service_fn(|request: Request<Incoming>| {
        let patience = (limits.body_pause, limits.body_grace);
        let body = |incoming| Body::new(PatientBody::new(incoming, patience, hang_up.clone()));
        let mut request = request.map(body);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().oneshot(request);
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let io = TokioIo::new(PatientStream::new(stream, limits.answer_pause));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let mut served = pin!(http.serve_connection(io, service));
    let mut stop = pin!(stop_requested(stopping));
    let mut stopped = false;
    loop {
        tokio::select! {
            ended = served.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(cause = %error, "a connection ended early");
                }
                break;
            }
            () = hang_up.notified() => {
                tracing::debug!("a request's body did not come in time");
                break;
            }
            () = &mut stop, if !stopped => {
                stopped = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}

/// How many connections each visitor has.
#[derive(Debug, Default)]
struct Visitors(Mutex<HashMap<String, usize>>);

impl Visitors {
    /// A place for one more connection of this address, if it may have one.
    fn admit(self: &Arc<Self>, address: IpAddr, limits: &Limits) -> Option<Place> {
        let address = address.to_canonical();
        let visitors = self.clone();
        if address.is_loopback() || limits.proxies.contains(address) {
            return Some(Place { visitors, whose: None });
        }
        let whose = services::throttle::neighbourhood(&address.to_string());
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(whose.clone()).or_insert(0);
        if *count >= limits.per_visitor {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Place { visitors, whose: Some(whose) })
    }
}

/// A visitor's connection, as long as it lasts.
#[derive(Debug)]
struct Place {
    visitors: Arc<Visitors>,
    whose: Option<String>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(whose) = self.whose.take() else { return };
        let mut counts = self.visitors.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&whose) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&whose);
            }
        }
    }
}

#[cfg(test)]
mod tests;
