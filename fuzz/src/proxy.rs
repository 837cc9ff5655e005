//! The PROXY protocol a second time, for comparison: headers are read whole, by copying, splitting and
//! the parsers of std.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::{self, FromStr};

use proxy_protocol::{Command, Family, Header, Progress, Transport, Version, parse};

/// What a header says.
#[derive(Debug, PartialEq)]
pub struct Reading<'a> {
    pub version: Version,
    pub command: Command,
    pub family: Family,
    pub transport: Transport,
    pub addresses: Option<(SocketAddr, SocketAddr)>,
    pub unix: Option<(&'a [u8], &'a [u8])>,
    pub tlvs: Vec<(u8, &'a [u8])>,
    pub consumed: usize,
}

impl<'a> Reading<'a> {
    /// What the crate says.
    pub fn of(header: &Header<'a>, consumed: usize) -> Self {
        assert_eq!(header.source().is_some(), header.destination().is_some());
        Self {
            version: header.version(),
            command: header.command(),
            family: header.family(),
            transport: header.transport(),
            addresses: header.source().zip(header.destination()),
            unix: header.unix().map(|(source, destination)| (&source[..], &destination[..])),
            tlvs: header.tlvs().map(|tlv| (tlv.kind, tlv.value)).collect(),
            consumed,
        }
    }
}

/// What the crate reads, if there is a whole and valid header.
pub fn ours(received: &[u8]) -> Option<Reading<'_>> {
    match parse(received) {
        Ok(Progress::Complete { header, consumed }) => Some(Reading::of(&header, consumed)),
        _ => None,
    }
}

/// What the specification says is there.
pub fn expected(received: &[u8]) -> Option<Reading<'_>> {
    match received.split_first_chunk::<16>() {
        Some((fixed, rest)) if fixed.starts_with(SIGNATURE) => expected_v2(fixed, rest),
        _ => expected_v1(received),
    }
}

fn expected_v1(received: &[u8]) -> Option<Reading<'_>> {
    let end = received.windows(2).position(|pair| pair == b"\r\n")?;
    let consumed = end + 2;
    if consumed > 107 {
        return None;
    }
    let fields: Vec<&[u8]> = received[..end].split(|byte| *byte == b' ').collect();
    let (family, addresses) = match fields[..] {
        [b"PROXY", b"UNKNOWN", ..] => (Family::Unspec, None),
        [b"PROXY", b"TCP4", source, destination, from, to] => {
            let source = (address::<Ipv4Addr>(source)?, port(from)?).into();
            (Family::Inet, Some((source, (address::<Ipv4Addr>(destination)?, port(to)?).into())))
        }
        [b"PROXY", b"TCP6", source, destination, from, to] => {
            let source = (address::<Ipv6Addr>(source)?, port(from)?).into();
            (Family::Inet6, Some((source, (address::<Ipv6Addr>(destination)?, port(to)?).into())))
        }
        _ => return None,
    };
    Some(Reading {
        version: Version::V1,
        command: Command::Proxy,
        family,
        transport: addresses.map_or(Transport::Unspec, |_| Transport::Stream),
        addresses,
        unix: None,
        tlvs: Vec::new(),
        consumed,
    })
}

