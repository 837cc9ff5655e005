//! Any text as a time: it is one where `time` says so, but for the forms listed here, and the same point
//! in time.

#![no_main]

use std::time::{Duration, UNIX_EPOCH};

use kick_hmac::Timestamp;
use libfuzzer_sys::fuzz_target;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use edgeproof_fuzz::kick_hmac::instant;

fuzz_target!(|text: &str| {
    let ours = text.parse::<Timestamp>().ok();
    let theirs = OffsetDateTime::parse(text, &Rfc3339).ok();
    let difference = DIFFERENCES.iter().find(|(_, is_it)| is_it(text));
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            assert!(difference.is_none(), "{:?}", difference.map(|(what, _)| what));
            check(text, ours, theirs);
        }
        (Some(_), None) => panic!("no time to `time`"),
        (None, Some(_)) => assert!(difference.is_some(), "refused"),
        (None, None) => {}
    }
    // The other targets go by this one.
    assert_eq!(instant(text.as_bytes()), ours.and(theirs).map(|it| it.unix_timestamp_nanos()));

    let json = serde_json::to_string(text).unwrap();
    assert_eq!(serde_json::from_str::<Timestamp>(&json).ok(), ours, "in JSON");
});

fn check(text: &str, ours: Timestamp, theirs: OffsetDateTime) {
    let shown = [ours.as_str().to_owned(), ours.to_string(), format!("{ours:?}")];
    assert!(shown.iter().all(|shown| shown == text), "kept as it was written");
    let nanoseconds = u64::try_from(theirs.unix_timestamp_nanos().max(0) % 1_000_000_000).unwrap();
    let seconds = u64::try_from(theirs.unix_timestamp()).unwrap_or(0);
    let since = Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds);
    assert_eq!(ours.time(), UNIX_EPOCH + since);
}

type Difference = (&'static str, fn(&str) -> bool);

/// What `time` accepts besides. Each would be a second text under the signature for one time.
const DIFFERENCES: [Difference; 4] = [
    // RFC 3339 §5.6, both notes: lower case, and another separator "for the sake of readability".
    ("a separator other than T", |text| text.as_bytes().get(10) != Some(&b'T')),
    ("a lower-case z", |text| text.ends_with('z')),
    // `time` takes it where a leap second may be, and makes the last nanosecond before of it.
    ("second 60", |text| text.get(17..19) == Some("60")),
    // `time` leaves them out.
    ("more than nine digits of a fraction", |text| {
        let fraction = text.get(19..).and_then(|rest| rest.strip_prefix('.')).unwrap_or_default();
        fraction.bytes().take_while(u8::is_ascii_digit).count() > 9
    }),
];
