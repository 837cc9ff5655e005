use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::message::new_id;
use crate::replay::{Lease, Replays, Reserved};
use crate::{MessageId, ReplayStore};

/// Holds a store against what must be true of it: see [`ReplayStore`]. It needs a store that answers, and
/// leaves some committed ids behind.
///
/// # Panics
///
/// If something is not true of it, saying what.
pub async fn check_store(store: impl Into<Replays>) {
    let store = Store(Arc::new(store.into()));
    store.check_life().await;
    store.check_leases_that_run_out().await;
    store.check_others().await;
    store.check_callers_at_once().await;
}

#[derive(Clone)]
struct Store(Arc<Replays>);

impl Store {
    async fn check_life(&self) {
        let (id, first, second) = (new_id(), lease(), lease());
        self.must_reserve(id, first, LONG, Reserved::New, "a new id").await;
        self.must_reserve(id, second, LONG, Reserved::InFlight, "an id that is reserved").await;
        self.release(id, first).await;
        self.must_reserve(id, second, LONG, Reserved::New, "an id that was released").await;
        assert!(self.commit(id, second).await, "the lease commits");
        self.must_reserve(id, first, LONG, Reserved::Committed, "an id that is committed").await;
        assert!(!self.commit(id, second).await, "an id is committed once");
        self.release(id, second).await;
        self.must_reserve(id, first, LONG, Reserved::Committed, "a commit is not released").await;
    }

    async fn check_leases_that_run_out(&self) {
        let (id, first, second) = (new_id(), lease(), lease());
        self.must_reserve(id, first, SHORT, Reserved::New, "a new id").await;
        sleep(LONGER_THAN_SHORT).await;
        self.must_reserve(id, second, LONG, Reserved::New, "a lease that ran out").await;
        assert!(
            !self.commit(id, first).await,
            "a lease that another has taken over does not commit"
        );
        self.release(id, first).await;
        self.must_reserve(id, first, LONG, Reserved::InFlight, "only who holds it releases").await;
        assert!(self.commit(id, second).await, "who took over commits");
        assert!(!self.commit(id, first).await, "nor after that");

        let (id, late) = (new_id(), lease());
        self.must_reserve(id, late, SHORT, Reserved::New, "a new id").await;
        sleep(LONGER_THAN_SHORT).await;
        assert!(self.commit(id, late).await, "who is late, and alone, commits");
        self.must_reserve(id, first, LONG, Reserved::Committed, "an id committed late").await;
    }

    async fn check_others(&self) {
        let (one, other, lease) = (new_id(), new_id(), lease());
        self.must_reserve(one, lease, LONG, Reserved::New, "a new id").await;
        self.must_reserve(other, lease, LONG, Reserved::New, "another id").await;
        assert!(self.commit(one, lease).await, "one of two commits");
        self.release(other, lease).await;
        self.must_reserve(other, lease, LONG, Reserved::New, "the other is free").await;
        assert!(self.commit(other, lease).await, "the other commits");
    }

    async fn check_callers_at_once(&self) {
        let id = new_id();
        let mut callers = JoinSet::new();
        for _ in 0..64 {
            let store = self.clone();
            callers.spawn(async move {
                let lease = lease();
                match store.reserve(id, lease, LONG).await {
                    Reserved::New => usize::from(store.commit(id, lease).await),
                    _ => 0,
                }
            });
        }
        let committed: usize = callers.join_all().await.into_iter().sum();
        assert_eq!(committed, 1, "of 64 callers at once, one reserves and commits");
    }

    async fn must_reserve(
        &self,
        id: MessageId,
        lease: Lease,
        duration: Duration,
        expected: Reserved,
        what: &str,
    ) {
        assert_eq!(self.reserve(id, lease, duration).await, expected, "{what}");
    }

    async fn reserve(&self, id: MessageId, lease: Lease, duration: Duration) -> Reserved {
        self.store().reserve(id, lease, duration).await.unwrap_or_else(|error| fail(&error))
    }

    async fn commit(&self, id: MessageId, lease: Lease) -> bool {
        self.store().commit(id, lease).await.unwrap_or_else(|error| fail(&error))
    }

    async fn release(&self, id: MessageId, lease: Lease) {
        self.store().release(id, lease).await.unwrap_or_else(|error| fail(&error));
    }

    fn store(&self) -> &dyn ReplayStore {
        self.0.store()
    }
}

#[expect(clippy::panic, reason = "for tests")]
fn fail(error: &dyn std::error::Error) -> ! {
    panic!("{error}: {:?}", error.source());
}

#[expect(clippy::expect_used, reason = "for tests")]
fn lease() -> Lease {
    Lease::new().expect("random bytes")
}

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);
const LONGER_THAN_SHORT: Duration = Duration::from_millis(200);
