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
    let token = domain::hex::write(&random);
    let hash = hash(&token);
    Ok((token, hash))
}

/// A secret for somebody to read out, copy or type: four groups of four of these letters, 80 random bits.
///
/// # Errors
/// When the system gives no random numbers.
pub(crate) fn readable(letters: &[u8; 32]) -> Result<String, ServiceError> {
    let mut random = [0_u8; 16];
    OsEntropy.fill(&mut random)?;
    let text: String = random.iter().map(|byte| char::from(letters[usize::from(byte % 32)])).collect();
    Ok([&text[..4], &text[4..8], &text[8..12], &text[12..]].join("-"))
}

/// The hash under which a token is kept. The token is random: nothing slow is needed to keep it from being guessed.
#[must_use]
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
