//! What an origin server believes of who is signed in.

use std::time::{Duration, SystemTime};

use http::{Extensions, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use siwe_session::{
    AssertionSigner, Claims, ConfigError, ForwardedIdentity, IdentityError, IdentityHeader,
    IdentityTrust, KeyRing, Session, SessionError, SessionKey,
};

use crate::forge::{
    ACCOUNT, E1, OTHER_PUBLIC, PRIVATE, by_e1, by_h1, decode, eddsa, eddsa_public, hs256, login,
    seconds, tokens, tokens_of, with,
};
use crate::{now, wallet};

const NAME: &str = "x-plue-user-address";
const ADDRESS: &str = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1";
const SERVER: &str = "origin.plue.dev";
const SECOND: Duration = Duration::from_secs(1);
const ASSERTION: &str = r#"{"alg":"EdDSA","typ":"siwe-assertion+jwt","kid":"e1"}"#;

type Taken = Result<ForwardedIdentity, IdentityError>;

fn header() -> IdentityHeader {
    IdentityHeader::new(NAME).unwrap()
}

/// What the edge's proof puts into a request.
#[derive(Clone)]
struct Proven;

fn proof() -> IdentityTrust {
    IdentityTrust::proof(header(), |extensions| extensions.get::<Proven>().is_some())
}

fn assertion() -> IdentityTrust {
    IdentityTrust::assertion(header(), [eddsa_public()], SERVER).unwrap()
}

fn of(values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(NAME, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

/// Takes the identity from a request with these values, and sees that none of them is left.
fn take(trust: &IdentityTrust, values: &[&str], is_proven: bool, now: SystemTime) -> Taken {
    let mut headers = of(values);
    headers.append("x_plue-user_address", HeaderValue::from_static(ADDRESS));
    headers.append("accept", HeaderValue::from_static("*/*"));
    headers.append("connection", HeaderValue::from_static(NAME));
    let mut extensions = Extensions::new();
    if is_proven {
        extensions.insert(Proven);
    }
    let taken = trust.take(&mut headers, &extensions, now);
    assert_eq!(headers.keys().collect::<Vec<_>>(), ["accept"], "{values:?}");
    taken
}

fn session() -> Session {
    tokens().issue(&login(), Claims::new(), [5; 16], now()).unwrap().0
}

fn signed_for(server: &str, keys: KeyRing) -> String {
    let signer = AssertionSigner::new(header(), keys, server).unwrap();
    let mut headers = HeaderMap::new();
    signer.set(&mut headers, &session(), now());
    headers[NAME].to_str().unwrap().to_owned()
}

fn good() -> String {
    signed_for(SERVER, KeyRing::new([eddsa()]).unwrap())
}

fn claims() -> Value {
    let at = seconds(now());
    json!({
        "iss": "https://plue.dev", "aud": SERVER, "sub": ACCOUNT, "iat": at, "exp": at + 60,
    })
}

#[test]
fn the_edge_is_believed_where_it_is_proven() {
    let identity = take(&proof(), &[ADDRESS], true, now()).unwrap();
    assert_eq!(identity.address(), wallet().address());
    assert_eq!(identity.chain_id(), None);
    // What anyone can send.
    assert_eq!(take(&proof(), &[ADDRESS], false, now()), Err(IdentityError::Missing));
    assert_eq!(take(&proof(), &[ADDRESS, ADDRESS], false, now()), Err(IdentityError::Missing));
    assert_eq!(take(&proof(), &["x"], false, now()), Err(IdentityError::Missing));
    // Nobody is signed in; a header that looks like it is none.
    assert_eq!(take(&proof(), &[], true, now()), Err(IdentityError::Missing));
    assert_eq!(take(&proof(), &[], false, now()), Err(IdentityError::Missing));
}

#[test]
fn an_address_stands_once_and_in_the_form_of_eip_55() {
    let digits = &ADDRESS[2..];
    for values in [
        &[ADDRESS, ADDRESS][..],
        &[ADDRESS, ""],
        &["", ADDRESS],
        &[""],
        &[digits],
        &[&ADDRESS.to_lowercase()],
        &[&format!("0x{}", digits.to_uppercase())],
        &[&format!("0X{digits}")],
        &[&format!("0x0x{digits}")],
        // one letter in another case; one digit less, and one more; another digit
        &[&ADDRESS.replace("1a6", "1A6")],
        &[&ADDRESS[..41]],
        &[&format!("{ADDRESS}0")],
        &[&ADDRESS.replace("1a642", "1a643")],
        &[&format!("{ADDRESS}, {ADDRESS}")],
        &[&format!("{ADDRESS} ")],
        &[&format!("eip155:1:{ADDRESS}")],
        &["vitalik.eth"],
        &["é"],
        &[&good()],
    ] {
        let refused = take(&proof(), values, true, now());
        assert_eq!(refused, Err(IdentityError::Malformed), "{values:?}");
    }
}

#[test]
fn an_assertion_says_what_is_documented_and_is_believed() {
    let token = good();
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(decode(parts[0]), ASSERTION);
    assert_eq!(serde_json::from_str::<Value>(&decode(parts[1])).unwrap(), claims());
    // Whatever else there is, or is not.
    for is_proven in [true, false] {
        let identity = take(&assertion(), &[&token], is_proven, now()).unwrap();
        assert_eq!(identity.address(), wallet().address());
        assert_eq!(identity.chain_id(), Some(1));
    }
}

#[test]
fn an_assertion_holds_for_60_seconds() {
    let token = good();
    let at = |time: SystemTime| take(&assertion(), &[&token], false, time).map(|_| ());
    assert_eq!(at(now() + 59 * SECOND), Ok(()));
    assert_eq!(at(now() + 60 * SECOND), Err(IdentityError::Expired));
    // This clock may be behind the edge's.
    assert_eq!(at(now() - 30 * SECOND), Ok(()));
    assert_eq!(at(now() - 31 * SECOND), Err(IdentityError::Expired));
}

#[test]
fn an_assertion_stands_once() {
    let token = good();
    for values in [&[&*token, &token][..], &[&token, ""], &[&format!("{token}\u{e9}")]] {
        let refused = take(&assertion(), values, true, now());
        assert_eq!(refused, Err(IdentityError::Malformed), "{values:?}");
    }
    assert_eq!(take(&assertion(), &[], true, now()), Err(IdentityError::Missing));
}

#[test]
fn what_is_no_assertion_of_ours_is_refused() {
    use SessionError::{BadSignature, Malformed, UnknownKey, WrongAlgorithm, WrongType};
    let payload = claims().to_string();
    let (_, of_session) = tokens_of(KeyRing::new([eddsa()]).unwrap())
        .issue(&login(), Claims::new(), [5; 16], now())
        .unwrap();
    let of_h1 = signed_for(SERVER, KeyRing::new([hs256()]).unwrap());
    let other = SessionKey::eddsa_from_pem("e1", crate::forge::OTHER_PRIVATE).unwrap();
    for (token, error) in [
        (ADDRESS.to_owned(), Malformed),
        (String::new(), Malformed),
        (format!("Bearer {}", good()), Malformed),
        (of_session, WrongType),
        (by_e1(E1, &payload), WrongType),
        (by_e1(&ASSERTION.replace("siwe-assertion+jwt", "JWT"), &payload), WrongType),
        (of_h1, UnknownKey),
        (by_h1(&ASSERTION.replace("EdDSA", "HS256"), &payload), WrongAlgorithm),
        (by_h1(ASSERTION, &payload), BadSignature),
        (signed_for(SERVER, KeyRing::new([other]).unwrap()), BadSignature),
    ] {
        let refused = take(&assertion(), &[&token], true, now());
        assert_eq!(refused, Err(IdentityError::BadAssertion(error)), "{token}");
    }
    // Nor is an assertion a session, with the same keys.
    let tokens = tokens_of(KeyRing::new([eddsa()]).unwrap());
    assert_eq!(tokens.verify(&good(), now()), Err(WrongType));
}

#[test]
fn an_assertion_for_another_server_is_refused() {
    let ring = || KeyRing::new([eddsa()]).unwrap();
    for server in ["other.plue.dev", "origin.plue.dev.", "Origin.plue.dev", "https://plue.dev", "o"]
    {
        let token = signed_for(server, ring());
        let refused = take(&assertion(), &[&token], true, now());
        assert_eq!(refused, Err(IdentityError::WrongAudience), "{server}");
        let own = IdentityTrust::assertion(header(), [eddsa_public()], server).unwrap();
        assert!(take(&own, &[&token], true, now()).is_ok(), "{server}");
    }
}

#[test]
fn every_claim_of_an_assertion_is_checked() {
    use IdentityError::{Expired, Malformed, WrongAudience};
    let at = seconds(now());
    let check = |name: &str, value: Value| {
        let token = by_e1(ASSERTION, &with(&claims(), name, value));
        take(&assertion(), &[&token], true, now()).map(|_| ())
    };
    for name in ["iss", "aud", "sub", "iat", "exp"] {
        assert_eq!(check(name, json!(null)), Err(Malformed), "{name}");
        assert_eq!(check(name, json!([claims()[name]])), Err(Malformed), "{name}");
        assert_eq!(check(name, json!(1.5)), Err(Malformed), "{name}");
        let twice =
            claims().to_string().replacen('{', &format!("{{\"{name}\":{},", claims()[name]), 1);
        let refused = take(&assertion(), &[&by_e1(ASSERTION, &twice)], true, now());
        assert_eq!(refused, Err(Malformed), "{name}");
    }
    assert_eq!(check("iss", claims()["iss"].clone()), Ok(()));
    for (name, value, error) in [
        ("nbf", json!(0), Malformed),
        ("sid", json!("x"), Malformed),
        ("sub", json!(ADDRESS), Malformed),
        ("sub", json!(ACCOUNT.replace(":1:", ":0:")), Malformed),
        ("sub", json!(&ACCOUNT[..ACCOUNT.len() - 2]), Malformed),
        ("aud", json!([SERVER]), Malformed),
        ("aud", json!(""), WrongAudience),
        // longer than 60 seconds, and none at all
        ("exp", json!(at + 61), Malformed),
        ("exp", json!(u64::MAX), Malformed),
        ("exp", json!(at), Malformed),
        ("exp", json!(at - 1), Malformed),
        ("iat", json!(at - 1), Malformed),
        ("iat", json!(at + 31), Expired),
        ("iat", json!(at + 60), Malformed),
    ] {
        let name_and_value = format!("{name} {value}");
        assert_eq!(check(name, value), Err(error), "{name_and_value}");
    }
    assert_eq!(check("iat", json!(at + 30)), Ok(()));
    assert_eq!(check("exp", json!(at + 1)), Ok(()));
    let list = json!([claims()["iss"], SERVER, ACCOUNT, at, at + 60]).to_string();
    let refused = take(&assertion(), &[&by_e1(ASSERTION, &list)], true, now());
    assert_eq!(refused, Err(Malformed));
}

#[test]
fn keys_of_assertions_are_replaced_or_stay() {
    let trust = assertion();
    let clone = trust.clone();
    let token = good();
    let check = |trust: &IdentityTrust| take(trust, &[&token], false, now()).map(|_| ());
    assert_eq!(trust.reload([]), Err(ConfigError::KeyCount));
    assert_eq!(trust.reload([eddsa_public(), eddsa()]), Err(ConfigError::KidTwice));
    assert_eq!(check(&trust), Ok(()));
    let other = SessionKey::eddsa_public_from_pem("e1", OTHER_PUBLIC).unwrap();
    trust.reload([other]).unwrap();
    let refused = Err(IdentityError::BadAssertion(SessionError::BadSignature));
    assert_eq!(check(&clone), refused);
    trust.reload([hs256()]).unwrap();
    assert_eq!(check(&clone), Err(IdentityError::BadAssertion(SessionError::UnknownKey)));
    // The new one behind the old one, which none need be able to sign with.
    clone.reload([hs256(), eddsa_public()]).unwrap();
    assert_eq!(check(&trust), Ok(()));
    // A proof has no keys.
    assert_eq!(proof().reload([]), Ok(()));
}

#[test]
fn a_server_has_a_name_of_1_to_256_bytes_and_keys() {
    let keys = || KeyRing::new([eddsa()]).unwrap();
    for (length, is_name) in [(0, false), (1, true), (256, true), (257, false)] {
        let name = "n".repeat(length);
        let expected = if is_name { None } else { Some(ConfigError::AssertionAudience) };
        assert_eq!(AssertionSigner::new(header(), keys(), &name).err(), expected, "{length}");
        let trust = IdentityTrust::assertion(header(), [eddsa_public()], &name);
        assert_eq!(trust.err(), expected, "{length}");
    }
    let refused = IdentityTrust::assertion(header(), [], SERVER);
    assert_eq!(refused.unwrap_err(), ConfigError::KeyCount);
    let pair = SessionKey::eddsa_from_pem("e1", PRIVATE).unwrap();
    let refused = IdentityTrust::assertion(header(), [eddsa_public(), pair], SERVER);
    assert_eq!(refused.unwrap_err(), ConfigError::KidTwice);
}

#[test]
fn without_its_layer_a_request_says_so() {
    let mut extensions = Extensions::new();
    assert_eq!(ForwardedIdentity::of(&extensions), Err(IdentityError::MissingLayer));
    assert_eq!(Session::of(&extensions), Err(SessionError::MissingLayer));
    let identity = take(&proof(), &[ADDRESS], true, now()).unwrap();
    extensions.insert::<Taken>(Ok(identity));
    extensions.insert::<Result<Session, SessionError>>(Ok(session()));
    assert_eq!(ForwardedIdentity::of(&extensions), Ok(&identity));
    assert_eq!(Session::of(&extensions), Ok(&session()));
    extensions.insert::<Taken>(Err(IdentityError::Expired));
    extensions.insert::<Result<Session, SessionError>>(Err(SessionError::Revoked));
    assert_eq!(ForwardedIdentity::of(&extensions), Err(IdentityError::Expired));
    assert_eq!(Session::of(&extensions), Err(SessionError::Revoked));
}
