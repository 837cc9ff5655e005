use thiserror::Error;

/// Why a certificate, a connection or a request is refused, in the order of the checks.
///
/// Carries nothing that the peer wrote, so it can be logged as it is.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The request came over no connection of this crate: the server's fault.
    #[error("no listener of origin-mtls is on the way to what asks for its proof")]
    MissingLayer,

    /// The peer closed the connection without having sent a byte, as probes do.
    #[error("the connection was closed before a handshake began")]
    Closed,
    /// As many connections of the peer as may are in their handshake.
    #[error("too many connections of the peer are in their handshake")]
    TooManyPending,
    /// The handshake was not done in time.
    #[error("the handshake took too long")]
    Timeout,
    /// The connection broke, or the handshake failed for a reason that is not the certificate's: no
    /// TLS at all, no version or algorithm in common, or a peer that refuses this server.
    #[error("the TLS handshake failed")]
    Handshake,

    /// The client showed no certificate.
    #[error("the client showed no certificate")]
    NoCertificate,
    /// More intermediates than may be.
    #[error("the chain has more intermediate certificates than are allowed")]
    ChainTooLong,
    /// More bytes than may be.
    #[error("the chain has more bytes than are allowed")]
    ChainTooLarge,
    /// A certificate is not one, or says something twice.
    #[error("a certificate is malformed")]
    BadEncoding,
    /// A certificate is not of X.509 version 3.
    #[error("the certificate is not of X.509 version 3")]
    UnsupportedVersion,
    /// The key is none of the pinned ones.
    #[error("the client's key is none of the pinned ones")]
    PinMismatch,
    /// A critical extension that is not known.
    #[error("the chain has a critical extension that is not supported")]
    CriticalExtension,
    /// A certificate of the chain has expired.
    #[error("the certificate has expired")]
    Expired,
    /// A certificate of the chain is not valid yet.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// An authority's certificate is shown as a client's.
    #[error("the certificate is an authority's, not a client's")]
    CaAsLeaf,
    /// A certificate is signed by one that is not an authority's.
    #[error("a certificate of the chain was issued by one that is no authority's")]
    IssuerNotCa,
    /// More authorities in the path than one of them allows.
    #[error("the path has more authorities than one of them allows")]
    PathLength,
    /// The extended key usage is not clientAuth; under the strict profile, not exactly that.
    #[error("the certificate is not for client authentication")]
    ExtendedKeyUsage,
    /// No trusted authority has issued it.
    #[error("no trusted authority has issued the certificate")]
    UnknownIssuer,
    /// Signed by an algorithm that is not supported, such as SHA-1.
    #[error("a signature's algorithm is not supported")]
    UnsupportedAlgorithm,
    /// The signature is not the issuer's.
    #[error("a signature in the chain is not its issuer's")]
    BadSignature,
    /// Revoked.
    #[error("the certificate is revoked")]
    Revoked,
    /// The authority's revocation list is out of date.
    #[error("the revocation list is out of date")]
    CrlExpired,
    /// There are revocation lists, and none tells of this certificate.
    #[error("no revocation list tells of the certificate")]
    CrlUnknown,
    /// A name is none of those that an authority may certify.
    #[error("a name is outside of what its authority may certify")]
    NameConstraints,
    /// The trust anchor has expired.
    #[error("the trust anchor has expired")]
    AnchorExpired,
    /// The trust anchor is not valid yet.
    #[error("the trust anchor is not valid yet")]
    AnchorNotYetValid,
    /// Strict: the chain has a certificate that is not of its path.
    #[error("the chain has a certificate that is not of its path")]
    UnrelatedCertificate,
    /// The authority's revocation list is of the future.
    #[error("the revocation list is not valid yet")]
    CrlNotYetValid,
    /// The key usage does not fit.
    #[error("the certificate's key usage is not a client's")]
    KeyUsage,
    /// The key is of another kind than RSA, P-256, P-384, P-521 and Ed25519.
    #[error("the client's key is of a kind that is not supported")]
    KeyType,
    /// The RSA key is too small, too large, or of a weak form.
    #[error("the client's RSA key is too weak or too large")]
    WeakKey,
    /// An extension that only an authority's certificate has.
    #[error("the certificate has an extension that only an authority's has")]
    LeafExtension,
    /// Strict: the certificate is valid for too long.
    #[error("the certificate is valid for longer than is allowed")]
    ValidityTooLong,
    /// Strict: a certificate lacks the form of RFC 5280.
    #[error("a certificate of the chain lacks the form that RFC 5280 demands")]
    NotStrict,
    /// A name that is asked for stands in the subject twice.
    #[error("the certificate's subject has a name twice")]
    SubjectAmbiguous,
    /// A name that is asked for has an encoding that can be read in more than one way.
    #[error("the certificate's subject is in an encoding that is not supported")]
    SubjectEncoding,
    /// The subject is not the one that is asked for.
    #[error("the certificate's subject is not the expected one")]
    SubjectMismatch,
    /// The subject alternative names do not have the one that is asked for.
    #[error("the certificate's alternative names are not the expected ones")]
    SanMismatch,
    /// A URI is asked for, and there are several.
    #[error("the certificate has several URIs")]
    SanAmbiguous,

    /// The request is for another host than those of the certificate's zone.
    #[error("the request is for a host that is not served over this connection")]
    HostMismatch,
}

