use std::error::Error as StdError;
use std::sync::Arc;

use thiserror::Error;

/// What is wrong with the configuration, found when it is built. The message says how to mend it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// An [`Audience`](crate::Audience) is not 1 to 128 visible ASCII characters.
    #[error(
        "an audience is the AUD tag of an Access application: 1 to 128 visible ASCII characters"
    )]
    Audience,
    /// A [`ClientId`](crate::ClientId) does not have the form `<id>.access`.
    #[error("a service token's client id looks like `<32 hexadecimal digits>.access`")]
    ClientId,
    /// A country is not two ASCII letters.
    #[error("a country is two letters (ISO 3166-1 alpha-2), such as `DE`")]
    Country,
    /// An e-mail address or domain that no verified address could equal.
    #[error("expected `name@example.com` for an address, or `example.com` for a domain, in ASCII")]
    Email,
    /// A group's claim or value is empty.
    #[error("a group needs the name of a member of the claim `custom`, and a value; neither empty")]
    Group,
    /// A custom issuer is not an origin, or uses `http` elsewhere than on loopback.
    #[error(
        "an issuer is `https://host[:port]`, or `http://host[:port]` on loopback, and nothing more"
    )]
    Issuer,
    /// The leeway is over 300 seconds.
    #[error("the leeway is at most 300 seconds; correct the clock instead")]
    Leeway,
    /// No audience was given.
    #[error(
        "at least one audience is needed: without it, a token of any application of the team passes"
    )]
    NoAudience,
    /// Keys that are read again need a Tokio runtime to be read on.
    #[error("keys that are read again are made within a Tokio runtime")]
    NoRuntime,
    /// A [`TeamDomain`](crate::TeamDomain) is not a team under `cloudflareaccess.com`.
    #[error(
        "a team domain looks like `myteam` or `https://myteam.cloudflareaccess.com`, and nothing more"
    )]
    TeamDomain,
    /// The system has no root certificates to verify the key source with.
    #[error("no usable root certificates on this system; install them (ca-certificates)")]
    Tls,
    /// A user id is empty.
    #[error("a user id is the claim `sub` of a person, and not empty")]
    UserId,
}

/// Why a certs document yields no [`KeySet`](crate::KeySet).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum KeySetError {
    /// Not a JSON object with an array `keys`.
    #[error("the certs document is not a JSON object with an array `keys`")]
    Malformed,
    /// No key of the document can verify an RS256 signature; see [`SkipReason`](crate::SkipReason).
    #[error("no key of the certs document can verify an RS256 signature")]
    NoUsableKey,
    /// The document is over 128 KiB, or has over 16 keys.
    #[error("the certs document is over 128 KiB or has over 16 keys")]
    TooLarge,
}

/// Why the keys of a team could not be read. What is done about it is told at
/// [`TeamKeys`](crate::TeamKeys).
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No connection, or none that could be trusted, or it broke.
    #[error("the certs document could not be fetched")]
    Connection(#[source] Arc<dyn StdError + Send + Sync>),
    /// What came is not a certs document with a usable key.
    #[error("what was fetched is no usable certs document")]
    Document(#[from] KeySetError),
    /// The source panicked.
    #[error("the key source panicked")]
    Panic,
    /// The answer came from another address, or points to one. Redirects are not followed.
    #[error("the certs document's address redirects")]
    Redirect,
    /// The answer's status is not 200.
    #[error("the certs document's address answered with status {0}")]
    Status(u16),
    /// No whole answer within 5 seconds.
    #[error("no whole answer within 5 seconds")]
    Timeout,
}

impl FetchError {
    /// A stable name for logs, counters and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Connection(_) => "connection",
            Self::Document(_) => "document",
            Self::Panic => "panic",
            Self::Redirect => "redirect",
            Self::Status(_) => "status",
            Self::Timeout => "timeout",
        }
    }
}

