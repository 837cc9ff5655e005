//! Writing headers, into a buffer of the caller's.

use core::fmt::{self, Write};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use thiserror::Error;

use crate::parse::{FIXED, LONGEST, SIGNATURE};
use crate::{Tlv, Transport, crc32c, tlv};

/// Writes version 1's line for these addresses into `out`, and gives its length.
///
/// Addresses of different families are both written as IPv6, the IPv4 one mapped
/// (`::ffff:192.0.2.1`), as HAProxy does.
///
/// ```
/// use proxy_protocol::encode_v1;
///
/// let mut out = [0; 107];
/// let source = "203.0.113.7:51000".parse()?;
/// let length = encode_v1(source, "198.51.100.9:22".parse()?, &mut out)?;
/// assert_eq!(&out[..length], b"PROXY TCP4 203.0.113.7 198.51.100.9 51000 22\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`EncodeError::BufferTooSmall`]; 107 bytes are enough.
pub fn encode_v1(
    source: SocketAddr,
    destination: SocketAddr,
    out: &mut [u8],
) -> Result<usize, EncodeError> {
    let mut out = Out { bytes: out, length: 0 };
    let (source_port, destination_port) = (source.port(), destination.port());
    match same_family(source.ip(), destination.ip()) {
        Pair::V4(source, destination) => {
            write!(out, "PROXY TCP4 {source} {destination} {source_port} {destination_port}\r\n")
        }
        Pair::V6(source, destination) => {
            write!(out, "PROXY TCP6 {source} {destination} {source_port} {destination_port}\r\n")
        }
    }
    .map_err(|_| EncodeError::BufferTooSmall)?;
    Ok(out.length)
}

/// Version 1's line for a client whose address is not known.
pub const V1_UNKNOWN: &[u8; 15] = b"PROXY UNKNOWN\r\n";

/// Writes a header of version 2 into a buffer.
///
/// ```
/// use proxy_protocol::{EncoderV2, Progress, Tlv, Transport, parse};
///
/// let (source, destination) = ("[2001:db8::7]:51000".parse()?, "[2001:db8::9]:443".parse()?);
/// let mut out = [0; 128];
/// let length = EncoderV2::proxy(Transport::Stream, source, destination, &mut out)?
///     .tlv(Tlv::AUTHORITY, b"plue.dev")?
///     .finish_with_crc32c()?;
///
/// let Progress::Complete { header, .. } = parse(&out[..length])? else { unreachable!() };
/// assert_eq!(header.source(), Some(source));
/// assert_eq!(header.authority()?, Some("plue.dev"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct EncoderV2<'a>(Out<'a>);

impl<'a> EncoderV2<'a> {
    /// On behalf of a client. Addresses of different families are both written as IPv6. With
    /// [`Transport::Unspec`] a receiver must not believe them.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`].
    pub fn proxy(
        transport: Transport,
        source: SocketAddr,
        destination: SocketAddr,
        out: &'a mut [u8],
    ) -> Result<Self, EncodeError> {
        let transport = match transport {
            Transport::Unspec => 0,
            Transport::Stream => 1,
            Transport::Dgram => 2,
        };
        let mut encoder = match same_family(source.ip(), destination.ip()) {
            Pair::V4(source, destination) => Self::begin(PROXY, INET | transport, out)?
                .put(&source.octets())?
                .put(&destination.octets())?,
            Pair::V6(source, destination) => Self::begin(PROXY, INET6 | transport, out)?
                .put(&source.octets())?
                .put(&destination.octets())?,
        };
        encoder = encoder.put(&source.port().to_be_bytes())?;
        encoder.put(&destination.port().to_be_bytes())
    }

    /// On the sender's own behalf, as for a health check.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`].
    pub fn local(out: &'a mut [u8]) -> Result<Self, EncodeError> {
        Self::begin(LOCAL, 0, out)
    }

