//! Headers, made without the crate's own encoder.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::collection::vec;
use proptest::prelude::*;

pub(crate) const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
pub(crate) const LOCAL: u8 = 0x20;
pub(crate) const PROXY: u8 = 0x21;

/// From 203.0.113.7:51000 to 198.51.100.9:22.
pub(crate) const INET: [u8; 12] = [203, 0, 113, 7, 198, 51, 100, 9, 0xc7, 0x38, 0, 22];

/// From `[2001:db8::7]:51000` to `[2001:db8::9]:22`.
pub(crate) const INET6: [u8; 36] = [
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, //
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, //
    0xc7, 0x38, 0, 22,
];

/// A header of version 2 with this body, whatever it says.
pub(crate) fn v2(version_and_command: u8, family_and_transport: u8, body: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&SIGNATURE[..], &[version_and_command, family_and_transport, high, low], body].concat()
}

/// From 203.0.113.7:51000 to 198.51.100.9:22 over TCP, with these TLVs.
pub(crate) fn tcp4(tlvs: &[Vec<u8>]) -> Vec<u8> {
    v2(PROXY, 0x11, &[&INET[..], &tlvs.concat()].concat())
}

pub(crate) fn tlv(kind: u8, value: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&[kind, high, low], value].concat()
}

/// The place of a checksum that [`checksummed`] fills in.
pub(crate) const EMPTY_CHECKSUM: [u8; 7] = [0x03, 0, 4, 0, 0, 0, 0];

pub(crate) fn checksummed(mut header: Vec<u8>) -> Vec<u8> {
    let checksum = crc32c(&header).to_be_bytes();
    let at = header.windows(7).position(|window| window == EMPTY_CHECKSUM).unwrap();
    header[at + 3..at + 7].copy_from_slice(&checksum);
    header
}

/// RFC 9260, appendix A, a bit at a time.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 }
        })
    })
}

pub(crate) fn unix(name: &[u8]) -> [u8; 108] {
    let mut path = [0; 108];
    path[..name.len()].copy_from_slice(name);
    path
}

/// One of each kind: every header here is valid.
pub(crate) fn headers() -> Vec<Vec<u8>> {
    let lines = [
        "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n",
        "PROXY TCP4 203.0.113.7 198.51.100.9 51000 22\r\n",
        "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
        "PROXY TCP6 :: :: 0 0\r\n",
        "PROXY TCP6 2001:db8::7 2001:DB8:0:0:1:: 51000 22\r\n",
        "PROXY TCP6 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7:: 1 10\r\n",
        "PROXY TCP6 ::ffff:203.0.113.7 1:2:3:4:5:6:1.2.3.4 1 2\r\n",
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
         ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        "PROXY UNKNOWN\r\n",
        "PROXY UNKNOWN \r\n",
        "PROXY UNKNOWN a\rb\nc\r\r\n",
    ];
    let unix = [unix(b"/run/client.sock"), unix(b"\0server")].concat();
    let ssl = [&[7, 0, 0, 0, 0][..], &tlv(0x21, b"TLSv1.3"), &tlv(0x22, b"client")].concat();
    let mut headers: Vec<Vec<u8>> = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
    headers.push([b"PROXY UNKNOWN ", &[b'x'; 91][..], b"\r\n"].concat());
    headers.extend([
        v2(LOCAL, 0, &[]),
        v2(LOCAL, 0x11, &[]),
        v2(LOCAL, 0x11, &[1, 2, 3]),
        v2(LOCAL, 0x21, &INET6),
        v2(LOCAL, 0, &[1, 0xff, 0xff]),
        checksummed(v2(LOCAL, 0, &EMPTY_CHECKSUM)),
        v2(PROXY, 0, &[]),
        v2(PROXY, 0, &tlv(0x02, b"plue.dev")),
        v2(PROXY, 0x10, &INET),
        v2(PROXY, 0x11, &INET),
        v2(PROXY, 0x12, &INET),
        v2(PROXY, 0x21, &INET6),
        v2(PROXY, 0x22, &INET6),
        v2(PROXY, 0x31, &unix),
        v2(PROXY, 0x32, &[&unix[..], &tlv(0xe0, b"x")].concat()),
        tcp4(&[tlv(0x04, &[]), tlv(0x01, b"h2"), tlv(0x05, &[0xff; 128])]),
        checksummed(tcp4(&[tlv(0x01, b"h2"), EMPTY_CHECKSUM.to_vec(), tlv(0x20, &ssl)])),
        tcp4(&[tlv(0x04, &[0; 4081])]),
    ]);
    headers
}

/// Any valid header.
pub(crate) fn any_header() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![any_line().prop_map(String::into_bytes), any_v2()].boxed()
}

/// Any valid line that has addresses.
pub(crate) fn any_line() -> BoxedStrategy<String> {
    let ports = (any::<u16>(), any::<u16>());
    let tcp4 = (any::<[Ipv4Addr; 2]>(), ports).prop_map(|([source, destination], ports)| {
        format!("PROXY TCP4 {source} {destination} {} {}\r\n", ports.0, ports.1)
    });
    let tcp6 =
        (ipv6_text(), ipv6_text(), ports).prop_map(|(source, destination, (source_port, port))| {
            format!("PROXY TCP6 {source} {destination} {source_port} {port}\r\n")
        });
    prop_oneof![tcp4, tcp6].boxed()
}

/// An address in one of its spellings.
pub(crate) fn ipv6_text() -> impl Strategy<Value = String> {
    let group = prop_oneof![Just(0), Just(1), any::<u16>()];
    (prop::array::uniform8(group), 0..4_u8).prop_map(|(groups, spelling)| {
        let [a, b, c, d, e, f, g, h] = groups;
        match spelling {
            0 => Ipv6Addr::from(groups).to_string(),
            1 => Ipv6Addr::from(groups).to_string().to_uppercase(),
            2 => format!("{a:04x}:{b:x}:{c:03X}:{d:x}:{e:x}:{f:x}:{g:x}:{h:x}"),
            _ => Ipv4Addr::from(u32::from(a) << 16 | u32::from(b)).to_ipv6_mapped().to_string(),
        }
    })
}

fn any_v2() -> BoxedStrategy<Vec<u8>> {
    let kind = any::<u8>().prop_filter("has a form", |kind| ![0x03, 0x05, 0x20].contains(kind));
    let tlvs =
        vec((kind, vec(any::<u8>(), 0..40)).prop_map(|(kind, value)| tlv(kind, &value)), 0..6);
    let family = prop::sample::select(vec![
        (LOCAL, 0x00, 0),
        (PROXY, 0x00, 0),
        (PROXY, 0x11, 12),
        (PROXY, 0x12, 12),
        (PROXY, 0x21, 36),
        (PROXY, 0x22, 36),
        (PROXY, 0x31, 216),
    ]);
    let block = any::<[[u8; 8]; 27]>();
    (family, block, tlvs, any::<bool>())
        .prop_map(|((command, family, length), block, mut tlvs, with_checksum)| {
            if with_checksum {
                tlvs.push(EMPTY_CHECKSUM.to_vec());
            }
            let body = [&block.as_flattened()[..length], &tlvs.concat()].concat();
            let header = v2(command, family, &body);
            if !with_checksum {
                return header;
            }
            let checksum = crc32c(&header).to_be_bytes();
            [&header[..header.len() - 4], &checksum].concat()
        })
        .boxed()
}

#[test]
fn the_checksum_of_these_samples_is_crc_32c() {
    assert_eq!(crc32c(b"123456789"), 0xe306_9283);
}
