//! The names and the statuses of what is refused.

use std::collections::BTreeSet;
use std::error::Error;

use http::StatusCode;
use siwe_session::{
    Grammar, IdentityError, LoginDenied, Message, SessionError, SignInError, VerifyError,
};

/// Every one, in the order of the checks.
pub(crate) fn all() -> impl Iterator<Item = VerifyError> {
    let malformed = Message::parse("", Grammar::Practice).unwrap_err();
    [
        VerifyError::MalformedSignature,
        VerifyError::MalformedMessage(malformed),
        VerifyError::WrongDomain,
        VerifyError::WrongScheme,
        VerifyError::WrongUri,
        VerifyError::WrongChain,
        VerifyError::WrongStatement,
        VerifyError::Recap,
        VerifyError::IssuedInFuture,
        VerifyError::Stale,
        VerifyError::Expired,
        VerifyError::NotYetValid,
        VerifyError::MissingBinding,
        VerifyError::UnknownNonce,
        VerifyError::ExpiredNonce,
        VerifyError::Erc6492,
        VerifyError::Erc8010,
        VerifyError::UnsupportedSignature,
        VerifyError::MalleableSignature,
        VerifyError::UsedNonce,
        VerifyError::StoreUnavailable,
        VerifyError::BadSignature,
        VerifyError::ContractRefused,
        VerifyError::ContractUnavailable,
    ]
    .into_iter()
}

/// Every refusal of a session, in the order of the checks.
pub(crate) fn all_session() -> impl Iterator<Item = SessionError> {
    [
        SessionError::Missing,
        SessionError::Conflicting,
        SessionError::Malformed,
        SessionError::WrongType,
        SessionError::UnknownKey,
        SessionError::WrongAlgorithm,
        SessionError::BadSignature,
        SessionError::WrongAudience,
        SessionError::IssuedInFuture,
        SessionError::Expired,
        SessionError::Over,
        SessionError::Revoked,
        SessionError::StoreUnavailable,
        SessionError::CrossSite,
        SessionError::MissingLayer,
    ]
    .into_iter()
}

/// Every refusal of what an edge says.
pub(crate) fn all_identity() -> impl Iterator<Item = IdentityError> {
    [
        IdentityError::Missing,
        IdentityError::Malformed,
        IdentityError::BadAssertion(SessionError::BadSignature),
        IdentityError::WrongAudience,
        IdentityError::Expired,
        IdentityError::MissingLayer,
    ]
    .into_iter()
}

/// Every refusal of an endpoint: its own, and one of each that it passes on.
pub(crate) fn all_sign_in() -> impl Iterator<Item = SignInError> {
    [
        SignInError::MediaType,
        SignInError::TooLarge,
        SignInError::MalformedBody,
        SignInError::UnknownOrigin,
        SignInError::NotYet,
        SignInError::Verify(VerifyError::BadSignature),
        SignInError::Denied(LoginDenied::Denied),
        SignInError::Denied(LoginDenied::Unavailable),
        SignInError::Session(SessionError::CrossSite),
    ]
    .into_iter()
}

