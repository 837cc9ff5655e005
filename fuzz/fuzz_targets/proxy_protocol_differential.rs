//! Any bytes as the beginning of a connection: we and three peers accept the same, and read the same
//! addresses and length, but for the differences in `ALLOWED`.

#![no_main]

use std::net::SocketAddr;
use std::str;

use edgeproof_fuzz::proxy::{
    self, block_length, checksum_of, checksum_place, port, split, well_formed,
};
use libfuzzer_sys::fuzz_target;
use ppp::{v1, v2};
use proxy_protocol::Family;

use self::Difference::{Accepts, Misreads, Refuses};
use self::Peer::{Ppp, ProxyHeader, ProxyProtocolRs};

fuzz_target!(|received: &[u8]| {
    let ours = proxy::ours(received);
    let ours = ours.map(|reading| Outcome::new(reading.consumed, reading.addresses));
    for (peer, theirs) in [
        (Ppp, ppp(received)),
        (ProxyHeader, proxy_header(received)),
        (ProxyProtocolRs, proxy_protocol_rs(received)),
    ] {
        let difference = match (&ours, &theirs) {
            _ if ours == theirs => continue,
            (None, _) => Accepts,
            (_, None) => Refuses,
            _ => Misreads,
        };
        let is_allowed = ALLOWED.iter().any(|(peers, differences, holds)| {
            peers.contains(&peer) && differences.contains(&difference) && holds(received)
        });
        assert!(is_allowed, "{peer:?} {difference:?}: {theirs:?} instead of {ours:?}");
    }
});

#[derive(Debug, PartialEq)]
struct Outcome {
    consumed: usize,
    addresses: Option<(SocketAddr, SocketAddr)>,
}

impl Outcome {
    fn new(consumed: usize, addresses: Option<(SocketAddr, SocketAddr)>) -> Self {
        Self { consumed, addresses }
    }
}

fn ppp(received: &[u8]) -> Option<Outcome> {
    match ppp::HeaderResult::parse(received) {
        ppp::HeaderResult::V1(header) => {
            let header = header.ok()?;
            let addresses = match header.addresses {
                v1::Addresses::Tcp4(ends) => Some((
                    (ends.source_address, ends.source_port).into(),
                    (ends.destination_address, ends.destination_port).into(),
                )),
                v1::Addresses::Tcp6(ends) => Some((
                    (ends.source_address, ends.source_port).into(),
                    (ends.destination_address, ends.destination_port).into(),
                )),
                v1::Addresses::Unknown => None,
            };
            Some(Outcome::new(header.header.len(), addresses))
        }
        ppp::HeaderResult::V2(header) => {
            let header = header.ok()?;
            let addresses = match header.addresses {
                v2::Addresses::IPv4(ends) => Some((
                    (ends.source_address, ends.source_port).into(),
                    (ends.destination_address, ends.destination_port).into(),
                )),
                v2::Addresses::IPv6(ends) => Some((
                    (ends.source_address, ends.source_port).into(),
                    (ends.destination_address, ends.destination_port).into(),
                )),
                _ => None,
            };
            let is_readable = header.tlvs().all(|tlv| tlv.is_ok());
            is_readable.then(|| Outcome::new(header.len(), addresses))
        }
    }
}

fn proxy_header(received: &[u8]) -> Option<Outcome> {
    let (header, consumed) = proxy_header::ProxyHeader::parse(received, Default::default()).ok()?;
    let addresses = header.proxied_address().map(|ends| (ends.source, ends.destination));
    let is_readable = header.tlvs().all(|tlv| tlv.is_ok());
    is_readable.then(|| Outcome::new(consumed, addresses))
}

fn proxy_protocol_rs(received: &[u8]) -> Option<Outcome> {
    let (header, consumed) = proxy_protocol_rs::parse(received).ok()?;
    let addresses = header.source_inet().zip(header.destination_inet());
    Some(Outcome::new(consumed, addresses))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Peer {
    Ppp,
    ProxyHeader,
    ProxyProtocolRs,
}

/// What a peer does unlike us.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Difference {
    /// What we refuse, or have too little of.
    Accepts,
    Refuses,
    /// Both accept, and find other addresses or another length.
    Misreads,
}

type Allowed = (&'static [Peer], &'static [Difference], fn(&[u8]) -> bool);

