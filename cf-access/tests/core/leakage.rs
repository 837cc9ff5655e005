//! Nothing that is printed contains the token, the e-mail address, or what an attacker wrote.

use cf_access::testing::Token;
use cf_access::{CfAccess, ConfigError, KeySet, KeySetError, Policy, TokenPart, VerifyError};

use crate::{ISSUER, builder, client_id, now, user, verify};

const SECRET: &str = "s3cr3t";

/// Every refusal, by a token that carries the text in all of its claims and in its header.
fn refusals() -> Vec<VerifyError> {
    let hostile = |token: Token<'static>| token.header("x", SECRET).claim("x", SECRET);
    let email = format!("{SECRET}@example.com");
    let drafts = [
        user().header("alg", SECRET),
        user().header("kid", SECRET),
        user().header("typ", SECRET),
        user().header("crit", SECRET),
        user().without_header("kid"),
        user().claim("iss", SECRET),
        user().claim("aud", SECRET),
        user().claim("type", SECRET),
        user().claim("exp", SECRET),
        user().claim("exp", 0),
        user().claim("nbf", 9_000_000_000_u64),
        user().claim("iat", 9_000_000_000_u64),
        user().claim("email", format!("{SECRET}\n")),
        user().claim("email", email.clone()).claim("common_name", format!("{SECRET}.access")),
        user().without_claim("sub"),
    ];
    let mut refusals: Vec<VerifyError> =
        drafts.into_iter().map(|token| verify(&hostile(token)).unwrap_err()).collect();

    let access =
        builder().max_age(crate::HOUR).policy(Policy::service_token(client_id())).build().unwrap();
    let refuse = |token: String| access.verify(token, now()).unwrap_err();
    refusals.extend([
        refuse(hostile(user()).token()),
        refuse(hostile(user().claim("iat", 1)).token()),
        refuse(hostile(user()).token().replace("eyJ", "eyK")),
        refuse(format!("{SECRET}.{SECRET}.{SECRET}")),
        refuse(SECRET.to_owned()),
        refuse(SECRET.repeat(2000)),
        refuse(ISSUER.sign(SECRET.as_bytes(), SECRET.as_bytes())),
        refuse({
            let token = hostile(user()).token();
            format!("{}.AAAA", token.rsplit_once('.').unwrap().0)
        }),
    ]);
    refusals
}

#[test]
fn no_refusal_repeats_what_was_sent() {
    for refusal in refusals() {
        for text in [refusal.to_string(), format!("{refusal:?}"), refusal.code().to_owned()] {
            assert!(!text.contains(SECRET), "{text}");
            assert!(!text.contains("example.com"), "{text}");
        }
    }
}

#[test]
fn every_code_is_reached_and_stable() {
    let codes = [
        "too_large",
        "malformed",
        "unsupported_alg",
        "critical_header",
        "missing_kid",
        "unknown_kid",
        "bad_signature",
        "missing_claim",
        "invalid_claim",
        "wrong_issuer",
        "wrong_audience",
        "wrong_type",
        "expired",
        "not_yet_valid",
        "issued_in_future",
        "too_old",
        "ambiguous_identity",
        "denied",
    ];
    let mut reached: Vec<&str> = refusals().iter().map(VerifyError::code).collect();
    reached.sort_unstable();
    reached.dedup();
    let mut expected = codes.to_vec();
    expected.sort_unstable();
    assert_eq!(reached, expected);
}

#[test]
fn every_message_is_a_lower_case_sentence_without_a_full_stop() {
    let configuration = [
        ConfigError::Audience,
        ConfigError::ClientId,
        ConfigError::Country,
        ConfigError::Email,
        ConfigError::Group,
        ConfigError::Issuer,
        ConfigError::Leeway,
        ConfigError::NoAudience,
        ConfigError::TeamDomain,
        ConfigError::UserId,
    ];
    let documents = [KeySetError::Malformed, KeySetError::NoUsableKey, KeySetError::TooLarge];
    let parts = [TokenPart::Compact, TokenPart::Header, TokenPart::Claims];
    let messages = refusals()
        .into_iter()
        .map(|refusal| refusal.to_string())
        .chain(configuration.iter().map(ToString::to_string))
        .chain(documents.iter().map(ToString::to_string))
        .chain(parts.iter().map(|part| VerifyError::Malformed(*part).to_string()));
    for message in messages {
        assert!(message.starts_with(char::is_lowercase), "{message}");
        assert!(!message.ends_with('.'), "{message}");
    }
}

#[test]
fn debug_of_the_proof_and_of_the_handles_shows_no_personal_data() {
    let identity = verify(&user().claim("custom", SECRET)).unwrap();
    let policy = Policy::email("alice@example.com")
        .unwrap()
        .or(Policy::email_domain("example.com").unwrap())
        .or(Policy::user_id("alice@example.com").unwrap())
        .and(Policy::group("example.com", SECRET).unwrap())
        .or(Policy::country("DE").unwrap())
        .or(Policy::custom(|_| true))
        .or(Policy::service_token(client_id()));
    let access: CfAccess = builder().policy(policy.clone()).build().unwrap();
    let person = format!("{identity:?}");
    assert!(
        person.contains("User") && person.contains("audience") && person.contains("expires_at")
    );
    let structure = format!("{policy:?}");
    assert_eq!(
        structure,
        "((((((email or email_domain) or user_id) and group) or country) or custom) or service_token)"
    );
    for text in [person, structure, format!("{access:?}"), format!("{:?}", identity.principal())] {
        assert!(!text.contains("alice"), "{text}");
        assert!(!text.contains("example.com"), "{text}");
        assert!(!text.contains(SECRET), "{text}");
        assert!(!text.contains("eyJ"), "{text}");
    }
    // What an operator looks for is there.
    let keys = format!("{:?}", ISSUER.keys());
    for kid in KeySet::from_json(ISSUER.certs().as_bytes()).unwrap().kids() {
        assert!(keys.contains(kid), "{keys}");
    }
    let person = verify(&user().claim("sub", "id-1")).unwrap();
    assert!(format!("{:?}", person.principal()).contains("id-1"));
    assert!(!format!("{:?}", *ISSUER).contains("pair"));
}
