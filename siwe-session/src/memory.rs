use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::ready;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::{BurnKey, NonceStore, StoreError, StoreFuture};

/// Burned nonces, and sessions that were ended, in this process's memory: for one process, and until it
/// ends.
///
/// It holds so many of each and no more, each until its time has passed. When it is full it fails, and so does a
/// sign-in, until the first of them may go: none goes before, for it could serve once more.
///
/// Another process knows nothing of them, nor does this one after a restart. With more than one, or
/// where a nonce must not serve again within its few minutes whatever happens, use another store.
pub struct MemoryNonces {
    nonces: Mutex<Keys>,
    // With room of their own: who burns nonces does not keep others from signing out.
    sessions: Mutex<Keys>,
}

impl MemoryNonces {
    /// Holds this many; one at least. At 100,000, and kept for twelve minutes each, as they are by
    /// default, those of 138 attempts a second: one burns its nonce whether it succeeds or not.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let keys = || Mutex::new(Keys::new(capacity));
        Self { nonces: keys(), sessions: keys() }
    }

    fn with<T>(&self, key: BurnKey, call: impl FnOnce(&mut Keys) -> T) -> T {
        with(if key.is_session() { &self.sessions } else { &self.nonces }, call)
    }
}

impl NonceStore for MemoryNonces {
    fn put_if_absent(&self, key: BurnKey, keep_for: Duration) -> StoreFuture<'_, bool> {
        let put = self.with(key, |keys| keys.put_if_absent(key, now(), keep_for));
        Box::pin(ready(put.ok_or_else(|| StoreError::new(FULL))))
    }

    fn contains(&self, key: BurnKey) -> StoreFuture<'_, bool> {
        Box::pin(ready(Ok(self.with(key, |keys| keys.until.contains_key(&key)))))
    }
}

impl fmt::Debug for MemoryNonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (nonces, capacity) = with(&self.nonces, |keys| (keys.until.len(), keys.capacity));
        f.debug_struct("MemoryNonces")
            .field("nonces", &nonces)
            .field("sessions", &with(&self.sessions, |keys| keys.until.len()))
            .field("capacity", &capacity)
            .finish()
    }
}

fn with<T>(keys: &Mutex<Keys>, call: impl FnOnce(&mut Keys) -> T) -> T {
    // No call leaves anything half done, so a panic has not either.
    call(&mut keys.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Until when each key is kept, and the same by these times. One without an end is not among the ends.
struct Keys {
    until: BTreeMap<BurnKey, Option<Instant>>,
    ends: BTreeSet<(Instant, BurnKey)>,
    capacity: usize,
}

impl Keys {
    fn new(capacity: usize) -> Self {
        Self { until: BTreeMap::new(), ends: BTreeSet::new(), capacity: capacity.max(1) }
    }

    /// `None` if there is no room.
    fn put_if_absent(&mut self, key: BurnKey, now: Instant, keep_for: Duration) -> Option<bool> {
        self.forget_ended(now);
        match self.until.get(&key) {
            Some(&Some(end)) if end <= now => self.forget(end, key),
            Some(_) => return Some(false),
            // If any had ended, there would be room.
            None if self.until.len() >= self.capacity => return None,
            None => {}
        }
        let end = now.checked_add(keep_for);
        self.until.insert(key, end);
        self.ends.extend(end.map(|end| (end, key)));
        Some(true)
    }

    /// A few at each call: more than a call can add, so they go, and no call takes long.
    fn forget_ended(&mut self, now: Instant) {
        for _ in 0..FORGOTTEN_AT_ONCE {
            match self.ends.first() {
                Some(&(end, key)) if end <= now => self.forget(end, key),
                _ => return,
            }
        }
    }

    fn forget(&mut self, end: Instant, key: BurnKey) {
        self.ends.remove(&(end, key));
        self.until.remove(&key);
    }
}

/// Of this process alone, and never set. With Tokio it is its clock, which tests may pause.
fn now() -> Instant {
    #[cfg(feature = "tokio")]
    return tokio::time::Instant::now().into_std();
    #[cfg(not(feature = "tokio"))]
    return Instant::now();
}

const FORGOTTEN_AT_ONCE: usize = 2;

const FULL: &str = "as many nonces are kept as there is room for";

#[cfg(test)]
mod tests;
