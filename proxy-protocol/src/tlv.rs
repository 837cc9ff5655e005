//! What version 2 may add to the addresses: type, length, value (section 2.2.1 ff.).

mod ssl;

use core::str;

use thiserror::Error;

pub use self::ssl::Ssl;
use crate::{Header, ParseError, crc32c};

/// One type, length and value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Tlv<'a> {
    /// The type.
    pub kind: u8,
    /// The value, at most 4096 bytes.
    pub value: &'a [u8],
}

impl Tlv<'_> {
    /// `PP2_TYPE_ALPN`: the protocol that the client and the sender agreed on.
    pub const ALPN: u8 = 0x01;
    /// `PP2_TYPE_AUTHORITY`: the host name that the client asked for (SNI).
    pub const AUTHORITY: u8 = 0x02;
    /// `PP2_TYPE_CRC32C`: the checksum of the whole header.
    pub const CRC32C: u8 = 0x03;
    /// `PP2_TYPE_NOOP`: padding.
    pub const NOOP: u8 = 0x04;
    /// `PP2_TYPE_UNIQUE_ID`: the sender's name for the connection, at most 128 bytes.
    pub const UNIQUE_ID: u8 = 0x05;
    /// `PP2_TYPE_SSL`: the TLS connection that the sender terminated.
    pub const SSL: u8 = 0x20;
    /// `PP2_TYPE_NETNS`: the name of the network namespace.
    pub const NETNS: u8 = 0x30;
}

/// The TLVs of a header, or those inside of [`Ssl`], in their order.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Tlvs<'a>(&'a [u8]);

impl<'a> Tlvs<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The only one of this type.
    ///
    /// # Errors
    ///
    /// [`TlvError::Duplicate`] if there are several: HAProxy would take the last of them, Varnish
    /// the first.
    pub fn only(self, kind: u8) -> Result<Option<&'a [u8]>, TlvError> {
        let mut found = None;
        for tlv in self {
            if tlv.kind == kind && found.replace(tlv.value).is_some() {
                return Err(TlvError::Duplicate);
            }
        }
        Ok(found)
    }

    fn only_text(self, kind: u8) -> Result<Option<&'a str>, TlvError> {
        let value = self.only(kind)?;
        value.map(str::from_utf8).transpose().map_err(|_| TlvError::NotText)
    }
}

impl<'a> Iterator for Tlvs<'a> {
    type Item = Tlv<'a>;

    #[inline]
    fn next(&mut self) -> Option<Tlv<'a>> {
        let &[kind, high, low, ref rest @ ..] = self.0 else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        // A header whose TLVs do not fit is refused before.
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Tlv { kind, value })
    }
}

impl<'a> Header<'a> {
    /// The protocol that the client and the sender agreed on, such as `h2`.
    ///
    /// # Errors
    ///
    /// [`TlvError::Duplicate`].
    pub fn alpn(&self) -> Result<Option<&'a [u8]>, TlvError> {
        self.tlvs().only(Tlv::ALPN)
    }

    /// The host name that the client asked for (SNI).
    ///
    /// # Errors
    ///
    /// [`TlvError::NotText`] and [`TlvError::Duplicate`].
    pub fn authority(&self) -> Result<Option<&'a str>, TlvError> {
        self.tlvs().only_text(Tlv::AUTHORITY)
    }

    /// The sender's name for the connection: at most 128 bytes, not necessarily text.
    ///
    /// # Errors
    ///
    /// [`TlvError::Duplicate`].
    pub fn unique_id(&self) -> Result<Option<&'a [u8]>, TlvError> {
        self.tlvs().only(Tlv::UNIQUE_ID)
    }

    /// The name of the network namespace in which the sender accepted.
    ///
    /// # Errors
    ///
    /// [`TlvError::NotText`] and [`TlvError::Duplicate`].
    pub fn netns(&self) -> Result<Option<&'a str>, TlvError> {
        self.tlvs().only_text(Tlv::NETNS)
    }

    /// What the sender says of the TLS connection that it terminated.
    ///
    /// # Errors
    ///
    /// [`TlvError::Duplicate`].
    pub fn ssl(&self) -> Result<Option<Ssl<'a>>, TlvError> {
        Ok(self.tlvs().only(Tlv::SSL)?.and_then(Ssl::read))
    }
}

/// Why a TLV is not handed out. The header itself holds.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum TlvError {
    /// There are several of the type, and receivers differ in which of them counts.
    #[error("there are several TLVs of this type")]
    Duplicate,
    /// The value is not UTF-8, though the specification says it is text.
    #[error("the TLV's value is not text")]
    NotText,
}

/// That all TLVs fit, that those with a form have it, and that the checksum is right if there is
/// one.
pub(crate) fn check(header: &[u8], tlvs: &[u8]) -> Result<(), ParseError> {
    let mut checksum = None;
    let mut rest = tlvs;
    while !rest.is_empty() {
        let (tlv, after) = split(rest)?;
        match tlv.kind {
            Tlv::CRC32C => {
                let value: &[u8; 4] = tlv.value.try_into().map_err(|_| ParseError::TlvValue)?;
                let end = header.len().saturating_sub(after.len());
                if checksum.replace((value, end.saturating_sub(value.len())..end)).is_some() {
                    return Err(ParseError::TlvValue);
                }
            }
            _ => check_form(tlv)?,
        }
        rest = after;
    }
    if let Some((value, own)) = checksum
        && crc32c::checksum(header, own) != *value
    {
        return Err(ParseError::CrcMismatch);
    }
    Ok(())
}

/// That a value other than the checksum's has the form of its type.
#[inline]
pub(crate) fn check_form(tlv: Tlv<'_>) -> Result<(), ParseError> {
    match tlv.kind {
        // Section 2.2.5.
        Tlv::UNIQUE_ID if tlv.value.len() > 128 => Err(ParseError::TlvValue),
        Tlv::SSL => ssl::check(tlv.value),
        _ => Ok(()),
    }
}

#[inline]
fn split(bytes: &[u8]) -> Result<(Tlv<'_>, &[u8]), ParseError> {
    let &[kind, high, low, ref rest @ ..] = bytes else { return Err(ParseError::TlvTruncated) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let (value, rest) = rest.split_at_checked(length).ok_or(ParseError::TlvTruncated)?;
    Ok((Tlv { kind, value }, rest))
}
