//! Any bytes: no panic, nothing taken that is not there, and nothing accepted that another reading
//! of the grammar refuses.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use proptest::prelude::*;
use proxy_protocol::{
    Command, EncoderV2, Family, Header, Progress, Tlv, V1_UNKNOWN, Version, encode_v1, parse,
};

use crate::header;
use crate::samples::{SIGNATURE, any_header, any_line, ipv6_text};

/// Bytes that get past the first checks more often than random ones.
fn nearly_a_header() -> impl Strategy<Value = Vec<u8>> {
    let changed = (any_header(), any::<prop::sample::Index>(), any::<u8>(), 0..4_u8).prop_map(
        |(mut bytes, at, byte, change)| {
            let at = at.index(bytes.len());
            match change {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at),
            }
            bytes
        },
    );
    let text = "PROXY (TCP[46]|UNKNOWN) [0-9a-f:. ]{0,40}[0-9 ]{0,12}\r?\n?.{0,4}";
    let v2 = (any::<[u8; 2]>(), 0..300_u16, prop::collection::vec(any::<u8>(), 0..300)).prop_map(
        |(two, length, body)| {
            let length = length.to_be_bytes();
            [&SIGNATURE[..], &[0x20 | two[0] & 1, two[1] & 0x33], &length, &body].concat()
        },
    );
    prop_oneof![changed, text.prop_map(String::into_bytes), v2, any::<Vec<u8>>()]
}

/// The same, written once more; `None` for what has no form of its own to write.
fn written_again(read: &Header<'_>, out: &mut [u8]) -> Option<usize> {
    let addresses = read.source().zip(read.destination());
    if read.version() == Version::V1 {
        let Some((source, destination)) = addresses else {
            out[..15].copy_from_slice(V1_UNKNOWN);
            return Some(15);
        };
        return Some(encode_v1(source, destination, out).unwrap());
    }
    let mut encoder = match (read.command(), addresses) {
        (Command::Local, _) => EncoderV2::local(out).unwrap(),
        (_, Some((source, destination))) => {
            EncoderV2::proxy(read.transport(), source, destination, out).unwrap()
        }
        _ => return None,
    };
    let mut checksum = false;
    for tlv in read.tlvs() {
        if tlv.kind == Tlv::CRC32C {
            checksum = true;
        } else {
            encoder = encoder.tlv(tlv.kind, tlv.value).unwrap();
        }
    }
    Some(if checksum { encoder.finish_with_crc32c() } else { encoder.finish() }.unwrap())
}

fn without_checksum<'a>(header: &Header<'a>) -> Vec<(u8, &'a [u8])> {
    let tlvs = header.tlvs().map(|tlv| (tlv.kind, tlv.value));
    tlvs.filter(|(kind, _)| *kind != Tlv::CRC32C).collect()
}

/// All that can be asked of a header, for the panics.
fn ask_everything(header: &Header<'_>) {
    let ssl = header.ssl();
    let _ = (header.alpn(), header.authority(), header.unique_id(), header.netns(), header.unix());
    if let Ok(Some(ssl)) = ssl {
        let _ = (ssl.version(), ssl.common_name(), ssl.cipher(), ssl.signature_algorithm());
        let _ =
            (ssl.key_algorithm(), ssl.group(), ssl.signature_scheme(), ssl.client_certificate());
        assert!(!ssl.client_cert_verified() || ssl.verify_code() == 0);
    }
    if header.command() == Command::Local || header.family() == Family::Unspec {
        assert_eq!((header.source(), header.destination(), header.unix()), (None, None, None));
    }
    assert_eq!(header.source().is_some(), header.destination().is_some());
}

/// Section 2.1 with the parsers of `std`, on a line that has ended: its addresses, if it has any,
/// and its length.
fn oracle(received: &[u8]) -> Option<(Option<(SocketAddr, SocketAddr)>, usize)> {
    let end = received.windows(2).position(|pair| pair == b"\r\n")?;
    if end + 2 > 107 {
        return None;
    }
    let line = received[..end].strip_prefix(b"PROXY ")?;
    if line == b"UNKNOWN" || line.starts_with(b"UNKNOWN ") {
        return Some((None, end + 2));
    }
    let fields: Vec<&str> = std::str::from_utf8(line).ok()?.split(' ').collect();
    let &[protocol, source, destination, source_port, destination_port] = &fields[..] else {
        return None;
    };
    let ip = |text: &str| match protocol {
        "TCP4" => text.parse::<Ipv4Addr>().ok().map(Into::into),
        "TCP6" => text.parse::<Ipv6Addr>().ok().map(std::net::IpAddr::from),
        _ => None,
    };
    let port = |text: &str| {
        let port: u16 = text.parse().ok()?;
        (port.to_string() == text).then_some(port)
    };
    let source = SocketAddr::new(ip(source)?, port(source_port)?);
    let destination = SocketAddr::new(ip(destination)?, port(destination_port)?);
    Some((Some((source, destination)), end + 2))
}

