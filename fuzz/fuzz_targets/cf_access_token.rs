//! Any bytes as a token, under keys whose private halves nobody has: the tokens of `tokens.json`
//! end as listed there, and nothing else gets as far as having its claims read.

#![no_main]

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use cf_access::{CfAccess, KeySet, TeamDomain, TeamKeys, TokenPart, VerifyError};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|token: &[u8]| {
    let outcome = VECTORS.verify(token);
    assert_eq!(outcome, VECTORS.verify(token), "another outcome next time");

    let code = match &outcome {
        Ok(()) => "ok",
        Err(error) => error.code(),
    };
    match VECTORS.expected.get(token).map(String::as_str) {
        // Is there to test a policy, and none is set.
        Some("policy") => {}
        // Such as `ok:user` or `err:malformed|bad_signature`.
        Some(expected) => assert!(
            expected.split([':', '|']).any(|word| word == code),
            "{code} instead of {expected}"
        ),
        None => {
            let error = outcome.expect_err("nobody signed this");
            assert!(!is_about_claims(error), "nobody signed these: {error}");
            assert!(!code.is_empty());
        }
    }
    if token.len() > 8 * 1024 {
        assert_eq!(outcome, Err(VerifyError::TooLarge));
    }
});

/// `WrongType` is not among them: the header's `typ` gives it too.
fn is_about_claims(error: VerifyError) -> bool {
    matches!(
        error,
        VerifyError::Malformed(TokenPart::Claims)
            | VerifyError::MissingClaim(_)
            | VerifyError::InvalidClaim(_)
            | VerifyError::WrongIssuer
            | VerifyError::WrongAudience
            | VerifyError::Expired
            | VerifyError::NotYetValid
            | VerifyError::IssuedInFuture
            | VerifyError::TooOld
            | VerifyError::AmbiguousIdentity
            | VerifyError::Denied
    )
}

struct Vectors {
    access: CfAccess,
    now: SystemTime,
    expected: HashMap<Vec<u8>, String>,
}

impl Vectors {
    fn verify(&self, token: &[u8]) -> Result<(), VerifyError> {
        self.access.verify(token, self.now).map(drop)
    }
}

static VECTORS: LazyLock<Vectors> = LazyLock::new(|| {
    let certs = include_bytes!("../../cf-access/tests/vectors/certs.json");
    let tokens = include_bytes!("../../cf-access/tests/vectors/tokens.json");
    let tokens: Value = serde_json::from_slice(tokens).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();

    let team: TeamDomain = text(&tokens["issuer"]).parse().unwrap();
    let keys = TeamKeys::fixed(team, KeySet::from_json(certs).unwrap());
    let audience = text(&tokens["audience"]).parse().unwrap();
    Vectors {
        access: CfAccess::builder(keys, [audience]).build().unwrap(),
        now: SystemTime::UNIX_EPOCH + Duration::from_secs(tokens["now"].as_u64().unwrap()),
        expected: tokens["vectors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|case| (text(&case["token"]).into_bytes(), text(&case["expect"])))
            .collect(),
    }
});
