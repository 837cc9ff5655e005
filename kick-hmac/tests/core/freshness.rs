//! The time: exact to the nanosecond, when a message comes and when its body has come.

use std::time::{Duration, SystemTime};

use kick_hmac::testing::Message;
use kick_hmac::{KickHmac, KickHmacBuilder, Timestamp, VerifyError};

use crate::{
    CLAIM, FOLLOWED, KICK, RELAY, followed, of_kick, of_relay, parts, sent, verify_at, with_drops,
};

const NANOSECOND: Duration = Duration::from_nanos(1);
const SECOND: Duration = Duration::from_secs(1);
const MAX_AGE: Duration = Duration::from_secs(300);
const LEEWAY: Duration = Duration::from_secs(60);

fn at(kick: &KickHmac, message: &Message<'_>, now: SystemTime) -> Option<VerifyError> {
    verify_at(kick, message, now).err()
}

/// What is said if the body takes from one time to the other.
fn between(begin: SystemTime, finish: SystemTime) -> Option<VerifyError> {
    let kick = of_relay().build().unwrap();
    let (headers, body) = parts(&followed());
    let mut check = kick.begin(kick.headers(&headers).unwrap(), begin).unwrap();
    check.update(body).unwrap();
    check.finish(finish).err()
}

fn window(builder: KickHmacBuilder, max_age: Duration, leeway: Duration) -> KickHmac {
    builder.max_age(max_age).leeway(leeway).build().unwrap()
}

#[test]
fn by_default_a_message_is_accepted_for_five_minutes() {
    let kick = with_drops(of_relay());
    for message in [followed(), RELAY.drops_claim(CLAIM).sent_at(sent())] {
        assert_eq!(at(&kick, &message, sent()), None);
        assert_eq!(at(&kick, &message, sent() + MAX_AGE), None);
        let later = sent() + MAX_AGE + NANOSECOND;
        assert_eq!(at(&kick, &message, later), Some(VerifyError::Stale));
        let much_later = sent() + Duration::from_secs(u64::from(u32::MAX));
        assert_eq!(at(&kick, &message, much_later), Some(VerifyError::Stale));
    }
}

#[test]
fn by_default_kick_s_clock_may_be_a_minute_ahead() {
    let kick = with_drops(of_relay());
    for message in [followed(), RELAY.drops_claim(CLAIM).sent_at(sent())] {
        assert_eq!(at(&kick, &message, sent() - LEEWAY), None);
        let earlier = sent() - LEEWAY - NANOSECOND;
        assert_eq!(at(&kick, &message, earlier), Some(VerifyError::SentInFuture));
    }
}

#[test]
fn both_ends_are_exact_under_kick_s_own_signature_too() {
    let kick = of_kick().build().unwrap();
    let message = KICK.event("channel.followed", FOLLOWED).sent_at(sent());
    assert_eq!(at(&kick, &message, sent() + MAX_AGE), None);
    assert_eq!(at(&kick, &message, sent() + MAX_AGE + NANOSECOND), Some(VerifyError::Stale));
    assert_eq!(at(&kick, &message, sent() - LEEWAY), None);
    let earlier = sent() - LEEWAY - NANOSECOND;
    assert_eq!(at(&kick, &message, earlier), Some(VerifyError::SentInFuture));
}

#[test]
fn fractions_and_offsets_of_the_timestamp_count() {
    let kick = window(of_relay(), SECOND, Duration::ZERO);
    for text in ["2025-04-01T07:56:19.000000001Z", "2025-04-01T18:56:19.000000001+11:00"] {
        let message = followed().timestamp(text.parse().unwrap());
        assert_eq!(at(&kick, &message, sent()), Some(VerifyError::SentInFuture));
        assert_eq!(at(&kick, &message, sent() + NANOSECOND), None);
        assert_eq!(at(&kick, &message, sent() + SECOND + NANOSECOND), None);
        let later = sent() + SECOND + 2 * NANOSECOND;
        assert_eq!(at(&kick, &message, later), Some(VerifyError::Stale));
    }
}

