use std::fmt;

use thiserror::Error;

/// What keeps a text from being a [`Message`](crate::Message): the first line that is not as it must be.
///
/// Carries nothing of the text, so it can be logged as it is.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[error("line {line}: {field}: {problem}")]
pub struct ParseError {
    line: u16,
    field: Field,
    problem: Problem,
}

impl ParseError {
    pub(crate) const fn new(line: u16, field: Field, problem: Problem) -> Self {
        Self { line, field, problem }
    }

    /// The line, from 1. One more than the message has if it ends too soon.
    #[must_use]
    pub const fn line(&self) -> u16 {
        self.line
    }

    /// What was being read.
    #[must_use]
    pub const fn field(&self) -> Field {
        self.field
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn problem(&self) -> Problem {
        self.problem
    }
}

/// A part of a [`Message`](crate::Message), in the order of EIP-4361.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Field {
    /// The message as a whole, or a line that is none of its fields.
    Message,
    /// `scheme`
    Scheme,
    /// `domain`, and the words behind it
    Domain,
    /// `address`
    Address,
    /// `statement`, and the blank lines around it
    Statement,
    /// `URI`
    Uri,
    /// `Version`
    Version,
    /// `Chain ID`
    ChainId,
    /// `Nonce`
    Nonce,
    /// `Issued At`
    IssuedAt,
    /// `Expiration Time`
    ExpirationTime,
    /// `Not Before`
    NotBefore,
    /// `Request ID`
    RequestId,
    /// `Resources`
    Resources,
}

impl Field {
    /// The name that EIP-4361 gives it, in snake case.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Scheme => "scheme",
            Self::Domain => "domain",
            Self::Address => "address",
            Self::Statement => "statement",
            Self::Uri => "uri",
            Self::Version => "version",
            Self::ChainId => "chain_id",
            Self::Nonce => "nonce",
            Self::IssuedAt => "issued_at",
            Self::ExpirationTime => "expiration_time",
            Self::NotBefore => "not_before",
            Self::RequestId => "request_id",
            Self::Resources => "resources",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.name())
    }
}

/// What is wrong with a [`Field`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// An address in mixed case without the checksum of EIP-55.
    Checksum,
    /// Not in the form of the field.
    Malformed,
    /// The line is another one, or there is none.
    Missing,
    /// The expiration is not after the time of issue and `Not Before`.
    NeverValid,
    /// Longer than the limit.
    TooLong,
    /// Over 16 resources.
    TooMany,
    /// Not blank, or behind all that a message has.
    Unexpected,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Checksum => "mixed case without the checksum of EIP-55",
            Self::Malformed => "malformed",
            Self::Missing => "missing, or not at its place",
            Self::NeverValid => "not after the other times",
            Self::TooLong => "longer than the limit",
            Self::TooMany => "more than the limit",
            Self::Unexpected => "unexpected text",
        })
    }
}
