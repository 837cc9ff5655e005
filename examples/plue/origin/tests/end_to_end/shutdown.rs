use std::os::unix::process::ExitStatusExt as _;

use hyper::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::client::handshake;
use crate::{Scene, eventually, get};

/// A connection whose first request has begun, and has not ended.
async fn in_flight(scene: &Scene) -> TlsStream<TcpStream> {
    let mut stream = handshake(scene.address(), scene.cloudflare()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: plue.dev\r\n").await.unwrap();
    stream.flush().await.unwrap();
    // Sent after that, and answered: that is being read.
    assert_eq!(get(scene.address(), scene.cloudflare(), "/").await.status, StatusCode::OK);
    stream
}

#[tokio::test]
async fn asked_to_end_it_finishes_the_request_in_flight_and_accepts_no_other() {
    let mut scene = Scene::start(&[]).await;
    let mut stream = in_flight(&scene).await;
    scene.service.process.ask_to_end();
    let is_gone = async || TcpStream::connect(scene.address()).await.is_err();
    eventually(is_gone, || scene.service.process.output()).await;
    let ready = scene.service.ask("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.json()["draining"], true);

    stream.write_all(b"\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("Plue\n"), "{answer}");
    let status = scene.service.process.wait().await;
    assert_eq!(status.code(), Some(0), "{}", scene.service.process.output());
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off_and_the_status_tells() {
    let mut scene = Scene::start(&[("PLUE_DRAIN_SECONDS", "1")]).await;
    let _stream = in_flight(&scene).await;
    let status = scene.service.process.terminate().await;
    let told = scene.service.process.output();
    assert_eq!((status.code(), status.signal()), (Some(1), None), "{told}");
    assert_eq!(scene.service.logged(&["ERROR", "requests were cut off after 1 seconds"]), 1);
}

#[tokio::test]
async fn asked_to_end_it_closes_connections_on_which_nothing_happens() {
    let mut scene = Scene::start(&[]).await;
    let mut idle = scene.connect().await;
    assert_eq!(idle.get("/").await.unwrap().status, StatusCode::OK);
    let silent = TcpStream::connect(scene.address()).await.unwrap();
    let status = scene.service.process.terminate().await;
    assert_eq!(status.code(), Some(0), "{}", scene.service.process.output());
    assert!(idle.get("/").await.is_none());
    drop(silent);
}
