//! The fields of version 1's line (section 2.1): each accept with its near misses. How they make a
//! line stands in `line.rs`.

use std::net::SocketAddr;

use proxy_protocol::ParseError::{NotProxy, V1Address, V1Port, V1Protocol};
use proxy_protocol::{Command, Family, Header, ParseError, Transport, Version};

use crate::{complete, header, refusal};

fn assert_refuses(line: &str, error: ParseError) {
    assert_eq!(refusal(line.as_bytes()), error, "{line:?}");
}

fn addresses(header: &Header<'_>) -> (SocketAddr, SocketAddr) {
    (header.source().unwrap(), header.destination().unwrap())
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn reads_the_example_of_the_specification() {
    let received =
        b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let (header, consumed) = complete(received);
    assert_eq!(consumed, 47);
    assert_eq!(header.version(), Version::V1);
    assert_eq!(header.command(), Command::Proxy);
    assert_eq!(header.family(), Family::Inet);
    assert_eq!(header.transport(), Transport::Stream);
    assert_eq!(header.source(), Some(address("192.168.0.1:56324")));
    assert_eq!(header.destination(), Some(address("192.168.0.11:443")));
    assert_eq!(header.unix(), None);
    assert_eq!(header.tlvs().count(), 0);
    assert!(matches!(header.authority(), Ok(None)));
    assert!(matches!(header.ssl(), Ok(None)));
}

#[test]
fn reads_the_shortest_and_the_longest_line_of_each_protocol() {
    let header = header(b"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n");
    let broadcast = address("255.255.255.255:65535");
    assert_eq!(addresses(&header), (broadcast, broadcast));

    let header = crate::header(b"PROXY TCP6 :: :: 0 0\r\n");
    assert_eq!((header.version(), header.command()), (Version::V1, Command::Proxy));
    assert_eq!((header.family(), header.transport()), (Family::Inet6, Transport::Stream));
    assert_eq!(addresses(&header), (address("[::]:0"), address("[::]:0")));

    let longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    let line = format!("PROXY TCP6 {longest} {longest} 65535 65535\r\n");
    assert_eq!(line.len(), 104);
    let longest = address(&format!("[{longest}]:65535"));
    assert_eq!(addresses(&crate::header(line.as_bytes())), (longest, longest));
}

#[test]
fn takes_every_octet_and_no_other_spelling_of_one() {
    let line = |at: usize, octet: &str| {
        let mut octets = ["1"; 8];
        octets[at] = octet;
        let (source, destination) = octets.split_at(4);
        format!("PROXY TCP4 {} {} 2 3\r\n", source.join("."), destination.join("."))
    };
    for at in 0..8 {
        for octet in 0..=255_u8 {
            let line = line(at, &octet.to_string());
            let (source, destination) = addresses(&header(line.as_bytes()));
            let mut octets = [1; 8];
            octets[at] = octet;
            let [a, b, c, d, e, f, g, h] = octets;
            assert_eq!(source, ([a, b, c, d], 2).into(), "{line}");
            assert_eq!(destination, ([e, f, g, h], 3).into(), "{line}");
        }
        for hostile in [
            "", "256", "260", "300", "999", "1000", "2560", "00", "000", "01", "001", "010",
            "0255", "-1", "+1", "0x1", "1e1", "a", "1a", "1\0", "\u{661}", "1,", "/", ":", "1_",
        ] {
            assert_refuses(&line(at, hostile), V1Address);
        }
    }
}

#[test]
fn refuses_all_but_four_octets() {
    for hostile in [
        "1",
        "1.2",
        "1.2.3",
        "1.2.3.",
        "1.2.3.4.",
        "1.2.3.4.5",
        ".1.2.3.4",
        "1..2.3.4",
        "16909060",
        "0x01020304",
        "1.2.3.4/32",
        "1.2.3.4:5",
        "[1.2.3.4]",
        "localhost",
        "::1",
        "::ffff:1.2.3.4",
        "1.2.3.4%lo",
        "\u{ff11}.2.3.4",
    ] {
        assert_refuses(&format!("PROXY TCP4 {hostile} 5.6.7.8 1 2\r\n"), V1Address);
        assert_refuses(&format!("PROXY TCP4 5.6.7.8 {hostile} 1 2\r\n"), V1Address);
    }
}

#[test]
fn takes_every_port_and_no_other_spelling_of_one() {
    for port in 0..=u16::MAX {
        let line = format!("PROXY TCP4 1.2.3.4 5.6.7.8 {port} {}\r\n", !port);
        let (source, destination) = addresses(&header(line.as_bytes()));
        assert_eq!((source.port(), destination.port()), (port, !port));
    }
    for hostile in [
        "+80",
        "-1",
        "-0",
        "00",
        "01",
        "080",
        "00080",
        "065535",
        "000080",
        "65536",
        "65540",
        "65600",
        "66000",
        "70000",
        "99999",
        "100000",
        "655350",
        "1111111",
        "0x50",
        "8a",
        "80.",
        "8_0",
        "80\0",
        "a",
        "\u{668}\u{660}",
        "http",
        "/",
        ":",
    ] {
        for family in ["TCP4 1.2.3.4 5.6.7.8", "TCP6 ::1 ::2"] {
            assert_refuses(&format!("PROXY {family} {hostile} 2\r\n"), V1Port);
            assert_refuses(&format!("PROXY {family} 1 {hostile}\r\n"), V1Port);
        }
    }
}

#[test]
fn takes_both_cases_leading_zeros_and_any_place_of_the_gap_in_an_ipv6_address() {
    for (text, expected) in [
        ("2001:Db8::aBcD", "2001:db8::abcd"),
        ("0001:0002:0003:0004:0005:0006:0007:0008", "1:2:3:4:5:6:7:8"),
        ("::", "::"),
        ("1::", "1::"),
        ("::1", "::1"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8"),
        ("a:b::e:f", "a:b:0:0:0:0:e:f"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("::9:a", "::9:a"),
        ("::A:f:F", "::a:f:f"),
    ] {
        let line = format!("PROXY TCP6 {text} ::1 1 2\r\nx");
        let (header, consumed) = complete(line.as_bytes());
        assert_eq!(consumed, line.len() - 1);
        let expected = address(&format!("[{expected}]:1"));
        assert_eq!(addresses(&header), (expected, address("[::1]:2")), "{text}");
    }
}

#[test]
fn takes_the_dotted_end_that_haproxy_writes_and_leaves_it_ipv6() {
    for (text, expected) in [
        ("::ffff:203.0.113.7", "::ffff:cb00:7107"),
        ("::203.0.113.7", "::cb00:7107"),
        ("64:ff9b::203.0.113.7", "64:ff9b::cb00:7107"),
        ("1:2:3:4:5:6:203.0.113.7", "1:2:3:4:5:6:cb00:7107"),
        ("1:2:3:4:5::203.0.113.7", "1:2:3:4:5:0:cb00:7107"),
    ] {
        let line = format!("PROXY TCP6 {text} {text} 1 2\r\n");
        let header = header(line.as_bytes());
        assert_eq!(header.family(), Family::Inet6);
        assert_eq!(header.source(), Some(address(&format!("[{expected}]:1"))), "{text}");
        assert_eq!(header.destination(), Some(address(&format!("[{expected}]:2"))), "{text}");
    }
}

#[test]
fn refuses_what_is_no_ipv6_address() {
    for hostile in [
        "192.0.2.1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        "1::2::3",
        "::1::",
        ":::",
        "1:::2",
        ":1",
        "1:",
        ":1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8:",
        "00001::1",
        "::12345",
        "::g",
        "::G",
        "::`",
        "::@",
        "::/",
        "::-1",
        "::+1",
        "fe80::1%eth0",
        "fe80::1%1",
        "[::1]",
        "::1/64",
        "::ffff:1.2.3",
        "::ffff:1.2.3.4.5",
        "::ffff:1.2.3.256",
        "::ffff:1.2.3.04",
        "::ffff:1.2.3.4:5",
        "::ffff:a.2.3.4",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:1.2.3.4",
        "1:2:3:4:5:6::1.2.3.4",
        "::0xff",
        "::1\0",
        "\u{ff11}::1",
    ] {
        assert_refuses(&format!("PROXY TCP6 {hostile} ::1 1 2\r\n"), V1Address);
        assert_refuses(&format!("PROXY TCP6 ::1 {hostile} 1 2\r\n"), V1Address);
    }
}

#[test]
fn refuses_addresses_of_another_family_than_the_protocol_s() {
    for (line, error) in [
        ("PROXY TCP4 2001:db8::7 2001:db8::9 1 2\r\n", V1Address),
        ("PROXY TCP6 203.0.113.7 198.51.100.9 1 2\r\n", V1Address),
        ("PROXY TCP6 2001:db8::7 198.51.100.9 1 2\r\n", V1Address),
        ("PROXY TCP4 203.0.113.7 2001:db8::9 1 2\r\n", V1Address),
    ] {
        assert_refuses(line, error);
    }
}

#[test]
fn refuses_every_protocol_but_three() {
    for hostile in [
        "TCP5",
        "TCP",
        "TCP44",
        "TCP4x",
        "TCP46",
        "UDP4",
        "UDP6",
        "TXX4",
        "tcp4",
        "Tcp4",
        "TCP4,",
        "UNIX",
        "SOMETHING",
        "UNKNOW",
        "UNKNOWM",
        "unknown",
        "Unknown",
        "UNKNOWNfoo",
        "UNKNOWN\0",
        "UXXXXXX",
        "UNKNOWN4",
        "4",
        "\0",
    ] {
        assert_refuses(&format!("PROXY {hostile} 1.2.3.4 5.6.7.8 1 2\r\n"), V1Protocol);
        assert_refuses(&format!("PROXY {hostile} ::1 ::2 1 2\r\n"), V1Protocol);
    }
}

#[test]
fn refuses_what_does_not_begin_with_proxy_and_a_space() {
    for hostile in [
        "PROXYxTCP4",
        "PROXY\tTCP4",
        "PROXYTCP4",
        "proxy TCP4",
        "Proxy TCP4",
        " PROXY TCP4",
        "PROXY\0TCP4",
        "PR0XY TCP4",
        "PROXYjunk TCP4",
        "PROXY\r\nTCP4",
        "\nPROXY TCP4",
        "\u{feff}PROXY TCP4",
        "QPROXY TCP4",
        "PROXI TCP4",
    ] {
        assert_refuses(&format!("{hostile} 1.2.3.4 5.6.7.8 1 2\r\n"), NotProxy);
    }
}
