//! Keys that are read again, by a task on the caller's runtime.

use std::future::{Future, pending};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};

use crate::refresh::{Refresh, Step};
use crate::{ConfigError, FetchError, KeySet, KeyStatus, TeamDomain, TeamKeys};

/// Where the keys of a team are read: its published address, or what stands in for it.
///
/// `fetch` and `reqwest` read Cloudflare's. Implement this for another transport, such as a cache
/// that many services share; when to read, and what to do if that fails, stays with [`TeamKeys`].
pub trait KeySource: Send + Sync + 'static {
    /// Reads the keys as they are published now. Given up, and dropped, after 5 seconds.
    fn fetch(&self) -> impl Future<Output = Result<KeySet, FetchError>> + Send;
}

impl TeamKeys {
    /// Keys that are read from this source, now and again. Returns at once: [`ready`](Self::ready)
    /// waits for the first ones.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoRuntime`] outside of a Tokio runtime.
    pub fn from_source(team: TeamDomain, source: impl KeySource) -> Result<Self, ConfigError> {
        let runtime = Handle::try_current().map_err(|_| ConfigError::NoRuntime)?;
        let current = Arc::new(ArcSwapOption::empty());
        let shared = Arc::new(Shared {
            refresh: Mutex::new(Refresh::new(Instant::now())),
            asked: Notify::new(),
            fetches: watch::Sender::new(0),
        });
        let driver = Driver {
            source: Arc::new(source),
            current: Arc::clone(&current),
            shared: Arc::clone(&shared),
        };
        let task = runtime.spawn(driver.run()).abort_handle();
        Ok(Self::refreshed(team, current, Refresher { shared, task }))
    }

    /// Waits until the first keys are loaded, however long that takes. Bound it with a timeout, after
    /// which [`status`](Self::status) tells what failed; or start without waiting, and report
    /// [`is_ready`](KeyStatus::is_ready) to whoever sends the requests.
    pub async fn ready(&self) {
        let Some(refresher) = self.refresher() else { return };
        let mut fetches = refresher.shared.fetches.subscribe();
        while !self.status().is_ready() {
            if fetches.changed().await.is_err() {
                // The runtime is shutting down: nothing will become ready.
                pending::<()>().await;
            }
        }
    }
}

/// The handle's side: asks, and ends the task when the last clone of the keys is dropped.
pub(crate) struct Refresher {
    shared: Arc<Shared>,
    task: AbortHandle,
}

struct Shared {
    refresh: Mutex<Refresh>,
    asked: Notify,
    /// Counts the fetches that have ended.
    fetches: watch::Sender<u64>,
}

impl Refresher {
    /// A token names a key that is not there. Gives what to wait for, if a fetch is under way that
    /// may bring it; waiting can be given up at any time, the fetch goes on.
    pub(crate) fn ask(&self) -> Option<impl Future<Output = ()> + Send + use<>> {
        let mut refresh = self.shared.lock();
        if !refresh.ask(Instant::now()) {
            return None;
        }
        // Under the lock: the fetch cannot end unseen in between.
        let mut fetches = self.shared.fetches.subscribe();
        drop(refresh);
        self.shared.asked.notify_one();
        Some(async move {
            // An error means that the task has ended, and no fetch with it.
            let _ = fetches.changed().await;
        })
    }

    /// Whether the last attempt to read the keys failed, so that a key may exist and be unknown.
    pub(crate) fn is_failing(&self) -> bool {
        self.task.is_finished() || self.shared.lock().last_error().is_some()
    }

    pub(crate) fn status(&self) -> KeyStatus {
        let now = Instant::now();
        let refresh = self.shared.lock();
        KeyStatus {
            generation: refresh.generation(),
            age: refresh.age(now),
            last_error: refresh.last_error().cloned(),
            next_refresh: Some(refresh.until_next(now)),
        }
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Refresh> {
        // Nothing panics while it holds this lock.
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task's side: the only one that fetches, so that no two fetches are ever under way.
struct Driver<S> {
    source: Arc<S>,
    current: Arc<ArcSwapOption<KeySet>>,
    shared: Arc<Shared>,
}

impl<S: KeySource> Driver<S> {
    async fn run(self) {
        loop {
            let step = self.shared.lock().step(Instant::now());
            match step {
                Step::Fetch => {
                    let fetched = self.fetch().await;
                    self.finish(fetched);
                }
                Step::Forget => {
                    self.current.store(None);
                    log::forgotten();
                }
                Step::Wait(until) => {
                    let _ = timeout_at(until, self.shared.asked.notified()).await;
                }
            }
        }
    }

    /// In a task of its own, so that a source that panics is a fetch that failed.
    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let source = Arc::clone(&self.source);
        let mut task = JoinSet::new();
        task.spawn(async move { source.fetch().await });
        match timeout(FETCH_TIMEOUT, task.join_next()).await {
            Ok(Some(Ok(fetched))) => fetched,
            Ok(_) => Err(FetchError::Panic),
            Err(_) => Err(FetchError::Timeout),
        }
    }

    fn finish(&self, fetched: Result<KeySet, FetchError>) {
        let outcome = fetched.map(|keys| self.current.store(Some(Arc::new(keys))));
        let mut refresh = self.shared.lock();
        log::finished(refresh.last_error(), &outcome);
        refresh.finish(Instant::now(), outcome, random());
        self.shared.fetches.send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl<S> Drop for Driver<S> {
    /// Nothing reads the keys again from here on, so nobody may go on with them: the last clone is
    /// gone, or the runtime is.
    fn drop(&mut self) {
        self.current.store(None);
    }
}

/// A change of state is logged once, at warn.
mod log {
    use crate::FetchError;

    pub(super) fn finished(before: Option<&FetchError>, outcome: &Result<(), FetchError>) {
        #[cfg(feature = "tracing")]
        match (before, outcome) {
            (None, Err(error)) => tracing::warn!(
                code = error.code(),
                error = error as &dyn std::error::Error,
                "the team's keys cannot be read; those at hand are used for up to 24 hours"
            ),
            (Some(_), Ok(())) => tracing::warn!("the team's keys can be read again"),
            _ => {}
        }
        #[cfg(not(feature = "tracing"))]
        let _ = (before, outcome);
    }

    pub(super) fn forgotten() {
        #[cfg(feature = "tracing")]
        tracing::warn!("the team's keys could not be read for 24 hours: every token is refused");
    }
}

/// Zero if the system has no randomness, which spreads nothing and harms nothing.
fn random() -> u32 {
    let mut bytes = [0; 4];
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    u32::from_ne_bytes(bytes)
}

/// Connection, TLS, and the whole answer.
pub(crate) const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
