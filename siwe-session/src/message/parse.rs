use alloy_primitives::{Address, hex};

use crate::error::Problem;
use crate::uri::{self, Authority, Uri};
use crate::{Field, Grammar, ParseError, Timestamp};

use super::{Fields, Span};

pub(super) fn fields(text: &str, grammar: Grammar) -> Result<Fields, ParseError> {
    if text.len() > MAX_MESSAGE {
        return Err(ParseError::new(1, Field::Message, Problem::TooLong));
    }
    let mut lines = Lines { text, next: Some(0), number: 0 };

    let head = lines.next(Field::Domain)?;
    let named = head.strip_suffix(PREAMBLE, Field::Domain)?;
    let (scheme, domain) = match named.text.find("://") {
        None => (None, named),
        Some(end) => {
            (Some(named.slice(0, end)), named.slice(end.saturating_add(3), named.text.len()))
        }
    };
    if let Some(scheme) = scheme {
        scheme.is(uri::is_scheme(scheme.text), Field::Scheme)?;
    }
    domain.within(MAX_DOMAIN, Field::Domain)?;
    domain.is(is_domain(domain.text), Field::Domain)?;

    let line = lines.next(Field::Address)?;
    let address = address(line, grammar)?;

    lines.next(Field::Statement)?.is_blank()?;
    let statement = statement(&mut lines, grammar)?;

    let uri = lines.field("URI: ", Field::Uri)?;
    check_uri(uri, grammar, Field::Uri)?;
    let version = lines.field("Version: ", Field::Version)?;
    version.is(version.text == "1", Field::Version)?;
    let line = lines.field("Chain ID: ", Field::ChainId)?;
    let chain_id =
        chain_id(line.text).ok_or_else(|| line.error(Field::ChainId, Problem::Malformed))?;
    let nonce = lines.field("Nonce: ", Field::Nonce)?;
    nonce.within(MAX_NONCE, Field::Nonce)?;
    let is_nonce = nonce.text.len() >= MIN_NONCE
        && nonce.text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    nonce.is(is_nonce, Field::Nonce)?;
    let issued_at = lines.field("Issued At: ", Field::IssuedAt)?.timestamp(Field::IssuedAt)?;

    let expiration = lines.optional("Expiration Time: ");
    let expiration_time =
        expiration.map(|line| line.timestamp(Field::ExpirationTime)).transpose()?;
    let not_before = lines.optional("Not Before: ");
    let not_before = not_before.map(|line| line.timestamp(Field::NotBefore)).transpose()?;
    if let (Some(line), Some(end)) = (expiration, expiration_time)
        && (end <= issued_at || not_before.is_some_and(|start| end <= start))
    {
        return Err(line.error(Field::ExpirationTime, Problem::NeverValid));
    }
    let request_id = lines.optional("Request ID: ");
    if let Some(line) = request_id {
        line.within(MAX_REQUEST_ID, Field::RequestId)?;
        line.is(uri::is_pchars(line.text), Field::RequestId)?;
    }
    let resources = resources(&mut lines, grammar)?;

    Ok(Fields {
        scheme: scheme.map(Line::span),
        domain: domain.span(),
        address,
        statement: statement.map(Line::span),
        uri: uri.span(),
        chain_id,
        nonce: nonce.span(),
        issued_at,
        expiration_time,
        not_before,
        request_id: request_id.map(Line::span),
        resources,
    })
}

/// The erratum of EIP-4361: a host that is not empty, and no userinfo, which would show a name of the
/// attacker's choice first.
fn is_domain(text: &str) -> bool {
    Authority::parse(text).is_some_and(|authority| {
        let is_port = authority.port.is_none() || authority.port_number().is_some();
        !authority.has_userinfo && !authority.host.is_empty() && is_port
    })
}

fn address(line: Line<'_>, grammar: Grammar) -> Result<Address, ParseError> {
    let malformed = line.error(Field::Address, Problem::Malformed);
    let digits = line.text.strip_prefix("0x").ok_or(malformed)?;
    let mut address = [0; 20];
    hex::decode_to_slice(digits.as_bytes(), &mut address).map_err(|_| malformed)?;
    // It skips a prefix of its own.
    if digits.len() != 40 {
        return Err(malformed);
    }
    let address = Address::from(address);
    let has_lower = digits.bytes().any(|byte| byte.is_ascii_lowercase());
    let has_upper = digits.bytes().any(|byte| byte.is_ascii_uppercase());
    let must_be_checked = grammar == Grammar::Strict || (has_lower && has_upper);
    if must_be_checked && address.to_checksum_buffer(None).as_str() != line.text {
        return Err(line.error(Field::Address, Problem::Checksum));
    }
    Ok(address)
}

/// None is one blank line, and any other is a line and a blank one: so an empty one is two.
fn statement<'a>(lines: &mut Lines<'a>, grammar: Grammar) -> Result<Option<Line<'a>>, ParseError> {
    let line = lines.next(Field::Statement)?;
    if line.text.is_empty() && lines.peek().is_none_or(|next| !next.text.is_empty()) {
        return Ok(None);
    }
    line.within(MAX_STATEMENT, Field::Statement)?;
    let is_allowed = |byte: u8| match grammar {
        Grammar::Practice => matches!(byte, b' '..=b'~'),
        // reserved / unreserved / " "
        Grammar::Strict => matches!(byte, b' '..=b'~') && !b"\"%<>\\^`{|}".contains(&byte),
    };
    line.is(line.text.bytes().all(is_allowed), Field::Statement)?;
    lines.next(Field::Statement)?.is_blank()?;
    Ok(Some(line))
}

