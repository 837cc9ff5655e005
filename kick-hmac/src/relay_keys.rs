use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use hmac::Mac;
use http::HeaderName;

use crate::headers::{KICK_HEADERS, SIGNATURE, SignedText};
use crate::signature::TagEncoding;
use crate::{ConfigError, Delivery, RelaySecret, VerifyError};

/// The secrets of a relay: something of yours that takes Kick's webhooks, verifies them, and sends them
/// on under HMAC-SHA256.
///
/// Kick itself signs with RSA and never with a secret: without such a relay, this is not for you. The
/// scheme is called `kick_relay`: Kick's own headers and its own signed text, the id, the time and the
/// body joined by dots. The tag stands in `Kick-Event-Signature` as base64, or as it is configured.
///
/// Cloning shares one value: replaced in one handle, replaced in all.
#[derive(Clone)]
pub struct RelayKeys {
    secrets: Arc<ArcSwap<Vec<RelaySecret>>>,
    encoding: TagEncoding,
    header: HeaderName,
}

impl RelayKeys {
    /// The scheme `kick_relay`, under any of these secrets: one, or for a rotation two, at most 8.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoSecret`] or [`ConfigError::TooManySecrets`].
    pub fn kick_relay(secrets: impl IntoIterator<Item = RelaySecret>) -> Result<Self, ConfigError> {
        let secrets = Arc::new(ArcSwap::from_pointee(checked(secrets)?));
        Ok(Self { secrets, encoding: TagEncoding::default(), header: SIGNATURE.clone() })
    }

    /// The header that the tag is in. Default: `Kick-Event-Signature`, in the place of Kick's own.
    ///
    /// # Errors
    ///
    /// [`ConfigError::SignatureHeader`] if it is another header of Kick's, or HTTP gives it a meaning.
    pub fn signature_header(mut self, name: HeaderName) -> Result<Self, ConfigError> {
        let taken = KICK_HEADERS.contains(&name.as_str()) && name != SIGNATURE;
        if taken || HTTP_HEADERS.contains(&name.as_str()) {
            return Err(ConfigError::SignatureHeader);
        }
        self.header = name;
        Ok(self)
    }

    /// How the tag is written. Default: base64.
    #[must_use]
    pub fn encoding(mut self, encoding: TagEncoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Replaces the secrets, from the next signature on.
    ///
    /// # Errors
    ///
    /// Those of [`kick_relay`](Self::kick_relay); the secrets then stay as they are.
    pub fn reload(
        &self,
        secrets: impl IntoIterator<Item = RelaySecret>,
    ) -> Result<(), ConfigError> {
        self.secrets.store(Arc::new(checked(secrets)?));
        Ok(())
    }

    /// What a relay puts in the header named, for a delivery that it has verified and sends on with
    /// the rest of its headers and its body: the tag under the first secret that is valid now, or
    /// `None` if there is no such secret.
    #[must_use]
    pub fn sign(&self, delivery: &Delivery, now: SystemTime) -> Option<String> {
        self.tag_of(delivery.signed_text(), delivery.body(), now)
    }

    pub(crate) fn tag_of(&self, text: &SignedText, body: &[u8], now: SystemTime) -> Option<String> {
        let secrets = self.secrets.load();
        let secret = secrets.iter().find(|secret| secret.is_valid(now))?;
        let tag = secret.mac([text.as_bytes(), body]).finalize();
        Some(self.encoding.encode(&tag.into_bytes().into()))
    }

    pub(crate) fn header(&self) -> &HeaderName {
        &self.header
    }

    pub(crate) fn tag_encoding(&self) -> TagEncoding {
        self.encoding
    }

    pub(crate) fn verify(
        &self,
        text: &SignedText,
        body: &[u8],
        tag: &[u8],
        now: SystemTime,
    ) -> Result<(), VerifyError> {
        let mut refused = VerifyError::NoValidSecret;
        for secret in self.secrets.load().iter().filter(|secret| secret.is_valid(now)) {
            if secret.mac([text.as_bytes(), body]).verify_slice(tag).is_ok() {
                return Ok(());
            }
            refused = VerifyError::BadSignature;
        }
        Err(refused)
    }
}

impl fmt::Debug for RelayKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayKeys")
            .field("secrets", &self.secrets.load())
            .field("encoding", &self.encoding)
            .field("header", &self.header)
            .finish()
    }
}

fn checked(
    secrets: impl IntoIterator<Item = RelaySecret>,
) -> Result<Vec<RelaySecret>, ConfigError> {
    // One more than may be, so that an endless source ends.
    let secrets: Vec<_> = secrets.into_iter().take(MAX_SECRETS + 1).collect();
    match secrets.len() {
        0 => Err(ConfigError::NoSecret),
        1..=MAX_SECRETS => Ok(secrets),
        _ => Err(ConfigError::TooManySecrets),
    }
}

const MAX_SECRETS: usize = 8;

/// What a client, a proxy or this crate reads, and what proxies merge or drop.
const HTTP_HEADERS: [&str; 12] = [
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
