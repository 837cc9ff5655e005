use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use ipnet::IpNet;

use crate::{ConfigError, ListError};

/// An address prefix, such as `198.51.100.0/24` or `2001:db8::/32`. A single address is one too.
///
/// Bits behind the prefix do not parse (`10.0.0.1/8`): they are a slip of the pen, and nobody can
/// tell which. A prefix of IPv4 that is written as IPv6 (`::ffff:198.51.100.0/120`) is the one of
/// IPv4.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Network(IpNet);

impl Network {
    /// Whether this address is in it. One of IPv4 that is written as IPv6 is the one of IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    pub(crate) fn prefix_len(&self) -> u8 {
        self.0.prefix_len()
    }

    pub(crate) fn is_ipv4(&self) -> bool {
        matches!(self.0, IpNet::V4(_))
    }

    pub(crate) const fn v4(address: [u8; 4], prefix_len: u8) -> Self {
        let [a, b, c, d] = address;
        Self(IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix_len))
    }

    pub(crate) const fn v6(groups: [u16; 3], prefix_len: u8) -> Self {
        let [a, b, c] = groups;
        Self(IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)), prefix_len))
    }
}

impl FromStr for Network {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let (address, prefix_len) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let mut address: IpAddr = address.parse().map_err(|_| ConfigError::Network)?;
        let mut length = match prefix_len {
            // `u8`'s parser takes a sign and leading zeros.
            Some(length) if length != "0" && !length.starts_with(|c| matches!(c, '1'..='9')) => {
                return Err(ConfigError::Network);
            }
            Some(length) => length.parse().map_err(|_| ConfigError::Network)?,
            None if address.is_ipv4() => 32,
            None => 128,
        };
        if let (IpAddr::V6(_), mapped @ IpAddr::V4(_)) = (address, address.to_canonical())
            && let Some(of_ipv4) = u8::checked_sub(length, 96)
        {
            (address, length) = (mapped, of_ipv4);
        }
        let network = IpNet::new(address, length).map_err(|_| ConfigError::Network)?;
        if network.trunc() == network { Ok(Self(network)) } else { Err(ConfigError::Network) }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A set of networks, which can be replaced while it is in use. Clones share one set.
#[derive(Clone)]
pub struct Networks(Arc<Shared>);

struct Shared {
    current: ArcSwap<Vec<Network>>,
    history: Mutex<NetworksStatus>,
}

/// How a set of networks came to be as it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct NetworksStatus {
    /// How many sets have been in use; 1 until it is replaced.
    pub generation: u64,
    /// Why the latest one did not replace it.
    pub last_error: Option<ListError>,
}

impl Networks {
    /// Whether one of them contains this address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.longest_prefix(address).is_some()
    }

    /// Replaces the set, for all who have a clone of it, between one connection and the next.
    ///
    /// The one in use stays if the new one is empty, or lacks more than half of its networks of
    /// IPv4 or of IPv6: that would rather be a broken list than a change.
    ///
    /// # Errors
    ///
    /// [`ListError::Empty`] and [`ListError::Shrunk`].
    pub fn reload(&self, new: impl Into<Self>) -> Result<(), ListError> {
        let new = new.into().0.current.load_full();
        // One at a time: each is compared with the one that it replaces.
        let mut history = self.0.history.lock().unwrap_or_else(PoisonError::into_inner);
        let replaceable = replaceable(&self.0.current.load(), &new);
        history.last_error = replaceable.err();
        if replaceable.is_ok() {
            self.0.current.store(new);
            history.generation = history.generation.saturating_add(1);
        }
        replaceable
    }

    /// How it came to be as it is.
    #[must_use]
    pub fn status(&self) -> NetworksStatus {
        *self.0.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The networks of now.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Network> {
        self.0.current.load().to_vec()
    }

    pub(crate) fn longest_prefix(&self, address: IpAddr) -> Option<u8> {
        let networks = self.0.current.load();
        let containing = networks.iter().filter(|network| network.contains(address));
        containing.map(Network::prefix_len).max()
    }
}

fn replaceable(current: &[Network], new: &[Network]) -> Result<(), ListError> {
    if new.is_empty() {
        return Err(ListError::Empty);
    }
    for of_ipv4 in [true, false] {
        let family = || current.iter().filter(|network| network.is_ipv4() == of_ipv4);
        let kept = family().filter(|network| new.contains(network)).count();
        if family().count() > kept.saturating_mul(2) {
            return Err(ListError::Shrunk);
        }
    }
    Ok(())
}

impl FromIterator<Network> for Networks {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        let current = ArcSwap::from_pointee(networks.into_iter().collect());
        let history = Mutex::new(NetworksStatus { generation: 1, last_error: None });
        Self(Arc::new(Shared { current, history }))
    }
}

impl<const N: usize> From<[Network; N]> for Networks {
    fn from(networks: [Network; N]) -> Self {
        networks.into_iter().collect()
    }
}

impl From<Vec<Network>> for Networks {
    fn from(networks: Vec<Network>) -> Self {
        networks.into_iter().collect()
    }
}

impl fmt::Debug for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.current.load().iter()).finish()
    }
}

/// The networks of this machine's loopback: `127.0.0.0/8` and `::1`.
#[must_use]
pub fn loopback() -> Networks {
    [LOOPBACK_V4, LOOPBACK_V6].into()
}

pub(crate) const LOOPBACK_V4: Network = Network::v4([127, 0, 0, 0], 8);
pub(crate) const LOOPBACK_V6: Network =
    Network(IpNet::new_assert(IpAddr::V6(Ipv6Addr::LOCALHOST), 128));
