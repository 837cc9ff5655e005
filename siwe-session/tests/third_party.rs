//! The whole of our own sets, and those of others, read from `$EDGEPROOF_VECTORS`: each case a test of its
//! own name.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a set that is not as expected fails the run"
)]

mod support;

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use serde_json::Value;
use siwe_session::{Grammar, Message, ParseError};
use support::{cases, expect, json, parses, text, verify};

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let trials = folder().map_or_else(Vec::new, |folder| {
        let siwe = folder.join("siwe");
        let mut trials = support::own_sets(&siwe.join("generated"));
        for set in ["spruceid", "signinwithethereum"] {
            let folder = siwe.join(set);
            // Of the second there may be nothing, and of the first all.
            if set == "spruceid" || folder.is_dir() {
                trials.extend(shared_format(set, &folder));
            }
        }
        trials.extend(viem(&json(&siwe.join("viem/viem_siwe_cases.json"))));
        trials.extend(eip55(&json(&siwe.join("eip55.json"))));
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

/// The files that both the old and the new organisation of the reference implementation have.
fn shared_format(set: &'static str, folder: &Path) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, case) in named(&folder.join("parsing_positive.json"), 19) {
        trials.push(Trial::test(format!("{set}::parsing_positive::{name}"), move || {
            let is_deviation = USERINFO.contains(&name.as_str());
            let parsed = Message::parse(text(&case, "message"), Grammar::Practice);
            expect(parsed.is_ok() != is_deviation, &format!("{parsed:?}"))?;
            parsed.map_or(Ok(()), |message| same_fields(&message, &case["fields"]))
        }));
    }
    for (name, case) in named(&folder.join("parsing_negative.json"), 27) {
        trials.push(Trial::test(format!("{set}::parsing_negative::{name}"), move || {
            let message = case.as_str().expect("a message");
            // The erratum accepts an address in one case throughout, and so do wallets.
            let is_deviation = name == "address not EIP-55";
            expect(parses(message) == is_deviation, "accepted")?;
            expect(Message::parse(message, Grammar::Strict).is_err(), "accepted if strict")
        }));
    }
    for (name, case) in named(&folder.join("parsing_negative_objects.json"), 16) {
        trials.push(Trial::test(format!("{set}::parsing_negative_objects::{name}"), move || {
            expect(build(&case).is_err(), "built")
        }));
    }
    for (file, is_valid, least) in
        [("verification_positive", true, 4), ("verification_negative", false, 10)]
    {
        for (name, case) in named(&folder.join(format!("{file}.json")), least) {
            trials.push(Trial::test(format!("{set}::{file}::{name}"), move || {
                verification(&case, is_valid, &name)
            }));
        }
    }
    for (name, case) in named(&folder.join("eip1271.json"), 2) {
        trials.push(Trial::test(format!("{set}::eip1271::{name}"), move || {
            // A contract's signature is not one of the address's key.
            expect(parses(text(&case, "message")), "not accepted")?;
            let verified = verify(text(&case, "message"), text(&case, "signature"));
            expect(verified.is_err(), "a key signed it")
        }));
    }
    trials
}

/// RFC 3986 has userinfo; the erratum forbids it, since `trusted.example@evil.example` is evil's.
const USERINFO: [&str; 2] = [
    "domain is RFC 3986 authority with userinfo",
    "domain is RFC 3986 authority with userinfo and port",
];

fn named(file: &Path, least: usize) -> Vec<(String, Value)> {
    let set = json(file);
    let set = set.as_object().expect("an object");
    assert!(set.len() >= least, "only {} in {}", set.len(), file.display());
    set.iter().map(|(name, case)| (name.clone(), case.clone())).collect()
}

/// Builds the message whose fields these are, and says whether it is as it should be at its time.
fn verification(case: &Value, is_valid: bool, name: &str) -> Result<(), libtest_mimic::Failed> {
    let message = match build(case) {
        Ok(message) => message,
        // It expired before it was issued: nobody can ever sign in with it.
        Err(error) if is_valid => {
            return expect(name == "expired message", &error);
        }
        Err(_) => return Ok(()),
    };
    let at = case["time"].as_str().unwrap_or("2024-01-01T00:00:00Z").parse();
    let at: siwe_session::Timestamp = at?;
    let is_in_time = message.expiration_time().is_none_or(|end| at < end)
        && message.not_before().is_none_or(|start| start <= at);
    let is_ours = case["domainBinding"].as_str().is_none_or(|domain| domain == message.domain())
        && case["matchNonce"].as_str().is_none_or(|nonce| nonce == message.nonce());
    let verified = verify(message.as_str(), text(case, "signature"));
    let holds = is_in_time && is_ours && verified.is_ok();
    expect(holds == is_valid, &format!("{verified:?}, {is_in_time}, {is_ours}"))
}

/// What viem takes, makes and refuses.
fn viem(set: &Value) -> Vec<Trial> {
    let mut trials = Vec::new();
    for case in cases(set, "parse", 10) {
        trials.push(Trial::test(format!("viem::parse::{}", text(&case, "name")), move || {
            let is_valid = case["abnf_valid"].as_bool() == Some(true);
            expect(parses(text(&case, "message")) == is_valid, "otherwise")
        }));
    }
    for case in cases(set, "create_positive", 9) {
        let name = text(&case, "name").to_owned();
        trials.push(Trial::test(format!("viem::create_positive::{name}"), move || {
            // It expires before it is issued.
            let is_deviation = name == "expirationTime";
            expect(parses(text(&case, "message")) != is_deviation, "otherwise")?;
            let built = build(&case["fields"]);
            expect(built.is_ok() != is_deviation, "built otherwise")?;
            built.map_or(Ok(()), |built| {
                expect(built.as_str() == text(&case, "message"), built.as_str())
            })
        }));
    }
    for case in cases(set, "create_negative", 9) {
        trials.push(Trial::test(
            format!("viem::create_negative::{}", text(&case, "name")),
            move || expect(build(&case["fields"]).is_err(), "built"),
        ));
    }
    for (of, is_valid) in [("valid", true), ("invalid", false)] {
        for uri in cases(&set["is_uri"], of, 3) {
            let uri = uri.as_str().expect("a URI").to_owned();
            trials.push(Trial::test(format!("viem::is_uri::{uri}"), move || {
                let message = EXAMPLE.replace("https://example.com/path", &uri);
                expect(parses(&message) == is_valid, "otherwise")
            }));
        }
    }
    for (of, is_valid) in [("valid_domains", true), ("invalid_domains", false)] {
        for domain in cases(set, of, 6) {
            let domain = domain.as_str().expect("a domain").to_owned();
            trials.push(Trial::test(format!("viem::{of}::{domain}"), move || {
                // viem wants a dot in a name, but for `localhost`, and no hyphen before it: RFC 3986
                // does neither, and hosts of a company's own network have no dots.
                let is_deviation = ["foobarbaz", "-example.com"].contains(&domain.as_str());
                let message = EXAMPLE.replacen("example.com", &domain, 1);
                let parsed = Message::parse(&message, Grammar::Practice);
                // What has a scheme before it is a message with a scheme, of another domain.
                let is_domain = parsed.is_ok_and(|message| message.domain() == domain);
                expect(is_domain == (is_valid || is_deviation), "otherwise")
            }));
        }
    }
    trials
}

fn eip55(set: &Value) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (of, is_valid) in [("valid", true), ("invalid", false)] {
        for address in cases(set, of, 6) {
            let address = address.as_str().expect("an address").to_owned();
            trials.push(Trial::test(format!("eip55::{of}::{address}"), move || {
                let message = EXAMPLE.replace(ADDRESS, &address);
                // An address in capitals alone has no checksum to be wrong.
                let has_case = address[2..].bytes().any(|byte| byte.is_ascii_lowercase());
                expect(parses(&message) == (is_valid || !has_case), "otherwise")?;
                let strict = Message::parse(&message, Grammar::Strict);
                expect(strict.is_ok() == is_valid, "otherwise if strict")
            }));
        }
    }
    trials
}

