//! TLVs: their framing, the values that have a form, the checksum, and how they are read.

use proxy_protocol::ParseError::{CrcMismatch, TlvTruncated, TlvValue};
use proxy_protocol::{Command, Header, ParseError, Progress, Tlv, TlvError, parse};

use crate::samples::{
    EMPTY_CHECKSUM, INET, LOCAL, PROXY, checksummed, headers, tcp4, tlv, unix, v2,
};
use crate::{complete, header, refusal};

fn empty_checksum() -> Vec<u8> {
    EMPTY_CHECKSUM.to_vec()
}

fn pairs<'a>(header: &Header<'a>) -> Vec<(u8, &'a [u8])> {
    header.tlvs().map(|tlv| (tlv.kind, tlv.value)).collect()
}

fn has_checksum(header: &Header<'_>) -> bool {
    header.tlvs().any(|tlv| tlv.kind == Tlv::CRC32C)
}

/// The refusal of a header for IPv4 that has these bytes behind the addresses.
fn refused_behind_addresses(bytes: &[u8]) -> ParseError {
    refusal(&v2(PROXY, 0x11, &[&INET, bytes].concat()))
}

#[test]
fn the_types_are_those_of_the_specification() {
    let types = [Tlv::ALPN, Tlv::AUTHORITY, Tlv::CRC32C, Tlv::NOOP, Tlv::UNIQUE_ID];
    assert_eq!(types, [0x01, 0x02, 0x03, 0x04, 0x05]);
    assert_eq!((Tlv::SSL, Tlv::NETNS), (0x20, 0x30));
}

#[test]
fn hands_out_every_type_in_its_order() {
    for kind in 0..=255_u8 {
        let expected = match kind {
            Tlv::CRC32C | Tlv::SSL => continue,
            _ => [(kind, &b"a"[..]), (0xee, &[]), (kind, &[0xff, 0])],
        };
        let bytes = tcp4(&expected.map(|(kind, value)| tlv(kind, value)));
        assert_eq!(pairs(&header(&bytes)), expected);
    }
}

#[test]
fn stands_behind_the_addresses_of_each_family() {
    for (family, length) in [(0x00, 0), (0x11, 12), (0x21, 36), (0x31, 216), (0x10, 12)] {
        for command in [LOCAL, PROXY] {
            let bytes = v2(command, family, &[&vec![1; length][..], &tlv(0xe0, b"x")].concat());
            assert_eq!(pairs(&header(&bytes)), [(0xe0, &b"x"[..])], "{family:#04x}");
        }
    }
}

#[test]
fn refuses_tlvs_that_do_not_fit_into_the_header() {
    for short in [
        &[0x01][..],
        &[0x01, 0],
        &[0x01, 0, 1],
        &[0x01, 0, 2, b'h'],
        &[0x01, 1, 0, b'h'],
        &[0x01, 0xff, 0xff, 0],
        &[0x04, 0, 0, 0x01],
        &[0x04, 0, 1, 0x01, 0x02, 0],
        &[0x03, 0, 4, 0, 0, 0],
    ] {
        assert_eq!(refused_behind_addresses(short), TlvTruncated, "{short:?}");
        // What follows the header does not make it longer.
        let header = v2(PROXY, 0x11, &[&INET, short].concat());
        assert_eq!(refusal(&[&header[..], &[0; 300]].concat()), TlvTruncated, "{short:?}");
    }
}

#[test]
fn what_follows_the_header_is_payload_even_if_it_looks_like_a_tlv() {
    let bytes = [tcp4(&[tlv(0x02, b"12345")]), tlv(0x02, b"54321")].concat();
    let (header, consumed) = complete(&bytes);
    assert_eq!(consumed, 36);
    assert_eq!(header.authority(), Ok(Some("12345")));
    assert_eq!(header.tlvs().count(), 1);
}

#[test]
fn takes_a_unique_id_of_128_bytes_and_none_of_129() {
    let unique_id = |length| tcp4(&[tlv(0x05, &vec![0xff; length])]);
    for length in [0, 1, 128] {
        let bytes = unique_id(length);
        assert_eq!(header(&bytes).unique_id(), Ok(Some(&vec![0xff; length][..])));
    }
    assert_eq!(refusal(&unique_id(129)), TlvValue);
    assert_eq!(refusal(&unique_id(4000)), TlvValue);
}

