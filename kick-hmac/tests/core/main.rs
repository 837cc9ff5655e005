//! The core, by subject, without a body that streams and without a store that waits. What the vectors
//! cover stands in `vectors.rs` and `third_party.rs`.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod audience;
mod auto_traits;
mod bodies;
mod body;
mod configuration;
mod deliveries;
mod documents;
mod errors;
mod events;
mod fields;
mod freshness;
mod genuine;
mod headers;
mod kick_keys;
mod leakage;
mod message_ids;
mod order;
mod properties;
mod public_keys;
mod relay_keys;
mod responses;
mod secrets;
mod shapes;
mod signatures;
mod tags;
mod timestamps;

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::HeaderMap;
use kick_hmac::testing::{KickSigner, Message, RelaySigner};
use kick_hmac::{
    Broadcasters, Campaigns, Delivery, KickHmac, KickHmacBuilder, RelayKeys, RelaySecret, Replays,
    VerifyError,
};

/// Kick. Its key is made once: that takes a while.
static KICK: LazyLock<KickSigner> = LazyLock::new(KickSigner::new);

/// Somebody else.
static OTHER: LazyLock<KickSigner> = LazyLock::new(KickSigner::new);

/// A relay, where nothing depends on the kind of signature.
static RELAY: LazyLock<RelaySigner> =
    LazyLock::new(|| RelaySigner::with(RelayKeys::kick_relay([secret(7)]).unwrap()));

const BROADCASTER: u64 = 4_809_577;
const CAMPAIGN: &str = "01KBHE78QE4HZY1617DK5FC7YD";

const FOLLOWED: &str = r#"{"broadcaster":{"user_id":4809577},"follower":{"user_id":7}}"#;
const CLAIM: &str = r#"{"claim_id":"01KBHE7RZNHB0SKDV1H86CD4F3","user_id":7,"campaign_id":"01KBHE78QE4HZY1617DK5FC7YD","reward_id":"01KBHE7RZNHB0SKDV1H86CD4F4"}"#;

/// 2025-04-01T07:56:19Z
fn sent() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_743_494_179)
}

fn secret(byte: u8) -> RelaySecret {
    RelaySecret::new([byte; 32]).unwrap()
}

/// For Kick's events about the one broadcaster, before it is built.
fn of_kick() -> KickHmacBuilder {
    KickHmac::builder(KICK.keys(), Broadcasters::only([BROADCASTER]), Replays::single_process())
}

fn of_relay() -> KickHmacBuilder {
    KickHmac::builder(RELAY.keys(), Broadcasters::only([BROADCASTER]), Replays::single_process())
}

/// For claims of the one campaign as well.
fn with_drops(builder: KickHmacBuilder) -> KickHmac {
    builder.drops(Campaigns::only([CAMPAIGN])).build().unwrap()
}

/// For whatever the relay sends.
fn anything() -> KickHmac {
    KickHmac::builder(RELAY.keys(), Broadcasters::any(), Replays::single_process())
        .drops(Campaigns::any())
        .body_limit(16 * 1024 * 1024)
        .build()
        .unwrap()
}

/// A follow, as the relay sends it.
fn followed() -> Message<'static> {
    RELAY.event("channel.followed", FOLLOWED).sent_at(sent())
}

/// The headers and the body of a message.
fn parts(message: &Message<'_>) -> (HeaderMap, Bytes) {
    let (parts, body) = message.request::<Bytes>().into_parts();
    (parts.headers, body)
}

/// What is said of a message at the time when it was sent.
fn verify(kick: &KickHmac, message: &Message<'_>) -> Result<Delivery, VerifyError> {
    verify_at(kick, message, sent())
}

fn verify_at(
    kick: &KickHmac,
    message: &Message<'_>,
    now: SystemTime,
) -> Result<Delivery, VerifyError> {
    let (headers, body) = parts(message);
    kick.verify(&headers, body, now)
}

/// Why a message is refused, or `None`.
fn refusal(kick: &KickHmac, message: &Message<'_>) -> Option<VerifyError> {
    verify(kick, message).err()
}
