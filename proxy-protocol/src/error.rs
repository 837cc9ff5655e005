#[cfg(feature = "std")]
mod config;
#[cfg(feature = "std")]
mod verify;

use thiserror::Error;

#[cfg(feature = "std")]
pub use self::config::{ConfigError, ListError};
#[cfg(feature = "std")]
pub use self::verify::VerifyError;

/// Why bytes are no header, or no datagram with one.
///
/// Carries nothing that the sender wrote, so it can be logged as it is.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum ParseError {
    /// They begin otherwise than a header of either version.
    #[error("the bytes do not begin as a PROXY protocol header")]
    NotProxy,
    /// Version 1: no CRLF within 107 bytes.
    #[error("the version 1 line is over 107 bytes")]
    V1TooLong,
    /// Version 1: a CR or LF alone.
    #[error("the version 1 line does not end with CRLF")]
    V1LineEnding,
    /// Version 1: a field too few or too many. What stands beside a field, such as a second space, is
    /// told as that field's.
    #[error("the version 1 line does not have the fields of its protocol")]
    V1Syntax,
    /// Version 1: another protocol than `TCP4`, `TCP6` and `UNKNOWN`.
    #[error("the version 1 line names another protocol than TCP4, TCP6 and UNKNOWN")]
    V1Protocol,
    /// Version 1: not an address of the line's family in its only form.
    #[error("the version 1 line has a malformed address")]
    V1Address,
    /// Version 1: not a decimal number up to 65535 without leading zeros.
    #[error("the version 1 line has a malformed port")]
    V1Port,
    /// Version 2's signature, and another version behind it.
    #[error("the header has version 2's signature and another version")]
    V2Version,
    /// Version 2: neither LOCAL nor PROXY.
    #[error("the version 2 header has another command than LOCAL and PROXY")]
    V2Command,
    /// Version 2: an unassigned address family or transport.
    #[error("the version 2 header has an unassigned address family or transport")]
    V2Family,
    /// Version 2: the length leaves no room for the addresses.
    #[error("the version 2 header is too short for the addresses of its family")]
    V2LengthTooShort,
    /// Version 2: over 4096 bytes behind the first 16.
    #[error("the version 2 header is over 4096 bytes behind its first 16")]
    V2HeaderTooLarge,
    /// Version 2: a TLV is longer than what is left for it.
    #[error("a TLV does not fit into the header")]
    TlvTruncated,
    /// Version 2: a TLV that does not have the form of its type, or a second checksum.
    #[error("a TLV does not have the form of its type")]
    TlvValue,
    /// Version 2: the checksum is not the header's.
    #[error("the header's CRC32c checksum does not match")]
    CrcMismatch,
    /// A datagram ends within its header.
    #[error("the datagram ends within its header")]
    DatagramTruncated,
    /// A datagram without the two bytes that Cloudflare's Simple Proxy Protocol begins with.
    #[error("the datagram does not begin as a Simple Proxy Protocol header")]
    SimpleMagic,
    /// A datagram that is shorter than the header of Cloudflare's Simple Proxy Protocol.
    #[error("the datagram is shorter than the 38 bytes of a Simple Proxy Protocol header")]
    SimpleTruncated,
}

impl ParseError {
    /// A stable name for logs, counters and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotProxy => "not_proxy",
            Self::V1TooLong => "v1_too_long",
            Self::V1LineEnding => "v1_bad_line_ending",
            Self::V1Syntax => "v1_bad_syntax",
            Self::V1Protocol => "v1_bad_protocol",
            Self::V1Address => "v1_bad_address",
            Self::V1Port => "v1_bad_port",
            Self::V2Version => "v2_bad_version",
            Self::V2Command => "v2_bad_command",
            Self::V2Family => "v2_bad_family",
            Self::V2LengthTooShort => "v2_length_too_short",
            Self::V2HeaderTooLarge => "v2_header_too_large",
            Self::TlvTruncated => "tlv_truncated",
            Self::TlvValue => "tlv_bad_value",
            Self::CrcMismatch => "crc_mismatch",
            Self::DatagramTruncated => "datagram_truncated",
            Self::SimpleMagic => "spp_bad_magic",
            Self::SimpleTruncated => "spp_truncated",
        }
    }
}
