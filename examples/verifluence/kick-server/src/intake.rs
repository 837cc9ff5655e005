use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kick_hmac::{Broadcasters, Campaigns, ConfigError, Delivery, KickHmac, Replays, VerifyError};
use tokio::time::timeout;

use crate::{EventStore, Kept, Metrics, NewEvent, Signer};

/// Proves deliveries and keeps what they tell. Clones share all of it.
#[derive(Clone, Debug)]
pub struct Intake {
    pub(crate) kick: KickHmac,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) signer: Signer,
    pub(crate) store: Arc<dyn EventStore>,
    is_failing: Arc<AtomicBool>,
}

impl Intake {
    /// With these keys, for these broadcasters and campaigns.
    ///
    /// # Errors
    ///
    /// If a list names nobody.
    pub fn build(
        signer: Signer,
        broadcasters: Broadcasters,
        campaigns: Option<Campaigns>,
        replays: impl Into<Replays>,
        store: Arc<dyn EventStore>,
    ) -> Result<Self, ConfigError> {
        let metrics = Arc::new(Metrics::default());
        let counters = Arc::clone(&metrics);
        let mut kick = KickHmac::builder(signer.keys(), broadcasters, replays)
            .lease(LEASE)
            .on_outcome(move |code| counters.count_outcome(code));
        if let Some(campaigns) = campaigns {
            kick = kick.drops(campaigns);
        }
        Ok(Self { kick: kick.build()?, metrics, signer, store, is_failing: Arc::default() })
    }

    /// What is answered with success is in the store. What the store does not take in time is answered
    /// as what it cannot take at all, so that Kick sends it again.
    pub(crate) async fn keep(&self, delivery: &Delivery) -> Result<(), VerifyError> {
        let event = NewEvent::of(delivery);
        let (message_id, kind) = (event.message_id, event.kind);
        match timeout(KEEP_TIMEOUT, self.store.keep(event)).await {
            Ok(Ok(kept)) => {
                self.metrics.count_event(kind, kept.label());
                tracing::debug!(%message_id, kind, kept = kept.label(), "kept");
                if self.is_failing.swap(false, Ordering::Relaxed) {
                    tracing::warn!("events are kept again");
                }
                Ok(())
            }
            Ok(Err(error)) => Err(self.failed("error", &error)),
            Err(elapsed) => Err(self.failed("timeout", &elapsed)),
        }
    }

    /// Logged once until it is over: each delivery fails alike.
    fn failed(&self, why: &'static str, error: &(dyn std::error::Error + 'static)) -> VerifyError {
        self.metrics.count_failure(why);
        if !self.is_failing.swap(true, Ordering::Relaxed) {
            tracing::warn!(error, why, "events cannot be kept");
        }
        VerifyError::StoreUnavailable
    }
}

impl Kept {
    fn label(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::New => "new",
        }
    }
}

/// Kick wants its answer within a second, and the store of ids may take 250 ms before this and another
/// 250 ms behind it.
const KEEP_TIMEOUT: Duration = Duration::from_millis(400);

/// Longer than a handler can take. After a crash, so much later a delivery that comes again is handled.
const LEASE: Duration = Duration::from_secs(2);