#[test]
fn the_window_is_what_it_is_set_to() {
    for max_age in [SECOND, Duration::from_millis(1500), 3600 * SECOND] {
        for leeway in [Duration::ZERO, NANOSECOND, 300 * SECOND] {
            let kick = window(of_relay(), max_age, leeway);
            assert_eq!(at(&kick, &followed(), sent() + max_age), None);
            let later = sent() + max_age + NANOSECOND;
            assert_eq!(at(&kick, &followed(), later), Some(VerifyError::Stale));
            assert_eq!(at(&kick, &followed(), sent() - leeway), None);
            let earlier = sent() - leeway - NANOSECOND;
            assert_eq!(at(&kick, &followed(), earlier), Some(VerifyError::SentInFuture));
        }
    }
}

#[test]
fn who_is_slow_to_send_the_body_gains_nothing() {
    assert_eq!(between(sent(), sent() + MAX_AGE), None);
    assert_eq!(between(sent(), sent() + MAX_AGE + NANOSECOND), Some(VerifyError::Stale));
    let last = sent() + MAX_AGE;
    assert_eq!(between(last, last), None);
    assert_eq!(between(last, last + NANOSECOND), Some(VerifyError::Stale));
    // A clock that is set back meanwhile.
    assert_eq!(between(sent(), sent() - LEEWAY), None);
    let earlier = sent() - LEEWAY - NANOSECOND;
    assert_eq!(between(sent(), earlier), Some(VerifyError::SentInFuture));
}

#[test]
fn a_stale_message_is_refused_before_there_is_a_body() {
    let kick = of_relay().build().unwrap();
    let (headers, _) = parts(&followed());
    for (now, expected) in [
        (sent() + MAX_AGE + NANOSECOND, VerifyError::Stale),
        (sent() - LEEWAY - NANOSECOND, VerifyError::SentInFuture),
    ] {
        let read = kick.headers(&headers).unwrap();
        assert_eq!(kick.begin(read, now).unwrap_err(), expected);
    }
}

#[test]
fn a_clock_before_1970_finds_every_message_in_the_future() {
    let kick = of_relay().build().unwrap();
    let before = SystemTime::UNIX_EPOCH - Duration::from_secs(86_400 * 365);
    assert_eq!(at(&kick, &followed(), before), Some(VerifyError::SentInFuture));
    assert_eq!(at(&kick, &followed(), SystemTime::UNIX_EPOCH), Some(VerifyError::SentInFuture));
}

#[test]
fn a_message_of_before_1970_is_of_1970() {
    let kick = of_relay().build().unwrap();
    for text in ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00Z"] {
        let timestamp: Timestamp = text.parse().unwrap();
        let message = followed().timestamp(timestamp);
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(at(&kick, &message, epoch + MAX_AGE), None, "{text}");
        let later = epoch + MAX_AGE + NANOSECOND;
        assert_eq!(at(&kick, &message, later), Some(VerifyError::Stale), "{text}");
        assert_eq!(at(&kick, &message, sent()), Some(VerifyError::Stale), "{text}");
    }
}

#[test]
fn a_message_of_the_year_9999_is_in_the_future_and_nothing_overflows() {
    let kick = of_relay().build().unwrap();
    let message = followed().timestamp("9999-12-31T23:59:59.999999999-23:59".parse().unwrap());
    assert_eq!(at(&kick, &message, sent()), Some(VerifyError::SentInFuture));
    // As far as this machine's clock goes.
    let mut last = SystemTime::UNIX_EPOCH;
    for power in (0..63).rev() {
        last = last.checked_add(Duration::from_secs(1 << power)).unwrap_or(last);
    }
    assert_eq!(at(&kick, &message, last), Some(VerifyError::Stale));
    assert_eq!(at(&kick, &followed(), last), Some(VerifyError::Stale));
}
