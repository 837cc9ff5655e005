use thiserror::Error;

/// What is wrong with the configuration, found when it is built. The message says how to mend it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The limit of a body is zero, or over 16 MiB.
    #[error("a body's limit is from 1 byte to 16 MiB")]
    BodyLimit,
    /// A list of campaigns that names none.
    #[error("name at least one campaign, or write `Campaigns::any()`")]
    NoCampaign,
    /// A list of broadcasters that names none.
    #[error("name at least one broadcaster, or write `Broadcasters::any()`")]
    NoBroadcaster,
    /// No secret was given.
    #[error("at least one secret is needed")]
    NoSecret,
    /// The lease is under a second, or over an hour.
    #[error("a lease is from 1 second to 1 hour")]
    Lease,
    /// A [`MessageId`](crate::MessageId) is not a ULID in upper case.
    #[error("a message id is a ULID: 26 characters of Crockford's base 32, in upper case")]
    MessageId,
    /// A prefix for a store that is not 1 to 40 lower-case letters, digits, `_` and, for Redis, `:`.
    #[error(
        "a prefix is 1 to 40 lower-case letters, digits and `_`, for Redis `:` too; the first a letter"
    )]
    Prefix,
    /// Ids would be forgotten while a delivery could be repeated.
    #[error("ids are remembered for at least `max_age` and `leeway` together")]
    Retention,
    /// A secret's text is not in the encoding named.
    #[error("the secret is not in that encoding")]
    SecretEncoding,
    /// A secret has fewer than 16 bytes.
    #[error("a secret has at least 16 bytes; `openssl rand -base64 32` makes a good one")]
    SecretTooShort,
    /// The header for a relay's signature is one of Kick's that means something else, or `Content-Type`
    /// and the like.
    #[error("that header has another meaning already")]
    SignatureHeader,
    /// A [`Timestamp`](crate::Timestamp) is not in the form of RFC 3339.
    #[error("a timestamp looks like `2025-04-01T07:56:19Z`, and is a date that exists")]
    Timestamp,
    /// Over 8 secrets were given.
    #[error("at most 8 secrets; a rotation needs two")]
    TooManySecrets,
    /// The greatest age or the leeway is out of its range.
    #[error("the greatest age is from 1 second to 1 hour, and the leeway at most 300 seconds")]
    Window,
}

/// Why a text is no [`KickPublicKey`](crate::KickPublicKey).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum KeyError {
    /// Not the JSON of the key endpoint: `{"data":{"public_key":"…"}}`.
    #[error("not the key endpoint's answer, an object with `data.public_key`")]
    Document,
    /// Not one PEM block `PUBLIC KEY`.
    #[error("not one PEM block `PUBLIC KEY`")]
    Pem,
    /// Over 16 KiB.
    #[error("over 16 KiB")]
    TooLarge,
    /// Not an RSA key of 2048 to 8192 bits.
    #[error("not an RSA key of 2048 to 8192 bits in the form SubjectPublicKeyInfo")]
    Unsupported,
}

impl KeyError {
    /// A stable name for logs, counters and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Pem => "pem",
            Self::TooLarge => "too_large",
            Self::Unsupported => "unsupported",
        }
    }
}
