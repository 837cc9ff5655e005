//! Version 1: one line of text (section 2.1 of the specification).

use nom::bytes::streaming::{tag, take_until};
use nom::error::ErrorKind;
use nom::{Err, IResult, Parser};

use super::address::{Stop, ipv4, ipv6, port};
use super::{Progress, incomplete};
use crate::header::{Addresses, Block, Header};
use crate::{Command, Family, ParseError, Transport, Version};

pub(super) fn parse(received: &[u8]) -> Result<Progress<'_>, ParseError> {
    let mut rest = received;
    match line(&mut rest) {
        Ok((family, transport, addresses)) => {
            let consumed = received.len().wrapping_sub(rest.len());
            if consumed > LONGEST {
                return Err(ParseError::V1TooLong);
            }
            let (version, command) = (Version::V1, Command::Proxy);
            let header = Header { version, command, family, transport, addresses, tlvs: &[] };
            Ok(Progress::Complete { header, consumed })
        }
        Err(Stop::More) => {
            let need = fewest_missing(received);
            if received.len().saturating_add(need) > LONGEST {
                return Err(ParseError::V1TooLong);
            }
            Ok(incomplete(need))
        }
        Err(Stop::Refuse(error)) => Err(error),
    }
}

#[inline]
fn line(input: &mut &[u8]) -> Result<(Family, Transport, Addresses<'static>), Stop> {
    // One comparison of eleven bytes, instead of one byte after the other.
    if let Some((start, fields)) = input.split_first_chunk() {
        match start {
            b"PROXY TCP4 " => {
                *input = fields;
                let source = ipv4(input)?;
                space(input, ParseError::V1Address)?;
                let destination = ipv4(input)?;
                let block = join(source.octets(), destination.octets(), ports(input)?);
                let addresses = Addresses::Inet(Block::Own(block));
                return Ok((Family::Inet, Transport::Stream, addresses));
            }
            b"PROXY TCP6 " => {
                *input = fields;
                let source = ipv6(input)?;
                space(input, ParseError::V1Address)?;
                let destination = ipv6(input)?;
                let block = join(source.octets(), destination.octets(), ports(input)?);
                let addresses = Addresses::Inet6(Block::Own(block));
                return Ok((Family::Inet6, Transport::Stream, addresses));
            }
            _ => {}
        }
    }
    (*input, _) = unknown(input)?;
    Ok((Family::Unspec, Transport::Unspec, Addresses::Unspec))
}

/// As version 2 lays addresses and ports out.
#[inline]
fn join<const A: usize, const N: usize>(
    source: [u8; A],
    destination: [u8; A],
    ports: [u8; 4],
) -> [u8; N] {
    let mut block = [0; N];
    if let Some((place, rest)) = block.split_first_chunk_mut()
        && let Some((next, rest)) = rest.split_first_chunk_mut()
        && let Some(last) = rest.first_chunk_mut()
    {
        (*place, *next, *last) = (source, destination, ports);
    }
    block
}

/// Behind the addresses: both ports, and the end of the line.
#[inline]
fn ports(input: &mut &[u8]) -> Result<[u8; 4], Stop> {
    space(input, ParseError::V1Address)?;
    let [a, b] = port(input)?.to_be_bytes();
    space(input, ParseError::V1Port)?;
    let [c, d] = port(input)?.to_be_bytes();
    match *input {
        [b'\r', b'\n', rest @ ..] => {
            *input = rest;
            Ok([a, b, c, d])
        }
        [] | [b'\r'] => Err(Stop::More),
        [b' ', ..] => Err(Stop::Refuse(ParseError::V1Syntax)),
        [b'\r' | b'\n', ..] => Err(Stop::Refuse(ParseError::V1LineEnding)),
        _ => Err(Stop::Refuse(ParseError::V1Port)),
    }
}

/// The one space after a field.
#[inline]
fn space(input: &mut &[u8], field: ParseError) -> Result<(), Stop> {
    match *input {
        [b' ', rest @ ..] => {
            *input = rest;
            Ok(())
        }
        [] | [b'\r'] => Err(Stop::More),
        [b'\r', b'\n', ..] => Err(Stop::Refuse(ParseError::V1Syntax)),
        [b'\r' | b'\n', ..] => Err(Stop::Refuse(ParseError::V1LineEnding)),
        _ => Err(Stop::Refuse(field)),
    }
}

