//! The tokens of sessions: what they say, how long they hold, and how they are renewed.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use siwe_session::testing::Wallet;
use siwe_session::{
    Audience, Claims, ConfigError, KeyRing, LoginVerifierBuilder, Session, SessionError,
    SessionKey, SessionTokens, SessionTokensBuilder, Verification,
};

use crate::forge::{
    ACCOUNT, E1, H1, PRIVATE, SECRET, SID, by_h1, claims, decode, eddsa, eddsa_public, hs256,
    login, ring, tokens, tokens_of, with,
};
use crate::{MINUTE, audience, browser, message, now, of, wallet};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn issue(tokens: &SessionTokens) -> (Session, String) {
    tokens.issue(&login(), Claims::new(), [5; 16], now()).unwrap()
}

fn json_of(part: &str) -> Value {
    serde_json::from_str(&decode(part)).unwrap()
}

#[test]
fn a_token_says_what_is_documented_and_nothing_else() {
    for (keys, header) in [(ring(), H1), (KeyRing::new([eddsa(), hs256()]).unwrap(), E1)] {
        let tokens = tokens_of(keys);
        let (_, token) = issue(&tokens);
        let parts: Vec<_> = token.split('.').collect();
        assert_eq!(parts.len(), 3);
        assert_eq!(decode(parts[0]), header);
        assert_eq!(json_of(parts[1]), claims(now()));

        let app = Claims::new().with("role", "admin").unwrap();
        let (_, token) = tokens.issue(&login(), app, [5; 16], now()).unwrap();
        let mut expected = claims(now());
        expected["app"] = json!({"role": "admin"});
        assert_eq!(json_of(token.split('.').nth(1).unwrap()), expected);
    }
}

#[test]
fn a_session_is_the_one_that_was_issued() {
    let tokens = tokens();
    let app = Claims::new().with("role", "admin").unwrap();
    let (issued, token) = tokens.issue(&login(), app.clone(), [5; 16], now()).unwrap();
    let session = tokens.verify(&token, now()).unwrap();
    assert_eq!(session, issued);
    assert_eq!(session.address(), wallet().address());
    assert_eq!(session.chain_id(), 1);
    assert_eq!(session.origin(), "https://plue.dev");
    assert!(!session.is_contract());
    assert!(!session.is_old());
    assert_eq!(session.id().to_string(), SID);
    assert_eq!(session.signed_in_at(), now());
    assert_eq!(session.issued_at(), now());
    assert_eq!(session.expires_at(), now() + HOUR);
    assert_eq!(session.claims(), &app);
    // Parts of a second are left out.
    let later = now() + Duration::from_millis(999);
    assert_eq!(tokens.issue(&login(), app, [5; 16], later).unwrap(), (issued, token));
}

#[test]
fn an_account_is_named_by_its_chain_and_its_address() {
    let (_, token) = issue(&tokens());
    assert_eq!(json_of(token.split('.').nth(1).unwrap())["sub"], ACCOUNT);
    let verifier = crate::verifier();
    let login = crate::sign_in(&verifier, message(&verifier).chain_id(8453)).unwrap();
    let (_, token) = tokens().issue(&login, Claims::new(), [5; 16], now()).unwrap();
    assert_eq!(tokens().verify(&token, now()).unwrap().chain_id(), 8453);
    // What a token says of it is read, whatever its case.
    let lower = ACCOUNT.to_lowercase();
    let token = by_h1(H1, &with(&claims(now()), "sub", json!(lower)));
    assert_eq!(tokens().verify(&token, now()).unwrap().address(), wallet().address());
    let most = format!("eip155:{}:{}", u64::MAX, &ACCOUNT["eip155:1:".len()..]);
    let token = by_h1(H1, &with(&claims(now()), "sub", json!(most)));
    assert_eq!(tokens().verify(&token, now()).unwrap().chain_id(), u64::MAX);
}

