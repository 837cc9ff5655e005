use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::{Header, Progress, parse};

/// The address of a client, and how it is known. Only this crate makes one.
///
/// Cloning shares one value.
#[derive(Clone)]
pub struct ClientAddress(Arc<Known>);

struct Known {
    address: SocketAddr,
    peer: SocketAddr,
    evidence: Evidence,
    header: Box<[u8]>,
}

/// How the address of a client is known.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Evidence {
    /// A trusted peer sent the request with it in `CF-Connecting-IP`, which has no port.
    ConnectingIp,
    /// The client is the peer, which is of a network without proxies.
    Direct,
    /// A trusted peer sent it in its header.
    Header,
    /// A trusted peer sent a header without an address (LOCAL, `UNKNOWN`, UNSPEC, a Unix socket), so
    /// it is that of the peer (section 2): a health check, or a client that no address is known of.
    Peer,
}

impl Evidence {
    /// A stable name for logs and counters.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ConnectingIp => "connecting_ip",
            Self::Direct => "direct",
            Self::Header => "header",
            Self::Peer => "peer",
        }
    }
}

impl ClientAddress {
    pub(crate) fn direct(peer: SocketAddr) -> Self {
        Self::new(peer, peer, Evidence::Direct, &[])
    }

    /// By the header that these bytes hold.
    pub(crate) fn by_header(peer: SocketAddr, header: &Header<'_>, bytes: &[u8]) -> Self {
        match header.source() {
            Some(source) => Self::new(source, peer, Evidence::Header, bytes),
            None => Self::new(peer, peer, Evidence::Peer, bytes),
        }
    }

    #[cfg(feature = "tower")]
    pub(crate) fn by_connecting_ip(peer: SocketAddr, address: IpAddr) -> Self {
        Self::new(SocketAddr::new(address, 0), peer, Evidence::ConnectingIp, &[])
    }

    fn new(address: SocketAddr, peer: SocketAddr, evidence: Evidence, header: &[u8]) -> Self {
        let (address, peer) = (canonical(address), canonical(peer));
        Self(Arc::new(Known { address, peer, evidence, header: header.into() }))
    }

    /// The client's address. One of IPv4 is never written as IPv6.
    #[must_use]
    pub fn ip(&self) -> IpAddr {
        self.0.address.ip()
    }

    /// The client's address and port. The port is 0 if only the address is known
    /// ([`Evidence::ConnectingIp`]).
    #[must_use]
    pub fn socket_addr(&self) -> SocketAddr {
        self.0.address
    }

    /// The other end of the connection: a proxy, or the client itself.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.0.peer
    }

    /// How the address is known.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        self.0.evidence
    }

    /// The header that the peer sent, with its TLVs; `None` without one.
    #[must_use]
    pub fn header(&self) -> Option<Header<'_>> {
        match parse(&self.0.header) {
            Ok(Progress::Complete { header, .. }) => Some(header),
            _ => None,
        }
    }
}

/// Shows the address: it is personal data where logs are kept.
impl fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAddress")
            .field("address", &self.0.address)
            .field("peer", &self.0.peer)
            .field("evidence", &self.0.evidence)
            .finish_non_exhaustive()
    }
}

pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
