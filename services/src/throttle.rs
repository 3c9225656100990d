//! How often somebody may try to get in: counted by name and by network address, in the database, so that several processes
//! count together.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use store::{
    Tx,
    throttle::{self, Limit},
};

use crate::ServiceError;

/// Per account name: a person mistypes now and then, a machine guesses.
const PER_NAME: Limit = Limit { failures: 5, window: TimeDelta::minutes(15) };
/// Per network address: an office shares one.
const PER_ADDRESS: Limit = Limit { failures: 30, window: TimeDelta::minutes(15) };

/// Where one try was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    by_name: Vec<u8>,
    by_address: Vec<u8>,
}

fn bucket(kind: &str, key: &str) -> Vec<u8> {
    Sha256::digest(format!("{kind}\n{key}").as_bytes()).to_vec()
}

/// The part of an address that one party holds: of IPv6 the first 64 bits, for the rest is free to choose.
fn network(address: &str) -> String {
    match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V6(address)) => format!("{:x?}", &address.segments()[..4]),
        _ => address.to_owned(),
    }
}

/// Counts an attempt of one kind. It is counted before anything is looked at: many tries at once must not all pass a check
/// that none has counted yet. The transaction must be committed even when this one is refused.
///
/// # Errors
/// [`ServiceError::RateLimited`] when it is one too many.
pub async fn count(tx: &mut Tx, purpose: &str, name: &str, address: &str) -> Result<Counted, ServiceError> {
    let counted = Counted {
        by_name: bucket(&format!("{purpose}name"), name),
        by_address: bucket(&format!("{purpose}address"), &network(address)),
    };
    for (bucket, limit) in [(&counted.by_name, PER_NAME), (&counted.by_address, PER_ADDRESS)] {
        if let Some(left) = throttle::count(tx, bucket, limit).await? {
            return Err(ServiceError::RateLimited(u32::try_from((left.num_seconds() + 59) / 60).unwrap_or(1).max(1)));
        }
    }
    Ok(counted)
}

/// Takes a try back, after a success: of this name all are forgotten, of the address this one.
pub async fn succeeded(tx: &mut Tx, counted: &Counted) -> Result<(), ServiceError> {
    throttle::forget(tx, &counted.by_name).await?;
    Ok(throttle::take_back(tx, &counted.by_address).await?)
}
