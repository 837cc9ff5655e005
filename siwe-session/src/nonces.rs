use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use crate::{BurnKey, MemoryNonces, NonceStore, StoreError, StoreFuture};

/// A store, whichever it is, that is given 250 milliseconds for each answer. Cloning shares one value.
#[derive(Clone)]
pub struct Nonces(Arc<Shared>);

struct Shared {
    store: Box<dyn NonceStore>,
    is_failing: AtomicBool,
}

impl<S: NonceStore> From<S> for Nonces {
    fn from(store: S) -> Self {
        let is_failing = AtomicBool::new(false);
        Self(Arc::new(Shared { store: Box::new(store), is_failing }))
    }
}

impl Nonces {
    /// In this process's memory: for one process, and until it ends. It holds 100,000 nonces, and as many
    /// sessions; see [`MemoryNonces`].
    #[must_use]
    pub fn single_process() -> Self {
        MemoryNonces::new(DEFAULT_CAPACITY).into()
    }

    pub(crate) async fn put_if_absent(
        &self,
        key: BurnKey,
        keep_for: Duration,
    ) -> Result<bool, StoreError> {
        self.answer(self.0.store.put_if_absent(key, keep_for)).await
    }

    #[cfg(feature = "tower")]
    pub(crate) async fn contains(&self, key: BurnKey) -> Result<bool, StoreError> {
        self.answer(self.0.store.contains(key)).await
    }

    /// As it is, however long it takes.
    #[cfg(feature = "testing")]
    pub(crate) fn store(&self) -> &dyn NonceStore {
        &*self.0.store
    }

    /// Whether the last call failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.0.is_failing.load(Ordering::Relaxed)
    }

    async fn answer(&self, answer: StoreFuture<'_, bool>) -> Result<bool, StoreError> {
        let answer = match timeout(DEADLINE, answer).await {
            Ok(answer) => answer,
            Err(elapsed) => Err(StoreError::new(elapsed)),
        };
        self.report(answer.as_ref().err());
        answer
    }

    /// A change is logged, once.
    fn report(&self, failure: Option<&StoreError>) {
        let is_failing = failure.is_some();
        // Read first: that costs nothing while it is so.
        let changes = self.is_failing() != is_failing
            && self.0.is_failing.swap(is_failing, Ordering::Relaxed) != is_failing;
        #[cfg(feature = "tracing")]
        match failure {
            Some(error) if changes => tracing::warn!(
                error = error as &dyn std::error::Error,
                "nobody is signed in: {error}"
            ),
            None if changes => tracing::warn!("the store of nonces is back"),
            _ => {}
        }
        #[cfg(not(feature = "tracing"))]
        let _ = changes;
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Nonces").field(&self.0.store).finish()
    }
}

const DEFAULT_CAPACITY: usize = 100_000;
const DEADLINE: Duration = Duration::from_millis(250);
