//! Bytes as they arrive: what is missing is known without passing the header's end, and what is no
//! header is refused without waiting for more.

use std::fs;

use proptest::prelude::*;
use proxy_protocol::ParseError::{
    NotProxy, TlvTruncated, V1Address, V1LineEnding, V1Port, V1Protocol, V1Syntax,
};
use proxy_protocol::{Header, ParseError, Progress, parse};

use crate::samples::{INET, PROXY, any_header, headers, tcp4, v2};
use crate::{assert_refused_at_the_last_byte, captures, complete, header, need, refusal};

/// The samples, and the headers of the captures.
fn all_headers() -> Vec<Vec<u8>> {
    let mut headers = headers();
    for file in fs::read_dir(captures::folder()).unwrap() {
        let capture = fs::read(file.unwrap().path()).unwrap();
        let (_, consumed) = complete(&capture);
        headers.push(capture[..consumed].to_vec());
    }
    assert!(headers.len() > 45, "{}", headers.len());
    headers
}

/// Reads exactly what is missing, again and again, as from a socket. Gives the header and how many
/// bytes were taken, and how many times.
fn read_exactly(stream: &[u8]) -> (Result<Header<'_>, ParseError>, usize, usize) {
    let (mut taken, mut times) = (0, 0);
    loop {
        match parse(&stream[..taken]) {
            Ok(Progress::Incomplete { need }) => {
                taken += need.get();
                times += 1;
            }
            Ok(Progress::Complete { header, consumed }) => {
                assert_eq!(consumed, taken);
                return (Ok(header), taken, times);
            }
            Err(error) => return (Err(error), taken, times),
        }
    }
}

#[test]
fn every_proper_prefix_of_every_header_is_incomplete_and_needs_no_more_than_is_missing() {
    for bytes in all_headers() {
        for received in 0..bytes.len() {
            let need = need(&bytes[..received]);
            let missing = bytes.len() - received;
            assert!(need <= missing, "{need} > {missing}: {}", bytes[..received].escape_ascii());
        }
        header(&bytes);
    }
}

