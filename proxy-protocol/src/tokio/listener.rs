use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncRead;

use crate::client::canonical;
use crate::handshakes::{Begin, Handshake, Handshakes, Incoming, Remote};
use crate::proxy::ACCEPTED;
use crate::{ClientAddress, Decision, ProxyProtocol, VerifyError};

/// Made by [`ProxyProtocol::listener`].
pub type ProxyListener<I> = Handshakes<I, ProxyHandshake>;

impl ProxyProtocol {
    /// A listener that hands connections out when their client is known, and closes the others.
    ///
    /// All headers are waited for at the same time, so a peer that is slow delays nobody else. Who may
    /// not connect is closed before it takes a place, and before a byte of it is read. The bounds and
    /// the deadline are those of the builder.
    pub fn listener<I>(&self, incoming: I) -> ProxyListener<I>
    where
        I: Incoming<Io: AsyncRead + Unpin, Address = SocketAddr>,
    {
        let limits = self.limits();
        let handshake = ProxyHandshake { proxy: self.clone(), observed: None };
        Handshakes::new(incoming, handshake, limits.pending, limits.pending_per_peer)
    }
}

impl<I> ProxyListener<I>
where
    I: Incoming<Io: AsyncRead + Unpin, Address = SocketAddr>,
{
    /// Hands out too what would be denied, as it came, to see who it is before they are turned away:
    /// for a roll-out. Each such peer is logged once, at warn (feature `tracing`), as far as the
    /// first 1024 of them.
    ///
    /// No proof is made from a failure: [`Accepted::client`] is [`VerifyError::Denied`], and what
    /// asks for the client's address refuses. A peer that must send a header is not observed but
    /// refused without one, since whatever else it sends can be taken for nothing.
    #[must_use]
    pub fn observe(mut self) -> Self {
        self.handshake.observed = Some(Arc::default());
        self
    }
}

/// What a [`ProxyListener`] knows of a connection.
#[derive(Clone, Debug)]
pub struct Accepted {
    peer: SocketAddr,
    client: Result<ClientAddress, VerifyError>,
}

impl Accepted {
    #[cfg(feature = "testing")]
    pub(crate) fn new(peer: SocketAddr, client: ClientAddress) -> Self {
        Self { peer, client: Ok(client) }
    }

    /// The other end of the connection.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Denied`] for a peer that [`observe`](ProxyListener::observe) lets pass.
    pub fn client(&self) -> Result<&ClientAddress, VerifyError> {
        self.client.as_ref().map_err(|error| *error)
    }
}

/// The client's address, or the peer's where the listener only observes and the client is not known.
impl Remote for Accepted {
    fn ip(&self) -> IpAddr {
        self.client.as_ref().map_or_else(|_| self.peer.ip(), ClientAddress::ip)
    }
}

/// The handshake of a [`ProxyListener`]: a header, if the peer must send one.
#[derive(Debug)]
pub struct ProxyHandshake {
    proxy: ProxyProtocol,
    /// The peers that were let pass and are logged already.
    observed: Option<Arc<Mutex<HashSet<IpAddr>>>>,
}

impl ProxyHandshake {
    fn observe(&self, peer: SocketAddr) -> bool {
        let Some(observed) = &self.observed else { return false };
        let mut observed = observed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = observed.len() < MOST_OBSERVED && observed.insert(peer.ip());
        drop(observed);
        #[cfg(feature = "tracing")]
        if is_new {
            tracing::warn!(peer = %peer.ip(), "would be denied");
        }
        #[cfg(not(feature = "tracing"))]
        let _ = is_new;
        true
    }
}

impl<I> Handshake<I> for ProxyHandshake
where
    I: Incoming<Io: AsyncRead + Unpin, Address = SocketAddr>,
{
    type Io = I::Io;
    type Address = Accepted;

    fn begin(&self, io: I::Io, peer: SocketAddr) -> Begin<I::Io, Accepted> {
        let peer = canonical(peer);
        match self.proxy.decide(peer.ip()) {
            Decision::Deny => {
                self.proxy.report(VerifyError::Denied, Some(peer.ip()));
                if self.observe(peer) {
                    Begin::Done(io, Accepted { peer, client: Err(VerifyError::Denied) })
                } else {
                    Begin::Refuse
                }
            }
            Decision::Direct => {
                self.proxy.tell(ACCEPTED);
                Begin::Done(io, Accepted { peer, client: Ok(ClientAddress::direct(peer)) })
            }
            Decision::Require => {
                let proxy = self.proxy.clone();
                Begin::Wait(Box::pin(async move {
                    let (io, client) = proxy.accept(io, peer).await.ok()?;
                    Some((io, Accepted { peer, client: Ok(client) }))
                }))
            }
        }
    }

    fn key(&self, peer: &SocketAddr) -> IpAddr {
        peer.ip()
    }

    fn crowded(&self, key: IpAddr) {
        self.proxy.report(VerifyError::TooManyPending, Some(key));
    }
}

const MOST_OBSERVED: usize = 1024;
