//! Who may pass, of those who are verified.

use cf_access::testing::Token;
use cf_access::{ConfigError, Policy, Principal, VerifyError};
use serde_json::json;

use crate::{builder, client_id, now, service_token, user, verify};

fn allows(policy: &Policy, token: &Token<'_>) -> bool {
    let identity = verify(token).unwrap();
    let verified = builder().policy(policy.clone()).build().unwrap().verify(token.token(), now());
    // A policy decides alike whether it is asked or built in.
    match verified {
        Ok(_) => assert!(policy.allows(&identity)),
        Err(error) => {
            assert_eq!(error, VerifyError::Denied);
            assert!(!policy.allows(&identity));
        }
    }
    policy.allows(&identity)
}

fn with_email(email: &str) -> Token<'static> {
    user().claim("email", email)
}

#[test]
fn email_domain_allows_that_domain_alone() {
    let policy = Policy::email_domain("verifluence.io").unwrap();
    for email in [
        "alice@verifluence.io",
        "ALICE@VERIFLUENCE.IO",
        "a.b+c@verifluence.io",
        "käthe@verifluence.io",
        "\"a@b\"@verifluence.io",
        "\"a\\\"@b\"@verifluence.io",
        "!#$%&'*+-/=?^_`{|}~@verifluence.io",
    ] {
        assert!(allows(&policy, &with_email(email)), "{email}");
    }
    for email in [
        "alice@evilverifluence.io",
        "alice@sub.verifluence.io",
        "alice@verifluence.io.evil.com",
        "alice@verifluence.io.",
        "alice@verifluence.io ",
        "alice@verifluence.io@evil.com",
        "alice@evil.com@verifluence.io",
        "alice@evil.com,bob@verifluence.io",
        "alice@evil.com;bob@verifluence.io",
        "<alice@evil.com>@verifluence.io",
        "\"alice@evil.com\"bob@verifluence.io",
        "\"a\"b\"@verifluence.io",
        "\"a\\\"@verifluence.io",
        "\"@verifluence.io",
        "a b@verifluence.io",
        "a..b@verifluence.io",
        ".a@verifluence.io",
        "a.@verifluence.io",
        "a\u{a0}b@verifluence.io",
        "a(b)@verifluence.io",
        "@verifluence.io",
        "verifluence.io",
        "alice@verifluence\u{ff0e}io",
        "alice@verifluence.і\u{43e}",
        "alice@",
        "alice@io",
    ] {
        assert!(!allows(&policy, &with_email(email)), "{email}");
    }
    assert!(!allows(&policy, &service_token()));
}

#[test]
fn email_allows_one_person_alone() {
    let policy = Policy::email("Alice@example.com").unwrap();
    assert!(allows(&policy, &with_email("alice@example.com")));
    assert!(allows(&policy, &with_email("ALICE@EXAMPLE.COM")));
    for other in
        ["malice@example.com", "alice@example.com.evil", "alice@example.org", "bob@example.com"]
    {
        assert!(!allows(&policy, &with_email(other)), "{other}");
    }
    assert!(!allows(&policy, &service_token()));
}

#[test]
fn user_id_allows_one_person_whatever_their_address() {
    let policy = Policy::user_id("id-1").unwrap();
    assert!(allows(&policy, &user().claim("sub", "id-1").claim("email", "new@example.com")));
    assert!(!allows(&policy, &user().claim("sub", "ID-1")));
    assert!(!allows(&policy, &user().claim("sub", "id-10")));
    assert!(!allows(&policy, &service_token()));
}

#[test]
fn service_token_allows_that_one_alone() {
    let policy = Policy::service_token(client_id());
    assert!(allows(&policy, &service_token()));
    assert!(!allows(&policy, &service_token().claim("common_name", "other.access")));
    assert!(!allows(&policy, &user()));
    assert!(!allows(&policy, &user().claim("sub", client_id().as_str())));
}

#[test]
fn country_allows_people_from_there_alone() {
    let policy = Policy::country("DE").unwrap();
    assert!(allows(&policy, &user().claim("country", "DE")));
    for other in ["US", "de", "D", "DEU", ""] {
        assert!(!allows(&policy, &user().claim("country", other)), "{other}");
    }
    assert!(!allows(&policy, &user().without_claim("country")));
    assert!(!allows(&policy, &service_token()));
}

#[test]
fn group_allows_whoever_has_it_and_nobody_without_a_list() {
    let policy = Policy::group("groups", "admins").unwrap();
    for custom in [
        json!({ "groups": ["admins"] }),
        json!({ "groups": ["eng", "admins"] }),
        json!({ "groups": "admins" }),
        json!({ "groups": [1, "admins"] }),
    ] {
        assert!(allows(&policy, &user().claim("custom", custom.clone())), "{custom}");
    }
    for custom in [
        json!({ "groups": ["eng"] }),
        json!({ "groups": ["admins2", "Admins", "admin"] }),
        json!({ "groups": "admins,eng" }),
        json!({ "groups": [["admins"]] }),
        json!({ "groups": { "admins": true } }),
        json!({ "groups": [] }),
        json!({ "groups": null }),
        json!({ "group": ["admins"] }),
        json!({ "x": { "groups": ["admins"] } }),
        json!({}),
        json!(["groups", "admins"]),
        json!("admins"),
        json!(null),
    ] {
        assert!(!allows(&policy, &user().claim("custom", custom.clone())), "{custom}");
    }
    assert!(!allows(&policy, &user()));
    // Only what Access put into `custom` counts.
    assert!(!allows(&policy, &user().claim("groups", json!(["admins"]))));
    // A machine has no groups, whatever its token says.
    assert!(!allows(&policy, &service_token().claim("custom", json!({ "groups": ["admins"] }))));
}

#[test]
fn custom_allows_whom_the_function_names() {
    let people = Policy::custom(|identity| matches!(identity.principal(), Principal::User(_)));
    assert!(allows(&people, &user()));
    assert!(!allows(&people, &service_token()));
}

#[test]
fn and_needs_both_and_or_needs_one() {
    let yes = || Policy::custom(|_| true);
    let no = || Policy::custom(|_| false);
    for (policy, expected) in [
        (yes().and(yes()), true),
        (yes().and(no()), false),
        (no().and(yes()), false),
        (no().and(no()), false),
        (yes().or(yes()), true),
        (yes().or(no()), true),
        (no().or(yes()), true),
        (no().or(no()), false),
        (no().and(yes()).or(yes()), true),
        (no().and(yes().or(yes())), false),
    ] {
        assert_eq!(allows(&policy, &user()), expected, "{policy:?}");
    }
}

#[test]
fn refuses_what_no_identity_could_match() {
    for domain in [
        "",
        "@verifluence.io",
        "verifluence",
        "verifluence.io.",
        ".io",
        "a b.io",
        "*.io",
        "bücher.example",
        "a@b.io",
    ] {
        assert_eq!(Policy::email_domain(domain).err(), Some(ConfigError::Email), "{domain}");
    }
    for email in ["", "alice", "@example.com", "alice@", "a b@example.com", "a@b@example.com"] {
        assert_eq!(Policy::email(email).err(), Some(ConfigError::Email), "{email}");
    }
    for country in ["", "D", "de", "DEU", "D1", "Dé"] {
        assert_eq!(Policy::country(country).err(), Some(ConfigError::Country), "{country}");
    }
    assert_eq!(Policy::user_id("").err(), Some(ConfigError::UserId));
    assert_eq!(Policy::group("", "admins").err(), Some(ConfigError::Group));
    assert_eq!(Policy::group("groups", "").err(), Some(ConfigError::Group));
}
