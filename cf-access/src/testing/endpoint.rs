use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{FetchError, KeySet, KeySource};

/// Stands in for the address where an [`Issuer`](super::Issuer) publishes its keys: a source for
/// [`TeamKeys::from_source`](crate::TeamKeys::from_source) that can be slow, wrong or down, and counts.
///
/// Cloning shares one value.
///
/// ```
/// use cf_access::testing::{Answer, Issuer};
/// use cf_access::{CfAccess, TeamKeys, VerifyError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut issuer = Issuer::new();
/// let endpoint = issuer.endpoint();
/// let keys = TeamKeys::from_source(issuer.team().clone(), endpoint.clone())?;
/// keys.ready().await;
///
/// endpoint.set(Answer::Hang);
/// issuer.rotate();
/// assert_eq!(endpoint.fetches(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Endpoint(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    certs: String,
    answer: Answer,
    latency: Duration,
    fetches: u64,
}

/// What an [`Endpoint`] answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer {
    /// The issuer's certs document. The default.
    Certs,
    /// This instead.
    Document(Vec<u8>),
    /// Nothing, for this reason.
    Fail(FetchError),
    /// Nothing, ever.
    Hang,
}

impl Endpoint {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            certs: String::new(),
            answer: Answer::Certs,
            latency: Duration::ZERO,
            fetches: 0,
        })))
    }

    pub(super) fn publish(&self, certs: String) {
        self.lock().certs = certs;
    }

    /// Answers so from now on.
    pub fn set(&self, answer: Answer) {
        self.lock().answer = answer;
    }

    /// Takes this long from now on. Default: no time.
    pub fn set_latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    /// How many fetches have begun.
    #[must_use]
    pub fn fetches(&self) -> u64 {
        self.lock().fetches
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeySource for Endpoint {
    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let latency = {
            let mut state = self.lock();
            state.fetches = state.fetches.saturating_add(1);
            state.latency
        };
        tokio::time::sleep(latency).await;
        let (answer, certs) = {
            let state = self.lock();
            (state.answer.clone(), state.certs.clone())
        };
        match answer {
            Answer::Certs => Ok(KeySet::from_json(certs.as_bytes())?),
            Answer::Document(document) => Ok(KeySet::from_json(&document)?),
            Answer::Fail(error) => Err(error),
            Answer::Hang => pending().await,
        }
    }
}
