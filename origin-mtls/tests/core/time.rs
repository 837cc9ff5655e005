//! Time: at its exact seconds, and at times that no clock should tell.

use std::time::{Duration, SystemTime};

use origin_mtls::VerifyError;

use crate::pki::{DAY, NOW, ROOT, leaf, root};
use crate::{at, profiles, trusting, trusting_root};

const YEAR_10000: i64 = 253_402_300_800;

/// What both profiles say at a time, which is the same.
fn verdict(not_before: i64, not_after: i64, now: SystemTime) -> Option<VerifyError> {
    let policy = trusting(&root().valid(0, YEAR_10000 - 1)).max_validity(Duration::MAX);
    let chain = [leaf().valid(not_before, not_after).signed_by(&ROOT)];
    let [default, strict] = profiles(&policy).map(|policy| policy.verify(&chain, now).err());
    assert_eq!(default, strict);
    default
}

#[test]
fn a_certificate_is_valid_from_its_first_second_to_the_end_of_its_last() {
    let (from, until) = (NOW, NOW + DAY);
    let nanosecond = Duration::from_nanos(1);
    for (now, expected) in [
        (at(from) - Duration::from_secs(1), Some(VerifyError::NotYetValid)),
        (at(from) - nanosecond, Some(VerifyError::NotYetValid)),
        (at(from), None),
        (at(until), None),
        (at(until + 1) - nanosecond, None),
        (at(until + 1), Some(VerifyError::Expired)),
    ] {
        assert_eq!(verdict(from, until, now), expected, "{now:?}");
    }
    assert_eq!(verdict(NOW, NOW, at(NOW)), None);
}

#[test]
fn before_1970_everything_is_in_the_future() {
    let refused = Some(VerifyError::NotYetValid);
    for seconds in [-1, -DAY, -60 * 365 * DAY, i64::MIN / 4] {
        assert_eq!(verdict(0, YEAR_10000 - 1, at(seconds)), refused, "{seconds}");
    }
    assert_eq!(verdict(0, NOW, SystemTime::UNIX_EPOCH - Duration::from_nanos(1)), refused);
    assert_eq!(verdict(0, NOW, SystemTime::UNIX_EPOCH), None);
}

#[test]
fn the_last_second_of_9999_is_one_and_there_is_none_behind_it() {
    let last = YEAR_10000 - 1;
    assert_eq!(verdict(NOW, last, at(last)), None);
    for seconds in [last + 1, YEAR_10000 * 10, i64::MAX / 2, i64::MAX] {
        assert_eq!(verdict(NOW, last, at(seconds)), Some(VerifyError::Expired), "{seconds}");
    }
}

#[test]
fn years_of_two_digits_and_of_four_follow_one_another() {
    const YEAR_2050: i64 = 2_524_608_000;
    for now in [YEAR_2050 - 1, YEAR_2050, YEAR_2050 + 1] {
        assert_eq!(verdict(YEAR_2050 - 1, YEAR_2050 + 1, at(now)), None, "{now}");
    }
    assert_eq!(
        verdict(YEAR_2050, YEAR_2050 + 1, at(YEAR_2050 - 1)),
        Some(VerifyError::NotYetValid)
    );
}

#[test]
fn a_certificate_that_ends_before_it_begins_is_never_valid() {
    for now in [NOW - 1, NOW, NOW + 1] {
        assert!(verdict(NOW + 1, NOW - 1, at(now)).is_some());
    }
}

#[test]
fn a_certificate_is_valid_for_at_most_825_days_under_the_strict_profile() {
    let too_long = Some(VerifyError::ValidityTooLong);
    let verdicts = |seconds: i64| {
        let leaf = [leaf().valid(NOW, NOW + seconds).signed_by(&ROOT)];
        profiles(&trusting_root()).map(|policy| policy.verify(&leaf, at(NOW)).err())
    };
    assert_eq!(verdicts(825 * DAY), [None, None]);
    assert_eq!(verdicts(825 * DAY + 1), [None, too_long]);
    assert_eq!(verdicts(30 * 365 * DAY), [None, too_long]);
}

#[test]
fn the_longest_validity_can_be_set_under_both_profiles() {
    let leaf = |seconds: i64| [leaf().valid(NOW, NOW + seconds).signed_by(&ROOT)];
    let day = Duration::from_secs(DAY.unsigned_abs());
    for policy in profiles(&trusting_root().max_validity(day)) {
        assert_eq!(policy.verify(&leaf(DAY), at(NOW)).err(), None);
        assert_eq!(policy.verify(&leaf(0), at(NOW)).err(), None);
        let refusal = policy.verify(&leaf(DAY + 1), at(NOW)).unwrap_err();
        assert_eq!(refusal, VerifyError::ValidityTooLong);
    }
    for policy in profiles(&trusting_root().max_validity(900 * day)) {
        assert_eq!(policy.verify(&leaf(900 * DAY), at(NOW)).err(), None);
        assert!(policy.verify(&leaf(900 * DAY + 1), at(NOW)).is_err());
    }
    for policy in profiles(&trusting_root().max_validity(Duration::ZERO)) {
        assert!(policy.verify(&leaf(1), at(NOW)).is_err());
    }
}
