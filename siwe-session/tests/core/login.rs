use std::time::Duration;

use siwe_session::testing::Wallet;
use siwe_session::{
    Audience, BrowserBinding, ConfigError, LoginVerifier, LoginVerifierBuilder, NonceKeys,
    Signature, VerifyError,
};

use crate::{audience, browser, message, now, of, sign_in, verifier, verify, wallet};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_wallet_signs_in_and_the_login_says_who_and_where() {
    let verifier = verifier();
    let login = sign_in(&verifier, message(&verifier).statement("Hello")).unwrap();
    assert_eq!(login.address(), wallet().address());
    assert_eq!(login.chain_id(), 1);
    assert_eq!(login.origin(), "https://plue.dev");
    assert!(!login.is_contract());
    assert_eq!(login.message().statement(), Some("Hello"));
}

#[test]
fn a_nonce_that_was_there_signs_nobody_in() {
    let verifier = verifier();
    let message = message(&verifier).build().unwrap();
    let signature: Signature = wallet().sign(&message).parse().unwrap();
    let checked = verifier.check(message.as_str(), &signature, Some(&browser()), now()).unwrap();
    assert_eq!(checked.burn_key().as_str(), message.nonce());
    assert_eq!(checked.keep_for(), Duration::from_secs(720));
    assert_eq!(checked.consume(false).unwrap_err(), VerifyError::UsedNonce);
}

#[test]
fn what_another_wallet_signed_is_refused() {
    let verifier = verifier();
    let message = message(&verifier).build().unwrap();
    let signature = Wallet::from_key([2; 32]).sign(&message);
    let refused = verify(&verifier, message.as_str(), &signature, Some(&browser()), now());
    assert_eq!(refused.unwrap_err(), VerifyError::BadSignature);
}

#[test]
fn each_part_of_the_audience_is_checked() {
    let verifier = verifier();
    let refusal = |message| sign_in(&verifier, message).unwrap_err();
    let other = |domain: &str| {
        siwe_session::Message::builder(domain, wallet().address())
            .uri("https://plue.dev/login")
            .chain_id(1)
            .nonce(crate::nonce(&verifier))
            .issued_at(now())
    };
    for domain in [
        "evil.com",
        "plue.dev.evil.com",
        "www.plue.dev",
        "plue.dev.",
        "plue.dev:8443",
        "plue.dev:80",
        "xn--plue-dev.com",
        "plue%2Edev",
        "127.0.0.1",
        "[::1]",
    ] {
        assert_eq!(refusal(other(domain)), VerifyError::WrongDomain, "{domain}");
    }
    for domain in ["plue.dev", "PLUE.dev", "plue.dev:443"] {
        assert!(sign_in(&verifier, other(domain)).is_ok(), "{domain}");
    }
    assert_eq!(refusal(message(&verifier).scheme("wss")), VerifyError::WrongScheme);
    assert!(sign_in(&verifier, message(&verifier).scheme("HTTPS")).is_ok());
    for uri in [
        "http://plue.dev/login",
        "https://evil.com",
        "https://plue.dev@evil.com/",
        "https://user@plue.dev/",
        "https://plue.dev.evil.com/",
        "https://plue.dev:8443/",
        "urn:plue.dev",
        "https:/plue.dev",
    ] {
        assert_eq!(refusal(message(&verifier).uri(uri)), VerifyError::WrongUri, "{uri}");
    }
    for uri in ["https://plue.dev", "HTTPS://Plue.Dev:443/x?y#z"] {
        assert!(sign_in(&verifier, message(&verifier).uri(uri)).is_ok(), "{uri}");
    }
    assert_eq!(refusal(message(&verifier).chain_id(137)), VerifyError::WrongChain);
    assert!(sign_in(&verifier, message(&verifier).chain_id(8453)).is_ok());
    let recap = message(&verifier).resource("https://plue.dev/a").resource("URN:recap:e30");
    assert_eq!(refusal(recap), VerifyError::Recap);
}

