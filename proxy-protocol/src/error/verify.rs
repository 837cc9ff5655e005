use thiserror::Error;

use crate::ParseError;

/// Why a connection or a request is refused.
///
/// Carries nothing that the sender wrote, so it can be logged as it is.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The request came through no listener or layer of this crate, or the layer is not told the
    /// peer's address: the server's fault.
    #[error("no listener or layer of proxy-protocol is on the way to what asks for its proof")]
    MissingLayer,
    /// The peer is in no network that may connect. Nothing was read.
    #[error("the peer is in no network that may connect")]
    Denied,
    /// As many connections of the peer as may are waiting for their header. Nothing was read.
    #[error("too many connections of the peer are waiting for their header")]
    TooManyPending,
    /// The peer closed the connection without having sent a byte, as probes do.
    #[error("the connection was closed before a header came")]
    Closed,
    /// The peer closed the connection within the header.
    #[error("the connection was closed within the header")]
    Truncated,
    /// The header was not there in time.
    #[error("the header did not come in time")]
    Timeout,
    /// The connection broke.
    #[error("the connection broke before its header was read")]
    Io,
    /// The peer must send a header, and sent something else.
    #[error(transparent)]
    Header(#[from] ParseError),
    /// The client is said to have an address that is none on the Internet: loopback, private,
    /// link-local, multicast or reserved.
    #[error("the client is said to have an address that none on the Internet has")]
    SpecialSource,
    /// The client is said to have an address of this server.
    #[error("the client is said to have an address of this server")]
    OwnSource,
    /// The request has no `CF-Connecting-IP`, though its peer must send one.
    #[error("the request has no CF-Connecting-IP")]
    Missing,
    /// The request has several `CF-Connecting-IP`.
    #[error("the request has several CF-Connecting-IP")]
    Several,
    /// `CF-Connecting-IP` is not one address.
    #[error("the request's CF-Connecting-IP is not one address")]
    InvalidAddress,
}

impl VerifyError {
    /// A stable name for logs, counters and alerts; that of the [`ParseError`] for a header.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingLayer => "missing_layer",
            Self::Denied => "denied",
            Self::TooManyPending => "too_many_pending",
            Self::Closed => "closed",
            Self::Truncated => "truncated",
            Self::Timeout => "timeout",
            Self::Io => "io",
            Self::Header(error) => error.code(),
            Self::SpecialSource => "special_source",
            Self::OwnSource => "own_source",
            Self::Missing => "missing",
            Self::Several => "several",
            Self::InvalidAddress => "invalid_address",
        }
    }
}
