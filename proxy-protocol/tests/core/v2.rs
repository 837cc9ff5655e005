//! The binary header of version 2 (section 2.2): its fixed part and its addresses.

use proxy_protocol::ParseError::{
    NotProxy, V2Command, V2Family, V2HeaderTooLarge, V2LengthTooShort, V2Version,
};
use proxy_protocol::{Command, Family, ParseError, Transport, Version};

use crate::samples::{INET, INET6, LOCAL, PROXY, SIGNATURE, tlv, unix, v2};
use crate::{assert_refused_at_the_last_byte, complete, header, need, refusal};

/// The families with the length of their addresses, and the transports.
const FAMILIES: [(u8, Family, usize); 4] =
    [(0, Family::Unspec, 0), (1, Family::Inet, 12), (2, Family::Inet6, 36), (3, Family::Unix, 216)];
const TRANSPORTS: [(u8, Transport); 3] =
    [(0, Transport::Unspec), (1, Transport::Stream), (2, Transport::Dgram)];

/// The fixed part alone, which promises this many bytes.
fn fixed(version_and_command: u8, family_and_transport: u8, length: u16) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    [&SIGNATURE[..], &[version_and_command, family_and_transport, high, low]].concat()
}

#[test]
fn reads_each_family() {
    let bytes = v2(PROXY, 0x11, &INET);
    let read = header(&bytes);
    assert_eq!((read.version(), read.command()), (Version::V2, Command::Proxy));
    assert_eq!((read.family(), read.transport()), (Family::Inet, Transport::Stream));
    assert_eq!(read.source(), Some("203.0.113.7:51000".parse().unwrap()));
    assert_eq!(read.destination(), Some("198.51.100.9:22".parse().unwrap()));
    assert_eq!((read.unix(), read.tlvs().count()), (None, 0));

    let bytes = v2(PROXY, 0x22, &INET6);
    let read = header(&bytes);
    assert_eq!((read.family(), read.transport()), (Family::Inet6, Transport::Dgram));
    assert_eq!(read.source(), Some("[2001:db8::7]:51000".parse().unwrap()));
    assert_eq!(read.destination(), Some("[2001:db8::9]:22".parse().unwrap()));
    assert_eq!(read.unix(), None);

    let (source, destination) = (unix(b"\0client"), unix(&[b'/'; 108]));
    let bytes = v2(PROXY, 0x31, &[source, destination].concat());
    let read = header(&bytes);
    assert_eq!((read.family(), read.transport()), (Family::Unix, Transport::Stream));
    assert_eq!(read.unix(), Some((&source, &destination)));
    assert_eq!((read.source(), read.destination()), (None, None));
}

#[test]
fn takes_versions_2_with_local_or_proxy_of_all_values_of_byte_13() {
    for byte in 0..=255_u8 {
        let bytes = v2(byte, 0x11, &INET);
        let expected = match byte {
            0x20 => Ok(Command::Local),
            0x21 => Ok(Command::Proxy),
            0x22..=0x2f => Err(V2Command),
            _ => Err(V2Version),
        };
        match expected {
            Ok(command) => assert_eq!(header(&bytes).command(), command),
            Err(error) => {
                assert_eq!(refusal(&bytes), error, "{byte:#04x}");
                assert_refused_at_the_last_byte(&bytes[..13], error);
            }
        }
    }
}

#[test]
fn takes_the_assigned_families_and_transports_of_all_values_of_byte_14() {
    for byte in 0..=255_u8 {
        for command in [LOCAL, PROXY] {
            let bytes = v2(command, byte, &[0; 216]);
            let family = FAMILIES.iter().find(|family| family.0 == byte >> 4);
            let transport = TRANSPORTS.iter().find(|transport| transport.0 == byte & 0x0f);
            let (Some((_, family, _)), Some((_, transport))) = (family, transport) else {
                assert_eq!(refusal(&bytes), V2Family, "{byte:#04x}");
                assert_refused_at_the_last_byte(&bytes[..14], V2Family);
                continue;
            };
            let header = header(&bytes);
            assert_eq!((header.family(), header.transport()), (*family, *transport));
            let (inet, unix) = match family {
                Family::Inet | Family::Inet6 => (true, false),
                Family::Unix => (false, true),
                _ => (false, false),
            };
            let believed = command == PROXY && *transport != Transport::Unspec;
            assert_eq!(header.source().is_some(), believed && inet, "{byte:#04x}");
            assert_eq!(header.destination().is_some(), believed && inet, "{byte:#04x}");
            assert_eq!(header.unix().is_some(), believed && unix, "{byte:#04x}");
        }
    }
}

