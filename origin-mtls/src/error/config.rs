use thiserror::Error;

/// What is wrong with the configuration, found when it is built. The message says how to mend it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A trust anchor has no use as one: its key, its algorithm or an extension is not supported.
    #[error(
        "a trust anchor's key or one of its critical extensions is not supported; use RSA of 2048 \
         bits or more, or P-256"
    )]
    AnchorUnsupported,
    /// A trust anchor is no certificate.
    #[error("a trust anchor is not one X.509 certificate in DER")]
    AnchorMalformed,
    /// A trust anchor is not an authority's certificate.
    #[error(
        "a trust anchor is no authority's certificate: it lacks CA:TRUE, or its key usage does not \
         have keyCertSign"
    )]
    AnchorNotCa,
    /// A trust anchor lacks the form that the strict profile asks for.
    #[error(
        "a trust anchor lacks what the strict profile asks for: critical CA:TRUE, a key usage, a \
         subject, and key identifiers in their only form"
    )]
    AnchorNotStrict,
    /// The certificate that Cloudflare uses for all its customers: whoever has an account there can
    /// reach this origin with it.
    #[error(
        "Cloudflare's shared Origin Pull CA proves no zone: every account has it; upload a client \
         certificate of an authority of your own"
    )]
    CloudflareSharedCa,
    /// The authority that signs certificates for the origins of all of Cloudflare's customers.
    #[error(
        "Cloudflare's Origin CA signs certificates of every customer; it goes on your own server, \
         and is no authority for clients"
    )]
    CloudflareOriginCa,
    /// A revocation list is not one.
    #[error("a revocation list is not one X.509 CRL")]
    CrlMalformed,
    /// A revocation list has the name of an authority and not its signature.
    #[error(
        "a revocation list names a trust anchor as its issuer, and no trust anchor of that name \
         has signed it; leave out the lists of authorities that are no longer trusted"
    )]
    CrlSignature,
    /// A revocation list is signed by an authority that may not sign any.
    #[error(
        "a revocation list is signed by a trust anchor whose key usage does not have cRLSign; issue \
         the authority's certificate with it"
    )]
    CrlSigner,
    /// A revocation list of a kind that is not supported, or without what RFC 5280 demands.
    #[error(
        "a revocation list is of version 1, has no CRL number or no nextUpdate, or is a delta or \
         indirect one; with `openssl ca -gencrl`, set `crlnumber` and `crl_extensions`"
    )]
    CrlUnsupported,
    /// A host name that is not one.
    #[error("a host looks like `plue.dev` or `*.plue.dev`: in lower case, without port")]
    Host,
    /// The private key does not belong to the server's certificate.
    #[error("the private key does not belong to the server's certificate")]
    KeyMismatch,
    /// A bound is outside of what it may be.
    #[error(
        "bounds: at most 8 intermediates, 1 KiB to 64 KiB for a chain, a deadline of 1 to 60 \
         seconds, at least 1 pending handshake, and of one peer at most as many as in all"
    )]
    Limits,
    /// A demand on names that no certificate can meet.
    #[error("a name that is asked for is empty, or has characters that no such name has")]
    Name,
    /// There is no trust anchor.
    #[error("there is no certificate in the file of trust anchors")]
    NoAnchor,
    /// There is no revocation list.
    #[error("there is no CRL in the file of revocation lists")]
    NoCrl,
    /// An empty list of hosts.
    #[error("the list of hosts is empty; to serve all, leave it out")]
    NoHost,
    /// PEM that cannot be read.
    #[error("the PEM file is malformed")]
    Pem,
    /// A pin that is not one.
    #[error("a pin looks like `sha256/` and 44 characters of base64, or is 64 hexadecimal digits")]
    Pin,
    /// A private key where certificates should be.
    #[error("there is a private key in a file of certificates; keep it where no server reads it")]
    PrivateKey,
    /// The provider of cryptography lacks what TLS needs.
    #[error("the provider of cryptography supports none of the TLS versions, or is not consistent")]
    Provider,
    /// The server's certificate is not one.
    #[error("there is no certificate for the server in its file, or it is malformed")]
    ServerCertificate,
    /// The server's private key is not one.
    #[error(
        "there is no private key for the server in its file, or it is malformed or of no use to the provider"
    )]
    ServerKey,
    /// More than 16 trust anchors, or 64 revocation lists.
    #[error("there are over 16 trust anchors, or over 64 revocation lists")]
    TooMany,
}
