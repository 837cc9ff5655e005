#![expect(clippy::arithmetic_side_effects, reason = "small numbers, in tests")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tokio::task::JoinSet;
use tokio::time::advance;

use super::{FORGOTTEN_AT_ONCE, Keys, MemoryNonces};
use crate::{BurnKey, NonceStore};

const MILLISECOND: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

fn key(number: usize) -> BurnKey {
    BurnKey::of_nonce(format!("{number:054x}").into_bytes().try_into().unwrap())
}

#[test]
fn a_key_is_kept_to_its_moment_and_not_longer() {
    let (now, mut keys) = (Instant::now(), Keys::new(9));
    assert_eq!(keys.put_if_absent(key(1), now, MINUTE), Some(true));
    assert_eq!(keys.put_if_absent(key(1), now, MINUTE), Some(false));
    let last = now + MINUTE - Duration::from_nanos(1);
    assert_eq!(keys.put_if_absent(key(1), last, MINUTE), Some(false));
    assert_eq!(keys.put_if_absent(key(1), now + MINUTE, MINUTE), Some(true));
    assert_eq!(keys.put_if_absent(key(1), now + MINUTE, MINUTE), Some(false));
}

#[test]
fn who_finds_a_key_there_does_not_change_how_long_it_is_kept() {
    let (now, mut keys) = (Instant::now(), Keys::new(9));
    assert_eq!(keys.put_if_absent(key(1), now, MINUTE), Some(true));
    for keep_for in [Duration::ZERO, MILLISECOND, 9 * MINUTE, Duration::MAX] {
        assert_eq!(keys.put_if_absent(key(1), now, keep_for), Some(false));
    }
    assert_eq!(keys.put_if_absent(key(1), now + MINUTE - MILLISECOND, MINUTE), Some(false));
    assert_eq!(keys.put_if_absent(key(1), now + MINUTE, MINUTE), Some(true));
}

#[test]
fn a_key_that_is_put_again_is_kept_for_its_second_time() {
    let (now, mut keys) = (Instant::now(), Keys::new(9));
    // Those before it are more than one call forgets.
    for number in 0..=FORGOTTEN_AT_ONCE {
        assert_eq!(keys.put_if_absent(key(number), now, MILLISECOND), Some(true));
    }
    let (last, later) = (key(FORGOTTEN_AT_ONCE), now + MILLISECOND);
    assert_eq!(keys.put_if_absent(last, later, MINUTE), Some(true));
    // Its first end, which has passed, is not held against it.
    for _ in 0..9 {
        assert_eq!(keys.put_if_absent(last, later + MILLISECOND, MINUTE), Some(false));
    }
    assert_eq!((keys.until.len(), keys.ends.len()), (1, 1));
}

#[test]
fn a_key_without_an_end_is_kept_for_good() {
    let (now, mut keys) = (Instant::now(), Keys::new(1));
    assert_eq!(keys.put_if_absent(key(1), now, Duration::MAX), Some(true));
    let later = now + 1_000_000 * MINUTE;
    assert_eq!(keys.put_if_absent(key(1), later, MINUTE), Some(false));
    assert_eq!(keys.put_if_absent(key(2), later, MINUTE), None);
}

#[test]
fn when_it_is_full_a_new_key_is_refused_and_none_is_evicted() {
    let (now, mut keys) = (Instant::now(), Keys::new(2));
    assert_eq!(keys.put_if_absent(key(1), now, MINUTE), Some(true));
    assert_eq!(keys.put_if_absent(key(2), now, 2 * MINUTE), Some(true));
    let last = now + MINUTE - Duration::from_nanos(1);
    for number in 3..99 {
        assert_eq!(keys.put_if_absent(key(number), last, MINUTE), None);
    }
    for number in [1, 2] {
        assert_eq!(keys.put_if_absent(key(number), last, MINUTE), Some(false), "{number}");
    }
    // One that has ended makes room for one.
    assert_eq!(keys.put_if_absent(key(3), now + MINUTE, MINUTE), Some(true));
    assert_eq!(keys.put_if_absent(key(4), now + MINUTE, MINUTE), None);
    assert_eq!(keys.put_if_absent(key(2), now + MINUTE, MINUTE), Some(false));
}

#[test]
fn those_that_ended_go_a_few_at_a_time_and_all_of_them() {
    const MANY: usize = 10_000;
    let (now, mut keys) = (Instant::now(), Keys::new(MANY));
    for number in 0..MANY {
        assert_eq!(keys.put_if_absent(key(number), now, MINUTE), Some(true), "{number}");
    }
    for number in MANY..2 * MANY {
        let len = keys.until.len();
        assert_eq!(keys.put_if_absent(key(number), now + MINUTE, MINUTE), Some(true), "{number}");
        assert!(keys.until.len() + FORGOTTEN_AT_ONCE > len, "one call has taken long");
    }
    // Only the new ones are left.
    assert_eq!((keys.until.len(), keys.ends.len()), (MANY, MANY));
    assert_eq!(keys.put_if_absent(key(0), now + MINUTE, MINUTE), None);
}

