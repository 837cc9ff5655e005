//! `jsonwebtoken` as the oracle: what we issue it reads, and what it refuses under strict settings is
//! refused here.

use std::sync::LazyLock;
use std::time::SystemTime;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use siwe_session::{Claims, KeyRing};

use crate::forge::{
    ACCOUNT, E1, H1, SECRET, SID, by_e1, by_h1, eddsa, hs256, seconds, tokens, tokens_of,
};
use crate::tokens_hostile;

/// The oracle reads the system's clock, so both do.
#[expect(clippy::disallowed_methods, reason = "the oracle takes no time as an argument")]
fn clock() -> SystemTime {
    SystemTime::now()
}

/// The public key of `e1`, as a JWK has it.
const X: &str = "53qwgsXEv0XP_MQQJ4KPTNPOjh_jmwL3m2upd7lCl7Y";

/// With the key that the token names, for its one algorithm.
fn oracle(token: &str) -> jsonwebtoken::errors::Result<Map<String, Value>> {
    let kid = decode_header(token)?.kid;
    let (algorithm, key) = if kid.as_deref() == Some("e1") {
        (Algorithm::EdDSA, DecodingKey::from_ed_components(X)?)
    } else {
        (Algorithm::HS256, DecodingKey::from_secret(SECRET))
    };
    let mut strict = Validation::new(algorithm);
    strict.leeway = 0;
    strict.validate_nbf = true;
    strict.set_audience(&["https://plue.dev"]);
    strict.set_issuer(&["https://plue.dev"]);
    strict.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    Ok(decode(token, &key, &strict)?.claims)
}

#[test]
fn it_reads_what_we_issue() {
    let now = clock();
    let login = crate::forge::login();
    let app = Claims::new().with("role", "\u{1}\"é").unwrap();
    for keys in [KeyRing::new([hs256()]), KeyRing::new([eddsa()])] {
        let tokens = tokens_of(keys.unwrap());
        let (first, token) = tokens.issue(&login, app.clone(), [5; 16], now).unwrap();
        let (_, renewed) = tokens.renew(&first, now).unwrap();
        for token in [token, renewed] {
            let at = seconds(now);
            let expected = json!({
                "iss": "https://plue.dev", "aud": "https://plue.dev", "sub": ACCOUNT, "sid": SID,
                "auth_time": at, "iat": at, "exp": at + 3600, "app": {"role": "\u{1}\"é"},
            });
            assert_eq!(Value::from(oracle(&token).unwrap()), expected);
            let header = decode_header(&token).unwrap();
            assert_eq!(header.typ.as_deref(), Some("siwe-session+jwt"));
        }
    }
}

#[test]
fn what_it_refuses_of_hostile_tokens_is_refused_and_more() {
    let now = clock();
    let mut taken = Vec::new();
    for (name, token, error) in tokens_hostile::all(now) {
        assert_eq!(tokens().verify(&token, now).err(), Some(error), "{name}: {token}");
        if oracle(&token).is_ok() {
            taken.push(name);
        }
    }
    // What `jsonwebtoken` alone would let in.
    for name in [
        r#""crit":["exp"]"#,
        "no typ",
        "at+jwt",
        "an assertion",
        "a kid of another",
        "sub is cosmos:1:0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1",
        "a name of app twice",
        "4001 bytes",
    ] {
        assert!(taken.iter().any(|taken| taken == name), "{name} of {taken:#?}");
    }
}

static GOOD: LazyLock<[String; 2]> = LazyLock::new(|| {
    let claims = crate::forge::claims(clock()).to_string();
    [by_h1(H1, &claims), by_e1(E1, &claims)]
});

/// A genuine value most of the time, a near miss or anything otherwise; or none.
fn claim(genuine: Vec<Value>) -> BoxedStrategy<Option<Value>> {
    let odd = prop_oneof![
        Just(json!(null)),
        Just(json!("")),
        Just(json!([])),
        Just(json!({})),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,8}".prop_map(|text| json!(text)),
    ];
    prop_oneof![
        20 => prop::sample::select(genuine).prop_map(Some),
        1 => odd.prop_map(Some),
        1 => Just(None),
    ]
    .boxed()
}

fn around(offset: i64) -> Value {
    json!(seconds(clock()).checked_add_signed(offset).unwrap())
}

prop_compose! {
    fn payload()(
        iss in claim(vec![json!("https://plue.dev")]),
        aud in claim(vec![json!("https://plue.dev"), json!("https://plue.dev"), json!(["https://plue.dev"])]),
        sub in claim(vec![json!(ACCOUNT), json!(ACCOUNT.to_lowercase())]),
        sid in claim(vec![json!(SID)]),
        auth_time in claim(vec![around(-60), around(-3600)]),
        iat in claim(vec![around(-60), around(10)]),
        exp in claim(vec![around(3600), around(3600), around(-1), around(-60)]),
        app in prop_oneof![Just(None), Just(Some(json!({"role": "admin"})))],
        nbf in prop_oneof![20 => Just(None), 1 => Just(Some(around(60)))],
    ) -> String {
        let claims = [("iss", iss), ("aud", aud), ("sub", sub), ("sid", sid), ("auth_time", auth_time),
            ("iat", iat), ("exp", exp), ("app", app), ("nbf", nbf)];
        let claims = claims.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::from(claims.collect::<Map<_, _>>()).to_string()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn we_take_no_claims_that_it_refuses(payload in payload()) {
        let token = by_h1(H1, &payload);
        if let Ok(session) = tokens().verify(&token, clock()) {
            let theirs = oracle(&token);
            prop_assert!(theirs.is_ok(), "taken, and refused by the oracle: {:?}", theirs.err());
            let theirs = theirs.unwrap();
            prop_assert_eq!(theirs["exp"].as_u64().unwrap(), seconds(session.expires_at()));
            prop_assert_eq!(theirs["sid"].as_str().unwrap(), session.id().to_string());
        }
    }

    #[test]
    fn we_take_no_changed_bytes_that_it_refuses(
        good in prop::sample::select(vec![0_usize, 1]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..128), 1..4),
    ) {
        let mut bytes = GOOD[good].clone().into_bytes();
        for (at, to) in changes {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        let changed = String::from_utf8(bytes).unwrap();
        let taken = tokens().verify(&changed, clock()).is_ok();
        prop_assert_eq!(taken, changed == GOOD[good]);
        prop_assert!(!taken || oracle(&changed).is_ok());
    }
}
