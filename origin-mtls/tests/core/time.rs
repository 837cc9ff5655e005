//! Time: at its exact seconds, and at times that no clock should tell.

use std::time::{Duration, SystemTime};

use origin_mtls::{Crls, VerifyError};

use crate::lists::crl;
use crate::pki::{DAY, INTERMEDIATE, NOW, ROOT, intermediate, leaf, leaf_of_intermediate, root};
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

/// Each of what can end is the one that ends first, and the one that begins last.
#[test]
fn what_was_found_holds_for_as_long_as_it_would_be_found_again() {
    let usual = (NOW - 9, NOW + 9);
    for place in 0..5 {
        for span in [(NOW - 3, NOW + 4), (NOW, NOW + 1), (NOW - 1, NOW), (NOW, NOW)] {
            let mut spans = [usual; 5];
            spans[place] = span;
            let [anchor, between, own, list, list_between] = spans;
            let list = crl(&root(), &ROOT).dates(list.0, list.1 + 1);
            let of_intermediate =
                crl(&intermediate(), &INTERMEDIATE).dates(list_between.0, list_between.1 + 1);
            // What has been replaced does not count.
            let old = of_intermediate.clone().number(&[1]).dates(NOW - 3, NOW - 2);
            let lists = [
                old.signed_by(&INTERMEDIATE),
                crl(&root(), &ROOT).number(&[1]).dates(NOW - 3, NOW - 2).signed_by(&ROOT),
                list.signed_by(&ROOT),
                of_intermediate.signed_by(&INTERMEDIATE),
            ];
            let chain = [
                leaf_of_intermediate().valid(own.0, own.1).signed_by(&INTERMEDIATE),
                intermediate().valid(between.0, between.1).signed_by(&ROOT),
            ];
            let policy = trusting(&root().valid(anchor.0, anchor.1));
            for policy in profiles(&policy.crls(Crls::from_der(lists).unwrap())) {
                let identity = policy.verify(&chain, at(NOW)).unwrap();
                for seconds in NOW - 11..NOW + 12 {
                    let found = policy.verify(&chain, at(seconds)).is_ok();
                    assert_eq!(found, (span.0..=span.1).contains(&seconds), "{place} {seconds}");
                    assert_eq!(identity.holds_at(at(seconds)), found, "{place} {seconds}");
                }
            }
        }
    }
}

#[test]
fn what_was_found_holds_to_the_end_of_its_last_second_and_not_before_1970() {
    let policy = trusting(&root().valid(0, NOW)).build().unwrap();
    let leaf = leaf().valid(0, NOW).signed_by(&ROOT);
    let identity = policy.verify(&[leaf], at(NOW)).unwrap();
    let nanosecond = Duration::from_nanos(1);
    assert!(identity.holds_at(at(NOW + 1) - nanosecond) && !identity.holds_at(at(NOW + 1)));
    assert!(identity.holds_at(SystemTime::UNIX_EPOCH));
    assert!(!identity.holds_at(SystemTime::UNIX_EPOCH - nanosecond));
    assert!(!identity.holds_at(at(i64::MAX)));
}
