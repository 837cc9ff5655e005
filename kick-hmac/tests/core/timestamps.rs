//! Times as Kick writes them, held against another reading of RFC 3339.

use std::time::{Duration, SystemTime};

use kick_hmac::{ConfigError, Timestamp, VerifyError};
use proptest::prelude::*;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::{anything, followed, parts, refusal, sent};

fn parse(text: &str) -> Result<Timestamp, ConfigError> {
    text.parse()
}

/// What is said of a message with this time, which nobody signed.
fn in_a_header(text: &str) -> Option<VerifyError> {
    let (mut headers, body) = parts(&followed());
    headers.insert("kick-event-message-timestamp", text.parse().unwrap());
    anything().verify(&headers, body, sent()).err()
}

#[test]
fn every_form_of_one_point_in_time_is_that_point() {
    for text in [
        "2025-04-01T07:56:19Z",
        "2025-04-01T07:56:19.0Z",
        "2025-04-01T07:56:19.000000000Z",
        "2025-04-01T07:56:19+00:00",
        "2025-04-01T07:56:19-00:00",
        "2025-04-01T18:56:19+11:00",
        "2025-03-31T21:26:19-10:30",
        "2025-04-02T07:55:19+23:59",
        "2025-03-31T07:57:19-23:59",
    ] {
        let parsed = parse(text).unwrap();
        assert_eq!(parsed.time(), sent(), "{text}");
        assert_eq!((parsed.as_str(), parsed.to_string().as_str()), (text, text));
        assert_eq!(format!("{parsed:?}"), text);
        // Signed as it is written, not as what it means.
        let as_signed = text == "2025-04-01T07:56:19Z";
        assert_eq!(in_a_header(text), (!as_signed).then_some(VerifyError::BadSignature));
        assert_eq!(refusal(&anything(), &followed().timestamp(parsed)), None, "{text}");
    }
}

#[test]
fn two_forms_of_one_point_are_two_timestamps() {
    let one = parse("2025-04-01T07:56:19Z").unwrap();
    let other = parse("2025-04-01T07:56:19.0Z").unwrap();
    assert_eq!(one.time(), other.time());
    assert_ne!(one, other);
    assert_eq!(one, parse("2025-04-01T07:56:19Z").unwrap());
}

#[test]
fn a_fraction_has_1_to_9_digits() {
    for (digits, nanoseconds) in [
        ("1", 100_000_000),
        ("12", 120_000_000),
        ("323", 323_000_000),
        ("000001", 1_000),
        ("000000001", 1),
        ("999999999", 999_999_999),
    ] {
        let parsed = parse(&format!("2025-04-01T07:56:19.{digits}Z")).unwrap();
        assert_eq!(parsed.time(), sent() + Duration::from_nanos(nanoseconds), "{digits}");
    }
    for fraction in
        [".", ".1234567890", ",1", ".1.", ".-1", ".+1", ". 1", ".1e1", ".0x1", ".\u{661}"]
    {
        let text = format!("2025-04-01T07:56:19{fraction}Z");
        assert_eq!(parse(&text), Err(ConfigError::Timestamp), "{text}");
    }
}

#[test]
fn each_number_has_its_range() {
    let good = "2025-04-01T07:56:19+10:20";
    for (place, first_bad, last_good) in [
        (5..7, "13", "12"),
        (8..10, "31", "30"),
        (11..13, "24", "23"),
        (14..16, "60", "59"),
        (17..19, "60", "59"),
        (20..22, "24", "23"),
        (23..25, "60", "59"),
    ] {
        let with = |number: &str| format!("{}{number}{}", &good[..place.start], &good[place.end..]);
        assert!(parse(&with(last_good)).is_ok(), "{}", with(last_good));
        assert!(parse(&with(first_bad)).is_err(), "{}", with(first_bad));
        assert!(parse(&with("99")).is_err(), "{}", with("99"));
        for number in ["0x", "x0", " 1", "1 ", "+1", "-1", "/0", ":0", "0/", "0:"] {
            assert!(parse(&with(number)).is_err(), "{}", with(number));
        }
    }
    for text in ["2025-00-01T00:00:00Z", "2025-01-00T00:00:00Z"] {
        assert_eq!(parse(text), Err(ConfigError::Timestamp), "{text}");
    }
}

#[test]
fn a_day_exists() {
    for (date, exists) in [
        ("2024-02-29", true),
        ("2025-02-29", false),
        ("2025-02-28", true),
        ("2000-02-29", true),
        ("1900-02-29", false),
        ("2100-02-29", false),
        ("2400-02-29", true),
        ("0000-02-29", true),
        ("2024-02-30", false),
        ("2025-04-31", false),
        ("2025-12-31", true),
    ] {
        let text = format!("{date}T00:00:00Z");
        assert_eq!(parse(&text).is_ok(), exists, "{text}");
    }
}

