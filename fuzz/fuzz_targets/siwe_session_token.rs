//! A header and a payload, in lines, which the target signs with the key that the first byte chooses; or,
//! where there is no payload, bytes that alter a good token. A token of the last kind is a session where
//! nothing is altered; one of the first kind where a second reader finds all that it must say, once.

#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::Sha256;
use siwe_session::testing::Site;
use siwe_session::{Audience, Claims, KeyRing, Session, SessionError, SessionKey, SessionTokens};

use edgeproof_fuzz::siwe_session::{NOW, WALLET, at, edited};

fuzz_target!(|input: &[u8]| {
    let Some((&[choice, age], rest)) = input.split_first_chunk() else { return };
    // From a minute before it was made to two hours after.
    let now = at(NOW) - Duration::from_secs(60) + Duration::from_secs(u64::from(age) * 29);
    let text = str::from_utf8(rest).unwrap_or_default();
    if let Some((header, payload)) = text.split_once('\n') {
        signed(header, payload, choice, now);
    } else {
        altered(rest, choice, now);
    }
});

fn altered(edits: &[u8], choice: u8, now: std::time::SystemTime) {
    let good = &GOOD[usize::from(choice) % GOOD.len()];
    let token = edited(good.clone().into_bytes(), edits);
    let Ok(token) = String::from_utf8(token) else { return };
    let is_time = now + Duration::from_secs(30) >= at(NOW) && now < at(NOW + 3600);
    let outcome = TOKENS.verify(&token, now);
    assert_eq!(outcome.is_ok(), token == *good && is_time, "{outcome:?}");
    if let Ok(session) = outcome {
        assert_eq!(session.address(), WALLET.address());
    }
}

fn signed(header: &str, payload: &str, choice: u8, now: std::time::SystemTime) {
    let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload));
    let secret = SECRETS[usize::from(choice) % SECRETS.len()];
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
    mac.update(signed.as_bytes());
    let token = format!("{signed}.{}", BASE64.encode(mac.finalize().into_bytes()));
    let outcome = TOKENS.verify(&token, now);
    let Ok(session) = &outcome else { return };
    assert!(token.len() <= 4000);

    let header = members(header);
    assert_eq!(header.len(), 3);
    assert_eq!(text(&header, "alg"), "HS256");
    let typ = text(&header, "typ").to_ascii_lowercase();
    assert_eq!(typ.trim_start_matches("application/"), "siwe-session+jwt");
    let kid = KIDS.iter().position(|kid| *kid == text(&header, "kid")).unwrap();
    assert_eq!(SECRETS[kid], secret);

    let payload = members(payload);
    assert_eq!(text(&payload, "iss"), "https://plue.dev");
    assert_eq!(text(&payload, "aud"), "https://plue.dev");
    let (start, expected) = ("eip155:", format!("{}:{:?}", session.chain_id(), session.address()));
    let account = text(&payload, "sub");
    assert_eq!(account.strip_prefix(start).unwrap().to_ascii_lowercase(), expected.to_lowercase());
    assert_eq!(text(&payload, "sid"), session.id().to_string());
    let [begun, made, ends] = ["auth_time", "iat", "exp"].map(|name| number(&payload, name));
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(begun <= made && made < ends && made <= now + 30 && now < ends && now < begun + 86_400);
    for name in payload.keys() {
        assert!(KNOWN.contains(&name.as_str()), "{name}");
    }
    let renewed = TOKENS.renew(session, at(now));
    assert!(renewed.is_ok_and(|(other, token)| is_same(session, &other, &token, now)));
}

fn is_same(session: &Session, other: &Session, token: &str, now: u64) -> bool {
    let read: Result<Session, SessionError> = TOKENS.verify(token, at(now));
    read.as_ref() == Ok(other) && other.id() == session.id() && other.claims() == session.claims()
}

/// Of an object in which no name stands twice.
fn members(json: &str) -> BTreeMap<String, Value> {
    let raw: BTreeMap<String, &RawValue> = serde_json::from_str(json).unwrap();
    let members: BTreeMap<_, _> = raw
        .iter()
        .map(|(name, value)| (name.clone(), serde_json::from_str(value.get()).unwrap()))
        .collect();
    let colons = count_members(json);
    assert_eq!(members.len(), colons, "a name stands twice");
    members
}

/// How many members the outermost object has.
fn count_members(json: &str) -> usize {
    let (mut depth, mut is_text, mut is_escaped, mut count) = (0, false, false, 0);
    for char in json.chars() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' if is_text => is_escaped = true,
            '"' => is_text = !is_text,
            '{' | '[' if !is_text => depth += 1,
            '}' | ']' if !is_text => depth -= 1,
            ':' if !is_text && depth == 1 => count += 1,
            _ => {}
        }
    }
    count
}

fn text<'a>(of: &'a BTreeMap<String, Value>, name: &str) -> &'a str {
    of[name].as_str().unwrap()
}

fn number(of: &BTreeMap<String, Value>, name: &str) -> u64 {
    of[name].as_u64().unwrap()
}

const KNOWN: [&str; 9] = ["iss", "aud", "sub", "sid", "auth_time", "iat", "exp", "contract", "app"];
const KIDS: [&str; 2] = ["a", "b"];
const SECRETS: [[u8; 32]; 2] = [[1; 32], [2; 32]];

static TOKENS: LazyLock<SessionTokens> = LazyLock::new(|| tokens([0, 1]));

fn tokens(order: [usize; 2]) -> SessionTokens {
    let keys = order.map(|index| SessionKey::hs256(KIDS[index], SECRETS[index]).unwrap());
    let audience = Audience::origin("https://plue.dev").unwrap().chains([1]);
    SessionTokens::builder(KeyRing::new(keys).unwrap(), [&audience]).build().unwrap()
}

/// With either key, and with claims.
static GOOD: LazyLock<[String; 3]> = LazyLock::new(|| {
    let site = Site::for_audience(Audience::origin("https://plue.dev").unwrap().chains([1]));
    let login = site.login(&WALLET, at(NOW));
    let role = Claims::new().with("role", "\"admin\"").unwrap();
    let cases = [([0, 1], Claims::new()), ([1, 0], Claims::new()), ([0, 1], role)];
    cases.map(|(order, claims)| tokens(order).issue(&login, claims, [7; 16], at(NOW)).unwrap().1)
});
