//! Cloudflare's Simple Proxy Protocol.

use std::net::{Ipv6Addr, SocketAddr};

use proptest::prelude::*;
use proxy_protocol::ParseError::{SimpleMagic, SimpleTruncated};
use proxy_protocol::{ParseError, SimpleHeader};

/// The bytes of Cloudflare's documentation: the magic number, two addresses, two ports.
fn datagram(client: Ipv6Addr, proxy: Ipv6Addr, ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let ports = ports.map(u16::to_be_bytes);
    [&[0x56, 0xec][..], &client.octets(), &proxy.octets(), ports.as_flattened(), payload].concat()
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn refusal(datagram: &[u8]) -> Option<ParseError> {
    SimpleHeader::parse(datagram).err()
}

fn ipv4() -> Vec<u8> {
    let [client, proxy] =
        ["::ffff:203.0.113.7", "::ffff:198.51.100.9"].map(|ip| ip.parse().unwrap());
    datagram(client, proxy, [51000, 53], b"ping")
}

#[test]
fn gives_ipv4_addresses_as_ipv4() {
    let datagram = ipv4();
    let (header, payload) = SimpleHeader::parse(&datagram).unwrap();
    assert_eq!(header.client(), address("203.0.113.7:51000"));
    assert_eq!(header.proxy(), address("198.51.100.9:53"));
    assert_eq!(payload, b"ping");
}

#[test]
fn gives_ipv6_addresses_as_ipv6() {
    let [client, proxy] = ["2001:db8::7", "2001:db8::9"].map(|ip| ip.parse().unwrap());
    let datagram = datagram(client, proxy, [1, 65535], b"\r\n\r\n\0\r\nQUIT\n");
    let (header, payload) = SimpleHeader::parse(&datagram).unwrap();
    assert_eq!(header.client(), address("[2001:db8::7]:1"));
    assert_eq!(header.proxy(), address("[2001:db8::9]:65535"));
    assert_eq!(payload, b"\r\n\r\n\0\r\nQUIT\n");
}

#[test]
fn takes_only_a_mapped_address_for_ipv4() {
    for ip in ["::203.0.113.7", "::fffe:203.0.113.7", "::1:ffff:203.0.113.7", "::", "::1"] {
        let ip: Ipv6Addr = ip.parse().unwrap();
        let datagram = datagram(ip, ip, [1, 2], b"");
        let (header, _) = SimpleHeader::parse(&datagram).unwrap();
        assert_eq!(header.client(), (ip, 1).into());
        assert_eq!(header.proxy(), (ip, 2).into());
    }
}

#[test]
fn a_payload_may_be_empty_but_not_a_byte_of_the_header_may_be_missing() {
    let whole = ipv4();
    assert_eq!(SimpleHeader::parse(&whole[..38]).unwrap().1, b"");
    for length in 0..38 {
        assert_eq!(refusal(&whole[..length]), Some(SimpleTruncated), "{length} bytes");
    }
}

#[test]
fn refuses_each_bit_of_the_magic_number_that_is_another() {
    for bit in 0..16 {
        let mut datagram = ipv4();
        datagram[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(refusal(&datagram), Some(SimpleMagic), "bit {bit}");
    }
    let mut datagram = ipv4();
    datagram.swap(0, 1);
    assert_eq!(refusal(&datagram), Some(SimpleMagic));
    assert_eq!(refusal(&[0; 38]), Some(SimpleMagic));
    assert_eq!(refusal(&[b'P'; 1400]), Some(SimpleMagic));
}

#[test]
fn a_reply_begins_with_the_bytes_that_came() {
    let datagram = ipv4();
    let (header, payload) = SimpleHeader::parse(&datagram).unwrap();
    assert_eq!([&header.to_bytes()[..], payload].concat(), datagram);
}

#[test]
fn a_sender_s_addresses_are_read_as_they_were_given() {
    for (client, proxy) in [
        ("203.0.113.7:51000", "198.51.100.9:53"),
        ("[2001:db8::7]:51000", "[2001:db8::9]:53"),
        ("203.0.113.7:51000", "[2001:db8::9]:53"),
        ("[::]:0", "0.0.0.0:0"),
    ] {
        let header = SimpleHeader::new(address(client), address(proxy));
        assert_eq!((header.client(), header.proxy()), (address(client), address(proxy)));
        assert_eq!(SimpleHeader::parse(&header.to_bytes()), Ok((header, &[][..])));
    }
}

proptest! {
    #[test]
    fn whatever_comes_a_reply_begins_with_it(
        [client, proxy]: [Ipv6Addr; 2],
        mapped: [bool; 2],
        ports: [u16; 2],
        payload: Vec<u8>,
    ) {
        let map = |address: Ipv6Addr, mapped| {
            let [.., a, b, c, d] = address.octets();
            if mapped { std::net::Ipv4Addr::new(a, b, c, d).to_ipv6_mapped() } else { address }
        };
        let datagram = datagram(map(client, mapped[0]), map(proxy, mapped[1]), ports, &payload);
        let (header, rest) = SimpleHeader::parse(&datagram).unwrap();
        prop_assert_eq!(&header.to_bytes()[..], &datagram[..38]);
        prop_assert_eq!(rest, payload);
        prop_assert_eq!([header.client().port(), header.proxy().port()], ports);
    }

    #[test]
    fn never_panics_on_any_bytes(mut datagram: Vec<u8>, begins_well: bool) {
        if begins_well {
            datagram.splice(0..0, [0x56, 0xec]);
        }
        match SimpleHeader::parse(&datagram) {
            Ok((header, payload)) => {
                prop_assert_eq!([&header.to_bytes()[..], payload].concat(), datagram);
            }
            Err(_) => prop_assert!(datagram.len() < 38 || !datagram.starts_with(&[0x56, 0xec])),
        }
    }
}
