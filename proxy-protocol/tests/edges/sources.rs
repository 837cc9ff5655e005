//! Which addresses a proxy may say that a client has.

use proxy_protocol::{Evidence, VerifyError, loopback};

use crate::{EDGE, client, ip, networks, production, v2};

const SPECIAL: [&str; 21] = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fd00::1",
    "fe80::1",
    "ff02::1",
];

/// One beside each of them.
const ORDINARY: [&str; 17] = [
    "1.0.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "223.255.255.255",
    "2001:db8::1",
    "fbff::1",
    "64:ff9b::203.0.113.7",
];

fn socket_text(address: &str) -> String {
    if address.contains(':') { format!("[{address}]:51000") } else { format!("{address}:51000") }
}

fn from(address: &str) -> Vec<u8> {
    let destination = if address.contains(':') { "[2001:db8::9]:22" } else { "198.51.100.9:22" };
    v2(&socket_text(address), destination)
}

#[test]
fn refuses_addresses_that_nobody_on_the_internet_has() {
    let proxy = production().build().unwrap();
    for address in SPECIAL {
        let refused = client(&proxy, EDGE, &from(address));
        assert_eq!(refused.unwrap_err(), VerifyError::SpecialSource, "{address}");
    }
    for address in ORDINARY {
        assert_eq!(client(&proxy, EDGE, &from(address)).unwrap().ip(), ip(address));
    }
}

#[test]
fn refuses_them_written_as_ipv6_too() {
    let proxy = production().build().unwrap();
    for address in SPECIAL.iter().filter(|address| !address.contains(':')) {
        let refused = client(&proxy, EDGE, &from(&format!("::ffff:{address}")));
        assert_eq!(refused.unwrap_err(), VerifyError::SpecialSource, "{address}");
    }
    // The address is handed out in its own family.
    let mapped = client(&proxy, EDGE, &from("::ffff:203.0.113.7")).unwrap();
    assert_eq!(mapped.ip(), ip("203.0.113.7"));
    assert_eq!(mapped.header().unwrap().source().unwrap().ip(), ip("::ffff:203.0.113.7"));
    // Of old, and never routed (RFC 4291 §2.5.5.1).
    let compatible = client(&proxy, EDGE, &from("::203.0.113.7"));
    assert_eq!(compatible.unwrap_err(), VerifyError::SpecialSource);
}

#[test]
fn takes_those_that_are_allowed_by_name_and_no_others() {
    let proxy = production().allow_sources(networks(&["10.1.0.0/16"])).build().unwrap();
    assert!(client(&proxy, EDGE, &from("10.1.0.1")).is_ok());
    for address in ["10.2.0.1", "127.0.0.1"] {
        let refused = client(&proxy, EDGE, &from(address));
        assert_eq!(refused.unwrap_err(), VerifyError::SpecialSource, "{address}");
    }
    let proxy = production().allow_sources(loopback()).build().unwrap();
    assert!(client(&proxy, EDGE, &from("127.0.0.1")).is_ok());
}

#[test]
fn refuses_the_server_s_own_addresses() {
    let own = networks(&["198.51.100.9", "2001:db8::9"]);
    let proxy = production().own_addresses(own).build().unwrap();
    for address in ["198.51.100.9", "::ffff:198.51.100.9", "2001:db8::9"] {
        let refused = client(&proxy, EDGE, &from(address));
        assert_eq!(refused.unwrap_err(), VerifyError::OwnSource, "{address}");
    }
    assert!(client(&proxy, EDGE, &from("198.51.100.10")).is_ok());
}

#[test]
fn a_peer_s_own_address_is_not_what_a_proxy_says() {
    let proxy = production().own_addresses(loopback()).build().unwrap();
    let direct = client(&proxy, "127.0.0.1:40000", b"").unwrap();
    assert_eq!((direct.ip(), direct.evidence()), (ip("127.0.0.1"), Evidence::Direct));
    let local = proxy_protocol::V1_UNKNOWN;
    let proxy = crate::on_loopback().build().unwrap();
    assert_eq!(client(&proxy, "127.0.0.1:40000", local).unwrap().evidence(), Evidence::Peer);
}
