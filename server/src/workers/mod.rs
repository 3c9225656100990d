//! What works beside the requests, in every process: each worker a file, each safe beside its twins in other processes.

pub mod account_webhooks;
pub mod housekeeping;
pub mod lead_imports;
pub mod lead_mails;
pub mod mail;
pub mod refold;
pub mod report_mails;
pub mod rollups;
pub mod webhooks;

use std::{collections::HashSet, hash::Hash, time::Duration};

use tokio::{sync::watch, task::JoinSet};

/// Serves whoever has work, `most` of them at once and each by a task of its own, so that one that is slow holds up nobody else. Looks for
/// work `every` so often, with the number of those that can still be served; ends when told to stop, once all tasks have ended.
async fn serve_each<K, D, S>(
    every: Duration,
    most: usize,
    mut stop: watch::Receiver<bool>,
    due: impl Fn(usize) -> D,
    serve: impl Fn(K) -> S,
) where
    K: Copy + Eq + Hash + Send + 'static,
    D: Future<Output = Vec<K>>,
    S: Future + Send + 'static,
{
    let mut serving = JoinSet::new();
    let mut busy = HashSet::new();
    let mut tick = tokio::time::interval(every);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            Some(done) = serving.join_next(), if !serving.is_empty() => {
                if let Ok(one) = done {
                    busy.remove(&one);
                }
                continue;
            }
            _ = stop.changed() => break,
        }
        for one in due(most - busy.len().min(most)).await {
            if busy.len() < most && busy.insert(one) {
                let served = serve(one);
                serving.spawn(async move {
                    served.await;
                    one
                });
            }
        }
    }
    while serving.join_next().await.is_some() {}
}
