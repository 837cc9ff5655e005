//! The times of a message (RFC 3339), against the crate `time` for every day there is.

use std::time::{Duration, SystemTime};

use siwe_session::{ConfigError, Timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

fn at(text: &str) -> Option<Duration> {
    let time: Timestamp = text.parse().ok()?;
    Some(time.time().duration_since(SystemTime::UNIX_EPOCH).unwrap())
}

#[test]
fn a_timestamp_is_the_time_it_names() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(at("1970-01-01T00:00:00Z"), seconds(0));
    assert_eq!(at("2025-01-01T11:00:00+11:00"), seconds(1_735_689_600));
    assert_eq!(at("2024-12-31T13:30:00-10:30"), seconds(1_735_689_600));
    assert_eq!(at("2025-01-01T00:00:00-00:00"), seconds(1_735_689_600));
    assert_eq!(at("2025-01-01T00:00:00.5Z"), Some(Duration::new(1_735_689_600, 500_000_000)));
    let fine = Some(Duration::new(1_735_689_600, 123_456_789));
    assert_eq!(at("2025-01-01T00:00:00.123456789999Z"), fine);
    // Before 1970, it is 1970; and it is compared as what it is.
    assert_eq!(at("1969-12-31T23:59:59Z"), seconds(0));
    let [before, epoch]: [Timestamp; 2] =
        ["1969-12-31T23:59:59.9Z", "1970-01-01T00:00:00Z"].map(|text| text.parse().unwrap());
    assert!(before < epoch);
}

#[test]
fn a_leap_second_is_at_the_end_of_a_month_in_utc() {
    let last = Some(Duration::new(1_483_228_799, 999_999_999));
    for text in ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60+01:00", "2016-12-31T15:59:60.5-08:00"]
    {
        assert_eq!(at(text), last, "{text}");
    }
    for text in [
        "2016-12-30T23:59:60Z",
        "2016-12-31T23:58:60Z",
        "2016-12-31T22:59:60Z",
        "2016-12-31T23:59:60+01:00",
        "2016-12-31T23:59:61Z",
    ] {
        assert_eq!(at(text), None, "{text}");
    }
}

#[test]
fn every_other_form_is_refused() {
    for text in [
        "",
        "2025-04-01",
        "2025-04-01T07:56:19",
        "2025-04-01T07:56:19z",
        "2025-04-01t07:56:19Z",
        "2025-04-01 07:56:19Z",
        "2025-04-01T07:56Z",
        "2025-4-01T07:56:19Z",
        "+025-04-01T07:56:19Z",
        "2025-04-01T07:56:19.Z",
        "2025-04-01T07:56:19,5Z",
        "2025-04-01T07:56:19.5",
        "2025-04-01T07:56:19.-5Z",
        "2025-04-01T07:56:19Z ",
        " 2025-04-01T07:56:19Z",
        "2025-04-01T07:56:19+1:00",
        "2025-04-01T07:56:19+0100",
        "2025-04-01T07:56:19+24:00",
        "2025-04-01T07:56:19+23:60",
        "2025-04-01T07:56:19~01:00",
        "2025-04-01T24:00:00Z",
        "2025-04-01T23:60:00Z",
        "2025-00-01T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-01-00T00:00:00Z",
        "2025-01-32T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2025-04-31T00:00:00Z",
        "2025/04/01T00:00:00Z",
        "2025-04-01T00.00.00Z",
        "1743494179",
        // In UTC, of years that do not have four digits.
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    ] {
        assert_eq!(text.parse::<Timestamp>(), Err(ConfigError::Timestamp), "{text}");
    }
}

#[test]
fn every_day_is_the_one_that_the_crate_time_names() {
    let mut days = 0_u32;
    for year in 0..10_000 {
        for (month, day) in (1..=12).flat_map(|month| (1..=31).map(move |day| (month, day))) {
            let text = format!("{year:04}-{month:02}-{day:02}T12:34:56.789Z");
            let parsed: Result<Timestamp, _> = text.parse();
            // Its own parser is slow: it is asked for one of some days.
            if (days + day).is_multiple_of(13) {
                let peer = OffsetDateTime::parse(&text, &Rfc3339);
                assert_eq!(parsed.is_ok(), peer.is_ok(), "{text}");
                if let (Ok(time), Ok(peer)) = (&parsed, peer)
                    && year >= 1970
                {
                    assert_eq!(time.time(), SystemTime::from(peer));
                }
            }
            if let Ok(time) = parsed {
                days += 1;
                assert_eq!(time.to_string(), text);
            }
        }
    }
    assert_eq!(days, 3_652_425);
}

#[test]
fn what_is_written_is_read_again() {
    for text in
        ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.007Z", "2026-11-22T12:00:00.000000001Z"]
    {
        let time: Timestamp = text.parse().unwrap();
        assert_eq!(time.to_string(), text);
        assert_eq!(Timestamp::from(time.time()), time);
        assert_eq!(format!("{time:?}"), text);
    }
}
