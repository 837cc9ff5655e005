//! RFC 3986, as far as EIP-4361 needs it: whether a text is a URI, and whose.

use std::net::Ipv6Addr;

/// The parts of a URI (RFC 3986 §3) that say whose it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Uri<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) authority: Option<Authority<'a>>,
}

impl<'a> Uri<'a> {
    /// `None` if this is no URI.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        if !is_scheme(scheme) {
            return None;
        }
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = match rest.strip_prefix("//") {
            None => None,
            Some(rest) => {
                let end = rest.bytes().position(|byte| byte == b'/').unwrap_or(rest.len());
                Some(Authority::parse(rest.get(..end)?)?)
            }
        };
        let path = match authority {
            None => rest,
            Some(_) => rest.get(2..)?.split_once('/').map_or("", |(_, path)| path),
        };
        let is_uri = consists_of(path, PCHAR | SLASH)
            && consists_of(query, PCHAR | SLASH | QUESTION)
            && consists_of(fragment, PCHAR | SLASH | QUESTION);
        is_uri.then_some(Self { scheme, authority })
    }
}

/// An authority (RFC 3986 §3.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Authority<'a> {
    pub(crate) has_userinfo: bool,
    pub(crate) host: &'a str,
    /// The digits behind the colon, if there is one.
    pub(crate) port: Option<&'a str>,
}

impl<'a> Authority<'a> {
    /// `None` if this is no authority. The host may be empty, and the port any number or none.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (userinfo, rest) = match text.rsplit_once('@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, text),
        };
        if !consists_of(userinfo.unwrap_or_default(), REG_NAME | COLON) {
            return None;
        }
        let (host, port) = if rest.starts_with('[') {
            let (host, rest) = rest.split_at_checked(rest.find(']')?.checked_add(1)?)?;
            if !is_ip_literal(host.strip_prefix('[')?.strip_suffix(']')?) {
                return None;
            }
            match rest {
                "" => (host, None),
                rest => (host, Some(rest.strip_prefix(':')?)),
            }
        } else {
            let (host, port) = match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            };
            if !consists_of(host, REG_NAME) {
                return None;
            }
            (host, port)
        };
        let is_port = port.unwrap_or_default().bytes().all(|byte| byte.is_ascii_digit());
        is_port.then_some(Self { has_userinfo: userinfo.is_some(), host, port })
    }

    /// The port as a number, from 1 to 65535 and without leading zeros.
    pub(crate) fn port_number(&self) -> Option<u16> {
        self.port.filter(|port| !port.starts_with('0'))?.parse().ok()
    }

    /// Whether this is that host, which is in lower case (RFC 3986 §6.2.2.1). An IPv6 address may be
    /// written in several ways, a name in one alone: nothing is decoded.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        self.host.eq_ignore_ascii_case(host)
            || ipv6(self.host).is_some_and(|address| ipv6(host) == Some(address))
    }
}

pub(crate) fn is_scheme(text: &str) -> bool {
    text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// *pchar
pub(crate) fn is_pchars(text: &str) -> bool {
    consists_of(text, PCHAR)
}

/// Whether an escape of a control character that ends lines or texts is in it.
pub(crate) fn escapes_a_line(text: &str) -> bool {
    text.as_bytes()
        .windows(3)
        .any(|three| matches!(three, [b'%', b'0', b'0' | b'a' | b'A' | b'd' | b'D']))
}

fn ipv6(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

fn is_ip_literal(text: &str) -> bool {
    let is_ipv_future = || {
        let (version, address) = text.strip_prefix(['v', 'V'])?.split_once('.')?;
        let is_version =
            !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some(
            is_version
                && !address.is_empty()
                && !address.contains('%')
                && consists_of(address, REG_NAME | COLON),
        )
    };
    text.parse::<Ipv6Addr>().is_ok() || is_ipv_future() == Some(true)
}

/// Whether each byte is of one of these classes, or two hexadecimal digits behind a `%`.
fn consists_of(text: &str, classes: u8) -> bool {
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = match *first {
            b'%' => match after {
                [high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    after
                }
                _ => return false,
            },
            byte if CLASSES.get(usize::from(byte)).is_some_and(|class| class & classes != 0) => {
                after
            }
            _ => return false,
        };
    }
    true
}

const fn class_of(byte: u8) -> u8 {
    match byte {
        // unreserved and sub-delims
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => REG_NAME,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => REG_NAME,
        b':' => COLON,
        b'@' => AT,
        b'/' => SLASH,
        b'?' => QUESTION,
        _ => 0,
    }
}

/// Looked up, since a message has some hundred of them.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when it is compiled, where a panic is an error"
)]
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    while let Some(next) = byte.checked_add(1) {
        classes[byte as usize] = class_of(byte);
        byte = next;
    }
    // The last byte has no class.
    classes
};

/// Of a registered name: unreserved / sub-delims
const REG_NAME: u8 = 1;
const COLON: u8 = 2;
const AT: u8 = 4;
const SLASH: u8 = 8;
const QUESTION: u8 = 16;
const PCHAR: u8 = REG_NAME | COLON | AT;
