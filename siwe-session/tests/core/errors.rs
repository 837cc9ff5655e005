//! The names and the statuses of what is refused.

use std::collections::BTreeSet;

use siwe_session::{Grammar, Message, VerifyError};

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
