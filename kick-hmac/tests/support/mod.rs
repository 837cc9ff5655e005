//! A delivery and what was done to it, as `mutations.json` has it: here and in the whole set.

use std::path::Path;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};
use kick_hmac::{Broadcasters, KickHmac, KickKeys, Replays, VerifyError};
use libtest_mimic::{Failed, Trial};
use serde::Deserialize;

#[derive(Deserialize)]
struct Mutations {
    headers_common: std::collections::BTreeMap<String, String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    message_id: String,
    timestamp: String,
    body: String,
    signature: String,
    expect: String,
}

/// The cases of a file, each under its own name.
pub(crate) fn mutations(file: &Path) -> Vec<Trial> {
    let text = std::fs::read_to_string(file).expect("a file of cases");
    let set: Mutations = serde_json::from_str(&text).expect("cases");
    assert!(set.cases.len() >= 15, "only {} cases", set.cases.len());
    let common: HeaderMap =
        set.headers_common.iter().map(|(name, value)| header(name, value)).collect();
    set.cases
        .into_iter()
        .map(|case| {
            let common = common.clone();
            Trial::test(format!("mutations::{}", case.name), move || run(&case, &common))
        })
        .collect()
}

fn run(case: &Case, common: &HeaderMap) -> Result<(), Failed> {
    let mut headers = common.clone();
    for (name, value) in [
        ("kick-event-message-id", &case.message_id),
        ("kick-event-message-timestamp", &case.timestamp),
        ("kick-event-signature", &case.signature),
    ] {
        // What is no header's value does not come over HTTP.
        let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) else {
            return expect(case.expect == "reject", "it is expected to pass");
        };
        headers.insert(HeaderName::from_static(name), value);
    }
    let ours = Broadcasters::only([BROADCASTER]);
    let kick = KickHmac::builder(KickKeys::published(), ours, Replays::single_process());
    let kick = kick.build().map_err(|error| error.to_string())?;
    let body = case.body.clone();
    let at_its_time = kick.verify(&headers, body.clone(), sent());
    let a_year_later = kick.verify(&headers, body, sent() + YEAR);
    match &*case.expect {
        "accept_if_freshness_disabled" => {
            expect(at_its_time.is_ok(), "it is refused at its time")?;
            expect(a_year_later.err() == Some(VerifyError::Stale), "it is not stale later")
        }
        "reject" => expect(at_its_time.is_err() && a_year_later.is_err(), "it passes"),
        other => Err(format!("unknown expectation {other}").into()),
    }
}

pub(crate) fn expect(holds: bool, otherwise: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

pub(crate) fn header(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    let name = name.to_ascii_lowercase().parse().expect("a header's name");
    (name, value.parse().expect("a header's value"))
}

/// 2025-04-01T07:56:19Z
pub(crate) fn sent() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_743_494_179)
}

pub(crate) const BROADCASTER: u64 = 4_809_577;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
