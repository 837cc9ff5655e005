//! `exp`, `nbf` and `iat` against the time that the caller gives.

use std::time::{Duration, SystemTime};

use cf_access::VerifyError;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{HOUR, NOW, access, builder, now, service_token, user, verify};

/// A time so many seconds from now.
fn at(offset: i64) -> Value {
    json!(NOW.as_secs().checked_add_signed(offset).unwrap())
}

fn refusal(name: &'static str, value: Value) -> Option<VerifyError> {
    verify(&user().claim(name, value)).err()
}

#[test]
fn refuses_from_the_second_on_that_exp_and_leeway_name() {
    assert_eq!(refusal("exp", at(1)), None);
    assert_eq!(refusal("exp", at(0)), None);
    assert_eq!(refusal("exp", at(-29)), None);
    assert_eq!(refusal("exp", at(-30)), Some(VerifyError::Expired));
    assert_eq!(refusal("exp", at(-31)), Some(VerifyError::Expired));
    let token = user().claim("exp", at(-30)).token();
    let just_before = now() - Duration::from_nanos(1);
    assert!(access().verify(token, just_before).is_ok());
}

#[test]
fn refuses_until_the_second_that_nbf_and_leeway_name() {
    assert_eq!(refusal("nbf", at(30)), None);
    assert_eq!(refusal("nbf", at(31)), Some(VerifyError::NotYetValid));
    let token = user().claim("nbf", at(30)).token();
    let just_before = now() - Duration::from_nanos(1);
    assert_eq!(access().verify(token, just_before).err(), Some(VerifyError::NotYetValid));
    assert!(verify(&user().without_claim("nbf")).is_ok());
    assert!(verify(&service_token()).is_ok());
}

#[test]
fn refuses_what_was_issued_in_the_future() {
    assert_eq!(refusal("iat", at(30)), None);
    assert_eq!(refusal("iat", at(31)), Some(VerifyError::IssuedInFuture));
}

#[test]
fn refuses_what_is_older_than_the_greatest_age() {
    let access = builder().max_age(HOUR).build().unwrap();
    let issued = |offset| access.verify(user().claim("iat", at(offset)).token(), now()).err();
    assert_eq!(issued(-3600), None);
    assert_eq!(issued(-3629), None);
    assert_eq!(issued(-3630), Some(VerifyError::TooOld));
    assert_eq!(refusal("iat", at(-3630)), None);
    let ages = builder().max_age(Duration::MAX).build().unwrap();
    assert!(ages.verify(user().token(), now()).is_ok());
}

#[test]
fn follows_the_leeway() {
    let none = builder().leeway(Duration::ZERO).build().unwrap();
    let most = builder().leeway(Duration::from_secs(300)).build().unwrap();
    let expired = |offset| user().claim("exp", at(offset)).token();
    assert!(none.verify(expired(1), now()).is_ok());
    assert_eq!(none.verify(expired(0), now()).err(), Some(VerifyError::Expired));
    assert!(most.verify(expired(-299), now()).is_ok());
    assert_eq!(most.verify(expired(-300), now()).err(), Some(VerifyError::Expired));
}

#[test]
fn refuses_a_missing_exp_or_iat() {
    for name in ["exp", "iat"] {
        let refused = verify(&user().without_claim(name)).err();
        assert_eq!(refused, Some(VerifyError::MissingClaim(name)));
    }
}

#[test]
fn refuses_all_but_whole_seconds_until_the_year_9999() {
    for name in ["exp", "nbf", "iat"] {
        for value in [
            json!(null),
            json!(true),
            json!("1790003600"),
            json!(1_790_003_600.0),
            json!(1_790_003_600.5),
            json!(1e300),
            json!(-1),
            json!(i64::MIN),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(253_402_300_800_u64),
            json!([1_790_003_600]),
            json!({}),
        ] {
            assert_eq!(
                refusal(name, value.clone()),
                Some(VerifyError::InvalidClaim(name)),
                "{value}"
            );
        }
    }
    assert_eq!(refusal("exp", json!(253_402_300_799_u64)), None);
    assert_eq!(refusal("iat", json!(253_402_300_799_u64)), Some(VerifyError::IssuedInFuture));
}

#[test]
fn tells_when_the_token_was_issued_and_expires() {
    let identity = verify(&user()).unwrap();
    assert_eq!(identity.issued_at(), now() - Duration::from_secs(60));
    assert_eq!(identity.expires_at(), now() - Duration::from_secs(60) + HOUR);
}

#[test]
fn finds_every_token_in_the_future_when_the_clock_stands_before_1970() {
    let token = user().without_claim("nbf").token();
    for clock in [SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH - HOUR] {
        assert_eq!(access().verify(&token, clock).err(), Some(VerifyError::IssuedInFuture));
    }
}

#[test]
fn decides_by_the_time_given_alone() {
    let token = user().token();
    assert!(access().verify(&token, now()).is_ok());
    assert_eq!(access().verify(&token, now() + 2 * HOUR).err(), Some(VerifyError::Expired));
    // The clock went back: the same token, the same time, the same answer.
    assert!(access().verify(&token, now()).is_ok());
    assert_eq!(access().verify(&token, now() - HOUR).err(), Some(VerifyError::NotYetValid));
}

proptest! {
    #[test]
    fn never_overflows_on_any_number(exp: u64, nbf: i64, iat: u64, clock in 0..=1_u64 << 40) {
        let token = user().claim("exp", exp).claim("nbf", nbf).claim("iat", iat).token();
        let clock = SystemTime::UNIX_EPOCH + Duration::from_secs(clock);
        let _ = access().verify(token, clock);
    }
}
