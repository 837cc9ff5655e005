use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::MessageId;
use crate::replay::{Lease, ReplayStore, Reserved, StoreError, StoreFuture};

/// Ids in this process's memory: for one process, and until it ends.
///
/// It holds so many ids and no more. When it is full, the oldest that were handled are forgotten, by the
/// time that is in the ids themselves; and from then on an id as old as those is refused as
/// [`Forgotten`](Reserved::Forgotten), for it may be one of them. So no bound lets a message be handled
/// twice.
pub struct MemoryReplays(Mutex<Ids>);

impl MemoryReplays {
    /// Remembers this many ids; one at least. At 100,000 and ten messages a second, those of the last
    /// three hours.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Mutex::new(Ids { ids: BTreeMap::new(), capacity: capacity.max(1), forgotten: None }))
    }

    fn with<T>(&self, call: impl FnOnce(&mut Ids) -> T) -> T {
        // No call leaves anything half done, so a panic has not either.
        call(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ReplayStore for MemoryReplays {
    fn reserve(
        &self,
        id: MessageId,
        lease: Lease,
        duration: Duration,
    ) -> StoreFuture<'_, Reserved> {
        let reserved = self.with(|ids| ids.reserve(id, lease, now(), duration));
        Box::pin(ready(reserved.ok_or_else(|| StoreError::new(FULL))))
    }

    fn commit(&self, id: MessageId, lease: Lease) -> StoreFuture<'_, bool> {
        Box::pin(ready(Ok(self.with(|ids| ids.commit(id, lease, now())))))
    }

    fn release(&self, id: MessageId, lease: Lease) -> StoreFuture<'_, ()> {
        self.with(|ids| ids.release(id, lease));
        Box::pin(ready(Ok(())))
    }

    fn retention(&self) -> Option<Duration> {
        None
    }
}

impl fmt::Debug for MemoryReplays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (len, capacity) = self.with(|ids| (ids.ids.len(), ids.capacity));
        f.debug_struct("MemoryReplays").field("ids", &len).field("capacity", &capacity).finish()
    }
}

/// What is known of each id, and of those that are not here any more: all that were committed and
/// forgotten are at most `forgotten`.
struct Ids {
    ids: BTreeMap<MessageId, State>,
    capacity: usize,
    forgotten: Option<MessageId>,
}

#[derive(Clone, Copy)]
enum State {
    Committed,
    /// Neither handled nor being handled, though it is as old as what was forgotten.
    Free,
    Leased {
        lease: Lease,
        until: Option<Instant>,
    },
}

impl State {
    fn is_in_flight(&self, now: Instant) -> bool {
        matches!(self, Self::Leased { until, .. } if until.is_none_or(|until| now < until))
    }
}

impl Ids {
    /// `None` if there is no room.
    fn reserve(
        &mut self,
        id: MessageId,
        lease: Lease,
        now: Instant,
        duration: Duration,
    ) -> Option<Reserved> {
        match self.ids.get(&id) {
            Some(State::Committed) => return Some(Reserved::Committed),
            Some(state) if state.is_in_flight(now) => return Some(Reserved::InFlight),
            Some(_) => {}
            None if self.is_forgotten(id) => return Some(Reserved::Forgotten),
            None => self.make_room(now)?,
        }
        self.ids.insert(id, State::Leased { lease, until: now.checked_add(duration) });
        Some(Reserved::New)
    }

    fn commit(&mut self, id: MessageId, lease: Lease, now: Instant) -> bool {
        let is_free = match self.ids.get(&id) {
            Some(State::Committed) => false,
            Some(State::Leased { lease: held, .. }) if *held == lease => true,
            Some(state) => !state.is_in_flight(now),
            // The lease ran out, and the id was let go of for want of room.
            None => !self.is_forgotten(id) && self.make_room(now).is_some(),
        };
        if is_free {
            self.ids.insert(id, State::Committed);
        }
        is_free
    }

    fn release(&mut self, id: MessageId, lease: Lease) {
        match self.ids.get(&id) {
            Some(State::Leased { lease: held, .. }) if *held == lease => {}
            _ => return,
        }
        if self.is_forgotten(id) {
            self.ids.insert(id, State::Free);
        } else {
            self.ids.remove(&id);
        }
    }

    fn is_forgotten(&self, id: MessageId) -> bool {
        self.forgotten.is_some_and(|forgotten| id <= forgotten)
    }

    /// Lets go of the oldest that is not being handled, if there is one more than there is room for.
    fn make_room(&mut self, now: Instant) -> Option<()> {
        if self.ids.len() < self.capacity {
            return Some(());
        }
        let mut ids = self.ids.iter();
        let (oldest, state) = ids.find(|(_, state)| !state.is_in_flight(now))?;
        let (oldest, was_committed) = (*oldest, matches!(state, State::Committed));
        self.ids.remove(&oldest);
        if was_committed {
            self.forgotten = self.forgotten.max(Some(oldest));
        }
        Some(())
    }
}

/// Of this process alone, and never set. With Tokio it is its clock, which tests may pause.
fn now() -> Instant {
    #[cfg(feature = "tokio")]
    return tokio::time::Instant::now().into_std();
    #[cfg(not(feature = "tokio"))]
    return Instant::now();
}

const FULL: &str = "as many messages are being handled as there is room for";

#[cfg(test)]
mod tests;
