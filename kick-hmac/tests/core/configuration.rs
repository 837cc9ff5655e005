//! What cannot be meant is refused when it is built, at its exact bounds.

use std::time::Duration;

use kick_hmac::{
    Broadcasters, Campaigns, ConfigError, KickHmac, KickHmacBuilder, Lease, MemoryReplays,
    MessageId, ReplayStore, Replays, Reserved, StoreFuture,
};

use crate::{BROADCASTER, CAMPAIGN, RELAY, followed, of_relay, verify};

const NANOSECOND: Duration = Duration::from_nanos(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn refused(builder: KickHmacBuilder) -> Option<ConfigError> {
    builder.build().err()
}

fn of(broadcasters: Broadcasters, replays: impl Into<Replays>) -> KickHmacBuilder {
    KickHmac::builder(RELAY.keys(), broadcasters, replays)
}

#[test]
fn the_defaults_can_be_built() {
    assert_eq!(refused(of_relay()), None);
    assert_eq!(refused(of_relay().drops(Campaigns::any())), None);
}

#[test]
fn a_list_that_names_nobody_is_refused() {
    let none = Some(ConfigError::NoBroadcaster);
    assert_eq!(refused(of(Broadcasters::only([]), Replays::single_process())), none);
    for named in [
        Broadcasters::only([0]),
        Broadcasters::any(),
        // What it says may change.
        Broadcasters::matching(|_| false),
    ] {
        assert_eq!(refused(of(named, Replays::single_process())), None);
    }
    let none = Some(ConfigError::NoCampaign);
    let nobody: [&str; 0] = [];
    assert_eq!(refused(of_relay().drops(Campaigns::only(nobody))), none);
    for named in [Campaigns::only([CAMPAIGN]), Campaigns::any(), Campaigns::matching(|_| false)] {
        assert_eq!(refused(of_relay().drops(named)), None);
    }
    // The later list counts.
    let builder = of_relay().drops(Campaigns::only(nobody)).drops(Campaigns::any());
    assert_eq!(refused(builder), None);
}

#[test]
fn the_limit_of_a_body_is_1_byte_to_16_mib() {
    for (limit, expected) in [
        (0, Some(ConfigError::BodyLimit)),
        (1, None),
        (256 * 1024, None),
        (16 * 1024 * 1024, None),
        (16 * 1024 * 1024 + 1, Some(ConfigError::BodyLimit)),
        (usize::MAX, Some(ConfigError::BodyLimit)),
    ] {
        assert_eq!(refused(of_relay().body_limit(limit)), expected, "{limit}");
    }
}

#[test]
fn the_window_is_a_second_to_an_hour_and_the_leeway_at_most_five_minutes() {
    let window = Some(ConfigError::Window);
    for (max_age, expected) in [
        (Duration::ZERO, window),
        (SECOND - NANOSECOND, window),
        (SECOND, None),
        (HOUR, None),
        (HOUR + NANOSECOND, window),
        (Duration::MAX, window),
    ] {
        assert_eq!(refused(of_relay().max_age(max_age)), expected, "{max_age:?}");
    }
    for (leeway, expected) in [
        (Duration::ZERO, None),
        (300 * SECOND, None),
        (300 * SECOND + NANOSECOND, window),
        (Duration::MAX, window),
    ] {
        assert_eq!(refused(of_relay().leeway(leeway)), expected, "{leeway:?}");
    }
}

#[test]
fn a_lease_is_a_second_to_an_hour() {
    let lease = Some(ConfigError::Lease);
    for (duration, expected) in [
        (Duration::ZERO, lease),
        (SECOND - NANOSECOND, lease),
        (SECOND, None),
        (HOUR, None),
        (HOUR + NANOSECOND, lease),
        (Duration::MAX, lease),
    ] {
        assert_eq!(refused(of_relay().lease(duration)), expected, "{duration:?}");
    }
}

/// A store that remembers for so long, and is not asked for more.
#[derive(Debug)]
struct Forgetful(Option<Duration>);

impl ReplayStore for Forgetful {
    fn reserve(&self, _: MessageId, _: Lease, _: Duration) -> StoreFuture<'_, Reserved> {
        panic!("asked by the core");
    }

    fn commit(&self, _: MessageId, _: Lease) -> StoreFuture<'_, bool> {
        panic!("asked by the core");
    }

    fn release(&self, _: MessageId, _: Lease) -> StoreFuture<'_, ()> {
        panic!("asked by the core");
    }

    fn retention(&self) -> Option<Duration> {
        self.0
    }
}

#[test]
fn a_store_remembers_for_as_long_as_a_message_is_accepted() {
    let with = |retention| of(Broadcasters::only([BROADCASTER]), Forgetful(retention));
    let too_short = Some(ConfigError::Retention);
    // By default five minutes and one.
    for (retention, expected) in [
        (Duration::ZERO, too_short),
        (360 * SECOND - NANOSECOND, too_short),
        (360 * SECOND, None),
        (Duration::MAX, None),
    ] {
        assert_eq!(refused(with(Some(retention))), expected, "{retention:?}");
    }
    assert_eq!(refused(with(None)), None);
    let longest = |retention| with(Some(retention)).max_age(HOUR).leeway(300 * SECOND);
    assert_eq!(refused(longest(3900 * SECOND)), None);
    assert_eq!(refused(longest(3900 * SECOND - NANOSECOND)), too_short);
}

#[test]
fn the_core_asks_no_store() {
    let kick = of(Broadcasters::only([BROADCASTER]), Forgetful(None)).build().unwrap();
    assert!(verify(&kick, &followed()).is_ok());
    // So that it proves nothing about the second time.
    assert!(verify(&kick, &followed()).is_ok());
}

#[test]
fn ids_in_memory_are_remembered_for_ever_or_their_age_is() {
    for replays in [Replays::single_process(), MemoryReplays::new(0).into()] {
        let builder = of(Broadcasters::only([BROADCASTER]), replays);
        assert_eq!(refused(builder.max_age(HOUR).leeway(300 * SECOND)), None);
    }
    assert_eq!(MemoryReplays::new(7).retention(), None);
}

#[test]
fn of_two_faults_the_first_in_the_documented_order_is_told() {
    let nobody = || of(Broadcasters::only([]), Forgetful(Some(Duration::ZERO)));
    let none: [&str; 0] = [];
    let builder = nobody().drops(Campaigns::only(none)).body_limit(0).lease(Duration::ZERO);
    assert_eq!(refused(builder.max_age(Duration::ZERO)), Some(ConfigError::NoBroadcaster));
    let somebody = || of(Broadcasters::any(), Forgetful(Some(Duration::ZERO)));
    let builder = somebody().drops(Campaigns::only(none)).body_limit(0).lease(Duration::ZERO);
    assert_eq!(refused(builder.max_age(Duration::ZERO)), Some(ConfigError::NoCampaign));
    let builder = somebody().body_limit(0).lease(Duration::ZERO).max_age(Duration::ZERO);
    assert_eq!(refused(builder), Some(ConfigError::BodyLimit));
    let builder = somebody().lease(Duration::ZERO).max_age(Duration::ZERO);
    assert_eq!(refused(builder), Some(ConfigError::Window));
    assert_eq!(refused(somebody().lease(Duration::ZERO)), Some(ConfigError::Lease));
    assert_eq!(refused(somebody()), Some(ConfigError::Retention));
}
