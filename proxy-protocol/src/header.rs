use core::fmt;
use core::net::SocketAddr;

use crate::Tlvs;

/// A header, as its sender wrote it. Its TLVs are read by the methods named after them.
#[derive(Clone, Copy)]
pub struct Header<'a> {
    pub(crate) addresses: Addresses<'a>,
    pub(crate) tlvs: &'a [u8],
    pub(crate) version: Version,
    pub(crate) command: Command,
    pub(crate) family: Family,
    pub(crate) transport: Transport,
}

/// As version 2 lays them out: both addresses, then both ports.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Addresses<'a> {
    Inet(Block<'a, INET>),
    Inet6(Block<'a, INET6>),
    Unix(&'a [u8; 2 * UNIX]),
    Unspec,
}

/// Version 2's is left where it stands: most of what parsing it costs would be copying.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Block<'a, const N: usize> {
    Own([u8; N]),
    Received(&'a [u8; N]),
}

impl<const N: usize> Block<'_, N> {
    const fn bytes(&self) -> &[u8; N] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Received(bytes) => bytes,
        }
    }
}

impl<'a> Header<'a> {
    /// Which form the header has.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// On whose behalf the sender connected.
    #[must_use]
    pub const fn command(&self) -> Command {
        self.command
    }

    /// The kind of addresses. [`Unspec`](Family::Unspec) for `UNKNOWN` of version 1.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// The kind of connection that the sender accepted.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        self.transport
    }

    /// The client's address and port, as the sender saw them.
    ///
    /// `None` for LOCAL, `UNKNOWN` and UNSPEC, which mean the addresses of the connection itself,
    /// and for Unix sockets. An IPv4 address that the sender wrote as IPv6 (`::ffff:192.0.2.1`)
    /// stands here as it was written.
    #[must_use]
    pub fn source(&self) -> Option<SocketAddr> {
        self.pair().map(|(source, _)| source)
    }

    /// The address and port that the client connected to; `None` where
    /// [`source`](Self::source) is.
    #[must_use]
    pub fn destination(&self) -> Option<SocketAddr> {
        self.pair().map(|(_, destination)| destination)
    }

    #[inline]
    fn pair(&self) -> Option<(SocketAddr, SocketAddr)> {
        match &self.addresses {
            Addresses::Inet(block) => {
                let &[a, b, c, d, e, f, g, h, i, j, k, l] = block.bytes();
                let socket = |address: [u8; 4], port| {
                    SocketAddr::new(address.into(), u16::from_be_bytes(port))
                };
                Some((socket([a, b, c, d], [i, j]), socket([e, f, g, h], [k, l])))
            }
            Addresses::Inet6(block) => {
                let (source, rest) = block.bytes().split_first_chunk::<16>()?;
                let (destination, ports) = rest.split_first_chunk::<16>()?;
                let &[a, b, c, d] = ports.first_chunk()?;
                let socket = |address: &[u8; 16], port| {
                    SocketAddr::new((*address).into(), u16::from_be_bytes(port))
                };
                Some((socket(source, [a, b]), socket(destination, [c, d])))
            }
            Addresses::Unix(_) | Addresses::Unspec => None,
        }
    }

    /// Source and destination of a Unix socket, each as `sun_path` holds it: up to the first zero
    /// byte, or, for an abstract name, a zero byte and what follows it.
    #[must_use]
    pub fn unix(&self) -> Option<(&'a [u8; UNIX], &'a [u8; UNIX])> {
        let Addresses::Unix(block) = self.addresses else { return None };
        Some((block.first_chunk()?, block.last_chunk()?))
    }

    /// All TLVs of version 2, known or not, in their order.
    pub const fn tlvs(&self) -> Tlvs<'a> {
        Tlvs::new(self.tlvs)
    }
}

/// Two headers are equal if they say the same, in the same version.
impl PartialEq for Header<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.version, self.command, self.family, self.transport, self.pair(), self.unix())
            == (
                other.version,
                other.command,
                other.family,
                other.transport,
                other.pair(),
                other.unix(),
            )
            && self.tlvs == other.tlvs
    }
}

impl Eq for Header<'_> {}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("version", &self.version)
            .field("command", &self.command)
            .field("family", &self.family)
            .field("transport", &self.transport)
            .field("source", &self.source())
            .field("destination", &self.destination())
            .finish_non_exhaustive()
    }
}

/// Which form a header has.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Version {
    /// A line of text (section 2.1).
    V1,
    /// Binary, with TLVs (section 2.2).
    V2,
}

/// On whose behalf the sender connected.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// Its own, as for a health check; the connection's own addresses count. HAProxy writes it too
    /// in front of the data of clients that came through a Unix socket.
    Local,
    /// A client's.
    Proxy,
}

/// A kind of addresses.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Family {
    /// Not known, or of no known kind.
    Unspec,
    /// IPv4.
    Inet,
    /// IPv6.
    Inet6,
    /// A Unix socket.
    Unix,
}

/// A kind of connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Transport {
    /// Not known.
    Unspec,
    /// TCP, or a Unix stream.
    Stream,
    /// UDP, or Unix datagrams.
    Dgram,
}

/// Lengths of blocks, and of `sun_path` (section 2.2).
pub(crate) const INET: usize = 12;
pub(crate) const INET6: usize = 36;
pub(crate) const UNIX: usize = 108;
