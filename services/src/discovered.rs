//! What is known of providers for single sign-on.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use openidconnect::core::CoreProviderMetadata;

/// For how long what a provider says of itself is believed.
const FRESH: Duration = Duration::from_secs(600);

/// How soon a stranger may have it asked anew.
const ANEW: Duration = Duration::from_secs(60);

/// Of how many providers.
const MOST: usize = 500;

/// What providers have said of themselves lately.
#[derive(Debug, Default)]
pub struct Discovered(Mutex<HashMap<String, (Instant, CoreProviderMetadata)>>);

impl Discovered {
    /// What this issuer has said.
    pub(crate) fn get(&self, issuer: &str) -> Option<CoreProviderMetadata> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(issuer).filter(|(since, _)| since.elapsed() < FRESH).map(|(_, metadata)| metadata.clone())
    }

    /// Whether what this issuer has said is so old that it may be asked anew, whoever wants it: a minute.
    pub(crate) fn may_be_stale(&self, issuer: &str) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(issuer).is_none_or(|(since, _)| since.elapsed() > ANEW)
    }

    /// Keeps what an issuer says.
    pub(crate) fn put(&self, issuer: &str, metadata: CoreProviderMetadata) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (since, _)| since.elapsed() < FRESH);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(issuer.to_owned(), (Instant::now(), metadata));
    }
}