/// Why a request or a token is refused.
///
/// Carries nothing that the sender wrote, so it can be logged as it is. In the order of the checks:
/// all up to [`UnknownKid`](Self::UnknownKid) cost next to nothing, and no claim is read before the
/// signature holds.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The request went through no [`layer`](crate::CfAccess): the server's fault.
    #[error("no layer of cf-access is on the way to what asks for its proof")]
    MissingLayer,
    /// The request has no token.
    #[error("the request has no token")]
    Missing,
    /// The request has several tokens.
    #[error("the request has several tokens")]
    Several,
    /// The token is over 8 KiB, or its header over 1 KiB.
    #[error("the token is over 8 KiB, or its header over 1 KiB")]
    TooLarge,
    /// The token, or the part named, does not have its form.
    #[error("the {0} is malformed")]
    Malformed(TokenPart),
    /// The header's `alg` is not RS256.
    #[error("the header names another algorithm than RS256")]
    UnsupportedAlg,
    /// The header has `crit` or `b64`: extensions that must be understood, and none is (RFC 7515
    /// §4.1.11, RFC 7797 §6).
    #[error("the header demands an extension")]
    CriticalHeader,
    /// The header has no `kid`.
    #[error("the header names no key")]
    MissingKid,
    /// The team has no such key. After a rotation: the keys must be read again.
    #[error("the header names a key that the team does not have")]
    UnknownKid,
    /// There are no keys, or those at hand do not have this `kid` and could not be read again: the
    /// token may be good.
    #[error("the team's keys cannot be read")]
    KeysUnavailable,
    /// The signature was not made by the key named, over this header and these claims.
    #[error("the signature does not hold")]
    BadSignature,
    /// A claim is absent that must be there.
    #[error("the claim `{0}` is missing")]
    MissingClaim(&'static str),
    /// A claim has the wrong type, or a value out of its range.
    #[error("the claim `{0}` has the wrong form")]
    InvalidClaim(&'static str),
    /// `iss` is not the team.
    #[error("the token was issued by another team")]
    WrongIssuer,
    /// `aud` names none of the configured audiences.
    #[error("the token is for another application")]
    WrongAudience,
    /// `type` is not `app`: for example the team-wide session token, `org`.
    #[error("the token is not an application token")]
    WrongType,
    /// `exp` is past.
    #[error("the token has expired")]
    Expired,
    /// `nbf` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` is in the future.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// `iat` is longer ago than the configured greatest age.
    #[error("the token is older than allowed here")]
    TooOld,
    /// The claims fit neither a person nor a service token, or both.
    #[error("the claims fit neither one person nor one service token")]
    AmbiguousIdentity,
    /// The identity is proven, and the policy does not let it pass.
    #[error("the policy does not let this identity pass")]
    Denied,
}

impl VerifyError {
    /// A stable name for logs, counters and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingLayer => "missing_layer",
            Self::Missing => "missing",
            Self::Several => "several",
            Self::TooLarge => "too_large",
            Self::Malformed(_) => "malformed",
            Self::UnsupportedAlg => "unsupported_alg",
            Self::CriticalHeader => "critical_header",
            Self::MissingKid => "missing_kid",
            Self::UnknownKid => "unknown_kid",
            Self::KeysUnavailable => "keys_unavailable",
            Self::BadSignature => "bad_signature",
            Self::MissingClaim(_) => "missing_claim",
            Self::InvalidClaim(_) => "invalid_claim",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::WrongType => "wrong_type",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::TooOld => "too_old",
            Self::AmbiguousIdentity => "ambiguous_identity",
            Self::Denied => "denied",
        }
    }
}

/// The part of a token that [`VerifyError::Malformed`] is about.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum TokenPart {
    /// The compact serialization: three parts of base64url, joined by dots (RFC 7515 §7.1).
    #[error("token")]
    Compact,
    /// The header: a JSON object, without escape sequences, each member once.
    #[error("header")]
    Header,
    /// The claims: a JSON object, each member that is read once. Only after the signature held.
    #[error("claims object")]
    Claims,
}
