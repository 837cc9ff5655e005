//! Nothing that is printed has a secret, a nonce, a binding or a signature.

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue};
use siwe_session::endpoints::SignIn;
use siwe_session::testing::{Site, Wallet};
use siwe_session::{
    AssertionSigner, Claims, Grammar, IdentityHeader, IdentityTrust, KeyRing, Message, Migration,
    MigrationStep, NonceKeys, Nonces, SessionKey, SessionToken, Signature, VerifyError,
};

use crate::forge::{PRIVATE, PUBLIC, SECRET, encode, login, tokens_of};
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
fn debug_says_what_may_be_known_of_sessions() {
    let header = || IdentityHeader::new("x-plue-user-address").unwrap();
    let proof = IdentityTrust::proof(header(), |_| true);
    let key = SessionKey::hs256("h1", SECRET).unwrap();
    let assertion = IdentityTrust::assertion(header(), [key], "origin").unwrap();
    let body = br#"{"message":"a","signature":"0x","session":"token"}"#;
    let json = HeaderValue::from_static("application/json");
    let sign_in = SignIn::read(&HeaderMap::from_iter([(CONTENT_TYPE, json)]), body).unwrap();
    for (printed, expected) in [
        (format!("{:?}", SessionToken::Cookie("a.b.c".into())), "Cookie(…)"),
        (format!("{:?}", SessionToken::Bearer("a.b.c")), "Bearer(…)"),
        (format!("{sign_in:?}"), "SignIn { session: Token, .. }"),
        (format!("{:?}", Migration::new(MigrationStep::Both)), "Migration(Both)"),
        (format!("{proof:?}"), r#"IdentityTrust(Proof(IdentityHeader("x-plue-user-address")))"#),
    ] {
        assert_eq!(printed, expected);
    }
    let nonces = format!("{:?}", Nonces::single_process());
    assert!(nonces.contains("capacity: 100000"), "{nonces}");
    let site = Site::new();
    let of_builder = format!("{:?}", site.builder());
    let of_siwe = format!("{:?}", site.builder().build().unwrap());
    for (printed, parts) in [
        (format!("{assertion:?}"), &["x-plue-user-address", r#"kid: "h1""#, "origin"][..]),
        (of_builder, &["https://example.com", r#"kid: "test""#, "Routes"]),
        (of_siwe, &["https://example.com", r#"mounted_at: "/api/auth""#, "asks_store: true"]),
    ] {
        for part in parts {
            assert!(printed.contains(part), "{part} is not in {printed}");
        }
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

#[test]
fn debug_of_sessions_shows_no_key_and_nothing_to_sign_in_with() {
    let keys = [
        SessionKey::hs256("h1", SECRET).unwrap(),
        SessionKey::hs256("h2", [0x5A; 32]).unwrap(),
        SessionKey::eddsa_from_pem("e1", PRIVATE).unwrap(),
    ];
    let [public] = [SessionKey::eddsa_public_from_pem("e2", PUBLIC).unwrap()];
    let ring = KeyRing::new(keys.clone()).unwrap();
    let tokens = tokens_of(ring.clone());
    let (session, token) = tokens.issue(&login(), Claims::new(), [5; 16], now()).unwrap();
    let header = IdentityHeader::new("x-plue-user-address").unwrap();
    let signer = AssertionSigner::new(header.clone(), ring.clone(), "origin").unwrap();
    let trust = IdentityTrust::assertion(header.clone(), keys.clone(), "origin").unwrap();
    let mut printed = format!("{keys:?} {public:?} {ring:?} {tokens:?} {session:?} {header:?}");
    printed += &format!("{signer:?} {trust:?} {:?}", session.id().burn_key());
    printed += &format!("{:?}", Nonces::single_process());
    printed += &format!("{:?}", IdentityTrust::proof(header, |_| true));
    printed += &format!("{keys:#?} {tokens:#?}");
    let site = Site::new();
    printed += &format!("{site:?} {:?} {:?}", site.builder(), site.builder().build().unwrap());
    let signature = token.rsplit_once('.').unwrap().1;
    let body = PRIVATE.lines().nth(1).unwrap();
    for secret in [
        "a secret",
        "97, 32, 115",
        "6120736563726574",
        &encode(SECRET)[..20],
        "90, 90, 90",
        "5a5a5a",
        "0x5a",
        body,
        &body[22..40],
        // the private key as bytes
        "154, 83, 57, 88",
        "9a533958",
        "session:05",
        &token,
        signature,
        &signature[..20],
    ] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
    // What names a session is no secret, and shown.
    assert!(printed.contains("05050505050505050505050505050505"), "{printed}");
}

#[test]
fn nothing_of_a_token_or_a_body_is_in_what_is_made_of_it() {
    let mut headers = HeaderMap::new();
    for (name, value) in [(COOKIE, "__Host-siwe=m4rk.a"), (AUTHORIZATION, "Bearer m4rk.b")] {
        headers.insert::<HeaderName>(name, HeaderValue::from_static(value));
    }
    let conflicting = SessionToken::from_headers(&headers).unwrap_err();
    let tokens = tokens_of(crate::forge::ring());
    let malformed = tokens.verify("m4rk.m4rk.m4rk", now()).unwrap_err();
    let mut printed = format!("{conflicting} {conflicting:?} {malformed} {malformed:?}");
    for name in [COOKIE, AUTHORIZATION] {
        let mut one = HeaderMap::new();
        one.insert(&name, headers[&name].clone());
        let token = SessionToken::from_headers(&one).unwrap().unwrap();
        assert!(token.as_str().starts_with("m4rk"));
        printed += &format!("{token:?} {token:#?}");
    }
    let json = HeaderValue::from_static("application/json");
    let body = br#"{"message":"m4rk","signature":"0xm4rk"}"#;
    let sign_in = SignIn::read(&HeaderMap::from_iter([(CONTENT_TYPE, json)]), body).unwrap();
    printed += &format!("{sign_in:?} {:?}", SignIn::read(&headers, b"m4rk"));
    assert!(!printed.contains("m4rk"), "{printed}");
}
