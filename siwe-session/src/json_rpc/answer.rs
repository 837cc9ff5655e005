//! What a node answers, read strictly.

use alloy_primitives::hex;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::failure::Failure;
use crate::contract::ContractCall;

/// The result, or the error, that answers the question with this id.
pub(super) enum Answer {
    Result(String),
    Error { code: i64, message: String },
}

#[derive(Deserialize)]
struct Envelope {
    jsonrpc: String,
    id: u64,
    #[serde(default, deserialize_with = "present")]
    result: Option<String>,
    #[serde(default, deserialize_with = "present")]
    error: Option<Map<String, Value>>,
}

/// A member that is there must be of its type: `null` is not "none".
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    member: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(member).map(Some)
}

impl Answer {
    pub(super) fn read(document: &[u8], id: u64) -> Result<Self, Failure> {
        Self::parse(document, id).ok_or(Failure::Malformed)
    }

    fn parse(document: &[u8], id: u64) -> Option<Self> {
        // What is derived for a struct reads a list of its fields too.
        if !document.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        let envelope: Envelope = serde_json::from_slice(document).ok()?;
        if envelope.jsonrpc != "2.0" || envelope.id != id {
            return None;
        }
        match (envelope.result, envelope.error) {
            (Some(result), None) => Some(Self::Result(result)),
            (None, Some(error)) => Some(Self::Error {
                code: error.get("code")?.as_i64()?,
                message: error.get("message")?.as_str()?.to_owned(),
            }),
            _ => None,
        }
    }

    /// The chain that `eth_chainId` names.
    pub(super) fn chain_id(self) -> Result<u64, Failure> {
        let number = self.result()?;
        let digits = digits(&number).ok_or(Failure::Malformed)?;
        u64::from_str_radix(digits, 16).map_err(|_| Failure::Malformed)
    }

    /// Whether `eth_call` brought what `isValidSignature` returns if the signature holds.
    pub(super) fn holds(self) -> Result<bool, Failure> {
        if let Self::Error { code, message } = &self
            && is_failed_execution(*code, message)
        {
            return Ok(false);
        }
        let data = self.result()?;
        let returned = digits(&data).and_then(|digits| hex::decode(digits).ok());
        Ok(ContractCall::is_magic(&returned.ok_or(Failure::Malformed)?))
    }

    fn result(self) -> Result<String, Failure> {
        match self {
            Self::Result(result) => Ok(result),
            Self::Error { code, .. } => Err(Failure::Refused(code)),
        }
    }
}

/// What follows `0x`, if it is hexadecimal digits alone: no sign, and no second `0x`.
fn digits(text: &str) -> Option<&str> {
    text.strip_prefix("0x").filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// Whether the error says that the contract was run, and failed.
///
/// No standard says how. Code 3 is a revert to Geth since 1.9.15, and to Erigon, Reth, Anvil and those
/// who run them; the rest give other codes, or give one code to much else too, and tell by the message.
fn is_failed_execution(code: i64, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    code == REVERTED || FAILED.iter().any(|failed| message.contains(failed))
}

const REVERTED: i64 = 3;

/// In lower case.
const FAILED: [&str; 10] = [
    // Geth without a reason, Besu, Nethermind, Arbitrum, Hedera
    "execution reverted",
    // Hardhat, Ganache, Rootstock
    "vm exception while processing transaction",
    // OpenEthereum, and Nethermind as it was
    "vm execution error",
    // What ends a run besides a revert: Geth's words, which others have taken over
    "out of gas",
    "invalid opcode",
    "invalid jump destination",
    "stack underflow",
    "stack limit reached",
    "write protection",
    // Anvil's for `INVALID`
    "invalidfeopcode",
];
