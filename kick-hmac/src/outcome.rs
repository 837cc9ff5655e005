//! Who hears of what.

use std::sync::atomic::Ordering;

use crate::{KickHmac, StoreError, VerifyError};

impl KickHmac {
    /// Lets whoever listens know of a decision.
    pub(crate) fn report(&self, refused: Option<&VerifyError>) {
        #[cfg(feature = "tracing")]
        if let Some(error) = refused {
            tracing::debug!(code = error.code(), "not handled: {error}");
        }
        self.tell(refused.map_or(ACCEPTED, VerifyError::code));
    }

    pub(crate) fn tell(&self, outcome: &'static str) {
        if let Some(on_outcome) = &self.settings().on_outcome {
            on_outcome(outcome);
        }
    }

    pub(crate) fn store_failed(&self, error: &StoreError) -> VerifyError {
        let was_failing = self.settings().store_is_failing.swap(true, Ordering::Relaxed);
        #[cfg(feature = "tracing")]
        if !was_failing {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "no message is handled: {error}"
            );
        }
        #[cfg(not(feature = "tracing"))]
        let _ = (was_failing, error);
        VerifyError::StoreUnavailable
    }

    pub(crate) fn store_answered(&self) {
        // Read first: that costs nothing while it is so.
        let failing = &self.settings().store_is_failing;
        if failing.load(Ordering::Relaxed) && failing.swap(false, Ordering::Relaxed) {
            #[cfg(feature = "tracing")]
            tracing::warn!("the store of ids is back");
        }
    }
}

const ACCEPTED: &str = "accepted";
