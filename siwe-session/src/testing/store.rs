use std::time::Duration;

use alloy_primitives::hex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::{BurnKey, Nonces};

/// Holds a store against what must be true of it: see [`NonceStore`](crate::NonceStore). It needs a
/// store that answers, and leaves some keys behind. It takes about two seconds.
///
/// # Panics
///
/// If something is not true of it, saying what.
pub async fn check_store(store: impl Into<Nonces>) {
    let store = Store(store.into());
    store.check_one_after_another().await;
    store.check_others().await;
    store.check_sessions().await;
    store.check_callers_at_once().await;
    store.check_how_long_it_is_kept().await;
}

/// A key that no other store has seen, for the tests of a store of your own: of a nonce that nobody
/// sealed.
#[must_use]
pub fn new_burn_key() -> BurnKey {
    BurnKey::of_nonce(digits())
}

#[derive(Clone)]
struct Store(Nonces);

impl Store {
    async fn check_one_after_another(&self) {
        let key = new_burn_key();
        assert!(self.put(key, LONG).await, "a new key is put");
        assert!(!self.put(key, LONG).await, "a key that is there is not put");
        assert!(!self.put(key, LONG).await, "nor is it when it is asked for again");
        // Who finds it there does not change how long it is kept.
        assert!(!self.put(key, SHORT).await, "nor for a shorter time");
        sleep(LONGER_THAN_SHORT).await;
        assert!(!self.put(key, LONG).await, "who finds a key there does not shorten its time");
    }

    async fn check_others(&self) {
        let [one, other] = [new_burn_key(), new_burn_key()];
        assert!(self.put(one, LONG).await, "a new key is put");
        assert!(self.put(other, LONG).await, "another key is put");
        assert!(!self.put(one, LONG).await, "the first is there beside the other");
        assert!(!self.put(other, LONG).await, "the other is there beside the first");
        // They differ in their last place alone: one letter is as good as another.
        let [one, other] = neighbours();
        assert!(self.put(one, LONG).await, "a new key is put");
        assert!(self.put(other, LONG).await, "a key that differs in its last place is put");
    }

    async fn check_sessions(&self) {
        let [one, other] = [new_session(), new_session()];
        assert!(!self.contains(one).await, "what nobody has put is not there");
        assert!(self.put(one, LONG).await, "a new key is put");
        assert!(self.contains(one).await, "what was put is there");
        assert!(self.contains(one).await, "it is there still when it is asked for again");
        assert!(!self.contains(other).await, "another is not there");
        assert!(!self.put(one, LONG).await, "nor is it put by asking");
        let nonce = new_burn_key();
        assert!(!self.contains(nonce).await, "what nobody has put is not there");
        assert!(self.put(nonce, LONG).await, "it is not put by asking for it");
        assert!(self.contains(nonce).await, "what was put is there");
    }

    async fn check_callers_at_once(&self) {
        for _ in 0..ROUNDS {
            let key = new_burn_key();
            let mut callers = JoinSet::new();
            for _ in 0..AT_ONCE {
                let store = self.clone();
                callers.spawn(async move { store.put(key, LONG).await });
            }
            let put = callers.join_all().await.into_iter().filter(|put| *put).count();
            assert_eq!(put, 1, "of {AT_ONCE} callers at once, one puts a key");
            assert!(!self.put(key, LONG).await, "what one of many has put is there");
        }
    }

    /// A store may keep it for longer, so only this is wrong: that it is gone before.
    async fn check_how_long_it_is_kept(&self) {
        let (key, before) = (new_burn_key(), Instant::now());
        assert!(self.put(key, WHILE).await, "a new key is put");
        while before.elapsed() < WHILE {
            let is_gone = self.put(key, WHILE).await;
            let passed = before.elapsed();
            assert!(!is_gone || passed >= WHILE, "a key was gone {passed:?} after it was put");
            sleep(SOON).await;
        }
    }

    async fn contains(&self, key: BurnKey) -> bool {
        self.0.store().contains(key).await.unwrap_or_else(|error| fail(&error))
    }

    async fn put(&self, key: BurnKey, keep_for: Duration) -> bool {
        self.0.store().put_if_absent(key, keep_for).await.unwrap_or_else(|error| fail(&error))
    }
}

/// The name of a session that nobody began.
#[expect(clippy::expect_used, reason = "for tests")]
fn new_session() -> BurnKey {
    let mut id = [0; 16];
    getrandom::fill(&mut id).expect("random numbers");
    BurnKey::of_session(&id)
}

/// Two keys that differ in their last place.
fn neighbours() -> [BurnKey; 2] {
    let [start @ .., _] = digits();
    [b'0', b'1'].map(|last| {
        let mut digits = [last; 54];
        digits.iter_mut().zip(start).for_each(|(digit, part)| *digit = part);
        BurnKey::of_nonce(digits)
    })
}

/// Random, as those of a nonce are.
#[expect(clippy::expect_used, reason = "for tests")]
fn digits() -> [u8; 54] {
    let (mut bytes, mut digits) = ([0; 27], [0; 54]);
    getrandom::fill(&mut bytes).expect("random numbers");
    hex::encode_to_slice(bytes, &mut digits).expect("room for twice the bytes");
    digits
}

#[expect(clippy::panic, reason = "for tests")]
fn fail(error: &dyn std::error::Error) -> ! {
    panic!("{error}: {:?}", error.source());
}

const ROUNDS: usize = 4;
const AT_ONCE: usize = 64;

const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(50);
const LONGER_THAN_SHORT: Duration = Duration::from_millis(200);
/// Not in whole seconds: who rounds it down keeps it too short.
const WHILE: Duration = Duration::from_millis(1500);
const SOON: Duration = Duration::from_millis(20);