#[test]
fn needs_what_the_shortest_header_of_the_same_beginning_has_more() {
    for (received, shortest) in [
        ("", "PROXY UNKNOWN\r\n"),
        ("P", "PROXY UNKNOWN\r\n"),
        ("PROXY ", "PROXY UNKNOWN\r\n"),
        ("PROXY U", "PROXY UNKNOWN\r\n"),
        ("PROXY UNKNOWN", "PROXY UNKNOWN\r\n"),
        ("PROXY UNKNOWN ", "PROXY UNKNOWN \r\n"),
        ("PROXY UNKNOWN x", "PROXY UNKNOWN x\r\n"),
        ("PROXY UNKNOWN\r", "PROXY UNKNOWN\r\n"),
        ("PROXY UNKNOWN x\r", "PROXY UNKNOWN x\r\n"),
        ("PROXY T", "PROXY TCP6 :: :: 0 0\r\n"),
        ("PROXY TCP", "PROXY TCP6 :: :: 0 0\r\n"),
        ("PROXY TCP4", "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"),
        ("PROXY TCP4 ", "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"),
        ("PROXY TCP4 203", "PROXY TCP4 203.0.0.0 0.0.0.0 0 0\r\n"),
        ("PROXY TCP4 203.", "PROXY TCP4 203.0.0.0 0.0.0.0 0 0\r\n"),
        ("PROXY TCP4 203.0.113", "PROXY TCP4 203.0.113.0 0.0.0.0 0 0\r\n"),
        ("PROXY TCP4 203.0.113.7", "PROXY TCP4 203.0.113.7 0.0.0.0 0 0\r\n"),
        ("PROXY TCP4 203.0.113.7 ", "PROXY TCP4 203.0.113.7 0.0.0.0 0 0\r\n"),
        ("PROXY TCP4 203.0.113.7 198.51", "PROXY TCP4 203.0.113.7 198.51.0.0 0 0\r\n"),
        ("PROXY TCP4 1.2.3.4 5.6.7.8", "PROXY TCP4 1.2.3.4 5.6.7.8 0 0\r\n"),
        ("PROXY TCP4 1.2.3.4 5.6.7.8 ", "PROXY TCP4 1.2.3.4 5.6.7.8 0 0\r\n"),
        ("PROXY TCP4 1.2.3.4 5.6.7.8 1", "PROXY TCP4 1.2.3.4 5.6.7.8 1 0\r\n"),
        ("PROXY TCP4 1.2.3.4 5.6.7.8 1 ", "PROXY TCP4 1.2.3.4 5.6.7.8 1 0\r\n"),
        ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"),
        ("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"),
        ("PROXY TCP6 ", "PROXY TCP6 :: :: 0 0\r\n"),
        ("PROXY TCP6 :", "PROXY TCP6 :: :: 0 0\r\n"),
        ("PROXY TCP6 ::", "PROXY TCP6 :: :: 0 0\r\n"),
        ("PROXY TCP6 1:", "PROXY TCP6 1:: :: 0 0\r\n"),
        ("PROXY TCP6 1::", "PROXY TCP6 1:: :: 0 0\r\n"),
        ("PROXY TCP6 :: ", "PROXY TCP6 :: :: 0 0\r\n"),
        ("PROXY TCP6 :: ::1", "PROXY TCP6 :: ::1 0 0\r\n"),
        ("PROXY TCP6 :: ::1 ", "PROXY TCP6 :: ::1 0 0\r\n"),
        ("PROXY TCP6 :: ::1 1 ", "PROXY TCP6 :: ::1 1 0\r\n"),
        ("PROXY TCP6 :: ::1 1 2\r", "PROXY TCP6 :: ::1 1 2\r\n"),
    ] {
        header(shortest.as_bytes());
        assert_eq!(need(received.as_bytes()), shortest.len() - received.len(), "{received:?}");
    }
    // Of an address a lower bound: `1` could be the beginning of `1::` or of `1:2:3:4:5:6:7:8`.
    assert_eq!(need(b"PROXY TCP6 1"), 9);
}

#[test]
fn takes_not_a_byte_of_what_follows_when_it_reads_what_is_missing() {
    for bytes in all_headers() {
        let stream = [&bytes[..], b"payload, which is not ours"].concat();
        let (read, taken, times) = read_exactly(&stream);
        assert_eq!(read, Ok(header(&bytes)));
        assert_eq!(taken, bytes.len(), "{}", bytes.escape_ascii());
        // Version 2 says in its first 16 bytes how long it is.
        assert!(!bytes.starts_with(b"\r") || times <= 3, "{times}: {}", bytes.escape_ascii());
    }
}

#[test]
fn refuses_other_protocols_at_the_first_byte_that_shows_it() {
    for (received, error) in [
        (&b"S"[..], NotProxy),
        (b"G", NotProxy),
        (b"\x16", NotProxy),
        (b"\0", NotProxy),
        (b" ", NotProxy),
        (b"\n", NotProxy),
        (b"p", NotProxy),
        (b"PU", NotProxy),
        (b"PO", NotProxy),
        (b"PRI", NotProxy),
        (b"PROP", NotProxy),
        (b"PROXY\r", NotProxy),
        (b"PROXY\t", NotProxy),
        (b"\r\nG", NotProxy),
        (b"\r\n\r\n\0\r\nQUIT\r", NotProxy),
        (b"PROXY t", V1Protocol),
        (b"PROXY  ", V1Protocol),
        (b"PROXY UD", V1Protocol),
        (b"PROXY TCP5", V1Protocol),
        (b"PROXY TX", V1Protocol),
        (b"PROXY TCP4x", V1Protocol),
        (b"PROXY TCP4\r\n", V1Syntax),
        (b"PROXY UNKNOWN4", V1Protocol),
        (b"PROXY \n", V1LineEnding),
        (b"PROXY \r\n", V1Syntax),
        (b"PROXY TCP4 x", V1Address),
        (b"PROXY TCP4 00", V1Address),
        (b"PROXY TCP4 256.", V1Address),
        (b"PROXY TCP4 1234", V1Address),
        (b"PROXY TCP4 1.2.3.4.", V1Address),
        (b"PROXY TCP6 1.2.3.4 ", V1Address),
        (b"PROXY TCP6 1:2:3:4:5:6:7:8:9 ", V1Address),
        (b"PROXY TCP6 12345", V1Address),
        (b"PROXY TCP6 :1", V1Address),
        (b"PROXY TCP6 :::", V1Address),
        (b"PROXY TCP6 1::2::", V1Address),
        (b"PROXY TCP6 1:2:3:4:5:6:7:8::", V1Address),
        (b"PROXY TCP6 fe80::1%", V1Address),
        (b"PROXY TCP4 1.2.3.4\n", V1LineEnding),
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 +", V1Port),
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 00", V1Port),
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 123456", V1Port),
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 ", V1Syntax),
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n", V1LineEnding),
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rx", V1LineEnding),
    ] {
        assert_refused_at_the_last_byte(received, error);
        // Whatever follows makes it no better.
        for more in [&b""[..], b"\r\n", b" 1.2.3.4 5.6.7.8 1 2\r\n", &[0; 300]] {
            assert_eq!(refusal(&[received, more].concat()), error);
        }
    }
}

