use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::de::{Deserialize, Deserializer, Error as _};

use crate::ConfigError;

/// A time as Kick writes it: [RFC 3339] with its offset from UTC, kept as it was written.
///
/// `T` and `Z` in upper case, a fraction of at most 9 digits, no leap second, and a date that exists.
///
/// [RFC 3339]: https://www.rfc-editor.org/rfc/rfc3339#section-5.6
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Timestamp {
    text: [u8; MAX_LENGTH],
    length: u8,
    /// Whole seconds since 1970, rounded down.
    seconds: i64,
    nanoseconds: u32,
}

impl Timestamp {
    /// The time as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // It is ASCII, so this never falls back.
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The point in time. What is before 1970 is 1970.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH.checked_add(self.since_epoch()).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// How long after 1970, or zero.
    pub(crate) fn since_epoch(&self) -> Duration {
        u64::try_from(self.seconds)
            .map_or(Duration::ZERO, |seconds| Duration::new(seconds, self.nanoseconds))
    }

    /// `YYYY-MM-DDTHH:MM:SS[.fraction](Z|±HH:MM)`, and no other form.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (date, rest) = text.split_first_chunk()?;
        let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T'] = *date else { return None };
        let (time, rest) = rest.split_first_chunk()?;
        let [h1, h2, b':', mi1, mi2, b':', s1, s2] = *time else { return None };
        let (nanoseconds, offset) = split_fraction(rest)?;

        let days =
            days_since_epoch((pair(y1, y2)?, pair(y3, y4)?), pair(mo1, mo2)?, pair(d1, d2)?)?;
        // RFC 3339 knows second 60 as well, which has been on 27 days until now and never again will.
        let time = seconds_in_day(pair(h1, h2)?, pair(mi1, mi2)?, pair(s1, s2)?)?;
        let offset = match *offset {
            [b'Z'] => 0,
            [b'+', h1, h2, b':', m1, m2] => seconds_in_day(pair(h1, h2)?, pair(m1, m2)?, 0)?,
            [b'-', h1, h2, b':', m1, m2] => {
                seconds_in_day(pair(h1, h2)?, pair(m1, m2)?, 0)?.saturating_neg()
            }
            _ => return None,
        };
        let seconds = days.saturating_mul(86_400).saturating_add(time).saturating_sub(offset);

        let mut kept = [0; MAX_LENGTH];
        kept.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self { text: kept, length: u8::try_from(text.len()).ok()?, seconds, nanoseconds })
    }
}

impl FromStr for Timestamp {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::parse(text.as_bytes()).ok_or(ConfigError::Timestamp)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The number of two digits.
const fn pair(tens: u8, ones: u8) -> Option<u8> {
    if tens.is_ascii_digit() && ones.is_ascii_digit() {
        Some((tens & 0xF).saturating_mul(10).saturating_add(ones & 0xF))
    } else {
        None
    }
}

/// The nanoseconds of a fraction, if there is one, and what is behind it.
fn split_fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some((b'.', text)) = text.split_first() else { return Some((0, text)) };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&digits) {
        return None;
    }
    let (fraction, rest) = text.split_at_checked(digits)?;
    let digits = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    let nanoseconds = digits
        .fold(0_u32, |sum, digit| sum.saturating_mul(10).saturating_add(u32::from(digit & 0xF)));
    Some((nanoseconds, rest))
}

fn seconds_in_day(hours: u8, minutes: u8, seconds: u8) -> Option<i64> {
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let minutes = i64::from(hours).saturating_mul(60).saturating_add(i64::from(minutes));
    Some(minutes.saturating_mul(60).saturating_add(i64::from(seconds)))
}

/// Days from 1970-01-01 in the calendar of RFC 3339, if the date exists. The year is its first and its
/// last two digits.
fn days_since_epoch((century, in_century): (u8, u8), month: u8, day: u8) -> Option<i64> {
    let year = i64::from(century).saturating_mul(100).saturating_add(i64::from(in_century));
    let is_leap_year = if in_century == 0 { century % 4 == 0 } else { in_century % 4 == 0 };
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap_year => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > length {
        return None;
    }
    // Days before the month, in a year that begins with March: February's end is then the year's.
    let march = u8::from(month < 3);
    let month = i64::from(month).saturating_add(i64::from(march).saturating_mul(12));
    let year = year.saturating_sub(i64::from(march));
    let before_month = month.saturating_sub(3).saturating_mul(153).saturating_add(2) / 5;
    let leap_days = year
        .div_euclid(4)
        .saturating_sub(year.div_euclid(100))
        .saturating_add(year.div_euclid(400));
    let before_year = year.saturating_mul(365).saturating_add(leap_days);
    let from_year_0 = before_year.saturating_add(before_month).saturating_add(i64::from(day));
    Some(from_year_0.saturating_sub(EPOCH))
}

