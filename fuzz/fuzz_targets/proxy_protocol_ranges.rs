//! Any text as lists of networks, a zero byte between two lists: what is accepted is a set of plausible
//! address prefixes, and the addresses in it are those that a reader of bits finds.

#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use edgeproof_fuzz::proxy::address;
use ipnet::IpNet;
use libfuzzer_sys::fuzz_target;
use proxy_protocol::{ConfigError, ListError, Network, Networks, cloudflare};

fuzz_target!(|text: &str| {
    let lists = || text.split('\0');
    for line in lists().flat_map(str::lines).take(8) {
        check_network(line);
    }
    let networks = Networks::published(lists());
    let expected = expected(lists());
    assert_eq!(networks.as_ref().err(), expected.as_ref().err());
    if let (Ok(networks), Ok(expected)) = (networks, expected) {
        assert_eq!(networks.to_vec().len(), expected.len());
        // All pairs would be too many.
        for range in expected.iter().take(8) {
            check_contains(|address| networks.contains(address), range, &expected);
        }
        check_reload(networks, &expected);
    }
});

fn check_network(text: &str) {
    let network = text.parse::<Network>();
    let Some(range) = Range::read(text) else {
        return assert_eq!(network, Err(ConfigError::Network));
    };
    let network = network.expect("a prefix");
    check_contains(|address| network.contains(address), &range, &[range]);

    let written = network.to_string();
    assert_eq!(written.parse(), Ok(network));
    assert_eq!(Range::read(&written), Some(range));
    // The oracle wants a length, and keeps an IPv4 prefix that is written as IPv6.
    if text.contains('/') && !(range.is_ipv4() && text.contains(':')) {
        let oracle = text.parse::<IpNet>().expect("the oracle accepts it too");
        assert_eq!(oracle.to_string(), written);
        assert_eq!(oracle.trunc(), oracle);
    }
}

/// Of the first and the last address of a range, and their neighbours.
fn check_contains(contains: impl Fn(IpAddr) -> bool, range: &Range, all: &[Range]) {
    let Range { first, last } = *range;
    for bits in [first, last, first.wrapping_sub(1), last.wrapping_add(1)] {
        let expected = all.iter().any(|range| range.contains(bits));
        let address = Ipv6Addr::from_bits(bits);
        assert_eq!(contains(IpAddr::V6(address)), expected, "{address}");
        assert_eq!(contains(IpAddr::V6(address).to_canonical()), expected, "{address}");
    }
}

/// A list replaces Cloudflare's own if it has half of it, of each family.
fn check_reload(networks: Networks, expected: &[Range]) {
    let edge = cloudflare();
    let before: Vec<Range> = edge.to_vec().iter().map(of_network).collect();
    let is_replaceable = [true, false].into_iter().all(|is_ipv4| {
        let family: Vec<&Range> =
            before.iter().filter(|range| range.is_ipv4() == is_ipv4).collect();
        let kept = family.iter().filter(|range| expected.contains(range)).count();
        kept * 2 >= family.len()
    });
    let reloaded = edge.reload(networks);
    assert_eq!(reloaded, if is_replaceable { Ok(()) } else { Err(ListError::Shrunk) });
    let after: Vec<Range> = edge.to_vec().iter().map(of_network).collect();
    assert_eq!(after, if is_replaceable { expected } else { &before[..] });
}

fn of_network(network: &Network) -> Range {
    Range::read(&network.to_string()).expect("a prefix")
}

/// What `published` should say.
fn expected<'a>(lists: impl Iterator<Item = &'a str>) -> Result<Vec<Range>, ListError> {
    let mut ranges = Vec::new();
    for list in lists {
        let lines: Vec<&str> =
            list.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            return Err(ListError::Empty);
        }
        for line in lines {
            let range = Range::read(line).ok_or(ListError::Malformed)?;
            let most = if range.is_ipv4() { 1 << (32 - 8) } else { 1 << (128 - 20) };
            if range.last - range.first >= most {
                return Err(ListError::TooWide);
            }
            if ranges.len() == 256 {
                return Err(ListError::TooMany);
            }
            ranges.push(range);
        }
    }
    Ok(ranges)
}

/// The addresses of a prefix as 128 bits; those of IPv4 as they are mapped into IPv6.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    first: u128,
    last: u128,
}

impl Range {
    fn read(text: &str) -> Option<Self> {
        let (prefix, length) = text.split_once('/').unwrap_or((text, ""));
        let (first, width) = match address::<Ipv4Addr>(prefix.as_bytes()) {
            Some(v4) => (v4.to_ipv6_mapped().to_bits(), 32),
            None => (address::<Ipv6Addr>(prefix.as_bytes())?.to_bits(), 128),
        };
        let length = if prefix.len() == text.len() {
            width
        } else {
            (0..=width).find(|number| number.to_string() == length)?
        };
        let behind = u128::MAX.checked_shr(128 - width + length).unwrap_or(0);
        (first & behind == 0).then_some(Self { first, last: first | behind })
    }

    fn is_ipv4(&self) -> bool {
        let is_mapped = |bits| Ipv6Addr::from_bits(bits).to_ipv4_mapped().is_some();
        is_mapped(self.first) && is_mapped(self.last)
    }

    /// No prefix of IPv6 has IPv4 in it.
    fn contains(&self, bits: u128) -> bool {
        let is_ipv4 = Ipv6Addr::from_bits(bits).to_ipv4_mapped().is_some();
        (self.first..=self.last).contains(&bits) && self.is_ipv4() == is_ipv4
    }
}
