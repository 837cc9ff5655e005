use std::fmt;
use std::str::FromStr;

use crate::ConfigError;

/// A host that is served over a connection of the edge: `plue.dev`, or `*.plue.dev` for what is one
/// label below it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct HostPattern {
    /// In lower case.
    name: Box<str>,
    is_wildcard: bool,
}

impl HostPattern {
    /// Whether a host, without a port, is meant. Case does not count. An address is none.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        let name = if self.is_wildcard {
            match host.split_once('.') {
                Some((label, name)) if is_label(label.as_bytes()) => name,
                _ => return false,
            }
        } else {
            host
        };
        name.eq_ignore_ascii_case(&self.name)
    }
}

impl FromStr for HostPattern {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let (name, is_wildcard) = match text.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (text, false),
        };
        // The last label of a name is no number, or it would be an address to some (RFC 1123 §2.1).
        let is_name = name.len() <= MAX_NAME
            && name.split('.').all(|label| is_label(label.as_bytes()))
            && name.rsplit('.').next().is_some_and(|last| !is_number(last))
            && !name.bytes().any(|byte| byte.is_ascii_uppercase());
        if is_name { Ok(Self { name: name.into(), is_wildcard }) } else { Err(ConfigError::Host) }
    }
}

/// As it is read.
impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_wildcard { "*." } else { "" }, self.name)
    }
}

/// Decimal, or hexadecimal as URLs know it.
fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// Letters, digits and hyphens, none of these at an end (RFC 1123 §2.1).
fn is_label(label: &[u8]) -> bool {
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    (1..=MAX_LABEL).contains(&label.len())
        && label.iter().all(is_inner)
        && label.first() != Some(&b'-')
        && label.last() != Some(&b'-')
}

const MAX_LABEL: usize = 63;
const MAX_NAME: usize = 253;