impl VerifyError {
    /// A stable name for logs, counters and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.row().0
    }

    /// What the operator can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        self.row().1
    }

    #[expect(clippy::too_many_lines, reason = "a table")]
    const fn row(&self) -> (&'static str, &'static str) {
        match self {
            Self::MissingLayer => (
                "missing_layer",
                "serve the application over `origin.listener(…)` with `with_edge_identity`, or put \
                 what `accept` gives into each request's extensions",
            ),
            Self::Closed => ("closed", "a probe that only connects; nothing to do"),
            Self::TooManyPending => (
                "too_many_pending",
                "an attack, or a peer that is cut off; if it is many clients behind one address, \
                 raise `max_pending_per_peer`",
            ),
            Self::Timeout => ("timeout", "a peer that is slow or silent; see who it is"),
            Self::Handshake => (
                "handshake",
                "plain HTTP on this port, an old TLS version, or a client that does not trust this \
                 server: with Full (strict) Cloudflare wants a certificate that it knows",
            ),
            Self::NoCertificate => (
                "no_certificate",
                "somebody who is not Cloudflare; or Authenticated Origin Pulls is off for this zone \
                 or host, SSL mode is Off or Flexible, or the host is a Tunnel's or Spectrum's",
            ),
            Self::ChainTooLong => (
                "chain_too_long",
                "upload the certificate with no more than its own intermediates; \
                 `max_intermediates` allows more",
            ),
            Self::ChainTooLarge => {
                ("chain_too_large", "an attack, or a far too long chain; `max_chain_bytes`")
            }
            Self::BadEncoding => ("bad_encoding", "make the certificate anew with a current tool"),
            Self::UnsupportedVersion => (
                "unsupported_version",
                "issue it anew with extensions: OpenSSL before 3.2 makes an X.509 v1 certificate when \
                 `openssl x509 -req` runs without -extfile",
            ),
            Self::PinMismatch => (
                "pin_mismatch",
                "was the client certificate replaced at Cloudflare? pin the new key beside the old \
                 one before it is uploaded",
            ),
            Self::CriticalExtension => {
                ("critical_extension", "issue the certificate without that extension")
            }
            Self::Expired => (
                "expired",
                "upload a new client certificate now; Cloudflare does not renew it. Or this \
                 server's clock is wrong",
            ),
            Self::NotYetValid => ("not_yet_valid", "is this server's clock right?"),
            Self::CaAsLeaf => (
                "ca_as_leaf",
                "the authority's own certificate was uploaded; upload one that it has issued",
            ),
            Self::IssuerNotCa => (
                "issuer_not_ca",
                "an intermediate lacks CA:TRUE or keyCertSign: issue it anew as an authority",
            ),
            Self::PathLength => {
                ("path_length", "the authority may have no authorities below it: see its pathlen")
            }
            Self::ExtendedKeyUsage => (
                "extended_key_usage",
                "issue it with extendedKeyUsage = clientAuth, and for the strict profile with \
                 nothing else",
            ),
            Self::UnknownIssuer => (
                "unknown_issuer",
                "Cloudflare presents a certificate of another authority: another zone's, the shared \
                 one, or one of before a rotation; trust the old and the new one until it is over",
            ),
            Self::UnsupportedAlgorithm => {
                ("unsupported_algorithm", "sign with SHA-256 or better, and RSA, ECDSA or Ed25519")
            }
            Self::BadSignature => (
                "bad_signature",
                "an authority of the same name with another key has signed it: give each authority \
                 a name of its own, and trust both while you rotate",
            ),
            Self::Revoked => (
                "revoked",
                "upload a certificate that is not revoked; if Cloudflare still uses this one, \
                 delete it there",
            ),
            Self::CrlExpired => {
                ("crl_expired", "publish a new revocation list now, and before each nextUpdate")
            }
            Self::CrlUnknown => (
                "crl_unknown",
                "with revocation lists, each authority of the path needs one: add the missing list",
            ),
            Self::NameConstraints => {
                ("name_constraints", "the authority is restricted to other names")
            }
            Self::AnchorExpired => (
                "anchor_expired",
                "make a new authority, trust it, and upload a client certificate of it",
            ),
            Self::AnchorNotYetValid => ("anchor_not_yet_valid", "is this server's clock right?"),
            Self::UnrelatedCertificate => (
                "unrelated_certificate",
                "upload the certificate with its own intermediates only, and without the root",
            ),
            Self::CrlNotYetValid => ("crl_not_yet_valid", "is this server's clock right?"),
            Self::KeyUsage => (
                "key_usage",
                "issue it with keyUsage = digitalSignature, and without keyCertSign and cRLSign",
            ),
            Self::KeyType => ("key_type", "issue it for an RSA or P-256 key"),
            Self::WeakKey => {
                ("weak_key", "issue it for an RSA key of 2048 bits and the exponent 65537")
            }
            Self::LeafExtension => {
                ("leaf_extension", "issue it without name and policy constraints")
            }
            Self::ValidityTooLong => {
                ("validity_too_long", "issue it for a year; `max_validity` allows more")
            }
            Self::NotStrict => (
                "not_strict",
                "issue it with subjectKeyIdentifier, authorityKeyIdentifier and a serial number of \
                 at most 20 bytes, or use the default profile",
            ),
            Self::SubjectAmbiguous => ("subject_ambiguous", "issue it with one CN and one O"),
            Self::SubjectEncoding => ("subject_encoding", "issue it with UTF8String names"),
            Self::SubjectMismatch => (
                "subject_mismatch",
                "compare CN and O of the uploaded certificate, letter by letter",
            ),
            Self::SanMismatch => {
                ("san_mismatch", "compare the alternative names of the uploaded certificate")
            }
            Self::SanAmbiguous => ("san_ambiguous", "issue it with one URI"),
            Self::HostMismatch => (
                "host_mismatch",
                "another host of the zone was pointed at this origin, or an Origin Rule rewrites \
                 Host: add it to `hosts`, or see who did it",
            ),
        }
    }
}
