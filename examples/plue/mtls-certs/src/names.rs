use std::str::FromStr;

use thiserror::Error;

/// The organization of an authority and of what it issues.
#[derive(Clone, Debug)]
pub(crate) struct Organization(String);

/// The common name of a client certificate.
#[derive(Clone, Debug)]
pub(crate) struct CommonName(String);

/// An absolute URI.
#[derive(Clone, Debug)]
pub(crate) struct Uri(String);

/// A DNS name, without a wildcard: it names who connects.
#[derive(Clone, Debug)]
pub(crate) struct DnsName(String);

/// The name of a file in a folder, without its ending.
#[derive(Clone, Debug)]
pub(crate) struct FileName(String);

/// Why a name is not taken.
#[derive(Clone, Copy, Debug, Error)]
pub(crate) enum NameError {
    #[error("a common name has 1 to 64 characters, none of them a control character")]
    CommonName,
    #[error("a DNS name looks like `edge.plue.dev`: in lower case, without port and wildcard")]
    DnsName,
    #[error(
        "a file's name has letters, digits, `-`, `_` and `.`, begins with no dot, and is not `ca`"
    )]
    FileName,
    #[error("an organization has 1 to 32 characters, none of them a control character")]
    Organization,
    #[error(
        "a URI looks like `spiffe://plue.dev/edge/cloudflare`: a scheme, and ASCII without spaces"
    )]
    Uri,
}

impl FromStr for Organization {
    type Err = NameError;

    // It stands in the authority's common name as well, which may have 64 characters.
    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_text(text, 32) { Ok(Self(text.to_owned())) } else { Err(NameError::Organization) }
    }
}

impl FromStr for CommonName {
    type Err = NameError;

    // RFC 5280 appendix A.1: ub-common-name.
    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_text(text, 64) { Ok(Self(text.to_owned())) } else { Err(NameError::CommonName) }
    }
}

impl FromStr for Uri {
    type Err = NameError;

    // RFC 5280 §4.2.1.6: a scheme, and a part specific to it.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let (scheme, rest) = text.split_once(':').ok_or(NameError::Uri)?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        if is_scheme && !rest.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::Uri)
        }
    }
}

impl FromStr for DnsName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if text.len() <= 253 && text.split('.').all(is_label) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::DnsName)
        }
    }
}

impl FromStr for FileName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        // `ca.crt` and its companions are the authority's.
        if !text.is_empty() && is_plain && !text.starts_with('.') && text != "ca" {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::FileName)
        }
    }
}

macro_rules! as_str {
    ($($name:ident),+) => {
        $(impl $name {
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        })+
    };
}

as_str!(CommonName, DnsName, FileName, Organization, Uri);

fn is_text(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control)
}
