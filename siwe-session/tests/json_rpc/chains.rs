//! On which chain a node is, asked once and never taken on trust.

use std::time::Duration;

use serde_json::{Value, json};
use siwe_session::JsonRpc;
use tokio::task::JoinSet;
use tokio::time::{advance, pause, resume};

use crate::node::{Node, Reply, error, result, with_status};
use crate::{MAGIC, ask, ask_on, why};

const RESTING: &str = "the node did not tell its chain within the last 10 seconds";
const MALFORMED: &str = "the node's answer is not one of JSON-RPC 2.0 to this question";

/// Lets this much time pass for the verifier.
pub(crate) async fn pass(seconds: u64) {
    pause();
    advance(Duration::from_secs(seconds)).await;
    resume();
}

#[tokio::test]
async fn a_node_is_asked_for_its_chain_once_and_before_anything_else() {
    let node = Node::returning(MAGIC).await;
    let verifier = node.verifier();
    assert_eq!(node.heads().len(), 0);
    for _ in 0..3 {
        assert_eq!(ask(&verifier).await, Ok(true));
    }
    assert_eq!((node.chain_questions(), node.calls()), (1, 3));
    let question = &node.questions("eth_chainId")[0];
    let expected =
        json!({ "jsonrpc": "2.0", "id": question["id"], "method": "eth_chainId", "params": [] });
    assert_eq!(question, &expected);
}

#[tokio::test]
async fn of_many_at_once_one_asks_for_the_chain() {
    let node = Node::returning(MAGIC).await;
    let verifier = node.verifier();
    let mut all = JoinSet::new();
    for _ in 0..32 {
        let verifier = verifier.clone();
        all.spawn(async move { ask(&verifier).await });
    }
    assert!(all.join_all().await.iter().all(|answer| *answer == Ok(true)));
    assert_eq!((node.chain_questions(), node.calls()), (1, 32));
}

#[tokio::test]
async fn a_node_that_fails_later_is_not_asked_for_its_chain_again() {
    let node = Node::returning(MAGIC).await;
    let verifier = node.verifier();
    assert_eq!(ask(&verifier).await, Ok(true));
    node.answer(|_| with_status("503 Down", ""));
    assert_eq!(ask(&verifier).await, why("the node answered with HTTP status 503"));
    node.answer(|question| result(question, &json!(MAGIC)));
    assert_eq!(ask(&verifier).await, Ok(true));
    assert_eq!((node.chain_questions(), node.calls()), (1, 3));
}

#[tokio::test]
async fn a_node_of_another_chain_is_asked_nothing_else() {
    let node = Node::returning(MAGIC).await;
    node.is_on("0x2105");
    let verifier = node.verifier();
    assert_eq!(ask(&verifier).await, why("the node is on chain 8453"));
    assert_eq!(ask(&verifier).await, why(RESTING));
    assert_eq!((node.chain_questions(), node.calls()), (1, 0));
    pass(11).await;
    assert_eq!(ask(&verifier).await, why("the node is on chain 8453"));
    assert_eq!((node.chain_questions(), node.calls()), (2, 0));
}

#[tokio::test]
async fn a_node_that_does_not_tell_its_chain_is_asked_again_after_10_seconds() {
    let node = Node::returning(MAGIC).await;
    node.chain(|_| with_status("500 Broken", ""));
    let verifier = node.verifier();
    assert_eq!(ask(&verifier).await, why("the node answered with HTTP status 500"));
    node.is_on("0x1");
    for _ in 0..3 {
        assert_eq!(ask(&verifier).await, why(RESTING));
    }
    pass(5).await;
    assert_eq!(ask(&verifier).await, why(RESTING));
    assert_eq!(node.chain_questions(), 1);
    pass(6).await;
    assert_eq!(ask(&verifier).await, Ok(true));
    assert_eq!(ask(&verifier).await, Ok(true));
    assert_eq!((node.chain_questions(), node.calls()), (2, 2));
}

#[tokio::test]
async fn whoever_leaves_while_the_chain_is_asked_for_takes_nothing_along() {
    let node = Node::returning(MAGIC).await;
    node.chain(|_| Reply::Stuck(""));
    let verifier = node.verifier();
    for _ in 0..3 {
        tokio::select! {
            answer = ask(&verifier) => panic!("{answer:?}"),
            () = async {
                node.asked("eth_chainId", 1).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            } => {}
        }
    }
    assert_eq!(node.chain_questions(), 1);
    // What came of it is known to whoever asks next.
    pass(3).await;
    node.is_on("0x1");
    assert_eq!(ask(&verifier).await, why(RESTING));
    assert_eq!(node.chain_questions(), 1);
}

async fn named(chain: Value) -> Result<bool, String> {
    let node = Node::returning(MAGIC).await;
    node.chain(move |question| result(question, &chain));
    let answer = ask(&node.verifier()).await;
    assert_eq!(node.calls() == 1, answer.is_ok());
    answer
}

#[tokio::test]
async fn a_chain_is_a_number_in_hexadecimal_digits() {
    assert_eq!(named(json!("0x1")).await, Ok(true));
    for chain in ["", "1", "0x", "0x+1", "0x1 ", "0xg", "0X1", "0x10000000000000001"] {
        assert_eq!(named(json!(chain)).await, why(MALFORMED), "{chain}");
    }
    for chain in [json!(1), json!(null), json!(["0x1"])] {
        assert_eq!(named(chain.clone()).await, why(MALFORMED), "{chain}");
    }
    assert_eq!(named(json!("0x0")).await, why("the node is on chain 0"));
    let last = format!("the node is on chain {}", u64::MAX);
    assert_eq!(named(json!("0xffffffffffffffff")).await, why(&last));
}

#[tokio::test]
async fn an_error_is_no_chain_whatever_it_says() {
    let node = Node::returning(MAGIC).await;
    node.chain(|question| {
        error(question, &json!({ "code": 3, "message": "execution reverted", "data": "0x1" }))
    });
    let refused = "the node answered with the JSON-RPC error 3";
    assert_eq!(ask(&node.verifier()).await, why(refused));
    assert_eq!(node.calls(), 0);
}

#[tokio::test]
async fn a_chain_without_a_node_is_an_error() {
    let node = Node::returning(MAGIC).await;
    let unknown = ask_on(&node.verifier(), 10).await;
    assert_eq!(unknown, why("no node is named for the chain"));
    assert_eq!(node.heads().len(), 0);
}

#[tokio::test]
async fn each_chain_is_asked_through_its_own_node() {
    let (first, second) = (Node::returning(MAGIC).await, Node::returning("0x").await);
    second.is_on("0x2105");
    let verifier = JsonRpc::new([(1, first.url()), (8453, second.url())]).unwrap();
    assert_eq!(ask_on(&verifier, 8453).await, Ok(false));
    assert_eq!((first.calls(), second.calls()), (0, 1));
    assert_eq!(ask_on(&verifier, 1).await, Ok(true));
    assert_eq!((first.calls(), second.calls()), (1, 1));
}
