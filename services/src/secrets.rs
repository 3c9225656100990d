//! Secrets at rest: encrypted with the installation's key, so that a stolen database alone opens nothing.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use domain::clock::Entropy;

use crate::ServiceError;

/// Bytes of the nonce that stands before every sealed secret.
const NONCE: usize = 24;

/// Seals and opens secrets with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha).
#[derive(Clone)]
pub struct Secrets(XChaCha20Poly1305);

/// The key is never printed.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// With this key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// Encrypts a secret for one owner: sealed for one partner, it opens for no other.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn seal(&self, entropy: &dyn Entropy, owner: &[u8], secret: &str) -> Result<Vec<u8>, ServiceError> {
        let mut sealed = vec![0_u8; NONCE];
        entropy.fill(&mut sealed).map_err(|error| ServiceError::internal(&error))?;
        let payload = Payload { msg: secret.as_bytes(), aad: owner };
        let encrypted = self.0.encrypt(XNonce::from_slice(&sealed), payload);
        sealed.extend(encrypted.map_err(|error| ServiceError::internal(&error))?);
        Ok(sealed)
    }

    /// Decrypts a secret of this owner.
    ///
    /// # Errors
    /// When it was sealed with another key or for another owner, or was changed.
    pub fn open(&self, owner: &[u8], sealed: &[u8]) -> Result<String, ServiceError> {
        self.open_if_ours(owner, sealed).ok_or_else(|| {
            ServiceError::internal(&"a sealed secret cannot be opened: was the installation's key changed?")
        })
    }

    /// The same for what strangers hand in: none when it was not sealed here for this owner.
    #[must_use]
    pub fn open_if_ours(&self, owner: &[u8], sealed: &[u8]) -> Option<String> {
        let (nonce, encrypted) = sealed.split_at_checked(NONCE)?;
        let payload = Payload { msg: encrypted, aad: owner };
        String::from_utf8(self.0.decrypt(XNonce::from_slice(nonce), payload).ok()?).ok()
    }
}

/// A fresh secret to sign webhooks with, in the form of the Standard Webhooks specification: `whsec_` and the Base64 of 24
/// to 64 random bytes, here 32.
///
/// # Errors
/// When the system gives no random numbers.
pub fn webhook_secret(entropy: &dyn Entropy) -> Result<String, ServiceError> {
    use base64::Engine;
    let mut random = [0_u8; 32];
    entropy.fill(&mut random).map_err(|error| ServiceError::internal(&error))?;
    Ok(format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(random)))
}

#[cfg(test)]
mod tests {
    use domain::clock::OsEntropy;

    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_and_key_alone() {
        let secrets = Secrets::new(&[7; 32]);
        let sealed = secrets.seal(&OsEntropy, b"northwind", "whsec_abc").unwrap();
        assert_eq!(secrets.open(b"northwind", &sealed).unwrap(), "whsec_abc");
        assert!(!sealed.windows(5).any(|part| part == b"whsec"));
        assert_ne!(sealed, secrets.seal(&OsEntropy, b"northwind", "whsec_abc").unwrap());
        assert!(secrets.open(b"contoso", &sealed).is_err());
        assert!(Secrets::new(&[8; 32]).open(b"northwind", &sealed).is_err());
        assert!(secrets.open(b"northwind", &sealed[..10]).is_err());
    }
}