/// `0001-01-01T00:00:00.123456789+01:00`
const MAX_LENGTH: usize = 35;

/// 1970-01-01, counted as above: the day after 1970-01-01 is one more.
const EPOCH: i64 = 719_469;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<(i64, u32)> {
        let parsed = Timestamp::parse(text.as_bytes())?;
        assert_eq!(parsed.as_str(), text);
        Some((parsed.seconds, parsed.nanoseconds))
    }

    #[test]
    fn a_timestamp_is_the_time_it_names() {
        assert_eq!(at("1970-01-01T00:00:00Z"), Some((0, 0)));
        assert_eq!(at("2025-04-01T07:56:19Z"), Some((1_743_494_179, 0)));
        assert_eq!(at("2025-01-01T11:00:00+11:00"), Some((1_735_689_600, 0)));
        assert_eq!(at("2024-12-31T13:30:00-10:30"), Some((1_735_689_600, 0)));
        assert_eq!(at("2025-12-02T22:54:19.323Z"), Some((1_764_716_059, 323_000_000)));
        assert_eq!(at("2000-02-29T23:59:59.000000001-00:00"), Some((951_868_799, 1)));
        assert_eq!(at("9999-12-31T23:59:59.999999999+00:00"), Some((253_402_300_799, 999_999_999)));
        assert_eq!(at("1969-12-31T23:59:59.5Z"), Some((-1, 500_000_000)));
        assert_eq!(at("0000-03-01T00:00:00Z"), Some((-62_162_035_200, 0)));
        assert_eq!(at("0000-01-01T00:00:00+23:59"), Some((-62_167_305_540, 0)));
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
            "2025-04-01T07:56:19.1234567890Z",
            "2025-04-01T07:56:19.5",
            "2025-04-01T07:56:19.-5Z",
            "2025-04-01T07:56:19Z ",
            " 2025-04-01T07:56:19Z",
            "2025-04-01T07:56:19+1:00",
            "2025-04-01T07:56:19+0100",
            "2025-04-01T07:56:19+01",
            "2025-04-01T07:56:19+24:00",
            "2025-04-01T07:56:19+23:60",
            "2025-04-01T07:56:19~01:00",
            "2025-04-01T07:56:19+01:00Z",
            "2025-04-01T24:00:00Z",
            "2025-04-01T23:60:00Z",
            "2025-04-01T23:59:60Z",
            "2025-00-01T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-01-00T00:00:00Z",
            "2025-01-32T00:00:00Z",
            "2025-02-29T00:00:00Z",
            "2024-02-30T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2025-04-31T00:00:00Z",
            "2025-06-31T00:00:00Z",
            "2025-09-31T00:00:00Z",
            "2025-11-31T00:00:00Z",
            "2025/04/01T00:00:00Z",
            "2025-04-01T00.00.00Z",
            "１025-04-01T00:00:00Z",
            "1743494179",
        ] {
            assert_eq!(at(text), None, "{text}");
            assert!(text.parse::<Timestamp>().is_err());
        }
    }

    #[test]
    fn every_day_of_the_calendar_follows_the_one_before() {
        let mut expected = at("0000-01-01T00:00:00Z").unwrap().0;
        for year in 0..10_000 {
            for month in 1..=12 {
                for day in 1..=31 {
                    let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
                    if let Some((seconds, _)) = at(&text) {
                        assert_eq!(seconds, expected, "{text}");
                        expected += 86_400;
                    }
                }
            }
        }
        assert_eq!(expected, at("9999-12-31T00:00:00Z").unwrap().0 + 86_400);
    }

    #[test]
    fn what_is_before_1970_is_1970() {
        let before: Timestamp = "0001-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(before.time(), SystemTime::UNIX_EPOCH);
        let after: Timestamp = "1970-01-01T00:00:01.25Z".parse().unwrap();
        assert_eq!(after.time(), SystemTime::UNIX_EPOCH + Duration::from_millis(1250));
    }
}
