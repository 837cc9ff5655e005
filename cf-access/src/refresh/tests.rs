use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn loaded(at: Instant) -> Refresh {
    let mut refresh = Refresh::new(at);
    assert_eq!(refresh.step(at), Step::Fetch);
    refresh.finish(at, Ok(()), 0);
    refresh
}

#[test]
fn fetches_at_once_then_waits_for_nine_to_eleven_tenths_of_an_hour() {
    let start = Instant::now();
    for (random, minutes) in [(0, 54), (u32::MAX, 66)] {
        let mut refresh = Refresh::new(start);
        assert_eq!(refresh.step(start), Step::Fetch);
        refresh.finish(start, Ok(()), random);
        let due = start + Duration::from_secs(minutes * 60);
        assert_eq!(refresh.step(start), Step::Wait(due));
        assert_eq!(refresh.step(due - SECOND), Step::Wait(due));
        assert_eq!(refresh.step(due), Step::Fetch);
    }
}

#[test]
fn waits_ever_longer_after_failures_and_starts_over_after_a_success() {
    let mut now = Instant::now();
    for (random, factor) in [(0, 4), (u32::MAX, 5)] {
        let mut refresh = Refresh::new(now);
        for seconds in [10, 20, 40, 60, 60, 60, 60, 60, 60, 60, 60, 60] {
            assert_eq!(refresh.step(now), Step::Fetch);
            refresh.finish(now, Err(FetchError::Timeout), random);
            let due = now + Duration::from_secs(seconds) / 4 * factor;
            assert_eq!(refresh.step(now), Step::Wait(due));
            now = due;
        }
        assert_eq!(refresh.step(now), Step::Fetch);
        refresh.finish(now, Ok(()), 0);
        now += Duration::from_secs(54 * 60);
        assert_eq!(refresh.step(now), Step::Fetch);
        refresh.finish(now, Err(FetchError::Timeout), 0);
        assert_eq!(refresh.step(now), Step::Wait(now + COOL_DOWN));
    }
}

#[test]
fn claims_the_cool_down_before_the_fetch_so_that_a_failure_counts() {
    let start = Instant::now();
    let mut refresh = loaded(start);
    let asked = start + COOL_DOWN;
    assert!(!refresh.ask(asked - Duration::from_nanos(1)));
    assert!(refresh.ask(asked));
    // Others join it, and it begins once.
    assert!(refresh.ask(asked));
    assert_eq!(refresh.step(asked), Step::Fetch);
    assert!(refresh.ask(asked + SECOND));
    refresh.finish(asked + SECOND * 5, Err(FetchError::Timeout), 0);
    assert!(!refresh.ask(asked + SECOND * 5));
    assert!(!refresh.ask(asked + COOL_DOWN - Duration::from_nanos(1)));
    assert!(refresh.ask(asked + COOL_DOWN));
}

#[test]
fn forgets_the_keys_once_they_are_24_hours_old() {
    let start = Instant::now();
    let mut refresh = loaded(start);
    let stale_at = start + MAX_STALE;
    let mut now = start;
    loop {
        match refresh.step(now) {
            Step::Fetch => refresh.finish(now, Err(FetchError::Redirect), 7),
            Step::Wait(until) => now = until,
            Step::Forget => break,
        }
        assert!(now <= stale_at);
        assert_eq!(refresh.age(now), Some(now - start));
    }
    assert_eq!((now, refresh.age(now)), (stale_at, None));
    // Once, and it goes on trying.
    assert!(matches!(refresh.step(now), Step::Wait(until) if until <= now + MAX_RETRY * 2));
    assert_eq!(refresh.generation(), 1);
}

#[test]
fn tells_how_it_is_doing() {
    let start = Instant::now();
    let mut refresh = Refresh::new(start);
    assert_eq!((refresh.generation(), refresh.age(start)), (0, None));
    refresh.step(start);
    assert_eq!(refresh.until_next(start + SECOND), Duration::ZERO);
    refresh.finish(start + SECOND, Err(FetchError::Status(500)), 0);
    assert_eq!(refresh.last_error().map(FetchError::code), Some("status"));
    assert_eq!(refresh.until_next(start + SECOND), COOL_DOWN);
    assert_eq!(refresh.until_next(start + SECOND * 4), SECOND * 7);
    refresh.step(start + SECOND * 11);
    refresh.finish(start + SECOND * 11, Ok(()), 0);
    assert!(refresh.last_error().is_none());
    assert_eq!(refresh.generation(), 1);
    assert_eq!(refresh.age(start + SECOND * 12), Some(SECOND));
}

#[derive(Clone, Debug)]
enum Event {
    Ask,
    Finish(bool, u32),
    Pass(u64),
    Step,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Ask),
        4 => Just(Event::Step),
        2 => (any::<bool>(), any::<u32>()).prop_map(|(ok, random)| Event::Finish(ok, random)),
        3 => (0_u64..20_000).prop_map(Event::Pass),
        1 => (0_u64..100_000_000).prop_map(Event::Pass),
    ]
}

proptest! {
    #[test]
    fn never_two_fetches_at_once_nor_within_the_cool_down(
        events in prop::collection::vec(event(), 1..200),
    ) {
        let start = Instant::now();
        let mut now = start;
        let mut refresh = Refresh::new(start);
        let mut began: Option<Instant> = None;
        let mut under_way = false;
        let mut read: Option<Instant> = None;
        for event in events {
            match event {
                Event::Pass(milliseconds) => now += Duration::from_millis(milliseconds),
                Event::Ask => {
                    refresh.ask(now);
                }
                Event::Finish(ok, random) if under_way => {
                    under_way = false;
                    if ok {
                        read = Some(now);
                    }
                    refresh.finish(now, if ok { Ok(()) } else { Err(FetchError::Timeout) }, random);
                }
                // The driver does nothing else while it fetches.
                Event::Step if !under_way => match refresh.step(now) {
                    Step::Fetch => {
                        // A claim is at most as old as the fetch that it leads to.
                        let claimed = refresh.claimed_at.unwrap();
                        prop_assert!(began.is_none_or(|began| claimed - began >= COOL_DOWN));
                        began = Some(claimed);
                        under_way = true;
                    }
                    Step::Forget => {
                        prop_assert!(read.is_some_and(|read| now - read >= MAX_STALE));
                        read = None;
                    }
                    Step::Wait(until) => {
                        prop_assert!(until > now);
                        prop_assert!(read.is_none_or(|read| now - read < MAX_STALE));
                        prop_assert!(refresh.until_next(now) <= Duration::from_secs(66 * 60));
                    }
                },
                Event::Finish(..) | Event::Step => {}
            }
            prop_assert_eq!(refresh.age(now), read.map(|read| now - read));
        }
    }
}
