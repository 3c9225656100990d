//! The installation, as far as services need it.

use std::{pin::Pin, sync::Arc};

use openidconnect::{HttpRequest, HttpResponse};
use store::sessions::Lifetime;

use crate::{
    breached::Breached,
    discovered::Discovered,
    pace::{Buckets, Running},
    passkeys::Passkeys,
    passwords::Passwords,
    secrets::Secrets,
    tally::Tallies,
};

/// What the operator has set, and the tools that depend on it. It holds no way to the database.
#[derive(Debug)]
pub struct Portal {
    /// Where browsers find the portal, without a slash at the end; mailed links begin with it.
    pub public_url: String,
    /// Whether it is served over HTTPS, and cookies travel over nothing else.
    pub production: bool,
    /// How long sessions live.
    pub session_lifetime: Lifetime,
    /// The password hashing, with its bound on how many run at once.
    pub passwords: Passwords,
    /// What checks passkeys; none where browsers take none.
    pub passkeys: Option<Passkeys>,
    /// What encrypts secrets at rest.
    pub secrets: Secrets,
    /// Which addresses the portal may call.
    pub targets: Targets,
    /// The first character of a text that invoices cannot be printed with.
    pub unprintable: fn(&str) -> Option<char>,
    /// What happens often and is told seldom in the audit log.
    pub tallies: Tallies,
    /// What is known of the providers for single sign-on.
    pub discovered: Discovered,
    /// Passwords that were stolen elsewhere, if the operator has a list.
    pub breached: Option<Breached>,
    /// How many requests each caller may send.
    pub buckets: Buckets,
    /// Requests a second of one user in the browser, on the whole; fifteen times as many at once.
    pub web_rate: u32,
    /// Which exports run.
    pub exports: Running,
}

/// The way out to addresses that users typed in.
pub trait CallTarget: Send + Sync {
    /// Nothing, or why not, as a sentence for whoever typed it.
    fn check<'a>(&'a self, url: &'a str) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

    /// Asks for a document; redirects are not followed. Else why there is none, in words that may be shown.
    fn fetch(&self, request: HttpRequest) -> Fetched<'_>;
}

/// A document on its way.
pub type Fetched<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, String>> + Send + 'a>>;

/// The one way out of this installation.
#[derive(Clone)]
pub struct Targets(pub Arc<dyn CallTarget>);

impl Targets {
    /// Whether an address may be called.
    ///
    /// # Errors
    /// Why not, as a sentence.
    pub async fn check(&self, url: &str) -> Result<(), String> {
        self.0.check(url).await
    }

    /// Asks for a document.
    ///
    /// # Errors
    /// Why there is none, as a sentence.
    pub async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, String> {
        self.0.fetch(request).await
    }
}

impl std::fmt::Debug for Targets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Targets(…)")
    }
}