#[tokio::test]
async fn it_has_room_for_one_at_least_and_says_when_it_is_full() {
    let store = MemoryNonces::new(0);
    assert!(store.put_if_absent(key(1), MINUTE).await.unwrap());
    let full = store.put_if_absent(key(2), MINUTE).await.unwrap_err();
    let source = std::error::Error::source(&full).unwrap().to_string();
    assert_eq!(source, "as many nonces are kept as there is room for");
    assert!(!store.put_if_absent(key(1), MINUTE).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn its_clock_is_the_one_that_tests_pause() {
    let store = MemoryNonces::new(1);
    assert!(store.put_if_absent(key(1), MINUTE).await.unwrap());
    advance(MINUTE - MILLISECOND).await;
    assert!(!store.put_if_absent(key(1), MINUTE).await.unwrap());
    assert!(store.put_if_absent(key(2), MINUTE).await.is_err());
    advance(MILLISECOND).await;
    assert!(store.put_if_absent(key(2), MINUTE).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_threads_at_once_one_puts_a_key() {
    let store = Arc::new(MemoryNonces::new(100));
    for number in 0..100 {
        let mut callers = JoinSet::new();
        for _ in 0..8 {
            let store = Arc::clone(&store);
            callers.spawn(async move { store.put_if_absent(key(number), MINUTE).await.unwrap() });
        }
        let put = callers.join_all().await.into_iter().filter(|put| *put).count();
        assert_eq!(put, 1, "{number}");
    }
}

#[tokio::test]
async fn it_shows_how_full_it_is_and_no_nonce() {
    let store = MemoryNonces::new(9);
    assert!(store.put_if_absent(key(1), MINUTE).await.unwrap());
    let shown = "MemoryNonces { nonces: 1, sessions: 0, capacity: 9 }";
    assert_eq!(format!("{store:?}"), shown);
}

#[tokio::test]
async fn sessions_have_room_of_their_own() {
    let store = MemoryNonces::new(1);
    let session = BurnKey::of_session(&[7; 16]);
    assert!(store.put_if_absent(key(1), MINUTE).await.unwrap());
    store.put_if_absent(key(2), MINUTE).await.unwrap_err();
    assert!(store.put_if_absent(session, MINUTE).await.unwrap());
    assert!(store.contains(session).await.unwrap());
    assert!(!store.contains(BurnKey::of_session(&[8; 16])).await.unwrap());
    store.put_if_absent(BurnKey::of_session(&[8; 16]), MINUTE).await.unwrap_err();
    let shown = "MemoryNonces { nonces: 1, sessions: 1, capacity: 1 }";
    assert_eq!(format!("{store:?}"), shown);
}

/// What may come, of few keys.
#[derive(Clone, Copy, Debug)]
enum Step {
    Put(usize, Duration),
    Wait(Duration),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let keep_for = prop_oneof![
        9 => (0..50_u64).prop_map(Duration::from_millis),
        1 => Just(Duration::MAX),
    ];
    let step = prop_oneof![
        3 => (0..KEYS, keep_for).prop_map(|(number, keep_for)| Step::Put(number, keep_for)),
        1 => (0..40_u64).prop_map(|time| Step::Wait(Duration::from_millis(time))),
    ];
    prop::collection::vec(step, 0..120)
}

const KEYS: usize = 9;

/// Runs the steps, and holds each answer against all that has happened before.
fn run(capacity: usize, steps: &[Step]) -> Result<(), TestCaseError> {
    let (mut keys, mut now) = (Keys::new(capacity), Instant::now());
    // Until when each was to be kept that was said to be put, or for good.
    let mut kept = BTreeMap::<usize, Option<Instant>>::new();
    let is_kept = |end: &Option<Instant>, now| end.is_none_or(|end| now < end);
    for step in steps {
        match *step {
            Step::Wait(time) => now += time,
            Step::Put(number, keep_for) => {
                let live = kept.values().filter(|end| is_kept(end, now)).count();
                let was_there = kept.get(&number).is_some_and(|end| is_kept(end, now));
                let expected = match () {
                    () if was_there => Some(false),
                    () if live == capacity => None,
                    () => Some(true),
                };
                prop_assert_eq!(keys.put_if_absent(key(number), now, keep_for), expected);
                if expected == Some(true) {
                    kept.insert(number, now.checked_add(keep_for));
                }
            }
        }
        prop_assert!(keys.until.len() <= capacity);
        let ends = keys.until.iter().filter_map(|(key, end)| Some(((*end)?, *key))).collect();
        prop_assert_eq!(&keys.ends, &ends);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_key_is_put_once_while_it_is_kept_whatever_comes_in_between_and_none_is_evicted(
        capacity in 1..=KEYS,
        steps in steps(),
    ) {
        run(capacity, &steps)?;
    }
}
