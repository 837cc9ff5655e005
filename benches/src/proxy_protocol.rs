//! Group `proxy-protocol`: one header parsed, and its TLVs read.

use std::hint::black_box;
use std::net::{Ipv4Addr, Ipv6Addr};

use proxy_protocol::{EncoderV2, Progress, Tlv, Transport, encode_v1, parse};

use crate::allocations;
use crate::measure::{Candidate, Goal, Table};

const GROUP: &str = "proxy-protocol";

/// Fills the group's rows.
pub fn run(table: &mut Table) {
    let v4 = ("192.168.100.101:56324", "198.51.100.11:443");
    let v6 = ("[2001:db8:85a3:8d3:1319:8a2e:370:7348]:56324", "[2001:db8::ff00:42:8329]:443");
    let v1_tcp4 = v1(v4);
    let v1_tcp6 = v1(v6);
    let v2_tcp4 = v2(v4, &[], false);
    let tlvs: [(u8, &[u8]); 3] = [
        (Tlv::ALPN, b"h2"),
        (Tlv::AUTHORITY, b"git.plue.dev"),
        (0xea, b"\x01vpce-08d2bf15fac5001c9"),
    ];
    let v2_tlvs = v2(v6, &tlvs, false);
    let v2_crc = v2(v6, &tlvs, true);
    let v2_crc_first = checksum_first(&v2_crc);

    let text4 = || (address::<Ipv4Addr>("192.168.100.101"), address::<Ipv4Addr>("198.51.100.11"));
    let text6 = || {
        let source = address::<Ipv6Addr>("2001:db8:85a3:8d3:1319:8a2e:370:7348");
        (source, address::<Ipv6Addr>("2001:db8::ff00:42:8329"))
    };
    table.row(
        GROUP,
        "v1_tcp4",
        Candidate::new("ours", || parse(black_box(&v1_tcp4))),
        peers(&v1_tcp4),
        Candidate::new("std:Ipv4Addr::from_str, twice", text4),
        Goal::Peer(2.3),
    );
    table.row(
        GROUP,
        "v1_tcp6",
        Candidate::new("ours", || parse(black_box(&v1_tcp6))),
        peers(&v1_tcp6),
        Candidate::new("std:Ipv6Addr::from_str, twice", text6),
        Goal::Peer(2.4),
    );
    table.row(
        GROUP,
        "v2_tcp4",
        Candidate::new("ours", || parse(black_box(&v2_tcp4))),
        peers(&v2_tcp4),
        Candidate::new("copy of the 28 bytes", || copy::<28>(black_box(&v2_tcp4))),
        Goal::Peer(1.0),
    );
    table.row(
        GROUP,
        "v2_three_tlvs_iterated",
        Candidate::new("ours", || ours_iterated(black_box(&v2_tlvs))),
        peers_iterated(&v2_tlvs),
        Candidate::new("copy of the 52 bytes", || copy::<52>(black_box(&v2_tlvs))),
        Goal::Peer(1.2),
    );
    for (case, header) in [("v2_crc32c", &v2_crc), ("v2_crc32c_first", &v2_crc_first)] {
        table.row(
            GROUP,
            case,
            Candidate::new("ours", || parse(black_box(header))),
            // The only one of the peers that verifies the checksum.
            vec![Candidate::new(RS, || proxy_protocol_rs::parse(black_box(header)))],
            Candidate::new("crc32c:crc32c", || crc32c::crc32c(black_box(header))),
            Goal::Peer(3.5),
        );
    }

    for (case, header) in [
        ("allocations_v1_tcp4", &v1_tcp4),
        ("allocations_v1_tcp6", &v1_tcp6),
        ("allocations_v2_tcp4", &v2_tcp4),
        ("allocations_v2_crc32c", &v2_crc),
    ] {
        table.no_allocation(GROUP, case, allocations::count(|| ours_iterated(header)));
    }
    let refused = [&v1_tcp4[..20], b"PROXY TCP4 1.2.3.4 5.6.7.8 080 90\r\n", &v2_crc[..100]];
    for bytes in refused {
        table.no_allocation(GROUP, "allocations_no_header", allocations::count(|| parse(bytes)));
    }
}

