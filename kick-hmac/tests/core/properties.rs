//! Whatever is signed is accepted, whatever is changed is refused, and no two messages are signed by one
//! text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use kick_hmac::testing::{KickSigner, Message, RelaySigner};
use kick_hmac::{
    Broadcasters, Campaigns, Keys, KickHmac, MessageId, Replays, Timestamp, VerifyError,
};
use proptest::prelude::*;

use crate::{KICK, RELAY, parts, sent};

const ID: &str = "kick-event-message-id";
const TIME: &str = "kick-event-message-timestamp";
const SIGNATURE: &str = "kick-event-signature";

/// An hour of window, so that most changed times are within it.
fn of(keys: impl Into<Keys>) -> KickHmac {
    KickHmac::builder(keys, Broadcasters::any(), Replays::single_process())
        .drops(Campaigns::any())
        .max_age(std::time::Duration::from_secs(3600))
        .build()
        .unwrap()
}

fn id() -> impl Strategy<Value = MessageId> {
    "[0-7][0-9A-HJKMNP-TV-Z]{25}".prop_map(|text| text.parse().unwrap())
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    "2025-04-01T(07:[0-5][0-9]:[0-5][0-9]|08:[0-4][0-9]:00)(\\.[0-9]{1,9})?(Z|[+-]00:00)"
        .prop_map(|text| text.parse().unwrap())
}

/// One change of one byte: of the id, the time, the body or the signature.
#[derive(Clone, Debug)]
enum Change {
    Header(&'static str, prop::sample::Index, u8),
    Body(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Signature(prop::sample::Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        (prop::sample::select(vec![ID, TIME, SIGNATURE]), place(), 0x20..0x7F_u8)
            .prop_map(|(header, place, byte)| Change::Header(header, place, byte)),
        (place(), 1..=255_u8).prop_map(|(place, bits)| Change::Body(place, bits)),
        (place(), any::<u8>()).prop_map(|(place, byte)| Change::Insert(place, byte)),
        place().prop_map(Change::Remove),
        (place(), 1..=255_u8).prop_map(|(place, bits)| Change::Signature(place, bits)),
    ]
}

impl Change {
    /// Makes it; `false` if it changes nothing.
    fn apply(&self, headers: &mut HeaderMap, body: &mut Vec<u8>) -> bool {
        let before = (headers.clone(), body.clone());
        match self {
            Self::Header(name, place, byte) => {
                let mut value = headers[*name].as_bytes().to_vec();
                *place.get_mut(&mut value) = *byte;
                headers.insert(*name, HeaderValue::from_bytes(&value).unwrap());
            }
            Self::Body(place, bits) if !body.is_empty() => *place.get_mut(body) ^= bits,
            Self::Insert(place, byte) => body.insert(place.index(body.len() + 1), *byte),
            Self::Remove(place) if !body.is_empty() => {
                body.remove(place.index(body.len()));
            }
            Self::Body(..) | Self::Remove(_) => {}
            Self::Signature(place, bits) => {
                let mut bytes = STANDARD.decode(&headers[SIGNATURE]).unwrap();
                *place.get_mut(&mut bytes) ^= bits;
                headers.insert(SIGNATURE, STANDARD.encode(bytes).parse().unwrap());
            }
        }
        before != (headers.clone(), body.clone())
    }
}

fn assert_changed_is_refused(
    kick: &KickHmac,
    message: &Message<'_>,
    change: &Change,
) -> Result<(), TestCaseError> {
    let (mut headers, body) = parts(message);
    let mut body = body.to_vec();
    let accepted = kick.verify(&headers, body.clone(), sent());
    // The times that are made here reach an hour back and a minute ahead of the window.
    prop_assert!(matches!(accepted, Ok(_) | Err(VerifyError::SentInFuture)), "{accepted:?}");
    if change.apply(&mut headers, &mut body) {
        prop_assert!(kick.verify(&headers, body, sent()).is_err(), "{change:?}");
    }
    Ok(())
}

fn by_relay(body: &[u8]) -> Message<'static> {
    let signer: &'static RelaySigner = &RELAY;
    signer.event("channel.followed", body)
}

fn by_kick(body: &[u8]) -> Message<'static> {
    let signer: &'static KickSigner = &KICK;
    signer.event("channel.followed", body)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_changed_byte_of_a_relay_s_message_is_accepted(
        id in id(),
        timestamp in timestamp(),
        body in prop::collection::vec(any::<u8>(), 0..200),
        change in change(),
    ) {
        let message = by_relay(&body).id(id).timestamp(timestamp);
        assert_changed_is_refused(&of(RELAY.keys()), &message, &change)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_changed_byte_of_kick_s_message_is_accepted(
        id in id(),
        timestamp in timestamp(),
        body in prop::collection::vec(any::<u8>(), 0..200),
        change in change(),
    ) {
        let message = by_kick(&body).id(id).timestamp(timestamp);
        assert_changed_is_refused(&of(KICK.keys()), &message, &change)?;
    }
}

/// What a message signs, cut otherwise into an id, a time and a body.
fn cut_otherwise(text: &[u8], first: usize, second: usize) -> Option<(HeaderMap, Vec<u8>)> {
    let (id, rest) = text.split_at_checked(first)?;
    let rest = rest.strip_prefix(b".")?;
    let (time, body) = rest.split_at_checked(second)?;
    let body = body.strip_prefix(b".")?;
    let mut headers = HeaderMap::new();
    headers.insert(ID, HeaderValue::from_bytes(id).ok()?);
    headers.insert(TIME, HeaderValue::from_bytes(time).ok()?);
    Some((headers, body.to_vec()))
}

proptest! {
    /// Bodies that are full of what ids and times are made of, dots above all.
    #[test]
    fn no_two_messages_have_one_signed_text(
        id in id(),
        timestamp in timestamp(),
        body in "([.Z:0-9]{0,8}|2025-04-01T07:56:19Z|\\.|01JQR5KV0QC94HMETWYNBWRW4Z\\.){0,6}",
    ) {
        let message = by_relay(body.as_bytes()).id(id).timestamp(timestamp);
        let kick = of(RELAY.keys());
        let (headers, _) = parts(&message);
        let text = format!("{id}.{timestamp}.{body}").into_bytes();
        let dots: Vec<usize> =
            text.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at).collect();
        for (place, first) in dots.iter().enumerate() {
            for second in &dots[place + 1..] {
                let Some((cut, body)) = cut_otherwise(&text, *first, second - first - 1) else {
                    continue;
                };
                let is_as_it_was = cut[ID] == headers[ID] && cut[TIME] == headers[TIME];
                let mut changed = headers.clone();
                changed.extend(cut);
                let verdict = kick.verify(&changed, body, sent());
                prop_assert!(is_as_it_was || verdict.is_err(), "{changed:?}");
                if !is_as_it_was {
                    prop_assert_eq!(verdict.unwrap_err().code(), "malformed_header");
                }
            }
        }
    }

    #[test]
    fn no_headers_panic(
        values in prop::collection::vec((0..7_usize, prop::collection::vec(any::<u8>(), 0..60)), 0..12),
        body in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        const NAMES: [&str; 7] = [
            ID,
            TIME,
            SIGNATURE,
            "kick-event-timestamp",
            "kick-event-type",
            "kick-event-version",
            "kick-event-subscription-id",
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(NAMES[name], value);
            }
        }
        prop_assert!(of(RELAY.keys()).verify(&headers, body.clone(), sent()).is_err());
        prop_assert!(of(KICK.keys()).verify(&headers, body, sent()).is_err());
    }
}