/// The codes of a kind of refusal with their statuses, as a log and an answer have them: never to change.
fn assert_codes(found: impl Iterator<Item = (&'static str, StatusCode)>, expected: &[(&str, u16)]) {
    let found: Vec<_> = found.map(|(code, status)| (code, status.as_u16())).collect();
    assert_eq!(found, expected);
    let codes: BTreeSet<_> = found.iter().map(|(code, _)| code).collect();
    assert_eq!(codes.len(), found.len());
}

#[test]
fn the_codes_of_sessions_stay() {
    assert_codes(
        all_session().map(|error| (error.code(), error.status())),
        &[
            ("missing_session", 401),
            ("conflicting_sessions", 401),
            ("malformed_session", 401),
            ("wrong_type", 401),
            ("unknown_key", 401),
            ("wrong_algorithm", 401),
            ("bad_session_signature", 401),
            ("wrong_audience", 401),
            ("session_issued_in_future", 401),
            ("expired_session", 401),
            ("session_over", 401),
            ("revoked_session", 401),
            ("store_unavailable", 503),
            ("cross_site", 403),
            ("missing_layer", 500),
        ],
    );
}

#[test]
fn the_codes_of_identities_stay() {
    assert_codes(
        all_identity().map(|error| (error.code(), error.status())),
        &[
            ("missing_identity", 401),
            ("malformed_identity", 400),
            ("bad_assertion", 401),
            ("wrong_assertion_audience", 401),
            ("expired_assertion", 401),
            ("missing_layer", 500),
        ],
    );
    // Whatever is wrong with the assertion.
    for error in all_session().map(IdentityError::BadAssertion) {
        assert_eq!((error.code(), error.status().as_u16()), ("bad_assertion", 401));
    }
}

#[test]
fn the_codes_of_endpoints_stay() {
    assert_codes(
        all_sign_in().map(|error| (error.code(), error.status())),
        &[
            ("unsupported_media_type", 415),
            ("body_too_large", 413),
            ("malformed_body", 400),
            ("unknown_origin", 400),
            ("sign_in_closed", 503),
            ("bad_signature", 401),
            ("denied", 403),
            ("login_unavailable", 503),
            ("cross_site", 403),
        ],
    );
}

#[test]
fn an_endpoint_passes_the_reason_on_as_it_is() {
    for error in all() {
        let passed = SignInError::from(error);
        assert_eq!((passed.code(), passed.status()), (error.code(), error.status()));
        assert_eq!(passed.to_string(), error.to_string());
    }
    for error in all_session() {
        let passed = SignInError::from(error);
        assert_eq!((passed.code(), passed.status()), (error.code(), error.status()));
        assert_eq!(passed.to_string(), error.to_string());
    }
    for error in [LoginDenied::Denied, LoginDenied::Unavailable] {
        assert_eq!(SignInError::from(error).to_string(), error.to_string());
    }
    // The store of nonces and that of ended sessions are one; a log tells a sign-in from a request.
    assert_eq!(SessionError::StoreUnavailable.code(), VerifyError::StoreUnavailable.code());
}

#[test]
fn no_code_of_a_sign_in_is_one_of_a_session_but_that_of_the_store() {
    let of_sign_ins: BTreeSet<_> = all().map(|error| error.code()).collect();
    let of_sessions = all_session().map(|error| error.code());
    let both: Vec<_> = of_sessions.filter(|code| of_sign_ins.contains(code)).collect();
    assert_eq!(both, ["store_unavailable"]);
}

#[test]
fn a_reason_is_a_line_without_a_full_stop_and_stands_once() {
    let lines: Vec<_> = all_session()
        .map(|error| error.to_string())
        .chain(all_identity().map(|error| error.to_string()))
        .chain(all_sign_in().take(5).map(|error| error.to_string()))
        .collect();
    for line in &lines {
        assert!(line.starts_with(|first: char| first.is_ascii_lowercase()), "{line}");
        assert!(!line.ends_with('.') && !line.contains('\n'), "{line}");
    }
    // The cause is in the text, and in no source.
    let error = IdentityError::BadAssertion(SessionError::WrongType);
    assert_eq!(error.to_string(), "the assertion does not hold: a token of another type");
    assert!(error.source().is_none());
}

#[test]
fn every_code_is_a_name_of_its_own() {
    let codes: BTreeSet<_> = all().map(|error| error.code()).collect();
    assert_eq!(codes.len(), all().count());
    let is_name = |code: &&str| {
        code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    assert!(codes.iter().all(is_name), "{codes:?}");
}

#[test]
fn what_may_succeed_later_is_503_and_what_no_wallet_makes_is_400() {
    for error in all() {
        let expected = match error.code() {
            "malformed_signature" | "malformed_message" => 400,
            "store_unavailable" | "contract_unavailable" => 503,
            _ => 401,
        };
        assert_eq!(error.status(), expected, "{error}");
    }
}
