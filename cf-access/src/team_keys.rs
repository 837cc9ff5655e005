use std::sync::Arc;

use crate::{KeySet, TeamDomain};

/// The keys of a team: one handle for any number of [`CfAccess`](crate::CfAccess).
#[derive(Clone, Debug)]
pub struct TeamKeys {
    team: TeamDomain,
    keys: Arc<KeySet>,
}

impl TeamKeys {
    /// Keys that were read once and stay as they are: for offline use, and for tests.
    ///
    /// Access rotates its keys every six weeks by default: what runs for longer must read them again.
    #[must_use]
    pub fn fixed(team: TeamDomain, keys: KeySet) -> Self {
        Self { team, keys: Arc::new(keys) }
    }

    /// The team whose keys these are.
    #[must_use]
    pub fn team(&self) -> &TeamDomain {
        &self.team
    }

    pub(crate) fn current(&self) -> &KeySet {
        &self.keys
    }
}
