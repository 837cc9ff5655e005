use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use testkit::folder::Folder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::{Service, follow, head};

/// Where the tunnel's daemon is, and where it is not: both on this machine.
const DAEMON: &str = "127.0.0.2:0";
const OTHER: &str = "127.0.0.1:0";

const VISITOR: &str = "CF-Connecting-IP: 203.0.113.7\r\n";

async fn service(folder: &Folder) -> Service {
    Service::start(&[("KICK_DATA", &folder.path("")), ("TUNNEL_FROM", "127.0.0.2, 192.0.2.0/24")])
        .await
}

async fn connect(service: &Service, from: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(from.parse().unwrap()).unwrap();
    socket.connect(service.kick).await.unwrap()
}

/// All that is said to a delivery from this address with these lines in its head. Its body is sent when
/// it is asked for, and not before.
async fn answer(service: &Service, from: &str, lines: &str) -> String {
    let message = follow();
    let body = message.request::<Full<Bytes>>().into_body().collect().await.unwrap().to_bytes();
    let length = body.len();
    let lines =
        format!("{lines}Connection: close\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n");
    let mut stream = connect(service, from).await;
    stream.write_all(head(&message, &lines).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "{}", service.process.output());
    }
    if answer.starts_with(b"HTTP/1.1 100 ") {
        stream.write_all(&body).await.unwrap();
    }
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Refused without its body having been asked for, and with an empty one.
fn is_refused(answer: &str, status: u16) -> bool {
    answer.starts_with(&format!("HTTP/1.1 {status} "))
        && answer.contains("\r\ncontent-length: 0\r\n")
        && answer.ends_with("\r\n\r\n")
}

async fn decided(service: &Service, code: &str) -> u64 {
    service.metric(&format!("proxy_protocol_outcomes_total{{code=\"{code}\"}}")).await
}

#[tokio::test]
async fn a_delivery_that_the_tunnel_brings_is_kept() {
    let folder = Folder::new();
    let service = service(&folder).await;
    let answer = answer(&service, DAEMON, VISITOR).await;
    let (asked_for_body, answer) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(asked_for_body, "HTTP/1.1 100 Continue");
    // Or the disk took longer than Kick waits.
    let is_kept = answer.starts_with("HTTP/1.1 204 ");
    assert!(is_kept || answer.starts_with("HTTP/1.1 503 "), "{answer}");
    if is_kept {
        assert_eq!(service.kept().await.len(), 1);
    }
    assert_eq!(decided(&service, "accepted").await, 1);
}

#[tokio::test]
async fn a_delivery_past_the_tunnel_is_refused_before_its_body_is_read_though_kick_signed_it() {
    let folder = Folder::new();
    let service = service(&folder).await;
    for lines in [VISITOR, ""] {
        let answer = answer(&service, OTHER, lines).await;
        assert!(is_refused(&answer, 403), "{answer}");
    }
    assert_eq!(decided(&service, "denied").await, 2);
    // Kick's headers were not looked at.
    assert_eq!(service.metric("kick_hmac_outcomes_total{code=\"accepted\"}").await, 0);
    assert!(service.kept().await.is_empty());
}

#[tokio::test]
async fn a_delivery_from_the_tunnel_that_does_not_name_its_visitor_once_is_refused() {
    let folder = Folder::new();
    let service = service(&folder).await;
    for (lines, code) in [
        (String::new(), "missing"),
        ("CF_Connecting_IP: 203.0.113.7\r\n".to_owned(), "missing"),
        (VISITOR.repeat(2), "several"),
        ("CF-Connecting-IP: 203.0.113.7, 203.0.113.8\r\n".to_owned(), "invalid_address"),
        ("CF-Connecting-IP: 127.0.0.1\r\n".to_owned(), "special_source"),
    ] {
        let before = decided(&service, code).await;
        let answer = answer(&service, DAEMON, &lines).await;
        assert!(is_refused(&answer, 400), "{lines}{answer}");
        assert_eq!(decided(&service, code).await, before.saturating_add(1), "{lines}");
    }
    assert_eq!(decided(&service, "accepted").await, 0);
    assert!(service.kept().await.is_empty());
}

#[tokio::test]
async fn past_the_tunnel_no_path_is_told_from_another() {
    let folder = Folder::new();
    let service = service(&folder).await;
    for (from, status) in [(OTHER, "403"), (DAEMON, "400")] {
        for path in ["/", "/wh/kick", "/nowhere"] {
            let mut stream = connect(&service, from).await;
            let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert_eq!(answer.split(' ').nth(1), Some(status), "{from} {path}");
        }
    }
    // The operator's port is not behind it.
    assert_eq!(service.look("/healthz").await.0, 200);
}
