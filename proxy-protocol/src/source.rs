use std::net::IpAddr;

use crate::network::{LOOPBACK_V4, LOOPBACK_V6};
use crate::{Network, Networks, VerifyError};

/// Which addresses a proxy may say that a client has.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) allowed: Vec<Networks>,
    pub(crate) own: Vec<Networks>,
}

impl Sources {
    /// Nobody connects through the Internet from an address that is none there. A proxy that says so
    /// passes on what somebody made up, to be taken for this machine or one beside it.
    pub(crate) fn check(&self, source: IpAddr) -> Result<(), VerifyError> {
        let is_in = |sets: &[Networks]| sets.iter().any(|networks| networks.contains(source));
        if is_in(&self.allowed) {
            Ok(())
        } else if SPECIAL.iter().any(|network| network.contains(source)) {
            Err(VerifyError::SpecialSource)
        } else if is_in(&self.own) {
            Err(VerifyError::OwnSource)
        } else {
            Ok(())
        }
    }
}

/// Of the registries of RFC 6890: what is no client's address. Those for documentation are left out,
/// since no one is reached by them either.
const SPECIAL: [Network; 15] = [
    // "This network" (RFC 791 §3.2)
    Network::v4([0, 0, 0, 0], 8),
    // Private use (RFC 1918)
    Network::v4([10, 0, 0, 0], 8),
    Network::v4([172, 16, 0, 0], 12),
    Network::v4([192, 168, 0, 0], 16),
    // Shared with a carrier's customers (RFC 6598)
    Network::v4([100, 64, 0, 0], 10),
    LOOPBACK_V4,
    // Link-local (RFC 3927)
    Network::v4([169, 254, 0, 0], 16),
    // Multicast, reserved and broadcast (RFC 1112, RFC 919)
    Network::v4([224, 0, 0, 0], 4),
    Network::v4([240, 0, 0, 0], 4),
    // Unspecified, and the IPv4-compatible addresses of old (RFC 4291 §2.5.5.1)
    Network::v6([0, 0, 0], 96),
    LOOPBACK_V6,
    // Unique local (RFC 4193)
    Network::v6([0xfc00, 0, 0], 7),
    // Link-local, and the site-local addresses of old (RFC 4291, RFC 3879)
    Network::v6([0xfe80, 0, 0], 10),
    Network::v6([0xfec0, 0, 0], 10),
    // Multicast
    Network::v6([0xff00, 0, 0], 8),
];
