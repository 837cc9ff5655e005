use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use serde_json::value::RawValue;

use crate::{KeySetError, text};

/// The public keys of a team, parsed and ready to verify with.
///
/// Read from the document at [`TeamDomain::certs_url`](crate::TeamDomain::certs_url). A key is
/// found by its `kid` alone: the order of the keys means nothing, and `public_cert` is not read,
/// since Cloudflare's documentation says that it may be out of date.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<Key>,
    skipped: Vec<(Option<String>, SkipReason)>,
}

impl KeySet {
    /// Reads a certs document (a JWK set, RFC 7517 §5).
    ///
    /// A key that cannot verify an RS256 signature is left out, and [`skipped`](Self::skipped) says
    /// why; it never spoils the others.
    ///
    /// # Errors
    ///
    /// [`KeySetError::TooLarge`] over 128 KiB or 16 keys, [`KeySetError::Malformed`] if there is no
    /// array `keys`, [`KeySetError::NoUsableKey`] if no key is left.
    pub fn from_json(certs: &[u8]) -> Result<Self, KeySetError> {
        if certs.len() > MAX_DOCUMENT {
            return Err(KeySetError::TooLarge);
        }
        let document: Document<'_> =
            str::from_utf8(certs).ok().and_then(text::object).ok_or(KeySetError::Malformed)?;
        if document.keys.len() > MAX_KEYS {
            return Err(KeySetError::TooLarge);
        }

        let mut skipped = Vec::new();
        let mut candidates = Vec::new();
        for json in document.keys {
            let (kid, key) = match text::object::<Jwk<'_>>(json.get()) {
                Some(jwk) => (jwk.kid.as_deref().map(str::to_owned), Key::from_jwk(&jwk)),
                None => (None, Err(SkipReason::Malformed)),
            };
            match key {
                Ok(key) => candidates.push(key),
                Err(reason) => skipped.push((kid, reason)),
            }
        }

        // A `kid` of two keys names none of them; the same key twice is one.
        let mut keys: Vec<Key> = Vec::new();
        for key in &candidates {
            if candidates.iter().any(|other| other.kid == key.kid && !other.is(key)) {
                skipped.push((Some(key.kid.to_string()), SkipReason::DuplicateKid));
            } else if !keys.iter().any(|kept| kept.is(key)) {
                keys.push(key.clone());
            }
        }
        if keys.is_empty() { Err(KeySetError::NoUsableKey) } else { Ok(Self { keys, skipped }) }
    }

    /// The `kid` of each key, in the document's order.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| &*key.kid)
    }

    /// The keys left out: their `kid`, if it could be read, and why.
    pub fn skipped(&self) -> impl Iterator<Item = (Option<&str>, SkipReason)> {
        self.skipped.iter().map(|(kid, reason)| (kid.as_deref(), *reason))
    }

    /// The key whose header this is, letter for letter as Access encodes it: the short way, for
    /// which nothing needs to be read.
    pub(crate) fn find_by_header(&self, encoded: &[u8]) -> Option<&Key> {
        self.keys.iter().find(|key| *key.header == *encoded)
    }

    pub(crate) fn find(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| *key.kid == *kid)
    }
}

/// The decisions are those of [`KeySet::from_json`], on what `JwkSet` keeps of the document.
#[cfg(feature = "jsonwebtoken")]
impl TryFrom<&jsonwebtoken::jwk::JwkSet> for KeySet {
    type Error = KeySetError;

    fn try_from(set: &jsonwebtoken::jwk::JwkSet) -> Result<Self, KeySetError> {
        Self::from_json(&serde_json::to_vec(set).map_err(|_| KeySetError::Malformed)?)
    }
}

