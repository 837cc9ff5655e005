//! Any text as a time: it is one where `time` says so, but for the forms listed here, and the same point
//! in time; and what is written of it is read again.

#![no_main]

use std::time::{Duration, UNIX_EPOCH};

use libfuzzer_sys::fuzz_target;
use siwe_session::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

fuzz_target!(|text: &str| {
    let ours = text.parse::<Timestamp>().ok();
    let theirs = OffsetDateTime::parse(text, &Rfc3339).ok();
    let Some(theirs) = theirs else { return assert_eq!(ours, None, "no time to `time`") };
    let difference = DIFFERENCES.iter().find(|(_, is_it)| is_it(text, theirs));
    match (ours, difference) {
        (Some(ours), None) => check(ours, theirs),
        (Some(_), Some((what, _))) => panic!("{what}"),
        (None, difference) => assert!(difference.is_some(), "refused"),
    }
});

fn check(ours: Timestamp, theirs: OffsetDateTime) {
    let written = ours.to_string();
    assert_eq!(written, format!("{ours:?}"));
    assert_eq!(written.parse::<Timestamp>().ok(), Some(ours), "{written}");
    // Before 1970 nothing else tells the time.
    let read = OffsetDateTime::parse(&written, &Rfc3339).unwrap();
    assert_eq!(read.unix_timestamp_nanos(), theirs.unix_timestamp_nanos(), "{written}");

    let nanoseconds =
        u32::try_from(theirs.unix_timestamp_nanos().rem_euclid(1_000_000_000)).unwrap();
    let since = u64::try_from(theirs.unix_timestamp())
        .map_or(Duration::ZERO, |seconds| Duration::new(seconds, nanoseconds));
    assert_eq!(ours.time(), UNIX_EPOCH + since);
    if theirs >= OffsetDateTime::UNIX_EPOCH {
        assert_eq!(Timestamp::from(ours.time()), ours);
    }
}

type Difference = (&'static str, fn(&str, OffsetDateTime) -> bool);

/// What `time` accepts besides.
const DIFFERENCES: [Difference; 3] = [
    // RFC 3339 §5.6, both notes: lower case, and another separator "for the sake of readability".
    ("a separator other than T", |text, _| text.as_bytes().get(10) != Some(&b'T')),
    ("a lower-case z", |text, _| text.ends_with('z')),
    // RFC 3339 §1 has the years from 0 to 9999. An offset leads out of them, to what cannot be written.
    ("a year that has not four digits in UTC", |_, theirs| {
        let utc = theirs.checked_to_utc();
        utc.is_none_or(|utc| !(0..=9999).contains(&utc.year()))
    }),
];
