use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use thiserror::Error;

/// Where sshd listens: an address on loopback.
///
/// To sshd, whoever comes through this service comes from loopback. One that others can reach as
/// well would be reached past the bounds and the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SshdAddress(SocketAddr);

impl SshdAddress {
    pub(crate) fn socket_addr(self) -> SocketAddr {
        self.0
    }

    /// Whether a listener at this address would be taken for sshd.
    pub(crate) fn is_reached_at(self, listener: SocketAddr) -> bool {
        let ip = listener.ip();
        self.0.port() == listener.port() && (ip.is_unspecified() || ip == self.0.ip())
    }
}

impl FromStr for SshdAddress {
    type Err = SshdAddressError;

    fn from_str(text: &str) -> Result<Self, SshdAddressError> {
        match text.parse::<SocketAddr>() {
            Ok(address) if address.ip().is_loopback() && address.port() != 0 => Ok(Self(address)),
            _ => Err(SshdAddressError),
        }
    }
}

impl fmt::Display for SshdAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Not an address on loopback with a port.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error(
    "sshd must listen on loopback, such as `127.0.0.1:2022`: it takes all clients for this \
     machine, so nobody may reach it otherwise"
)]
#[non_exhaustive]
pub struct SshdAddressError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sshd_is_on_loopback() {
        for text in ["127.0.0.1:2022", "127.0.0.2:22", "[::1]:2022"] {
            assert_eq!(text.parse::<SshdAddress>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_address_that_others_can_reach_is_refused() {
        for text in [
            "0.0.0.0:2022",
            "[::]:2022",
            "10.0.0.1:2022",
            "[::ffff:127.0.0.1]:2022",
            "127.0.0.1:0",
            "127.0.0.1",
            "localhost:2022",
            "",
        ] {
            assert_eq!(text.parse::<SshdAddress>(), Err(SshdAddressError), "{text}");
        }
    }

    #[test]
    fn a_listener_is_taken_for_it_at_its_port_and_address_or_all_addresses() {
        let sshd: SshdAddress = "127.0.0.1:2022".parse().unwrap();
        for same in ["127.0.0.1:2022", "0.0.0.0:2022", "[::]:2022"] {
            assert!(sshd.is_reached_at(same.parse().unwrap()), "{same}");
        }
        for other in ["127.0.0.1:2222", "0.0.0.0:2222", "192.0.2.1:2022"] {
            assert!(!sshd.is_reached_at(other.parse().unwrap()), "{other}");
        }
    }
}
