use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};

use crate::{FetchError, KeySet, TeamDomain};

/// The keys of a team: one handle for any number of [`CfAccess`](crate::CfAccess), whatever their
/// audiences and policies.
///
/// [`fixed`](Self::fixed) keys stay as they are. Those of `fetch`, `reqwest`, `jwks_client` and
/// `from_source` are read again in the background, until the last clone is dropped:
///
/// - every hour, give or take a tenth, and when a token names a key that is not there (after a
///   rotation), but never twice within 10 seconds and never two at once, failures included;
/// - while that fails, the keys at hand are used for up to 24 hours. From then on a token is refused
///   with [`KeysUnavailable`](crate::VerifyError::KeysUnavailable), until a fetch succeeds;
/// - a document that yields no key never replaces one that did.
///
/// Verifying never waits for a lock, and for a fetch only if the token's key is not there.
///
/// Cloning shares one value.
#[derive(Clone)]
pub struct TeamKeys(Arc<Inner>);

struct Inner {
    team: TeamDomain,
    current: Arc<ArcSwapOption<KeySet>>,
    #[cfg(feature = "tokio")]
    refresher: Option<crate::tokio::Refresher>,
}

impl TeamKeys {
    /// Keys that were read once and stay as they are: for offline use, and for tests.
    ///
    /// Access rotates its keys every six weeks by default: what runs for longer must read them again.
    #[must_use]
    pub fn fixed(team: TeamDomain, keys: KeySet) -> Self {
        Self(Arc::new(Inner {
            team,
            current: Arc::new(ArcSwapOption::from_pointee(keys)),
            #[cfg(feature = "tokio")]
            refresher: None,
        }))
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn refreshed(
        team: TeamDomain,
        current: Arc<ArcSwapOption<KeySet>>,
        refresher: crate::tokio::Refresher,
    ) -> Self {
        Self(Arc::new(Inner { team, current, refresher: Some(refresher) }))
    }

    /// The team whose keys these are.
    #[must_use]
    pub fn team(&self) -> &TeamDomain {
        &self.0.team
    }

    /// How the keys are doing, for a health endpoint, a gauge or a log.
    #[must_use]
    pub fn status(&self) -> KeyStatus {
        #[cfg(feature = "tokio")]
        if let Some(refresher) = self.refresher() {
            return refresher.status();
        }
        KeyStatus { generation: 1, age: None, last_error: None, next_refresh: None }
    }

    pub(crate) fn current(&self) -> Guard<Option<Arc<KeySet>>> {
        self.0.current.load()
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn refresher(&self) -> Option<&crate::tokio::Refresher> {
        self.0.refresher.as_ref()
    }
}

impl fmt::Debug for TeamKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TeamKeys")
            .field("team", self.team())
            .field("keys", &*self.current())
            .field("status", &self.status())
            .finish()
    }
}

/// How the keys of a team are doing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeyStatus {
    /// How many key sets have been loaded since the start. Zero: none yet.
    pub generation: u64,
    /// How long ago the keys in use were read. `None`: there are none, or they are
    /// [fixed](TeamKeys::fixed).
    pub age: Option<Duration>,
    /// Why the last attempt to read them failed, if it did.
    pub last_error: Option<FetchError>,
    /// How long it is until they are read again. `None`: they are fixed.
    pub next_refresh: Option<Duration>,
}

impl KeyStatus {
    /// Whether the first key set has been loaded: what a readiness probe should ask.
    ///
    /// It stays so while the key source is down. If it did not, an outage there would take every
    /// instance of the service out of rotation.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.generation > 0
    }
}
