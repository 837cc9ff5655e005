//! Nothing that is printed has a secret, a nonce, a binding or a signature.

use siwe_session::testing::Wallet;
use siwe_session::{Grammar, Message, NonceKeys, Signature, VerifyError};

use crate::{audience, browser, keys, message, now, verifier, wallet};

#[test]
fn debug_shows_nothing_that_serves_who_reads_it() {
    let verifier = verifier();
    let nonce = verifier.nonce(&audience(), Some(&browser()), [9; 10], now());
    let message = message(&verifier).build().unwrap();
    let text = wallet().sign(&message);
    let signature: Signature = text.parse().unwrap();
    let checked = verifier.check(message.as_str(), &signature, Some(&browser()), now()).unwrap();
    let key = checked.burn_key();
    let keys = NonceKeys::new([*b"a secret of thirty-two letters !"]).unwrap();
    let mut printed = format!("{nonce:?} {key:?} {signature:?} {keys:?} {verifier:?} {message:?}");
    printed += &format!("{:?} {checked:?} {:?}", browser(), Wallet::from_key([0x5A; 32]));
    let consumed = checked.consume(true).unwrap();
    printed += &format!("{consumed:?}");
    printed += &format!("{:?}", consumed.verify().unwrap());
    let call = siwe_session::ContractCall::new(1, wallet().address(), message.hash(), [0x5A; 65]);
    printed += &format!("{call:?}");
    for secret in [
        nonce.as_str(),
        &nonce.as_str()[..20],
        &text[2..20],
        &browser().to_string(),
        "a secret",
        "97, 32, 115",
        "90, 90, 90",
        "5a5a5a",
        "3, 3, 3",
        "7, 7, 7",
    ] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[test]
fn debug_says_what_may_be_known() {
    let verifier = verifier();
    let nonce = verifier.nonce(&audience(), Some(&browser()), [9; 10], now());
    let message = message(&verifier).build().unwrap();
    let signature: Signature = wallet().sign(&message).parse().unwrap();
    let checked = verifier.check(message.as_str(), &signature, Some(&browser()), now()).unwrap();
    let call = siwe_session::ContractCall::new(1, wallet().address(), message.hash(), [0x5A; 65]);
    let of_message = "Message { domain: \"plue.dev\", \
        address: 0x1a642f0e3c3af545e7acbd38b07251b3990914f1, chain_id: 1, \
        issued_at: 2026-11-22T12:00:00Z, .. }";
    for (printed, expected) in [
        (format!("{nonce:?}"), "Nonce(…)"),
        (format!("{:?}", checked.burn_key()), "BurnKey(…)"),
        (format!("{:?}", browser()), "BrowserBinding(…)"),
        (format!("{signature:?}"), "Signature { bytes: 65, .. }"),
        (format!("{:?}", keys()), "NonceKeys { secrets: 1, .. }"),
        (format!("{message:?}"), of_message),
        (format!("{checked:?}"), &format!("Checked {{ message: {of_message}, .. }}")),
        (
            format!("{call:?}"),
            "ContractCall { chain_id: 1, \
             address: 0x1a642f0e3c3af545e7acbd38b07251b3990914f1, .. }",
        ),
    ] {
        assert_eq!(printed, expected);
    }
    let printed = format!("{verifier:?}");
    for part in ["https://plue.dev", "max_age: 600s", "leeway: 60s", "allows_unbound: false"] {
        assert!(printed.contains(part), "{part} is not in {printed}");
    }
}

#[test]
fn errors_have_nothing_of_the_message() {
    let text = "evil.example wants you to sign in\nm4rk";
    let error = Message::parse(text, Grammar::Practice).unwrap_err();
    let error = VerifyError::MalformedMessage(error);
    let printed = format!("{error} {error:?}");
    assert!(!printed.contains("evil") && !printed.contains("m4rk"), "{printed}");
    assert_eq!(
        error.to_string(),
        "not a message of EIP-4361: line 1: `domain`: missing, or not at its place"
    );
}
