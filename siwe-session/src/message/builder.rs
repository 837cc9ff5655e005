use alloy_primitives::Address;

use crate::error::Problem;
use crate::{Field, Grammar, ParseError, Timestamp};

use super::Message;
use super::parse::PREAMBLE;

/// Makes a [`Message`]: for clients, and for tests.
#[derive(Clone, Debug)]
#[must_use]
pub struct MessageBuilder {
    scheme: Option<String>,
    domain: String,
    address: Address,
    statement: Option<String>,
    uri: Option<String>,
    chain_id: Option<u64>,
    nonce: Option<String>,
    issued_at: Option<Timestamp>,
    expiration_time: Option<Timestamp>,
    not_before: Option<Timestamp>,
    request_id: Option<String>,
    resources: Vec<String>,
}

impl MessageBuilder {
    pub(super) fn new(domain: String, address: Address) -> Self {
        Self {
            scheme: None,
            domain,
            address,
            statement: None,
            uri: None,
            chain_id: None,
            nonce: None,
            issued_at: None,
            expiration_time: None,
            not_before: None,
            request_id: None,
            resources: Vec::new(),
        }
    }

    /// What is signed in to. Mandatory.
    pub fn uri(mut self, uri: impl Into<String>) -> Self {
        self.uri = Some(uri.into());
        self
    }

    /// The chain (EIP-155). Mandatory.
    pub fn chain_id(mut self, chain_id: u64) -> Self {
        self.chain_id = Some(chain_id);
        self
    }

    /// The nonce that the server gave. Mandatory.
    pub fn nonce(mut self, nonce: impl Into<String>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    /// The time now. Mandatory.
    pub fn issued_at(mut self, time: impl Into<Timestamp>) -> Self {
        self.issued_at = Some(time.into());
        self
    }

    /// Before the domain: `https`. Default: not written.
    pub fn scheme(mut self, scheme: impl Into<String>) -> Self {
        self.scheme = Some(scheme.into());
        self
    }

    /// What the wallet shows to its user. Default: none.
    pub fn statement(mut self, statement: impl Into<String>) -> Self {
        self.statement = Some(statement.into());
        self
    }

    /// From when on the message is not valid. Default: not written.
    pub fn expiration_time(mut self, time: impl Into<Timestamp>) -> Self {
        self.expiration_time = Some(time.into());
        self
    }

    /// From when on the message is valid. Default: not written.
    pub fn not_before(mut self, time: impl Into<Timestamp>) -> Self {
        self.not_before = Some(time.into());
        self
    }

    /// A name for this sign-in. Default: none.
    pub fn request_id(mut self, request_id: impl Into<String>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }

    /// One more resource.
    pub fn resource(mut self, uri: impl Into<String>) -> Self {
        self.resources.push(uri.into());
        self
    }

    /// The message.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the field that is missing, has a line end in it, or is not as
    /// [`Grammar::Practice`] has it.
    pub fn build(self) -> Result<Message<'static>, ParseError> {
        let text = self.text()?;
        let message = Message::parse(&text, Grammar::Practice)?.into_owned();
        // A scheme in the domain would be read as one.
        if message.domain() != self.domain || message.scheme() != self.scheme.as_deref() {
            return Err(ParseError::new(1, Field::Domain, Problem::Malformed));
        }
        Ok(message)
    }

    fn text(&self) -> Result<String, ParseError> {
        let mut text = Text(String::new(), 1);
        if let Some(scheme) = &self.scheme {
            text.put(&[scheme, "://"], Field::Scheme)?;
        }
        text.put(&[&self.domain, PREAMBLE], Field::Domain)?;
        text.line(&[&self.address.to_checksum(None)], Field::Address)?;
        text.line(&[], Field::Statement)?;
        if let Some(statement) = &self.statement {
            text.line(&[statement], Field::Statement)?;
        }
        text.line(&[], Field::Statement)?;
        text.named("URI: ", self.uri.as_deref(), Field::Uri)?;
        text.line(&["Version: 1"], Field::Version)?;
        let chain_id = self.chain_id.map(|chain_id| chain_id.to_string());
        text.named("Chain ID: ", chain_id.as_deref(), Field::ChainId)?;
        text.named("Nonce: ", self.nonce.as_deref(), Field::Nonce)?;
        let issued_at = self.issued_at.map(|time| time.to_string());
        text.named("Issued At: ", issued_at.as_deref(), Field::IssuedAt)?;
        if let Some(time) = self.expiration_time {
            text.line(&["Expiration Time: ", &time.to_string()], Field::ExpirationTime)?;
        }
        if let Some(time) = self.not_before {
            text.line(&["Not Before: ", &time.to_string()], Field::NotBefore)?;
        }
        if let Some(request_id) = &self.request_id {
            text.line(&["Request ID: ", request_id], Field::RequestId)?;
        }
        if !self.resources.is_empty() {
            text.line(&["Resources:"], Field::Resources)?;
        }
        for uri in &self.resources {
            text.line(&["- ", uri], Field::Resources)?;
        }
        Ok(text.0)
    }
}

/// What was written, and the number of its last line.
struct Text(String, u16);

impl Text {
    fn named(&mut self, name: &str, value: Option<&str>, field: Field) -> Result<(), ParseError> {
        let missing = ParseError::new(self.1.saturating_add(1), field, Problem::Missing);
        self.line(&[name, value.ok_or(missing)?], field)
    }

    fn line(&mut self, parts: &[&str], field: Field) -> Result<(), ParseError> {
        self.0.push('\n');
        self.1 = self.1.saturating_add(1);
        self.put(parts, field)
    }

    fn put(&mut self, parts: &[&str], field: Field) -> Result<(), ParseError> {
        for part in parts {
            if part.contains('\n') {
                return Err(ParseError::new(self.1, field, Problem::Malformed));
            }
            self.0.push_str(part);
        }
        Ok(())
    }
}
