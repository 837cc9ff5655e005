//! Kick, and a relay, for the tests of your own handlers: throw-away keys and the same checks.
//!
//! ```
//! use std::time::SystemTime;
//! use bytes::Bytes;
//! use kick_hmac::testing::KickSigner;
//! use kick_hmac::{Broadcasters, KickHmac, Replays, VerifyError};
//!
//! let signer = KickSigner::new();
//! let kick = KickHmac::builder(signer.keys(), Broadcasters::only([7]), Replays::single_process())
//!     .build()?;
//!
//! let message = signer.event("channel.followed", r#"{"broadcaster":{"user_id":7}}"#);
//! let request = message.request::<Bytes>();
//! let delivery = kick.verify(request.headers(), request.body().clone(), SystemTime::now())?;
//! assert_eq!(delivery.claimed_type(), Some("channel.followed"));
//!
//! let forged = kick.verify(request.headers(), "{}", SystemTime::now());
//! assert_eq!(forged.unwrap_err(), VerifyError::BadSignature);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod message;
mod store;

use std::fmt;
use std::time::SystemTime;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;

pub use self::message::Message;
pub use self::store::check_store;
use crate::headers::{SIGNATURE, SignedText};
use crate::{KickKeys, KickPublicKey, RelayKeys, RelaySecret};

/// Stands in for Kick: signs with an RSA key of its own.
#[derive(Debug)]
pub struct KickSigner(KeyPair);

impl KickSigner {
    /// A new key of 2048 bits, as Kick's.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each is another")]
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "for tests")]
    pub fn new() -> Self {
        Self(KeyPair::generate(KeySize::Rsa2048).expect("a key"))
    }

    /// The key, for a builder.
    #[must_use]
    pub fn keys(&self) -> KickKeys {
        KickKeys::new(self.public_key())
    }

    /// The key, to replace another with.
    #[must_use]
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "for tests")]
    pub fn public_key(&self) -> KickPublicKey {
        KickPublicKey::from_pem(self.pem()).expect("it is an RSA key")
    }

    /// The key as PEM, as Kick publishes it.
    #[must_use]
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "for tests")]
    pub fn pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().expect("it is an RSA key");
        let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        for line in der.as_ref().chunks(48) {
            // 64 characters, as RFC 7468 §2 has it.
            pem.push_str(&STANDARD.encode(line));
            pem.push('\n');
        }
        pem.push_str("-----END PUBLIC KEY-----\n");
        pem
    }

    /// The key as Kick's endpoint serves it.
    #[must_use]
    pub fn endpoint_json(&self) -> String {
        let pem = self.pem().replace('\n', "\\n");
        format!(r#"{{"data":{{"public_key":"{pem}"}},"message":"OK"}}"#)
    }

    /// An event of this type, with this body.
    pub fn event(&self, event_type: &str, body: impl AsRef<[u8]>) -> Message<'_> {
        Message::new(self, Some(event_type), body.as_ref())
    }

    /// A Drops claim, with this body.
    pub fn drops_claim(&self, body: impl AsRef<[u8]>) -> Message<'_> {
        Message::new(self, None, body.as_ref())
    }
}

/// Stands in for a relay: signs with secrets of its own, or yours.
#[derive(Debug)]
pub struct RelaySigner(RelayKeys);

impl RelaySigner {
    /// A new secret of 32 bytes.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each is another")]
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "for tests")]
    pub fn new() -> Self {
        let mut secret = [0; 32];
        fill(&mut secret).expect("random bytes");
        let secret = RelaySecret::new(secret).expect("32 bytes");
        Self(RelayKeys::kick_relay([secret]).expect("one secret"))
    }

    /// Signs as a relay with these keys does.
    #[must_use]
    pub fn with(keys: RelayKeys) -> Self {
        Self(keys)
    }

    /// The keys, for a builder.
    #[must_use]
    pub fn keys(&self) -> RelayKeys {
        self.0.clone()
    }

    /// An event of this type, with this body.
    pub fn event(&self, event_type: &str, body: impl AsRef<[u8]>) -> Message<'_> {
        Message::new(self, Some(event_type), body.as_ref())
    }

    /// A Drops claim, with this body.
    pub fn drops_claim(&self, body: impl AsRef<[u8]>) -> Message<'_> {
        Message::new(self, None, body.as_ref())
    }
}

/// What signs a message.
trait Sign: fmt::Debug + Send + Sync {
    fn header(&self) -> HeaderName;
    fn sign(&self, text: &SignedText, body: &[u8], now: SystemTime) -> String;
}

#[expect(clippy::expect_used, reason = "for tests")]
impl Sign for KickSigner {
    fn header(&self) -> HeaderName {
        SIGNATURE.clone()
    }

    fn sign(&self, text: &SignedText, body: &[u8], _: SystemTime) -> String {
        let mut signature = vec![0; self.0.public_modulus_len()];
        let text = [text.as_bytes(), body].concat();
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &text, &mut signature)
            .expect("a signature");
        STANDARD.encode(signature)
    }
}

#[expect(clippy::expect_used, reason = "for tests")]
impl Sign for RelaySigner {
    fn header(&self) -> HeaderName {
        self.0.header().clone()
    }

    fn sign(&self, text: &SignedText, body: &[u8], now: SystemTime) -> String {
        self.0.tag_of(text, body, now).expect("a secret that is valid then")
    }
}
