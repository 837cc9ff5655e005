//! Headers in UDP datagrams.

use proptest::prelude::*;
use proxy_protocol::ParseError::{
    CrcMismatch, DatagramTruncated, NotProxy, TlvTruncated, V2Command, V2Family, V2HeaderTooLarge,
    V2LengthTooShort, V2Version,
};
use proxy_protocol::{Command, Family, ParseError, Transport, Version, parse_datagram};

use crate::samples::{
    EMPTY_CHECKSUM, INET, INET6, LOCAL, PROXY, SIGNATURE, headers, tcp4, tlv, v2,
};

fn refusal(datagram: &[u8]) -> ParseError {
    match parse_datagram(datagram) {
        Err(error) => error,
        Ok(read) => panic!("{read:?} of {}", datagram.escape_ascii()),
    }
}

#[test]
fn gives_the_header_and_the_payload_behind_it() {
    for payload in [&b""[..], b"ping", b"\r\n\r\n\0\r\nQUIT\n", &[0xff; 1400]] {
        let datagram = [&v2(PROXY, 0x12, &INET)[..], payload].concat();
        let (header, rest) = parse_datagram(&datagram).unwrap();
        assert_eq!(rest, payload);
        assert_eq!((header.version(), header.command()), (Version::V2, Command::Proxy));
        assert_eq!((header.family(), header.transport()), (Family::Inet, Transport::Dgram));
        assert_eq!(header.source(), Some("203.0.113.7:51000".parse().unwrap()));
        assert_eq!(header.destination(), Some("198.51.100.9:22".parse().unwrap()));
    }
    let datagram = v2(PROXY, 0x22, &[&INET6[..], &tlv(0xe0, b"x")].concat());
    let (header, rest) = parse_datagram(&datagram).unwrap();
    assert_eq!((header.tlvs().count(), rest), (1, &[][..]));
    assert_eq!(header.source(), Some("[2001:db8::7]:51000".parse().unwrap()));
}

#[test]
fn local_is_read_and_has_no_address() {
    let datagram = [&v2(LOCAL, 0x12, &INET)[..], b"ping"].concat();
    let (header, payload) = parse_datagram(&datagram).unwrap();
    assert_eq!((header.command(), header.source(), payload), (Command::Local, None, &b"ping"[..]));
}

#[test]
fn refuses_a_datagram_that_ends_within_its_header() {
    for header in headers().iter().filter(|header| header.starts_with(SIGNATURE)) {
        for length in SIGNATURE.len()..header.len() {
            assert_eq!(refusal(&header[..length]), DatagramTruncated, "{length} bytes");
        }
    }
}

#[test]
fn what_has_not_the_whole_signature_is_data_and_no_beginning_of_a_header() {
    for length in 0..SIGNATURE.len() {
        assert_eq!(refusal(&SIGNATURE[..length]), NotProxy, "{length} bytes");
    }
    // SIP keeps a flow open with four of them.
    for datagram in [&b"\r\n\r\n"[..], b"\r\n", b"", b"ping", b"\r\n\r\nping", b"QUIT\n"] {
        assert_eq!(refusal(datagram), NotProxy, "{}", datagram.escape_ascii());
    }
}

#[test]
fn version_1_has_no_datagrams_however_far_its_line_goes() {
    let line = b"PROXY TCP4 203.0.113.7 198.51.100.9 51000 22\r\nping";
    for length in 1..=line.len() {
        assert_eq!(refusal(&line[..length]), NotProxy, "{length} bytes");
    }
    for line in [&b"PROXY UNKNOWN\r\n"[..], b"PROXY TCP4 a b", b"PUT", &[b'P'; 200]] {
        assert_eq!(refusal(line), NotProxy, "{}", line.escape_ascii());
    }
}

#[test]
fn refuses_what_a_stream_is_refused_for() {
    for (datagram, error) in [
        (v2(0x31, 0x12, &INET), V2Version),
        (v2(0x22, 0x12, &INET), V2Command),
        (v2(PROXY, 0x13, &INET), V2Family),
        (v2(PROXY, 0x12, &INET[1..]), V2LengthTooShort),
        (v2(PROXY, 0x12, &[0; 4097]), V2HeaderTooLarge),
        (tcp4(&[vec![1]]), TlvTruncated),
        (tcp4(&[EMPTY_CHECKSUM.to_vec()]), CrcMismatch),
    ] {
        assert_eq!(refusal(&datagram), error);
        assert_eq!(refusal(&[&datagram[..], b"payload"].concat()), error);
    }
}

proptest! {
    #[test]
    fn never_panics_and_never_waits(datagram: Vec<u8>, begins_well: bool) {
        let begin: &[u8] = if begins_well { SIGNATURE } else { &[] };
        let datagram = [begin, &datagram].concat();
        if let Ok((_, payload)) = parse_datagram(&datagram) {
            prop_assert!(datagram.ends_with(payload));
            prop_assert!(datagram.len() - payload.len() >= 16);
        }
    }
}
