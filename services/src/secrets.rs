//! Secrets at rest: encrypted with the installation's key, so that a stolen database alone opens nothing.
//!
//! The key can be changed: what is sealed says which key it was sealed with, so that several open side by side for as long as that
//! takes ([`crate::sealed`] seals anew what older ones have sealed). A sealed value is
//!
//! ```text
//! 1 byte     the form: 1
//! 8 bytes    the id of the key
//! 24 bytes   a random nonce
//! the rest   the secret, encrypted and authenticated (XChaCha20-Poly1305), together with form, id and owner
//! ```
//!
//! Values from before keys had ids begin with the nonce. No value of one form opens as one of the other: what is authenticated differs.

use std::sync::Arc;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use domain::{clock::Entropy, hex};
use hmac::{Hmac, KeyInit as _, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretSlice};
use sha2::Sha256;
use store::audit::AuditKeys;

use crate::ServiceError;

/// Bytes of the nonce of every sealed secret.
const NONCE: usize = 24;
/// Bytes of a key's id.
const ID: usize = 8;
/// The first byte of a sealed secret.
const FORM: u8 = 1;

/// What a sealed secret begins with: its form, and the id of its key.
type Header = [u8; 1 + ID];

/// The keys of the installation, the newest first; there is always one. Cloning shares them; they are zeroed with the last that
/// shares them, and never printed.
#[derive(Debug, Clone)]
pub struct KeyRing(Arc<(Key, Vec<Key>)>);

/// A key of the installation.
type Key = SecretBox<[u8; 32]>;

impl KeyRing {
    /// Of one key.
    #[must_use]
    pub fn of(key: [u8; 32]) -> Self {
        Self(Arc::new((SecretBox::new(Box::new(key)), Vec::new())))
    }

    /// Of keys as they are written down, the newest first: 64 hexadecimal digits each, with commas or line breaks between them. None
    /// when there is no key or something is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut keys = Vec::new();
        for key in text.split([',', '\n']).map(str::trim).filter(|key| !key.is_empty()) {
            let bytes = SecretSlice::from(hex::read(key)?);
            let bytes: &[u8; 32] = bytes.expose_secret().try_into().ok()?;
            keys.push(SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(bytes)));
        }
        if keys.is_empty() {
            return None;
        }
        let newest = keys.remove(0);
        Some(Self(Arc::new((newest, keys))))
    }

    /// How many they are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        1 + self.0.1.len()
    }

    /// The newest.
    fn newest(&self) -> &[u8; 32] {
        self.0.0.expose_secret()
    }

    fn older(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.0.1.iter().map(ExposeSecret::expose_secret)
    }

    /// The keys of the audit log that are derived from these.
    #[must_use]
    pub fn audit_keys(&self) -> AuditKeys {
        AuditKeys::derive(self.newest(), self.older())
    }
}

/// One key, ready to seal and open. The cipher zeroes it when it is dropped.
#[derive(Clone)]
struct Sealer {
    header: Header,
    cipher: XChaCha20Poly1305,
}

impl Sealer {
    fn new(key: &[u8; 32]) -> Self {
        let mut header = [FORM; 1 + ID];
        // A key of any length is one to HMAC: this cannot fail.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) {
            mac.update(b"partner-portal secrets, id of a key");
            header[1..].copy_from_slice(&mac.finalize().into_bytes()[..ID]);
        }
        Self { header, cipher: XChaCha20Poly1305::new(key.into()) }
    }

    /// What is authenticated beside the secret.
    fn bound(&self, owner: &[u8]) -> Vec<u8> {
        [&self.header, owner].concat()
    }

    fn decrypt(&self, bound: &[u8], nonce_and_secret: &[u8]) -> Option<String> {
        let (nonce, encrypted) = nonce_and_secret.split_at_checked(NONCE)?;
        let payload = Payload { msg: encrypted, aad: bound };
        String::from_utf8(self.cipher.decrypt(XNonce::from_slice(nonce), payload).ok()?).ok()
    }
}

/// Seals and opens secrets with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha).
#[derive(Clone)]
pub struct Secrets {
    newest: Sealer,
    older: Vec<Sealer>,
}