#[test]
fn an_audience_is_found_by_its_origin_as_a_browser_writes_it() {
    let origins =
        ["https://plue.dev", "https://plue.dev:8443", "http://localhost:3000", "http://localhost"];
    let [first, others @ ..] = origins.map(|origin| Audience::origin(origin).unwrap().chains([1]));
    let builder = others.into_iter().fold(of(first), LoginVerifierBuilder::audience);
    let verifier = builder.build().unwrap();
    for (index, origin) in origins.iter().enumerate() {
        let found = verifier.audience(origin).unwrap();
        assert_eq!(found, &verifier.audiences()[index], "{origin}");
        assert_eq!(found.as_str(), *origin);
    }
    for other in [
        // another scheme
        "http://plue.dev",
        "https://localhost",
        "wss://plue.dev",
        // another port, and the scheme's own, which no browser writes
        "https://plue.dev:443",
        "https://plue.dev:8444",
        "https://plue.dev:84433",
        "http://localhost:80",
        "http://localhost:300",
        // more or less
        "https://plue.dev.evil.com",
        "https://plue.dev@evil.com",
        "https://evil.com/https://plue.dev",
        "https://www.plue.dev",
        "https://evilplue.dev",
        "https://plue.de",
        "https://plue.dev/",
        "https://plue.dev.",
        " https://plue.dev",
        "HTTPS://PLUE.DEV",
        "plue.dev",
        "https://",
        "null",
        "",
    ] {
        assert_eq!(verifier.audience(other), None, "{other}");
    }
}

#[test]
fn a_statement_and_uris_that_are_named_are_the_only_ones() {
    let audience = audience().statement("Sign in").unwrap().uri("https://plue.dev/login").unwrap();
    let verifier = of(audience).build().unwrap();
    assert!(sign_in(&verifier, message(&verifier).statement("Sign in")).is_ok());
    for wrong in [message(&verifier), message(&verifier).statement("Sign out")] {
        assert_eq!(sign_in(&verifier, wrong).unwrap_err(), VerifyError::WrongStatement);
    }
    let elsewhere = message(&verifier).statement("Sign in").uri("https://plue.dev/login/");
    assert_eq!(sign_in(&verifier, elsewhere).unwrap_err(), VerifyError::WrongUri);
}

#[test]
fn the_message_holds_from_its_first_to_its_last_second() {
    let verifier = verifier();
    let at = |message, later: i64| {
        let shift = Duration::from_secs(later.unsigned_abs());
        let time = if later < 0 { now() - shift } else { now() + shift };
        let built = siwe_session::MessageBuilder::build(message).unwrap();
        let signature = wallet().sign(&built);
        verify(&verifier, built.as_str(), &signature, Some(&browser()), time).err()
    };
    // The nonce was made at the same time, and ends a second before the message is stale.
    assert_eq!(at(message(&verifier), 599), None);
    assert_eq!(at(message(&verifier), 600), Some(VerifyError::ExpiredNonce));
    assert_eq!(at(message(&verifier), 601), Some(VerifyError::Stale));
    assert_eq!(at(message(&verifier), -60), None);
    assert_eq!(at(message(&verifier), -61), Some(VerifyError::IssuedInFuture));

    let ends = || message(&verifier).expiration_time(now() + 10 * SECOND);
    assert_eq!(at(ends(), 9), None);
    assert_eq!(at(ends(), 10), Some(VerifyError::Expired));
    let starts = || message(&verifier).not_before(now() + 100 * SECOND);
    assert_eq!(at(starts(), 40), None);
    assert_eq!(at(starts(), 39), Some(VerifyError::NotYetValid));
}

#[test]
fn a_nonce_of_another_origin_key_browser_or_time_is_refused() {
    let here = verifier();
    let elsewhere = Audience::origin("https://plue.example").unwrap().chains([1]);
    let both = of(audience()).audience(elsewhere.clone()).build().unwrap();
    let with_other_key =
        LoginVerifier::builder(audience(), NonceKeys::new([[8; 32]]).unwrap()).build().unwrap();
    let foreign = [
        both.nonce(&elsewhere, Some(&browser()), [9; 10], now()),
        with_other_key.nonce(&audience(), Some(&browser()), [9; 10], now()),
        here.nonce(&audience(), Some(&BrowserBinding::new([4; 16])), [9; 10], now()),
        here.nonce(&audience(), None, [9; 10], now()),
    ];
    for nonce in foreign {
        let refused = sign_in(&here, message(&here).nonce(nonce.as_str())).unwrap_err();
        assert_eq!(refused, VerifyError::UnknownNonce);
    }
    let own = crate::nonce(&here);
    for nonce in [own.to_uppercase(), own[1..].to_owned(), format!("{own}0"), "abcdefgh".into()] {
        let refused = sign_in(&here, message(&here).nonce(nonce)).unwrap_err();
        assert_eq!(refused, VerifyError::UnknownNonce);
    }
    for (made_at, expected) in [
        (now() - 600 * SECOND, Some(VerifyError::ExpiredNonce)),
        (now() - 599 * SECOND, None),
        (now() + 60 * SECOND, None),
        (now() + 61 * SECOND, Some(VerifyError::ExpiredNonce)),
    ] {
        let nonce = here.nonce(&audience(), Some(&browser()), [9; 10], made_at);
        let refused = sign_in(&here, message(&here).nonce(nonce.as_str())).err();
        assert_eq!(refused, expected);
    }
}

