//! Many who do anything, in any order, with few messages: none is committed twice, nor handled after it
//! was.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use kick_hmac::testing::KickSigner;
use kick_hmac::{Broadcasters, KickHmac, VerifyError};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::scene::{Message, SHORT_LEASE, SOON};
use crate::server::Server;
use crate::{BODY, BROADCASTER, EVENT_TYPE, within};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn in_a_storm_nothing_is_committed_twice_with_redis() {
    nothing_is_committed_twice(&Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn in_a_storm_nothing_is_committed_twice_with_postgres() {
    nothing_is_committed_twice(&Server::postgres().await).await;
}

async fn nothing_is_committed_twice(server: &Server) {
    for seed in SEEDS {
        let signer = KickSigner::new();
        let request = || Subject {
            request: signer.event(EVENT_TYPE, BODY).request::<Full<Bytes>>(),
            committed: AtomicUsize::new(0),
        };
        let subjects: Arc<[Subject]> = (0..SUBJECTS).map(|_| request()).collect();
        let mut members = JoinSet::new();
        // As in several processes, each with a connection of its own.
        for process in 0..PROCESSES {
            let broadcasters = Broadcasters::only([BROADCASTER]);
            let kick = KickHmac::builder(signer.keys(), broadcasters, server.store().await);
            let kick = kick.lease(SHORT_LEASE).build().unwrap();
            for member in 0..MEMBERS {
                let random = Random(seed << 32 | process << 16 | member);
                members.spawn(storm(kick.clone(), Arc::clone(&subjects), random));
            }
        }
        let abandoned = within("the storm's end", members.join_all()).await;
        for subject in subjects.iter() {
            assert_eq!(subject.committed.load(Ordering::SeqCst), 1, "seed {seed}");
        }
        // Whatever they would give back is not theirs any more.
        drop(abandoned);
    }
}

struct Subject {
    request: Message,
    /// How often somebody was told that it is.
    committed: AtomicUsize,
}

/// Goes on until each message is known to be handled. What is left unsettled is given back.
async fn storm(
    kick: KickHmac,
    subjects: Arc<[Subject]>,
    mut random: Random,
) -> Vec<kick_hmac::Reservation> {
    let mut abandoned = Vec::new();
    let mut open: Vec<usize> = (0..subjects.len()).collect();
    while !open.is_empty() {
        let chosen = random.below(open.len());
        let subject = &subjects[open[chosen]];
        let was_committed = subject.committed.load(Ordering::SeqCst) > 0;
        let reservation = match kick.authenticate(subject.request.clone()).await {
            Ok((_, reservation)) => reservation,
            Err(VerifyError::Duplicate) => {
                open.swap_remove(chosen);
                continue;
            }
            Err(VerifyError::InFlight | VerifyError::StoreUnavailable) => {
                sleep(SOON).await;
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        assert!(!was_committed, "it was committed, and is new");
        let past_its_lease = SHORT_LEASE + SOON * u32::try_from(random.below(8)).unwrap();
        match random.below(10) {
            // Its lease runs out, and another may have the message by then.
            late @ 0..2 => {
                sleep(past_its_lease).await;
                if late == 0 {
                    reservation.release().await;
                } else if reservation.commit().await {
                    subject.committed.fetch_add(1, Ordering::SeqCst);
                }
            }
            2..4 => {
                if reservation.commit().await {
                    subject.committed.fetch_add(1, Ordering::SeqCst);
                }
            }
            4 => abandoned.push(reservation),
            5..8 => drop(reservation),
            _ => reservation.release().await,
        }
    }
    abandoned
}

/// SplitMix64: what it gives depends on its seed alone.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(bound).unwrap()).unwrap()
    }
}

const MEMBERS: u64 = 16;
const PROCESSES: u64 = 2;
const SEEDS: [u64; 3] = [1, 2, 3];
const SUBJECTS: usize = 4;
