#![expect(clippy::arithmetic_side_effects, reason = "small numbers, in tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Ids, MemoryReplays, State};
use crate::MessageId;
use crate::replay::{Lease, ReplayStore, Reserved};

const MILLISECOND: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Sorts as its number does.
fn id(number: usize) -> MessageId {
    format!("{number:026}").parse().unwrap()
}

fn lease() -> Lease {
    Lease::new().unwrap()
}

fn ids(capacity: usize) -> Ids {
    Ids { ids: BTreeMap::new(), capacity, forgotten: None }
}

/// Reserves and commits.
fn handle(ids: &mut Ids, number: usize, now: Instant) {
    let lease = lease();
    assert_eq!(ids.reserve(id(number), lease, now, MINUTE), Some(Reserved::New), "{number}");
    assert!(ids.commit(id(number), lease, now), "{number}");
}

#[test]
fn a_lease_ends_at_its_moment_and_not_before() {
    let (now, first, second) = (Instant::now(), lease(), lease());
    let mut ids = ids(9);
    assert_eq!(ids.reserve(id(1), first, now, MINUTE), Some(Reserved::New));
    let last = now + MINUTE - Duration::from_nanos(1);
    assert_eq!(ids.reserve(id(1), second, last, MINUTE), Some(Reserved::InFlight));
    assert!(!ids.commit(id(1), second, last));
    assert_eq!(ids.reserve(id(1), second, now + MINUTE, MINUTE), Some(Reserved::New));
    assert!(!ids.commit(id(1), first, now + MINUTE), "it was taken over");
    ids.release(id(1), first);
    assert!(ids.commit(id(1), second, now + MINUTE));
}

#[test]
fn a_lease_without_end_has_none() {
    let (now, first, second) = (Instant::now(), lease(), lease());
    let mut ids = ids(9);
    assert_eq!(ids.reserve(id(1), first, now, Duration::MAX), Some(Reserved::New));
    let later = now + 1_000_000 * MINUTE;
    assert_eq!(ids.reserve(id(1), second, later, MINUTE), Some(Reserved::InFlight));
    assert!(ids.commit(id(1), first, later));
}

#[test]
fn one_who_holds_a_lease_does_not_get_it_again() {
    let (now, lease) = (Instant::now(), lease());
    let mut ids = ids(9);
    assert_eq!(ids.reserve(id(1), lease, now, MINUTE), Some(Reserved::New));
    assert_eq!(ids.reserve(id(1), lease, now, MINUTE), Some(Reserved::InFlight));
}

#[test]
fn when_it_is_full_the_oldest_that_were_handled_are_forgotten() {
    let now = Instant::now();
    let mut ids = ids(2);
    handle(&mut ids, 5, now);
    handle(&mut ids, 4, now);
    assert_eq!(ids.forgotten, None);
    // In the order of the ids, not in that in which they came.
    handle(&mut ids, 6, now);
    assert_eq!((ids.forgotten, ids.ids.len()), (Some(id(4)), 2));
    for (number, expected) in [
        (3, Reserved::Forgotten),
        (4, Reserved::Forgotten),
        (5, Reserved::Committed),
        (6, Reserved::Committed),
    ] {
        assert_eq!(ids.reserve(id(number), lease(), now, MINUTE), Some(expected), "{number}");
        assert!(!ids.commit(id(number), lease(), now), "{number}");
    }
    assert_eq!(ids.reserve(id(7), lease(), now, MINUTE), Some(Reserved::New));
    assert_eq!(ids.forgotten, Some(id(5)));
}

#[test]
fn what_is_being_handled_is_not_forgotten_however_old_it_is() {
    let (now, old) = (Instant::now(), lease());
    let mut ids = ids(2);
    assert_eq!(ids.reserve(id(1), old, now, MINUTE), Some(Reserved::New));
    handle(&mut ids, 5, now);
    handle(&mut ids, 6, now);
    assert_eq!(ids.forgotten, Some(id(5)));
    assert_eq!(ids.reserve(id(1), lease(), now, MINUTE), Some(Reserved::InFlight));
    assert!(ids.commit(id(1), old, now));
    // It is the next to go, and what is forgotten already stays so.
    handle(&mut ids, 7, now);
    assert_eq!(ids.forgotten, Some(id(5)));
    assert_eq!(ids.reserve(id(1), lease(), now, MINUTE), Some(Reserved::Forgotten));
}

