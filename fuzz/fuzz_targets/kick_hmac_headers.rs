//! The lines of a request's head, in which `$ID`, `$TIME` and `$SIGNATURE`, `$HEX` or `$RSA` stand for
//! good values, and other marks for other texts of the same signatures: it passes where each header that
//! is needed is there once with its value, no other of Kick's says something else, and the body has no
//! coding; and a refusal says what is so.

#![no_main]

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use kick_hmac::testing::{KickSigner, Message, RelaySigner};
use kick_hmac::{Broadcasters, Campaigns, Keys, KickHmac, MemoryReplays, TagEncoding, VerifyError};
use libfuzzer_sys::fuzz_target;

use edgeproof_fuzz::kick_hmac::{NOW, RELAY, at, filled, headers, instant, is_ulid, keys};

fuzz_target!(|head: &[u8]| {
    let headers = headers(&filled(head, &*MARKS));
    for setup in &*SETUPS {
        let outcome = setup.kick.verify(&headers, BODY, at(NOW));
        assert_eq!(outcome.is_ok(), setup.accepts(&headers), "{}: {outcome:?}", setup.header);
        match outcome {
            Err(error) => setup.check(&headers, error),
            Ok(delivery) => {
                assert_eq!(delivery.message_id().as_str(), ID);
                assert_eq!(delivery.timestamp().as_str(), TIME);
                assert_eq!(delivery.is_drops_claim(), headers.contains_key(DROPS_TIME));
                let of_event = |name| headers.get(name).filter(|_| !delivery.is_drops_claim());
                let claims = [
                    (delivery.claimed_type(), TYPE),
                    (delivery.claimed_version(), VERSION),
                    (delivery.claimed_subscription_id(), SUBSCRIPTION),
                ];
                for (claimed, name) in claims {
                    let value = of_event(name).map(HeaderValue::as_bytes);
                    assert_eq!(claimed.map(str::as_bytes), value, "{name}");
                }
            }
        }
    }
});

/// A verifier, and what it looks for.
struct Setup {
    kick: KickHmac,
    header: HeaderName,
    signature: String,
    has_drops: bool,
}

impl Setup {
    fn accepts(&self, headers: &HeaderMap) -> bool {
        let only = |name: &str, value: &str| only(headers, name) == Some(value.as_bytes());
        let is_signed =
            only(self.header.as_str(), &self.signature) && only("kick-event-message-id", ID);
        let is_event = only(EVENT_TIME, TIME)
            && !headers.contains_key(DROPS_TIME)
            && is_word(headers, TYPE)
            && is_word(headers, VERSION)
            && is_subscription(headers);
        let is_claim =
            self.has_drops && only(DROPS_TIME, TIME) && !headers.contains_key(EVENT_TIME);
        has_no_coding(headers) && is_signed && (is_event || is_claim)
    }

    /// What is said of the request is true of it.
    fn check(&self, headers: &HeaderMap, error: VerifyError) {
        let count = |name: &str| {
            // Named after Kick's own, wherever it is.
            let name = if name == SIGNATURE { self.header.as_str() } else { name };
            headers.get_all(name).iter().count()
        };
        match error {
            VerifyError::ContentEncoding => assert!(!has_no_coding(headers)),
            VerifyError::MissingHeader(EVENT_TIME) => {
                assert_eq!(count(EVENT_TIME) + count(DROPS_TIME), 0);
            }
            VerifyError::MissingHeader(name) => assert_eq!(count(name), 0),
            VerifyError::RepeatedHeader(EVENT_TIME) => {
                assert!(count(EVENT_TIME) + count(DROPS_TIME) > 1);
            }
            VerifyError::RepeatedHeader(name) => assert!(count(name) > 1),
            VerifyError::MalformedHeader(name) => {
                assert_eq!(count(name), 1);
                let value = headers[name].as_bytes();
                assert!(!match name {
                    EVENT_TIME | DROPS_TIME => instant(value).is_some(),
                    TYPE | VERSION => is_word(headers, name),
                    _ => is_ulid(value),
                });
            }
            VerifyError::UnexpectedDrops => {
                assert!(!self.has_drops && count(DROPS_TIME) == 1 && count(EVENT_TIME) == 0);
            }
            VerifyError::Stale | VerifyError::SentInFuture => {
                assert!([EVENT_TIME, DROPS_TIME].iter().all(|name| {
                    headers.get(*name).is_none_or(|time| time.as_bytes() != TIME.as_bytes())
                }));
            }
            VerifyError::MalformedSignature => {
                assert_ne!(headers[&self.header].as_bytes(), self.signature.as_bytes());
            }
            VerifyError::BadSignature => {}
            other => panic!("{other:?} of headers"),
        }
    }
}

