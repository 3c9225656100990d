//! A device with a passkey, as the tests hold one in their hands: it makes and signs what Web Authentication (Level 3) says, or what it
//! must not.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Somebody was there, and proved to the device who it is.
pub(crate) const VERIFIED: u8 = 0b101;
/// Somebody was there.
pub(crate) const PRESENT: u8 = 0b001;

/// The device.
#[derive(Clone)]
pub(crate) struct Device {
    /// What it signs with.
    pub(crate) key: SigningKey,
    /// What it calls its passkey.
    pub(crate) id: Vec<u8>,
    /// Whose passkey it says this is.
    pub(crate) user: String,
    /// The address that the browser says it is at.
    pub(crate) origin: String,
    /// How often it has signed.
    pub(crate) counter: u32,
    /// What it says of whoever holds it.
    pub(crate) flags: u8,
}

impl Device {
    /// One that nobody has; the number makes it another than others.
    pub(crate) fn new(number: u8) -> Self {
        let key = SigningKey::from_slice(&[number; 32]).unwrap();
        let origin = "https://portal.example".to_owned();
        Self { key, id: vec![number; 16], user: String::new(), origin, counter: 0, flags: VERIFIED }
    }

    /// What `navigator.credentials.create` answers to these options.
    pub(crate) fn makes(&mut self, options: &str) -> String {
        let asked: Value = serde_json::from_str(options).unwrap();
        let asked = &asked["publicKey"];
        assert_eq!(asked["rp"]["id"], "portal.example");
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
        self.user = asked["user"]["id"].as_str().unwrap().to_owned();
        let client = self.client_data("webauthn.create", &asked["challenge"]);
        let mut data = self.data(self.flags | 0b100_0000);
        // No maker is named; then the credential's id, and its key in the form of COSE (RFC 9053): ES256 on P-256.
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        let point = self.key.verifying_key().to_sec1_point(false);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point.as_bytes()[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point.as_bytes()[33..]);
        // CBOR (RFC 8949) of {"fmt": "none", "attStmt": {}, "authData": data}.
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        let response = json!({ "attestationObject": BASE64.encode(object), "clientDataJSON": BASE64.encode(client) });
        self.answer(&response)
    }

    /// What `navigator.credentials.get` answers to these options.
    pub(crate) fn signs(&mut self, options: &str) -> String {
        let asked: Value = serde_json::from_str(options).unwrap();
        let client = self.client_data("webauthn.get", &asked["publicKey"]["challenge"]);
        self.counter += 1;
        let data = self.data(self.flags);
        let signed: Signature = self.key.sign(&[&data[..], &Sha256::digest(&client)].concat());
        let response = json!({
            "authenticatorData": BASE64.encode(data), "clientDataJSON": BASE64.encode(client),
            "signature": BASE64.encode(signed.to_der()), "userHandle": self.user,
        });
        self.answer(&response)
    }

    fn client_data(&self, what: &str, challenge: &Value) -> Vec<u8> {
        let origin = &self.origin;
        json!({ "type": what, "challenge": challenge, "origin": origin, "crossOrigin": false }).to_string().into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest("portal.example").to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn answer(&self, response: &Value) -> String {
        let id = BASE64.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
            .to_string()
    }
}
