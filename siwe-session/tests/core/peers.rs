//! The crates `siwe` 0.6.1 and `signinwithethereum` 0.8.1: what we accept they accept as well, but for what
//! is listed here; and what they accept wrongly we refuse.

use alloy_primitives::hex;
use serde_json::Value;
use siwe_session::{Grammar, Message, Signature, danger};

type Difference = (&'static str, fn(&Message<'_>) -> bool);

/// What neither accepts.
const NEITHER: [Difference; 1] = [
    // RFC 3986 §3.2.2: a registered name may have escapes.
    ("an escape in the domain", |message| message.domain().contains('%')),
];

/// What siwe 0.6.1 does not accept, and its successor does.
const ONLY_SIWE: [Difference; 3] = [
    // The ABNF has it.
    ("a scheme", |message| message.scheme().is_some()),
    // The ABNF has it, as a line of its own.
    ("an empty statement", |message| message.statement() == Some("")),
    // The erratum; EIP-55 has no checksum in one case throughout.
    ("an address in one case", |message| {
        !message.as_str().contains(&message.address().to_checksum(None))
    }),
];

fn cases(file: &str) -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/");
    let text = std::fs::read_to_string(format!("{folder}{file}")).unwrap();
    let set: Value = serde_json::from_str(&text).unwrap();
    set["cases"].as_array().unwrap().clone()
}

#[test]
fn what_we_accept_they_accept_but_for_what_is_listed() {
    let mut accepted = 0;
    let mut met = std::collections::BTreeSet::new();
    for case in cases("adversarial_messages.json").iter().chain(&cases("client_messages.json")) {
        let text = case["message"].as_str().unwrap();
        let Ok(message) = Message::parse(text, Grammar::Practice) else { continue };
        accepted += 1;
        let listed = |list: &[Difference]| {
            list.iter().find(|(_, is_it)| is_it(&message)).map(|(name, _)| *name)
        };
        let (neither, only_siwe) = (listed(&NEITHER), listed(&ONLY_SIWE));
        met.extend(only_siwe);
        let siwe = text.parse::<siwe::Message>();
        assert_eq!(siwe.is_err(), neither.is_some() || only_siwe.is_some(), "{siwe:?}: {text}");
        let successor = text.parse::<signinwithethereum::Message>();
        assert_eq!(successor.is_err(), neither.is_some(), "{successor:?}: {text}");
    }
    assert!(accepted > 30, "only {accepted}");
    assert_eq!(met.len(), ONLY_SIWE.len(), "a difference that is none");
}

#[test]
fn texts_that_they_take_for_others_are_refused() {
    let mut wrongly = 0;
    for case in cases("adversarial_messages.json") {
        let text = case["message"].as_str().unwrap();
        // What is parsed and written again is another text, whose signature then holds.
        let siwe = text.parse::<siwe::Message>().is_ok_and(|read| read.to_string() != text);
        let successor =
            text.parse::<signinwithethereum::Message>().is_ok_and(|read| read.to_string() != text);
        let is_bare = text.ends_with("\nResources:");
        if (siwe || successor) && !is_bare {
            wrongly += 1;
            assert!(Message::parse(text, Grammar::Practice).is_err(), "{text}");
        }
    }
    assert!(wrongly >= 2, "only {wrongly}");
}

#[test]
fn a_list_of_resources_that_is_empty_is_part_of_what_is_signed() {
    let cases = cases("client_messages.json");
    let bare = cases.iter().find(|case| case["name"] == "empty resources").unwrap();
    let text = bare["message"].as_str().unwrap();
    let signature: Signature = bare["signature"].as_str().unwrap().parse().unwrap();
    let message = Message::parse(text, Grammar::Practice).unwrap();
    assert!(danger::verify_signature(&message, &signature).is_ok());
    let without = text.strip_suffix("\nResources:").unwrap();
    let without = Message::parse(without, Grammar::Practice).unwrap();
    assert!(danger::verify_signature(&without, &signature).is_err());
    // The peer writes it without, and so verifies neither text by what was signed.
    let peer: siwe::Message = text.parse().unwrap();
    let bytes: [u8; 65] =
        hex::decode(bare["signature"].as_str().unwrap()).unwrap().try_into().unwrap();
    assert!(peer.verify_eip191(&bytes).is_err());
}

#[test]
fn messages_of_the_crate_siwe_are_converted_if_they_are_the_same_text() {
    let mut converted = 0;
    for case in cases("client_messages.json") {
        let message = Message::parse(case["message"].as_str().unwrap(), Grammar::Practice).unwrap();
        let Ok(peer) = siwe::Message::try_from(&message) else {
            let is_listed = ONLY_SIWE.iter().any(|(_, is_it)| is_it(&message));
            assert!(is_listed || message.as_str().ends_with("Resources:"), "{message}");
            continue;
        };
        converted += 1;
        assert_eq!(peer.eip191_hash().unwrap(), message.hash().0);
        assert_eq!(Message::try_from(&peer).unwrap(), message);
    }
    assert!(converted >= 8, "only {converted}");
    let mut injected: siwe::Message =
        cases("client_messages.json")[0]["message"].as_str().unwrap().parse().unwrap();
    injected.nonce = "abcdefgh\nIssued At: 2026-11-22T12:00:00Z".to_owned();
    assert!(Message::try_from(&injected).is_err());
}
