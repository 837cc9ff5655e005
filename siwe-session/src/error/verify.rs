use http::StatusCode;
use thiserror::Error;

use crate::ParseError;

/// Why a sign-in is refused.
///
/// Carries nothing that the sender wrote, so it can be logged as it is. In the order of the checks: all
/// up to [`MalleableSignature`](Self::MalleableSignature) need neither I/O nor a public key.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The signature is not `0x` and an even number of hexadecimal digits, or longer than 8 KiB.
    #[error("the signature does not have its form")]
    MalformedSignature,
    /// The text is no message of EIP-4361.
    #[error("not a message of EIP-4361: {0}")]
    MalformedMessage(ParseError),
    /// The domain is none of the audience's.
    #[error("the domain is none of ours")]
    WrongDomain,
    /// The scheme is not that of the origin.
    #[error("the scheme is not ours")]
    WrongScheme,
    /// The URI is not one of the origin's, or none of those that are named.
    #[error("the URI is none of ours")]
    WrongUri,
    /// The chain is none of the audience's.
    #[error("the chain is none of ours")]
    WrongChain,
    /// The statement is not the audience's.
    #[error("the statement is not ours")]
    WrongStatement,
    /// A resource is a ReCap (ERC-5573), by which a wallet grants more than a sign-in.
    #[error("the message grants capabilities (ERC-5573)")]
    Recap,
    /// The message was issued in the future.
    #[error("the message was issued in the future")]
    IssuedInFuture,
    /// The message was issued longer ago than `max_age`.
    #[error("the message was issued too long ago")]
    Stale,
    /// The expiration time has come.
    #[error("the message has expired")]
    Expired,
    /// The time from which the message is valid has not come.
    #[error("the message is not valid yet")]
    NotYetValid,
    /// There is no binding to the browser that began the sign-in.
    #[error("the browser that began the sign-in is not named")]
    MissingBinding,
    /// The nonce was not made by us, for this origin and this browser.
    #[error("the nonce is not ours, or of another origin or browser")]
    UnknownNonce,
    /// The nonce was made longer ago than it lives, or in the future.
    #[error("the nonce has expired")]
    ExpiredNonce,
    /// The signature is that of an account that is not deployed (ERC-6492).
    #[error("signatures of accounts that are not deployed (ERC-6492) are not supported")]
    Erc6492,
    /// The signature is that of a pre-delegated account (ERC-8010).
    #[error("signatures of pre-delegated accounts (ERC-8010) are not supported")]
    Erc8010,
    /// The signature is not one that a key makes, 65 bytes, and contracts are not asked.
    #[error("the signature is not that of a key, and contracts are not asked")]
    UnsupportedSignature,
    /// The signature has `s` in the upper half, so that it is the twin of another (EIP-2).
    #[error("the signature is malleable")]
    MalleableSignature,
    /// The nonce was burned before.
    #[error("the nonce was used before")]
    UsedNonce,
    /// The store of nonces cannot be asked, or holds as much as it may.
    #[error("the store of nonces cannot be asked")]
    StoreUnavailable,
    /// The key of the address did not make this signature.
    #[error("the signature does not hold")]
    BadSignature,
    /// The contract at the address says that the signature is not valid, or there is none.
    #[error("the contract refuses the signature")]
    ContractRefused,
    /// The contract cannot be asked.
    #[error("the contract cannot be asked")]
    ContractUnavailable,
}

impl VerifyError {
    /// A stable name for logs, counters and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MalformedSignature => "malformed_signature",
            Self::MalformedMessage(_) => "malformed_message",
            Self::WrongDomain => "wrong_domain",
            Self::WrongScheme => "wrong_scheme",
            Self::WrongUri => "wrong_uri",
            Self::WrongChain => "wrong_chain",
            Self::WrongStatement => "wrong_statement",
            Self::Recap => "recap",
            Self::IssuedInFuture => "issued_in_future",
            Self::Stale => "stale",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::MissingBinding => "missing_binding",
            Self::UnknownNonce => "unknown_nonce",
            Self::ExpiredNonce => "expired_nonce",
            Self::Erc6492 => "erc6492",
            Self::Erc8010 => "erc8010",
            Self::UnsupportedSignature => "unsupported_signature",
            Self::MalleableSignature => "malleable_signature",
            Self::UsedNonce => "used_nonce",
            Self::StoreUnavailable => "store_unavailable",
            Self::BadSignature => "bad_signature",
            Self::ContractRefused => "contract_refused",
            Self::ContractUnavailable => "contract_unavailable",
        }
    }

    /// The status that says it: 400 for what no wallet makes, 503 for what may succeed when it is tried
    /// again, 401 for the rest.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::MalformedSignature | Self::MalformedMessage(_) => StatusCode::BAD_REQUEST,
            Self::StoreUnavailable | Self::ContractUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}
