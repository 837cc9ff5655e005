use core::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::ParseError;

/// The header of Cloudflare's [Simple Proxy Protocol], which Spectrum puts in front of every UDP
/// datagram where it is switched on.
///
/// Whatever is sent back must begin with the same header: [`to_bytes`](Self::to_bytes).
///
/// ```
/// use proxy_protocol::SimpleHeader;
///
/// # let datagram = [&SimpleHeader::new("203.0.113.7:5353".parse()?, "198.51.100.9:53".parse()?).to_bytes()[..], b"ping"].concat();
/// let (header, payload) = SimpleHeader::parse(&datagram)?;
/// assert_eq!(header.client(), "203.0.113.7:5353".parse()?);
/// let reply = [&header.to_bytes()[..], payload].concat();
/// # assert_eq!(reply, datagram);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [Simple Proxy Protocol]: https://developers.cloudflare.com/spectrum/reference/simple-proxy-protocol-header/
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct SimpleHeader {
    client: SocketAddr,
    proxy: SocketAddr,
}

impl SimpleHeader {
    /// A header with these addresses, for a sender. One of IPv4 that is written as IPv6 is the one of
    /// IPv4, as it is when it is read.
    #[must_use]
    pub const fn new(client: SocketAddr, proxy: SocketAddr) -> Self {
        Self { client: canonical(client), proxy: canonical(proxy) }
    }

    /// Reads the header of a datagram, and gives the payload behind it. Nothing is allocated.
    ///
    /// # Errors
    ///
    /// [`ParseError::SimpleTruncated`] for fewer than 38 bytes, [`ParseError::SimpleMagic`] for
    /// others than begin with `0x56EC`.
    pub fn parse(datagram: &[u8]) -> Result<(Self, &[u8]), ParseError> {
        let (header, payload) =
            datagram.split_first_chunk::<LENGTH>().ok_or(ParseError::SimpleTruncated)?;
        let (magic, rest) = header.split_first_chunk().unwrap_or((&[0; 2], &[]));
        if *magic != MAGIC {
            return Err(ParseError::SimpleMagic);
        }
        let (client, rest) = rest.split_first_chunk::<16>().ok_or(ParseError::SimpleTruncated)?;
        let (proxy, ports) = rest.split_first_chunk::<16>().ok_or(ParseError::SimpleTruncated)?;
        let &[a, b, c, d] = ports.first_chunk().ok_or(ParseError::SimpleTruncated)?;
        let address = |address: &[u8; 16], port| {
            SocketAddr::new(Ipv6Addr::from(*address).into(), u16::from_be_bytes(port))
        };
        Ok((Self::new(address(client, [a, b]), address(proxy, [c, d])), payload))
    }

    /// The client's address and port; IPv4 where it is one.
    #[must_use]
    pub const fn client(&self) -> SocketAddr {
        self.client
    }

    /// The address and port at Cloudflare that the client sent to.
    #[must_use]
    pub const fn proxy(&self) -> SocketAddr {
        self.proxy
    }

    /// The header's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let fields = MAGIC
            .into_iter()
            .chain(octets(self.client))
            .chain(octets(self.proxy))
            .chain(self.client.port().to_be_bytes())
            .chain(self.proxy.port().to_be_bytes());
        for (place, byte) in bytes.iter_mut().zip(fields) {
            *place = byte;
        }
        bytes
    }
}

const fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// An IPv4 address is mapped.
fn octets(address: SocketAddr) -> [u8; 16] {
    match address.ip() {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

const LENGTH: usize = 38;
const MAGIC: [u8; 2] = [0x56, 0xec];