/// The keys are never printed.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// With this key alone.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self { newest: Sealer::new(key), older: Vec::new() }
    }

    /// With these keys: it seals with the newest, and opens with any.
    #[must_use]
    pub fn with(keys: &KeyRing) -> Self {
        Self { newest: Sealer::new(keys.newest()), older: keys.older().map(Sealer::new).collect() }
    }

    /// What everything begins with that the newest key has sealed.
    #[must_use]
    pub fn beginning(&self) -> &[u8] {
        &self.newest.header
    }

    fn all(&self) -> impl Iterator<Item = &Sealer> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    /// Encrypts a secret for one owner: sealed for one partner, it opens for no other.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn seal(&self, entropy: &dyn Entropy, owner: &[u8], secret: &str) -> Result<Vec<u8>, ServiceError> {
        let Sealer { header, cipher } = &self.newest;
        let mut nonce = [0_u8; NONCE];
        entropy.fill(&mut nonce).map_err(|error| ServiceError::internal(&error))?;
        let payload = Payload { msg: secret.as_bytes(), aad: &self.newest.bound(owner) };
        let encrypted = cipher.encrypt(XNonce::from_slice(&nonce), payload);
        Ok([header.as_slice(), &nonce, &encrypted.map_err(|error| ServiceError::internal(&error))?].concat())
    }

    /// Decrypts a secret of this owner.
    ///
    /// # Errors
    /// When it was sealed with a key that is not there or for another owner, or was changed.
    pub fn open(&self, owner: &[u8], sealed: &[u8]) -> Result<String, ServiceError> {
        self.open_if_ours(owner, sealed).ok_or_else(|| {
            ServiceError::internal(&"a sealed secret cannot be opened: was the installation's key changed?")
        })
    }

    /// The same for what strangers hand in: none when it was not sealed here for this owner.
    #[must_use]
    pub fn open_if_ours(&self, owner: &[u8], sealed: &[u8]) -> Option<String> {
        if let Some(key) = self.all().find(|key| sealed.starts_with(&key.header))
            && let Some(secret) = key.decrypt(&key.bound(owner), &sealed[key.header.len()..])
        {
            return Some(secret);
        }
        // From before keys had ids; its nonce may happen to begin like such a header.
        self.all().find_map(|key| key.decrypt(owner, sealed))
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
        for length in 0..sealed.len() {
            assert!(secrets.open(b"northwind", &sealed[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn every_byte_of_what_is_sealed_is_authenticated() {
        let secrets = Secrets::new(&[7; 32]);
        let sealed = secrets.seal(&OsEntropy, b"northwind", "whsec_abc").unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(secrets.open(b"northwind", &changed).is_err(), "{place}");
        }
        // Nor can the id be taken off, or another key's be put on.
        assert!(secrets.open(b"northwind", &sealed[1 + ID..]).is_err());
        let two = ring(&[8, 7]);
        let swapped = [Secrets::with(&two).beginning(), &sealed[1 + ID..]].concat();
        assert!(Secrets::with(&two).open(b"northwind", &sealed).is_ok());
        assert!(Secrets::with(&two).open(b"northwind", &swapped).is_err());
    }

    fn ring(keys: &[u8]) -> KeyRing {
        let keys: Vec<_> = keys.iter().map(|byte| hex::write(&[*byte; 32])).collect();
        KeyRing::parse(&keys.join(", ")).unwrap()
    }

    #[test]
    fn a_ring_seals_with_the_newest_key_and_opens_with_all() {
        let (old, both, new) = (Secrets::new(&[7; 32]), Secrets::with(&ring(&[8, 7])), Secrets::with(&ring(&[8])));
        let by_old = old.seal(&OsEntropy, b"ada", "one").unwrap();
        let by_both = both.seal(&OsEntropy, b"ada", "two").unwrap();
        assert_eq!((&*both.open(b"ada", &by_old).unwrap(), &*both.open(b"ada", &by_both).unwrap()), ("one", "two"));
        assert_eq!(new.open(b"ada", &by_both).unwrap(), "two");
        assert!(old.open(b"ada", &by_both).is_err() && new.open(b"ada", &by_old).is_err());
        assert!(by_both.starts_with(new.beginning()) && !by_old.starts_with(new.beginning()));
    }

    /// What was sealed before keys had ids: the nonce first, and nothing authenticated but the owner.
    fn sealed_before(key: u8, nonce: [u8; NONCE], owner: &[u8], secret: &str) -> Vec<u8> {
        let payload = Payload { msg: secret.as_bytes(), aad: owner };
        let cipher = XChaCha20Poly1305::new(&[key; 32].into());
        [nonce.as_slice(), &cipher.encrypt(XNonce::from_slice(&nonce), payload).unwrap()].concat()
    }

    #[test]
    fn what_was_sealed_before_keys_had_ids_opens() {
        let both = Secrets::with(&ring(&[8, 7]));
        for key in [7, 8] {
            let mut unlucky = [5; NONCE];
            unlucky[..=ID].copy_from_slice(&Sealer::new(&[key; 32]).header);
            for nonce in [[0; NONCE], [FORM; NONCE], unlucky] {
                let sealed = sealed_before(key, nonce, b"ada", "before");
                assert_eq!(both.open(b"ada", &sealed).unwrap(), "before", "{key}");
                assert!(both.open(b"bea", &sealed).is_err() && Secrets::new(&[9; 32]).open(b"ada", &sealed).is_err());
            }
        }
    }

    #[test]
    fn keys_are_read_as_they_are_written_down() {
        let (one, two) = ("0f".repeat(32), "0A".repeat(32));
        let seals = |text: &str| Secrets::with(&KeyRing::parse(text).unwrap()).beginning().to_vec();
        assert_eq!(seals(&one), Secrets::new(&[15; 32]).beginning());
        for text in [format!("{two},{one}"), format!(" {two} , {one} "), format!("{two}\r\n{one}\n")] {
            assert_eq!(seals(&text), Secrets::new(&[10; 32]).beginning(), "{text}");
            assert_eq!(KeyRing::parse(&text).unwrap().older().collect::<Vec<_>>(), [&[15; 32]]);
        }
        for wrong in ["", ",", "\n", &one[1..], &format!("{one}{two}"), &format!("{one} {two}"), &"é".repeat(32)] {
            assert!(KeyRing::parse(wrong).is_none(), "{wrong}");
        }
        let shown = format!("{:?} {:?}", ring(&[7, 8]), Secrets::new(&[7; 32]));
        assert!(!shown.contains('7') && shown.contains("REDACTED"), "{shown}");
    }
}
