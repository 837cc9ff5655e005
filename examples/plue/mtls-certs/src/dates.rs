use std::time::{Duration, SystemTime, UNIX_EPOCH};

use x509_parser::time::ASN1Time;

use crate::Error;

/// A moment, by the second, as certificates have it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Moment(i64);

impl Moment {
    pub(crate) fn of(time: SystemTime) -> Result<Self, Error> {
        let since = time.duration_since(UNIX_EPOCH).map_err(|_| Error::Clock)?;
        Ok(Self(i64::try_from(since.as_secs()).map_err(|_| Error::Clock)?))
    }

    pub(crate) const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(SECONDS_A_DAY)))
    }

    /// When what is made now becomes valid: the clocks of others may be behind.
    pub(crate) const fn backdated(self) -> Self {
        Self(self.0.saturating_sub(SECONDS_BACKDATED))
    }

    /// Whole days from this moment until that one, below zero when it is past.
    pub(crate) const fn days_until(self, that: Self) -> i64 {
        that.0.saturating_sub(self.0).div_euclid(SECONDS_A_DAY)
    }

    pub(crate) fn to_asn1(self) -> Result<ASN1Time, Error> {
        ASN1Time::from_timestamp(self.0).map_err(|_| Error::Clock)
    }

    /// `2027-11-24`, in UTC.
    pub(crate) fn date(self) -> String {
        self.to_asn1().map_or_else(|_| "?".to_owned(), |time| time.to_datetime().date().to_string())
    }
}

impl From<ASN1Time> for Moment {
    fn from(time: ASN1Time) -> Self {
        Self(time.timestamp())
    }
}

impl From<Moment> for SystemTime {
    fn from(moment: Moment) -> Self {
        let seconds = u64::try_from(moment.0).unwrap_or(0);
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH)
    }
}

pub(crate) const DAYS_A_YEAR: i64 = 365;

const SECONDS_A_DAY: i64 = 24 * 60 * 60;
const SECONDS_BACKDATED: i64 = 5 * 60;
