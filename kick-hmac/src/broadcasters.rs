use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use serde::Deserialize;

use crate::object::Object;
use crate::{ConfigError, VerifyError};

/// Whose events are for you.
///
/// Kick signs for all its developers with one key, and neither the address nor the application is
/// signed. Whoever receives a delivery of their own can send it on to you, and it verifies. What is
/// signed is the broadcaster that an event is about, so that is what tells.
#[derive(Clone, Debug)]
pub struct Broadcasters(Ids<u64>);

impl Broadcasters {
    /// These, by their `user_id`.
    #[must_use]
    pub fn only(user_ids: impl IntoIterator<Item = u64>) -> Self {
        Self(Ids::Only(Arc::new(user_ids.into_iter().collect())))
    }

    /// Those for whom this is true: for broadcasters who come and go while the process runs. It is asked
    /// on the request's path.
    #[must_use]
    pub fn matching(is_ours: impl Fn(u64) -> bool + Send + Sync + 'static) -> Self {
        Self(Ids::Matching(Arc::new(move |user_id| is_ours(*user_id))))
    }

    /// Whoever it is about, and if it is about nobody: for whoever means to handle all events of Kick,
    /// also those that were sent to somebody else.
    #[must_use]
    pub fn any() -> Self {
        Self(Ids::Any)
    }

    pub(crate) fn check_config(&self) -> Result<(), ConfigError> {
        if self.0.is_nobody() { Err(ConfigError::NoBroadcaster) } else { Ok(()) }
    }

    pub(crate) fn check(&self, body: &[u8]) -> Result<(), VerifyError> {
        #[derive(Deserialize)]
        struct Event {
            broadcaster: Object<Broadcaster>,
        }

        #[derive(Deserialize)]
        struct Broadcaster {
            user_id: u64,
        }

        if matches!(self.0, Ids::Any) {
            return Ok(());
        }
        match serde_json::from_slice(body) {
            Ok(Object(Event { broadcaster: Object(broadcaster) }))
                if self.0.has(&broadcaster.user_id) =>
            {
                Ok(())
            }
            _ => Err(VerifyError::WrongBroadcaster),
        }
    }
}

/// Whose Drops claims are for you: as [`Broadcasters`] for events, since a claim names a campaign and no
/// broadcaster.
#[derive(Clone, Debug)]
pub struct Campaigns(Ids<String>);

impl Campaigns {
    /// These, by their `campaign_id`.
    #[must_use]
    pub fn only<S: Into<String>>(campaign_ids: impl IntoIterator<Item = S>) -> Self {
        let campaign_ids = campaign_ids.into_iter().map(Into::into);
        Self(Ids::Only(Arc::new(campaign_ids.collect())))
    }

    /// Those for which this is true. It is asked on the request's path.
    #[must_use]
    pub fn matching(is_ours: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Ids::Matching(Arc::new(move |campaign_id: &String| is_ours(campaign_id))))
    }

    /// Any campaign, also those of others.
    #[must_use]
    pub fn any() -> Self {
        Self(Ids::Any)
    }

    pub(crate) fn check_config(&self) -> Result<(), ConfigError> {
        if self.0.is_nobody() { Err(ConfigError::NoCampaign) } else { Ok(()) }
    }

    pub(crate) fn check(&self, body: &[u8]) -> Result<(), VerifyError> {
        #[derive(Deserialize)]
        struct Claim {
            campaign_id: String,
        }

        // For any campaign too: an event, under the headers of a claim, is none.
        match serde_json::from_slice(body) {
            Ok(Object(Claim { campaign_id })) if self.0.has(&campaign_id) => Ok(()),
            _ => Err(VerifyError::WrongCampaign),
        }
    }
}

#[derive(Clone)]
enum Ids<T> {
    Any,
    Matching(Arc<dyn Fn(&T) -> bool + Send + Sync>),
    Only(Arc<HashSet<T>>),
}

impl<T: Eq + Hash> Ids<T> {
    fn is_nobody(&self) -> bool {
        matches!(self, Self::Only(ids) if ids.is_empty())
    }

    fn has(&self, id: &T) -> bool {
        match self {
            Self::Any => true,
            Self::Matching(is_ours) => is_ours(id),
            Self::Only(ids) => ids.contains(id),
        }
    }
}

impl<T> fmt::Debug for Ids<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Matching(_) => f.write_str("matching"),
            Self::Only(ids) => write!(f, "only {}", ids.len()),
        }
    }
}
