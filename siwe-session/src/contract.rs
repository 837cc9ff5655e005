//! Wallets that are contracts: what is asked of the chain (ERC-1271), and who asks it.

use std::fmt;
use std::pin::Pin;

use alloy_primitives::{Address, B256, U256};
use thiserror::Error;

/// The question that ERC-1271 answers: does this contract, on this chain, hold this signature for one of
/// its own?
#[derive(Clone, Eq, PartialEq)]
pub struct ContractCall {
    pub(crate) chain_id: u64,
    pub(crate) address: Address,
    pub(crate) hash: B256,
    pub(crate) signature: Vec<u8>,
}

impl ContractCall {
    /// A question of your own: of a session that began with a contract's signature, whether it still
    /// holds; in a test of a [`ContractVerifier`], any.
    #[must_use]
    pub fn new(chain_id: u64, address: Address, hash: B256, signature: impl Into<Vec<u8>>) -> Self {
        Self { chain_id, address, hash, signature: signature.into() }
    }

    /// The chain that the message names (EIP-155).
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The contract.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// `isValidSignature(bytes32,bytes)` with its arguments, as the contract takes it.
    #[must_use]
    pub fn calldata(&self) -> Vec<u8> {
        let mut data = SELECTOR.to_vec();
        data.extend_from_slice(self.hash.as_slice());
        // Where the signature's length stands, counted from behind the selector: behind two words.
        data.extend_from_slice(&word(64));
        data.extend_from_slice(&word(self.signature.len()));
        for chunk in self.signature.chunks(32) {
            data.extend_from_slice(B256::right_padding_from(chunk).as_slice());
        }
        data
    }

    /// Whether this is what the contract returns if the signature holds: 32 bytes, `0x1626ba7e` and
    /// zeros. What follows them is not looked at, as Solidity does not either.
    #[must_use]
    pub fn is_magic(returned: &[u8]) -> bool {
        returned.get(..32) == Some(B256::right_padding_from(&SELECTOR).as_slice())
    }
}

/// Of `isValidSignature(bytes32,bytes)`, and what it returns if the signature holds.
const SELECTOR: [u8; 4] = [0x16, 0x26, 0xba, 0x7e];

fn word(number: usize) -> [u8; 32] {
    U256::from(number).to_be_bytes()
}

impl fmt::Debug for ContractCall {
    /// Without the signature.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractCall")
            .field("chain_id", &self.chain_id)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Asks a contract whether a signature is valid (ERC-1271). `JsonRpc` is one (feature `json-rpc`).
pub trait ContractVerifier: fmt::Debug + Send + Sync + 'static {
    /// Whether the contract says that the signature is valid. That it could not be asked is an error;
    /// that it has no code, reverts or answers something else is `false`.
    fn is_valid_signature(&self, call: ContractCall) -> ContractFuture<'_>;
}

/// What [`ContractVerifier::is_valid_signature`] gives.
pub type ContractFuture<'a> =
    Pin<Box<dyn Future<Output = Result<bool, ContractError>> + Send + 'a>>;

/// Why a contract could not be asked.
#[derive(Debug, Error)]
#[error("the contract cannot be asked")]
pub struct ContractError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl ContractError {
    /// From what went wrong, which is logged at debug.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
