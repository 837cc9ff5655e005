//! Deliveries of a few messages, and how they end, under a store in memory that has room for even fewer.
//! The first byte says for how many; each that follows delivers one; commits, releases or drops what is
//! being handled; or lets time pass. Nothing is handled after it was committed, or twice at once; and a
//! refusal says what is so.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use kick_hmac::{Broadcasters, KickHmac, MemoryReplays, MessageId, Reservation, VerifyError};
use libfuzzer_sys::fuzz_target;
use tokio::task::yield_now;
use tokio::time::{Instant, advance};

use edgeproof_fuzz::kick_hmac::{RELAY, run};

fuzz_target!(|input: &[u8]| {
    let Some((capacity, steps)) = input.split_first() else { return };
    let capacity = 1 + usize::from(capacity % 4);
    let replays = MemoryReplays::new(capacity);
    let builder = KickHmac::builder(RELAY.keys(), Broadcasters::any(), replays);
    let kick = builder.lease(LEASE).build().unwrap();
    let mut model = Model { kick, capacity, committed: Vec::new(), held: Vec::new() };
    run(async {
        for step in steps.iter().take(MOST_STEPS) {
            let choice = usize::from(step >> 3);
            match step & 7 {
                0..=3 => model.deliver(choice % IDS.len()).await,
                4 => model.commit(choice).await,
                5 => model.release(choice).await,
                6 => drop(model.take(choice)),
                _ => advance(PAUSES[choice % PAUSES.len()]).await,
            }
            // What is dropped, or was not reserved, is given back in the background.
            yield_now().await;
        }
        drop(model);
        yield_now().await;
    });
});

struct Model {
    kick: KickHmac,
    capacity: usize,
    /// By their places in `IDS`, which are in order.
    committed: Vec<usize>,
    held: Vec<Held>,
}

struct Held {
    id: usize,
    until: Instant,
    reservation: Reservation,
}

impl Held {
    fn is_live(&self) -> bool {
        Instant::now() < self.until
    }
}

impl Model {
    async fn deliver(&mut self, id: usize) {
        let is_committed = self.committed.contains(&id);
        let is_in_flight = self.held.iter().any(|held| held.id == id && held.is_live());
        let is_newest = self.committed.iter().all(|committed| *committed < id);
        let in_flight = self.held.iter().filter(|held| held.is_live()).count();
        let has_room = in_flight < self.capacity;

        let message = RELAY.event("channel.followed", "{}").id(IDS[id]);
        match self.kick.authenticate(message.request::<Full<Bytes>>()).await {
            Ok((delivery, reservation)) => {
                assert_eq!(*delivery.message_id(), IDS[id]);
                assert!(!is_committed, "once more after it was committed");
                assert!(!is_in_flight, "twice at once");
                assert!(has_room);
                self.held.push(Held { id, until: Instant::now() + LEASE, reservation });
            }
            Err(error) => {
                match error {
                    VerifyError::Duplicate => assert!(is_committed),
                    VerifyError::InFlight => assert!(is_in_flight),
                    VerifyError::Forgotten => assert!(!is_newest && !is_in_flight),
                    VerifyError::StoreUnavailable => assert!(!has_room),
                    other => panic!("{other:?}"),
                }
                assert!(is_in_flight || !is_newest || !has_room, "a new message: {error:?}");
            }
        }
    }

    async fn commit(&mut self, choice: usize) {
        let Some(held) = self.take(choice) else { return };
        let was_committed = self.committed.contains(&held.id);
        let is_live = held.is_live();
        let is_anothers = self.held.iter().any(|other| other.id == held.id && other.is_live());
        if held.reservation.commit().await {
            assert!(!was_committed, "committed twice");
            assert!(!is_anothers, "committed while another handles it");
            self.committed.push(held.id);
        } else {
            assert!(!is_live, "who has the lease commits");
        }
    }

    /// It is given back, and comes again.
    async fn release(&mut self, choice: usize) {
        let Some(held) = self.take(choice) else { return };
        let (id, was_live) = (held.id, held.is_live());
        held.reservation.release().await;
        let before = self.held.len();
        self.deliver(id).await;
        assert!(!was_live || self.held.len() > before, "what was released is handled");
    }

    fn take(&mut self, choice: usize) -> Option<Held> {
        let nth = choice.checked_rem(self.held.len())?;
        Some(self.held.remove(nth))
    }
}

const LEASE: Duration = Duration::from_secs(10);
const PAUSES: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(9),
    Duration::from_secs(10),
    Duration::from_secs(11),
];
const MOST_STEPS: usize = 64;

/// As many as a step can name, one newer than the other.
static IDS: LazyLock<[MessageId; 8]> = LazyLock::new(|| {
    std::array::from_fn(|nth| format!("01JQR5KV0QC94HMETWYNBWRW4{nth}").parse().unwrap())
});
