//! Addresses and ports as version 1 writes them (section 2.1). Each parser takes its field off the
//! front of the bytes, and stops in front of the byte that ends it.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::ParseError;

/// Why a parser ends without a value. It has the size of a byte, so that results pass between the
/// parsers in registers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    /// The bytes end before the field does.
    More,
    Refuse(ParseError),
}

const REFUSE: Stop = Stop::Refuse(ParseError::V1Address);

/// Four decimal numbers up to 255, without leading zeros.
#[inline]
pub(super) fn ipv4(input: &mut &[u8]) -> Result<Ipv4Addr, Stop> {
    let mut bytes = input.iter();
    let mut bits: u32 = 0;
    for dots in 0..4 {
        let first = bytes.next().ok_or(Stop::More)?;
        let mut octet = u32::from(digit(*first).ok_or(REFUSE)?);
        loop {
            let rest = bytes.as_slice();
            let byte = *bytes.next().ok_or(Stop::More)?;
            if let Some(digit) = digit(byte) {
                // No digit follows a leading zero, nor one that makes it larger by far.
                if octet == 0 || octet > 25 {
                    return Err(REFUSE);
                }
                octet = octet.wrapping_mul(10).wrapping_add(u32::from(digit));
            } else if octet > 255 {
                return Err(REFUSE);
            } else if dots == 3 {
                *input = rest;
                break;
            } else if byte == b'.' {
                break;
            } else {
                return Err(REFUSE);
            }
        }
        bits = (bits << 8) | octet;
    }
    Ok(Ipv4Addr::from_bits(bits))
}

/// A decimal number up to 65535, without leading zeros or a sign.
#[inline]
pub(super) fn port(input: &mut &[u8]) -> Result<u16, Stop> {
    const REFUSE: Stop = Stop::Refuse(ParseError::V1Port);

    let mut bytes = input.iter();
    let first = bytes.next().ok_or(Stop::More)?;
    let mut port = u32::from(digit(*first).ok_or(REFUSE)?);
    loop {
        let rest = bytes.as_slice();
        let Some(digit) = digit(*bytes.next().ok_or(Stop::More)?) else {
            *input = rest;
            break;
        };
        // As above.
        if port == 0 || port > 6553 {
            return Err(REFUSE);
        }
        port = port.wrapping_mul(10).wrapping_add(u32::from(digit));
    }
    u16::try_from(port).map_err(|_| REFUSE)
}

#[inline]
const fn digit(byte: u8) -> Option<u8> {
    let digit = byte.wrapping_sub(b'0');
    if digit <= 9 { Some(digit) } else { None }
}

/// Groups of one to four hexadecimal digits and at most one `::`, 128 bits in all.
///
/// The specification's grammar has no dotted end (`::ffff:192.0.2.1`). HAProxy writes it all the
/// same, with `inet_ntop`, so it is taken.
#[inline]
pub(super) fn ipv6(input: &mut &[u8]) -> Result<Ipv6Addr, Stop> {
    let mut groups = Groups::default();
    if let [b':', rest @ ..] = *input {
        *input = rest;
        if !groups.opens_gap(input)? {
            return Err(REFUSE);
        }
        if ends(input)? {
            return groups.finish();
        }
    }
    loop {
        let start = *input;
        let group = group(input)?;
        match *input {
            [] => return Err(Stop::More),
            [b'.', ..] => {
                *input = start;
                let [a, b, c, d] = ipv4(input)?.octets();
                groups.push(u16::from_be_bytes([a, b]));
                groups.push(u16::from_be_bytes([c, d]));
                return groups.finish();
            }
            [b':', rest @ ..] => {
                groups.push(group);
                *input = rest;
                if groups.opens_gap(input)? && ends(input)? {
                    return groups.finish();
                }
            }
            _ => {
                groups.push(group);
                return groups.finish();
            }
        }
    }
}

/// Whether the address ends after `::`, or goes on with a group.
#[inline]
fn ends(input: &[u8]) -> Result<bool, Stop> {
    input.first().map(|byte| hexadecimal(*byte).is_none()).ok_or(Stop::More)
}

#[inline]
fn group(input: &mut &[u8]) -> Result<u16, Stop> {
    let mut bytes = input.iter();
    let first = bytes.next().ok_or(Stop::More)?;
    let mut group = hexadecimal(*first).ok_or(REFUSE)?;
    *input = bytes.as_slice();
    for digits in 1.. {
        let Some(digit) = bytes.next().and_then(|byte| hexadecimal(*byte)) else { break };
        if digits == 4 {
            return Err(REFUSE);
        }
        group = (group << 4) | digit;
        *input = bytes.as_slice();
    }
    Ok(group)
}

#[inline]
const fn hexadecimal(byte: u8) -> Option<u16> {
    match byte {
        b'0'..=b'9' => Some((byte & 0x0f) as u16),
        // 'a' and 'A' end in 1.
        b'a'..=b'f' | b'A'..=b'F' => Some(((byte & 0x0f) as u16).wrapping_add(9)),
        _ => None,
    }
}

#[derive(Default)]
struct Groups {
    /// Since the beginning, or since `::`.
    bits: u128,
    count: u32,
    /// What stands before `::`, in its place.
    before_gap: Option<u128>,
}

impl Groups {
    /// A ninth pushes the first out, and is found when the address is finished.
    #[inline]
    fn push(&mut self, group: u16) {
        self.bits = (self.bits << 16) | u128::from(group);
        self.count = self.count.saturating_add(1);
    }

    /// Behind a colon: whether there is another. `::` is there once, and stands for at least one
    /// group.
    #[inline]
    fn opens_gap(&mut self, input: &mut &[u8]) -> Result<bool, Stop> {
        match *input {
            [] => Err(Stop::More),
            [b':', rest @ ..] if self.before_gap.is_none() && self.count < 8 => {
                *input = rest;
                // Without a group before it there is nothing to move.
                let places = 128_u32.wrapping_sub(self.count.wrapping_mul(16));
                self.before_gap = Some(self.bits.checked_shl(places).unwrap_or_default());
                self.bits = 0;
                Ok(true)
            }
            // A colon here is refused by the group that it stands in the place of.
            _ => Ok(false),
        }
    }

    #[inline]
    fn finish(self) -> Result<Ipv6Addr, Stop> {
        match self.before_gap {
            None if self.count == 8 => Ok(Ipv6Addr::from_bits(self.bits)),
            Some(before) if self.count < 8 => Ok(Ipv6Addr::from_bits(before | self.bits)),
            _ => Err(REFUSE),
        }
    }
}