/// The message of these fields as the reference implementation writes it, and the builder.
fn build(fields: &Value) -> Result<Message<'static>, String> {
    let mandatory = |of: &str| match &fields[of] {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(format!("{of} is missing")),
    };
    let scheme = fields["scheme"].as_str().map(|scheme| format!("{scheme}://"));
    let mut text = format!(
        "{}{} wants you to sign in with your Ethereum account:\n{}\n\n",
        scheme.unwrap_or_default(),
        mandatory("domain")?,
        mandatory("address")?
    );
    if let Some(statement) = fields["statement"].as_str() {
        text += &format!("{statement}\n");
    }
    text += &format!(
        "\nURI: {}\nVersion: {}\nChain ID: {}\nNonce: {}\nIssued At: {}",
        mandatory("uri")?,
        mandatory("version")?,
        mandatory("chainId")?,
        mandatory("nonce")?,
        mandatory("issuedAt")?
    );
    for (of, name) in [
        ("expirationTime", "Expiration Time"),
        ("notBefore", "Not Before"),
        ("requestId", "Request ID"),
    ] {
        if let Some(value) = fields[of].as_str() {
            text += &format!("\n{name}: {value}");
        }
    }
    if let Some(resources) = fields["resources"].as_array() {
        text += "\nResources:";
        for resource in resources {
            text += &format!("\n- {}", resource.as_str().unwrap_or_default());
        }
    }
    let message = Message::parse(&text, Grammar::Practice).map_err(|error| error.to_string())?;
    rebuilt(&message).map_err(|error| error.to_string())?;
    Ok(message.into_owned())
}

