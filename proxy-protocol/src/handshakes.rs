//! The engine of a listener whose connections begin with a handshake: none waits for another's.
//!
//! [`ProxyProtocol::listener`](crate::ProxyProtocol::listener) is made of it, and whatever stands on
//! top of that with a handshake of its own, such as TLS, can be.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Where connections come from: a listener, or one of this module on top of it.
pub trait Incoming: Send + 'static {
    /// A connection.
    type Io: Send + 'static;

    /// What is known of where it comes from.
    type Address: Send + 'static;

    /// The next connection. Dropping the future loses none.
    fn accept(&mut self) -> impl Future<Output = (Self::Io, Self::Address)> + Send;

    /// The address that it listens at.
    ///
    /// # Errors
    ///
    /// As the system's.
    fn local_addr(&self) -> io::Result<SocketAddr>;
}

impl Incoming for TcpListener {
    type Io = TcpStream;
    type Address = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match Self::accept(self).await {
                Ok(accepted) => return accepted,
                // A client that was gone before its turn.
                Err(error) if is_of_the_connection(&error) => {}
                Err(_error) => {
                    #[cfg(feature = "tracing")]
                    tracing::error!("cannot accept, and tries again in a second: {_error}");
                    // Mostly no file descriptors are left: asking at once would only burn time.
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Self::local_addr(self)
    }
}

fn is_of_the_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}

/// Where a connection comes from, whatever else is known of it.
pub trait Remote: fmt::Debug + Send + 'static {
    /// The address of who is at its other end, as far as that is proven.
    fn ip(&self) -> IpAddr;
}

impl Remote for SocketAddr {
    fn ip(&self) -> IpAddr {
        Self::ip(self)
    }
}

/// What a connection goes through before it is handed out.
pub trait Handshake<I: Incoming>: Send + 'static {
    /// A connection that went through it.
    type Io: Send + 'static;

    /// What is known of that one.
    type Address: Send + 'static;

    /// Decides about a connection before it takes one of the places: whether it is handed out or
    /// refused at once, or what it must go through.
    fn begin(&self, io: I::Io, address: I::Address) -> Begin<Self::Io, Self::Address>;

    /// Whose connection it is, for the bound of each.
    fn key(&self, address: &I::Address) -> IpAddr;

    /// As many connections as may be of this one are in their handshake, so another was closed.
    fn crowded(&self, key: IpAddr);
}

/// What becomes of a connection.
#[expect(clippy::exhaustive_enums, reason = "there is no fourth possibility")]
pub enum Begin<Io, Address> {
    /// It is handed out as it is.
    Done(Io, Address),
    /// It is closed.
    Refuse,
    /// It takes a place, and is handed out if this ends with it.
    Wait(Pending<Io, Address>),
}

impl<Io, Address> fmt::Debug for Begin<Io, Address> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done(..) => "Done",
            Self::Refuse => "Refuse",
            Self::Wait(_) => "Wait",
        })
    }
}

/// A handshake that is under way. It bounds its own time.
pub type Pending<Io, Address> = Pin<Box<dyn Future<Output = Option<(Io, Address)>> + Send>>;

/// A listener whose connections go through a handshake, all at the same time, on whatever threads the
/// runtime has. Dropping it closes those that are in the midst of theirs.
pub struct Handshakes<I: Incoming, H: Handshake<I>> {
    incoming: I,
    pub(crate) handshake: H,
    pending: JoinSet<Option<(H::Io, H::Address)>>,
    max_pending: usize,
    places: Places,
}

impl<I: Incoming, H: Handshake<I>> Handshakes<I, H> {
    /// At most so many connections are in their handshake at once, and so many of them of one
    /// address, or for IPv6 of one /64.
    pub fn new(incoming: I, handshake: H, max_pending: usize, max_pending_per_key: usize) -> Self {
        let places = Places { most: max_pending_per_key, taken: Arc::default() };
        Self { incoming, handshake, pending: JoinSet::new(), max_pending, places }
    }

    fn begin(&mut self, io: I::Io, address: I::Address) -> Option<(H::Io, H::Address)> {
        let key = self.handshake.key(&address);
        match self.handshake.begin(io, address) {
            Begin::Done(io, address) => Some((io, address)),
            Begin::Refuse => None,
            Begin::Wait(handshake) => {
                match self.places.take(key) {
                    Some(place) => {
                        self.pending.spawn(async move {
                            // Given back whatever becomes of the task.
                            let _place = place;
                            handshake.await
                        });
                    }
                    None => self.handshake.crowded(key),
                }
                None
            }
        }
    }
}

impl<I: Incoming, H: Handshake<I>> Incoming for Handshakes<I, H> {
    type Io = H::Io;
    type Address = H::Address;

    async fn accept(&mut self) -> (H::Io, H::Address) {
        loop {
            // Dropped between two steps, nothing is in hand: what has been accepted is in its task.
            let accepted = tokio::select! {
                biased;
                Some(finished) = self.pending.join_next() => finished.ok().flatten(),
                (io, address) = self.incoming.accept(), if self.pending.len() < self.max_pending => {
                    self.begin(io, address)
                }
            };
            if let Some(accepted) = accepted {
                return accepted;
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.incoming.local_addr()
    }
}

impl<I: Incoming, H: Handshake<I>> fmt::Debug for Handshakes<I, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshakes")
            .field("pending", &self.pending.len())
            .field("max_pending", &self.max_pending)
            .finish_non_exhaustive()
    }
}

/// How many handshakes are under way for each address.
struct Places {
    most: usize,
    taken: Taken,
}

type Taken = Arc<Mutex<HashMap<IpAddr, usize>>>;

impl Places {
    fn take(&self, key: IpAddr) -> Option<Place> {
        let key = match key.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & FIRST_64)),
            key @ IpAddr::V4(_) => key,
        };
        let mut taken = lock(&self.taken);
        let count = taken.entry(key).or_default();
        if *count >= self.most {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Place { key, taken: Arc::clone(&self.taken) })
    }
}

struct Place {
    key: IpAddr,
    taken: Taken,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Entry::Occupied(mut entry) = lock(&self.taken).entry(self.key) {
            let left = entry.get().saturating_sub(1);
            if left == 0 {
                entry.remove();
            } else {
                entry.insert(left);
            }
        }
    }
}

fn lock(taken: &Taken) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who has one address of an IPv6 network has the 2^64 beside it (RFC 4291 §2.5.1).
const FIRST_64: u128 = (u64::MAX as u128) << 64;
