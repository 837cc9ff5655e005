use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{Digest, SHA256, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::PublicKey;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use rustls_pki_types::pem::{self, PemObject};
use serde::Deserialize;

use crate::KeyError;
use crate::object::Object;

/// An RSA key with which Kick signs: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2), 2048 to 8192 bits.
///
/// Cloning shares one value.
#[derive(Clone)]
pub struct KickPublicKey(Arc<Shared>);

struct Shared {
    key: ParsedPublicKey,
    spki: Box<[u8]>,
    signature_length: usize,
}

impl KickPublicKey {
    /// The key in [Kick's documentation], which has not changed since webhooks exist.
    ///
    /// [Kick's documentation]: https://docs.kick.com/events/webhook-security
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "a constant; a test holds its fingerprint"
    )]
    pub fn published() -> Self {
        Self::from_pem(PUBLISHED).expect("the published key is one")
    }

    /// Reads a PEM block `PUBLIC KEY`. Line ends may be written as `\n`, as they are in the variable of
    /// an environment.
    ///
    /// # Errors
    ///
    /// [`KeyError::TooLarge`] over 16 KiB; [`KeyError::Pem`] unless there is one such block and no
    /// other; [`KeyError::Unsupported`] if its key is not an RSA key of 2048 to 8192 bits.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let pem = pem.as_ref();
        if pem.len() > MAX_DOCUMENT {
            return Err(KeyError::TooLarge);
        }
        let text = str::from_utf8(pem).map_err(|_| KeyError::Pem)?.replace("\\n", "\n");
        // The reader takes a block that begins twice for one.
        if text.matches("-----BEGIN ").count() != 1 || text.matches("-----END ").count() != 1 {
            return Err(KeyError::Pem);
        }
        let mut blocks = <(pem::SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes());
        match (blocks.next(), blocks.next()) {
            (Some(Ok((pem::SectionKind::PublicKey, der))), None) => Self::from_spki(&der),
            _ => Err(KeyError::Pem),
        }
    }

    /// Reads the answer of Kick's [key endpoint], `https://api.kick.com/public/v1/public-key`.
    ///
    /// Whoever can answer in that endpoint's place can sign: read it over TLS, and from no other
    /// address.
    ///
    /// # Errors
    ///
    /// [`KeyError::Document`] unless it is an object with `data.public_key`, and those of
    /// [`from_pem`](Self::from_pem).
    ///
    /// [key endpoint]: https://docs.kick.com/apis/public-key
    pub fn from_endpoint(json: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        #[derive(Deserialize)]
        struct Answer {
            data: Object<Data>,
        }

        #[derive(Deserialize)]
        struct Data {
            public_key: String,
        }

        let json = json.as_ref();
        if json.len() > MAX_DOCUMENT {
            return Err(KeyError::TooLarge);
        }
        let Object(answer): Object<Answer> =
            serde_json::from_slice(json).map_err(|_| KeyError::Document)?;
        Self::from_pem(answer.data.0.public_key)
    }

    /// Whether this key signed this text. It alone proves neither the time nor that it is for you.
    #[must_use]
    pub fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        self.verifies_digest(&digest(&SHA256, signed), signature)
    }

    /// The SHA-256 of the key in the form SubjectPublicKeyInfo: 64 hexadecimal digits, as of
    /// `openssl pkey -pubin -outform DER | sha256sum`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = digest(&SHA256, &self.0.spki);
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn verifies_digest(&self, digest: &Digest, signature: &[u8]) -> bool {
        self.0.key.verify_digest_sig(digest, signature).is_ok()
    }

    /// In bytes: as many as the modulus has (RFC 8017 §8.2.2).
    pub(crate) fn signature_length(&self) -> usize {
        self.0.signature_length
    }

    fn from_spki(spki: &[u8]) -> Result<Self, KeyError> {
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, spki)
            .map_err(|_| KeyError::Unsupported)?;
        let rsa = PublicKey::from_der(spki).map_err(|_| KeyError::Unsupported)?;
        // The one encoding of this key, and nothing behind it.
        let canonical: PublicKeyX509Der<'_> = rsa.as_der().map_err(|_| KeyError::Unsupported)?;
        let signature_length = rsa.modulus_len();
        // As many bytes are a few bits less, if the first of them is small.
        let modulus = rsa.modulus();
        let first = modulus.big_endian_without_leading_zero().first();
        let is_short =
            signature_length == MIN_MODULUS && first.is_none_or(|byte| byte.leading_zeros() > 0);
        if canonical.as_ref() != spki
            || !(MIN_MODULUS..=MAX_MODULUS).contains(&signature_length)
            || is_short
        {
            return Err(KeyError::Unsupported);
        }
        Ok(Self(Arc::new(Shared { key, spki: spki.into(), signature_length })))
    }
}

impl Eq for KickPublicKey {}

impl PartialEq for KickPublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.spki == other.0.spki
    }
}

impl fmt::Debug for KickPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KickPublicKey").field(&self.fingerprint()).finish()
    }
}

const MAX_DOCUMENT: usize = 16 * 1024;

const MIN_MODULUS: usize = 2048 / 8;
pub(crate) const MAX_MODULUS: usize = 8192 / 8;

const PUBLISHED: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq/+l1WnlRrGSolDMA+A8
6rAhMbQGmQ2SapVcGM3zq8ANXjnhDWocMqfWcTd95btDydITa10kDvHzw9WQOqp2
MZI7ZyrfzJuz5nhTPCiJwTwnEtWft7nV14BYRDHvlfqPUaZ+1KR4OCaO/wWIk/rQ
L/TjY0M70gse8rlBkbo2a8rKhu69RQTRsoaf4DVhDPEeSeI5jVrRDGAMGL3cGuyY
6CLKGdjVEM78g3JfYOvDU/RvfqD7L89TZ3iN94jrmWdGz34JNlEI5hqK8dd7C5EF
BEbZ5jgB8s8ReQV8H+MkuffjdAj3ajDDX3DOJMIut1lBrUVD1AaSrGCKHooWoL2e
twIDAQAB
-----END PUBLIC KEY-----
";
