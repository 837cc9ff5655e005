use std::fmt;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::replay::{Lease, ReplayStore, Reserved, StoreError, StoreFuture};
use crate::{KickHmac, MessageId, VerifyError};

/// A message is being handled, and by nobody else: until it is [committed](Self::commit),
/// [released](Self::release), or the lease runs out.
///
/// Dropping it releases it too, in the background, so that what was cancelled or has panicked is handled
/// when the message comes again.
#[must_use = "dropping it gives the message back"]
pub struct Reservation {
    kick: KickHmac,
    id: MessageId,
    lease: Lease,
    is_settled: bool,
}

impl Reservation {
    pub(crate) async fn take(kick: &KickHmac, id: MessageId) -> Result<Self, VerifyError> {
        let lease = Lease::new().map_err(|error| kick.store_failed(&error))?;
        // Made before the store is asked: whatever becomes of the question, the id is given back.
        let mut reservation = Self { kick: kick.clone(), id, lease, is_settled: false };
        let duration = kick.settings().lease;
        let refused = match reservation.ask(|store| store.reserve(id, lease, duration)).await? {
            Reserved::New => return Ok(reservation),
            Reserved::Committed => VerifyError::Duplicate,
            Reserved::Forgotten => VerifyError::Forgotten,
            Reserved::InFlight => VerifyError::InFlight,
        };
        reservation.is_settled = true;
        Err(refused)
    }

    /// The message was handled: from now on it is a duplicate.
    ///
    /// `false` if that could not be noted: the store failed, or the lease ran out and another delivery
    /// of the message has been handled or is being handled. What was done is done all the same, and may
    /// be done once more if the message comes again.
    #[must_use]
    pub async fn commit(mut self) -> bool {
        let (id, lease) = (self.id, self.lease);
        let committed = self.ask(|store| store.commit(id, lease)).await;
        // Whatever it was, the id is not given back.
        self.is_settled = true;
        let committed = committed.unwrap_or(false);
        self.kick.tell(if committed { COMMITTED } else { NOT_COMMITTED });
        committed
    }

    /// The message was not handled: the next delivery of it is.
    pub async fn release(mut self) {
        self.is_settled = true;
        self.kick.tell(RELEASED);
        // If the store fails, the lease runs out.
        let _ = self.give_back().await;
    }

    async fn give_back(&self) -> Result<(), VerifyError> {
        self.ask(|store| store.release(self.id, self.lease)).await
    }

    /// The store's answer, if it comes in time.
    async fn ask<'a, T>(
        &'a self,
        question: impl FnOnce(&'a dyn ReplayStore) -> StoreFuture<'a, T>,
    ) -> Result<T, VerifyError> {
        let answer = timeout(STORE_TIMEOUT, question(self.kick.settings().replays.store())).await;
        match answer.unwrap_or_else(|_| Err(StoreError::new("no answer within 250 ms"))) {
            Ok(answer) => {
                self.kick.store_answered();
                Ok(answer)
            }
            Err(error) => Err(self.kick.store_failed(&error)),
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.is_settled {
            return;
        }
        // Without a runtime the lease runs out.
        if let Ok(runtime) = Handle::try_current() {
            let (kick, id, lease) = (self.kick.clone(), self.id, self.lease);
            let reservation = Self { kick, id, lease, is_settled: true };
            runtime.spawn(reservation.release());
        }
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation").field("message_id", &self.id).finish_non_exhaustive()
    }
}

const COMMITTED: &str = "committed";
const NOT_COMMITTED: &str = "not_committed";
const RELEASED: &str = "released";

/// Kick wants its answer within a second.
const STORE_TIMEOUT: Duration = Duration::from_millis(250);
