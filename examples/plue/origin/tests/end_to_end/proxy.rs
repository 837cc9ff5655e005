use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::client::handshake_over;
use crate::{Http, Scene, refused};

/// Through a load balancer that writes this in front.
async fn through(scene: &Scene, header: &str) -> Option<Http> {
    let mut stream = TcpStream::connect(scene.address()).await.unwrap();
    stream.write_all(header.as_bytes()).await.unwrap();
    Http::over(handshake_over(stream, "plue.dev", scene.cloudflare()).await.ok()?).await
}

const OF_THE_EDGE: &str = "PROXY TCP4 173.245.48.9 192.0.2.1 50001 443\r\n";

#[tokio::test]
async fn behind_a_load_balancer_the_header_comes_first_and_the_proofs_stay() {
    let scene = Scene::start(&[("PLUE_PROXY_FROM", "127.0.0.1")]).await;
    let mut http = through(&scene, OF_THE_EDGE).await.unwrap();
    let visitor = [("cf-connecting-ip", "203.0.113.7")];
    let who = http.get_with("/whoami", &visitor).await.unwrap().json();
    assert_eq!(who["client"], "203.0.113.7");
    scene.service.counted_of("proxy", "accepted", 1).await;

    // Without a header, and with one in which somebody passes for this machine.
    refused(scene.address(), scene.cloudflare()).await;
    let of_loopback = OF_THE_EDGE.replace("173.245.48.9", "127.0.0.1");
    assert!(through(&scene, &of_loopback).await.is_none());
    for code in ["accepted", "not_proxy", "special_source"] {
        scene.service.counted_of("proxy", code, 1).await;
    }
}

#[tokio::test]
async fn who_is_not_the_load_balancer_may_not_connect() {
    let scene = Scene::start(&[("PLUE_PROXY_FROM", "10.0.0.0/8")]).await;
    assert!(through(&scene, OF_THE_EDGE).await.is_none());
    scene.service.counted_of("proxy", "denied", 1).await;
}

#[tokio::test]
async fn without_the_setting_a_header_is_no_handshake() {
    let scene = Scene::start(&[]).await;
    assert!(through(&scene, OF_THE_EDGE).await.is_none());
    scene.service.counted("handshake", 1).await;
}