const ALLOWED: &[Allowed] = &[
    // Version 1.
    (&[Ppp, ProxyHeader, ProxyProtocolRs], &[Accepts], has_a_port_in_another_form),
    (&[ProxyHeader], &[Accepts], is_a_line_over_107_bytes),
    (&[ProxyHeader], &[Accepts], has_no_space_behind_proxy),
    (&[ProxyHeader], &[Accepts], has_letters_behind_unknown),
    (&[Ppp], &[Accepts, Misreads], has_a_field_of_lf),
    (&[Ppp], &[Refuses], is_unknown_with_over_four_fields),
    (&[Ppp, ProxyHeader], &[Refuses], is_unknown_with_cr),
    (&[Ppp, ProxyProtocolRs], &[Refuses], is_unknown_without_text),
    // Version 2, LOCAL.
    (&[Ppp, ProxyHeader], &[Refuses], is_local_without_its_block),
    (&[Ppp, ProxyHeader], &[Refuses], is_local_with_malformed_tlvs),
    (&[Ppp], &[Misreads], is_local_with_addresses),
    (&[ProxyProtocolRs], &[Accepts], is_local_of_unassigned_family),
    (&[ProxyProtocolRs], &[Accepts, Refuses], is_local_with_a_block),
    // Version 2, families.
    (&[ProxyHeader], &[Refuses], is_of_unlisted_family),
    (&[ProxyProtocolRs], &[Refuses], is_proxy_of_unspec),
    (&[Ppp], &[Misreads], has_addresses_of_unspec_transport),
    // Version 2, length and TLVs.
    (&[Ppp, ProxyHeader, ProxyProtocolRs], &[Accepts], is_over_4096_bytes),
    (&[Ppp], &[Accepts], has_malformed_tlvs_of_unspec),
    (&[Ppp, ProxyHeader], &[Accepts], has_a_malformed_value),
    (&[Ppp, ProxyHeader], &[Accepts], has_a_wrong_checksum),
    (&[ProxyProtocolRs], &[Accepts, Refuses], has_two_checksums),
    (&[ProxyHeader], &[Refuses], has_text_that_is_none),
];

/// Section 2.1 has no sign, and "heading zeroes are not permitted". `u16::from_str` takes both.
fn has_a_port_in_another_form(received: &[u8]) -> bool {
    let line = line(received);
    let mut ports = line.rsplit(|byte| *byte == b' ').take(2);
    ports.any(|text| port(text).is_none() && proxy::address::<u16>(text).is_some())
}

/// Section 2.1: without CRLF in 107 bytes, a receiver "should declare the line invalid".
fn is_a_line_over_107_bytes(received: &[u8]) -> bool {
    received.starts_with(b"PROXY") && line(received).len() + 2 > 107
}

/// Section 2.1: "exactly one space".
fn has_no_space_behind_proxy(received: &[u8]) -> bool {
    received.strip_prefix(b"PROXY").is_some_and(|rest| !rest.starts_with(b" "))
}

/// Section 2.1 names `UNKNOWN`, and no longer word.
fn has_letters_behind_unknown(received: &[u8]) -> bool {
    let behind = received.strip_prefix(b"PROXY UNKNOWN");
    behind.and_then(|behind| behind.first()).is_some_and(|byte| !b" \r".contains(byte))
}

/// Section 2.1: LF alone does not end a line. To ppp it does behind a space.
fn has_a_field_of_lf(received: &[u8]) -> bool {
    received.starts_with(b"PROXY ") && received.windows(2).any(|pair| pair == b" \n")
}

/// Section 2.1: the receiver "must ignore anything presented before the CRLF". ppp splits it into five.
fn is_unknown_with_over_four_fields(received: &[u8]) -> bool {
    unknown(received)
        .is_some_and(|ignored| ignored.iter().filter(|byte| **byte == b' ').count() > 4)
}

/// As before: CR alone is ignored too.
fn is_unknown_with_cr(received: &[u8]) -> bool {
    unknown(received).is_some_and(|ignored| ignored.contains(&b'\r'))
}

/// As before: so is what is not UTF-8.
fn is_unknown_without_text(received: &[u8]) -> bool {
    unknown(received).is_some_and(|ignored| str::from_utf8(ignored).is_err())
}

/// Section 2.2: LOCAL's block is discarded, whatever its family says; and a receiver "must not assume"
/// its length.
fn is_local_without_its_block(received: &[u8]) -> bool {
    header(received).is_some_and(|header| header.is_local && header.area.is_none())
}

/// As before: what is discarded need not have a form.
fn is_local_with_malformed_tlvs(received: &[u8]) -> bool {
    header(received).is_some_and(|header| {
        header.is_local && header.area.is_some_and(|area| well_formed(area).is_none())
    })
}

/// Section 2.2: with LOCAL the connection's own addresses count.
fn is_local_with_addresses(received: &[u8]) -> bool {
    header(received).is_some_and(|header| header.is_local && matches!(header.family, 1 | 2))
}

