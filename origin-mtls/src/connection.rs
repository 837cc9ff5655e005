use std::fmt;
#[cfg(feature = "tokio")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use rustls::pki_types::CertificateDer;
#[cfg(feature = "tokio")]
use tokio::time::{Duration, Instant};

use crate::origin::now;
use crate::{EdgeIdentity, OriginMtls, VerifyError};

/// A connection whose handshake is done, for as long as it lasts.
///
/// Cloning shares one value.
#[derive(Clone)]
pub struct EdgeConnection(Arc<Shared>);

struct Shared {
    origin: OriginMtls,
    /// What the client has shown. Empty: nothing.
    chain: Box<[CertificateDer<'static>]>,
    found: Mutex<Found>,
    /// Each request is checked, so the stream need not be.
    #[cfg(feature = "tokio")]
    is_checked_by_request: AtomicBool,
}

struct Found {
    generation: u64,
    identity: Result<EdgeIdentity, VerifyError>,
    /// Since when it is refused.
    #[cfg(feature = "tokio")]
    refused_at: Option<Instant>,
}

impl EdgeConnection {
    pub(crate) fn new(
        origin: OriginMtls,
        chain: &[CertificateDer<'static>],
        generation: u64,
        identity: Result<EdgeIdentity, VerifyError>,
    ) -> Self {
        let found = Mutex::new(Found {
            generation,
            identity,
            #[cfg(feature = "tokio")]
            refused_at: None,
        });
        let chain = chain.into();
        Self(Arc::new(Shared {
            origin,
            chain,
            found,
            #[cfg(feature = "tokio")]
            is_checked_by_request: AtomicBool::default(),
        }))
    }

    /// Who is at the other end, as of now: after a [`reload`](OriginMtls::reload), and when something
    /// of it has expired, what the client has shown is verified again. Ask for it with each request,
    /// and put the answer into the request's extensions.
    ///
    /// # Errors
    ///
    /// What the certificate is refused with now; under
    /// [`observe`](crate::OriginMtlsBuilder::observe) since the beginning.
    pub fn identity(&self) -> Result<EdgeIdentity, VerifyError> {
        self.find(now()).identity.clone()
    }

    fn find(&self, now: SystemTime) -> MutexGuard<'_, Found> {
        let mut found = self.0.found.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that who looked earlier does not put an older generation in the place
        // of a newer one.
        let generation = self.0.origin.current();
        let holds = found.identity.as_ref().map_or(true, |identity| identity.holds_at(now));
        if !holds || found.generation != generation.number {
            found.identity = generation.verify(&self.0.chain, now);
            found.generation = generation.number;
            #[cfg(feature = "tokio")]
            {
                // Since the first of several refusals, or reloads would prolong the time.
                let refused_at = found.refused_at.unwrap_or_else(Instant::now);
                found.refused_at = found.identity.is_err().then_some(refused_at);
            }
        }
        found
    }

    /// Whether bytes may go on in either direction: always, under `observe`. Where each request is
    /// checked, answers have a while to be finished.
    #[cfg(feature = "tokio")]
    pub(crate) fn check_stream(&self) -> Result<(), VerifyError> {
        let found = self.find(now());
        let Err(error) = found.identity else { return Ok(()) };
        let is_over = found.refused_at.is_some_and(|since| since.elapsed() >= TIME_TO_FINISH);
        let may_finish = self.0.is_checked_by_request.load(Ordering::Relaxed) && !is_over;
        if may_finish || self.0.origin.is_observing() { Ok(()) } else { Err(error) }
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn origin(&self) -> &OriginMtls {
        &self.0.origin
    }

    #[cfg(feature = "axum")]
    pub(crate) fn check_by_request(&self) {
        self.0.is_checked_by_request.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for EdgeConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.0.found.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("EdgeConnection")
            .field("generation", &found.generation)
            .field("identity", &found.identity)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "tokio")]
const TIME_TO_FINISH: Duration = Duration::from_secs(10);