/// Why a key of a certs document is not used.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SkipReason {
    /// Not an object, a member has the wrong type or is there twice, or there is no `kid` of 1 to
    /// 128 visible ASCII characters.
    Malformed,
    /// `kty` is not `RSA`.
    NotRsa,
    /// `use` or `key_ops` is there and does not name signatures and their verification.
    NotForSignatures,
    /// `alg` is there and is not `RS256`.
    NotRs256,
    /// The private half stands beside the public one, so anyone may have signed with it.
    Private,
    /// The modulus has fewer than 2048 bits or more than 4096.
    Size,
    /// Modulus and exponent are not an RSA public key, or not in their canonical form.
    Invalid,
    /// Another key has the same `kid`.
    DuplicateKid,
}

#[derive(Clone)]
pub(crate) struct Key {
    kid: Box<str>,
    header: Box<[u8]>,
    public: ParsedPublicKey,
}

impl Key {
    fn from_jwk(jwk: &Jwk<'_>) -> Result<Self, SkipReason> {
        let kid = jwk.kid.as_deref().filter(|kid| text::is_visible(kid));
        let kid = kid.ok_or(SkipReason::Malformed)?;
        if jwk.kty != "RSA" {
            return Err(SkipReason::NotRsa);
        }
        // RFC 7517 §4.2 and §4.3: both are optional; what they say is binding.
        let signs = jwk.usage.as_deref().is_none_or(|usage| usage == "sig");
        let verifies = jwk.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !signs || !verifies {
            return Err(SkipReason::NotForSignatures);
        }
        if jwk.alg.as_deref().is_some_and(|alg| alg != "RS256") {
            return Err(SkipReason::NotRs256);
        }
        if jwk.d.is_some() {
            return Err(SkipReason::Private);
        }
        let n = base64url_uint(jwk.n.as_deref()).ok_or(SkipReason::Invalid)?;
        let e = base64url_uint(jwk.e.as_deref()).ok_or(SkipReason::Invalid)?;
        if !(MIN_MODULUS_BITS..=MAX_MODULUS_BITS).contains(&bits(&n)) {
            return Err(SkipReason::Size);
        }
        // Components are taken as they are; only a key that is read as a whole is checked.
        let public = RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| SkipReason::Invalid)?
            .as_der()
            .map_err(|_| SkipReason::Invalid)?;
        let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public.as_ref())
            .map_err(|_| SkipReason::Invalid)?;
        let header = json!({ "alg": "RS256", "kid": kid, "typ": "JWT" }).to_string();
        let header = URL_SAFE_NO_PAD.encode(header).into_bytes().into();
        Ok(Self { kid: kid.into(), header, public })
    }

    pub(crate) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(signed, signature).is_ok()
    }

    fn is(&self, other: &Self) -> bool {
        self.kid == other.kid && self.public.as_ref() == other.public.as_ref()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Jwk<'a> {
    #[serde(borrow)]
    kty: Cow<'a, str>,
    #[serde(borrow)]
    kid: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "use")]
    usage: Option<Cow<'a, str>>,
    key_ops: Option<Vec<String>>,
    #[serde(borrow)]
    alg: Option<Cow<'a, str>>,
    #[serde(borrow)]
    n: Option<Cow<'a, str>>,
    #[serde(borrow)]
    e: Option<Cow<'a, str>>,
    d: Option<IgnoredAny>,
}

/// RFC 7518 §2: big-endian, in as few octets as it takes.
fn base64url_uint(text: Option<&str>) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text?).ok()?;
    bytes.first().is_some_and(|first| *first != 0).then_some(bytes)
}

fn bits(uint: &[u8]) -> usize {
    let unused = uint.first().map_or(0, |first| first.leading_zeros() as usize);
    uint.len().saturating_mul(8).saturating_sub(unused)
}

pub(crate) const MAX_DOCUMENT: usize = 128 * 1024;

/// Access publishes two, the current and the previous one.
const MAX_KEYS: usize = 16;

/// NIST SP 800-131A: no RSA key below 2048 bits. Above 4096, each verification costs the origin more
/// than it proves.
const MIN_MODULUS_BITS: usize = 2048;
pub(crate) const MAX_MODULUS_BITS: usize = 4096;
