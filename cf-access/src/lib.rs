//! Proves who [Cloudflare Access] let in.
//!
//! Access adds a signed token to every request that it lets through. [`CfAccess::verify`] turns that
//! token into an [`AccessIdentity`], or says why not. The crate does no I/O and reads no clock: keys
//! and time are arguments.
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
//! | `jsonwebtoken` | `TryFrom<&jsonwebtoken::jwk::JwkSet>` for [`KeySet`]; no backend of that crate |
//! | `serde` | `Deserialize` for [`TeamDomain`], [`Audience`] and [`ClientId`] |
//! | `testing` | `testing::Issuer`: tokens for the tests of your own handlers |
//!
//! No feature changes a decision.
//!
//! [Cloudflare Access]: https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/application-token/

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "testing")]
pub mod testing;

mod access;
pub use access::{CfAccess, CfAccessBuilder};

mod team;
pub use team::TeamDomain;

mod audience;
pub use audience::Audience;

mod keys;
pub use keys::{KeySet, SkipReason};
mod team_keys;
pub use team_keys::TeamKeys;

mod identity;
pub use identity::{AccessIdentity, ClientId, Principal, User};

mod policy;
pub use policy::Policy;

mod error;
pub use error::{ConfigError, KeySetError, TokenPart, VerifyError};

mod claims;
mod header;
mod text;
mod token;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
