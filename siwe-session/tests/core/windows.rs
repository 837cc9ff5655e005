//! The moments at which a sign-in begins and ceases to hold, finer than a second.

use std::time::{Duration, SystemTime};

use siwe_session::{LoginVerifier, MessageBuilder, VerifyError};

use crate::{audience, browser, message, of, verify, wallet};

const NANOSECOND: Duration = Duration::from_nanos(1);

/// Nearly a second behind the time of the other tests, so that what is added carries.
fn now() -> SystemTime {
    crate::now() + Duration::from_millis(900)
}

/// A window whose parts are no whole seconds.
fn verifier() -> LoginVerifier {
    let (age, leeway) = (Duration::from_millis(10_300), Duration::from_millis(2_200));
    of(audience()).max_age(age).leeway(leeway).build().unwrap()
}

fn refusal(message: MessageBuilder, time: SystemTime) -> Option<VerifyError> {
    let message = message.build().unwrap();
    let signature = wallet().sign(&message);
    verify(&verifier(), message.as_str(), &signature, Some(&browser()), time).err()
}

/// Issued then, with a nonce of the whole second before now.
fn issued(time: SystemTime) -> MessageBuilder {
    message(&verifier()).issued_at(time)
}

#[test]
fn the_leeway_is_kept_to_the_nanosecond() {
    let last = now() + Duration::from_millis(2_200);
    assert_eq!(refusal(issued(last), now()), None);
    let refused = refusal(issued(last + NANOSECOND), now());
    assert_eq!(refused, Some(VerifyError::IssuedInFuture));
    let starts = |time| issued(now()).not_before(time);
    assert_eq!(refusal(starts(last), now()), None);
    assert_eq!(refusal(starts(last + NANOSECOND), now()), Some(VerifyError::NotYetValid));
}

#[test]
fn the_age_is_kept_to_the_nanosecond() {
    let first = now() - Duration::from_millis(10_300);
    assert_eq!(refusal(issued(first), now()), None);
    assert_eq!(refusal(issued(first - NANOSECOND), now()), Some(VerifyError::Stale));
    // The nonce has the second that it was made in, and not the part of it.
    let end = crate::now() + Duration::from_millis(10_300);
    assert_eq!(refusal(issued(now()), end - NANOSECOND), None);
    assert_eq!(refusal(issued(now()), end), Some(VerifyError::ExpiredNonce));
}

#[test]
fn an_expiration_is_kept_to_the_nanosecond() {
    let ends = issued(now()).expiration_time(now() + Duration::from_millis(200));
    assert_eq!(refusal(ends.clone(), now() + Duration::from_millis(200) - NANOSECOND), None);
    let refused = refusal(ends, now() + Duration::from_millis(200));
    assert_eq!(refused, Some(VerifyError::Expired));
}

#[test]
fn a_burned_nonce_is_kept_as_long_as_any_instance_may_take_it() {
    let message = message(&verifier()).build().unwrap();
    let signature = wallet().sign(&message).parse().unwrap();
    let checked = verifier().check(message.as_str(), &signature, Some(&browser()), now()).unwrap();
    assert_eq!(checked.keep_for(), Duration::from_millis(10_300 + 2 * 2_200));
}