#[test]
fn a_contract_is_told_from_a_key_through_every_renewal() {
    let verifier = of(audience()).contracts().build().unwrap();
    let message = message(&verifier).build().unwrap();
    let signature = Wallet::from_key([2; 32]).sign(&message).parse().unwrap();
    let checked = verifier.check(message.as_str(), &signature, Some(&browser()), now()).unwrap();
    let Verification::AskContract(question) = checked.consume(true).unwrap().verify().unwrap()
    else {
        panic!("a key's");
    };
    let login = question.answer(true).unwrap();
    let (session, token) = tokens().issue(&login, Claims::new(), [5; 16], now()).unwrap();
    assert!(session.is_contract());
    assert_eq!(json_of(token.split('.').nth(1).unwrap())["contract"], true);
    let session = tokens().verify(&token, now()).unwrap();
    assert!(session.is_contract());
    let (_, token) = tokens().renew(&session, now() + MINUTE).unwrap();
    assert!(tokens().verify(&token, now() + MINUTE).unwrap().is_contract());
}

#[test]
fn a_login_at_another_origin_has_no_session_here() {
    let other = Audience::origin("https://plue.dev:8444").unwrap().chains([1]);
    let tokens = SessionTokens::builder(ring(), [&other]).build().unwrap();
    let refused = tokens.issue(&login(), Claims::new(), [5; 16], now());
    assert_eq!(refused.unwrap_err(), SessionError::WrongAudience);
    let (session, token) = issue(&self::tokens());
    assert_eq!(tokens.verify(&token, now()).unwrap_err(), SessionError::WrongAudience);
    assert_eq!(tokens.renew(&session, now()).unwrap_err(), SessionError::WrongAudience);
}

#[test]
fn a_session_is_for_the_origin_that_was_signed_in_to() {
    let second = Audience::origin("https://plue.dev:8443").unwrap().chains([1]);
    let verifier = LoginVerifierBuilder::audience(of(audience()), second.clone()).build().unwrap();
    let nonce = verifier.nonce(&second, Some(&browser()), [9; 10], now());
    let message = siwe_session::Message::builder("plue.dev:8443", wallet().address())
        .uri("https://plue.dev:8443")
        .chain_id(1)
        .nonce(nonce.as_str())
        .issued_at(now());
    let login = crate::sign_in(&verifier, message).unwrap();
    let (session, token) = tokens().issue(&login, Claims::new(), [5; 16], now()).unwrap();
    assert_eq!(session.origin(), "https://plue.dev:8443");
    let claims = json_of(token.split('.').nth(1).unwrap());
    assert_eq!(claims["iss"], "https://plue.dev:8443");
    assert_eq!(claims["aud"], "https://plue.dev:8443");
    let session = tokens().verify(&token, now()).unwrap();
    assert_eq!(session.origin(), "https://plue.dev:8443");
    assert_eq!(tokens().renew(&session, now()).unwrap().0.origin(), "https://plue.dev:8443");
}

#[test]
fn a_token_holds_to_its_last_second() {
    let tokens = tokens();
    let (_, token) = issue(&tokens);
    let at = |time: SystemTime| tokens.verify(&token, time).map(|_| ());
    // Another instance's clock may be ahead by the leeway.
    assert_eq!(at(now() - 30 * SECOND), Ok(()));
    assert_eq!(at(now() - 31 * SECOND), Err(SessionError::IssuedInFuture));
    assert_eq!(at(SystemTime::UNIX_EPOCH - SECOND), Err(SessionError::IssuedInFuture));
    assert_eq!(at(now() + HOUR - Duration::from_nanos(1)), Ok(()));
    assert_eq!(at(now() + HOUR), Err(SessionError::Expired));
    let strict = builder().leeway(Duration::ZERO).build().unwrap();
    assert!(strict.verify(&token, now()).is_ok());
    let refused = strict.verify(&token, now() - SECOND);
    assert_eq!(refused.unwrap_err(), SessionError::IssuedInFuture);
}

#[test]
fn a_renewed_token_is_of_the_same_session_and_lives_longer() {
    let tokens = tokens();
    let app = Claims::new().with("role", "admin").unwrap();
    let (first, _) = tokens.issue(&login(), app.clone(), [5; 16], now()).unwrap();
    let later = now() + 40 * MINUTE;
    let (renewed, token) = tokens.renew(&first, later).unwrap();
    assert_eq!(tokens.verify(&token, later).unwrap(), renewed);
    assert_eq!(renewed.id(), first.id());
    assert_eq!(renewed.address(), first.address());
    assert_eq!(renewed.chain_id(), first.chain_id());
    assert_eq!(renewed.claims(), &app);
    assert_eq!(renewed.signed_in_at(), now());
    assert_eq!(renewed.issued_at(), later);
    assert_eq!(renewed.expires_at(), later + HOUR);
}

