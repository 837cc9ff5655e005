use std::net::{IpAddr, Ipv6Addr};

/// What counts as one client: an address of IPv4, or a /64 of IPv6.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct ClientNetwork(IpAddr);

impl From<IpAddr> for ClientNetwork {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & FIRST_64).into(),
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// Who has one address of an IPv6 network has the 2^64 beside it (RFC 4291 §2.5.1).
const FIRST_64: u128 = (u64::MAX as u128) << 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> ClientNetwork {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn each_address_of_ipv4_is_a_client() {
        assert_ne!(network("198.51.100.7"), network("198.51.100.8"));
        assert_eq!(network("198.51.100.7"), network("::ffff:198.51.100.7"));
    }

    #[test]
    fn each_64_of_ipv6_is_a_client() {
        assert_eq!(network("2001:db8:0:1::1"), network("2001:db8:0:1:ffff:ffff:ffff:ffff"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
    }
}
