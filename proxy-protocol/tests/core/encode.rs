//! What is written reads as it was meant, and is what HAProxy and nginx write.

use std::net::{IpAddr, SocketAddr};

use proptest::prelude::*;
use proxy_protocol::EncodeError::{BufferTooSmall, TooLong, Value};
use proxy_protocol::{
    Command, EncodeError, EncoderV2, Family, Header, Tlv, Transport, V1_UNKNOWN, Version, encode_v1,
};

use crate::samples::{EMPTY_CHECKSUM, LOCAL, checksummed, v2};
use crate::{captures::capture, complete, header};

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn v1(source: SocketAddr, destination: SocketAddr) -> Vec<u8> {
    let mut out = [0xaa; 107];
    let length = encode_v1(source, destination, &mut out).unwrap();
    assert!(out[length..].iter().all(|byte| *byte == 0xaa));
    out[..length].to_vec()
}

/// A header of version 2 in a buffer of this size, with these TLVs.
fn in_buffer(
    size: usize,
    source: SocketAddr,
    tlvs: &[(u8, &[u8])],
    checksum: bool,
) -> Result<Vec<u8>, EncodeError> {
    let mut out = vec![0xaa; size];
    let mut encoder = EncoderV2::proxy(Transport::Stream, source, source, &mut out)?;
    for (kind, value) in tlvs {
        encoder = encoder.tlv(*kind, value)?;
    }
    let length = if checksum { encoder.finish_with_crc32c() } else { encoder.finish() }?;
    assert!(out[length..].iter().all(|byte| *byte == 0xaa));
    out.truncate(length);
    Ok(out)
}

/// Writes what a header of TCP says, once more.
fn again(read: &Header<'_>, checksum: bool) -> Vec<u8> {
    let (source, destination) = (read.source().unwrap(), read.destination().unwrap());
    let mut out = [0; 512];
    let mut encoder = EncoderV2::proxy(read.transport(), source, destination, &mut out).unwrap();
    for tlv in read.tlvs().filter(|tlv| tlv.kind != Tlv::CRC32C) {
        encoder = encoder.tlv(tlv.kind, tlv.value).unwrap();
    }
    let length = if checksum { encoder.finish_with_crc32c() } else { encoder.finish() }.unwrap();
    out[..length].to_vec()
}

#[test]
fn writes_the_line_of_version_1() {
    for (source, destination, line) in [
        ("203.0.113.7:51000", "198.51.100.9:22", "TCP4 203.0.113.7 198.51.100.9 51000 22"),
        ("0.0.0.0:0", "255.255.255.255:65535", "TCP4 0.0.0.0 255.255.255.255 0 65535"),
        ("[2001:db8::7]:51000", "[2001:db8::9]:22", "TCP6 2001:db8::7 2001:db8::9 51000 22"),
        ("[::ffff:1.2.3.4]:1", "[::1]:2", "TCP6 ::ffff:1.2.3.4 ::1 1 2"),
        // The zone is the sender's own.
        ("[fe80::1%3]:1", "[fe80::2]:2", "TCP6 fe80::1 fe80::2 1 2"),
    ] {
        let line = format!("PROXY {line}\r\n");
        assert_eq!(v1(address(source), address(destination)), line.as_bytes());
    }
    assert_eq!(header(V1_UNKNOWN).family(), Family::Unspec);
}

#[test]
fn maps_the_ipv4_address_of_a_mixed_pair() {
    let (ipv4, ipv6) = (address("203.0.113.7:51000"), address("[2001:db8::9]:22"));
    assert_eq!(v1(ipv4, ipv6), b"PROXY TCP6 ::ffff:203.0.113.7 2001:db8::9 51000 22\r\n");
    assert_eq!(v1(ipv6, ipv4), b"PROXY TCP6 2001:db8::9 ::ffff:203.0.113.7 22 51000\r\n");

    let mut out = [0; 64];
    for (source, destination) in [(ipv4, ipv6), (ipv6, ipv4)] {
        let encoder = EncoderV2::proxy(Transport::Stream, source, destination, &mut out).unwrap();
        let length = encoder.finish().unwrap();
        let read = header(&out[..length]);
        assert_eq!(read.family(), Family::Inet6);
        for (read, given) in [(read.source(), source), (read.destination(), destination)] {
            assert!(read.unwrap().is_ipv6());
            assert_eq!(read.unwrap().ip().to_canonical(), given.ip());
            assert_eq!(read.unwrap().port(), given.port());
        }
    }
}

