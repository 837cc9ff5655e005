//! Headers in UDP datagrams.

use crate::parse::SIGNATURE;
use crate::{Header, ParseError, Progress, parse};

/// Reads the header of version 2 at the beginning of a datagram, and gives the payload behind it.
///
/// The specification has a header in every datagram (section 2, revision 2026/04). Cloudflare
/// Spectrum writes one into the first datagram of a flow alone: remember then what it said, by the
/// datagram's own source address, and take those that are [`NotProxy`](ParseError::NotProxy) for
/// what follows, if that address sent a header before.
///
/// # Errors
///
/// [`ParseError::DatagramTruncated`] if the datagram ends within its header, and otherwise as
/// [`parse`]. Version 1 has no datagrams: its line is [`ParseError::NotProxy`].
pub fn parse_datagram(datagram: &[u8]) -> Result<(Header<'_>, &[u8]), ParseError> {
    // No datagram continues another: one with a part of the signature is data, such as the CRLF CRLF
    // with which SIP keeps a flow open.
    if !datagram.starts_with(SIGNATURE) {
        return Err(ParseError::NotProxy);
    }
    match parse(datagram)? {
        Progress::Complete { header, consumed } => {
            Ok((header, datagram.get(consumed..).unwrap_or_default()))
        }
        Progress::Incomplete { .. } => Err(ParseError::DatagramTruncated),
    }
}
