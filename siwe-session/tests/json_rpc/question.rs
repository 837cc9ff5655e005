//! What a node is asked.

use alloy_primitives::{B256, hex};
use serde_json::json;
use siwe_session::{ContractCall, ContractVerifier};

use crate::node::Node;
use crate::{MAGIC, ask, call};

#[tokio::test]
async fn a_question_is_one_call_of_the_contract_at_the_latest_block() {
    let node = Node::returning(MAGIC).await;
    assert_eq!(ask(&node.verifier()).await, Ok(true));
    let [question] = &node.questions("eth_call")[..] else { panic!("not one question") };
    let expected = json!({
        "jsonrpc": "2.0",
        "id": question["id"],
        "method": "eth_call",
        "params": [
            {
                "to": "0xabababababababababababababababababababab",
                "data": hex::encode_prefixed(call(1).calldata()),
            },
            "latest",
        ],
    });
    assert_eq!(question, &expected);
    assert!(question["id"].is_u64());
}

#[tokio::test]
async fn it_is_posted_as_json_to_the_node_s_path_and_asks_for_no_compression() {
    let node = Node::returning(MAGIC).await;
    ask(&node.verifier()).await.unwrap();
    let heads = node.heads();
    assert_eq!(heads.len(), 2);
    for head in heads {
        assert!(head.starts_with("post /v2/secret-key http/1.1\r\n"), "{head}");
        assert!(head.contains("content-type: application/json"), "{head}");
        assert!(!head.contains("accept-encoding"), "{head}");
    }
}

#[tokio::test]
async fn an_empty_signature_is_asked_about_too() {
    let node = Node::returning(MAGIC).await;
    let empty = ContractCall::new(1, call(1).address(), B256::ZERO, []);
    let data = hex::encode_prefixed(empty.calldata());
    assert!(node.verifier().is_valid_signature(empty).await.unwrap());
    assert_eq!(node.questions("eth_call")[0]["params"][0]["data"], data);
}

#[tokio::test]
async fn no_two_questions_have_the_same_id() {
    let node = Node::returning(MAGIC).await;
    let verifier = node.verifier();
    for _ in 0..3 {
        ask(&verifier).await.unwrap();
    }
    let mut ids: Vec<_> = ["eth_chainId", "eth_call"]
        .into_iter()
        .flat_map(|method| node.questions(method))
        .map(|question| question["id"].as_u64().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}