#[test]
fn writes_byte_for_byte_what_haproxy_and_nginx_write_in_version_1() {
    for name in [
        "haproxy-v1-tcp4",
        "haproxy-v1-tcp6",
        "haproxy-v1-client4-server6",
        "haproxy-v1-healthcheck",
        "nginx-v1-tcp4",
        "nginx-v1-tcp6",
        "nginx-v1-client6-server4",
        "curl-v1-tcp4",
        "curl-v1-tcp6",
    ] {
        let sent = capture(name);
        let (read, consumed) = complete(&sent);
        let written = v1(read.source().unwrap(), read.destination().unwrap());
        assert_eq!(written, sent[..consumed], "{name}");
    }
    assert_eq!(&V1_UNKNOWN[..], &capture("haproxy-v1-unix-client")[..15]);
}

#[test]
fn writes_byte_for_byte_what_haproxy_writes_in_version_2() {
    for (name, checksum) in [
        ("haproxy-v2-tcp4", false),
        ("haproxy-v2-tcp6", false),
        ("haproxy-v2-client6-server4", false),
        ("haproxy-v2-ssl", false),
        ("haproxy-v2-ssl-cn", false),
        ("haproxy-v2-crc32c", true),
    ] {
        let sent = capture(name);
        let (read, consumed) = complete(&sent);
        assert_eq!(again(&read, checksum), sent[..consumed], "{name}");
    }
    let mut out = [0; 23];
    let length = EncoderV2::local(&mut out).unwrap().finish().unwrap();
    assert_eq!(out[..length], capture("haproxy-v2-local-healthcheck"));
    let length = EncoderV2::local(&mut out).unwrap().finish_with_crc32c().unwrap();
    assert_eq!(out[..length], capture("haproxy-v2-local-crc32c-healthcheck"));
}

#[test]
fn writes_local_with_nothing_but_what_is_asked_for() {
    let mut out = [0; 64];
    let length = EncoderV2::local(&mut out).unwrap().tlv(0xe0, b"x").unwrap().finish().unwrap();
    assert_eq!(out[..length], v2(LOCAL, 0x00, &[0xe0, 0, 1, b'x']));
    let read = header(&out[..length]);
    assert_eq!((read.version(), read.command()), (Version::V2, Command::Local));
}

#[test]
fn says_the_transport() {
    let source = address("203.0.113.7:51000");
    let mut out = [0; 28];
    for transport in [Transport::Unspec, Transport::Stream, Transport::Dgram] {
        let encoder = EncoderV2::proxy(transport, source, source, &mut out).unwrap();
        let length = encoder.finish().unwrap();
        let read = header(&out[..length]);
        assert_eq!((read.family(), read.transport()), (Family::Inet, transport));
        // Of addresses without a transport the reader believes none.
        assert_eq!(read.source().is_some(), transport != Transport::Unspec);
    }
}