#[test]
fn refuses_a_length_one_below_the_addresses_of_the_family() {
    for (family, _, length) in FAMILIES {
        for (transport, _) in TRANSPORTS {
            let byte = family << 4 | transport;
            header(&v2(PROXY, byte, &vec![0; length]));
            for short in 0..length {
                let bytes = v2(PROXY, byte, &vec![0; short]);
                assert_eq!(refusal(&bytes), V2LengthTooShort, "{byte:#04x} {short}");
                // What follows is payload, and no address.
                let more = [&bytes[..], &[0; 216]].concat();
                assert_eq!(refusal(&more), V2LengthTooShort, "{byte:#04x} {short}");
                assert_eq!(refusal(&bytes[..16]), V2LengthTooShort, "{byte:#04x} {short}");
            }
        }
    }
}

#[test]
fn local_yields_no_address_whatever_its_block() {
    for (family, kind, length) in FAMILIES {
        for body in 0..=length {
            let body = vec![1; body];
            let bytes = [&v2(LOCAL, family << 4 | 1, &body)[..], b"payload"].concat();
            let (header, consumed) = complete(&bytes);
            assert_eq!(consumed, 16 + body.len());
            assert_eq!((header.command(), header.family()), (Command::Local, kind));
            assert_eq!((header.source(), header.destination()), (None, None));
            assert_eq!((header.unix(), header.tlvs().count()), (None, 0));
        }
    }
}

#[test]
fn unspec_yields_no_address_and_its_body_is_tlvs() {
    let header = |family, body: &[u8]| {
        let bytes = v2(PROXY, family, body);
        let header = header(&bytes);
        assert_eq!((header.command(), header.family()), (Command::Proxy, Family::Unspec));
        assert_eq!((header.source(), header.destination(), header.unix()), (None, None, None));
        header.tlvs().count()
    };
    for family in [0x00, 0x01, 0x02] {
        assert_eq!(header(family, &[]), 0);
        assert_eq!(header(family, &[tlv(0x01, b"h2"), tlv(0x04, b"")].concat()), 2);
        assert_eq!(refusal(&v2(PROXY, family, &INET)), ParseError::TlvTruncated);
    }
}

#[test]
fn takes_4096_bytes_and_refuses_4097_from_the_first_16() {
    for (command, family) in [(PROXY, 0x11), (PROXY, 0x31), (PROXY, 0x00), (LOCAL, 0x00)] {
        assert_eq!(need(&fixed(command, family, 4096)), 4096);
        for length in [4097, 4352, 8192, 32768, 65535] {
            assert_refused_at_the_last_byte(&fixed(command, family, length), V2HeaderTooLarge);
        }
    }
    let largest = v2(PROXY, 0x11, &[&INET[..], &tlv(0x04, &[0; 4081])].concat());
    assert_eq!(largest.len(), 16 + 4096);
    assert_eq!(header(&largest).tlvs().count(), 1);
    let larger = v2(PROXY, 0x11, &[&INET[..], &tlv(0x04, &[0; 4082])].concat());
    assert_eq!(refusal(&larger), V2HeaderTooLarge);
}

#[test]
fn knows_what_is_missing_as_soon_as_it_can_be_known() {
    assert_eq!(need(b"\r"), 15);
    assert_eq!(need(SIGNATURE), 4);
    assert_eq!(need(&fixed(PROXY, 0x11, 12)[..13]), 3);
    // From the family on, its addresses are certain; with LOCAL they may be left out.
    for (family, _, length) in FAMILIES {
        assert_eq!(need(&fixed(PROXY, family << 4, 300)[..14]), 2 + length);
        assert_eq!(need(&fixed(PROXY, family << 4, 300)[..15]), 1 + length);
        assert_eq!(need(&fixed(LOCAL, family << 4, 300)[..14]), 2);
        assert_eq!(need(&fixed(LOCAL, family << 4, 300)[..15]), 1);
        for begun in 0..300 {
            let bytes = [&fixed(PROXY, family << 4, 300)[..], &vec![0; begun]].concat();
            assert_eq!(need(&bytes), 300 - begun);
        }
    }
}

#[test]
fn refuses_each_byte_of_the_signature_that_is_another() {
    let whole = v2(PROXY, 0x11, &INET);
    for at in 0..SIGNATURE.len() {
        for flipped in [0x01, 0x20, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flipped;
            assert_eq!(refusal(&bytes), NotProxy, "byte {at}");
            assert_eq!(refusal(&bytes[..=at]), NotProxy, "byte {at}");
        }
        // A text that begins as the signature does, and goes on.
        for text in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\n\r\n", b"\0\0", b"QUIT\n"] {
            let bytes = [&SIGNATURE[..at], text].concat();
            if !SIGNATURE.starts_with(&bytes) && !bytes.starts_with(SIGNATURE) {
                assert_eq!(refusal(&bytes), NotProxy, "byte {at}");
            }
        }
    }
}

#[test]
fn a_second_header_is_payload() {
    let first = v2(PROXY, 0x11, &INET);
    let bytes = [&first[..], &v2(PROXY, 0x21, &INET6)].concat();
    let (header, consumed) = complete(&bytes);
    assert_eq!(consumed, first.len());
    assert_eq!(header.source(), Some("203.0.113.7:51000".parse().unwrap()));
    assert_eq!(header.tlvs().count(), 0);
}
