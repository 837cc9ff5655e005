//! A genuine delivery, the whole of our set of cases, KickLib's bodies, Wycheproof's RSA and HMAC, RFC
//! 4231 and what others sign with HMAC, read from `$EDGEPROOF_VECTORS`: each a test of its own name.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a set that is not as expected fails the run"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use kick_hmac::testing::RelaySigner;
use kick_hmac::{
    Broadcasters, Campaigns, ConfigError, Event, KickHmac, KickKeys, KickPublicKey, RelaySecret,
    Replays,
};
use libtest_mimic::Trial;
use serde_json::Value;
use support::{BROADCASTER, expect, header, sent};

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let trials = folder().map_or_else(Vec::new, |folder| {
        let kick = folder.join("kick");
        let mut trials = support::mutations(&kick.join("genuine/mutations.json"));
        trials.push(genuine(&kick.join("genuine")));
        for (bodies, least) in [("payloads-kicklib", 15), ("payloads-docs", 0)] {
            trials.extend(payloads(&kick.join(bodies), least));
        }
        for bits in [2048, 3072, 4096] {
            trials.extend(rsa(
                &kick.join(format!("wycheproof/rsa_signature_{bits}_sha256_test.json"))
            ));
        }
        trials.extend(rsa(&kick.join("wycheproof/rsa_pkcs1_2048_sig_gen_test.json")));
        trials.extend(hmac(&kick.join("wycheproof/hmac_sha256_test.json")));
        trials.extend(rfc4231(&kick.join("docs-examples/rfc4231_hmac_sha256.json")));
        trials.extend(examples(&kick.join("docs-examples/hmac_webhook_vectors.json")));
        trials.into_iter().map(|trial| trial.with_ignored_flag(true)).collect()
    });
    libtest_mimic::run(&arguments, trials).exit();
}

/// The folder of the sets; `None` if the variable says `none`, or if it is not set and there is no such
/// folder beside the repository.
fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    match std::env::var_os("EDGEPROOF_VECTORS") {
        Some(none) if none == "none" => None,
        Some(folder) => Some(PathBuf::from(folder)),
        None => beside.is_dir().then_some(beside),
    }
}

fn json(file: &Path) -> Value {
    let text = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).expect("JSON")
}

/// What Kick has sent, byte by byte, with the key that Kick has published.
fn genuine(folder: &Path) -> Trial {
    let body =
        fs::read(folder.join("kicklib_livestream_status_updated.body.json")).expect("a body");
    let headers = json(&folder.join("kicklib_livestream_status_updated.headers.json"));
    let headers: BTreeMap<String, String> = serde_json::from_value(headers).expect("headers");
    let pem = fs::read(folder.join("kick_public_key.pem")).expect("a key");
    Trial::test("genuine::livestream_status_updated", move || {
        let key = KickPublicKey::from_pem(&pem)?;
        expect(key == KickPublicKey::published(), "the published key is another")?;
        let headers: HeaderMap = headers.iter().map(|(name, value)| header(name, value)).collect();
        let ours = Broadcasters::only([BROADCASTER]);
        let kick = KickHmac::builder(KickKeys::published(), ours, Replays::single_process());
        let delivery = kick.build()?.verify(&headers, body.clone(), sent())?;
        let Event::LivestreamStatusUpdated(event) = Event::parse(&delivery)? else {
            return Err("it is another event".into());
        };
        expect(event.is_live && event.broadcaster.is_verified.is_none(), "it tells otherwise")
    })
}

/// The bodies of a folder, signed as a relay does, under the type that a file's name tells.
fn payloads(folder: &Path, least: usize) -> Vec<Trial> {
    let Ok(files) = fs::read_dir(folder) else {
        assert_eq!(least, 0, "no such folder: {}", folder.display());
        return Vec::new();
    };
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    assert!(files.len() >= least, "only {} bodies", files.len());
    let set =
        folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    files
        .into_iter()
        .map(|file| {
            let name = file.file_stem().map(|name| name.to_string_lossy().into_owned());
            let name = name.unwrap_or_default();
            let body = fs::read(&file).expect("a body");
            Trial::test(format!("{set}::{name}"), move || {
                let event_type = event_type(&name);
                let message = match event_type {
                    Some(event_type) => RELAY.event(event_type, &body),
                    None => RELAY.drops_claim(&body),
                };
                let (head, body) = message.sent_at(sent()).request::<Bytes>().into_parts();
                let kick =
                    KickHmac::builder(RELAY.keys(), Broadcasters::any(), Replays::single_process());
                let kick = kick.drops(Campaigns::any()).build()?;
                let event = Event::parse(&kick.verify(&head.headers, body, sent())?)?;
                expect(!matches!(event, Event::Unknown(_)), "it is read as an unknown event")?;
                expect(
                    event_type.is_none() == matches!(event, Event::DropsClaim(_)),
                    "a claim, or not",
                )
            })
        })
        .collect()
}

/// `None` for a Drops claim.
fn event_type(file: &str) -> Option<&'static str> {
    let file = file.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().all(|word| file.contains(word));
    Some(if has(&["drop"]) {
        return None;
    } else if has(&["chat"]) {
        "chat.message.sent"
    } else if has(&["follow"]) {
        "channel.followed"
    } else if has(&["gift", "sub"]) {
        "channel.subscription.gifts"
    } else if has(&["renewal"]) {
        "channel.subscription.renewal"
    } else if has(&["sub"]) {
        "channel.subscription.new"
    } else if has(&["reward"]) {
        "channel.reward.redemption.updated"
    } else if has(&["metadata"]) {
        "livestream.metadata.updated"
    } else if has(&["kicks"]) {
        "kicks.gifted"
    } else if has(&["livestream"]) || has(&["validation"]) {
        "livestream.status.updated"
    } else if has(&["moderation"]) || has(&["ban"]) {
        "moderation.banned"
    } else {
        panic!("of which type is {file}?")
    })
}