#[test]
fn needs_a_buffer_that_holds_the_line_and_no_more() {
    for (source, length) in [("1.2.3.4:5", 32), ("[::1]:65535", 32), ("255.255.255.255:65535", 56)]
    {
        let source = address(source);
        assert_eq!(v1(source, source).len(), length);
        for size in 0..length {
            assert_eq!(encode_v1(source, source, &mut vec![0; size]), Err(BufferTooSmall));
        }
        assert_eq!(encode_v1(source, source, &mut vec![0; length]), Ok(length));
    }
    let longest = address("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
    assert_eq!(v1(longest, longest).len(), 104);
}

#[test]
fn needs_a_buffer_that_holds_the_header_and_no_more() {
    let tlvs: &[(u8, &[u8])] = &[(0x02, b"plue.dev"), (0x04, b"")];
    for source in ["203.0.113.7:51000", "[2001:db8::7]:51000"] {
        for (tlvs, checksum) in [(tlvs, true), (tlvs, false), (&[], true), (&[], false)] {
            let source = address(source);
            let length = in_buffer(4200, source, tlvs, checksum).unwrap().len();
            for size in 0..length {
                assert_eq!(in_buffer(size, source, tlvs, checksum), Err(BufferTooSmall));
            }
            let fits = in_buffer(length, source, tlvs, checksum).unwrap();
            assert_eq!(header(&fits).source(), Some(source));
        }
    }
    for size in 0..16 {
        assert!(matches!(EncoderV2::local(&mut vec![0; size]), Err(BufferTooSmall)));
    }
}

#[test]
fn writes_4096_bytes_behind_the_first_16_and_no_more() {
    let source = address("203.0.113.7:51000");
    let written = |value: usize, checksum| {
        in_buffer(70_000, source, &[(Tlv::NOOP, &vec![0; value])], checksum).map(|out| out.len())
    };
    assert_eq!(written(4081, false), Ok(16 + 4096));
    assert_eq!(written(4082, false), Err(TooLong));
    assert_eq!(written(65535, false), Err(TooLong));
    assert_eq!(written(4074, true), Ok(16 + 4096));
    assert_eq!(written(4075, true), Err(TooLong));
    // Several make it no more than 65535 at once.
    let large = vec![0; 65535];
    let twice: &[(u8, &[u8])] = &[(Tlv::NOOP, &large), (Tlv::NOOP, &large)];
    assert_eq!(in_buffer(200_000, source, twice, false), Err(TooLong));
}

#[test]
fn refuses_values_that_do_not_have_the_form_of_their_type() {
    let source = address("203.0.113.7:51000");
    let written = |kind, value: &[u8]| in_buffer(70_000, source, &[(kind, value)], false);
    assert!(written(Tlv::UNIQUE_ID, &[0; 128]).is_ok());
    assert_eq!(written(Tlv::UNIQUE_ID, &[0; 129]), Err(Value));
    for length in [0, 3, 4, 5] {
        assert_eq!(written(Tlv::CRC32C, &vec![0; length]), Err(Value));
    }
    assert!(written(Tlv::SSL, &[0; 5]).is_ok());
    for malformed in [&[][..], &[0; 4], &[0; 6], &[0, 0, 0, 0, 0, 0x21, 0, 1]] {
        assert_eq!(written(Tlv::SSL, malformed), Err(Value), "{malformed:?}");
    }
    assert!(written(Tlv::NOOP, &[0; 129]).is_ok());
    assert_eq!(written(Tlv::NOOP, &[0; 65535]), Err(TooLong));
    assert_eq!(written(Tlv::NOOP, &[0; 65536]), Err(Value));
}

#[test]
fn writes_the_checksum_last_and_over_the_whole_header() {
    let source = address("203.0.113.7:51000");
    let written = in_buffer(100, source, &[(0x02, b"plue.dev")], true).unwrap();
    let (rest, checksum) = written.split_at(written.len() - 4);
    let zeroed = [rest, &[0; 4]].concat();
    assert!(zeroed.ends_with(&EMPTY_CHECKSUM));
    assert_ne!(checksum, [0; 4]);
    assert_eq!(checksummed(zeroed), written);
}

proptest! {
    #[test]
    fn version_1_reads_as_it_was_written(
        source: IpAddr,
        destination: IpAddr,
        ports: (u16, u16),
    ) {
        let line = v1((source, ports.0).into(), (destination, ports.1).into());
        let read = header(&line);
        prop_assert_eq!(read.version(), Version::V1);
        assert_reads(&read, source, destination, ports);
    }

    #[test]
    fn version_2_reads_as_it_was_written(
        source: IpAddr,
        destination: IpAddr,
        ports: (u16, u16),
        tlvs: Vec<(u8, Vec<u8>)>,
        checksum: bool,
        transport in prop::sample::select(vec![Transport::Stream, Transport::Dgram]),
    ) {
        let with_a_form = [Tlv::CRC32C, Tlv::SSL];
        let mut out = vec![0xaa; 70_000];
        let (from, to) = ((source, ports.0).into(), (destination, ports.1).into());
        let mut encoder = EncoderV2::proxy(transport, from, to, &mut out).unwrap();
        let mut expected = Vec::new();
        for (kind, value) in tlvs.iter().filter(|(kind, _)| !with_a_form.contains(kind)).take(30) {
            encoder = encoder.tlv(*kind, value).unwrap();
            expected.push((*kind, &value[..]));
        }
        let length = if checksum { encoder.finish_with_crc32c() } else { encoder.finish() }.unwrap();
        let read = header(&out[..length]);
        prop_assert_eq!((read.command(), read.transport()), (Command::Proxy, transport));
        assert_reads(&read, source, destination, ports);
        let mut tlvs: Vec<(u8, &[u8])> = read.tlvs().map(|tlv| (tlv.kind, tlv.value)).collect();
        let written = checksum.then(|| tlvs.pop().unwrap());
        prop_assert_eq!(written.is_some_and(|tlv| tlv.0 == Tlv::CRC32C), checksum);
        prop_assert_eq!(tlvs, expected);
    }
}

fn assert_reads(read: &Header<'_>, source: IpAddr, destination: IpAddr, ports: (u16, u16)) {
    let same = source.is_ipv4() == destination.is_ipv4();
    for (read, ip, port) in
        [(read.source(), source, ports.0), (read.destination(), destination, ports.1)]
    {
        let read = read.unwrap();
        assert_eq!(read.port(), port);
        if same {
            assert_eq!(read.ip(), ip);
        } else {
            assert!(read.is_ipv6());
            assert_eq!(read.ip().to_canonical(), ip.to_canonical());
        }
    }
}
