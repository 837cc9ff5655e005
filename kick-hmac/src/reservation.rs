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
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    /// The store has not answered: the id may be reserved, or may become so.
    Asking,
    Held,
    /// What becomes of the id is decided.
    Settled,
}

impl Reservation {
    pub(crate) async fn take(kick: &KickHmac, id: MessageId) -> Result<Self, VerifyError> {
        let lease = Lease::new().map_err(|error| kick.store_failed(&error))?;
        // Made before the store is asked: whatever becomes of the question, the id is given back.
        let mut reservation = Self { kick: kick.clone(), id, lease, state: State::Asking };
        let duration = kick.settings().lease;
        let answer = reservation.ask(|store| store.reserve(id, lease, duration)).await?;
        reservation.state = State::Held;
        let refused = match answer {
            Reserved::New => return Ok(reservation),
            Reserved::Committed => VerifyError::Duplicate,
            Reserved::Forgotten => VerifyError::Forgotten,
            Reserved::InFlight => VerifyError::InFlight,
        };
        reservation.state = State::Settled;
        Err(refused)
    }

    /// The message was handled: from now on it is a duplicate. This goes on if it is dropped.
    ///
    /// `false` if that could not be noted: the store failed, or the lease ran out and another delivery
    /// of the message has been handled or is being handled. What was done is done all the same, and may
    /// be done once more if the message comes again.
    #[must_use = "what could not be noted may be done once more"]
    pub async fn commit(mut self) -> bool {
        // Whatever becomes of it, the id is not given back.
        self.state = State::Settled;
        // On its own: a client who leaves now does not undo what was done.
        let committed = tokio::spawn(async move {
            let (id, lease) = (self.id, self.lease);
            let committed = self.ask(|store| store.commit(id, lease)).await.unwrap_or(false);
            self.kick.tell(if committed { COMMITTED } else { NOT_COMMITTED });
            committed
        });
        committed.await.unwrap_or(false)
    }

    /// The message was not handled: the next delivery of it is. This goes on if it is dropped.
    pub async fn release(mut self) {
        self.state = State::Settled;
        self.kick.tell(RELEASED);
        let _ = tokio::spawn(self.give_back()).await;
    }

    /// If the store fails, the lease runs out.
    async fn give_back(self) {
        let (id, lease) = (self.id, self.lease);
        let _ = self.ask(|store| store.release(id, lease)).await;
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
        match self.state {
            State::Asking => {}
            State::Held => self.kick.tell(RELEASED),
            State::Settled => return,
        }
        // Without a runtime the lease runs out.
        if let Ok(runtime) = Handle::try_current() {
            let (kick, id, lease) = (self.kick.clone(), self.id, self.lease);
            runtime.spawn(Self { kick, id, lease, state: State::Settled }.give_back());
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
