use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use crate::identity::since_1970;
use crate::origin::Generation;
use crate::{EdgeIdentity, SpkiPin};

/// How an [`OriginMtls`](crate::OriginMtls) is doing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OriginStatus {
    /// 1 from the start, and another with each reload.
    pub generation: u64,
    /// When this generation began.
    pub since: SystemTime,
    /// The trust anchors.
    pub anchors: Vec<AnchorStatus>,
    /// The last 16 keys of clients that were accepted, the latest first. In a rotation this tells when
    /// Cloudflare has begun to use the new one.
    pub clients: Vec<ClientStatus>,
    /// When the server's own certificate expires, if it is one.
    pub server_not_after: Option<SystemTime>,
}

/// A trust anchor.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AnchorStatus {
    /// The pin of its key.
    pub pin: SpkiPin,
    /// When it expires.
    pub not_after: SystemTime,
    /// Until when its revocation list is good, if it has one.
    pub crl_next_update: Option<SystemTime>,
}

/// The key of a client that was accepted.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ClientStatus {
    /// Its pin.
    pub pin: SpkiPin,
    /// When its certificate expires.
    pub not_after: SystemTime,
    /// When it last began a connection.
    pub last_seen: SystemTime,
}

impl OriginStatus {
    pub(crate) fn of(generation: &Generation, seen: &Seen) -> Self {
        Self {
            generation: generation.number,
            since: generation.since,
            anchors: generation.policy().anchors().collect(),
            clients: seen.clients(),
            server_not_after: generation.server_not_after,
        }
    }

    /// How many whole days are left until the first certificate expires, of the trust anchors, the
    /// server's, and the client's that was seen last. `Some(0)`: on this day, or it has.
    #[must_use]
    pub fn days_to_expiry(&self, now: SystemTime) -> Option<u64> {
        let anchors = self.anchors.iter().map(|anchor| anchor.not_after);
        let client = self.clients.first().map(|client| client.not_after);
        anchors.chain(client).chain(self.server_not_after).map(|end| days_left(end, now)).min()
    }
}

/// The clients that were accepted.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<Vec<Client>>);

#[derive(Clone, Copy, Debug)]
struct Client {
    status: ClientStatus,
    /// How many of the warnings have been given.
    #[cfg(feature = "tracing")]
    warned: usize,
}

impl Seen {
    fn clients(&self) -> Vec<ClientStatus> {
        self.lock().iter().map(|client| client.status).collect()
    }

    pub(crate) fn note(&self, identity: &EdgeIdentity, generation: &Generation, now: SystemTime) {
        let (pin, not_after) = (identity.pin(), identity.not_after());
        let mut clients = self.lock();
        let place = clients.iter().position(|client| client.status.pin == pin);
        let status = ClientStatus { pin, not_after, last_seen: now };
        match place.and_then(|place| clients.get_mut(..=place)) {
            Some(upto) => {
                upto.rotate_right(1);
            }
            None => {
                clients.truncate(MOST_CLIENTS.saturating_sub(1));
                clients.insert(
                    0,
                    Client {
                        status,
                        #[cfg(feature = "tracing")]
                        warned: 0,
                    },
                );
            }
        }
        if let Some(client) = clients.first_mut() {
            client.status = status;
            #[cfg(feature = "tracing")]
            client.warn(generation, now);
        }
        #[cfg(not(feature = "tracing"))]
        let _ = generation;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Client>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(feature = "tracing")]
impl Client {
    /// Warns at 30, 14, 7 days and 1 day before the first of the certificates expires that this
    /// connection depends on.
    fn warn(&mut self, generation: &Generation, now: SystemTime) {
        let anchors =
            generation.policy().anchors().map(|anchor| ("a trust anchor", anchor.not_after));
        let client = ("the client's certificate", self.status.not_after);
        let server = generation.server_not_after.map(|end| ("the server's certificate", end));
        let first = anchors.chain(server).chain([client]).min_by_key(|(_, end)| *end);
        let Some((what, end)) = first else { return };
        let days = days_left(end, now);
        let due = WARNINGS.iter().filter(|at| days < **at).count();
        if due > self.warned {
            tracing::warn!(pin = %self.status.pin, days, "{what} expires soon");
        }
        self.warned = due;
    }
}

fn days_left(end: SystemTime, now: SystemTime) -> u64 {
    end.duration_since(now).map_or(0, |left| left.as_secs().div_euclid(DAY))
}

/// The anchors of a policy, for `status`.
impl crate::OriginPullPolicy {
    fn anchors(&self) -> impl Iterator<Item = AnchorStatus> {
        self.0.authorities.iter().map(|authority| AnchorStatus {
            pin: authority.anchor.pin,
            not_after: since_1970(authority.anchor.not_after),
            crl_next_update: authority.crls.iter().map(|crl| since_1970(crl.next_update)).min(),
        })
    }
}

/// In seconds.
const DAY: u64 = 24 * 60 * 60;
const MOST_CLIENTS: usize = 16;
#[cfg(feature = "tracing")]
const WARNINGS: [u64; 4] = [30, 14, 7, 1];
