//! Tokens of any form, signed with the keys of a ring, with others, or with none.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use siwe_session::{Audience, KeyRing, Login, SessionKey, SessionTokens};

use crate::{message, sign_in, verifier};

/// For `h1`, of 32 bytes.
pub(crate) const SECRET: &[u8] = b"a secret of thirty-two letters !";

/// For `e1`; made for these tests by openssl, as all of them.
pub(crate) const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJpTOVgAU7Zi1SRxw8QDKETsyMhXBXUbXHX0tkiBBB0v
-----END PRIVATE KEY-----
";

/// Its public half.
pub(crate) const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA53qwgsXEv0XP/MQQJ4KPTNPOjh/jmwL3m2upd7lCl7Y=
-----END PUBLIC KEY-----
";

/// Of somebody else.
pub(crate) const OTHER_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIKGLb2Mn+L3SQVSvsYkA+2rI5t/f2TllTCBY5FNTsJPx
-----END PRIVATE KEY-----
";

/// Its public half.
pub(crate) const OTHER_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA6OOgB64GFiX3zl51AXKF6TOsnWsQtt1HnaOhGCP0XuA=
-----END PUBLIC KEY-----
";

pub(crate) const H1: &str = r#"{"alg":"HS256","typ":"siwe-session+jwt","kid":"h1"}"#;
pub(crate) const E1: &str = r#"{"alg":"EdDSA","typ":"siwe-session+jwt","kid":"e1"}"#;

/// Of the wallet whose key is `[1; 32]`.
pub(crate) const ACCOUNT: &str = "eip155:1:0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1";

pub(crate) const SID: &str = "05050505050505050505050505050505";

pub(crate) fn hs256() -> SessionKey {
    SessionKey::hs256("h1", SECRET).unwrap()
}

pub(crate) fn eddsa() -> SessionKey {
    SessionKey::eddsa_from_pem("e1", PRIVATE).unwrap()
}

pub(crate) fn eddsa_public() -> SessionKey {
    SessionKey::eddsa_public_from_pem("e1", PUBLIC).unwrap()
}

/// Signs with HS256, and verifies both.
pub(crate) fn ring() -> KeyRing {
    KeyRing::new([hs256(), eddsa()]).unwrap()
}

/// For `https://plue.dev`, and a second origin.
pub(crate) fn tokens_of(keys: KeyRing) -> SessionTokens {
    let second = Audience::origin("https://plue.dev:8443").unwrap().chains([1]);
    SessionTokens::builder(keys, [&crate::audience(), &second]).build().unwrap()
}

pub(crate) fn tokens() -> SessionTokens {
    tokens_of(ring())
}

/// At `https://plue.dev`, on chain 1.
pub(crate) fn login() -> Login {
    let verifier = verifier();
    sign_in(&verifier, message(&verifier)).unwrap()
}

pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// What a good token says, of a sign-in at this time.
pub(crate) fn claims(now: SystemTime) -> Value {
    let now = seconds(now);
    json!({
        "iss": "https://plue.dev", "aud": "https://plue.dev", "sub": ACCOUNT, "sid": SID,
        "auth_time": now, "iat": now, "exp": now + 3600,
    })
}

/// The claims with one that is other or new; or without it, if it is `null`.
pub(crate) fn with(claims: &Value, name: &str, value: Value) -> String {
    let mut claims = claims.as_object().unwrap().clone();
    claims.remove(name);
    if !value.is_null() {
        claims.insert(name.to_owned(), value);
    }
    Value::from(claims).to_string()
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// The first two parts.
pub(crate) fn parts(header: &str, payload: &str) -> String {
    format!("{}.{}", encode(header), encode(payload))
}

/// These bytes, as they are, with their HMAC.
pub(crate) fn hmac(secret: &[u8], signed: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", encode(mac.finalize().into_bytes()))
}

/// These bytes, as they are, with their signature of Ed25519.
pub(crate) fn ed25519(pem: &str, signed: &str) -> String {
    let key = SigningKey::from_pkcs8_pem(pem).unwrap();
    format!("{signed}.{}", encode(key.sign(signed.as_bytes()).to_bytes()))
}

/// Signed with the secret of `h1`.
pub(crate) fn by_h1(header: &str, payload: &str) -> String {
    hmac(SECRET, &parts(header, payload))
}

/// Signed with the private key of `e1`.
pub(crate) fn by_e1(header: &str, payload: &str) -> String {
    ed25519(PRIVATE, &parts(header, payload))
}
