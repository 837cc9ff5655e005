use std::net::IpAddr;

use proxy_protocol::handshakes::{Begin, Handshake, Handshakes, Incoming, Remote};
use tokio::io::{AsyncRead, AsyncWrite};

use super::EdgeStream;
use crate::{EdgeConnection, OriginMtls, VerifyError};

/// Made by [`OriginMtls::listener`].
pub type OriginListener<I> = Handshakes<I, EdgeHandshake>;

impl OriginMtls {
    /// A listener that hands connections out when their handshake is done, and closes the others. It
    /// stands on a `TcpListener`, or on a listener of `proxy_protocol`, whose header comes first.
    ///
    /// All handshakes are done at the same time, on whatever threads the runtime has, so a peer that
    /// is slow delays nobody else. The bounds and the deadline are those of the builder.
    pub fn listener<I>(&self, incoming: I) -> OriginListener<I>
    where
        I: Incoming<Io: AsyncRead + AsyncWrite + Unpin, Address: Remote>,
    {
        let limits = self.limits();
        let handshake = EdgeHandshake { origin: self.clone() };
        Handshakes::new(incoming, handshake, limits.pending, limits.pending_per_peer)
    }
}

/// What an [`OriginListener`] knows of a connection.
#[derive(Clone, Debug)]
pub struct EdgeAddress<A> {
    connection: EdgeConnection,
    remote: A,
}

impl<A> EdgeAddress<A> {
    /// Who is at the other end.
    pub fn connection(&self) -> &EdgeConnection {
        &self.connection
    }

    /// What the listener beneath knows.
    pub fn remote(&self) -> &A {
        &self.remote
    }
}

impl<A: Remote> Remote for EdgeAddress<A> {
    fn ip(&self) -> IpAddr {
        self.remote.ip()
    }
}

/// The handshake of an [`OriginListener`].
#[derive(Debug)]
pub struct EdgeHandshake {
    origin: OriginMtls,
}

impl<I> Handshake<I> for EdgeHandshake
where
    I: Incoming<Io: AsyncRead + AsyncWrite + Unpin, Address: Remote>,
{
    type Io = EdgeStream<I::Io>;
    type Address = EdgeAddress<I::Address>;

    fn begin(&self, io: I::Io, remote: I::Address) -> Begin<Self::Io, Self::Address> {
        let origin = self.origin.clone();
        Begin::Wait(Box::pin(async move {
            let stream = origin.accept_from(io, Some(remote.ip())).await.ok()?;
            let connection = stream.connection().clone();
            Some((stream, EdgeAddress { connection, remote }))
        }))
    }

    fn key(&self, remote: &I::Address) -> IpAddr {
        remote.ip()
    }

    fn crowded(&self, key: IpAddr) {
        self.origin.report(VerifyError::TooManyPending, Some(key));
    }
}
