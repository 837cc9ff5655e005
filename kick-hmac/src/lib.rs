//! Proves that Kick sent this webhook, once.

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

#[cfg(feature = "tokio")]
mod outcome;
mod response;
