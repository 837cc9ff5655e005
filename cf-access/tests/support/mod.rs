//! What the test binaries that run vectors have in common.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use cf_access::{Audience, CfAccess, KeySet, Policy, Principal, TeamDomain, TeamKeys};
use libtest_mimic::{Failed, Trial};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The time that the tokens were made for.
pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> T {
    let json = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The name of a case, as a name that every test runner can print and filter by.
pub(crate) fn name(of: &str) -> String {
    of.replace(|c: char| !c.is_ascii_alphanumeric() && !"_-.@:".contains(c), "_")
}

/// The Access-shaped tokens and key sets of one folder: a trial for each.
pub(crate) fn access_shaped(folder: &Path) -> Vec<Trial> {
    let tokens: Tokens = read(&folder.join("tokens.json"));
    let keysets: KeySets = read(&folder.join("keysets.json"));
    let certs = fs::read(folder.join("certs.json")).expect("certs.json");
    let rotated = fs::read(folder.join("certs_after_rotation.json")).expect("certs_after_rotation");
    let team: TeamDomain = tokens.issuer.parse().expect("a team");
    let audience: Audience = tokens.audience.parse().expect("an audience");
    assert_eq!(now(), SystemTime::UNIX_EPOCH + Duration::from_secs(tokens.now));

    let access = move |certs: &[u8], policy: Option<Policy>| {
        let keys = TeamKeys::fixed(team.clone(), KeySet::from_json(certs).ok()?);
        let mut builder = CfAccess::builder(keys, [audience.clone()]);
        if let Some(policy) = policy {
            builder = builder.policy(policy);
        }
        Some(builder.build().expect("an audience is configured"))
    };
    let genuine = tokens.vectors.iter().find(|case| case.name == "user_current_key");
    let genuine = genuine.expect("user_current_key").token.clone();

    let mut trials = Vec::new();
    for case in tokens.vectors {
        let before = access(&certs, None).expect("usable keys");
        let after = access(&rotated, None).expect("usable keys");
        let domain = Policy::email_domain("verifluence.io").expect("a domain");
        let restricted = access(&certs, Some(domain)).expect("usable keys");
        trials.push(Trial::test(format!("token::{}", name(&case.name)), move || {
            if case.name == "rotated_next_key" {
                same(&outcome(&after, &case.token), "ok:user")?;
            }
            match case.policy_allow {
                Some(true) => same(&outcome(&restricted, &case.token), "ok:user"),
                Some(false) if restricted.verify(&case.token, now()).is_err() => Ok(()),
                Some(false) => Err("the policy lets it pass".into()),
                None => any_of(&outcome(&before, &case.token), &case.expect),
            }
        }));
    }
    for case in keysets.vectors {
        let access = access(case.jwks.to_string().as_bytes(), None);
        let genuine = genuine.clone();
        trials.push(Trial::test(format!("key_set::{}", name(&case.name)), move || {
            let usable = access.is_some_and(|access| access.verify(&genuine, now()).is_ok());
            match case.expect.as_str() {
                "usable" if !usable => Err("the key is not used".into()),
                keep if keep.starts_with("keep") && !usable => Err("the key is not kept".into()),
                no if is_refusal(no) && usable => Err(format!("used, expected: {no}").into()),
                other if is_known(other) => Ok(()),
                other => Err(format!("unknown expectation: {other}").into()),
            }
        }));
    }
    trials
}

fn is_refusal(expect: &str) -> bool {
    ["no usable", "malformed", "over max", "reject"].iter().any(|start| expect.starts_with(start))
}

fn is_known(expect: &str) -> bool {
    // Either decision is right for those that begin with "accept".
    is_refusal(expect)
        || expect == "usable"
        || expect.starts_with("keep")
        || expect.starts_with("accept")
}

/// What became of a token, in the words of the vectors.
fn outcome(access: &CfAccess, token: &str) -> String {
    match access.verify(token, now()) {
        Ok(identity) => match identity.principal() {
            Principal::User(_) => "ok:user".to_owned(),
            Principal::ServiceToken(_) => "ok:service".to_owned(),
            _ => "ok:unknown".to_owned(),
        },
        Err(error) => format!("err:{}", error.code()),
    }
}

fn any_of(got: &str, expect: &str) -> Result<(), Failed> {
    let mut kind = "";
    let listed = expect.split('|').any(|word| {
        let (prefix, reason) = word.split_once(':').unwrap_or((kind, word));
        kind = prefix;
        got == format!("{prefix}:{reason}")
    });
    if listed { Ok(()) } else { Err(format!("got {got}, expected {expect}").into()) }
}

fn same(got: &str, expect: &str) -> Result<(), Failed> {
    if got == expect { Ok(()) } else { Err(format!("got {got}, expected {expect}").into()) }
}

#[derive(Deserialize)]
struct Tokens {
    now: u64,
    issuer: String,
    audience: String,
    vectors: Vec<TokenCase>,
}

#[derive(Deserialize)]
struct TokenCase {
    name: String,
    token: String,
    expect: String,
    policy_allow: Option<bool>,
}

#[derive(Deserialize)]
struct KeySets {
    vectors: Vec<KeySetCase>,
}

#[derive(Deserialize)]
struct KeySetCase {
    name: String,
    jwks: Value,
    expect: String,
}