/// The builder makes of a message's fields a message with those fields.
fn rebuilt(message: &Message<'_>) -> Result<(), ParseError> {
    let mut builder = Message::builder(message.domain(), message.address())
        .uri(message.uri())
        .chain_id(message.chain_id())
        .nonce(message.nonce())
        .issued_at(message.issued_at());
    if let Some(scheme) = message.scheme() {
        builder = builder.scheme(scheme);
    }
    if let Some(statement) = message.statement() {
        builder = builder.statement(statement);
    }
    if let Some(time) = message.expiration_time() {
        builder = builder.expiration_time(time);
    }
    if let Some(time) = message.not_before() {
        builder = builder.not_before(time);
    }
    if let Some(request_id) = message.request_id() {
        builder = builder.request_id(request_id);
    }
    for uri in message.resources() {
        builder = builder.resource(uri);
    }
    let built = builder.build()?;
    assert_eq!(built.statement(), message.statement());
    assert_eq!(built.uri(), message.uri());
    assert_eq!(built.nonce(), message.nonce());
    assert_eq!(built.issued_at(), message.issued_at());
    assert_eq!(built.expiration_time(), message.expiration_time());
    assert_eq!(built.not_before(), message.not_before());
    assert_eq!(built.request_id(), message.request_id());
    assert!(built.resources().eq(message.resources()));
    Ok(())
}

fn same_fields(message: &Message<'_>, fields: &Value) -> Result<(), libtest_mimic::Failed> {
    let time =
        |of: &str| fields[of].as_str().map(str::parse::<siwe_session::Timestamp>).transpose();
    expect(message.domain() == text(fields, "domain"), "another domain")?;
    expect(message.scheme() == fields["scheme"].as_str(), "another scheme")?;
    expect(message.address().to_string() == text(fields, "address"), "another address")?;
    expect(message.statement() == fields["statement"].as_str(), "another statement")?;
    expect(message.uri() == text(fields, "uri"), "another URI")?;
    expect(Some(message.chain_id()) == fields["chainId"].as_u64(), "another chain")?;
    expect(message.nonce() == text(fields, "nonce"), "another nonce")?;
    expect(Some(message.issued_at()) == time("issuedAt")?, "another time")?;
    expect(message.expiration_time() == time("expirationTime")?, "another end")?;
    expect(message.not_before() == time("notBefore")?, "another start")?;
    expect(message.request_id() == fields["requestId"].as_str(), "another request")?;
    let resources: Vec<&str> = message.resources().collect();
    let expected = fields["resources"].as_array().cloned().unwrap_or_default();
    expect(
        expected.iter().map(|uri| uri.as_str().unwrap_or_default()).eq(resources),
        "other resources",
    )
}

const ADDRESS: &str = "0xA0Cf798816D4b9b9866b5330EEa46a18382f251e";
const EXAMPLE: &str = "example.com wants you to sign in with your Ethereum account:\n\
    0xA0Cf798816D4b9b9866b5330EEa46a18382f251e\n\n\nURI: https://example.com/path\nVersion: 1\n\
    Chain ID: 1\nNonce: foobarbaz\nIssued At: 2023-02-01T00:00:00.000Z";