#[test]
fn when_all_are_being_handled_there_is_no_room() {
    let now = Instant::now();
    let mut ids = ids(2);
    assert_eq!(ids.reserve(id(1), lease(), now, MINUTE), Some(Reserved::New));
    assert_eq!(ids.reserve(id(2), lease(), now, 2 * MINUTE), Some(Reserved::New));
    assert_eq!(ids.reserve(id(3), lease(), now, MINUTE), None);
    assert!(!ids.commit(id(3), lease(), now), "nor for a commit");
    assert_eq!(ids.ids.len(), 2);
    // A lease that ran out makes room, and nothing is forgotten by that.
    assert_eq!(ids.reserve(id(3), lease(), now + MINUTE, MINUTE), Some(Reserved::New));
    assert_eq!((ids.forgotten, ids.ids.len()), (None, 2));
}

#[test]
fn who_was_let_go_of_commits_late_if_there_is_room() {
    let (now, late) = (Instant::now(), lease());
    let mut ids = ids(1);
    assert_eq!(ids.reserve(id(5), late, now, MILLISECOND), Some(Reserved::New));
    let now = now + MINUTE;
    let other = lease();
    assert_eq!(ids.reserve(id(6), other, now, MINUTE), Some(Reserved::New));
    assert!(!ids.commit(id(5), late, now), "there is no room");
    ids.release(id(6), other);
    assert!(ids.commit(id(5), late, now));
    assert!(!ids.commit(id(5), late, now), "and that once");
    handle(&mut ids, 7, now);
    assert!(!ids.commit(id(5), late, now), "it is forgotten");
}

#[test]
fn what_is_released_is_free_even_if_it_is_as_old_as_what_is_forgotten() {
    let (now, old) = (Instant::now(), lease());
    let mut ids = ids(2);
    assert_eq!(ids.reserve(id(1), old, now, MINUTE), Some(Reserved::New));
    handle(&mut ids, 5, now);
    handle(&mut ids, 6, now);
    ids.release(id(1), lease());
    assert_eq!(ids.reserve(id(1), lease(), now, MINUTE), Some(Reserved::InFlight));
    ids.release(id(1), old);
    assert!(matches!(ids.ids.get(&id(1)), Some(State::Free)));
    assert_eq!(ids.reserve(id(1), old, now, MINUTE), Some(Reserved::New));
    ids.release(id(1), old);
    assert!(ids.commit(id(1), lease(), now), "who comes late, and alone, commits");
    // What is newer leaves nothing behind.
    let new = lease();
    assert_eq!(ids.reserve(id(9), new, now, MINUTE), Some(Reserved::New));
    ids.release(id(9), new);
    assert!(!ids.ids.contains_key(&id(9)));
}

#[test]
fn what_is_free_goes_first_for_want_of_room_and_is_then_forgotten() {
    let (now, old) = (Instant::now(), lease());
    let mut ids = ids(2);
    assert_eq!(ids.reserve(id(1), old, now, MINUTE), Some(Reserved::New));
    handle(&mut ids, 5, now);
    handle(&mut ids, 6, now);
    ids.release(id(1), old);
    handle(&mut ids, 7, now);
    assert_eq!(ids.forgotten, Some(id(5)), "6 is known still");
    assert_eq!(ids.reserve(id(6), lease(), now, MINUTE), Some(Reserved::Committed));
    assert_eq!(ids.reserve(id(1), lease(), now, MINUTE), Some(Reserved::Forgotten));
}

#[test]
fn a_release_gives_back_what_is_held_and_nothing_else() {
    let (now, holder) = (Instant::now(), lease());
    let mut ids = ids(9);
    ids.release(id(1), holder);
    assert!(ids.ids.is_empty());
    handle(&mut ids, 1, now);
    ids.release(id(1), holder);
    assert_eq!(ids.reserve(id(1), holder, now, MINUTE), Some(Reserved::Committed));
}

#[tokio::test]
async fn it_has_room_for_one_at_least_and_says_when_it_is_full() {
    let store = MemoryReplays::new(0);
    let (holder, other) = (lease(), lease());
    assert_eq!(store.reserve(id(1), holder, MINUTE).await.unwrap(), Reserved::New);
    let full = store.reserve(id(2), other, MINUTE).await.unwrap_err();
    let source = std::error::Error::source(&full).unwrap().to_string();
    assert_eq!(source, "as many messages are being handled as there is room for");
    assert_eq!(format!("{store:?}"), "MemoryReplays { ids: 1, capacity: 1 }");
    assert!(store.commit(id(1), holder).await.unwrap());
    assert_eq!(store.reserve(id(2), other, MINUTE).await.unwrap(), Reserved::New);
    store.release(id(2), other).await.unwrap();
    assert_eq!(store.reserve(id(2), holder, MINUTE).await.unwrap(), Reserved::New);
    assert_eq!(store.reserve(id(1), other, MINUTE).await.unwrap(), Reserved::Forgotten);
}