    /// Adds a TLV.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`], and [`EncodeError::Value`] for a unique id over 128 bytes, a
    /// malformed [`Tlv::SSL`], a value over 65535 bytes, and a checksum, which
    /// [`finish_with_crc32c`](Self::finish_with_crc32c) writes.
    pub fn tlv(self, kind: u8, value: &[u8]) -> Result<Self, EncodeError> {
        let length = u16::try_from(value.len()).map_err(|_| EncodeError::Value)?;
        if kind == Tlv::CRC32C || tlv::check_form(Tlv { kind, value }).is_err() {
            return Err(EncodeError::Value);
        }
        self.put(&[kind])?.put(&length.to_be_bytes())?.put(value)
    }

    /// Fills in the length, and gives the header's.
    ///
    /// # Errors
    ///
    /// [`EncodeError::TooLong`] if the header is over 4096 bytes behind its first 16, which this
    /// crate refuses to read.
    pub fn finish(self) -> Result<usize, EncodeError> {
        Ok(self.close()?.length)
    }

    /// Adds the checksum, and finishes.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish), and [`EncodeError::BufferTooSmall`].
    pub fn finish_with_crc32c(self) -> Result<usize, EncodeError> {
        let Out { bytes, length } = self.put(&[Tlv::CRC32C, 0, 4, 0, 0, 0, 0])?.close()?;
        let header = bytes.get_mut(..length).ok_or(EncodeError::BufferTooSmall)?;
        let checksum = crc32c::checksum(header, 0..0);
        *header.last_chunk_mut().ok_or(EncodeError::BufferTooSmall)? = checksum;
        Ok(length)
    }

    fn begin(
        version_and_command: u8,
        family_and_transport: u8,
        out: &'a mut [u8],
    ) -> Result<Self, EncodeError> {
        let encoder = Self(Out { bytes: out, length: 0 });
        encoder.put(SIGNATURE)?.put(&[version_and_command, family_and_transport, 0, 0])
    }

    fn put(mut self, bytes: &[u8]) -> Result<Self, EncodeError> {
        self.0.put(bytes).map(|()| self)
    }

    fn close(self) -> Result<Out<'a>, EncodeError> {
        let Self(out) = self;
        let behind = out.length.saturating_sub(FIXED);
        if behind > LONGEST {
            return Err(EncodeError::TooLong);
        }
        let behind = u16::try_from(behind).map_err(|_| EncodeError::TooLong)?;
        let fixed = out.bytes.first_chunk_mut::<FIXED>().ok_or(EncodeError::BufferTooSmall)?;
        let [.., high, low] = fixed;
        [*high, *low] = behind.to_be_bytes();
        Ok(out)
    }
}

/// Why a header cannot be written.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer is too small.
    #[error("the buffer is too small for the header")]
    BufferTooSmall,
    /// The header is over 4096 bytes behind its first 16.
    #[error("the header is over 4096 bytes behind its first 16")]
    TooLong,
    /// A TLV's value does not have the form of its type.
    #[error("the TLV's value does not have the form of its type")]
    Value,
}

enum Pair {
    V4(Ipv4Addr, Ipv4Addr),
    V6(Ipv6Addr, Ipv6Addr),
}

fn same_family(source: IpAddr, destination: IpAddr) -> Pair {
    let mapped = |address| match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => Pair::V4(source, destination),
        _ => Pair::V6(mapped(source), mapped(destination)),
    }
}

#[derive(Debug)]
struct Out<'a> {
    bytes: &'a mut [u8],
    length: usize,
}

impl Out<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        let end = self.length.saturating_add(bytes.len());
        let place = self.bytes.get_mut(self.length..end).ok_or(EncodeError::BufferTooSmall)?;
        place.copy_from_slice(bytes);
        self.length = end;
        Ok(())
    }
}

impl Write for Out<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

const LOCAL: u8 = 0x20;
const PROXY: u8 = 0x21;
const INET: u8 = 0x10;
const INET6: u8 = 0x20;
