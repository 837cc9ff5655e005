//! What the contract answers: `true` for the magic word alone.

use serde_json::{Value, json};

use crate::node::{Node, error};
use crate::{MAGIC, ask, why};

async fn asked(returned: &str) -> Result<bool, String> {
    ask(&Node::returning(returned).await.verifier()).await
}

#[tokio::test]
async fn the_magic_word_holds_whatever_follows_it() {
    assert_eq!(asked(MAGIC).await, Ok(true));
    assert_eq!(asked(&MAGIC.to_uppercase().replace("0X", "0x")).await, Ok(true));
    assert_eq!(asked(&format!("{MAGIC}00")).await, Ok(true));
    assert_eq!(asked(&format!("{MAGIC}{}", "ff".repeat(1024))).await, Ok(true));
}

#[tokio::test]
async fn no_contract_at_the_address_does_not_hold() {
    assert_eq!(asked("0x").await, Ok(false));
}

#[tokio::test]
async fn another_answer_does_not_hold() {
    let zeros = |count: usize| "0".repeat(count);
    let digits = MAGIC.trim_start_matches("0x");
    let answers = [
        // short
        "0x1626ba7e".to_owned(),
        format!("0x1626ba7e{}", zeros(54)),
        // ERC-1271's own word for no, zero, and a `bool` that is true
        format!("0xffffffff{}", zeros(56)),
        format!("0x{}", zeros(64)),
        format!("0x{}1", zeros(63)),
        // `isValidSignature(bytes,bytes)` of the draft
        format!("0x20c13b0b{}", zeros(56)),
        // dirty padding, the wrong end, the second word
        format!("0x1626ba7e{}1", zeros(55)),
        format!("0x1626ba7e1{}", zeros(55)),
        format!("0x{}1626ba7e", zeros(56)),
        format!("0x{}{}", zeros(64), digits),
    ];
    for answer in answers {
        assert_eq!(asked(&answer).await, Ok(false), "{answer}");
    }
}

#[tokio::test]
async fn what_is_no_data_is_no_answer() {
    let no_prefix = MAGIC.trim_start_matches("0x");
    let answers = [
        String::new(),
        no_prefix.to_owned(),
        format!("0X{no_prefix}"),
        format!("0x0x{no_prefix}"),
        format!("{MAGIC}0"),
        format!("{MAGIC}zz"),
        format!(" {MAGIC}"),
        "0x1".to_owned(),
    ];
    let malformed = "the node's answer is not one of JSON-RPC 2.0 to this question";
    for answer in answers {
        assert_eq!(asked(&answer).await, why(malformed), "{answer}");
    }
}

/// An error whose object is this.
async fn refused(object: Value) -> Result<bool, String> {
    let node = Node::new(move |question| error(question, &object)).await;
    ask(&node.verifier()).await
}

#[tokio::test]
async fn a_contract_that_fails_does_not_hold_in_the_words_of_any_node() {
    let reason = "0x08c379a0000000000000000000000000000000000000000000000000000000000000002000\
                  0000000000000000000000000000000000000000000000000000000000000000";
    let errors = [
        // Geth, Erigon, Reth, Anvil, Alchemy, Infura
        json!({ "code": 3, "message": "execution reverted: no", "data": reason }),
        json!({ "code": 3, "message": "", "data": "0x" }),
        json!({ "code": 3, "message": "reverted" }),
        // Geth before 1.15.6 without a reason, Arbitrum, Nethermind, Besu
        json!({ "code": -32000, "message": "execution reverted" }),
        json!({ "code": -32000, "message": "execution reverted", "data": reason }),
        json!({ "code": -32000, "message": "Execution reverted (no)", "data": reason }),
        // Hedera
        json!({ "code": -32008, "message": "[Request ID: 1] execution reverted: CONTRACT_REVERT" }),
        // OpenEthereum, Nethermind as it was
        json!({ "code": -32015, "message": "VM execution error.", "data": "Reverted 0x" }),
        // Hardhat, Ganache
        json!({
            "code": -32603,
            "message": "Error: VM Exception while processing transaction: reverted with reason",
            "data": { "message": "no", "data": reason },
        }),
        json!({ "code": -32000, "message": "VM Exception while processing transaction: revert" }),
        // not reverted, but ended
        json!({ "code": -32000, "message": "out of gas" }),
        json!({ "code": -32000, "message": "invalid opcode: INVALID" }),
        json!({ "code": -32000, "message": "invalid jump destination" }),
        json!({ "code": -32000, "message": "stack underflow (0 <=> 1)" }),
        json!({ "code": -32000, "message": "stack limit reached 1024 (1023)" }),
        json!({ "code": -32000, "message": "write protection" }),
        json!({ "code": -32003, "message": "EVM error InvalidFEOpcode" }),
    ];
    for error in errors {
        assert_eq!(refused(error.clone()).await, Ok(false), "{error}");
    }
}

#[tokio::test]
async fn another_error_is_no_answer_and_only_its_code_is_told() {
    let errors = [
        (-32005, "daily request count exceeded, request rate limited"),
        (429, "Your app has exceeded its compute units per second capacity."),
        (-32000, "header not found"),
        (-32000, "execution aborted (timeout = 5s)"),
        (-32601, "the method eth_call does not exist/is not available"),
        (-32603, "Internal error"),
        (-32003, "response too large"),
        (-32015, "secret-key"),
        (-3, "secret-key"),
        (30, "secret-key"),
    ];
    for (code, message) in errors {
        let expected = format!("the node answered with the JSON-RPC error {code}");
        // A word of a revert in the data alone is somebody else's.
        let object = json!({ "code": code, "message": message, "data": "execution reverted" });
        assert_eq!(refused(object).await, why(&expected), "{message}");
    }
}
