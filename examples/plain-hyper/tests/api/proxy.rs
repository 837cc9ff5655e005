//! Whose address is told, and who may connect.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{CLIENT, LINE, PROXY, STRANGER, Scene, connect, send_on};

impl Scene {
    /// From this address, with these bytes first.
    async fn connect(&self, from: &str, first: &str) -> TcpStream {
        let mut stream = connect(from, self.address).await;
        stream.write_all(first.as_bytes()).await.unwrap();
        stream
    }

    /// What Alice is told to be her address over this connection.
    async fn alice_at(&self, stream: TcpStream) -> String {
        let answer = send_on(stream, self.alice()).await.unwrap();
        answer.json["client"].as_str().unwrap_or("-").to_owned()
    }

    /// How often this was decided of a connection.
    fn connections(&self, code: &str) -> u64 {
        self.counts.proxy.counts().get(code).copied().unwrap_or_default()
    }
}

#[tokio::test]
async fn the_address_is_the_one_in_the_proxy_s_header() {
    let scene = Scene::start().await;
    let stream = scene.connect(PROXY, LINE).await;
    assert_eq!(scene.alice_at(stream).await, "203.0.113.7");
}

#[tokio::test]
async fn without_a_header_the_proxy_is_not_answered() {
    let scene = Scene::start().await;
    let stream = scene.connect(PROXY, "").await;
    assert!(send_on(stream, scene.alice()).await.is_err());
    assert_eq!(scene.connections("not_proxy"), 1);
    assert_eq!(scene.connections("accepted"), 0);
}

#[tokio::test]
async fn a_header_of_who_is_no_proxy_is_no_header() {
    let scene = Scene::start().await;
    let mut stream = scene.connect(CLIENT, LINE).await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(scene.counts.access.counts().is_empty());

    // The same client without it is answered, by the address that it has.
    let stream = scene.connect(CLIENT, "").await;
    assert_eq!(scene.alice_at(stream).await, CLIENT);
}

#[tokio::test]
async fn who_is_neither_client_nor_proxy_is_not_answered_with_a_header_or_without() {
    let scene = Scene::start().await;
    for (first, times) in [("", 1), (LINE, 2)] {
        let mut stream = connect(STRANGER, scene.address).await;
        // It may be closed by now.
        let _ = stream.write_all(first.as_bytes()).await;
        assert!(send_on(stream, scene.alice()).await.is_err());
        assert_eq!(scene.connections("denied"), times);
    }
    assert_eq!(scene.connections("accepted"), 0);
}

#[tokio::test]
async fn the_proxy_cannot_say_that_a_client_is_this_machine() {
    let scene = Scene::start().await;
    let stream = scene.connect(PROXY, "PROXY TCP4 127.0.0.1 127.0.0.1 51000 443\r\n").await;
    assert!(send_on(stream, scene.alice()).await.is_err());
    assert_eq!(scene.connections("special_source"), 1);
}

#[tokio::test]
async fn a_header_that_is_slow_holds_up_nobody_else() {
    let scene = Scene::start().await;
    let (first, rest) = LINE.split_at(20);
    let mut slow = scene.connect(PROXY, first).await;
    for _ in 0..3 {
        let stream = scene.connect(PROXY, LINE).await;
        assert_eq!(scene.alice_at(stream).await, "203.0.113.7");
        let stream = scene.connect(CLIENT, "").await;
        assert_eq!(scene.alice_at(stream).await, CLIENT);
    }
    slow.write_all(rest.as_bytes()).await.unwrap();
    assert_eq!(scene.alice_at(slow).await, "203.0.113.7");
}