#[test]
fn a_sign_in_without_a_binding_needs_leave_and_a_nonce_without_one() {
    let strict = verifier();
    let lenient = of(audience()).allow_unbound().build().unwrap();
    let unbound = strict.nonce(&audience(), None, [9; 10], now());
    let message = message(&strict).nonce(unbound.as_str()).build().unwrap();
    let signature = wallet().sign(&message);
    let refused = verify(&strict, message.as_str(), &signature, None, now());
    assert_eq!(refused.unwrap_err(), VerifyError::MissingBinding);
    assert!(verify(&lenient, message.as_str(), &signature, None, now()).is_ok());
    let bound = verify(&lenient, message.as_str(), &signature, Some(&browser()), now());
    assert_eq!(bound.unwrap_err(), VerifyError::UnknownNonce);
}

#[test]
fn a_key_is_replaced_without_a_refused_sign_in() {
    let (old, new) = ([7; 32], [8; 32]);
    let keys = NonceKeys::new([old]).unwrap();
    let verifier = LoginVerifier::builder(audience(), keys.clone()).build().unwrap();
    let before = message(&verifier);
    for stage in [vec![old, new], vec![new, old]] {
        keys.reload(stage).unwrap();
        assert!(sign_in(&verifier, before.clone()).is_ok());
        assert!(sign_in(&verifier, message(&verifier)).is_ok());
    }
    keys.reload([new]).unwrap();
    assert_eq!(sign_in(&verifier, before).unwrap_err(), VerifyError::UnknownNonce);
    assert!(sign_in(&verifier, message(&verifier)).is_ok());
    let failed = keys.reload([[0; 31]]);
    assert_eq!(failed, Err(ConfigError::SecretTooShort));
    assert!(sign_in(&verifier, message(&verifier)).is_ok());
}

#[test]
fn what_would_accept_nothing_or_everything_is_no_configuration() {
    let origin = |origin| Audience::origin(origin).map(|audience| audience.as_str().to_owned());
    assert_eq!(origin("HTTPS://Plue.Dev:443").unwrap(), "https://plue.dev");
    assert_eq!(origin("http://localhost:3000").unwrap(), "http://localhost:3000");
    for wrong in ["plue.dev", "https://", "https://a@b", "https://plue.dev:0", "https://a/b"] {
        assert_eq!(origin(wrong), Err(ConfigError::Origin), "{wrong}");
    }
    for wrong in ["http://plue.dev", "ftp://plue.dev", "http://localhost.evil.com"] {
        assert_eq!(origin(wrong), Err(ConfigError::OriginScheme), "{wrong}");
    }
    let no_chain = Audience::origin("https://plue.dev").unwrap();
    assert_eq!(of(no_chain.clone()).build().unwrap_err(), ConfigError::Chains);
    assert_eq!(of(no_chain.chains([0])).build().unwrap_err(), ConfigError::Chains);
    let twice = of(audience()).audience(audience());
    assert_eq!(twice.build().unwrap_err(), ConfigError::AudienceTwice);
    for (age, leeway) in [(0, 0), (3601, 0), (600, 301)] {
        let builder = of(audience()).max_age(age * SECOND).leeway(leeway * SECOND);
        assert_eq!(builder.build().unwrap_err(), ConfigError::Window);
    }
    assert_eq!(NonceKeys::new([[0; 32]; 9]).unwrap_err(), ConfigError::SecretCount);
    assert_eq!(NonceKeys::new(Vec::<[u8; 32]>::new()).unwrap_err(), ConfigError::SecretCount);
}

#[test]
fn a_verifier_takes_what_its_grammar_does() {
    let strict = of(audience()).grammar(siwe_session::Grammar::Strict).build().unwrap();
    let quoted = |verifier: &LoginVerifier| message(verifier).statement("100% \"sure\"");
    assert!(sign_in(&verifier(), quoted(&verifier())).is_ok());
    let VerifyError::MalformedMessage(error) = sign_in(&strict, quoted(&strict)).unwrap_err()
    else {
        panic!("it is a message to the letter");
    };
    assert_eq!(error.field(), siwe_session::Field::Statement);
    assert!(sign_in(&strict, message(&strict).statement("Sure")).is_ok());
}
