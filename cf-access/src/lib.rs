//! Proves who [Cloudflare Access] let in.
//!
//! Access adds a signed token to every request that it lets through. This crate turns that token
//! into an [`AccessIdentity`], or says why not:
//!
//! - `access.layer()` does it for a service of axum, tower, hyper or tonic (module `tower`), and
//!   `AccessIdentity` is then an argument of axum's handlers (module `axum`);
//! - [`CfAccess::authenticate`] does it for any other, by the headers of a request;
//! - [`CfAccess::verify`] is what both stand on: a token and a time, no I/O, no clock.
//!
//! The team's keys are [`TeamKeys`]: read once, or again and again in the background.
//!
//! # What is proven
//!
//! That an [`AccessIdentity`] exists means that all of this held, checked in this order:
//!
//! 1. The token has at most 8 KiB and is three parts of base64url (RFC 7515 §7.1), each value in its
//!    only encoding.
//! 2. Its header is a JSON object of at most 1 KiB in which no name that is read stands twice; `alg`
//!    is `RS256`; `crit` and `b64` are absent; `typ`, if there, is `JWT`; `kid` is there.
//! 3. The team has an RSA key of 2048 to 4096 bits by that `kid`, published for RS256 signatures.
//! 4. That key signed this header and these claims. No claim is looked at before.
//! 5. `iss` is the team; `aud` names a configured audience; `type`, if there, is `app`.
//! 6. `exp` is not past; `nbf`, if there, and `iat` are not in the future: 30 seconds of leeway.
//! 7. The claims describe one person or one service token, and not both.
//! 8. The [`Policy`] lets that one pass.
//!
//! Up to the signature nothing is allocated.
//!
//! # What is not
//!
//! - That the request came through Cloudflare. A stolen token passes wherever the origin can be
//!   reached: close the port (Tunnel), or have the connection proven (`origin-mtls`).
//! - That the session still stands. What is revoked is revoked at the edge;
//!   [`max_age`](CfAccessBuilder::max_age) bounds what is left.
//! - That the person meant this request. Access adds the token to a cross-site `POST` as well, if
//!   its cookie goes along: check the request's origin.
//! - That somebody is *not* in a group: attributes are left out of a token that would grow too large.
//! - Who uses a service token.
//!
//! # Example
//!
//! ```
//! use std::time::SystemTime;
//! use cf_access::{CfAccess, Policy, Principal, VerifyError, testing::Issuer};
//!
//! let issuer = Issuer::new(); // stands in for Access: throw-away keys, the same checks
//! let admin = CfAccess::builder(issuer.keys(), [issuer.audience().clone()])
//!     .policy(Policy::email_domain("verifluence.io")?)
//!     .build()?;
//!
//! let identity = admin.verify(issuer.user("alice@verifluence.io").token(), SystemTime::now())?;
//! assert!(matches!(identity.principal(), Principal::User(_)));
//!
//! let refused = admin.verify(issuer.user("eve@example.com").token(), SystemTime::now());
//! assert_eq!(refused.unwrap_err(), VerifyError::Denied);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `axum` | the extractors `AccessIdentity` and `Option<AccessIdentity>`; implies `tower` |
//! | `cookie` | `CfAccessBuilder::allow_cookie`: the token from the cookie, where there is no header |
//! | `fetch` | `TeamKeys::fetch`: keys over TLS by rustls on aws-lc-rs, which this compiles into rustls; implies `reqwest` |
//! | `jsonwebtoken` | `TryFrom<&jsonwebtoken::jwk::JwkSet>` for [`KeySet`]; no backend of that crate |
//! | `jwks-client-rs` | `TeamKeys::jwks_client`: keys through a `JwksSource` of that crate; implies `tokio` |
//! | `reqwest` | `TeamKeys::reqwest`: keys through your own client, whose TLS is its own; implies `tokio` |
//! | `serde` | `Deserialize` for [`TeamDomain`], [`Audience`] and [`ClientId`] |
//! | `testing` | `testing::Issuer`: tokens, keys and outages for the tests of your own handlers |
//! | `tokio` | `TeamKeys::from_source`: keys that are read again, from any `KeySource` |
//! | `tower` | `CfAccess::layer` and `CfAccess::require` |
//! | `tracing` | refusals at debug, a change in the state of the keys once at warn |
//!
//! No feature changes a decision. None is on by default.
//!
//! [Cloudflare Access]: https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/application-token/

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tower")]
pub mod tower;

mod access;
pub use access::{CfAccess, CfAccessBuilder};

mod team;
pub use team::TeamDomain;

mod audience;
pub use audience::Audience;

mod keys;
pub use keys::{KeySet, SkipReason};
mod team_keys;
pub use team_keys::{KeyStatus, TeamKeys};

#[cfg(feature = "fetch")]
mod fetch;
#[cfg(feature = "jwks-client-rs")]
mod jwks_client_rs;
#[cfg(feature = "tokio")]
mod refresh;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tokio")]
pub use tokio::KeySource;

mod identity;
pub use identity::{AccessIdentity, ClientId, Principal, User};

mod policy;
pub use policy::Policy;

mod error;
pub use error::{ConfigError, FetchError, KeySetError, TokenPart, VerifyError};

mod claims;
mod header;
mod headers;
mod response;
mod text;
mod token;

#[cfg(all(doctest, feature = "axum", feature = "fetch"))]
#[doc = include_str!("../README.md")]
struct Readme;
