use std::net::IpAddr;

use crate::{ConfigError, Networks};

/// Who may connect, and who of them sends a header: a decision by the network of the peer, made
/// before a byte is read.
///
/// The specification forbids to guess whether a header is there (section 2), since anyone can write
/// one. So each network either must send it, or never does, and no other may connect. Where two
/// networks contain a peer, the smaller one counts.
///
/// ```
/// use proxy_protocol::{Decision, Trust, cloudflare, loopback};
///
/// let trust = Trust::require(cloudflare()).direct(loopback());
/// assert_eq!(trust.decide("173.245.48.9".parse()?), Decision::Require);
/// assert_eq!(trust.decide("127.0.0.1".parse()?), Decision::Direct);
/// assert_eq!(trust.decide("203.0.113.7".parse()?), Decision::Deny);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
///
/// Locally, `direct(loopback())` lets a developer connect without a header; nothing needs to be
/// switched off for that.
#[derive(Clone, Debug)]
#[must_use]
pub struct Trust {
    require: Vec<Networks>,
    direct: Vec<Networks>,
}

/// What is done with a peer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "an application that decides must know all of them")]
pub enum Decision {
    /// It may not connect.
    Deny,
    /// It is the client itself. What it sends, a header too, goes to the application.
    Direct,
    /// It must send a header first.
    Require,
}

impl Trust {
    /// Peers of these networks must send a header, and it is believed. Peers of no network that is
    /// named here or by the methods may not connect.
    pub fn require(networks: impl Into<Networks>) -> Self {
        Self { require: vec![networks.into()], direct: Vec::new() }
    }

    /// Peers of these networks must send a header as well.
    pub fn and_require(mut self, networks: impl Into<Networks>) -> Self {
        self.require.push(networks.into());
        self
    }

    /// Peers of these networks are clients themselves, and send no header.
    pub fn direct(mut self, networks: impl Into<Networks>) -> Self {
        self.direct.push(networks.into());
        self
    }

    /// What is done with this peer. An address of IPv4 that a listener of both families gives as
    /// IPv6 (`::ffff:192.0.2.1`) is the one of IPv4.
    #[must_use]
    pub fn decide(&self, peer: IpAddr) -> Decision {
        let longest = |sets: &[Networks]| {
            sets.iter().filter_map(|networks| networks.longest_prefix(peer)).max()
        };
        match (longest(&self.require), longest(&self.direct)) {
            (None, None) => Decision::Deny,
            // Of two that are equal, which only a reload brings about, the stricter counts.
            (require, direct) if require >= direct => Decision::Require,
            _ => Decision::Direct,
        }
    }

    pub(crate) fn check(&self, allow_any_peer: bool) -> Result<(), ConfigError> {
        let required: Vec<_> = self.require.iter().flat_map(Networks::to_vec).collect();
        if required.is_empty() {
            return Err(ConfigError::NoNetwork);
        }
        if !allow_any_peer && required.iter().any(|network| network.prefix_len() == 0) {
            return Err(ConfigError::AnyPeer);
        }
        let mut direct = self.direct.iter().flat_map(Networks::to_vec);
        if direct.any(|network| required.contains(&network)) {
            return Err(ConfigError::Conflict);
        }
        Ok(())
    }
}
