//! Bytes on a real socket, to axum's server.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use kick_hmac::testing::Message;
use kick_hmac::{Delivery, Replays};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::{FOLLOWER, Runs, builder, followed};

struct Server {
    address: SocketAddr,
    runs: Runs,
}

impl Server {
    async fn start() -> Self {
        let runs = Runs::default();
        let kick = builder(Replays::single_process())
            .body_limit(64 * 1024)
            .body_deadline(Duration::from_millis(500));
        let handler = {
            let runs = runs.clone();
            async move |_: Delivery| runs.add()
        };
        let app = Router::new().route("/", post(handler)).layer(kick.build().unwrap().layer());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, runs }
    }

    /// Sends these bytes, and then the rest for as long as the server reads. Gives the status.
    async fn send(&self, head: &str, mut rest: impl FnMut() -> Option<Vec<u8>>) -> u16 {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut reading, mut writing) = stream.split();
        let write = async {
            while let Some(bytes) = rest() {
                // It may have had enough.
                if writing.write_all(&bytes).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            std::future::pending::<()>().await;
        };
        let read = async {
            let mut answer = Vec::new();
            while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
                assert!(reading.read_buf(&mut answer).await.unwrap() > 0, "no answer");
            }
            String::from_utf8(answer).unwrap().split(' ').nth(1).unwrap().parse().unwrap()
        };
        tokio::select! {
            status = timeout(Duration::from_secs(20), read) => status.unwrap(),
            () = write => unreachable!(),
        }
    }
}

/// A request's head, with these headers beside the signed ones.
fn head(message: &Message<'_>, more: &str) -> String {
    let mut head = "POST / HTTP/1.1\r\nHost: localhost\r\n".to_owned();
    for (name, value) in &message.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    head + more + "\r\n"
}

fn length(bytes: usize) -> String {
    format!("Content-Length: {bytes}\r\n")
}

fn once(text: &str) -> impl FnMut() -> Option<Vec<u8>> {
    let mut text = Some(text.as_bytes().to_vec());
    move || text.take()
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

#[tokio::test]
async fn a_body_by_its_length_and_one_in_chunks_are_handled() {
    let server = Server::start().await;
    let whole = head(&followed(), &length(FOLLOWER.len()));
    assert_eq!(server.send(&whole, once(FOLLOWER)).await, 200);
    let chunked = head(&followed(), "Transfer-Encoding: chunked\r\n");
    let (first, second) = FOLLOWER.split_at(20);
    let chunks = chunk(first) + &chunk(second) + "0\r\n\r\n";
    assert_eq!(server.send(&chunked, once(&chunks)).await, 200);
    assert_eq!(server.runs.count(), 2);
}

#[tokio::test]
async fn a_body_announced_over_the_limit_is_refused_before_it_is_sent() {
    let server = Server::start().await;
    let large = head(&followed(), &length(64 * 1024 + 1));
    assert_eq!(server.send(&large, || None).await, 413);
    // Nor is room made for what is announced.
    let huge = head(&followed(), &length(usize::MAX / 4));
    assert_eq!(server.send(&huge, || None).await, 413);
    assert_eq!(server.runs.count(), 0);
}

#[tokio::test]
async fn an_endless_body_is_refused_at_the_limit() {
    let server = Server::start().await;
    let endless = head(&followed(), "Transfer-Encoding: chunked\r\n");
    let mut sent = 0;
    let spaces = chunk(&" ".repeat(4096));
    let status = server
        .send(&endless, || {
            sent += 4096;
            Some(spaces.clone().into_bytes())
        })
        .await;
    assert_eq!(status, 413);
    assert_eq!(server.runs.count(), 0);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_refused_after_its_deadline() {
    let server = Server::start().await;
    let slow = head(&followed(), &length(FOLLOWER.len()));
    assert_eq!(server.send(&slow, || None).await, 408);
    assert_eq!(server.send(&slow, once("{")).await, 408);
    let chunked = head(&followed(), "Transfer-Encoding: chunked\r\n");
    assert_eq!(server.send(&chunked, once(&chunk(FOLLOWER))).await, 408);
    assert_eq!(server.runs.count(), 0);
}

#[tokio::test]
async fn a_client_that_leaves_in_its_body_runs_nothing() {
    let server = Server::start().await;
    let message = followed();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = head(&message, &length(FOLLOWER.len()));
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&FOLLOWER.as_bytes()[1..]).await.unwrap();
    drop(stream);
    assert_eq!(server.send(&head, once(FOLLOWER)).await, 200);
    assert_eq!(server.runs.count(), 1);
}

#[tokio::test]
async fn two_signatures_a_compressed_body_and_another_method_are_refused() {
    let server = Server::start().await;
    let message = followed();
    let signature = message.headers()["kick-event-signature"].to_str().unwrap().to_owned();
    let length = length(FOLLOWER.len());
    for (more, status) in [
        (format!("Kick-Event-Signature: {signature}\r\n"), 400),
        ("KICK-EVENT-SIGNATURE: AAAA\r\n".to_owned(), 400),
        ("Content-Encoding: gzip\r\n".to_owned(), 400),
        ("Content-Encoding: identity\r\nContent-Encoding: identity\r\n".to_owned(), 400),
        ("Kick-Event-Timestamp: 2025-04-01T07:56:19Z\r\n".to_owned(), 400),
    ] {
        let head = head(&followed(), &format!("{length}{more}"));
        assert_eq!(server.send(&head, once(FOLLOWER)).await, status, "{more}");
    }
    let put = head(&followed(), &length).replacen("POST", "PUT", 1);
    assert_eq!(server.send(&put, once(FOLLOWER)).await, 405);
    let get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(server.send(get, || None).await, 405);
    assert_eq!(server.runs.count(), 0);
}
