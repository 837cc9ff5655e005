use std::borrow::Cow;
use std::fmt;

use alloy_primitives::{Address, B256, eip191_hash_message};

use crate::uri::Authority;
use crate::{Grammar, ParseError, Timestamp};

mod builder;
mod parse;

pub use builder::MessageBuilder;

/// A message by which a wallet signs in ([EIP-4361]), as it was received.
///
/// It keeps the text, and [`hash`](Self::hash) is of that text: nothing is written again from what was
/// read. That it parses proves nothing: [`LoginVerifier`](crate::LoginVerifier) does.
///
/// | limit | bytes |
/// |---|---|
/// | message | 4096 |
/// | statement, URI, each resource | 1024 |
/// | nonce, request id | 128 |
/// | domain | 261: a name of 255 and a port |
///
/// and 16 resources.
///
/// [EIP-4361]: https://eips.ethereum.org/EIPS/eip-4361
#[derive(Clone, Eq, PartialEq)]
pub struct Message<'a> {
    text: Cow<'a, str>,
    fields: Fields,
}

/// What was read of a text, and where in it.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Fields {
    scheme: Option<Span>,
    domain: Span,
    address: Address,
    statement: Option<Span>,
    uri: Span,
    chain_id: u64,
    nonce: Span,
    issued_at: Timestamp,
    expiration_time: Option<Timestamp>,
    not_before: Option<Timestamp>,
    request_id: Option<Span>,
    /// All of the lines, with their LFs between.
    resources: Option<Span>,
}

/// From this byte up to that one. A message is shorter than 64 KiB.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Span {
    start: u16,
    end: u16,
}

impl<'a> Message<'a> {
    /// Reads a message.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the first line that is not as it must be.
    pub fn parse(text: &'a str, grammar: Grammar) -> Result<Self, ParseError> {
        let fields = parse::fields(text, grammar)?;
        Ok(Self { text: Cow::Borrowed(text), fields })
    }

    /// Begins a message of your own. What [`build`](MessageBuilder::build) makes is what
    /// [`parse`](Self::parse) takes.
    pub fn builder(domain: impl Into<String>, address: Address) -> MessageBuilder {
        MessageBuilder::new(domain.into(), address)
    }

    /// The message with a text of its own.
    #[must_use]
    pub fn into_owned(self) -> Message<'static> {
        Message { text: Cow::Owned(self.text.into_owned()), fields: self.fields }
    }

    /// The text, byte by byte as it was received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What a wallet signs: Keccak-256 over the text and its prefix (ERC-191, version `0x45`).
    #[must_use]
    pub fn hash(&self) -> B256 {
        eip191_hash_message(self.text.as_bytes())
    }

    /// Before the domain, if it is there: `https`.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        self.fields.scheme.map(|span| self.at(span))
    }

    /// Who asks to sign in: a host, and a port if there is one (RFC 3986 §3.2, without userinfo). In the
    /// case in which it was written.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.at(self.fields.domain)
    }

    /// The address that is to sign in.
    #[must_use]
    pub fn address(&self) -> Address {
        self.fields.address
    }

    /// What the wallet shows to its user. An empty one, which is another text than none, is `Some`.
    #[must_use]
    pub fn statement(&self) -> Option<&str> {
        self.fields.statement.map(|span| self.at(span))
    }

    /// What is signed in to (RFC 3986).
    #[must_use]
    pub fn uri(&self) -> &str {
        self.at(self.fields.uri)
    }

    /// The chain (EIP-155) on which a contract's signature is checked.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.fields.chain_id
    }

    /// At least 8 letters and digits.
    #[must_use]
    pub fn nonce(&self) -> &str {
        self.at(self.fields.nonce)
    }

    /// When the message was made.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.fields.issued_at
    }

    /// From when on the message is not valid.
    #[must_use]
    pub fn expiration_time(&self) -> Option<Timestamp> {
        self.fields.expiration_time
    }

    /// From when on the message is valid.
    #[must_use]
    pub fn not_before(&self) -> Option<Timestamp> {
        self.fields.not_before
    }

    /// A name that whoever made the message gave to this sign-in.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.fields.request_id.map(|span| self.at(span))
    }

    /// What the user wants to have resolved with the sign-in: URIs.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        let lines = self.fields.resources.map_or("", |span| self.at(span)).split('\n');
        lines.filter_map(|line| line.strip_prefix("- "))
    }

    pub(crate) fn authority(&self) -> Option<Authority<'_>> {
        Authority::parse(self.domain())
    }

    fn at(&self, span: Span) -> &str {
        // It was made from this text.
        self.text.get(usize::from(span.start)..usize::from(span.end)).unwrap_or_default()
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Message<'_> {
    /// Without the nonce, which serves who holds it until it is burned.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("domain", &self.domain())
            .field("address", &self.address())
            .field("chain_id", &self.chain_id())
            .field("issued_at", &self.issued_at())
            .finish_non_exhaustive()
    }
}
