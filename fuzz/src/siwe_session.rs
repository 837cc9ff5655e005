//! What the targets of siwe-session share: a wallet, a server that it signs in to, and what becomes of a
//! text that is altered by the bytes of an input.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use siwe_session::testing::Wallet;
use siwe_session::{BrowserBinding, Message, MessageBuilder};

pub mod peers;

/// 2026-11-22T12:00:00Z
pub const NOW: u64 = 1_795_348_800;

pub fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

pub static WALLET: LazyLock<Wallet> = LazyLock::new(|| Wallet::from_key([7; 32]));

pub fn binding() -> BrowserBinding {
    BrowserBinding::new(*b"of this browser.")
}

/// What the wallet is asked to sign, with the least that a message has.
pub fn message(nonce: &str) -> MessageBuilder {
    Message::builder("plue.dev", WALLET.address())
        .uri("https://plue.dev/login")
        .chain_id(1)
        .nonce(nonce)
        .issued_at(at(NOW))
}

/// With this value, if there is one.
pub fn set<T>(
    builder: MessageBuilder,
    value: Option<T>,
    put: impl FnOnce(MessageBuilder, T) -> MessageBuilder,
) -> MessageBuilder {
    match value {
        Some(value) => put(builder, value),
        None => builder,
    }
}

/// Alters a text: by each four bytes of the edits what is done, where, and with which byte.
pub fn edited(mut text: Vec<u8>, edits: &[u8]) -> Vec<u8> {
    for &[what, high, low, byte] in edits.as_chunks().0.iter().take(MOST_EDITS) {
        let place = usize::from(u16::from_be_bytes([high, low]));
        let (inside, anywhere) = (place.checked_rem(text.len()), place % (text.len() + 1));
        match (what % 4, inside) {
            (0, Some(place)) => text[place] = byte,
            (1, Some(place)) => text[place] ^= 1 << (byte % 8),
            (2, Some(place)) => drop(text.remove(place)),
            _ => text.insert(anywhere, byte),
        }
    }
    text
}

const MOST_EDITS: usize = 8;
