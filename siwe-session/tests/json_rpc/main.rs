//! Contracts asked through nodes that answer as they should, and as they should not.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod answers;
mod bounds;
mod chains;
mod configuration;
mod environment;
mod errors;
#[cfg(feature = "tracing")]
mod logs;
mod node;
mod question;

use std::error::Error;

use alloy_primitives::{Address, B256};
use siwe_session::{ContractCall, ContractVerifier, JsonRpc};

const MAGIC: &str = "0x1626ba7e00000000000000000000000000000000000000000000000000000000";

fn call(chain_id: u64) -> ContractCall {
    #[cfg(feature = "tracing")]
    logs::listen();
    ContractCall::new(chain_id, Address::repeat_byte(0xab), B256::repeat_byte(0xcd), [0xef; 65])
}

/// What the verifier says of a signature on chain 1; if the contract could not be asked, why.
async fn ask(verifier: &JsonRpc) -> Result<bool, String> {
    ask_on(verifier, 1).await
}

async fn ask_on(verifier: &JsonRpc, chain_id: u64) -> Result<bool, String> {
    let answer = verifier.is_valid_signature(call(chain_id)).await;
    answer.map_err(|error| {
        assert_eq!(error.to_string(), "the contract cannot be asked");
        error.source().unwrap().to_string()
    })
}

fn why<T>(why: &str) -> Result<T, String> {
    Err(why.to_owned())
}
