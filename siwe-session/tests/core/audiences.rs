//! For whom a message may be, at the limits of what can be configured.

use std::time::Duration;

use siwe_session::{Audience, ConfigError, LoginVerifier, Message, VerifyError};

use crate::{audience, browser, message, now, of, sign_in, verifier, wallet};

/// A sign-in to this domain and this URI.
fn sign_in_to(verifier: &LoginVerifier, domain: &str, uri: &str) -> Option<VerifyError> {
    let message = Message::builder(domain, wallet().address())
        .uri(uri)
        .chain_id(1)
        .nonce(crate::nonce(verifier))
        .issued_at(now());
    sign_in(verifier, message).err()
}

fn only(origin: &str) -> LoginVerifier {
    of(Audience::origin(origin).unwrap().chains([1])).build().unwrap()
}

#[test]
fn a_uri_or_a_statement_is_no_longer_than_one_of_a_message() {
    let a = |count| "a".repeat(count);
    assert!(audience().uri(format!("a:{}", a(1022))).is_ok());
    for wrong in [format!("a:{}", a(1023)), format!("a:{}", a(2000)), "/login".to_owned(), a(0)] {
        assert_eq!(audience().uri(wrong.as_str()), Err(ConfigError::Uri), "{wrong}");
    }
    assert!(audience().statement(a(1024)).is_ok());
    assert!(audience().statement(" ~").is_ok());
    for wrong in [a(1025), a(2000), "a\nb".to_owned(), "\u{7f}".to_owned(), "é".to_owned()] {
        assert_eq!(audience().statement(wrong.as_str()), Err(ConfigError::Statement), "{wrong}");
    }
}

#[test]
fn every_uri_that_is_named_is_one() {
    let named = audience().uri("https://plue.dev/a").unwrap().uri("ipfs://b").unwrap();
    let verifier = of(named).build().unwrap();
    for (uri, expected) in [
        ("https://plue.dev/a", None),
        ("ipfs://b", None),
        ("https://plue.dev", Some(VerifyError::WrongUri)),
    ] {
        assert_eq!(sign_in_to(&verifier, "plue.dev", uri), expected, "{uri}");
    }
}

#[test]
fn an_origin_has_the_port_of_its_scheme_or_its_own() {
    for (origin, port, other) in [
        ("https://plue.dev", 443, 80),
        ("https://plue.dev:80", 80, 443),
        ("https://plue.dev:8443", 8443, 443),
        ("http://localhost", 80, 443),
        ("http://localhost:443", 443, 80),
        ("http://127.0.0.1:3000", 3000, 80),
        ("http://[::1]:3000", 3000, 443),
    ] {
        let verifier = only(origin);
        let (scheme, rest) = origin.split_once("://").unwrap();
        let host = rest.strip_suffix(&format!(":{port}")).unwrap_or(rest);
        let uri = |port| format!("{scheme}://{host}:{port}/");
        let with = |port| format!("{host}:{port}");
        assert_eq!(sign_in_to(&verifier, &with(port), &uri(port)), None, "{origin}");
        let refused = sign_in_to(&verifier, &with(other), &uri(port));
        assert_eq!(refused, Some(VerifyError::WrongDomain), "{origin}");
        let refused = sign_in_to(&verifier, &with(port), &uri(other));
        assert_eq!(refused, Some(VerifyError::WrongUri), "{origin}");
        // As the browser writes it: the port only if it is another than the scheme's.
        assert_eq!(sign_in_to(&verifier, rest, origin), None, "{origin}");
    }
}

#[test]
fn an_ipv6_address_may_be_written_in_any_of_its_ways() {
    let verifier = only("https://[2001:db8::1]");
    for host in ["[2001:db8::1]", "[2001:DB8:0:0::1]", "[2001:db8:0:0:0:0:0:1]"] {
        assert_eq!(sign_in_to(&verifier, host, &format!("https://{host}/")), None, "{host}");
    }
    for host in ["[2001:db8::2]", "2001", "[v1.a]"] {
        let refused = sign_in_to(&verifier, host, "https://[2001:db8::1]/");
        assert_eq!(refused, Some(VerifyError::WrongDomain), "{host}");
    }
}

#[test]
fn a_message_is_for_the_audience_that_its_domain_names() {
    let other = Audience::origin("https://plue.example").unwrap().chains([5]);
    let verifier = of(audience()).audience(other.clone()).build().unwrap();
    assert_eq!(verifier.audiences(), [audience(), other.clone()]);
    assert_eq!(verifier.audience("https://plue.dev"), Some(&audience()));
    assert_eq!(verifier.audience("https://plue.example"), Some(&other));
    for none in ["", "plue.dev", "https://plue.dev:443", "http://plue.dev"] {
        assert_eq!(verifier.audience(none), None, "{none}");
    }
    let nonce = verifier.nonce(&other, Some(&browser()), [9; 10], now());
    let message = Message::builder("plue.example", wallet().address())
        .uri("https://plue.example")
        .chain_id(5)
        .nonce(nonce.as_str())
        .issued_at(now());
    let login = sign_in(&verifier, message).unwrap();
    assert_eq!((login.origin(), login.chain_id()), ("https://plue.example", 5));
}

#[test]
fn only_a_grant_of_capabilities_is_one() {
    let verifier = verifier();
    for resource in ["urn:recap:", "Urn:ReCap:e30"] {
        let refused = sign_in(&verifier, message(&verifier).resource(resource)).unwrap_err();
        assert_eq!(refused, VerifyError::Recap, "{resource}");
    }
    for resource in ["a:b", "urn:recap", "urn:recaps:e30", "urn:a:urn:recap:e30"] {
        assert!(sign_in(&verifier, message(&verifier).resource(resource)).is_ok(), "{resource}");
    }
}

#[test]
fn the_windows_of_time_are_bounded_and_each_bound_is_allowed() {
    let window = |age, leeway| {
        let (age, leeway) = (Duration::from_millis(age), Duration::from_millis(leeway));
        of(audience()).max_age(age).leeway(leeway).build().err()
    };
    for (age, leeway) in [(1_000, 0), (3_600_000, 300_000), (1_000, 300_000)] {
        assert_eq!(window(age, leeway), None, "{age} {leeway}");
    }
    for (age, leeway) in [(999, 0), (3_600_001, 0), (1_000, 300_001), (999, 300_001)] {
        assert_eq!(window(age, leeway), Some(ConfigError::Window), "{age} {leeway}");
    }
}
