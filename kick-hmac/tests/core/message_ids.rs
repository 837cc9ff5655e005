//! Ids of messages: ULIDs in their one form.

use kick_hmac::{ConfigError, MessageId, VerifyError};
use proptest::prelude::*;

use crate::{anything, followed, parts, refusal, sent};

const GOOD: &str = "01JQR5KV0QC94HMETWYNBWRW4Z";
const CROCKFORD: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn parse(text: &str) -> Result<MessageId, ConfigError> {
    text.parse()
}

/// What is said of a message under this id, which nobody signed.
fn in_a_header(text: &[u8]) -> VerifyError {
    let (mut headers, body) = parts(&followed());
    headers.insert("kick-event-message-id", http::HeaderValue::from_bytes(text).unwrap());
    anything().verify(&headers, body, sent()).unwrap_err()
}

#[test]
fn an_id_is_26_letters_of_crockford_s_alphabet() {
    for place in 1..26 {
        for letter in 0..=0x7F_u8 {
            let letter = char::from(letter);
            let text = format!("{}{letter}{}", &GOOD[..place], &GOOD[place + 1..]);
            let expected = CROCKFORD.contains(letter);
            assert_eq!(parse(&text).is_ok(), expected, "{text}");
        }
    }
}

#[test]
fn the_first_letter_is_at_most_7_so_that_it_is_128_bits() {
    for letter in CROCKFORD.chars() {
        let text = format!("{letter}{}", &GOOD[1..]);
        assert_eq!(parse(&text).is_ok(), letter <= '7', "{text}");
    }
}

#[test]
fn an_id_is_neither_shorter_nor_longer() {
    for length in 0..60 {
        let text = "0".repeat(length);
        assert_eq!(parse(&text).is_ok(), length == 26, "{length}");
    }
    // 26 letters, and more bytes.
    assert_eq!(parse("01JQR5KV0QC94HMETWYNBWRW4\u{e9}"), Err(ConfigError::MessageId));
    assert_eq!(parse("01JQR5KV0QC94HMETWYNBWRW\u{e9}"), Err(ConfigError::MessageId));
}

#[test]
fn lower_case_and_letters_that_decoders_take_for_others_are_refused() {
    for text in [
        "01jqr5kv0qc94hmetwynbwrw4z",
        "01JQR5KV0QC94HMETWYNBWRW4z",
        "O1JQR5KV0QC94HMETWYNBWRW4Z",
        "0IJQR5KV0QC94HMETWYNBWRW4Z",
        "0LJQR5KV0QC94HMETWYNBWRW4Z",
        "01JQR5KV0QC94HMETWYNBWRU4Z",
        "01JQR5KV-QC94-HMETWYNBWRW4",
    ] {
        assert_eq!(parse(text), Err(ConfigError::MessageId), "{text}");
        let expected = VerifyError::MalformedHeader("kick-event-message-id");
        assert_eq!(in_a_header(text.as_bytes()), expected, "{text}");
    }
    // In its form, and not what was signed.
    assert_eq!(in_a_header(GOOD.as_bytes()), VerifyError::BadSignature);
}

#[test]
fn an_id_is_read_from_json_and_written_as_it_was_read() {
    let json = format!("\"{GOOD}\"");
    let id: MessageId = serde_json::from_str(&json).unwrap();
    assert_eq!((id.to_string().as_str(), format!("{id:?}").as_str()), (GOOD, GOOD));
    // Written with an escape, it is the same text.
    let escaped = format!("\"\\u0030{}\"", &GOOD[1..]);
    assert_eq!(serde_json::from_str::<MessageId>(&escaped).unwrap(), id);
    for json in ["\"\"", "1", "null", "\"01jqr5kv0qc94hmetwynbwrw4z\""] {
        assert!(serde_json::from_str::<MessageId>(json).is_err(), "{json}");
    }
}

#[test]
fn an_id_of_the_sender_s_choice_is_the_one_that_is_signed_and_told() {
    for text in ["00000000000000000000000000", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", GOOD] {
        let message = followed().id(parse(text).unwrap());
        assert_eq!(refusal(&anything(), &message), None);
        assert_eq!(crate::verify(&anything(), &message).unwrap().message_id().as_str(), text);
    }
}

proptest! {
    #[test]
    fn ids_sort_as_their_numbers_do(one: u128, other: u128) {
        let write = |number: u128| {
            let digit = |place: u32| char::from(CROCKFORD.as_bytes()[(number >> (place * 5) & 31) as usize]);
            (0..26).rev().map(digit).collect::<String>()
        };
        let (a, b) = (parse(&write(one)).unwrap(), parse(&write(other)).unwrap());
        prop_assert_eq!(a.cmp(&b), one.cmp(&other));
        prop_assert_eq!(a == b, one == other);
    }

    #[test]
    fn no_text_panics_and_what_is_read_is_what_was_written(text in ".{0,40}") {
        if let Ok(id) = parse(&text) {
            prop_assert_eq!(id.as_str(), text);
        }
    }
}
