//! How much is read, for how long, and of how many at once.

use std::time::Duration;

use serde_json::{Value, json};
use siwe_session::JsonRpc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::node::{Node, Reply, document, result};
use crate::{MAGIC, ask, ask_on, why};

const TOO_LARGE: &str = "the node's answer is over 64 KiB";
const TIMEOUT: &str = "the node took longer than 3 seconds";

const BLANKS: &str = "                                                                ";
const CHUNK: &str = "40\r\n                                                                \r\n";

/// The answer that holds, and blanks up to this length.
fn padded(question: &Value, length: usize) -> Reply {
    let mut text = json!({ "jsonrpc": "2.0", "id": question["id"], "result": MAGIC }).to_string();
    text.push_str(&" ".repeat(length.saturating_sub(text.len())));
    document(text)
}

#[tokio::test]
async fn an_answer_of_64_kib_is_read_and_one_more_byte_is_too_much() {
    let node = Node::new(|question| padded(question, 64 * 1024)).await;
    let verifier = node.verifier();
    assert_eq!(ask(&verifier).await, Ok(true));
    node.answer(|question| padded(question, 64 * 1024 + 1));
    assert_eq!(ask(&verifier).await, why(TOO_LARGE));
}

#[tokio::test]
async fn an_answer_without_an_end_is_given_up_at_the_limit() {
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    let node = Node::new(move |_| Reply::Endless(head, BLANKS)).await;
    assert_eq!(ask(&node.verifier()).await, why(TOO_LARGE));
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    node.answer(move |_| Reply::Endless(head, CHUNK));
    assert_eq!(ask(&node.verifier()).await, why(TOO_LARGE));
    // Nor is room made for what is announced.
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 9000000000000000000\r\n\r\n";
    node.answer(move |_| Reply::Endless(head, BLANKS));
    assert_eq!(ask(&node.verifier()).await, why(TOO_LARGE));
}

#[tokio::test]
async fn an_answer_to_which_chain_it_is_has_the_same_limit() {
    let node = Node::returning(MAGIC).await;
    node.chain(|_| Reply::Endless("HTTP/1.1 200 OK\r\n\r\n", BLANKS));
    assert_eq!(ask(&node.verifier()).await, why(TOO_LARGE));
    assert_eq!(node.calls(), 0);
}

#[tokio::test]
async fn an_answer_that_does_not_come_or_does_not_end_is_given_up() {
    let silent = Node::new(|_| Reply::Stuck("")).await;
    let stuck = Node::new(|_| Reply::Stuck("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")).await;
    let without_chain = Node::returning(MAGIC).await;
    without_chain.chain(|_| Reply::Stuck(""));
    let (silent, stuck, without_chain) =
        (silent.verifier(), stuck.verifier(), without_chain.verifier());
    let all = async { tokio::join!(ask(&silent), ask(&stuck), ask(&without_chain)) };
    let (silent, stuck, without_chain) = timeout(Duration::from_secs(30), all).await.unwrap();
    assert_eq!((silent, stuck), (why(TIMEOUT), why(TIMEOUT)));
    assert_eq!(without_chain, why(TIMEOUT));
}

#[tokio::test]
async fn a_node_where_nobody_listens_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let verifier = JsonRpc::new([(1, url)]).unwrap();
    assert_eq!(ask(&verifier).await, why("the node cannot be reached"));
}

#[tokio::test]
async fn of_33_questions_to_a_node_at_once_one_is_refused_without_asking() {
    let node = Node::returning(MAGIC).await;
    let verifier = JsonRpc::new([(1, node.url()), (10, node.url())]).unwrap();
    assert_eq!(ask(&verifier).await, Ok(true));
    node.answer(|_| Reply::Stuck(""));
    let mut waiting = JoinSet::new();
    for _ in 0..32 {
        let verifier = verifier.clone();
        waiting.spawn(async move { ask(&verifier).await });
    }
    node.asked("eth_call", 33).await;
    node.answer(|question| result(question, &json!(MAGIC)));
    assert_eq!(ask(&verifier).await, why("32 questions to the node are under way"));
    assert_eq!(node.calls(), 33);
    #[cfg(feature = "tracing")]
    assert_eq!(crate::logs::logged(), [""; 0], "the node does not fail");
    // The node of another chain is not kept busy by it.
    node.is_on("0xa");
    assert_eq!(ask_on(&verifier, 10).await, Ok(true));
    // Whoever leaves makes room.
    waiting.shutdown().await;
    assert_eq!(ask(&verifier).await, Ok(true));
}