fn check_uri(line: Line<'_>, grammar: Grammar, field: Field) -> Result<(), ParseError> {
    line.within(MAX_URI, field)?;
    line.is(Uri::parse(line.text).is_some(), field)?;
    line.is(grammar == Grammar::Practice || !uri::escapes_a_line(line.text), field)
}

/// 1*DIGIT, without leading zeros, of 64 bits.
fn chain_id(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let has_leading_zero = text.len() > 1 && text.starts_with('0');
    if is_number && !has_leading_zero { text.parse().ok() } else { None }
}

fn resources(lines: &mut Lines<'_>, grammar: Grammar) -> Result<Option<Span>, ParseError> {
    let Some(head) = lines.peek() else { return Ok(None) };
    if head.text != "Resources:" {
        return Err(head.error(Field::Message, Problem::Unexpected));
    }
    lines.skip(head);
    let start = head.end();
    let mut end = start;
    for count in 1_usize.. {
        let Some(line) = lines.peek() else { break };
        if count > MAX_RESOURCES {
            return Err(line.error(Field::Resources, Problem::TooMany));
        }
        let uri = line.strip_prefix("- ", Field::Resources)?;
        check_uri(uri, grammar, Field::Resources)?;
        end = line.end();
        lines.skip(line);
    }
    Ok(Some(span(start, end)))
}

/// What is between two LFs.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    start: usize,
    number: u16,
}

impl<'a> Line<'a> {
    fn end(self) -> usize {
        self.start.saturating_add(self.text.len())
    }

    fn span(self) -> Span {
        span(self.start, self.end())
    }

    fn slice(self, start: usize, end: usize) -> Self {
        let text = self.text.get(start..end).unwrap_or_default();
        Self { text, start: self.start.saturating_add(start), ..self }
    }

    fn strip_prefix(self, prefix: &str, field: Field) -> Result<Self, ParseError> {
        let text =
            self.text.strip_prefix(prefix).ok_or_else(|| self.error(field, Problem::Missing))?;
        Ok(Self { text, start: self.start.saturating_add(prefix.len()), ..self })
    }

    fn strip_suffix(self, suffix: &str, field: Field) -> Result<Self, ParseError> {
        let text =
            self.text.strip_suffix(suffix).ok_or_else(|| self.error(field, Problem::Missing))?;
        Ok(Self { text, ..self })
    }

    fn is(self, holds: bool, field: Field) -> Result<(), ParseError> {
        if holds { Ok(()) } else { Err(self.error(field, Problem::Malformed)) }
    }

    fn is_blank(self) -> Result<(), ParseError> {
        if self.text.is_empty() {
            Ok(())
        } else {
            Err(self.error(Field::Statement, Problem::Unexpected))
        }
    }

    fn within(self, limit: usize, field: Field) -> Result<(), ParseError> {
        if self.text.len() <= limit { Ok(()) } else { Err(self.error(field, Problem::TooLong)) }
    }

    fn timestamp(self, field: Field) -> Result<Timestamp, ParseError> {
        Timestamp::parse(self.text.as_bytes()).ok_or_else(|| self.error(field, Problem::Malformed))
    }

    fn error(self, field: Field, problem: Problem) -> ParseError {
        ParseError::new(self.number, field, problem)
    }
}

struct Lines<'a> {
    text: &'a str,
    /// Where the next line starts, if there is one.
    next: Option<usize>,
    number: u16,
}

impl<'a> Lines<'a> {
    fn peek(&self) -> Option<Line<'a>> {
        let start = self.next?;
        let rest = self.text.get(start..)?;
        let text = rest.split_once('\n').map_or(rest, |(line, _)| line);
        Some(Line { text, start, number: self.number.saturating_add(1) })
    }

    /// Goes on behind this line.
    fn skip(&mut self, line: Line<'a>) {
        self.number = line.number;
        // Behind the LF, if there is one.
        self.next = (line.end() < self.text.len()).then(|| line.end().saturating_add(1));
    }

    /// The next line, which must be there.
    fn next(&mut self, field: Field) -> Result<Line<'a>, ParseError> {
        let missing = ParseError::new(self.number.saturating_add(1), field, Problem::Missing);
        let line = self.peek().ok_or(missing)?;
        self.skip(line);
        Ok(line)
    }

    /// The next line without its name, which must be there.
    fn field(&mut self, name: &str, field: Field) -> Result<Line<'a>, ParseError> {
        self.next(field)?.strip_prefix(name, field)
    }

    /// The next line without its name, if it has it.
    fn optional(&mut self, name: &str) -> Option<Line<'a>> {
        let line = self.peek()?;
        let text = line.text.strip_prefix(name)?;
        self.skip(line);
        Some(Line { text, start: line.start.saturating_add(name.len()), ..line })
    }
}

fn span(start: usize, end: usize) -> Span {
    // The whole message is shorter.
    let position = |position: usize| u16::try_from(position).unwrap_or(u16::MAX);
    Span { start: position(start), end: position(end) }
}

pub(super) const PREAMBLE: &str = " wants you to sign in with your Ethereum account:";

const MAX_MESSAGE: usize = 4096;
/// A name of 255 bytes (RFC 1035 §2.3.4), a colon and five digits.
const MAX_DOMAIN: usize = 261;
const MAX_STATEMENT: usize = 1024;
const MAX_URI: usize = 1024;
const MIN_NONCE: usize = 8;
const MAX_NONCE: usize = 128;
const MAX_REQUEST_ID: usize = 128;
const MAX_RESOURCES: usize = 16;
