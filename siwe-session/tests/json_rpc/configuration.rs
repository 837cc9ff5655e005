//! Which nodes can be named, and what of them is shown.

use std::error::Error;

use siwe_session::{ConfigError, ContractVerifier, JsonRpc};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::node::{Node, Reply};
use crate::{MAGIC, call};

fn new(nodes: &[(u64, &str)]) -> Option<ConfigError> {
    JsonRpc::new(nodes.iter().copied()).err()
}

#[test]
fn an_address_is_https_or_on_this_machine() {
    for url in [
        "https://node.example",
        "https://node.example:8545/v2/key?a=b",
        "https://user:password@node.example",
        "https://192.0.2.1",
        "https://[2001:db8::1]",
        "http://localhost:8545",
        "http://127.0.0.1:8545",
        "http://[::1]:8545",
    ] {
        assert_eq!(new(&[(1, url)]), None, "{url}");
    }
    for url in [
        "",
        "node.example",
        "https://",
        "https:///",
        "http://node.example",
        "http://192.0.2.1",
        "http://localhost.example",
        "http://localhost.",
        "http://127.0.0.1.example",
        "http://localhost@node.example",
        "http://0.0.0.0:8545",
        "http://[::]:8545",
        "ws://localhost:8545",
        "wss://node.example",
        "file:///localhost",
        "unix:/run/geth.ipc",
        "data:,localhost",
    ] {
        assert_eq!(new(&[(1, url)]), Some(ConfigError::NodeUrl), "{url}");
    }
}

#[test]
fn a_chain_has_one_node_and_is_not_0() {
    let (one, other) = ("https://one.example", "https://other.example");
    assert_eq!(new(&[(1, one), (10, other)]), None);
    assert_eq!(new(&[(1, one), (10, one)]), None);
    assert_eq!(new(&[(u64::MAX, one)]), None);
    assert_eq!(new(&[(1, one), (1, other)]), Some(ConfigError::ChainTwice));
    assert_eq!(new(&[(1, one), (10, one), (1, one)]), Some(ConfigError::ChainTwice));
    assert_eq!(new(&[(0, one)]), Some(ConfigError::Chains));
    assert_eq!(new(&[]), Some(ConfigError::Chains));
}

#[test]
fn debug_shows_the_chains_and_no_address() {
    let verifier =
        JsonRpc::new([(8453, "https://u:p@node.example/key"), (1, "https://node.example")]);
    assert_eq!(format!("{:?}", verifier.unwrap()), "JsonRpc { chains: [1, 8453], .. }");
}

#[tokio::test]
async fn an_error_shows_no_address_down_to_its_last_source() {
    let node = Node::new(|_| Reply::Bytes(Vec::new())).await;
    let verifier = node.verifier();
    let error = verifier.is_valid_signature(call(1)).await.unwrap_err();
    let mut shown = format!("{error:?} {error:#?}");
    let mut next = Some(&error as &dyn Error);
    while let Some(error) = next {
        shown.push_str(&format!("{error} {error:#}"));
        next = error.source();
    }
    assert!(shown.contains("the node cannot be reached"), "{shown}");
    assert!(!shown.contains("secret-key") && !shown.contains("http://"), "{shown}");
}

#[tokio::test]
async fn a_node_at_https_is_reached_by_tls_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/secret-key", listener.local_addr().unwrap().port());
    let verifier = JsonRpc::new([(1, url)]).unwrap();
    let server = async {
        let mut first = [0; 3];
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut first).await.unwrap();
        first
    };
    let (answer, first) = tokio::join!(verifier.is_valid_signature(call(1)), server);
    // A handshake of TLS, that nobody answers.
    assert_eq!(first, [0x16, 0x03, 0x01]);
    assert!(answer.is_err());
}

#[tokio::test]
async fn a_clone_shares_what_is_known_of_a_node() {
    let node = Node::returning(MAGIC).await;
    let verifier = node.verifier();
    for verifier in [&verifier.clone(), &verifier] {
        assert!(verifier.is_valid_signature(call(1)).await.unwrap());
    }
    assert_eq!(node.chain_questions(), 1);
}
