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

#[cfg(feature = "tokio")]
mod endpoint;
mod signing_key;
mod token;

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest;
use serde_json::{Map, json};

#[cfg(feature = "tokio")]
pub use self::endpoint::{Answer, Endpoint};
use self::signing_key::{SigningKey, hex};
pub use self::token::Token;
use crate::{Audience, ClientId, KeySet, TeamDomain, TeamKeys};

/// Stands in for Cloudflare Access: two RSA keys, the certs document, and tokens of the exact shape.
pub struct Issuer {
    team: TeamDomain,
    audience: Audience,
    previous: SigningKey,
    current: SigningKey,
    #[cfg(feature = "tokio")]
    endpoint: Endpoint,
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
        let issuer = Self {
            team,
            audience,
            previous: SigningKey::new(),
            current: SigningKey::new(),
            #[cfg(feature = "tokio")]
            endpoint: Endpoint::new(),
        };
        issuer.publish();
        issuer
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

    /// Where the certs document is read: for keys that are read again.
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint.clone()
    }

    /// The keys of the certs document, which do not follow a rotation.
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
        self.publish();
    }

    fn publish(&self) {
        #[cfg(feature = "tokio")]
        self.endpoint.publish(self.certs());
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
        Token::new(self, header)
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

const TEST_AUDIENCE: &str = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228";

/// The session duration of a new Access application.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
