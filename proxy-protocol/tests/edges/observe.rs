//! A roll-out: who would be denied is let pass, without a proof.

use std::time::Duration;

use proxy_protocol::handshakes::Incoming;
use proxy_protocol::{ProxyProtocol, Trust, VerifyError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::listener::{connect_from, listen};
use crate::{LINE, Outcomes, networks, socket};

fn proxy() -> (ProxyProtocol, Outcomes) {
    Outcomes::of(ProxyProtocol::builder(Trust::require(networks(&["127.1.0.0/16"]))))
}

#[tokio::test]
async fn a_peer_who_would_be_denied_passes_untouched_and_without_a_proof() {
    let (proxy, outcomes) = proxy();
    let (listener, address) = listen(&proxy).await;
    let mut listener = listener.observe();
    let mut stranger = connect_from([127, 3, 0, 1], address).await;
    stranger.write_all(LINE).await.unwrap();
    stranger.shutdown().await.unwrap();
    let (mut stream, accepted) = listener.accept().await;
    assert_eq!(accepted.client().unwrap_err(), VerifyError::Denied);
    assert_eq!(accepted.peer(), stranger.local_addr().unwrap());
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    assert_eq!(received, LINE);
    assert_eq!(outcomes.take(), ["denied"]);
}

#[tokio::test]
async fn a_peer_who_must_send_a_header_is_proven_by_it_and_refused_without() {
    let (proxy, outcomes) = proxy();
    let (listener, address) = listen(&proxy).await;
    let mut listener = listener.observe();
    let mut without = connect_from([127, 1, 0, 1], address).await;
    without.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut with = connect_from([127, 1, 0, 2], address).await;
    with.write_all(LINE).await.unwrap();
    let (_, accepted) = listener.accept().await;
    assert_eq!(accepted.client().unwrap().socket_addr(), socket(crate::CLIENT));
    drop(timeout(Duration::from_millis(100), listener.accept()).await);
    let mut outcomes = outcomes.take();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["accepted", "not_proxy"]);
}

#[tokio::test]
async fn accept_and_verify_do_not_observe() {
    let (proxy, _) = proxy();
    let (listener, _) = listen(&proxy).await;
    let _listener = listener.observe();
    let denied = proxy.accept(LINE, socket("127.3.0.1:1")).await;
    assert_eq!(denied.err(), Some(VerifyError::Denied));
}
