//! The tokens in mailed links: 256 random bits, of which only a hash is kept.

use domain::clock::{Entropy, OsEntropy};
use sha2::{Digest, Sha256};

use crate::ServiceError;

/// A fresh token, as 64 hexadecimal digits, and its hash.
///
/// # Errors
/// When the system gives no random numbers.
pub fn fresh() -> Result<(String, Vec<u8>), ServiceError> {
    let mut random = [0_u8; 32];
    OsEntropy.fill(&mut random)?;
    let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let hash = hash(&token);
    Ok((token, hash))
}

/// The hash under which a token is kept. The token is random: nothing slow is needed to keep it from being guessed.
#[must_use]
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