#[test]
fn no_separator_is_another_and_nothing_stands_before_or_behind() {
    let good = "2025-04-01T07:56:19+01:00";
    for place in [4, 7, 10, 13, 16, 19, 22] {
        for other in [' ', 't', '_', '/', '.', '0', '\u{2212}'] {
            let text = format!("{}{other}{}", &good[..place], &good[place + 1..]);
            assert!(parse(&text).is_err(), "{text}");
        }
    }
    for text in [
        "",
        "2025-04-01T07:56:19",
        "2025-04-01T07:56:19z",
        "2025-04-01T07:56:19Z ",
        " 2025-04-01T07:56:19Z",
        "2025-04-01T07:56:19ZZ",
        "2025-04-01T07:56:19Z+00:00",
        "2025-04-01T07:56:19+0100",
        "2025-04-01T07:56:19+01",
        "2025-04-01T07:56:19+1:00",
        "2025-04-01T07:56Z",
        "2025-W14-2T07:56:19Z",
        "2025-091T07:56:19Z",
        "+2025-04-01T07:56:19Z",
        "12025-04-01T07:56:19Z",
        "Tue, 01 Apr 2025 07:56:19 GMT",
        "1743494179",
        "2016-12-31T23:59:60Z",
    ] {
        assert_eq!(parse(text), Err(ConfigError::Timestamp), "{text}");
        let expected = VerifyError::MalformedHeader("kick-event-message-timestamp");
        assert_eq!(in_a_header(text), Some(expected), "{text}");
    }
}

#[test]
fn a_time_is_read_from_json() {
    let time: Timestamp = serde_json::from_str("\"2025-04-01T07:56:19\\u005a\"").unwrap();
    assert_eq!(time.time(), sent());
    for json in ["\"\"", "1743494179", "null", "\"2025-04-01T07:56:19\""] {
        assert!(serde_json::from_str::<Timestamp>(json).is_err(), "{json}");
    }
}

#[test]
fn the_first_and_the_last_second_of_all_are_times() {
    let first = parse("0000-01-01T00:00:00+23:59").unwrap();
    assert_eq!(first.time(), SystemTime::UNIX_EPOCH);
    let last = parse("9999-12-31T23:59:59.999999999-23:59").unwrap();
    let expected = Duration::new(253_402_300_799 + 23 * 3600 + 59 * 60, 999_999_999);
    assert_eq!(last.time(), SystemTime::UNIX_EPOCH + expected);
    let before = parse("1969-12-31T23:59:59.999999999Z").unwrap();
    assert_eq!(before.time(), SystemTime::UNIX_EPOCH);
    let at = parse("1970-01-01T00:00:00.000000001Z").unwrap();
    assert_eq!(at.time(), SystemTime::UNIX_EPOCH + Duration::from_nanos(1));
}

/// What the crate `time` says of it: RFC 3339, in other cases too, and with a leap second.
fn peer(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

fn assert_agrees(text: &str) -> Result<(), TestCaseError> {
    let ours = parse(text).ok();
    let theirs = peer(text);
    if let Some(ours) = ours {
        let theirs = theirs.map(|it| it.unix_timestamp_nanos().max(0));
        let nanoseconds = ours.time().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
        prop_assert_eq!(theirs, i128::try_from(nanoseconds).ok(), "{}", text);
    } else {
        // What only they read: letters in lower case, other letters between, a leap second, more digits.
        let fraction = text.get(19..).unwrap_or_default();
        let digits = fraction.bytes().filter(u8::is_ascii_digit).count();
        let is_ours = text.get(10..11) == Some("T")
            && !text.ends_with('z')
            && text.get(17..19) != Some("60")
            && digits <= 9;
        prop_assert!(theirs.is_none() || !is_ours, "{}", text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn what_looks_like_a_time_is_read_as_by_another(
        text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,9})?(Z|[+-][0-2][0-9]:[0-6][0-9])"
    ) {
        assert_agrees(&text)?;
    }

    #[test]
    fn a_changed_letter_is_read_as_by_another(
        place in any::<prop::sample::Index>(),
        letter in proptest::char::range(' ', '~'),
        text in prop::sample::select(vec![
            "2025-04-01T07:56:19Z",
            "2024-02-29T23:59:59.123+11:00",
            "2025-12-31T00:00:00.999999999-00:30",
        ]),
    ) {
        let place = place.index(text.len());
        let changed = format!("{}{letter}{}", &text[..place], &text[place + 1..]);
        assert_agrees(&changed)?;
    }

    #[test]
    fn no_text_panics(text in ".{0,40}") {
        if let Ok(parsed) = parse(&text) {
            prop_assert_eq!(parsed.as_str(), text);
        }
    }
}
