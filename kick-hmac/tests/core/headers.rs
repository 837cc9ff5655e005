//! The headers: each once and in its form.

use http::{HeaderName, HeaderValue};
use kick_hmac::VerifyError;
use kick_hmac::testing::Message;

use crate::{CLAIM, RELAY, anything, followed, parts, refusal, sent};

const MESSAGE_ID: &str = "kick-event-message-id";
const MESSAGE_TIMESTAMP: &str = "kick-event-message-timestamp";
const DROPS_TIMESTAMP: &str = "kick-event-timestamp";
const SIGNATURE: &str = "kick-event-signature";
const SUBSCRIPTION_ID: &str = "kick-event-subscription-id";
const TYPE: &str = "kick-event-type";
const VERSION: &str = "kick-event-version";

const OF_EVENTS: [&str; 6] =
    [MESSAGE_ID, MESSAGE_TIMESTAMP, SIGNATURE, SUBSCRIPTION_ID, TYPE, VERSION];
const OF_CLAIMS: [&str; 3] = [MESSAGE_ID, DROPS_TIMESTAMP, SIGNATURE];

fn claim() -> Message<'static> {
    RELAY.drops_claim(CLAIM).sent_at(sent())
}

/// What is said of the message with this value in the place of the header's own.
fn with(message: &Message<'_>, header: &str, value: &[u8]) -> Option<VerifyError> {
    let (mut headers, body) = parts(message);
    let header: HeaderName = header.parse().unwrap();
    headers.insert(header, HeaderValue::from_bytes(value).unwrap());
    anything().verify(&headers, body, sent()).err()
}

#[test]
fn each_header_must_be_there_but_for_the_subscription() {
    for header in OF_EVENTS.into_iter().filter(|header| *header != SUBSCRIPTION_ID) {
        let message = followed().without_header(header);
        let expected = Some(VerifyError::MissingHeader(header));
        assert_eq!(refusal(&anything(), &message), expected);
    }
    assert_eq!(refusal(&anything(), &followed().without_header(SUBSCRIPTION_ID)), None);
}

#[test]
fn each_header_of_a_claim_must_be_there() {
    for header in OF_CLAIMS {
        // Without either time, nothing says which of the two was meant.
        let named = if header == DROPS_TIMESTAMP { MESSAGE_TIMESTAMP } else { header };
        let message = claim().without_header(header);
        let expected = Some(VerifyError::MissingHeader(named));
        assert_eq!(refusal(&anything(), &message), expected);
    }
    assert_eq!(refusal(&anything(), &claim()), None);
}

#[test]
fn no_header_is_there_twice_even_with_one_value() {
    for (message, headers) in [(followed(), &OF_EVENTS[..]), (claim(), &OF_CLAIMS)] {
        for header in headers {
            let (map, _) = parts(&message);
            let value = map[*header].to_str().unwrap();
            for second in [value, "", "another"] {
                let message = message.clone().header(header, second);
                let expected = Some(VerifyError::RepeatedHeader(header));
                assert_eq!(refusal(&anything(), &message), expected, "{second}");
            }
        }
    }
}

#[test]
fn a_list_in_one_header_is_not_two_of_its_values() {
    let (map, _) = parts(&followed());
    for (header, expected) in [
        (MESSAGE_ID, VerifyError::MalformedHeader(MESSAGE_ID)),
        (MESSAGE_TIMESTAMP, VerifyError::MalformedHeader(MESSAGE_TIMESTAMP)),
        (SIGNATURE, VerifyError::MalformedSignature),
        (SUBSCRIPTION_ID, VerifyError::MalformedHeader(SUBSCRIPTION_ID)),
        (TYPE, VerifyError::MalformedHeader(TYPE)),
        (VERSION, VerifyError::MalformedHeader(VERSION)),
    ] {
        let value = map[header].to_str().unwrap();
        let list = format!("{value}, {value}");
        assert_eq!(with(&followed(), header, list.as_bytes()), Some(expected));
    }
}

#[test]
fn both_headers_for_the_time_are_one_too_many() {
    let expected = Some(VerifyError::RepeatedHeader(MESSAGE_TIMESTAMP));
    for message in [
        followed().header(DROPS_TIMESTAMP, "2025-04-01T07:56:19Z"),
        followed().header(DROPS_TIMESTAMP, ""),
        claim().header(MESSAGE_TIMESTAMP, "2025-04-01T07:56:19Z"),
    ] {
        assert_eq!(refusal(&anything(), &message), expected);
    }
    let twice = followed().header(DROPS_TIMESTAMP, "x").header(DROPS_TIMESTAMP, "x");
    let expected = Some(VerifyError::RepeatedHeader(DROPS_TIMESTAMP));
    assert_eq!(refusal(&anything(), &twice), expected);
}

