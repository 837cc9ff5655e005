//! From bytes to a header, as they arrive.

mod address;
mod v1;
mod v2;

use core::num::NonZeroUsize;

pub(crate) use self::v2::{FIXED, LONGEST, SIGNATURE};
use crate::{Header, ParseError};

/// What the bytes received until now hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third possibility")]
pub enum Progress<'a> {
    /// A whole header. What follows it belongs to the application.
    Complete {
        /// The header.
        header: Header<'a>,
        /// How many bytes it takes.
        consumed: usize,
    },
    /// The beginning of a header.
    Incomplete {
        /// How many bytes the header has still to come, at least: so many can be waited for, and
        /// read, without taking a byte of what follows the header.
        need: NonZeroUsize,
    },
}

/// Reads the header, of version 1 or 2, at the beginning of a connection's bytes.
///
/// Call it with all that has been received; after [`Incomplete`](Progress::Incomplete) again with
/// more. What is no header is refused at the byte that shows it, or at the end of the field that it
/// stands in, without waiting for the rest. Nothing is allocated.
///
/// ```
/// use proxy_protocol::{Progress, parse};
///
/// let received = b"PROXY TCP4 203.0.113.7 198.51.100.9 51000 22\r\nSSH-2.0-OpenSSH_9.2\r\n";
/// let Progress::Complete { header, consumed } = parse(received)? else { return Ok(()) };
/// assert_eq!(header.source(), Some(([203, 0, 113, 7], 51000).into()));
/// assert!(received[consumed..].starts_with(b"SSH-"));
/// # Ok::<(), proxy_protocol::ParseError>(())
/// ```
///
/// # Errors
///
/// [`ParseError`]: what the bytes break first.
///
/// # Security
///
/// Whoever opens a connection can write a header. It says something only if the peer may send one:
/// see `Trust`.
#[inline]
pub fn parse(received: &[u8]) -> Result<Progress<'_>, ParseError> {
    match received.first() {
        Some(b'P') => v1::parse(received),
        Some(b'\r') => v2::parse(received),
        Some(_) => Err(ParseError::NotProxy),
        None => Ok(incomplete(v1::SHORTEST)),
    }
}

/// With a lower bound of what is missing.
fn incomplete<'a>(need: usize) -> Progress<'a> {
    Progress::Incomplete { need: NonZeroUsize::new(need).unwrap_or(NonZeroUsize::MIN) }
}
