//! What is written is read again, and what is read is written again: the same, and byte for byte where
//! there is one way to write it.
//!
//! The input is a header, or else what to write: a byte of switches, source and destination, each an
//! address and a port, and TLVs.

#![no_main]

use std::net::{IpAddr, SocketAddr};

use edgeproof_fuzz::proxy::{Reading, address, ours, well_formed};
use libfuzzer_sys::fuzz_target;
use proxy_protocol::{
    Command, EncodeError, EncoderV2, Family, Tlv, Transport, V1_UNKNOWN, Version, encode_v1,
};

fuzz_target!(|input: &[u8]| {
    match ours(input) {
        Some(reading) => write_again(input, reading),
        None => drop(read_again(input)),
    }
});

fn write_again(input: &[u8], read: Reading<'_>) {
    let header = &input[..read.consumed];
    let is_proxy = read.command == Command::Proxy;
    let written = match (read.version, read.addresses) {
        (Version::V1, None) => V1_UNKNOWN.to_vec(),
        (Version::V1, Some((source, destination))) => {
            let written = line(source, destination);
            if is_canonical(header) {
                assert_eq!(written, header);
            }
            written
        }
        // Neither Unix sockets nor UNSPEC can be written.
        (_, None) if is_proxy => return,
        (_, addresses) => {
            let to_write = ToWrite {
                ends: addresses.map(|(source, destination)| (read.transport, source, destination)),
                tlvs: without_checksum(&read.tlvs),
                has_checksum: read.tlvs.iter().any(is_checksum),
            };
            let written = to_write.write().expect("no longer than what was read");
            // The checksum is written last, and LOCAL without addresses.
            if is_proxy && (!to_write.has_checksum || read.tlvs.last().is_some_and(is_checksum)) {
                assert_eq!(written, header);
            }
            written
        }
    };
    let again = ours(&written).expect("what is written is accepted");
    assert_eq!(again.consumed, written.len());
    assert_eq!((again.version, again.command), (read.version, read.command));
    assert_eq!(again.addresses, read.addresses);
    assert_eq!(without_checksum(&again.tlvs), without_checksum(&read.tlvs));
    if is_proxy {
        assert_eq!((again.family, again.transport), (read.family, read.transport));
    }
}

/// Whether the line has its addresses in the form in which std writes them.
fn is_canonical(line: &[u8]) -> bool {
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    fields[2..4].iter().all(|field| {
        let address = address::<IpAddr>(field).expect("an address");
        address.to_string().as_bytes() == *field
    })
}

/// Gives `None` if the input is too short to be something to write.
fn read_again(mut input: &[u8]) -> Option<()> {
    let (&switches, rest) = input.split_first()?;
    input = rest;
    let source = take_end(&mut input, switches & 1 != 0)?;
    let destination = take_end(&mut input, switches & 2 != 0)?;
    check_line(source, destination);

    let transport = match switches >> 2 & 3 {
        0 => Transport::Unspec,
        1 => Transport::Stream,
        _ => Transport::Dgram,
    };
    let to_write = ToWrite {
        ends: (switches & 0x10 == 0).then_some((transport, source, destination)),
        tlvs: take_tlvs(input),
        has_checksum: switches & 0x20 != 0,
    };
    check_header(&to_write);
    Some(())
}

fn check_line(source: SocketAddr, destination: SocketAddr) {
    let written = line(source, destination);
    let read = ours(&written).expect("what is written is accepted");
    let (source, destination, family) = same_family(source, destination);
    assert_eq!(read.addresses, Some((source, destination)));
    assert_eq!((read.version, read.family), (Version::V1, family));
    assert_eq!(read.consumed, written.len());
}

fn check_header(to_write: &ToWrite<'_>) {
    let written = match to_write.write() {
        Ok(written) => written,
        Err(EncodeError::TooLong) => return assert!(to_write.length() > 16 + 4096),
        Err(EncodeError::Value) => return assert!(!to_write.is_well_formed()),
        Err(error) => panic!("{error}"),
    };
    assert!(to_write.is_well_formed());
    assert_eq!(written.len(), to_write.length());
    let read = ours(&written).expect("what is written is accepted");
    assert_eq!((read.version, read.consumed), (Version::V2, written.len()));
    match to_write.ends {
        Some((transport, source, destination)) => {
            let (source, destination, family) = same_family(source, destination);
            let ends = Some((source, destination));
            assert_eq!((read.command, read.family), (Command::Proxy, family));
            assert_eq!(read.transport, transport);
            assert_eq!(read.addresses, ends.filter(|_| transport != Transport::Unspec));
        }
        None => assert_eq!((read.command, read.addresses), (Command::Local, None)),
    }
    assert_eq!(read.tlvs.iter().any(is_checksum), to_write.has_checksum);
    assert_eq!(without_checksum(&read.tlvs), to_write.tlvs);
}