#[test]
fn a_signed_header_has_no_other_form() {
    for header in [MESSAGE_ID, MESSAGE_TIMESTAMP, SUBSCRIPTION_ID] {
        let (map, _) = parts(&followed());
        let value = map[header].to_str().unwrap();
        for changed in [
            String::new(),
            format!("{value} "),
            format!(" {value}"),
            format!("{value}."),
            format!("\"{value}\""),
            value.to_lowercase(),
            value[1..].to_owned(),
            format!("{value}\u{e9}"),
        ] {
            let expected = Some(VerifyError::MalformedHeader(header));
            assert_eq!(with(&followed(), header, changed.as_bytes()), expected, "{changed}");
        }
    }
    let expected = Some(VerifyError::MalformedHeader(DROPS_TIMESTAMP));
    assert_eq!(with(&claim(), DROPS_TIMESTAMP, b"2025-04-01T07:56:19"), expected);
}

#[test]
fn what_is_claimed_is_a_word_of_1_to_128_visible_letters() {
    for header in [TYPE, VERSION] {
        let good =
            ["x".to_owned(), "x".repeat(128), "!~".to_owned(), "chat.message.sent".to_owned()];
        for word in good {
            assert_eq!(with(&followed(), header, word.as_bytes()), None, "{word}");
        }
        let bad = [
            String::new(),
            "x".repeat(129),
            "two words".to_owned(),
            " x".to_owned(),
            "x\t".to_owned(),
            "caf\u{e9}".to_owned(),
        ];
        for word in bad {
            let expected = Some(VerifyError::MalformedHeader(header));
            assert_eq!(with(&followed(), header, word.as_bytes()), expected, "{word}");
        }
        let expected = Some(VerifyError::MalformedHeader(header));
        assert_eq!(with(&followed(), header, &[b'x', 0xFF]), expected);
    }
}

#[test]
fn a_claim_may_have_headers_of_an_event_which_tell_nothing() {
    let message = claim().header(TYPE, "two words").header(TYPE, "x").header(VERSION, "");
    let message = message.header(SUBSCRIPTION_ID, "none");
    let delivery = crate::verify(&anything(), &message).unwrap();
    assert!(delivery.is_drops_claim());
    assert_eq!((delivery.claimed_type(), delivery.claimed_subscription_id()), (None, None));
}

#[test]
fn names_of_headers_have_no_case() {
    let message = followed()
        .without_header("KICK-EVENT-TYPE")
        .header("Kick-Event-Type", "channel.followed")
        .without_header("kick-event-message-ID")
        .header("Kick-Event-Message-ID", followed().message_id().as_str());
    // Another id than the one that is signed, but one that is read.
    assert_eq!(refusal(&anything(), &message), Some(VerifyError::BadSignature));
}

#[test]
fn other_headers_do_not_matter() {
    let message = followed()
        .header("User-Agent", "Go-http-client/1.1")
        .header("X-Event-Type", "chat.message.sent")
        .header("Webhook-Id", "1")
        .header("X-Kick-Event-Signature", "x")
        .header("Content-Type", "text/plain");
    let delivery = crate::verify(&anything(), &message).unwrap();
    assert_eq!(delivery.claimed_type(), Some("channel.followed"));
}

#[test]
fn a_body_has_no_coding_but_identity() {
    for coding in ["identity", "Identity", "IDENTITY"] {
        assert_eq!(refusal(&anything(), &followed().header("Content-Encoding", coding)), None);
    }
    for coding in
        ["gzip", "br", "zstd", "x", "", "identity, gzip", "identity,identity", "identity "]
    {
        let message = followed().header("Content-Encoding", coding);
        assert_eq!(refusal(&anything(), &message), Some(VerifyError::ContentEncoding), "{coding}");
    }
    let twice =
        followed().header("Content-Encoding", "identity").header("Content-Encoding", "identity");
    assert_eq!(refusal(&anything(), &twice), Some(VerifyError::ContentEncoding));
    let second =
        followed().header("Content-Encoding", "identity").header("Content-Encoding", "gzip");
    assert_eq!(refusal(&anything(), &second), Some(VerifyError::ContentEncoding));
}

#[test]
fn headers_that_another_handle_has_read_are_held_against_its_own_keys() {
    let kick = crate::of_kick().build().unwrap();
    let relay = crate::of_relay().build().unwrap();
    let (of_relay, _) = parts(&followed());
    let (of_kick, _) =
        parts(&crate::KICK.event("channel.followed", crate::FOLLOWED).sent_at(sent()));
    for (headers, reader, verifier) in [(&of_relay, &relay, &kick), (&of_kick, &kick, &relay)] {
        let read = reader.headers(headers).unwrap();
        assert!(reader.begin(read.clone(), sent()).is_ok());
        let refused = verifier.begin(read, sent()).unwrap_err();
        assert_eq!(refused, VerifyError::MalformedSignature);
    }
}
