//! Bounds of a connection, and its end.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Duration, sleep, timeout};

use crate::{CLIENT, Scene, connect, delivery, head, request};

#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for_and_holds_up_nobody() {
    let scene = Scene::start().await;
    let mut slow = connect(CLIENT, scene.address).await;
    slow.write_all(b"GET /whoami HTTP/1.1\r\nHost: ").await.unwrap();
    assert_eq!(scene.send(scene.alice()).await.status, 200);
    // It is closed without an end of the head, or an answer to it.
    let mut answer = Vec::new();
    timeout(PATIENCE, slow.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert_eq!(scene.counts.access.counts().keys().collect::<Vec<_>>(), [&"accepted"]);
}

#[tokio::test]
async fn a_head_larger_than_any_with_a_token_of_access_is_not_judged() {
    let scene = Scene::start().await;
    // The second one is closed, and as many are judged as before.
    for length in [16 * 1024, 128 * 1024] {
        let mut request = request("GET", "/whoami");
        request.headers_mut().insert("connection", "close".parse().unwrap());
        request.headers_mut().insert("x-padding", "x".repeat(length).parse().unwrap());
        let mut stream = connect(CLIENT, scene.address).await;
        // It may be closed before all is written, or read.
        let _ = stream.write_all(head(&request).as_bytes()).await;
        let _ = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await.unwrap();
        assert_eq!(scene.counts.access.counts().get("missing"), Some(&1), "{length} bytes");
    }
}

#[tokio::test]
async fn asked_to_end_it_finishes_the_request_in_flight_and_accepts_no_other() {
    let scene = Scene::start().await;
    let mut message = delivery(&scene.follow_of(7));
    message.headers_mut().insert("expect", "100-continue".parse().unwrap());
    let mut in_flight = connect(CLIENT, scene.address).await;
    in_flight.write_all(head(&message).as_bytes()).await.unwrap();
    // It asks for the body when a handler reads it: the request is in flight from here on.
    let mut asked_for_body = [0; 25];
    in_flight.read_exact(&mut asked_for_body).await.unwrap();
    assert_eq!(&asked_for_body, b"HTTP/1.1 100 Continue\r\n\r\n");
    let mut idle = connect(CLIENT, scene.address).await;

    scene.draining.begin();
    let closed = async {
        while TcpStream::connect(scene.address).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, closed).await.unwrap();
    assert!(!scene.server.is_finished(), "a request is in flight");
    assert_eq!(idle.read(&mut [0]).await.unwrap_or(0), 0, "what is idle is closed");

    in_flight.write_all(message.body()).await.unwrap();
    let mut answer = String::new();
    in_flight.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    scene.server.await.unwrap();
    assert_eq!(scene.counts.events.counts().get("channel_followed"), Some(&1));
}

/// A connection without a request is closed after 5 seconds.
const PATIENCE: Duration = Duration::from_secs(20);