#[test]
fn refuses_a_checksum_of_another_length_than_4() {
    for length in [0, 1, 2, 3, 5, 8] {
        assert_eq!(refused_behind_addresses(&tlv(0x03, &vec![0; length])), TlvValue);
    }
}

#[test]
fn verifies_the_checksum_wherever_it_stands() {
    let others = [tlv(0x01, b"h2"), tlv(0x02, b"plue.dev")];
    for at in 0..=others.len() {
        let mut tlvs = others.to_vec();
        tlvs.insert(at, empty_checksum());
        let good = checksummed(tcp4(&tlvs));
        assert_eq!(header(&good).tlvs().count(), 3);
        assert_eq!(header(&good).authority(), Ok(Some("plue.dev")));
        assert_eq!(refusal(&tcp4(&tlvs)), CrcMismatch, "of zeros, at {at}");
    }
    for (family, length) in [(0x00, 0), (0x21, 36), (0x31, 216)] {
        let body = [&vec![7; length][..], &EMPTY_CHECKSUM].concat();
        assert!(has_checksum(&header(&checksummed(v2(PROXY, family, &body)))));
        assert_eq!(refusal(&v2(PROXY, family, &body)), CrcMismatch);
    }
    // Payload does not count.
    let bytes = [checksummed(tcp4(&[empty_checksum()])), b"payload".to_vec()].concat();
    assert!(has_checksum(&complete(&bytes).0));
}

#[test]
fn verifies_the_checksum_of_a_header_of_any_length() {
    let mut found = Vec::new();
    for padding in 0..600 {
        let around = tlv(0x04, &vec![7; padding]);
        for tlvs in [[around.clone(), empty_checksum()], [empty_checksum(), around]] {
            let good = checksummed(tcp4(&tlvs));
            let (_, consumed) = complete(&good);
            assert_eq!(consumed, 16 + 12 + 7 + 3 + padding);
            let mut altered = good.clone();
            altered[16 + padding % 12] ^= 1;
            assert_eq!(refusal(&altered), CrcMismatch);
            found.push(good[good.len() - 4..].to_vec());
        }
    }
    // They do differ.
    found.sort();
    found.dedup();
    assert!(found.len() > 500);
}

#[test]
fn refuses_a_second_checksum_even_if_both_are_right() {
    let first = checksummed(tcp4(&[empty_checksum()]));
    let value = &first[first.len() - 4..];
    assert_eq!(refusal(&tcp4(&[tlv(0x03, value), tlv(0x03, value)])), TlvValue);
    assert_eq!(refusal(&tcp4(&[empty_checksum(), empty_checksum()])), TlvValue);
}

#[test]
fn no_bit_of_a_header_with_a_checksum_can_be_flipped_unnoticed() {
    let unix = [unix(b"/run/client.sock"), unix(b"/run/server.sock")].concat();
    let tlvs = [tlv(0x01, b"h2"), empty_checksum(), tlv(0x05, b"id")].concat();
    for (command, family, block) in [
        (PROXY, 0x11, &INET[..]),
        (PROXY, 0x31, &unix),
        (PROXY, 0x00, &[]),
        (LOCAL, 0x00, &[]),
        (LOCAL, 0x11, &INET),
    ] {
        let good = checksummed(v2(command, family, &[block, &tlvs].concat()));
        assert!(has_checksum(&header(&good)));
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(progress) = parse(&bytes) else { continue };
            // Only what no longer says that it has a checksum can pass: it could have been sent so.
            if let Progress::Complete { header, .. } = progress {
                assert!(!has_checksum(&header), "bit {bit} of {command:#04x} {family:#04x}");
            }
        }
    }
}

#[test]
fn local_does_without_tlvs_that_are_malformed_but_not_with_a_wrong_checksum() {
    for malformed in [
        vec![0x01, 0xff, 0xff],
        vec![0x01],
        tlv(0x03, &[0; 3]),
        tlv(0x05, &[0; 129]),
        tlv(0x20, &[0; 4]),
        [empty_checksum(), empty_checksum()].concat(),
        [tlv(0x02, b"plue.dev"), vec![0x01]].concat(),
    ] {
        assert!(parse(&v2(PROXY, 0x00, &malformed)).is_err());
        let bytes = v2(LOCAL, 0x00, &malformed);
        let header = header(&bytes);
        assert_eq!((header.command(), header.tlvs().count()), (Command::Local, 0));
    }
    assert_eq!(refusal(&v2(LOCAL, 0x00, &EMPTY_CHECKSUM)), CrcMismatch);
    let bytes = v2(LOCAL, 0x00, &tlv(0x02, b"plue.dev"));
    assert_eq!(header(&bytes).authority(), Ok(Some("plue.dev")));
}

