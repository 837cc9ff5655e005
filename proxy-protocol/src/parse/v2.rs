//! Version 2: a binary header of known length (section 2.2 of the specification).

use super::{Progress, incomplete};
use crate::header::{Addresses, Block, Header, INET, INET6, UNIX};
use crate::tlv;
use crate::{Command, Family, ParseError, Transport, Version};

#[inline]
pub(super) fn parse(received: &[u8]) -> Result<Progress<'_>, ParseError> {
    let Some((fixed, rest)) = received.split_first_chunk::<FIXED>() else {
        return begun(received);
    };
    let [signature @ .., version_and_command, family_and_transport, high, low] = fixed;
    if signature != SIGNATURE {
        return Err(ParseError::NotProxy);
    }
    let command = command(*version_and_command)?;
    let (family, transport) = family(*family_and_transport)?;
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if length > LONGEST {
        return Err(ParseError::V2HeaderTooLarge);
    }
    let block = address_block(family);
    if length < block && matches!(command, Command::Proxy) {
        return Err(ParseError::V2LengthTooShort);
    }
    let Some(body) = rest.get(..length) else {
        return Ok(incomplete(length.saturating_sub(rest.len())));
    };
    let consumed = FIXED.wrapping_add(length);

    // LOCAL may come without the block of its family.
    let (block, tlvs) = body.split_at_checked(block).unwrap_or_default();
    let tlvs = if tlvs.is_empty() { tlvs } else { checked(received, consumed, command, tlvs)? };
    let addresses = match (command, transport) {
        (Command::Proxy, Transport::Stream | Transport::Dgram) => addresses(family, block),
        // Not to be believed: LOCAL means the connection's own, and of UNSPEC nothing is known.
        _ => Addresses::Unspec,
    };
    let header = Header { version: Version::V2, command, family, transport, addresses, tlvs };
    Ok(Progress::Complete { header, consumed })
}

/// The TLVs of this header, if they hold.
#[inline]
fn checked<'a>(
    received: &[u8],
    consumed: usize,
    command: Command,
    tlvs: &'a [u8],
) -> Result<&'a [u8], ParseError> {
    match tlv::check(received.get(..consumed).unwrap_or_default(), tlvs) {
        Ok(()) => Ok(tlvs),
        // "The receiver must accept this connection as valid and must […] discard the protocol
        // block." What was altered on its way is not valid, though.
        Err(ParseError::TlvTruncated | ParseError::TlvValue) if command == Command::Local => {
            Ok(&[])
        }
        Err(error) => Err(error),
    }
}

/// Fewer bytes than the fixed part has.
fn begun(received: &[u8]) -> Result<Progress<'_>, ParseError> {
    let expected = SIGNATURE.iter().zip(received);
    if expected.into_iter().any(|(expected, byte)| expected != byte) {
        return Err(ParseError::NotProxy);
    }
    let missing = FIXED.saturating_sub(received.len());
    let (Some(&version_and_command), family_and_transport) =
        (received.get(SIGNATURE.len()), received.get(SIGNATURE.len().wrapping_add(1)))
    else {
        return Ok(incomplete(missing));
    };
    let command = command(version_and_command)?;
    let Some(&family_and_transport) = family_and_transport else { return Ok(incomplete(missing)) };
    let (family, _) = family(family_and_transport)?;
    // The addresses are there in any case, but for LOCAL.
    let block = if matches!(command, Command::Proxy) { address_block(family) } else { 0 };
    Ok(incomplete(missing.saturating_add(block)))
}

#[inline]
fn command(version_and_command: u8) -> Result<Command, ParseError> {
    match version_and_command {
        0x20 => Ok(Command::Local),
        0x21 => Ok(Command::Proxy),
        0x22..=0x2f => Err(ParseError::V2Command),
        _ => Err(ParseError::V2Version),
    }
}

/// The seven values of the specification, and those that join one of its families with one of its
/// transports. Any other "must be rejected", with LOCAL too, whose family means nothing: no sender
/// has a reason to write one.
#[inline]
fn family(family_and_transport: u8) -> Result<(Family, Transport), ParseError> {
    let family = match family_and_transport >> 4 {
        0 => Family::Unspec,
        1 => Family::Inet,
        2 => Family::Inet6,
        3 => Family::Unix,
        _ => return Err(ParseError::V2Family),
    };
    let transport = match family_and_transport & 0x0f {
        0 => Transport::Unspec,
        1 => Transport::Stream,
        2 => Transport::Dgram,
        _ => return Err(ParseError::V2Family),
    };
    Ok((family, transport))
}

#[inline]
const fn address_block(family: Family) -> usize {
    match family {
        Family::Unspec => 0,
        Family::Inet => INET,
        Family::Inet6 => INET6,
        Family::Unix => 2 * UNIX,
    }
}

/// The block has the length that its family asks for.
#[inline]
fn addresses(family: Family, block: &[u8]) -> Addresses<'_> {
    let addresses = match family {
        Family::Inet => block.first_chunk().map(|block| Addresses::Inet(Block::Received(block))),
        Family::Inet6 => block.first_chunk().map(|block| Addresses::Inet6(Block::Received(block))),
        Family::Unix => block.first_chunk().map(Addresses::Unix),
        Family::Unspec => None,
    };
    addresses.unwrap_or(Addresses::Unspec)
}

pub(crate) const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// Signature, version, command, family, transport and length.
pub(crate) const FIXED: usize = 16;

/// What may follow the fixed part. A header of HAProxy with a client's certificate stays below.
pub(crate) const LONGEST: usize = 4096;
