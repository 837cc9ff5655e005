//! What is logged: that a node fails or is back, once, and no address.

use std::cell::RefCell;
use std::io::Write;
use std::sync::LazyLock;

use serde_json::json;

use crate::chains::pass;
use crate::node::{Node, Reply, document, error, result, with_status};
use crate::{MAGIC, ask, ask_on};

thread_local! {
    /// What was logged on this thread, which is that of one test.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Listens to everything down to TRACE. Before anything is logged: who listens later can miss what
/// another thread is logging for the first time.
pub(crate) fn listen() {
    static LISTENING: LazyLock<()> = LazyLock::new(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(|| Log)
            .init();
    });
    LazyLock::force(&LISTENING);
}

/// What this crate has logged since.
pub(crate) fn logged() -> Vec<String> {
    let lines = String::from_utf8(LOG.take()).unwrap();
    assert!(!lines.contains("secret-key"), "{lines}");
    lines.lines().filter(|line| line.contains("siwe_session")).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_node_that_fails_or_is_back_is_logged_once_at_warn() {
    let node = Node::returning(MAGIC).await;
    let verifier = node.verifier();
    for _ in 0..3 {
        ask(&verifier).await.unwrap();
    }
    assert_eq!(logged(), [""; 0]);

    node.answer(|_| with_status("503 Down", ""));
    for _ in 0..3 {
        ask(&verifier).await.unwrap_err();
    }
    node.answer(|_| Reply::Bytes(Vec::new()));
    ask(&verifier).await.unwrap_err();
    let lines = logged();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let failed = "the node of a chain fails: the node answered with HTTP status 503";
    assert!(lines[0].contains("WARN") && lines[0].contains(failed), "{lines:?}");
    assert!(lines[0].contains("chain_id=1"), "{lines:?}");

    node.answer(|question| result(question, &json!(MAGIC)));
    for _ in 0..3 {
        ask(&verifier).await.unwrap();
    }
    let lines = logged();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("WARN") && lines[0].contains("the node of a chain is back"));
}

#[tokio::test]
async fn a_node_on_another_chain_is_logged_once() {
    let node = Node::returning(MAGIC).await;
    node.is_on("0xa");
    let verifier = node.verifier();
    for _ in 0..3 {
        ask(&verifier).await.unwrap_err();
    }
    let lines = logged();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("WARN") && lines[0].contains("on chain 10"), "{lines:?}");
}

#[tokio::test]
async fn why_a_node_does_not_tell_its_chain_is_logged_even_if_whoever_asked_has_left() {
    let node = Node::returning(MAGIC).await;
    node.chain(|_| Reply::Stuck(""));
    let verifier = node.verifier();
    tokio::select! {
        answer = ask(&verifier) => panic!("{answer:?}"),
        () = node.asked("eth_chainId", 1) => {}
    }
    assert_eq!(logged(), [""; 0]);
    pass(4).await;
    // It waits for what is learned, or learns that the node rests.
    ask(&verifier).await.unwrap_err();
    let lines = logged();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("WARN") && lines[0].contains("longer than 3 seconds"), "{lines:?}");
}

#[tokio::test]
async fn why_a_node_cannot_be_reached_is_logged_for_whoever_mends_it() {
    let node = Node::new(|_| Reply::Bytes(b"\0\0\0\0".to_vec())).await;
    ask(&node.verifier()).await.unwrap_err();
    let lines = logged();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("invalid HTTP"), "{lines:?}");
}

#[tokio::test]
async fn what_a_contract_or_a_caller_does_is_not_logged() {
    let node = Node::returning("0x").await;
    let verifier = node.verifier();
    assert_eq!(ask(&verifier).await, Ok(false));
    node.answer(|question| error(question, &json!({ "code": 3, "message": "execution reverted" })));
    assert_eq!(ask(&verifier).await, Ok(false));
    ask_on(&verifier, 10).await.unwrap_err();
    node.answer(|question| {
        let result = "00".repeat(40_000);
        document(json!({ "jsonrpc": "2.0", "id": question["id"], "result": result }).to_string())
    });
    ask(&verifier).await.unwrap_err();
    assert_eq!(logged(), [""; 0]);
}
