//! Proves that Kick sent this webhook, once.
//!
//! [Kick] signs each delivery with RSA and one key for everybody. This crate turns a request into a
//! [`Delivery`], or says why not, and sees to it that a message is handled by one handler:
//!
//! - `kick.layer()` does it for a service of axum, tower or hyper (module `tower`), and `Delivery` is
//!   then an argument of axum's handlers (module `axum`);
//! - `KickHmac::authenticate` does it for any other (feature `tokio`);
//! - [`KickHmac::verify`] is what both stand on: headers, a body and a time, no I/O, no clock.
//!
//! HMAC-SHA256 is for a relay of yours that re-signs what it has verified: [`RelayKeys`].
//!
//! # What is proven
//!
//! That a [`Delivery`] exists means that all of this held, checked in this order:
//!
//! 1. The body has no content coding; each of Kick's headers is there once; the id is a ULID, the time
//!    is RFC 3339, and the claims are words. So nothing can be moved from one signed field to another.
//! 2. A Drops claim is expected, if it is one.
//! 3. The message was sent at most five minutes ago, and at most a minute ahead.
//! 4. The signature has the one form that a signature by these keys has.
//! 5. The body is within its limit, which is counted as it comes.
//! 6. The time once more, when the body has come.
//! 7. One of the keys signed this id, this time and this body.
//! 8. The body names one of your [`Broadcasters`], or [`Campaigns`].
//!
//! And by the layer or `authenticate`, which ask the store ([`Replays`]) once all that held:
//!
//! 9. The message was not handled before, and nobody else is handling it.
//!
//! # What is not
//!
//! - That the type, the version and the subscription are true: they are not signed, and called
//!   `claimed_…`. [`Event::parse`] holds the body against the type.
//! - That it was sent to you. Any developer at Kick can pass a delivery of their own on.
//! - Order, completeness, and that an event is still true.
//! - That a handler ran exactly once: one that failed, or outlived its lease, is followed by another.
//!
//! # Example
//!
//! ```
//! use std::time::SystemTime;
//! use bytes::Bytes;
//! use kick_hmac::{Broadcasters, Event, KickHmac, Replays, VerifyError, testing::KickSigner};
//!
//! let signer = KickSigner::new(); // stands in for Kick: a throw-away key, the same checks
//! let kick = KickHmac::builder(signer.keys(), Broadcasters::only([7]), Replays::single_process())
//!     .build()?;
//!
//! let body = r#"{"broadcaster":{"user_id":7},"follower":{"username":"eve"}}"#;
//! let (head, body) = signer.event("channel.followed", body).request::<Bytes>().into_parts();
//! let delivery = kick.verify(&head.headers, body, SystemTime::now())?;
//! assert!(matches!(Event::parse(&delivery)?, Event::ChannelFollowed(_)));
//!
//! let forged = kick.verify(&head.headers, r#"{"broadcaster":{"user_id":7}}"#, SystemTime::now());
//! assert_eq!(forged.unwrap_err(), VerifyError::BadSignature);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `axum` | the extractors `Delivery` and `KickEvent`; implies `tower` |
//! | `postgres` | `PostgresReplays`: ids in a table, through a pool of `sqlx`; implies `tokio` |
//! | `redis` | `RedisReplays`: ids in Redis, through a connection of the crate `redis`; implies `tokio` |
//! | `testing` | `testing::KickSigner` and `RelaySigner` for the tests of your own handlers, `check_store` for a store of your own; implies `tokio` |
//! | `tokio` | `KickHmac::authenticate` and `Reservation` |
//! | `tower` | `KickHmac::layer`; implies `tokio` |
//! | `tracing` | refusals at debug, a store that fails or is back and a key that is replaced once at warn |
//!
//! No feature changes a decision. None is on by default.
//!
//! [Kick]: https://docs.kick.com/events/webhook-security

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tower")]
pub mod tower;

mod kick;
pub use kick::{KickHmac, KickHmacBuilder};

mod kick_keys;
pub use kick_keys::{KickKeyStatus, KickKeys};
mod public_key;
pub use public_key::KickPublicKey;
mod relay_keys;
pub use relay_keys::RelayKeys;
mod secret;
pub use secret::RelaySecret;
mod signature;
pub use signature::{Keys, TagEncoding};

mod broadcasters;
pub use broadcasters::{Broadcasters, Campaigns};

mod headers;
pub use headers::DeliveryHeaders;
mod message_id;
pub use message_id::MessageId;
mod timestamp;
pub use timestamp::Timestamp;
mod check;
pub use check::Check;
mod delivery;
pub use delivery::Delivery;

pub mod event;
pub use event::Event;

mod replay;
pub use replay::{Lease, ReplayStore, Replays, Reserved, StoreError, StoreFuture};
mod memory;
pub use memory::MemoryReplays;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
pub use postgres::PostgresReplays;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
pub use redis::RedisReplays;
#[cfg(feature = "tokio")]
mod reservation;
#[cfg(feature = "tokio")]
pub use reservation::Reservation;
#[cfg(feature = "tokio")]
mod tokio;

mod error;
pub use error::{ConfigError, KeyError, VerifyError};

mod object;
#[cfg(feature = "tokio")]
mod outcome;
mod response;

#[cfg(all(doctest, feature = "axum", feature = "postgres", feature = "redis"))]
#[doc = include_str!("../README.md")]
struct Readme;