struct ToWrite<'a> {
    /// `None` for LOCAL.
    ends: Option<(Transport, SocketAddr, SocketAddr)>,
    tlvs: Vec<(u8, &'a [u8])>,
    has_checksum: bool,
}

impl ToWrite<'_> {
    /// Into a buffer of the right length, after it was refused one that is a byte shorter.
    fn write(&self) -> Result<Vec<u8>, EncodeError> {
        let mut buffer = vec![0xaa; self.length()];
        let length = self.write_into(&mut buffer)?;
        assert_eq!(length, buffer.len());

        let mut shorter = vec![0xaa; self.length() - 1];
        assert_eq!(self.write_into(&mut shorter), Err(EncodeError::BufferTooSmall));
        Ok(buffer)
    }

    fn write_into(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut encoder = match self.ends {
            Some((transport, source, destination)) => {
                EncoderV2::proxy(transport, source, destination, out)?
            }
            None => EncoderV2::local(out)?,
        };
        for (kind, value) in &self.tlvs {
            encoder = encoder.tlv(*kind, value)?;
        }
        if self.has_checksum { encoder.finish_with_crc32c() } else { encoder.finish() }
    }

    fn length(&self) -> usize {
        let block = match self.ends {
            Some((_, source, destination)) if source.is_ipv4() && destination.is_ipv4() => 12,
            Some(_) => 36,
            None => 0,
        };
        let tlvs: usize = self.tlvs.iter().map(|(_, value)| 3 + value.len()).sum();
        16 + block + tlvs + if self.has_checksum { 7 } else { 0 }
    }

    /// Whether a header may have these TLVs, and may get a checksum.
    fn is_well_formed(&self) -> bool {
        let mut area = Vec::new();
        for (kind, value) in &self.tlvs {
            let length = u16::try_from(value.len()).unwrap().to_be_bytes();
            area.extend([&[*kind], &length[..], value].concat());
        }
        well_formed(&area).is_some() && !self.tlvs.iter().any(is_checksum)
    }
}

fn line(source: SocketAddr, destination: SocketAddr) -> Vec<u8> {
    let mut longest = [0xaa; 107];
    let length = encode_v1(source, destination, &mut longest).expect("no longer");
    let too_small = encode_v1(source, destination, &mut vec![0xaa; length - 1]);
    assert_eq!(too_small, Err(EncodeError::BufferTooSmall));
    longest[..length].to_vec()
}

/// Addresses of two families become IPv6.
fn same_family(source: SocketAddr, destination: SocketAddr) -> (SocketAddr, SocketAddr, Family) {
    let mapped = |end: SocketAddr| match end {
        SocketAddr::V4(end) => (end.ip().to_ipv6_mapped(), end.port()).into(),
        SocketAddr::V6(_) => end,
    };
    match (source, destination) {
        (SocketAddr::V4(_), SocketAddr::V4(_)) => (source, destination, Family::Inet),
        _ => (mapped(source), mapped(destination), Family::Inet6),
    }
}

fn take_end(input: &mut &[u8], is_v6: bool) -> Option<SocketAddr> {
    let ip = if is_v6 { take::<16>(input)?.into() } else { take::<4>(input)?.into() };
    Some(SocketAddr::new(ip, u16::from_be_bytes(take(input)?)))
}

fn take<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(*taken)
}

/// As many as are whole.
fn take_tlvs(mut input: &[u8]) -> Vec<(u8, &[u8])> {
    let mut tlvs = Vec::new();
    while let Some([kind, high, low]) = take(&mut input)
        && let Some((value, rest)) =
            input.split_at_checked(usize::from(u16::from_be_bytes([high, low])))
    {
        tlvs.push((kind, value));
        input = rest;
    }
    tlvs
}

fn is_checksum(tlv: &(u8, &[u8])) -> bool {
    tlv.0 == Tlv::CRC32C
}

fn without_checksum<'a>(tlvs: &[(u8, &'a [u8])]) -> Vec<(u8, &'a [u8])> {
    tlvs.iter().filter(|tlv| !is_checksum(tlv)).copied().collect()
}