/// What may come, of few ids and few leases.
#[derive(Clone, Copy, Debug)]
enum Step {
    Commit(usize, usize),
    Release(usize, usize),
    Reserve(usize, usize, u64),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (id, lease) = (0..IDS, 0..LEASES);
    let step = prop_oneof![
        3 => (id.clone(), lease.clone(), 1..50_u64)
            .prop_map(|(id, lease, milliseconds)| Step::Reserve(id, lease, milliseconds)),
        2 => (id.clone(), lease.clone()).prop_map(|(id, lease)| Step::Commit(id, lease)),
        1 => (id, lease).prop_map(|(id, lease)| Step::Release(id, lease)),
        1 => (0..40_u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..120)
}

const IDS: usize = 7;
const LEASES: usize = 4;

/// What has happened, without any bound.
#[derive(Default)]
struct History {
    committed: BTreeSet<usize>,
    leased: BTreeMap<usize, (usize, Instant)>,
}

impl History {
    fn holder(&self, id: usize) -> Option<usize> {
        self.leased.get(&id).map(|(lease, _)| *lease)
    }

    fn live(&self, id: usize, now: Instant) -> bool {
        self.leased.get(&id).is_some_and(|(_, until)| now < *until)
    }

    /// What would be said without a bound.
    fn reserved(&self, id: usize, now: Instant) -> Reserved {
        if self.committed.contains(&id) {
            Reserved::Committed
        } else if self.live(id, now) {
            Reserved::InFlight
        } else {
            Reserved::New
        }
    }

    fn commits(&self, id: usize, lease: usize, now: Instant) -> bool {
        let is_anothers = self.live(id, now) && self.holder(id) != Some(lease);
        !self.committed.contains(&id) && !is_anothers
    }

    fn commit(&mut self, id: usize) {
        self.committed.insert(id);
        self.leased.remove(&id);
    }

    fn release(&mut self, id: usize, lease: usize) {
        if self.holder(id) == Some(lease) {
            self.leased.remove(&id);
        }
    }
}

/// Runs the steps, and holds each answer against all that has happened before.
fn run(capacity: usize, steps: &[Step]) -> Result<(), TestCaseError> {
    let leases = [(); LEASES].map(|()| lease());
    let mut ids = ids(capacity);
    let (mut history, mut now) = (History::default(), Instant::now());
    for step in steps {
        match *step {
            Step::Wait(milliseconds) => now += Duration::from_millis(milliseconds),
            Step::Reserve(number, lease, milliseconds) => {
                let duration = Duration::from_millis(milliseconds);
                let watermark = ids.forgotten;
                let said = ids.reserve(id(number), leases[lease], now, duration);
                match (said, history.reserved(number, now)) {
                    (Some(said), without_bound) if said == without_bound => {}
                    // For want of room: what is not being handled may be forgotten.
                    (Some(Reserved::Forgotten), Reserved::Committed | Reserved::New) => {
                        prop_assert!(Some(id(number)) <= watermark);
                    }
                    (None, Reserved::New) => {
                        let live = (0..IDS).filter(|id| history.live(*id, now)).count();
                        prop_assert_eq!(live, capacity, "there was room");
                    }
                    other => prop_assert!(false, "{:?}", other),
                }
                if said == Some(Reserved::New) {
                    history.leased.insert(number, (lease, now + duration));
                }
            }
            Step::Commit(number, lease) => {
                let is_held = history.live(number, now) && history.holder(number) == Some(lease);
                let committed = ids.commit(id(number), leases[lease], now);
                prop_assert!(!committed || history.commits(number, lease, now), "twice");
                prop_assert!(committed || !is_held, "who holds it commits");
                if committed {
                    history.commit(number);
                }
            }
            Step::Release(number, lease) => {
                let is_held = history.live(number, now) && history.holder(number) == Some(lease);
                ids.release(id(number), leases[lease]);
                history.release(number, lease);
                if is_held {
                    let again = ids.reserve(id(number), leases[lease], now, MILLISECOND);
                    prop_assert_eq!(again, Some(Reserved::New), "it was given back");
                    history.leased.insert(number, (lease, now + MILLISECOND));
                }
            }
        }
        prop_assert!(ids.ids.len() <= capacity);
        // All that were committed are known, or older than what is forgotten.
        for number in &history.committed {
            let is_known = matches!(ids.ids.get(&id(*number)), Some(State::Committed));
            prop_assert!(is_known || Some(id(*number)) <= ids.forgotten);
        }
        if capacity >= IDS {
            prop_assert_eq!(ids.forgotten, None, "there was room for all");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_interleaving_commits_an_id_twice_and_no_bound_lets_it(
        capacity in 1..=IDS,
        steps in steps(),
    ) {
        run(capacity, &steps)?;
    }
}