/// Section 2.2: other values "must be rejected as invalid by receivers". That LOCAL's is ignored, it says
/// too.
fn is_local_of_unassigned_family(received: &[u8]) -> bool {
    header(received)
        .is_some_and(|header| header.is_local && (header.family > 3 || header.transport > 2))
}

/// Section 2.2: TLVs follow the addresses. There proxy-protocol-rs takes the addresses of LOCAL for
/// TLVs, and so finds a checksum in them, or misses one behind them.
fn is_local_with_a_block(received: &[u8]) -> bool {
    header(received).is_some_and(|header| header.is_local && header.family != 0)
}

/// Section 2.2 lists seven pairs of family and transport. Of others it does not say what is wrong.
fn is_of_unlisted_family(received: &[u8]) -> bool {
    header(received).is_some_and(|header| (header.family == 0) != (header.transport == 0))
}

/// Section 2.2: a receiver may accept UNSPEC, and use the connection's own addresses, or not.
fn is_proxy_of_unspec(received: &[u8]) -> bool {
    header(received)
        .is_some_and(|header| !header.is_local && (header.family == 0 || header.transport == 0))
}

/// As before. Addresses of no known transport are not a client's to us.
fn has_addresses_of_unspec_transport(received: &[u8]) -> bool {
    header(received).is_some_and(|header| matches!(header.family, 1 | 2) && header.transport == 0)
}

/// Our limit.
fn is_over_4096_bytes(received: &[u8]) -> bool {
    header(received).is_some_and(|header| header.length > 4096)
}

/// ppp takes all that follows for addresses, if their family is UNSPEC.
fn has_malformed_tlvs_of_unspec(received: &[u8]) -> bool {
    header(received).is_some_and(|header| {
        header.family == 0 && header.area.is_some_and(|area| split(area).is_none())
    })
}

/// Sections 2.2.3, 2.2.5 and 2.2.6: a checksum of 4 bytes, a unique id of 128 at most, and what is inside
/// of SSL. The peers look at values when they are asked for.
fn has_a_malformed_value(received: &[u8]) -> bool {
    header(received)
        .and_then(|header| header.area)
        .is_some_and(|area| split(area).is_some() && well_formed(area).is_none())
}

/// Section 2.2.3: a receiver that supports checksums must refuse a wrong one. The peers do not.
fn has_a_wrong_checksum(received: &[u8]) -> bool {
    let header = header(received).map(|header| &received[..16 + header.length]);
    let at = header.and_then(|header| Some((header, checksum_place(header)?)));
    at.is_some_and(|(header, at)| header.get(at..at + 4) != Some(&checksum_of(header)))
}

/// Section 2.2.3 speaks of one. To have two means nothing to us; the peer compares one of them with what
/// it computes with the other one as zeros.
fn has_two_checksums(received: &[u8]) -> bool {
    let tlvs = header(received).and_then(|header| header.area).and_then(split);
    tlvs.is_some_and(|tlvs| tlvs.iter().filter(|tlv| tlv.0 == 3).count() > 1)
}

/// Such as an authority that is not UTF-8: to us the header holds, and the accessor refuses.
fn has_text_that_is_none(received: &[u8]) -> bool {
    let tlvs = header(received).and_then(|header| header.area).and_then(split);
    tlvs.is_some_and(|tlvs| {
        let is_text = |kind| matches!(kind, 0x02 | 0x21..=0x25 | 0x30);
        tlvs.iter().any(|(kind, value)| is_text(*kind) && str::from_utf8(value).is_err())
    })
}

/// Without its CRLF, if there is one.
fn line(received: &[u8]) -> &[u8] {
    let end = received.windows(2).position(|pair| pair == b"\r\n");
    &received[..end.unwrap_or(received.len())]
}

/// What is to be ignored.
fn unknown(received: &[u8]) -> Option<&[u8]> {
    line(received).strip_prefix(b"PROXY UNKNOWN")
}

struct BinaryHeader<'a> {
    is_local: bool,
    family: u8,
    transport: u8,
    length: usize,
    /// Where the TLVs are. `None` if the length leaves no room for the addresses before.
    area: Option<&'a [u8]>,
}

/// A whole header of version 2.
fn header(received: &[u8]) -> Option<BinaryHeader<'_>> {
    let rest = received.strip_prefix(b"\r\n\r\n\0\r\nQUIT\n")?;
    let [version_and_command, family_and_transport, high, low, rest @ ..] = rest else {
        return None;
    };
    let family = family_and_transport / 16;
    let block = match family {
        1 => block_length(Family::Inet),
        2 => block_length(Family::Inet6),
        3 => block_length(Family::Unix),
        _ => 0,
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    Some(BinaryHeader {
        is_local: *version_and_command == 0x20,
        family,
        transport: family_and_transport % 16,
        length,
        area: rest.get(..length)?.get(block..),
    })
}