/// Wycheproof's groups for SHA-256, each with a key.
fn rsa(file: &Path) -> Vec<Trial> {
    let set = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut trials = Vec::new();
    for group in json(file)["testGroups"].as_array().expect("groups") {
        if group["sha"] != "SHA-256" {
            continue;
        }
        let pem = ["publicKeyPem", "keyPem"].iter().find_map(|name| group[name].as_str());
        let pem = pem.expect("a key").to_owned();
        for case in group["tests"].as_array().expect("tests").clone() {
            let pem = pem.clone();
            trials.push(Trial::test(format!("{set}::{}", case["tcId"]), move || {
                let key = KickPublicKey::from_pem(&pem)?;
                // What is merely acceptable is an encoding that the specification does not have.
                // With a small exponent only the key is weak, and whose key it is the operator decides.
                let has_small_exponent = case["flags"]
                    .as_array()
                    .is_some_and(|flags| flags.iter().any(|flag| flag == "SmallPublicKey"));
                let is_valid = case["result"] == "valid"
                    || (case["result"] == "acceptable" && has_small_exponent);
                let holds = key.verifies(&hex(&case["msg"]), &hex(&case["sig"]));
                expect(holds == is_valid, "Wycheproof has it otherwise")
            }));
        }
    }
    assert!(!trials.is_empty(), "{set}");
    trials
}

fn hmac(file: &Path) -> Vec<Trial> {
    let mut trials = Vec::new();
    for group in json(file)["testGroups"].as_array().expect("groups") {
        let is_whole = group["tagSize"] == 256;
        for case in group["tests"].as_array().expect("tests").clone() {
            trials.push(Trial::test(format!("hmac_sha256::{}", case["tcId"]), move || {
                let (key, tag) = (hex(&case["key"]), hex(&case["tag"]));
                let is_valid = is_whole && case["result"] == "valid";
                check_tag(&key, &hex(&case["msg"]), &tag, is_valid)
            }));
        }
    }
    assert!(trials.len() > 100, "only {}", trials.len());
    trials
}

fn rfc4231(file: &Path) -> Vec<Trial> {
    let cases = json(file).as_array().expect("cases").clone();
    cases
        .into_iter()
        .map(|case| {
            let name = case["case"].as_str().unwrap_or_default().to_owned();
            Trial::test(format!("rfc4231::{name}"), move || {
                let is_whole = case["tag_bits"] == 256;
                let (key, tag) = (hex(&case["key_hex"]), hex(&case["mac_hex"]));
                check_tag(&key, &hex(&case["data_hex"]), &tag, is_whole)
            })
        })
        .collect()
}

/// What others sign, each in a form of their own, with the same primitive.
fn examples(file: &Path) -> Vec<Trial> {
    let cases = json(file).as_array().expect("cases").clone();
    cases
        .into_iter()
        .map(|case| {
            let text = |name: &str| case[name].as_str().expect("a text").to_owned();
            let (name, secret, prefix) = (text("name"), text("secret"), text("prefix"));
            let headers: BTreeMap<String, String> =
                serde_json::from_value(case["headers"].clone()).expect("headers");
            let of = |word: &str| {
                let found =
                    headers.iter().find(|(name, _)| name.to_ascii_lowercase().ends_with(word));
                found.map_or("", |(_, value)| value).to_owned()
            };
            let (id, time) = (of("id"), of("timestamp"));
            let signed = text("signed")
                .replace("{id}", &id)
                .replace("{timestamp}", &time)
                .replace("{body}", &text("body"));
            let signature = headers.values().find_map(|value| value.strip_prefix(&prefix));
            let signature = signature.expect("a signature").to_owned();
            let is_hex = text("encoding") == "hex";
            let is_base64_secret = text("secret_encoding") == "base64";
            Trial::test(format!("examples::{name}"), move || {
                let tag = match is_hex {
                    true => hex(&Value::from(signature.clone())),
                    false => STANDARD.decode(&signature)?,
                };
                let secret = match is_base64_secret {
                    true => STANDARD.decode(&secret)?,
                    false => secret.clone().into_bytes(),
                };
                check_tag(&secret, signed.as_bytes(), &tag, true)
            })
        })
        .collect()
}

fn check_tag(
    secret: &[u8],
    text: &[u8],
    tag: &[u8],
    is_valid: bool,
) -> Result<(), libtest_mimic::Failed> {
    match RelaySecret::new(secret) {
        Ok(secret) => expect(secret.verifies(text, tag) == is_valid, "it is otherwise"),
        Err(error) => expect(
            error == ConfigError::SecretTooShort && secret.len() < 16,
            "refused for its length",
        ),
    }
}

fn hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("hexadecimal digits");
    let digit = |digit: u8| char::from(digit).to_digit(16).expect("a hexadecimal digit");
    let bytes = text.as_bytes().chunks(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1]));
    bytes.map(|byte| u8::try_from(byte).expect("a byte")).collect()
}

static RELAY: LazyLock<RelaySigner> = LazyLock::new(RelaySigner::new);
