//! The sets that are this project's own: here, and as they stand outside.

use std::path::Path;

use alloy_primitives::hex;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use siwe_session::{Grammar, Message, Signature, VerifyError, danger};

pub(crate) fn own_sets(folder: &Path) -> Vec<Trial> {
    let mut trials = clients(&json(&folder.join("client_messages.json")));
    trials.extend(signatures(&json(&folder.join("signature_variants.json"))));
    trials.extend(adversarial(&json(&folder.join("adversarial_messages.json"))));
    trials.push(wrapped(json(&folder.join("erc1271_erc6492.json"))));
    trials
}

pub(crate) fn json(file: &Path) -> Value {
    let text = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).expect("JSON")
}

/// The cases of a set, of which there are so many at least.
pub(crate) fn cases(set: &Value, of: &str, least: usize) -> Vec<Value> {
    let cases = set[of].as_array().expect("cases");
    assert!(cases.len() >= least, "only {} {of}", cases.len());
    cases.clone()
}

pub(crate) fn text<'a>(case: &'a Value, of: &str) -> &'a str {
    case[of].as_str().unwrap_or_else(|| panic!("{of} is no text: {case}"))
}

/// Whether this is a message; and what is always so of one.
pub(crate) fn parses(text: &str) -> bool {
    let strict = Message::parse(text, Grammar::Strict);
    let practice = Message::parse(text, Grammar::Practice);
    assert!(strict.is_err() || practice.is_ok(), "only strict takes this: {text:?}");
    if let Ok(message) = &practice {
        assert_eq!(message.as_str(), text);
    }
    practice.is_ok()
}

pub(crate) fn verify(message: &str, signature: &str) -> Result<(), String> {
    let message = Message::parse(message, Grammar::Practice).map_err(|error| error.to_string())?;
    let signature: Signature = signature.parse().map_err(code)?;
    danger::verify_signature(&message, &signature).map_err(code)
}

fn code(error: VerifyError) -> String {
    error.code().to_owned()
}

/// Every message that a wallet's library has made and signed verifies.
fn clients(set: &Value) -> Vec<Trial> {
    let trial = |case: Value| {
        let name = format!("clients::{}::{}", text(&case, "client"), text(&case, "name"));
        Trial::test(name, move || {
            let message = Message::parse(text(&case, "message"), Grammar::Practice)?;
            expect(message.address().to_string() == text(&case, "address"), "another address")?;
            expect(message.hash().to_string() == text(&case, "eip191Hash"), "another hash")?;
            let is_valid = case["valid"].as_bool() == Some(true);
            let verified = verify(text(&case, "message"), text(&case, "signature"));
            expect(verified.is_ok() == is_valid, &format!("{verified:?}"))
        })
    };
    cases(set, "cases", 17).into_iter().map(trial).collect()
}

fn signatures(set: &Value) -> Vec<Trial> {
    let message = text(set, "message").to_owned();
    let trial = |case: Value| {
        let message = message.clone();
        Trial::test(format!("signatures::{}", text(&case, "name")), move || {
            let verified = verify(&message, text(&case, "signature"));
            match case["valid"].as_bool() {
                Some(is_valid) => expect(verified.is_ok() == is_valid, &format!("{verified:?}")),
                // Ours to say: one text, that with `0x`.
                None => expect(verified == Err("malformed_signature".to_owned()), "accepted"),
            }
        })
    };
    cases(set, "cases", 19).into_iter().map(trial).collect()
}

fn adversarial(set: &Value) -> Vec<Trial> {
    let trial = |case: Value| {
        Trial::test(format!("adversarial::{}", text(&case, "name")), move || {
            let is_accepted = text(&case, "default_policy") == "accept";
            let parsed = Message::parse(text(&case, "message"), Grammar::Practice);
            expect(parsed.is_ok() == is_accepted, &format!("{parsed:?}"))?;
            // Whatever it is, it comes back as it was, or not at all; and strict is not more.
            expect(parses(text(&case, "message")) == is_accepted, "otherwise the second time")?;
            let strict = Message::parse(text(&case, "message"), Grammar::Strict);
            let is_of_the_letter = case["abnf_valid"].as_bool() == Some(true);
            expect(strict.is_err() || is_of_the_letter, "strict takes what the ABNF has not")
        })
    };
    cases(set, "cases", 54).into_iter().map(trial).collect()
}

fn wrapped(set: Value) -> Trial {
    Trial::test("erc6492::wrapped", move || {
        let wrapped: Signature = text(&set["erc6492"], "wrapped").parse()?;
        let message = "plue.dev wants you to sign in with your Ethereum account:\n\
            0x4a62316623ad457F02cDC5D997deD67a383EC569\n\n\nURI: https://plue.dev/login\n\
            Version: 1\nChain ID: 1\nNonce: abcdefgh12345678\nIssued At: 2026-11-22T12:00:00.000Z";
        let message = Message::parse(message, Grammar::Practice)?;
        expect(message.hash().to_string() == text(&set, "hash"), "another hash")?;
        let plain: Signature = text(&set, "signature").parse()?;
        danger::verify_signature(&message, &plain)?;
        let verified = danger::verify_signature(&message, &wrapped);
        expect(verified == Err(VerifyError::Erc6492), "the wrapped one is not told")?;
        let bytes = hex::decode(text(&set["erc6492"], "wrapped"))?;
        let unwrapped = Signature::from_bytes(bytes.get(..bytes.len() - 1).unwrap_or_default())?;
        let verified = danger::verify_signature(&message, &unwrapped);
        expect(verified == Err(VerifyError::UnsupportedSignature), "what is cut is another")
    })
}

pub(crate) fn expect(holds: bool, otherwise: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}