#[test]
fn what_is_wrong_in_the_tlvs_shows_when_all_are_there() {
    let bytes = v2(PROXY, 0x11, &[&INET[..], &[0x01, 0xff, 0xff, 0]].concat());
    assert_refused_at_the_last_byte(&bytes, TlvTruncated);
}

#[test]
fn knows_a_header_the_moment_its_last_byte_is_there() {
    for bytes in all_headers() {
        let followed = [&bytes[..], &bytes].concat();
        assert_eq!(complete(&followed).1, bytes.len(), "{}", bytes.escape_ascii());
        assert_eq!(header(&bytes), complete(&followed).0);
    }
}

/// Feeds the bytes in pieces of these lengths, and gives how it ended and after how many bytes.
fn feed<'a>(
    bytes: &'a [u8],
    lengths: impl Iterator<Item = usize>,
) -> (Result<Progress<'a>, ParseError>, usize) {
    let mut received = 0;
    for length in lengths {
        received = bytes.len().min(received + length);
        match parse(&bytes[..received]) {
            Ok(Progress::Incomplete { .. }) if received < bytes.len() => {}
            result => return (result, received),
        }
    }
    (parse(bytes), bytes.len())
}

proptest! {
    #[test]
    fn reads_the_same_in_pieces_as_at_once(
        header in any_header(),
        payload: Vec<u8>,
        lengths in prop::collection::vec(1..60_usize, 1..40),
    ) {
        let stream = [&header[..], &payload].concat();
        let at_once = complete(&stream);
        prop_assert_eq!(at_once.1, header.len());
        for received in 0..header.len() {
            let need = need(&stream[..received]);
            prop_assert!(need <= header.len() - received);
        }
        let (in_pieces, received) = feed(&stream, lengths.into_iter().cycle());
        let (header, consumed) = at_once;
        prop_assert_eq!(in_pieces, Ok(Progress::Complete { header, consumed }));
        prop_assert!(received >= consumed);
        let (read, taken, _) = read_exactly(&stream);
        prop_assert_eq!((read, taken), (Ok(header), consumed));
    }

    #[test]
    fn what_a_prefix_settles_is_settled(
        mut bytes in any_header(),
        at: prop::sample::Index,
        byte: u8,
    ) {
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let at_once = parse(&bytes);
        let (in_single_bytes, _) = feed(&bytes, std::iter::repeat(1));
        prop_assert_eq!(at_once, in_single_bytes);
    }

    #[test]
    fn what_follows_a_header_does_not_change_it(payload: Vec<u8>) {
        let header = tcp4(&[]);
        let stream = [&header[..], &payload].concat();
        prop_assert_eq!(complete(&stream), complete(&header));
    }
}
