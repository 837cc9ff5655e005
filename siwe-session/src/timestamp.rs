use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use crate::ConfigError;

/// A time of a message: [RFC 3339], in which EIP-4361 writes its three times.
///
/// A leap second, which the last minute of a month in UTC may have, is the last nanosecond before it, and
/// what is finer than a nanosecond is cut off. The letters `T` and `Z` are upper case: the RFC allows
/// small ones as well, and no wallet writes them.
///
/// [RFC 3339]: https://www.rfc-editor.org/rfc/rfc3339#section-5.6
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp {
    seconds: i64,
    nanoseconds: u32,
}

impl Timestamp {
    /// As a time; before 1970, it is 1970.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        let since_epoch = u64::try_from(self.seconds)
            .map_or(Duration::ZERO, |seconds| Duration::new(seconds, self.nanoseconds));
        SystemTime::UNIX_EPOCH.checked_add(since_epoch).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (date, rest) = text.split_first_chunk::<11>()?;
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T'] = *date else { return None };
        let (time, rest) = rest.split_first_chunk::<8>()?;
        let [h1, h2, b':', n1, n2, b':', s1, s2] = *time else { return None };
        let (nanoseconds, rest) = split_fraction(rest)?;
        let offset = match *rest {
            [b'Z'] => 0,
            [b'+', h1, h2, b':', m1, m2] => minutes(pair(h1, h2)?, pair(m1, m2)?)?,
            // RFC 3339 §4.3: `-00:00` is UTC too, seen from an unknown place.
            [b'-', h1, h2, b':', m1, m2] => minutes(pair(h1, h2)?, pair(m1, m2)?)?.checked_neg()?,
            _ => return None,
        };

        let year = pair(y1, y2)?.checked_mul(100)?.checked_add(pair(y3, y4)?)?;
        let day = day_number(year, pair(m1, m2)?, pair(d1, d2)?)?;
        let minute = minutes(pair(h1, h2)?, pair(n1, n2)?)?.checked_sub(offset)?;
        let second = pair(s1, s2)?;
        if second > 60 {
            return None;
        }
        let minute = day.checked_mul(MINUTES_IN_DAY)?.checked_add(minute)?;
        let start = minute.checked_mul(60)?;
        // An offset may lead out of the years that have four digits.
        if !(FIRST..=LAST).contains(&start) {
            return None;
        }
        if second == 60 {
            // RFC 3339 §5.7: at the end of a month, in UTC.
            let next = Self { seconds: start.checked_add(60)?, nanoseconds: 0 };
            let (_, _, day_of_month) = date_of(next.seconds.div_euclid(SECONDS_IN_DAY))?;
            let is_midnight = next.seconds.rem_euclid(SECONDS_IN_DAY) == 0;
            return (is_midnight && day_of_month == 1)
                .then_some(Self { seconds: start.checked_add(59)?, nanoseconds: 999_999_999 });
        }
        Some(Self { seconds: start.checked_add(second)?, nanoseconds })
    }

    #[must_use]
    pub(crate) fn after(self, duration: Duration) -> Self {
        let nanoseconds = self.nanoseconds.saturating_add(duration.subsec_nanos());
        let carry = i64::from(nanoseconds / 1_000_000_000);
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self {
            seconds: self.seconds.saturating_add(seconds).saturating_add(carry),
            nanoseconds: nanoseconds % 1_000_000_000,
        }
    }
}

impl From<SystemTime> for Timestamp {
    /// A time before 1970 is 1970.
    fn from(time: SystemTime) -> Self {
        let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { seconds: 0, nanoseconds: 0 }.after(since_epoch)
    }
}

impl FromStr for Timestamp {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::parse(text.as_bytes()).ok_or(ConfigError::Timestamp)
    }
}

impl fmt::Display for Timestamp {
    /// In UTC, with a fraction if there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) =
            date_of(self.seconds.div_euclid(SECONDS_IN_DAY)).ok_or(fmt::Error)?;
        let second = self.seconds.rem_euclid(SECONDS_IN_DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match self.nanoseconds {
            0 => f.write_str("Z"),
            fine if fine.is_multiple_of(1_000_000) => write!(f, ".{:03}Z", fine / 1_000_000),
            fine => write!(f, ".{fine:09}Z"),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The number of two digits.
fn pair(tens: u8, ones: u8) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then_some(i64::from(byte & 0xF));
    digit(tens)?.checked_mul(10)?.checked_add(digit(ones)?)
}

/// The nanoseconds of a fraction, if there is one, and what is behind it.
fn split_fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some((b'.', text)) = text.split_first() else { return Some((0, text)) };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let (fraction, rest) = text.split_at_checked(digits)?;
    let nine = fraction.iter().chain(std::iter::repeat(&b'0')).take(9);
    let nanoseconds = nine
        .fold(0_u32, |sum, digit| sum.saturating_mul(10).saturating_add(u32::from(digit & 0xF)));
    Some((nanoseconds, rest))
}

fn minutes(hours: i64, minutes: i64) -> Option<i64> {
    if hours > 23 || minutes > 59 {
        return None;
    }
    hours.checked_mul(60)?.checked_add(minutes)
}

/// Days since 1970-01-01, if the date exists.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin with March, so that the day which is not in every year is the last one.
    let (year, month_from_march) = if month < 3 {
        (year.checked_sub(1)?, month.checked_add(9)?)
    } else {
        (year, month.checked_sub(3)?)
    };
    let leap_days = (year.div_euclid(4))
        .checked_sub(year.div_euclid(100))?
        .checked_add(year.div_euclid(400))?;
    let before_year = year.checked_mul(365)?.checked_add(leap_days)?;
    let before_month = month_from_march.checked_mul(153)?.checked_add(2)? / 5;
    let number = before_year.checked_add(before_month)?.checked_add(day)?.checked_sub(EPOCH)?;
    // A day that its month does not have has the number of one in the next.
    (date_of(number)?.1 == month).then_some(number)
}

/// The year, month and day with this number.
fn date_of(number: i64) -> Option<(i64, i64, i64)> {
    let day = number.checked_add(EPOCH)?.checked_sub(1)?;
    let (era, day) = (day.div_euclid(DAYS_IN_ERA), day.rem_euclid(DAYS_IN_ERA));
    let leap_days = (day / 1460).checked_sub(day / 36_524)?.checked_add(day / 146_096)?;
    let year = day.checked_sub(leap_days)? / 365;
    let before = year.checked_mul(365)?.checked_add(year / 4)?.checked_sub(year / 100)?;
    let day = day.checked_sub(before)?;
    let month_from_march = day.checked_mul(5)?.checked_add(2)? / 153;
    let before = month_from_march.checked_mul(153)?.checked_add(2)? / 5;
    let day = day.checked_sub(before)?.checked_add(1)?;
    let month = if month_from_march < 10 {
        month_from_march.checked_add(3)?
    } else {
        month_from_march.checked_sub(9)?
    };
    let year = era.checked_mul(400)?.checked_add(year)?.checked_add(i64::from(month < 3))?;
    Some((year, month, day))
}

/// 1970-01-01, counted from the end of February of the year 0: the day after is one more.
const EPOCH: i64 = 719_469;
/// 400 years.
const DAYS_IN_ERA: i64 = 146_097;
/// 0000-01-01T00:00:00Z
const FIRST: i64 = -62_167_219_200;
/// 9999-12-31T23:59:59Z
const LAST: i64 = 253_402_300_799;
const MINUTES_IN_DAY: i64 = 24 * 60;
const SECONDS_IN_DAY: i64 = 24 * 60 * 60;