fn v1((source, destination): (&str, &str)) -> Vec<u8> {
    let mut out = vec![0; 107];
    let (source, destination) = (socket(source), socket(destination));
    let length = encode_v1(source, destination, &mut out).expect("room");
    out.truncate(length);
    out
}

fn v2((source, destination): (&str, &str), tlvs: &[(u8, &[u8])], crc: bool) -> Vec<u8> {
    let mut out = vec![0; 256];
    let (source, destination) = (socket(source), socket(destination));
    let mut header =
        EncoderV2::proxy(Transport::Stream, source, destination, &mut out).expect("room");
    for (kind, value) in tlvs {
        header = header.tlv(*kind, value).expect("room");
    }
    let length = if crc { header.finish_with_crc32c() } else { header.finish() }.expect("room");
    out.truncate(length);
    out
}

/// The same TLVs in the order in which HAProxy writes them.
fn checksum_first(header: &[u8]) -> Vec<u8> {
    let (fixed, tlvs) = header.split_at(52);
    let (others, _) = tlvs.split_at(tlvs.len() - 7);
    let mut header = [fixed, &[Tlv::CRC32C, 0, 4, 0, 0, 0, 0], others].concat();
    let checksum = crc32c::crc32c(&header).to_be_bytes();
    header[55..59].copy_from_slice(&checksum);
    header
}

fn socket(text: &str) -> std::net::SocketAddr {
    text.parse().expect("an address and a port")
}

fn address<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    black_box(text).parse().expect("an address")
}

fn copy<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes.first_chunk().expect("as many bytes")
}

fn ours_iterated(header: &[u8]) -> usize {
    let Ok(Progress::Complete { header, .. }) = parse(header) else { panic!("a header") };
    black_box(header.source());
    header.tlvs().map(|tlv| usize::from(tlv.kind) + tlv.value.len()).sum()
}

const HEADER: &str = "proxy-header-0.1.3:ProxyHeader::parse";
const RS: &str = "proxy-protocol-rs-0.8.0:parse";
const PROXY_PROTOCOL: &str = "proxy-protocol-0.5.0:parse";

/// Each peer's own way to a header of either version; for `ppp` the faster one of its ways.
fn peers(header: &[u8]) -> Vec<Candidate<'_>> {
    let ppp = if header.starts_with(b"P") {
        Candidate::new("ppp-2.3.0:v1::Header::try_from", move || {
            ppp::v1::Header::try_from(black_box(header))
        })
    } else {
        Candidate::new("ppp-2.3.0:v2::Header::try_from", move || {
            ppp::v2::Header::try_from(black_box(header))
        })
    };
    vec![
        ppp,
        Candidate::new(HEADER, move || {
            proxy_header::ProxyHeader::parse(black_box(header), Default::default())
        }),
        Candidate::new(RS, move || proxy_protocol_rs::parse(black_box(header))),
        Candidate::new(PROXY_PROTOCOL, move || proxy_protocol_peer::parse(&mut black_box(header))),
    ]
}

fn peers_iterated(header: &[u8]) -> Vec<Candidate<'_>> {
    vec![
        Candidate::new("ppp-2.3.0:v2::Header::try_from+tlvs", move || {
            let header = ppp::v2::Header::try_from(black_box(header)).expect("a header");
            header
                .tlvs()
                .map(|tlv| {
                    let tlv = tlv.expect("a TLV");
                    usize::from(tlv.kind) + tlv.value.len()
                })
                .sum::<usize>()
        }),
        Candidate::new("proxy-header-0.1.3:ProxyHeader::parse+tlvs", move || {
            let (header, _) =
                proxy_header::ProxyHeader::parse(black_box(header), Default::default())
                    .expect("a header");
            header.tlvs().map(|tlv| usize::from(tlv.expect("a TLV").kind())).sum::<usize>()
        }),
        Candidate::new(RS, move || rs_iterated(black_box(header))),
    ]
}

/// Its TLVs are taken apart while it parses.
fn rs_iterated(header: &[u8]) -> usize {
    let (info, length) = proxy_protocol_rs::parse(header).expect("a header");
    black_box(info);
    length
}