#[test]
fn no_renewal_goes_beyond_the_end_of_the_session() {
    let tokens = builder().idle(HOUR).absolute(2 * HOUR).build().unwrap();
    let (first, _) = issue(&tokens);
    let end = now() + 2 * HOUR;
    let late = end - 10 * MINUTE;
    let (last, token) = tokens.renew(&first, late).unwrap();
    assert_eq!(last.expires_at(), end);
    assert!(tokens.verify(&token, end - SECOND).is_ok());
    assert_eq!(tokens.verify(&token, end).unwrap_err(), SessionError::Expired);
    assert!(tokens.renew(&first, end - SECOND).is_ok());
    assert_eq!(tokens.renew(&first, end).unwrap_err(), SessionError::Over);
    assert_eq!(tokens.renew(&first, end + DAY).unwrap_err(), SessionError::Over);
}

#[test]
fn a_session_is_over_though_its_token_would_live() {
    // Made when sessions lasted longer.
    let (_, token) = issue(&builder().idle(3 * HOUR).absolute(DAY).build().unwrap());
    let tokens = builder().idle(HOUR).absolute(2 * HOUR).build().unwrap();
    assert!(tokens.verify(&token, now() + 2 * HOUR - SECOND).is_ok());
    let refused = tokens.verify(&token, now() + 2 * HOUR);
    assert_eq!(refused.unwrap_err(), SessionError::Over);
}

#[test]
fn a_token_is_due_from_the_half_of_its_life_if_that_helps() {
    let tokens = builder().idle(HOUR).absolute(2 * HOUR).build().unwrap();
    let (first, _) = issue(&tokens);
    let is_due = |session: &Session, minutes: u32| tokens.is_due(session, now() + minutes * MINUTE);
    assert!(!is_due(&first, 0));
    assert!(!tokens.is_due(&first, now() + 30 * MINUTE - SECOND));
    assert!(is_due(&first, 30));
    assert!(is_due(&first, 59));
    let (second, _) = tokens.renew(&first, now() + 59 * MINUTE).unwrap();
    assert!(!is_due(&second, 88));
    assert!(is_due(&second, 89));
    // This one ends with the session.
    let (last, _) = tokens.renew(&second, now() + 80 * MINUTE).unwrap();
    assert_eq!(last.expires_at(), now() + 2 * HOUR);
    assert!(!is_due(&last, 101));
    assert!(!is_due(&last, 119));
}

#[test]
fn an_ended_session_is_remembered_for_as_long_as_a_token_of_it_could_be_taken() {
    let tokens = builder().idle(HOUR).absolute(2 * HOUR).leeway(10 * SECOND).build().unwrap();
    let (first, _) = issue(&tokens);
    assert_eq!(tokens.keep_for(&first, now()), 2 * HOUR + 10 * SECOND);
    let (renewed, _) = tokens.renew(&first, now() + HOUR / 2).unwrap();
    assert_eq!(tokens.keep_for(&renewed, now() + HOUR), HOUR + 10 * SECOND);
    assert_eq!(tokens.keep_for(&first, now() + DAY), 10 * SECOND);
    assert_eq!(first.id(), renewed.id());
    assert_eq!(first.id().burn_key(), renewed.id().burn_key());
    assert_eq!(first.id().burn_key().as_str(), format!("session:{SID}"));
    assert!(first.id().burn_key().is_session());
    let verifier = crate::verifier();
    let message = message(&verifier).build().unwrap();
    let signature = wallet().sign(&message).parse().unwrap();
    let checked = verifier.check(message.as_str(), &signature, Some(&browser()), now()).unwrap();
    assert!(!checked.burn_key().is_session());
}

