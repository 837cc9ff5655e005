//! The core, by subject. What the vectors cover stands in `vectors.rs` and `third_party.rs`.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod audiences;
mod auto_traits;
mod builder;
mod claims;
mod contract_calls;
mod cookies;
mod documents;
mod errors;
mod forge;
mod identity_headers;
mod identity_trust;
mod keys;
mod leakage;
mod login;
mod messages;
mod nonces;
mod old_sessions;
mod oracle;
mod peers;
mod properties;
mod route_errors;
mod route_properties;
mod routes;
mod session_cookies;
mod sign_in_answers;
mod sign_in_requests;
mod signatures;
mod timestamps;
mod tokens;
mod tokens_forged;
mod tokens_hostile;
mod tokens_times;
mod uris;
mod windows;

use std::time::{Duration, SystemTime};

use siwe_session::testing::Wallet;
use siwe_session::{
    Audience, BrowserBinding, Login, LoginVerifier, LoginVerifierBuilder, Message, MessageBuilder,
    NonceKeys, Signature, VerifyError,
};

/// 2026-11-22T12:00:00Z
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_348_800)
}

const MINUTE: Duration = Duration::from_secs(60);

fn keys() -> NonceKeys {
    NonceKeys::new([[7; 32]]).unwrap()
}

fn audience() -> Audience {
    Audience::origin("https://plue.dev").unwrap().chains([1, 8453])
}

fn of(audience: Audience) -> LoginVerifierBuilder {
    LoginVerifier::builder(audience, keys())
}

fn verifier() -> LoginVerifier {
    of(audience()).build().unwrap()
}

fn wallet() -> Wallet {
    Wallet::from_key([1; 32])
}

fn browser() -> BrowserBinding {
    BrowserBinding::new([3; 16])
}

/// A nonce of the verifier's first audience, for the browser.
fn nonce(verifier: &LoginVerifier) -> String {
    let audience = verifier.audiences().first().unwrap();
    verifier.nonce(audience, Some(&browser()), [9; 10], now()).to_string()
}

/// A message as the wallet's library makes it now.
fn message(verifier: &LoginVerifier) -> MessageBuilder {
    Message::builder("plue.dev", wallet().address())
        .uri("https://plue.dev/login")
        .chain_id(1)
        .nonce(nonce(verifier))
        .issued_at(now())
}

/// Signs a message and signs in with it, now.
fn sign_in(verifier: &LoginVerifier, message: MessageBuilder) -> Result<Login, VerifyError> {
    let message = message.build().unwrap();
    let signature = wallet().sign(&message);
    verify(verifier, message.as_str(), &signature, Some(&browser()), now())
}

fn verify(
    verifier: &LoginVerifier,
    message: &str,
    signature: &str,
    binding: Option<&BrowserBinding>,
    now: SystemTime,
) -> Result<Login, VerifyError> {
    let signature: Signature = signature.parse()?;
    verifier.check(message, &signature, binding, now)?.consume(true)?.verify()?.login()
}
