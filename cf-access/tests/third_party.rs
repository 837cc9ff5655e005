//! The sets of others, and the whole of ours, read from `$EDGEPROOF_VECTORS`: each case a test of
//! its own name. A decision that differs from a set's stands in `vectors/deviations.json` with its
//! reason, and fails here as soon as it no longer differs.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a set that is not as expected fails the run"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cf_access::{CfAccess, KeySet, TeamKeys, TokenPart, VerifyError};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use support::{name, now, read};

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let trials = folder().map_or_else(Vec::new, |folder| {
        let mut trials = support::access_shaped(&folder.join("cf-shape"));
        let deviations = Arc::new(deviations());
        let cases = signatures(&folder);
        for known in deviations.keys() {
            assert!(cases.iter().any(|case| case.name == *known), "no such case: {known}");
        }
        trials.extend(cases.into_iter().map(|case| case.trial(Arc::clone(&deviations))));
        trials.into_iter().map(|trial| trial.with_ignored_flag(true)).collect()
    });
    libtest_mimic::run(&arguments, trials).exit();
}

/// The folder of the sets; `None` if the variable says `none`, or if it is not set and there is no
/// such folder beside the repository.
fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    let vectors = match std::env::var_os("EDGEPROOF_VECTORS") {
        Some(none) if none == "none" => return None,
        Some(folder) => PathBuf::from(folder),
        None if beside.is_dir() => beside,
        None => return None,
    };
    Some(vectors.join("cf-access"))
}

/// The reason of each deviation, by the case's name.
fn deviations() -> BTreeMap<String, String> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/deviations.json"))
}

/// A compact JWS with the keys that it may be verified with, and whether an RS256 verifier must
/// find that its signature holds.
struct Case {
    name: String,
    jws: String,
    jwks: Value,
    holds: bool,
}

impl Case {
    fn trial(self, deviations: Arc<BTreeMap<String, String>>) -> Trial {
        Trial::test(self.name.clone(), move || {
            let holds = self.signature_holds();
            match (holds == self.holds, deviations.get(&self.name)) {
                (true, None) | (false, Some(_)) => Ok(()),
                (true, Some(_)) => Err(Failed::from("deviates no more: remove it from the file")),
                (false, None) => Err(Failed::from(format!("the signature holds: {holds}"))),
            }
        })
    }

    /// These payloads are no claims. No claim is looked at before the signature holds, so a refusal
    /// of the claims proves that it did.
    fn signature_holds(&self) -> bool {
        let Ok(keys) = KeySet::from_json(self.jwks.to_string().as_bytes()) else {
            return false;
        };
        let keys = TeamKeys::fixed("team".parse().expect("a team"), keys);
        let access = CfAccess::builder(keys, ["aud".parse().expect("an audience")]).build();
        match access.expect("an audience is configured").verify(&self.jws, now()) {
            Ok(_)
            | Err(VerifyError::Malformed(TokenPart::Claims) | VerifyError::MissingClaim(_)) => true,
            Err(VerifyError::WrongIssuer) => true,
            Err(_) => false,
        }
    }
}

fn signatures(folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();

    let subset: Value = read(&folder.join("wycheproof/jws_rs256_es256_subset.json"));
    for groups in ["groups", "must_reject_alg"] {
        for group in array(&subset[groups]) {
            let jwks = json!({ "keys": [group["jwk"]] });
            wycheproof(&mut cases, "jws", group, &jwks);
        }
    }
    for (set, file) in [("jwk", "json_web_key_test"), ("jwcrypto", "json_web_crypto_test")] {
        let file: Value = read(&folder.join("wycheproof").join(file).with_extension("json"));
        for group in array(&file["testGroups"]) {
            let keys = if group["public"].is_null() { &group["private"] } else { &group["public"] };
            let jwks =
                if keys["keys"].is_null() { json!({ "keys": [keys] }) } else { keys.clone() };
            wycheproof(&mut cases, set, group, &jwks);
        }
    }

    let rfc: Value = read(&folder.join("rfc/rfc7515-appendix-a.json"));
    for vector in array(&rfc["vectors"]) {
        cases.push(Case {
            name: format!("rfc::{}", name(text(&vector["name"]))),
            jws: text(&vector["jws"]).to_owned(),
            jwks: json!({ "keys": [vector["jwk"]] }),
            holds: vector["alg"] == "RS256" && vector["signature"] == "valid",
        });
    }

    let cookbook = std::fs::read_dir(folder.join("jose-cookbook")).expect("jose-cookbook");
    let mut files: Vec<PathBuf> = cookbook.map(|file| file.expect("a file").path()).collect();
    files.sort();
    for path in files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "json")) {
        let example: Value = read(path);
        let Some(jws) = example["output"]["compact"].as_str() else {
            continue;
        };
        // The examples print the private half beside the public one.
        let mut key = example["input"]["key"].clone();
        key.as_object_mut().expect("a key").retain(|member, _| !"d p q dp dq qi".contains(member));
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        cases.push(Case {
            name: format!("cookbook::{}", name(stem)),
            jws: jws.to_owned(),
            jwks: json!({ "keys": [key] }),
            holds: example["signing"]["protected"]["alg"] == "RS256",
        });
    }
    cases
}

fn wycheproof(cases: &mut Vec<Case>, set: &str, group: &Value, jwks: &Value) {
    let is_rs256 = array(&jwks["keys"]).iter().any(|key| key["alg"] == "RS256");
    for test in array(&group["tests"]) {
        let sent = if test["jws"].is_null() { &test["jwe"] } else { &test["jws"] };
        // A JSON serialization is sent as its text.
        let jws = sent.as_str().map_or_else(|| sent.to_string(), str::to_owned);
        cases.push(Case {
            name: format!("wycheproof::{set}::{}_{}", test["tcId"], name(text(&test["comment"]))),
            jws,
            jwks: jwks.clone(),
            holds: is_rs256 && test["result"] == "valid",
        });
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("not an array: {value}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}"))
}