#[test]
fn a_key_is_replaced_without_a_refused_session() {
    let (old, new) = (hs256(), SessionKey::hs256("h2", [8; 32]).unwrap());
    let rings = [KeyRing::new([old.clone()]).unwrap(), KeyRing::new([old.clone()]).unwrap()];
    let instances = rings.clone().map(tokens_of);
    let all_take = |token: &str| instances.iter().all(|own| own.verify(token, now()).is_ok());
    let (_, first) = issue(&instances[0]);
    // accept, and sign: each on one instance after the other
    for keys in [[old.clone(), new.clone()], [new.clone(), old.clone()]] {
        for ring in &rings {
            ring.reload(keys.clone()).unwrap();
            for instance in &instances {
                assert!(all_take(&issue(instance).1));
            }
            assert!(all_take(&first));
        }
    }
    // retire
    rings[0].reload([new.clone()]).unwrap();
    assert_eq!(instances[0].verify(&first, now()).unwrap_err(), SessionError::UnknownKey);
    assert!(instances[1].verify(&first, now()).is_ok());
    assert!(all_take(&issue(&instances[1]).1));
    rings[1].reload([new]).unwrap();
    assert_eq!(instances[1].verify(&first, now()).unwrap_err(), SessionError::UnknownKey);
    // Another key by an old name, of the same algorithm and of another.
    let impostor = SessionKey::hs256("h1", [8; 32]).unwrap();
    rings[0].reload([impostor]).unwrap();
    assert_eq!(instances[0].verify(&first, now()).unwrap_err(), SessionError::BadSignature);
    rings[0].reload([SessionKey::eddsa_from_pem("h1", PRIVATE).unwrap()]).unwrap();
    assert_eq!(instances[0].verify(&first, now()).unwrap_err(), SessionError::WrongAlgorithm);
}

#[test]
fn who_has_the_public_half_verifies_and_makes_none() {
    let maker = tokens_of(KeyRing::new([eddsa()]).unwrap());
    let (session, token) = issue(&maker);
    let reader = tokens_of(KeyRing::new([hs256(), eddsa_public()]).unwrap());
    assert_eq!(reader.verify(&token, now()).unwrap(), session);
    let (_, token) = issue(&reader);
    assert_eq!(maker.verify(&token, now()).unwrap_err(), SessionError::UnknownKey);
}

#[test]
fn lifetimes_are_within_their_limits() {
    let check = |idle, absolute, leeway| {
        builder().idle(idle).absolute(absolute).leeway(leeway).build().map(|_| ())
    };
    let zero = Duration::ZERO;
    for (idle, absolute, leeway) in [
        (MINUTE, MINUTE, zero),
        (DAY, DAY, 300 * SECOND),
        (DAY, 90 * DAY, zero),
        (HOUR, 90 * DAY, zero),
    ] {
        assert_eq!(check(idle, absolute, leeway), Ok(()));
    }
    for (idle, absolute, leeway) in [
        (MINUTE - SECOND, HOUR, zero),
        (zero, HOUR, zero),
        (DAY + SECOND, 2 * DAY, zero),
        (HOUR, HOUR - SECOND, zero),
        (HOUR, 90 * DAY + SECOND, zero),
        (HOUR, HOUR, 301 * SECOND),
    ] {
        let refused = check(idle, absolute, leeway);
        assert_eq!(refused, Err(ConfigError::Lifetime), "{idle:?} {absolute:?} {leeway:?}");
    }
    let nowhere = SessionTokens::builder(ring(), []);
    assert_eq!(nowhere.build().unwrap_err(), ConfigError::Origin);
    // What is not configured.
    let (session, _) = issue(&builder().build().unwrap());
    assert_eq!(session.expires_at(), now() + HOUR);
    assert_eq!(builder().build().unwrap().keep_for(&session, now()), DAY + 30 * SECOND);
}

#[test]
fn a_token_of_the_greatest_claims_is_taken() {
    let mut app = Claims::new();
    for number in 0..16 {
        app = app.with(format!("{number:02}"), "\n".repeat(10)).unwrap();
    }
    let app = app.with("00", "\n".repeat(10 + 5)).unwrap();
    assert_eq!(app.clone().with("00", "\n".repeat(10 + 6)), Err(ConfigError::Claims));
    let (session, token) = tokens().issue(&login(), app.clone(), [5; 16], now()).unwrap();
    assert!(token.len() < 4000, "{}", token.len());
    assert_eq!(tokens().verify(&token, now()).unwrap(), session);
    assert_eq!(session.claims(), &app);
}

#[test]
fn debug_of_tokens_shows_no_key() {
    let printed = format!("{:?} {:?}", tokens(), builder());
    assert!(printed.contains("h1") && printed.contains("https://plue.dev"), "{printed}");
    assert!(!printed.contains(str::from_utf8(SECRET).unwrap()), "{printed}");
}

fn builder() -> SessionTokensBuilder {
    SessionTokens::builder(ring(), [&audience()])
}
