//! How networks are written.

use proxy_protocol::{ConfigError, Network, Networks, loopback};
use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};

use crate::{ip, network, networks};

#[test]
fn reads_prefixes_and_single_addresses() {
    for (text, means) in [
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.1", "192.0.2.1/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("::/0", "::/0"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:192.0.2.1", "192.0.2.1/32"),
        ("::ffff:0.0.0.0/96", "0.0.0.0/0"),
    ] {
        assert_eq!(network(text).to_string(), means, "{text}");
        assert_eq!(format!("{:?}", network(text)), means);
    }
}

#[test]
fn refuses_what_is_no_prefix() {
    for text in [
        "",
        "/",
        "/24",
        "192.0.2.0/",
        "192.0.2.0/33",
        "192.0.2.0/024",
        "192.0.2.0/+24",
        "192.0.2.0/-1",
        "192.0.2.0/ 24",
        " 192.0.2.0/24",
        "192.0.2.0/24 ",
        "192.0.2.0/24/24",
        "192.0.2/24",
        "192.0.2.00/24",
        "192.0.2.0/255.255.255.0",
        "2001:db8::/129",
        "2001:db8::%eth0/64",
        "[2001:db8::]/32",
        "example.com",
        "*",
    ] {
        assert_eq!(text.parse::<Network>(), Err(ConfigError::Network), "{text}");
    }
}

#[test]
fn refuses_bits_behind_the_prefix() {
    for text in ["10.0.0.1/8", "192.0.2.1/31", "2001:db8::1/127", "::ffff:192.0.2.1/120"] {
        assert_eq!(text.parse::<Network>(), Err(ConfigError::Network), "{text}");
    }
    assert!("192.0.2.2/31".parse::<Network>().is_ok());
}

#[test]
fn contains_its_addresses_and_no_other() {
    let prefix = network("192.0.2.128/25");
    assert!(prefix.contains(ip("192.0.2.128")) && prefix.contains(ip("192.0.2.255")));
    assert!(!prefix.contains(ip("192.0.2.127")) && !prefix.contains(ip("192.0.3.0")));
    assert!(prefix.contains(ip("::ffff:192.0.2.200")));
    assert!(!prefix.contains(ip("2001:db8::")));
    assert!(network("0.0.0.0/0").contains(ip("255.255.255.255")));
    assert!(network("2001:db8::/127").contains(ip("2001:db8::1")));
    assert!(!network("2001:db8::/127").contains(ip("2001:db8::2")));
}

#[test]
fn a_set_contains_what_one_of_its_networks_does() {
    let set = networks(&["192.0.2.0/24", "2001:db8::/32"]);
    assert!(set.contains(ip("192.0.2.1")) && set.contains(ip("2001:db8::1")));
    assert!(!set.contains(ip("198.51.100.1")));
    assert!(!Networks::from([]).contains(ip("192.0.2.1")));
    assert_eq!(format!("{set:?}"), "{192.0.2.0/24, 2001:db8::/32}");
    assert_eq!(loopback().to_vec(), [network("127.0.0.0/8"), network("::1")]);
    assert_eq!(Networks::from(vec![network("::1")]).to_vec(), [network("::1")]);
}

#[test]
fn reads_from_a_configuration_file_what_parses_and_refuses_the_rest() {
    let read = |text| Network::deserialize(StrDeserializer::<Error>::new(text));
    assert_eq!(read("192.0.2.0/24").unwrap(), network("192.0.2.0/24"));
    let error = read("192.0.2.1/24").unwrap_err();
    assert_eq!(error.to_string(), ConfigError::Network.to_string());
}
