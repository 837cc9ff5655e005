//! An Access issuer with throw-away keys, for the tests of your own handlers.
//!
//! Nothing here weakens a check: tokens of an [`Issuer`] go through the same
//! [`CfAccess::verify`](crate::CfAccess::verify) as Cloudflare's, and pass nowhere but where its keys were configured.
//!
//! ```
//! use std::time::SystemTime;
//! use cf_access::{CfAccess, testing::Issuer};
//!
//! let issuer = Issuer::new();
//! let access = CfAccess::builder(issuer.keys(), [issuer.audience().clone()]).build()?;
//!
//! let token = issuer.user("alice@example.com").token();
//! let identity = access.verify(token, SystemTime::now())?;
//! assert_eq!(identity.email(), Some("alice@example.com"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{CertificateParams, DnType, PKCS_RSA_SHA256};
use serde_json::{Map, Value, json};

use crate::{Audience, ClientId, KeySet, TeamDomain, TeamKeys};

/// Stands in for Cloudflare Access: two RSA keys, the certs document, and tokens of the exact shape.
pub struct Issuer {
    team: TeamDomain,
    audience: Audience,
    previous: SigningKey,
    current: SigningKey,
}

impl Issuer {
    /// The issuer `https://edgeproof-test.cloudflareaccess.com`, with new keys.
    ///
    /// # Panics
    ///
    /// If the system has no randomness to make keys from.
    #[must_use]
    #[expect(clippy::expect_used, reason = "both texts are constants that parse")]
    pub fn new() -> Self {
        Self::at("edgeproof-test".parse().expect("a team"), TEST_AUDIENCE.parse().expect("a tag"))
    }

    /// An issuer at the address where a test serves [`certs`](Self::certs), whose tokens are for
    /// this audience.
    ///
    /// # Panics
    ///
    /// If the system has no randomness to make keys from.
    #[must_use]
    pub fn at(team: TeamDomain, audience: Audience) -> Self {
        Self { team, audience, previous: SigningKey::new(), current: SigningKey::new() }
    }

    /// The team that the tokens name as their issuer.
    #[must_use]
    pub fn team(&self) -> &TeamDomain {
        &self.team
    }

    /// The audience of the tokens, unless one is given another.
    #[must_use]
    pub fn audience(&self) -> &Audience {
        &self.audience
    }

    /// The certs document, as Access publishes it at [`TeamDomain::certs_url`].
    #[must_use]
    pub fn certs(&self) -> String {
        let keys = [&self.previous, &self.current];
        json!({
            "keys": keys.map(SigningKey::jwk),
            "public_cert": self.current.cert(),
            "public_certs": keys.map(SigningKey::cert),
        })
        .to_string()
    }

    /// The keys of the certs document.
    ///
    /// # Panics
    ///
    /// Never: the document holds two usable keys.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the document is our own")]
    pub fn keys(&self) -> TeamKeys {
        let keys = KeySet::from_json(self.certs().as_bytes()).expect("two usable keys");
        TeamKeys::fixed(self.team.clone(), keys)
    }

    /// Makes a new key, which signs from now on. The one that did stays published; the one before
    /// is gone.
    pub fn rotate(&mut self) {
        self.previous = std::mem::replace(&mut self.current, SigningKey::new());
    }

    /// A person's token.
    pub fn user(&self, email: &str) -> Token<'_> {
        // The same person has the same id each time: a UUID made of the address.
        let id = hex(digest::digest(&digest::SHA256, email.as_bytes()).as_ref());
        let (id, _) = id.split_at_checked(32).unwrap_or((&id, ""));
        let mut sub = String::new();
        for (at, digit) in id.chars().enumerate() {
            if matches!(at, 8 | 12 | 16 | 20) {
                sub.push('-');
            }
            sub.push(digit);
        }
        self.draft()
            .claim("email", email)
            .claim("type", "app")
            .claim("identity_nonce", "6ei69kawdKzMIAPF")
            .claim("sub", sub)
            .claim("country", "US")
    }

    /// A service token's token.
    pub fn service_token(&self, client_id: &ClientId) -> Token<'_> {
        self.draft()
            .claim("type", "app")
            .claim("common_name", client_id.as_str())
            .claim("sub", "")
            .without_claim("nbf")
    }

    /// Any header and payload, well-formed or not, with a signature of the current key.
    ///
    /// # Panics
    ///
    /// If the system has no randomness to sign with.
    #[must_use]
    pub fn sign(&self, header: &[u8], payload: &[u8]) -> String {
        self.current.sign(header, payload)
    }

    fn draft(&self) -> Token<'_> {
        let header = Map::from_iter([
            ("alg".to_owned(), "RS256".into()),
            ("kid".to_owned(), self.current.kid.clone().into()),
            ("typ".to_owned(), "JWT".into()),
        ]);
        #[expect(clippy::disallowed_methods, reason = "a token of a test is issued now")]
        let now = SystemTime::now();
        Token { issuer: self, header, claims: Map::new() }
            .claim("aud", json!([self.audience.as_str()]))
            .claim("iss", self.team.issuer())
            .lifetime(now, DEFAULT_LIFETIME)
    }
}

impl Default for Issuer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("team", &self.team).finish_non_exhaustive()
    }
}

/// A token that is not signed yet: change what the test is about, then sign it.
#[derive(Clone, Debug)]
#[must_use]
pub struct Token<'a> {
    issuer: &'a Issuer,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Token<'_> {
    /// For another audience than the issuer's.
    pub fn audience(self, audience: &Audience) -> Self {
        self.claim("aud", json!([audience.as_str()]))
    }

    /// Issued and valid from this time on, for so long. Default: now, for 24 hours.
    pub fn lifetime(self, issued_at: SystemTime, lifetime: Duration) -> Self {
        let issued_at = issued_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let expires_at = issued_at.saturating_add(lifetime);
        self.claim("iat", issued_at.as_secs())
            .claim("nbf", issued_at.as_secs())
            .claim("exp", expires_at.as_secs())
    }

    /// With this claim, instead of the one of that name.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Without this claim.
    pub fn without_claim(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// With this member of the header, instead of the one of that name.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Without this member of the header.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Signs it, as Access does.
    ///
    /// # Panics
    ///
    /// If the system has no randomness to sign with.
    #[must_use]
    pub fn token(&self) -> String {
        let (header, claims) = (json!(self.header), json!(self.claims));
        self.issuer.sign(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }
}

struct SigningKey {
    kid: String,
    pem: String,
    pair: KeyPair,
}

#[expect(clippy::expect_used, reason = "a test cannot go on without keys, and says so")]
impl SigningKey {
    fn new() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("randomness");
        let kid = hex(digest::digest(&digest::SHA256, pair.public_key().as_ref()).as_ref());

        let pkcs8 = pair.as_der().expect("a key that can be exported");
        let key =
            rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.as_ref().into(), &PKCS_RSA_SHA256)
                .expect("an RSA key");
        let mut certificate = CertificateParams::default();
        certificate.distinguished_name.push(DnType::CommonName, "cloudflareaccess.com");
        let pem = certificate.self_signed(&key).expect("a certificate of our own key").pem();
        Self { kid, pem, pair }
    }

    fn sign(&self, header: &[u8], payload: &[u8]) -> String {
        let (header, payload) = (URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signed = format!("{header}.{payload}");
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("randomness");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        json!({
            "kid": self.kid,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        })
    }

    fn cert(&self) -> Value {
        json!({ "kid": self.kid, "cert": self.pem })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const TEST_AUDIENCE: &str = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228";

/// The session duration of a new Access application.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
