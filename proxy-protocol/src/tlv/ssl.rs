use super::{TlvError, Tlvs, split};
use crate::ParseError;

/// The TLS connection that the sender terminated (section 2.2.6). All of it is the sender's word.
#[derive(Clone, Copy, Debug)]
pub struct Ssl<'a> {
    client: u8,
    verify: u32,
    tlvs: &'a [u8],
}

impl<'a> Ssl<'a> {
    pub(super) fn read(value: &'a [u8]) -> Option<Self> {
        let (&client, rest) = value.split_first()?;
        let (verify, tlvs) = rest.split_first_chunk()?;
        Some(Self { client, verify: u32::from_be_bytes(*verify), tlvs })
    }

    /// Whether the client came over TLS.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.client & PP2_CLIENT_SSL != 0
    }

    /// Whether the client presented a certificate on this connection.
    #[must_use]
    pub const fn has_cert_on_connection(&self) -> bool {
        self.client & PP2_CLIENT_CERT_CONN != 0
    }

    /// Whether the client presented a certificate at least once in the TLS session that this
    /// connection belongs to.
    #[must_use]
    pub const fn has_cert_in_session(&self) -> bool {
        self.client & PP2_CLIENT_CERT_SESS != 0
    }

    /// The result of verifying the certificate, 0 if it is good. HAProxy writes 0 as well when there
    /// is no certificate: ask [`client_cert_verified`](Self::client_cert_verified).
    #[must_use]
    pub const fn verify_code(&self) -> u32 {
        self.verify
    }

    /// Whether the client presented a certificate, and the sender found it good.
    #[must_use]
    pub const fn client_cert_verified(&self) -> bool {
        (self.has_cert_on_connection() || self.has_cert_in_session()) && self.verify == 0
    }

    /// The version, such as `TLSv1.3`.
    ///
    /// # Errors
    ///
    /// [`TlvError::NotText`] and [`TlvError::Duplicate`], as for all that follow.
    pub fn version(&self) -> Result<Option<&'a str>, TlvError> {
        self.text(PP2_SUBTYPE_SSL_VERSION)
    }

    /// The common name of the client's certificate, verified or not.
    ///
    /// # Errors
    ///
    /// As [`version`](Self::version).
    pub fn common_name(&self) -> Result<Option<&'a str>, TlvError> {
        self.text(PP2_SUBTYPE_SSL_CN)
    }

    /// The cipher, such as `TLS_AES_256_GCM_SHA384`.
    ///
    /// # Errors
    ///
    /// As [`version`](Self::version).
    pub fn cipher(&self) -> Result<Option<&'a str>, TlvError> {
        self.text(PP2_SUBTYPE_SSL_CIPHER)
    }

    /// The algorithm that signed the certificate that the sender presented, such as `RSA-SHA256`.
    ///
    /// # Errors
    ///
    /// As [`version`](Self::version).
    pub fn signature_algorithm(&self) -> Result<Option<&'a str>, TlvError> {
        self.text(PP2_SUBTYPE_SSL_SIG_ALG)
    }

    /// The algorithm of that certificate's key, such as `RSA2048`.
    ///
    /// # Errors
    ///
    /// As [`version`](Self::version).
    pub fn key_algorithm(&self) -> Result<Option<&'a str>, TlvError> {
        self.text(PP2_SUBTYPE_SSL_KEY_ALG)
    }

    /// The key exchange's group, such as `X25519`.
    ///
    /// # Errors
    ///
    /// As [`version`](Self::version).
    pub fn group(&self) -> Result<Option<&'a str>, TlvError> {
        self.text(PP2_SUBTYPE_SSL_GROUP)
    }

    /// The signature scheme of the handshake, such as `rsa_pss_rsae_sha256`.
    ///
    /// # Errors
    ///
    /// As [`version`](Self::version).
    pub fn signature_scheme(&self) -> Result<Option<&'a str>, TlvError> {
        self.text(PP2_SUBTYPE_SSL_SIG_SCHEME)
    }

    /// The client's certificate in DER, verified or not.
    ///
    /// # Errors
    ///
    /// [`TlvError::Duplicate`].
    pub fn client_certificate(&self) -> Result<Option<&'a [u8]>, TlvError> {
        self.tlvs().only(PP2_SUBTYPE_SSL_CLIENT_CERT)
    }

    /// All that is inside, known or not, in its order. One of the type SSL is a value like any
    /// other: nothing is read inside of it.
    pub const fn tlvs(&self) -> Tlvs<'a> {
        Tlvs::new(self.tlvs)
    }

    fn text(&self, kind: u8) -> Result<Option<&'a str>, TlvError> {
        self.tlvs().only_text(kind)
    }
}

/// That the fixed part is there, and what follows it fits.
pub(super) fn check(value: &[u8]) -> Result<(), ParseError> {
    let (_, mut rest) = value.split_at_checked(FIXED).ok_or(ParseError::TlvValue)?;
    while !rest.is_empty() {
        (_, rest) = split(rest)?;
    }
    Ok(())
}

/// `client` and `verify`, packed.
const FIXED: usize = 5;

const PP2_CLIENT_SSL: u8 = 0x01;
const PP2_CLIENT_CERT_CONN: u8 = 0x02;
const PP2_CLIENT_CERT_SESS: u8 = 0x04;

const PP2_SUBTYPE_SSL_VERSION: u8 = 0x21;
const PP2_SUBTYPE_SSL_CN: u8 = 0x22;
const PP2_SUBTYPE_SSL_CIPHER: u8 = 0x23;
const PP2_SUBTYPE_SSL_SIG_ALG: u8 = 0x24;
const PP2_SUBTYPE_SSL_KEY_ALG: u8 = 0x25;
const PP2_SUBTYPE_SSL_GROUP: u8 = 0x26;
const PP2_SUBTYPE_SSL_SIG_SCHEME: u8 = 0x27;
const PP2_SUBTYPE_SSL_CLIENT_CERT: u8 = 0x28;
