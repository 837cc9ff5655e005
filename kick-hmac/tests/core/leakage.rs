//! Nothing that is printed has a secret, a signature, a body, or more of the sender's than a word.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use kick_hmac::testing::RelaySigner;
use kick_hmac::{
    Broadcasters, Campaigns, Keys, KickHmac, KickPublicKey, MessageId, RelayKeys, RelaySecret,
    Replays, TagEncoding, Timestamp, VerifyError,
};

use crate::{FOLLOWED, KICK, anything, parts, sent};

const SECRET: &str = "s3cr3t-of-a-relay";
const MARK: &str = "m4rk";

fn keys() -> RelayKeys {
    RelayKeys::kick_relay([RelaySecret::new(SECRET).unwrap()]).unwrap()
}

/// How `Debug` shows bytes, of which four are enough to find them.
fn as_numbers(bytes: &[u8]) -> String {
    let numbers: Vec<_> = bytes.iter().take(4).map(ToString::to_string).collect();
    numbers.join(", ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

fn assert_has_not(text: &str, bytes: &[u8]) {
    assert!(!text.contains(&as_numbers(bytes)), "{text}");
    assert!(!text.to_lowercase().contains(&hex(bytes)), "{text}");
    assert!(!text.contains(&STANDARD.encode(bytes)[..8]), "{text}");
    // In its own letters, and as the pretty form has one number a line.
    let letters = String::from_utf8_lossy(bytes);
    assert!(!text.contains(&*letters.chars().take(6).collect::<String>()), "{text}");
    let lines = as_numbers(bytes).replace(", ", ",\n");
    assert!(!text.replace(' ', "").contains(&lines), "{text}");
}

fn shown(value: &impl std::fmt::Debug) -> [String; 2] {
    [format!("{value:?}"), format!("{value:#?}")]
}

#[test]
fn no_secret_is_shown() {
    let secret = RelaySecret::new(SECRET).unwrap().not_before(sent());
    let keys = keys();
    let kick = KickHmac::builder(keys.clone(), Broadcasters::any(), Replays::single_process());
    let signer = RelaySigner::with(keys.clone());
    let mut all = Vec::new();
    all.extend(shown(&secret));
    all.extend(shown(&keys));
    all.extend(shown(&Keys::from(keys)));
    all.extend(shown(&signer));
    all.extend(shown(&signer.event("x", "{}")));
    all.extend(shown(&kick));
    all.extend(shown(&kick.build().unwrap()));
    for text in &all {
        assert_has_not(text, SECRET.as_bytes());
        // The state that is made of it: the key and the padding of its length.
        assert_has_not(text, &[0x36 ^ b's', 0x36 ^ b'3', 0x36 ^ b'c', 0x36 ^ b'r']);
        assert!(text.len() < 3000, "{text}");
    }
    assert!(all[0].contains("not_before: Some") && all[0].contains("not_after: None"));
}

#[test]
fn a_secret_that_is_refused_is_not_repeated() {
    for error in [
        RelaySecret::new("s3cr3t").unwrap_err(),
        RelaySecret::from_base64("s3cr3t!").unwrap_err(),
        "s3cr3t".parse::<MessageId>().unwrap_err(),
        "s3cr3t".parse::<Timestamp>().unwrap_err(),
        RelayKeys::kick_relay([]).unwrap_err(),
        keys().signature_header("cookie".parse().unwrap()).map(drop).unwrap_err(),
    ] {
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
    }
    for error in [
        KickPublicKey::from_pem("-----BEGIN s3cr3t-----").unwrap_err(),
        KickPublicKey::from_endpoint("s3cr3t").unwrap_err(),
        KickPublicKey::from_endpoint(r#"{"data":{"public_key":"s3cr3t"}}"#).unwrap_err(),
    ] {
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
    }
}

#[test]
fn no_signature_is_shown_before_or_after_it_is_verified() {
    for encoding in [TagEncoding::Base64, TagEncoding::Hex] {
        let signer = RelaySigner::with(keys().encoding(encoding));
        let of_relay =
            KickHmac::builder(signer.keys(), Broadcasters::any(), Replays::single_process());
        let message = signer.event("channel.followed", FOLLOWED).sent_at(sent());
        let (headers, body) = parts(&message);
        let text = headers["kick-event-signature"].to_str().unwrap();
        let tag = match encoding {
            TagEncoding::Hex => text.as_bytes().chunks(2).map(from_hex).collect(),
            _ => STANDARD.decode(text).unwrap(),
        };
        assert_shows_no(&of_relay.build().unwrap(), &headers, body, &tag);
    }
    let kick = KickHmac::builder(KICK.keys(), Broadcasters::any(), Replays::single_process());
    let message = KICK.event("channel.followed", FOLLOWED).sent_at(sent());
    let (headers, body) = parts(&message);
    let signature = STANDARD.decode(&headers["kick-event-signature"]).unwrap();
    assert_shows_no(&kick.build().unwrap(), &headers, body, &signature);
}

fn from_hex(digits: &[u8]) -> u8 {
    u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap()
}

fn assert_shows_no(kick: &KickHmac, headers: &http::HeaderMap, body: bytes::Bytes, tag: &[u8]) {
    let read = kick.headers(headers).unwrap();
    let mut all = shown(&read).to_vec();
    let mut check = kick.begin(read, sent()).unwrap();
    all.extend(shown(&check));
    check.update(body).unwrap();
    all.extend(shown(&check));
    all.extend(shown(&check.finish(sent()).unwrap()));
    let text = headers["kick-event-signature"].as_bytes();
    for shown in all {
        assert_has_not(&shown, tag);
        assert_has_not(&shown, text);
    }
}

#[test]
fn a_body_is_shown_by_its_length() {
    let body = format!(r#"{{"broadcaster":{{"user_id":7}},"content":"{MARK}"}}"#);
    let signer = RelaySigner::with(keys());
    let kick = KickHmac::builder(keys(), Broadcasters::any(), Replays::single_process());
    let kick = kick.build().unwrap();
    let message = signer.event("chat.message.sent", &body).sent_at(sent());
    let (headers, bytes) = parts(&message);
    let mut check = kick.begin(kick.headers(&headers).unwrap(), sent()).unwrap();
    check.update(bytes).unwrap();
    let mut all = shown(&check).to_vec();
    let delivery = check.finish(sent()).unwrap();
    all.extend(shown(&delivery));
    for text in &all {
        assert!(!text.contains(MARK) && !text.contains(&as_numbers(MARK.as_bytes())), "{text}");
    }
    assert!(all[2].contains(&format!("{} bytes", body.len())), "{}", all[2]);
    assert!(all[2].contains(message.message_id().as_str()), "{}", all[2]);
}

#[test]
fn no_refusal_repeats_what_the_sender_wrote() {
    let mut codes = Vec::new();
    let mut told = |error: VerifyError| {
        for text in [error.to_string(), format!("{error:?}"), error.code().to_owned()] {
            assert!(!text.contains(MARK) && text.len() < 100, "{text}");
        }
        let response = format!("{:?}", error.response(()));
        assert!(!response.contains(MARK), "{response}");
        codes.push(error.code());
    };
    for name in [
        "content-encoding",
        "kick-event-message-id",
        "kick-event-message-timestamp",
        "kick-event-signature",
        "kick-event-subscription-id",
    ] {
        let (mut headers, body) = parts(&crate::followed());
        headers.insert(name, HeaderValue::from_static(MARK));
        told(anything().verify(&headers, body.clone(), sent()).unwrap_err());
        headers.append(name, HeaderValue::from_static(MARK));
        told(anything().verify(&headers, body, sent()).unwrap_err());
    }
    let (headers, _) = parts(&crate::followed());
    told(anything().verify(&headers, MARK, sent()).unwrap_err());
    let marked = crate::RELAY.event("channel.followed", MARK).sent_at(sent());
    told(crate::refusal(&crate::of_relay().build().unwrap(), &marked).unwrap());
    told(crate::events::event("channel.followed", MARK).unwrap_err());
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 7, "{codes:?}");
}

#[test]
fn what_is_known_before_it_is_verified_is_shown_by_its_id_and_its_claims() {
    let message = crate::followed();
    let (headers, _) = parts(&message);
    let kick = anything();
    let read = kick.headers(&headers).unwrap();
    let id = message.message_id();
    for part in [
        "DeliveryHeaders { message_id: ",
        id.as_str(),
        "timestamp: 2025-04-01T07:56:19Z",
        "channel.followed",
    ] {
        assert!(format!("{read:?}").contains(part), "{part}: {read:?}");
    }
    let check = kick.begin(read, sent()).unwrap();
    assert_eq!(format!("{check:?}"), format!("Check {{ message_id: {id}, .. }}"));
}

#[test]
fn a_relay_s_keys_are_shown_by_their_times_their_encoding_and_their_header() {
    let [text, _] = shown(&keys().encoding(TagEncoding::Hex));
    for part in ["RelayKeys {", "not_after: None", "encoding: Hex", "kick-event-signature"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_configuration_is_shown_by_its_numbers_and_fingerprints() {
    let kick =
        KickHmac::builder(KICK.keys(), Broadcasters::only([7, 8]), Replays::single_process());
    let kick = kick.drops(Campaigns::only([MARK])).build().unwrap();
    let [text, _] = shown(&kick);
    for part in [
        &KICK.public_key().fingerprint(),
        "broadcasters: Broadcasters(only 2)",
        "campaigns: Some(Campaigns(only 1))",
        "capacity: 100000",
        "body_limit: 262144",
        "body_deadline: 10s",
        "lease: 30s",
        "leeway: 60s",
        "max_age: 300s",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains(MARK), "{text}");
    assert_eq!(format!("{:?}", Broadcasters::any()), "Broadcasters(any)");
    assert_eq!(format!("{:?}", Broadcasters::matching(|_| true)), "Broadcasters(matching)");
    assert_eq!(format!("{:?}", Campaigns::matching(|_| true)), "Campaigns(matching)");
}
