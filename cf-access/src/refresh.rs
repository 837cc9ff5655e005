use std::time::Duration;

use tokio::time::Instant;

use crate::FetchError;

/// When the certs document is read again. Reads no clock and does no I/O: what drives it tells it
/// the time and what came of a fetch.
///
/// Whatever asks for a fetch, no two are under way at once, and none begins within [`COOL_DOWN`] of
/// the one before.
#[derive(Debug)]
pub(crate) struct Refresh {
    /// A fetch is under way, or claimed and about to begin.
    fetching: bool,
    /// A request has claimed the fetch, and nothing has begun it yet.
    claimed: bool,
    /// When the last fetch was claimed: before it began, so that a failure counts as well.
    claimed_at: Option<Instant>,
    /// When the next fetch begins by itself.
    due: Instant,
    /// When the keys in use were read; `None` without keys.
    loaded_at: Option<Instant>,
    /// How many key sets have been loaded.
    generation: u64,
    /// How many fetches in a row have failed.
    failures: u32,
    last_error: Option<FetchError>,
}

/// What the driver does next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Fetch, then call [`Refresh::finish`].
    Fetch,
    /// The keys are too old to go on with: drop them.
    Forget,
    /// Nothing before this, unless a request claims a fetch.
    Wait(Instant),
}

impl Refresh {
    /// Due at once.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            fetching: false,
            claimed: false,
            claimed_at: None,
            due: now,
            loaded_at: None,
            generation: 0,
            failures: 0,
            last_error: None,
        }
    }

    /// A request names a key that is not there. Whether a fetch is under way that may bring it; if
    /// none is, this claims one, unless the last is too recent.
    pub(crate) fn ask(&mut self, now: Instant) -> bool {
        if !self.fetching && self.is_cool(now) {
            self.claim(now);
            self.claimed = true;
        }
        self.fetching
    }

    /// Asked by the driver, which does nothing else while it fetches.
    pub(crate) fn step(&mut self, now: Instant) -> Step {
        if std::mem::take(&mut self.claimed) {
            return Step::Fetch;
        }
        let stale_at = self.loaded_at.and_then(|at| at.checked_add(MAX_STALE));
        if stale_at.is_some_and(|at| at <= now) {
            self.loaded_at = None;
            return Step::Forget;
        }
        if self.due <= now {
            self.claim(now);
            return Step::Fetch;
        }
        Step::Wait(stale_at.map_or(self.due, |at| at.min(self.due)))
    }

    /// What came of a fetch. `random` spreads the instances of a service over time.
    pub(crate) fn finish(&mut self, now: Instant, outcome: Result<(), FetchError>, random: u32) {
        self.fetching = false;
        let random = f64::from(random) / f64::from(u32::MAX);
        let wait = match outcome {
            Ok(()) => {
                self.loaded_at = Some(now);
                self.generation = self.generation.saturating_add(1);
                self.failures = 0;
                self.last_error = None;
                REFRESH_EVERY.mul_f64(0.9 + 0.2 * random)
            }
            Err(error) => {
                self.last_error = Some(error);
                let doubled = COOL_DOWN.saturating_mul(1 << self.failures.min(8));
                self.failures = self.failures.saturating_add(1);
                doubled.min(MAX_RETRY).mul_f64(1.0 + 0.25 * random)
            }
        };
        self.due = now.checked_add(wait).unwrap_or(now);
    }

    /// How many key sets have been loaded.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// How long ago the keys in use were read.
    pub(crate) fn age(&self, now: Instant) -> Option<Duration> {
        self.loaded_at.map(|at| now.saturating_duration_since(at))
    }

    /// What the last fetch failed with, if it did.
    pub(crate) fn last_error(&self) -> Option<&FetchError> {
        self.last_error.as_ref()
    }

    /// How long it is to the next fetch; zero while one is under way.
    pub(crate) fn until_next(&self, now: Instant) -> Duration {
        if self.fetching { Duration::ZERO } else { self.due.saturating_duration_since(now) }
    }

    fn is_cool(&self, now: Instant) -> bool {
        self.claimed_at.is_none_or(|at| now.saturating_duration_since(at) >= COOL_DOWN)
    }

    fn claim(&mut self, now: Instant) {
        self.fetching = true;
        self.claimed_at = Some(now);
    }
}

/// No two fetches begin within this time.
pub(crate) const COOL_DOWN: Duration = Duration::from_secs(10);

/// Cloudflare serves the document with a max-age of four hours, and the previous key stays valid for
/// seven days after a rotation.
const REFRESH_EVERY: Duration = Duration::from_secs(60 * 60);

/// How long the keys are used without having been read again.
const MAX_STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// After failures: the cool-down, then twice that, until this.
const MAX_RETRY: Duration = Duration::from_secs(60);

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "times of tests are far from their ends")]
mod tests;
