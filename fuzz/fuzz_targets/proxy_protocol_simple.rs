//! Any bytes as a datagram: with Cloudflare's Simple Proxy Protocol, what is accepted is 38 bytes with
//! the magic in front, which are written again as they were; with version 2, it is what `parse` reads.

#![no_main]

use std::net::{Ipv6Addr, SocketAddr};

use libfuzzer_sys::fuzz_target;
use proxy_protocol::{ParseError, Progress, SimpleHeader, parse, parse_datagram};

fuzz_target!(|datagram: &[u8]| {
    check_simple(datagram);
    check_v2(datagram);
});

fn check_simple(datagram: &[u8]) {
    let outcome = SimpleHeader::parse(datagram);
    if datagram.len() < 38 {
        return assert_eq!(outcome, Err(ParseError::SimpleTruncated));
    }
    if !datagram.starts_with(&[0x56, 0xec]) {
        return assert_eq!(outcome, Err(ParseError::SimpleMagic));
    }
    let (header, payload) = outcome.expect("38 bytes with the magic in front");
    assert_eq!(payload, &datagram[38..]);
    assert_eq!(header.to_bytes(), datagram[..38]);
    assert_eq!(header.client(), address(&datagram[2..18], &datagram[34..36]));
    assert_eq!(header.proxy(), address(&datagram[18..34], &datagram[36..38]));
    let [client, proxy] = [header.client(), header.proxy()];
    assert_eq!(SimpleHeader::new(client, proxy), header);
    assert_eq!(SimpleHeader::new(mapped(client), mapped(proxy)), header);
}

fn address(ip: &[u8], port: &[u8]) -> SocketAddr {
    let ip = Ipv6Addr::from(<[u8; 16]>::try_from(ip).unwrap());
    let port = u16::from(port[0]) << 8 | u16::from(port[1]);
    match ip.to_ipv4_mapped() {
        Some(ip) => (ip, port).into(),
        None => (ip, port).into(),
    }
}

fn mapped(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(address) => (address.ip().to_ipv6_mapped(), address.port()).into(),
        SocketAddr::V6(_) => address,
    }
}

fn check_v2(datagram: &[u8]) {
    let expected = match parse(datagram) {
        // A part of the signature is data, since no datagram continues another; and a line has no
        // datagrams to go with.
        _ if !datagram.starts_with(b"\r\n\r\n\0\r\nQUIT\n") => Err(ParseError::NotProxy),
        Ok(Progress::Complete { header, consumed }) => Ok((header, &datagram[consumed..])),
        Ok(Progress::Incomplete { .. }) => Err(ParseError::DatagramTruncated),
        Err(error) => Err(error),
    };
    assert_eq!(parse_datagram(datagram), expected);
}