#[test]
fn each_accessor_reads_its_type_and_no_other() {
    let bytes = tcp4(&[
        tlv(0x01, b"h2"),
        tlv(0x02, b"plue.dev"),
        tlv(0x05, b"\xff\0id"),
        tlv(0x30, b"blue"),
    ]);
    let all = header(&bytes);
    assert_eq!(all.alpn(), Ok(Some(&b"h2"[..])));
    assert_eq!(all.authority(), Ok(Some("plue.dev")));
    assert_eq!(all.unique_id(), Ok(Some(&b"\xff\0id"[..])));
    assert_eq!(all.netns(), Ok(Some("blue")));

    for left_out in 0..=255_u8 {
        if [0x01, 0x02, 0x03, 0x05, 0x20, 0x30].contains(&left_out) {
            continue;
        }
        let bytes = tcp4(&[tlv(left_out, b"x")]);
        let other = header(&bytes);
        assert_eq!((other.alpn(), other.unique_id()), (Ok(None), Ok(None)));
        assert_eq!((other.authority(), other.netns()), (Ok(None), Ok(None)));
        assert!(matches!(other.ssl(), Ok(None)));
        assert_eq!(other.tlvs().only(left_out), Ok(Some(&b"x"[..])));
    }
}

#[test]
fn gives_none_of_two_values_of_a_type() {
    for values in [[&b"a"[..], b"b"], [b"a", b"a"], [b"", b""]] {
        for kind in [0x01, 0x02, 0x05, 0x30, 0xe0] {
            let bytes = tcp4(&[tlv(kind, values[0]), tlv(0x04, b""), tlv(kind, values[1])]);
            let header = header(&bytes);
            let refused = Err(TlvError::Duplicate);
            let read = match kind {
                0x01 => header.alpn().map(|_| ()),
                0x02 => header.authority().map(|_| ()),
                0x05 => header.unique_id().map(|_| ()),
                0x30 => header.netns().map(|_| ()),
                _ => header.tlvs().only(kind).map(|_| ()),
            };
            assert_eq!(read, refused, "{kind:#04x}");
            // Each is there for who asks for all.
            assert_eq!(header.tlvs().filter(|tlv| tlv.kind == kind).count(), 2);
            assert_eq!(header.tlvs().only(0x04), Ok(Some(&[][..])));
        }
    }
}

#[test]
fn text_is_utf_8_and_other_values_are_bytes() {
    for hostile in [&b"\xff\xfe"[..], b"plue.dev\xc3", b"\xed\xa0\x80"] {
        let bytes =
            tcp4(&[tlv(0x01, hostile), tlv(0x02, hostile), tlv(0x05, hostile), tlv(0x30, hostile)]);
        let header = header(&bytes);
        assert_eq!(header.authority(), Err(TlvError::NotText));
        assert_eq!(header.netns(), Err(TlvError::NotText));
        assert_eq!(header.alpn(), Ok(Some(hostile)));
        assert_eq!(header.unique_id(), Ok(Some(hostile)));
    }
    let bytes = tcp4(&[tlv(0x02, "bücher.example".as_bytes()), tlv(0x30, b"")]);
    assert_eq!(header(&bytes).authority(), Ok(Some("bücher.example")));
    assert_eq!(header(&bytes).netns(), Ok(Some("")));
}

#[test]
fn the_iterator_has_as_many_as_fit_and_then_ends() {
    for bytes in headers() {
        let (header, _) = complete(&bytes);
        let mut tlvs = header.tlvs();
        let count = tlvs.by_ref().count();
        assert_eq!(tlvs.next(), None);
        assert_eq!(count, header.tlvs().count());
    }
    // Of no value at all, as many as 4096 bytes hold.
    let bytes = v2(PROXY, 0x00, &[0; 4095]);
    assert_eq!(header(&bytes).tlvs().count(), 1365);
}
