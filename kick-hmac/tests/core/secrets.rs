//! A relay's secrets: how long they are, when they are valid, and what they verify.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use hmac::{Hmac, KeyInit, Mac};
use kick_hmac::testing::RelaySigner;
use kick_hmac::{
    Broadcasters, ConfigError, KickHmac, RelayKeys, RelaySecret, Replays, VerifyError,
};
use sha2::Sha256;

use crate::{BROADCASTER, FOLLOWED, secret, sent, verify_at};

const NANOSECOND: Duration = Duration::from_nanos(1);
const HOUR: Duration = Duration::from_secs(3600);

/// The tag, by the crate `hmac` alone.
fn tag(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac: Hmac<Sha256> = KeyInit::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

#[test]
fn a_secret_has_at_least_16_bytes() {
    for length in 0..16 {
        let expected = ConfigError::SecretTooShort;
        assert_eq!(RelaySecret::new(vec![7; length]).unwrap_err(), expected, "{length}");
        let text = STANDARD.encode(vec![7; length]);
        assert_eq!(RelaySecret::from_base64(text).unwrap_err(), expected, "{length}");
    }
    for length in [16, 17, 32, 63, 64, 65, 1000] {
        let key = vec![7; length];
        let by_text = RelaySecret::from_base64(STANDARD.encode(&key)).unwrap();
        let by_bytes = RelaySecret::new(&key).unwrap();
        for secret in [by_text, by_bytes] {
            assert!(secret.verifies(b"text", &tag(&key, b"text")), "{length}");
        }
    }
}

#[test]
fn a_secret_s_text_is_taken_as_it_is_and_decoded_only_when_it_is_asked_for() {
    let text = STANDARD.encode([7; 32]);
    let as_text = RelaySecret::new(&text).unwrap();
    let decoded = RelaySecret::from_base64(&text).unwrap();
    assert!(as_text.verifies(b"x", &tag(text.as_bytes(), b"x")));
    assert!(!as_text.verifies(b"x", &tag(&[7; 32], b"x")));
    assert!(decoded.verifies(b"x", &tag(&[7; 32], b"x")));
    assert!(!decoded.verifies(b"x", &tag(text.as_bytes(), b"x")));
}

#[test]
fn base64_is_standard_and_padded() {
    let key = [0xFB, 0xFF].repeat(16);
    let good = STANDARD.encode(&key);
    assert!(RelaySecret::from_base64(&good).is_ok());
    for text in [
        STANDARD_NO_PAD.encode(&key),
        URL_SAFE.encode(&key),
        format!("{good}\n"),
        format!(" {good}"),
        format!("whsec_{good}"),
        format!("{}\n{}", &good[..20], &good[20..]),
        format!("{good}===="),
        "fbff".repeat(16) + "=",
        "\u{e9}".repeat(22),
    ] {
        let refused = RelaySecret::from_base64(&text).unwrap_err();
        assert_eq!(refused, ConfigError::SecretEncoding, "{text}");
    }
    assert_eq!(RelaySecret::from_base64("").unwrap_err(), ConfigError::SecretTooShort);
}

#[test]
fn a_tag_is_of_all_32_bytes_of_the_text_and_of_the_secret() {
    let good = tag(&[7; 32], b"text");
    let secret = secret(7);
    assert!(secret.verifies(b"text", &good));
    assert!(!secret.verifies(b"tex", &good));
    assert!(!secret.verifies(b"text ", &good));
    assert!(!secret.verifies(b"", &good));
    assert!(!crate::secret(8).verifies(b"text", &good));
    for length in 0..32 {
        assert!(!secret.verifies(b"text", &good[..length]), "{length}");
    }
    for place in 0..32 {
        for bit in 0..8 {
            let mut other = good.clone();
            other[place] ^= 1 << bit;
            assert!(!secret.verifies(b"text", &other), "{place} {bit}");
        }
    }
    for more in [&[0][..], &[0; 32], &good] {
        assert!(!secret.verifies(b"text", &[&good, more].concat()));
    }
}

/// What is said of a message signed by a secret that has always been valid, by a verifier of this one.
fn at(of_verifier: RelaySecret, now: SystemTime) -> Option<VerifyError> {
    let signer = RelaySigner::with(RelayKeys::kick_relay([secret(7)]).unwrap());
    let keys = RelayKeys::kick_relay([of_verifier]).unwrap();
    let ours = Broadcasters::only([BROADCASTER]);
    let kick = KickHmac::builder(keys, ours, Replays::single_process()).build().unwrap();
    verify_at(&kick, &signer.event("channel.followed", FOLLOWED).sent_at(sent()), now).err()
}

#[test]
fn a_secret_is_valid_from_its_first_moment_to_before_its_last() {
    let none = Some(VerifyError::NoValidSecret);
    for (of_verifier, now, expected) in [
        (secret(7).not_before(sent()), sent(), None),
        (secret(7).not_before(sent()), sent() + NANOSECOND, None),
        (secret(7).not_before(sent()), sent() - NANOSECOND, none),
        (secret(7).not_after(sent()), sent(), none),
        (secret(7).not_after(sent()), sent() + NANOSECOND, none),
        (secret(7).not_after(sent()), sent() - NANOSECOND, None),
        (secret(7).not_before(sent()).not_after(sent() + NANOSECOND), sent(), None),
        (secret(7).not_before(sent()).not_after(sent()), sent(), none),
        (secret(7).not_before(sent() + HOUR).not_after(sent() - HOUR), sent(), none),
        (secret(7).not_before(SystemTime::UNIX_EPOCH), sent(), None),
        // Of two, the later call counts.
        (secret(7).not_before(sent() + HOUR).not_before(sent()), sent(), None),
        (secret(7).not_after(sent()).not_after(sent() + HOUR), sent(), None),
    ] {
        let shown = format!("{of_verifier:?}");
        assert_eq!(at(of_verifier, now), expected, "{shown}");
    }
    assert_eq!(at(secret(8), sent()), Some(VerifyError::BadSignature));
}

#[test]
fn a_secret_s_times_are_not_asked_for_where_one_text_is_verified() {
    let secret = secret(7).not_after(SystemTime::UNIX_EPOCH);
    assert!(secret.verifies(b"text", &tag(&[7; 32], b"text")));
}
