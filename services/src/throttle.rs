//! How often somebody may try to get in: counted in the database, so that several processes count together.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use store::{
    Tx,
    throttle::{self, Limit},
};

use crate::ServiceError;

const QUARTER: TimeDelta = TimeDelta::minutes(15);

/// Of one thing: how often it is asked for, whoever asks.
const PER_NAME: Limit = Limit { failures: 5, window: QUARTER };
/// Per network address: an office shares one.
const PER_ADDRESS: Limit = Limit { failures: 30, window: QUARTER };
/// Per network of an IPv6 site (/48), whose holder has 65,536 of those that count as an address (/64).
const PER_SITE: Limit = Limit { failures: 120, window: QUARTER };
/// Per account name from one address: a person mistypes now and then, a machine guesses.
const PER_NAME_AND_ADDRESS: Limit = Limit { failures: 10, window: QUARTER };
/// Per account name from everywhere: what OWASP's ASVS allows an hour. It takes many networks to come here, and browsers that
/// are known stay out of it.
const PER_LOGIN_NAME: Limit = Limit { failures: 100, window: TimeDelta::hours(1) };
/// Codes for one second factor from browsers that are not known: a million codes, of which three are right at a time, outlast years.
const PER_USER_OF_CODES: Limit = Limit { failures: 30, window: TimeDelta::hours(24) };
/// Per browser that its user has logged in with before.
const PER_DEVICE: Limit = Limit { failures: 10, window: QUARTER };

/// Where one try was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Buckets of one person: a success forgives all that is in them.
    own: Vec<Vec<u8>>,
    /// Buckets of many: a success takes one try out.
    shared: Vec<Vec<u8>>,
}

fn bucket(kind: &str, key: &str) -> Vec<u8> {
    Sha256::digest(format!("{kind}\n{key}").as_bytes()).to_vec()
}

/// The part of an address that one party holds: of IPv6 so many of its eight groups, for the rest is free to choose.
fn network(address: &str, groups: usize) -> String {
    match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V6(address)) => format!("{:x?}", address.segments().get(..groups)),
        _ => address.to_owned(),
    }
}

/// The part of an address that counts as one visitor's.
#[must_use]
pub fn neighbourhood(address: &str) -> String {
    network(address, 4)
}

async fn count_in(tx: &mut Tx, bucket: &[u8], limit: Limit) -> Result<(), ServiceError> {
    match throttle::count(tx, bucket, limit).await? {
        Some(left) => Err(ServiceError::RateLimited(u32::try_from((left.num_seconds() + 59) / 60).unwrap_or(1).max(1))),
        None => Ok(()),
    }
}

/// Counts an attempt of one kind, by what it is about and by where it comes from. It is counted before anything is looked at: many
/// tries at once must not all pass a check that none has counted yet. The transaction must be committed even when this one is
/// refused.
///
/// # Errors
/// [`ServiceError::RateLimited`] when it is one too many.
pub async fn count(tx: &mut Tx, purpose: &str, name: &str, address: &str) -> Result<Counted, ServiceError> {
    let by_address = bucket(&format!("{purpose}address"), &neighbourhood(address));
    let by_name = bucket(&format!("{purpose}name"), name);
    // Whoever has asked too often uses up nobody else's tries.
    count_in(tx, &by_address, PER_ADDRESS).await?;
    count_in(tx, &by_name, PER_NAME).await?;
    Ok(Counted { own: vec![by_name], shared: vec![by_address] })
}

/// Counts an attempt of one kind whose maker says no name, by where it comes from alone.
///
/// # Errors
/// [`ServiceError::RateLimited`] when it is one too many.
pub async fn count_address(tx: &mut Tx, purpose: &str, address: &str) -> Result<Counted, ServiceError> {
    let by_address = bucket(&format!("{purpose}address"), &neighbourhood(address));
    count_in(tx, &by_address, PER_ADDRESS).await?;
    Ok(Counted { own: Vec::new(), shared: vec![by_address] })
}

/// Counts a try to log in under a name, as [`count`] does. Failures elsewhere close the login for a name only when they come from
/// many networks, and never for a browser its user has logged in with before.
///
/// # Errors
/// [`ServiceError::RateLimited`] when it is one too many.
pub async fn count_login(
    tx: &mut Tx,
    purpose: &str,
    name: &str,
    address: &str,
    device: Option<&str>,
) -> Result<Counted, ServiceError> {
    let bucket = |kind: &str, key: &str| bucket(&format!("{purpose}{kind}"), key);
    if let Some(device) = device {
        let own = bucket("device", &format!("{name}\n{device}"));
        count_in(tx, &own, PER_DEVICE).await?;
        return Ok(Counted { own: vec![own], shared: Vec::new() });
    }
    // The name alone comes last: what is refused before must not count there, or
    // one place could shut the name out everywhere.
    let mut counted = Counted::default();
    let mut shared = vec![(bucket("address", &neighbourhood(address)), PER_ADDRESS)];
    if address.contains(':') {
        shared.push((bucket("site", &network(address, 3)), PER_SITE));
    }
    for (bucket, limit) in shared {
        count_in(tx, &bucket, limit).await?;
        counted.shared.push(bucket);
    }
    let pair = bucket("pair", &format!("{name}\n{}", neighbourhood(address)));
    count_in(tx, &pair, PER_NAME_AND_ADDRESS).await?;
    counted.own.push(pair);
    let by_name = bucket("login", name);
    count_in(tx, &by_name, PER_LOGIN_NAME).await?;
    counted.shared.push(by_name);
    Ok(counted)
}

/// Counts a code for somebody's second factor, as [`count_login`] does: whoever knows a password must neither guess the codes nor shut
/// the owner out, who comes with a browser that is known.
///
/// # Errors
/// [`ServiceError::RateLimited`] when it is one too many.
pub async fn count_code(tx: &mut Tx, user: &str, address: &str, device: Option<&str>) -> Result<Counted, ServiceError> {
    if let Some(device) = device {
        let own = bucket("code device", &format!("{user}\n{device}"));
        count_in(tx, &own, PER_DEVICE).await?;
        return Ok(Counted { own: vec![own], shared: Vec::new() });
    }
    let pair = bucket("code pair", &format!("{user}\n{}", neighbourhood(address)));
    count_in(tx, &pair, PER_NAME).await?;
    let by_user = bucket("code user", user);
    count_in(tx, &by_user, PER_USER_OF_CODES).await?;
    Ok(Counted { own: vec![pair], shared: vec![by_user] })
}

/// Takes a try back, after a success: of this person all are forgotten, of what is shared this one.
pub async fn succeeded(tx: &mut Tx, counted: &Counted) -> Result<(), ServiceError> {
    for bucket in &counted.own {
        throttle::forget(tx, bucket).await?;
    }
    for bucket in &counted.shared {
        throttle::take_back(tx, bucket).await?;
    }
    Ok(())
}