/// `UNKNOWN`, and whatever the sender adds, which must be ignored up to the first CRLF. Or the
/// beginning of a protocol's name, or no such name.
fn unknown(input: &[u8]) -> IResult<&[u8], &[u8], Stop> {
    let refuse = |error| Err(Err::Failure(Stop::Refuse(error)));
    let (input, _) = tag(&b"PROXY "[..]).parse(input)?;
    let Some(ignored) = input.strip_prefix(b"UNKNOWN") else {
        // The line may end behind its protocol, or in its place.
        let end = input.strip_prefix(b"TCP4").or_else(|| input.strip_prefix(b"TCP6"));
        return match end.unwrap_or(input) {
            [b'\r'] => Err(Err::Failure(Stop::More)),
            [b'\r', b'\n', ..] => refuse(ParseError::V1Syntax),
            [b'\r' | b'\n', ..] => refuse(ParseError::V1LineEnding),
            _ if PROTOCOLS.iter().any(|name| name.starts_with(input)) => {
                Err(Err::Failure(Stop::More))
            }
            _ => refuse(ParseError::V1Protocol),
        };
    };
    match ignored {
        [] | [b' ', ..] | [b'\r'] | [b'\r', b'\n', ..] => {}
        [b'\r' | b'\n', ..] => return refuse(ParseError::V1LineEnding),
        _ => return refuse(ParseError::V1Protocol),
    }
    let window = ignored.get(..LONGEST).unwrap_or(ignored);
    let (_, text) = take_until(&b"\r\n"[..]).parse(window)?;
    Ok((ignored.get(text.len().wrapping_add(2)..).unwrap_or_default(), text))
}

impl nom::error::ParseError<&[u8]> for Stop {
    fn from_error_kind(_: &[u8], _: ErrorKind) -> Self {
        // The first tag is the only parser of nom's that refuses anything.
        Self::Refuse(ParseError::NotProxy)
    }

    fn append(_: &[u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl From<Err<Self>> for Stop {
    fn from(error: Err<Self>) -> Self {
        match error {
            Err::Incomplete(_) => Self::More,
            Err::Error(stop) | Err::Failure(stop) => stop,
        }
    }
}

/// How many bytes the shortest line has more than this beginning of one.
fn fewest_missing(received: &[u8]) -> usize {
    let Some(line) = received.strip_prefix(b"PROXY ") else {
        return SHORTEST.saturating_sub(received.len());
    };
    if let Some(fields) = line.strip_prefix(b"TCP4 ") {
        return fewest_in_fields(fields, b"0.0.0.0", missing_of_ipv4);
    }
    if let Some(fields) = line.strip_prefix(b"TCP6 ") {
        return fewest_in_fields(fields, b"::", missing_of_ipv6);
    }
    match line.strip_prefix(b"UNKNOWN") {
        // CRLF, or what is left of it.
        Some([.., b'\r']) => 1,
        Some(_) => 2,
        None => {
            let shortest = SHORTEST_LINES.iter().filter(|shortest| shortest.starts_with(line));
            let shortest = shortest.map(|shortest| shortest.len()).min().unwrap_or_default();
            shortest.saturating_sub(line.len())
        }
    }
}

/// Of two addresses and two ports, joined by spaces and ended by CRLF.
fn fewest_in_fields(fields: &[u8], shortest: &[u8], missing: fn(&[u8]) -> usize) -> usize {
    if fields.last() == Some(&b'\r') {
        return 1;
    }
    let begun = fields.iter().filter(|byte| **byte == b' ').count();
    let last = fields.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let address = shortest.len();
    // The field that has begun, then a space and the shortest text for each that has not.
    let missing = match begun {
        0 => missing(last).saturating_add(address).saturating_add(5),
        1 => missing(last).saturating_add(4),
        2 => usize::from(last.is_empty()).saturating_add(2),
        _ => usize::from(last.is_empty()),
    };
    missing.saturating_add(2)
}

fn missing_of_ipv4(begun: &[u8]) -> usize {
    let dots = begun.iter().filter(|byte| **byte == b'.').count();
    let open = matches!(begun, [] | [.., b'.']);
    3_usize.saturating_sub(dots).saturating_mul(2).saturating_add(usize::from(open))
}

/// A lower bound: what `::` could end.
fn missing_of_ipv6(begun: &[u8]) -> usize {
    match begun {
        [] => 2,
        [.., b':', b':'] => 0,
        [.., b':'] => 1,
        _ => 0,
    }
}

const PROTOCOLS: [&[u8]; 3] = [b"TCP4 ", b"TCP6 ", b"UNKNOWN"];

const SHORTEST_LINES: [&[u8]; 3] =
    [b"TCP4 0.0.0.0 0.0.0.0 0 0\r\n", b"TCP6 :: :: 0 0\r\n", b"UNKNOWN\r\n"];

/// `PROXY UNKNOWN` and CRLF; version 2 begins with 16 bytes.
pub(super) const SHORTEST: usize = 15;

/// With CRLF (section 2.1).
const LONGEST: usize = 107;
