//! Tokens that say what ours do not: each is a good one with one thing changed, and has its
//! one refusal.

use std::time::SystemTime;

use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePublicKey;
use serde_json::json;
use siwe_session::SessionError;

use crate::forge::{
    ACCOUNT, E1, H1, PUBLIC, SECRET, SID, by_e1, by_h1, claims, encode, hmac, parts, seconds,
    tokens, with,
};
use crate::tokens_forged::filled;
use crate::{now, tokens_forged, tokens_times};

/// What is tried, the token, and the refusal.
pub(crate) type Hostile = (String, String, SessionError);

/// All of them, for an instance that has the ring and this time.
pub(crate) fn all(now: SystemTime) -> Vec<Hostile> {
    let mut all = headers(now);
    all.extend(payloads(now));
    all.extend(tokens_times::times(now));
    all.extend(tokens_forged::signatures(now));
    all.extend(tokens_forged::forms(now));
    all
}

pub(crate) fn named<T: Into<String>>(
    cases: impl IntoIterator<Item = (T, String, SessionError)>,
) -> Vec<Hostile> {
    cases.into_iter().map(|(name, token, error)| (name.into(), token, error)).collect()
}

/// With a member more, another, or none, signed with the right key.
fn headers(now: SystemTime) -> Vec<Hostile> {
    use SessionError::{Malformed, UnknownKey, WrongAlgorithm, WrongType};
    let payload = claims(now).to_string();
    let more = |member: &str| by_h1(&H1.replace('}', &format!(",{member}}}")), &payload);
    let alg = |alg: &str| by_h1(&H1.replace("HS256", alg), &payload);
    let typ = |typ: &str| by_h1(&H1.replace("siwe-session+jwt", typ), &payload);
    let kid = |kid: &str| by_h1(&H1.replace("h1", kid), &payload);
    let without = |member: &str| {
        let header: serde_json::Value = serde_json::from_str(H1).unwrap();
        by_h1(&with(&header, member, json!(null)), &payload)
    };
    let unsigned = |alg: &str| format!("{}.", parts(&H1.replace("HS256", alg), &payload));
    let raw = VerifyingKey::from_public_key_pem(PUBLIC).unwrap().to_bytes();
    let swapped = parts(&E1.replace("EdDSA", "HS256"), &payload);
    let mut cases = named([
        ("none", unsigned("none"), WrongAlgorithm),
        ("None", unsigned("None"), WrongAlgorithm),
        ("none, signed", alg("none"), WrongAlgorithm),
        ("no name of an algorithm", alg(""), WrongAlgorithm),
        ("hs256", alg("hs256"), WrongAlgorithm),
        ("HS512", alg("HS512"), WrongAlgorithm),
        ("RS256", alg("RS256"), WrongAlgorithm),
        ("EdDSA by the name of a secret", alg("EdDSA"), WrongAlgorithm),
        ("the public key as a secret", hmac(&raw, &swapped), WrongAlgorithm),
        ("its PEM as a secret", hmac(PUBLIC.as_bytes(), &swapped), WrongAlgorithm),
        ("the trimmed PEM as a secret", hmac(PUBLIC.trim().as_bytes(), &swapped), WrongAlgorithm),
        ("Ed25519", by_e1(&E1.replace("EdDSA", "Ed25519"), &payload), WrongAlgorithm),
        ("no alg", without("alg"), Malformed),
        ("an alg that is null", by_h1(&H1.replace(r#""HS256""#, "null"), &payload), Malformed),
        ("no typ", without("typ"), Malformed),
        ("JWT", typ("JWT"), WrongType),
        ("at+jwt", typ("at+jwt"), WrongType),
        ("no name of a type", typ(""), WrongType),
        ("an assertion", typ("siwe-assertion+jwt"), WrongType),
        ("a type that begins so", typ("siwe-session+jwt2"), WrongType),
        ("a type that ends so", typ("x-siwe-session+jwt"), WrongType),
        ("another tree of types", typ("text/siwe-session+jwt"), WrongType),
        ("application twice", typ("application/application/siwe-session+jwt"), WrongType),
        ("no kid", without("kid"), Malformed),
        ("a kid of another", kid("h2"), UnknownKey),
        ("a kid in upper case", kid("H1"), UnknownKey),
        ("a kid of 64 bytes", kid(&"k".repeat(64)), UnknownKey),
        ("a kid of 65 bytes", kid(&"k".repeat(65)), Malformed),
        ("an empty kid", kid(""), Malformed),
        ("a path", kid("../../dev/null"), Malformed),
        ("a path that ends so", kid("./h1"), Malformed),
        ("a kid with a zero byte", kid(r"h1\u0000"), Malformed),
        ("a kid with a space", kid("h1 "), Malformed),
        ("a kid for a database", kid("x' OR '1'='1"), Malformed),
        ("a kid that is a number", by_h1(&H1.replace(r#""h1""#, "1"), &payload), Malformed),
        ("a kid that is a list", by_h1(&H1.replace(r#""h1""#, r#"["h1"]"#), &payload), Malformed),
        ("a list for a header", by_h1(r#"["HS256","siwe-session+jwt","h1"]"#, &payload), Malformed),
        ("a text for a header", by_h1(r#""HS256""#, &payload), Malformed),
        ("two headers", by_h1(&format!("{H1}{H1}"), &payload), Malformed),
        ("no header", by_h1("", &payload), Malformed),
        ("a header of 257 bytes", by_h1(&format!("{H1:257}"), &payload), Malformed),
        ("a header that is no text", hmac(SECRET, &format!("_w.{}", encode(&payload))), Malformed),
    ]);
    for member in [
        r#""crit":["exp"]"#,
        r#""crit":[]"#,
        r#""b64":false"#,
        r#""b64":false,"crit":["b64"]"#,
        r#""jku":"https://evil.example/keys""#,
        r#""jwk":{"kty":"oct","k":"AAAA"}"#,
        r#""x5u":"https://evil.example/certificate""#,
        r#""x5c":["AAAA"]"#,
        r#""x5t":"AAAA""#,
        r#""cty":"JWT""#,
        r#""zip":"DEF""#,
        r#""enc":"A256GCM""#,
        r#""nonce":"""#,
        r#""Alg":"none""#,
        // each of ours once more, though it says the same
        r#""alg":"HS256""#,
        r#""typ":"siwe-session+jwt""#,
        r#""kid":"h1""#,
        r#""alg":"none""#,
        r#""\u0061lg":"none""#,
    ] {
        cases.push((member.to_owned(), more(member), Malformed));
    }
    cases
}

/// With a claim more, another, or none.
fn payloads(now: SystemTime) -> Vec<Hostile> {
    use SessionError::{Malformed, WrongAudience};
    let good = claims(now);
    let text = good.to_string();
    let mut cases = Vec::new();
    let mut add = |name: String, payload: &str, error| {
        cases.push((name, by_h1(H1, payload), error));
    };
    for name in ["iss", "aud", "sub", "sid", "auth_time", "iat", "exp"] {
        add(format!("no {name}"), &with(&good, name, json!(null)), Malformed);
        let null = text.replace(&format!(r#""{name}":"#), &format!(r#""{name}":null,"x":"#));
        add(format!("{name} is null"), &null, Malformed);
        for other in [json!(true), json!([good[name]]), json!({}), json!([])] {
            add(format!("{name} is {other}"), &with(&good, name, other), Malformed);
        }
        let twice = text.replacen('{', &format!("{{\"{name}\":{},", good[name]), 1);
        add(format!("{name} twice"), &twice, Malformed);
    }
    for (name, other) in [
        ("nbf", json!(0)),
        ("jti", json!("x")),
        ("role", json!("admin")),
        ("is_old", json!(true)),
        ("contract", json!("true")),
        ("contract", json!(1)),
        ("app", json!([])),
        ("app", json!({"role": 1})),
        ("app", json!({"role": ["admin"]})),
        ("app", json!({"": "x"})),
        ("app", json!({"a": "v".repeat(1024)})),
    ] {
        add(format!("{name} is {other}"), &with(&good, name, other), Malformed);
    }
    let app = with(&good, "app", json!({"role": "a"}));
    add("a name of app twice".into(), &app.replace("{\"role", r#"{"role":"b","role"#), Malformed);
    for other in [
        "https://evil.example",
        "https://plue.dev/",
        "https://plue.dev:443",
        "HTTPS://plue.dev",
        "plue.dev",
        "http://plue.dev",
        "",
    ] {
        for name in ["iss", "aud"] {
            add(format!("{name} is {other}"), &with(&good, name, json!(other)), WrongAudience);
        }
    }
    // Both are ours, and not the same.
    add(
        "iss of a second".into(),
        &with(&good, "iss", json!("https://plue.dev:8443")),
        WrongAudience,
    );
    add(
        "aud of a second".into(),
        &with(&good, "aud", json!("https://plue.dev:8443")),
        WrongAudience,
    );
    let address = &ACCOUNT["eip155:1:".len()..];
    for sub in [
        String::new(),
        address.to_owned(),
        format!("1:{address}"),
        format!("eip155:{address}"),
        format!("eip155::{address}"),
        format!("eip155:0:{address}"),
        format!("eip155:01:{address}"),
        format!("eip155:+1:{address}"),
        format!("eip155:-1:{address}"),
        format!("eip155:0x1:{address}"),
        format!("eip155:1 :{address}"),
        format!("eip155:18446744073709551616:{address}"),
        format!("EIP155:1:{address}"),
        format!("cosmos:1:{address}"),
        format!("did:pkh:eip155:1:{address}"),
        format!("eip155:1:{}", &address[2..]),
        format!("eip155:1:0X{}", &address[2..]),
        format!("eip155:1:0x{address}"),
        format!("eip155:1:{}", &address[..40]),
        format!("eip155:1:{}", &address[..41]),
        format!("eip155:1:{address}0"),
        format!("eip155:1:{address}00"),
        format!("eip155:1:{address} "),
        format!("eip155:1:{}g", &address[..41]),
        format!("eip155:1:1:{address}"),
    ] {
        add(format!("sub is {sub}"), &with(&good, "sub", json!(sub)), Malformed);
    }
    for sid in [
        "",
        &SID[1..],
        &SID[2..],
        &format!("{SID}0"),
        &format!("{SID}00"),
        &SID.replacen('5', "A", 1),
        &SID.replacen('5', "g", 1),
        &format!("0x{}", &SID[2..]),
        &format!("0x{SID}"),
        &format!(" {}", &SID[1..]),
    ] {
        add(format!("sid is {sid}"), &with(&good, "sid", json!(sid)), Malformed);
    }
    let values = "[".to_owned() + &text.replace(r#"":"#, r#"",""#).replace(['{', '}'], "") + "]";
    for (name, payload) in [
        ("a list of its values", values.as_str()),
        ("a list with it", &format!("[{text}]")),
        ("a text", r#""x""#),
        ("nothing", ""),
        ("no object", "{}"),
        ("null", "null"),
        ("two of it", &format!("{text}{text}")),
        ("a comma more", &text.replace('}', ",}")),
        ("a comment", &text.replace('}', "/**/}")),
        ("a mark of the byte order", &format!("\u{feff}{text}")),
        ("a part of it", &text[..text.len() - 1]),
    ] {
        add(name.to_owned(), payload, Malformed);
    }
    // In the order of the members, as serde would take it for the structure.
    let list = json!([
        good["iss"],
        good["aud"],
        good["sub"],
        good["sid"],
        good["auth_time"],
        good["iat"],
        good["exp"],
        false,
        {},
    ]);
    add("a list in order".to_owned(), &list.to_string(), Malformed);
    let not_utf8 = [text.replace('}', r#","app":{"a":""#).as_bytes(), b"\xff\"}}"].concat();
    let signed = format!("{}.{}", encode(H1), encode(not_utf8));
    cases.push(("no text".to_owned(), hmac(SECRET, &signed), Malformed));
    cases
}

pub(crate) fn check(cases: Vec<Hostile>) {
    let tokens = tokens();
    let good = by_h1(H1, &claims(now()).to_string());
    assert!(tokens.verify(&good, now()).is_ok());
    for (name, token, error) in cases {
        assert_eq!(tokens.verify(&token, now()).err(), Some(error), "{name}: {token}");
    }
}

#[test]
fn a_header_says_three_things_and_each_is_ours() {
    check(headers(now()));
}

#[test]
fn a_payload_says_what_we_say_once_and_in_its_form() {
    check(payloads(now()));
}

#[test]
fn what_another_instance_may_write_otherwise_is_taken() {
    let tokens = tokens();
    let payload = claims(now()).to_string();
    let take = |header: &str, payload: &str| tokens.verify(&by_h1(header, payload), now());
    for header in [
        H1.to_owned(),
        r#"{"kid":"h1","typ":"siwe-session+jwt","alg":"HS256"}"#.to_owned(),
        H1.replace("siwe", "SIWE"),
        H1.replace("siwe", "application/siwe"),
        H1.replace("siwe", r"\u0073iwe"),
        format!(" {H1:255}"),
    ] {
        assert!(take(&header, &payload).is_ok(), "{header}");
    }
    let good = claims(now());
    let at = seconds(now());
    for payload in [
        format!(" {payload}\n"),
        payload.replace("https:", r"\u0068ttps:"),
        with(&good, "contract", json!(false)),
        with(&good, "app", json!({})),
        with(&good, "exp", json!(at + 1)),
        with(&good, "exp", json!(at + 86_400)),
        // The end is a day after the sign-in, and not yet.
        with(&good, "auth_time", json!(at - 86_399)),
        with(&with_times(at + 30), "exp", json!(at + 31)),
    ] {
        assert!(take(H1, &payload).is_ok(), "{payload}");
    }
    let longest = filled(now(), 4000);
    assert!(tokens.verify(&longest, now()).is_ok());
}

fn with_times(at: u64) -> serde_json::Value {
    let mut claims = claims(now());
    claims["auth_time"] = json!(at);
    claims["iat"] = json!(at);
    claims
}
