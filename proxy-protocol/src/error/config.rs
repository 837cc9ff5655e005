use thiserror::Error;

/// What is wrong with the configuration, found when it is built. The message says how to mend it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// All addresses of a family may send headers.
    #[error(
        "anyone may send a header; name the networks of your proxies, or call `allow_any_peer`"
    )]
    AnyPeer,
    /// A network is both required to send a header and taken without one.
    #[error("a network is in `require` and in `direct`; it must be in one of them")]
    Conflict,
    /// The deadline is under 3 seconds or over 60.
    #[error("the deadline is 3 to 60 seconds; a lost TCP segment needs 3 to come again")]
    Deadline,
    /// A bound is zero, or that of one peer is larger than that of all.
    #[error("bounds are at least 1, and that of one peer at most that of all")]
    Limits,
    /// A [`Network`](crate::Network) is not an address prefix.
    #[error(
        "a network looks like `192.0.2.0/24` or `2001:db8::/32`, without bits behind the prefix"
    )]
    Network,
    /// No network may send a header.
    #[error("at least one network must be required to send a header")]
    NoNetwork,
}

/// Why a published list yields no [`Networks`](crate::Networks), or does not replace others.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum ListError {
    /// There is no network in it.
    #[error("the list is empty")]
    Empty,
    /// A line, or a member of the JSON document, is not a network.
    #[error("the list has something in it that is not a network")]
    Malformed,
    /// More than half of the networks of a family are no longer there.
    #[error("the list lacks more than half of the networks of a family that are in use")]
    Shrunk,
    /// Over 256 networks.
    #[error("the list has over 256 networks")]
    TooMany,
    /// A network of IPv4 that is larger than /8, or one of IPv6 that is larger than /20.
    #[error("the list has a network that is larger than any of Cloudflare's can be")]
    TooWide,
}

impl ListError {
    /// A stable name for logs, counters and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Malformed => "malformed",
            Self::Shrunk => "shrunk",
            Self::TooMany => "too_many",
            Self::TooWide => "too_wide",
        }
    }
}