fn expected_v2<'a>(fixed: &[u8; 16], rest: &'a [u8]) -> Option<Reading<'a>> {
    let [.., version_and_command, family_and_transport, high, low] = *fixed;
    let command = match version_and_command {
        0x20 => Command::Local,
        0x21 => Command::Proxy,
        _ => return None,
    };
    let family = match family_and_transport / 16 {
        0 => Family::Unspec,
        1 => Family::Inet,
        2 => Family::Inet6,
        3 => Family::Unix,
        _ => return None,
    };
    let transport = match family_and_transport % 16 {
        0 => Transport::Unspec,
        1 => Transport::Stream,
        2 => Transport::Dgram,
        _ => return None,
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > 4096 {
        return None;
    }
    let body = rest.get(..length)?;
    let is_local = command == Command::Local;
    let (block, area) = match body.split_at_checked(block_length(family)) {
        Some(parts) => parts,
        None if is_local => (&[][..], &[][..]),
        None => return None,
    };
    let tlvs = match well_formed(area) {
        Some(tlvs) => tlvs,
        None if is_local => Vec::new(),
        None => return None,
    };
    if let Some(checksum) = tlvs.iter().find(|tlv| tlv.0 == 3) {
        let header = [&fixed[..], body].concat();
        if checksum.1 != checksum_of(&header) {
            return None;
        }
    }
    let (mut addresses, mut unix) = (None, None);
    if !is_local && transport != Transport::Unspec {
        let port = |at| u16::from_be_bytes([block[at], block[at + 1]]);
        let ip = |bytes: &[u8]| match bytes.try_into().map(<[u8; 4]>::into) {
            Ok(address) => IpAddr::V4(address),
            Err(_) => IpAddr::V6(<[u8; 16]>::try_from(bytes).unwrap().into()),
        };
        match family {
            Family::Inet => {
                addresses =
                    Some(((ip(&block[..4]), port(8)).into(), (ip(&block[4..8]), port(10)).into()));
            }
            Family::Inet6 => {
                addresses = Some((
                    (ip(&block[..16]), port(32)).into(),
                    (ip(&block[16..32]), port(34)).into(),
                ));
            }
            Family::Unix => unix = Some(block.split_at(108)),
            _ => {}
        }
    }
    Some(Reading {
        version: Version::V2,
        command,
        family,
        transport,
        addresses,
        unix,
        tlvs,
        consumed: 16 + length,
    })
}

/// An IP address, as std reads it: section 2.1's grammar, and IPv6 with a dotted end.
pub fn address<T: FromStr>(text: &[u8]) -> Option<T> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// Section 2.1: decimal, no more than 65535, without a sign or leading zeros.
pub fn port(text: &[u8]) -> Option<u16> {
    let port = address::<u16>(text)?;
    (port.to_string().as_bytes() == text).then_some(port)
}

/// How many bytes of addresses a family has.
pub fn block_length(family: Family) -> usize {
    match family {
        Family::Inet => 4 + 4 + 2 + 2,
        Family::Inet6 => 16 + 16 + 2 + 2,
        Family::Unix => 108 + 108,
        _ => 0,
    }
}

/// The types and values that these bytes are filled with.
pub fn split(mut area: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut tlvs = Vec::new();
    while !area.is_empty() {
        let length = usize::from(area.get(1)?.to_owned()) * 256 + usize::from(*area.get(2)?);
        tlvs.push((area[0], area.get(3..3 + length)?));
        area = &area[3 + length..];
    }
    Some(tlvs)
}

/// The same, if those that have a form have it. The checksum's value is not looked at.
pub fn well_formed(area: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let tlvs = split(area)?;
    let has_its_form = |&(kind, value): &(u8, &[u8])| match kind {
        0x03 => value.len() == 4,
        0x05 => value.len() <= 128,
        0x20 => value.get(5..).and_then(split).is_some(),
        _ => true,
    };
    let checksums = tlvs.iter().filter(|tlv| tlv.0 == 3).count();
    (checksums <= 1 && tlvs.iter().all(has_its_form)).then_some(tlvs)
}

/// What the checksum's value should be, in a header of version 2 whose TLVs are well formed.
pub fn checksum_of(header: &[u8]) -> [u8; 4] {
    let mut zeroed = header.to_vec();
    if let Some(at) = checksum_place(header) {
        zeroed[at..at + 4].fill(0);
    }
    crc32c::crc32c(&zeroed).to_be_bytes()
}

/// Where the checksum's value begins, if there is one.
pub fn checksum_place(header: &[u8]) -> Option<usize> {
    let block = [0, 12, 36, 216].get(usize::from(header[13] / 16))?;
    let mut at = 16 + block;
    for (kind, value) in split(header.get(at..)?)? {
        at += 3;
        if kind == 3 {
            return Some(at);
        }
        at += value.len();
    }
    None
}

/// A header of version 2.
pub fn v2(version_and_command: u8, family_and_transport: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    let commands = [version_and_command, family_and_transport];
    [SIGNATURE, &commands[..], &length, body].concat()
}

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