fn has_no_coding(headers: &HeaderMap) -> bool {
    let codings: Vec<_> = headers.get_all("content-encoding").iter().collect();
    match codings[..] {
        [] => true,
        [coding] => coding.to_str().is_ok_and(|coding| coding.to_lowercase() == "identity"),
        [_, _, ..] => false,
    }
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value.as_bytes())
}

fn is_word(headers: &HeaderMap, name: &str) -> bool {
    let is_visible = |byte: &u8| (0x21..=0x7e).contains(byte);
    only(headers, name)
        .is_some_and(|it| !it.is_empty() && it.len() <= 128 && it.iter().all(is_visible))
}

fn is_subscription(headers: &HeaderMap) -> bool {
    !headers.contains_key(SUBSCRIPTION) || only(headers, SUBSCRIPTION).is_some_and(is_ulid)
}

/// What an event and a claim both have.
const BODY: &str = r#"{"broadcaster":{"user_id":7},"campaign_id":"c"}"#;
const ID: &str = "01JQR5KV0QC94HMETWYNBWRW4Z";
const TIME: &str = "2025-04-01T07:56:19Z";

const SIGNATURE: &str = "kick-event-signature";
const EVENT_TIME: &str = "kick-event-message-timestamp";
const DROPS_TIME: &str = "kick-event-timestamp";
const TYPE: &str = "kick-event-type";
const VERSION: &str = "kick-event-version";
const SUBSCRIPTION: &str = "kick-event-subscription-id";

static MARKS: LazyLock<[(&str, String); 9]> = LazyLock::new(|| {
    let [relay, _, hex, rsa] = SETUPS.each_ref().map(|setup| setup.signature.clone());
    [
        ("$ID", ID.to_owned()),
        ("$TIME", TIME.to_owned()),
        ("$SIGNATURE_BITS", with_bits(&relay)),
        ("$SIGNATURE_BARE", relay.trim_end_matches('=').to_owned()),
        ("$SIGNATURE", relay),
        ("$HEX_UPPER", hex.to_uppercase()),
        ("$HEX", hex),
        ("$RSA_BITS", with_bits(&rsa)),
        ("$RSA", rsa),
    ]
});

/// The same bytes to a lenient reader of base64: of the last letter not all bits count.
fn with_bits(base64: &str) -> String {
    let text = base64.trim_end_matches('=');
    let (rest, last) = text.split_at(text.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    format!("{rest}{next}{}", &base64[text.len()..])
}

/// A relay's receiver, one without Drops, one that looks elsewhere for another form, and Kick's own.
static SETUPS: LazyLock<[Setup; 4]> = LazyLock::new(|| {
    let hex = keys().encoding(TagEncoding::Hex).signature_header("x-tag".parse().unwrap());
    let hex = RelaySigner::with(hex.unwrap());
    let kick = KickSigner::new();
    let setup = |keys: Keys, message: Message<'_>, header: &str, has_drops: bool| {
        let mut builder = KickHmac::builder(keys, Broadcasters::only([7]), MemoryReplays::new(1));
        if has_drops {
            builder = builder.drops(Campaigns::only(["c"]));
        }
        let message = message.id(ID.parse().unwrap()).timestamp(TIME.parse().unwrap());
        Setup {
            kick: builder.build().unwrap(),
            header: header.parse().unwrap(),
            signature: message.headers()[header].to_str().unwrap().to_owned(),
            has_drops,
        }
    };
    let relay = || RELAY.event("channel.followed", BODY);
    [
        setup(keys().into(), relay(), SIGNATURE, true),
        setup(keys().into(), relay(), SIGNATURE, false),
        setup(hex.keys().into(), hex.event("channel.followed", BODY), "x-tag", false),
        setup(kick.keys().into(), kick.event("channel.followed", BODY), SIGNATURE, true),
    ]
});
