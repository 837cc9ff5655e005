//! Peers that are slow, silent or many delay nobody else.

use std::time::Duration;

use http::Version;
use origin_mtls::VerifyError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Outcomes;
use crate::axum::{app, serve};
use crate::client::{self, Http, TLS13, config};
use crate::zone::Zone;

/// The first bytes of a handshake of TLS, and no more.
const BEGINNING: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00";

async fn is_closed(mut stream: TcpStream) -> bool {
    !matches!(stream.read(&mut [0; 64]).await, Ok(1..))
}

#[tokio::test]
async fn silent_and_slow_handshakes_delay_nobody() {
    let zone = Zone::new("zone");
    let (origin, outcomes) = Outcomes::of(zone.builder().max_pending_per_peer(1024));
    let address = serve(&origin, app()).await;
    let mut peers = Vec::new();
    for place in 0..500 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        if place % 2 == 0 {
            stream.write_all(BEGINNING).await.unwrap();
        }
        peers.push(stream);
    }
    let slow = tokio::spawn(async move {
        loop {
            for stream in peers.iter_mut().step_by(2) {
                if stream.write_all(b"\x00").await.is_err() {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let config = config(&zone, Some(&zone.client(7)), TLS13);
    for _ in 0..100 {
        let answer = client::get(address, config.clone(), "/whoami").await.unwrap();
        assert_eq!(answer.body(), "client 7");
    }
    let outcomes = outcomes.take();
    assert_eq!(outcomes, ["accepted"; 100], "before any of the others was closed");
    slow.abort();
}

#[tokio::test]
async fn a_handshake_that_takes_too_long_is_closed() {
    let zone = Zone::new("zone");
    let (origin, outcomes) = Outcomes::of(zone.builder().deadline(Duration::from_secs(1)));
    let address = serve(&origin, app()).await;
    let silent = TcpStream::connect(address).await.unwrap();
    let mut begun = TcpStream::connect(address).await.unwrap();
    begun.write_all(BEGINNING).await.unwrap();
    assert!(is_closed(silent).await && is_closed(begun).await);
    assert_eq!(outcomes.wait_for(2).await, ["timeout"; 2]);
}

#[tokio::test]
async fn as_many_of_one_peer_as_may_be_and_no_more_are_in_their_handshake() {
    let zone = Zone::new("zone");
    let (origin, outcomes) = Outcomes::of(zone.builder().max_pending_per_peer(2));
    let address = serve(&origin, app()).await;
    let first = TcpStream::connect(address).await.unwrap();
    let second = TcpStream::connect(address).await.unwrap();
    assert!(is_closed(TcpStream::connect(address).await.unwrap()).await);
    assert_eq!(outcomes.wait_for(1).await, ["too_many_pending"]);
    // A place that is given back is another's.
    drop(first);
    assert_eq!(outcomes.wait_for(1).await, ["closed"]);
    let config = config(&zone, Some(&zone.client(7)), TLS13);
    let http = Http::connect(address, config, Version::HTTP_11).await;
    assert!(http.unwrap().get("/plain").await.is_some());
    drop(second);
}

#[tokio::test]
async fn with_all_places_taken_the_others_wait() {
    let zone = Zone::new("zone");
    let builder = zone.builder().max_pending(2).max_pending_per_peer(2);
    let origin = builder.build().unwrap();
    let address = serve(&origin, app()).await;
    let silent =
        [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
    let config = config(&zone, Some(&zone.client(7)), TLS13);
    let waiting = tokio::spawn(client::get(address, config, "/plain"));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished());
    drop(silent);
    assert!(waiting.await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_no_handshake_is_told_apart() {
    let zone = Zone::new("zone");
    let (origin, outcomes) = Outcomes::of(zone.builder());
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    for (sent, expected) in [
        (&b""[..], VerifyError::Closed),
        (BEGINNING, VerifyError::Closed),
        (b"GET / HTTP/1.1\r\nHost: plue.dev\r\n\r\n", VerifyError::Handshake),
        (b"PROXY TCP4 203.0.113.7 198.51.100.9 51000 443\r\n", VerifyError::Handshake),
    ] {
        let mut peer = TcpStream::connect(address).await.unwrap();
        peer.write_all(sent).await.unwrap();
        peer.shutdown().await.unwrap();
        let (stream, _) = tcp.accept().await.unwrap();
        assert_eq!(origin.accept(stream).await.unwrap_err(), expected);
        assert_eq!(outcomes.take(), [expected.code()]);
    }
}

#[tokio::test]
async fn dropping_an_accept_closes_its_connection() {
    let zone = Zone::new("zone");
    let origin = zone.origin();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let peer = TcpStream::connect(tcp.local_addr().unwrap()).await.unwrap();
    let (stream, _) = tcp.accept().await.unwrap();
    let accept = tokio::spawn(async move { origin.accept(stream).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    accept.abort();
    assert!(is_closed(peer).await);
}