fn assert_agrees_with_the_oracle(received: &[u8]) {
    let theirs = oracle(received);
    let ours = match parse(received) {
        Ok(Progress::Complete { header, consumed }) => {
            Some((header.source().zip(header.destination()), consumed))
        }
        Ok(Progress::Incomplete { .. }) => {
            let ended = received.windows(2).any(|pair| pair == b"\r\n");
            // Only what has not ended, as its first 107 bytes show, can be waited for.
            assert!(!ended, "waits for more of {}", received.escape_ascii());
            None
        }
        Err(_) => None,
    };
    assert_eq!(ours, theirs, "{}", received.escape_ascii());
}

/// An address with one thing changed, or put together from what addresses are made of.
fn nearly_ipv6() -> impl Strategy<Value = String> {
    let changed = (ipv6_text(), any::<prop::sample::Index>(), "[0-9a-gA-G:.%/]", 0..4_u8).prop_map(
        |(mut text, at, symbol, change)| {
            let at = at.index(text.len());
            match change {
                0 => text.replace_range(at..=at, &symbol),
                1 => text.insert_str(at, &symbol),
                2 => drop(text.remove(at)),
                _ => text.truncate(at),
            }
            text
        },
    );
    // The first is empty.
    let pieces = " 0 1 00 abcd ABCD ffff 00001 g 1.2.3.4 255.255.255.255 1.2.3 1.2.3.4.5 01.2.3.4";
    let pieces = prop::sample::select(pieces.split(' ').collect::<Vec<&str>>());
    let between = prop::sample::select(vec![":", ":", ":", ":", "::", "::", ":::", "."]);
    let assembled = prop::collection::vec((pieces, between), 1..10).prop_map(|pieces| {
        let text: String = pieces.iter().flat_map(|(piece, between)| [*piece, between]).collect();
        // Half of them without a separator at the end.
        if pieces.len() % 2 == 0 { text } else { text.trim_end_matches(':').to_owned() }
    });
    prop_oneof![ipv6_text(), changed, assembled]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn never_panics_and_takes_no_more_than_there_is(bytes in nearly_a_header()) {
        match parse(&bytes) {
            Ok(Progress::Complete { header, consumed }) => {
                prop_assert!((15..=bytes.len()).contains(&consumed));
                prop_assert!(consumed <= 16 + 4096);
                ask_everything(&header);
            }
            Ok(Progress::Incomplete { need }) => {
                prop_assert!(bytes.len() + need.get() <= 16 + 4096);
            }
            Err(_) => {}
        }
    }

    #[test]
    fn what_is_accepted_is_read_the_same_when_it_is_written_again(bytes in nearly_a_header()) {
        let Ok(Progress::Complete { header: first, .. }) = parse(&bytes) else { return Ok(()) };
        let mut out = vec![0; 5000];
        let Some(length) = written_again(&first, &mut out) else { return Ok(()) };
        let second = header(&out[..length]);
        prop_assert_eq!(first.version(), second.version());
        prop_assert_eq!(first.command(), second.command());
        prop_assert_eq!(first.source(), second.source());
        prop_assert_eq!(first.destination(), second.destination());
        prop_assert_eq!(without_checksum(&first), without_checksum(&second));
    }

    #[test]
    fn a_line_is_accepted_if_and_only_if_another_reading_of_the_grammar_does(
        line in any_line(),
        at: prop::sample::Index,
        with in prop::sample::select(vec!["", " ", "0", "1", "9", ":", ".", "-", "+", "a", "F", "\r", "\n", "\r\n", "\t", "\0", "x", "é"]),
        replaces: bool,
    ) {
        assert_agrees_with_the_oracle(line.as_bytes());
        let at = at.index(line.len());
        let hostile = format!("{}{with}{}", &line[..at], &line[at + usize::from(replaces)..]);
        assert_agrees_with_the_oracle(hostile.as_bytes());
    }

    #[test]
    fn an_ipv6_address_is_what_std_takes_for_one(text in nearly_ipv6()) {
        let line = format!("PROXY TCP6 {text} :: 0 0\r\n");
        prop_assume!(line.len() <= 107);
        let ours = match parse(line.as_bytes()) {
            Ok(Progress::Complete { header, .. }) => header.source().map(|source| source.ip()),
            Ok(Progress::Incomplete { .. }) => panic!("waits for more of {line:?}"),
            Err(_) => None,
        };
        prop_assert_eq!(ours, text.parse::<Ipv6Addr>().ok().map(Into::into), "{}", text);
    }

    #[test]
    fn an_ipv4_address_is_what_std_takes_for_one(
        text in r"[0-3]?[0-9]{1,2}\.[0-2]?[0-9]{0,2}\.[0-9]{1,3}\.[0-9.]{1,4}",
    ) {
        let line = format!("PROXY TCP4 0.0.0.0 {text} 0 0\r\n");
        let ours = match parse(line.as_bytes()) {
            Ok(Progress::Complete { header, .. }) => header.destination().map(|to| to.ip()),
            Ok(Progress::Incomplete { .. }) => panic!("waits for more of {line:?}"),
            Err(_) => None,
        };
        prop_assert_eq!(ours, text.parse::<Ipv4Addr>().ok().map(Into::into), "{}", text);
    }
}
