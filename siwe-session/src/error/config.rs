use thiserror::Error;

/// What is wrong with the configuration, found when it is built. The message says how to mend it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// Two audiences of one origin.
    #[error("each origin is named once")]
    AudienceTwice,
    /// A chain has two nodes.
    #[error("each chain has one node")]
    ChainTwice,
    /// An audience without chains, or with chain 0.
    #[error("name the chains whose wallets may sign in, as in `.chains([1])`; none is 0")]
    Chains,
    /// An origin that is not a scheme, a host and, if it is not the scheme's own, a port.
    #[error("an origin looks like `https://example.com` or `https://example.com:8443`")]
    Origin,
    /// An origin with `http` that is not this machine.
    #[error("an origin is `https`; `http` is for localhost, 127.0.0.1 and [::1]")]
    OriginScheme,
    /// The address of a node that is not `https`, or has no host; `http` is for this machine.
    #[error("a node's address is `https`; `http` is for localhost, 127.0.0.1 and [::1]")]
    NodeUrl,
    /// No secret was given, or over 8.
    #[error("from 1 to 8 secrets; a rotation needs two")]
    SecretCount,
    /// A secret has fewer than 32 bytes.
    #[error("a secret has at least 32 bytes; `openssl rand -base64 32` makes a good one")]
    SecretTooShort,
    /// A statement that no message can have.
    #[error("a statement is at most 1024 characters of printable ASCII")]
    Statement,
    /// A prefix for a store that is not 1 to 40 lower-case letters, digits, `_` and, for Redis, `:`.
    #[error(
        "a prefix is 1 to 40 lower-case letters, digits and `_`, for Redis `:` too; the first a letter"
    )]
    Prefix,
    /// The system has no root certificates to verify a node with.
    #[error("no usable root certificates on this system; install them (ca-certificates)")]
    Tls,
    /// A [`Timestamp`](crate::Timestamp) is not in the form of RFC 3339.
    #[error("a timestamp looks like `2026-11-22T12:00:00.000Z`, and is a date that exists")]
    Timestamp,
    /// A URI for the audience that is none, or too long.
    #[error("a URI is that of RFC 3986, of at most 1024 bytes")]
    Uri,
    /// The greatest age or the leeway is out of its range.
    #[error("the greatest age is from 1 second to 1 hour, and the leeway at most 300 seconds")]
    Window,
}
