//! The program behind a real HAProxy, which is told of clients on the Internet by a line, and tells the
//! program by version 2. It connects from 127.0.0.2, which must send a header.

use std::net::SocketAddr;

use testkit::folder::Folder;
use testkit::haproxy::HaProxy;
use testkit::port;
use tokio::io::AsyncWriteExt;
use tokio::time::{Duration, sleep, timeout};

use crate::program::Service;
use crate::{ALICE, Answer, CLIENT, LINE, connect, delivery, follow_of, request, send, send_on};

/// From the client of this line, through HAProxy.
async fn ask(haproxy: SocketAddr, line: &str, request: hyper::Request<Vec<u8>>) -> Answer {
    let mut stream = connect(CLIENT, haproxy).await;
    stream.write_all(line.as_bytes()).await.unwrap();
    send_on(stream, request).await.unwrap()
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn clients_are_proven_by_all_three_through_haproxy_and_refused_past_it() {
    let mut service = Service::start("127.0.0.2").await;
    let address = port::reserve();
    let configuration = CONFIGURATION
        .replace("{address}", &address.to_string())
        .replace("{origin}", &service.address.to_string());
    let haproxy = HaProxy::start(Folder::new(), &configuration, &[address]).await;
    let alice = || service.issuer.with(|it| it.user(ALICE).sign(request("GET", "/whoami")));

    let answer = ask(address, LINE, alice()).await;
    assert_eq!(answer.status, 200, "{answer:?}\n{}", haproxy.output());
    assert_eq!(answer.json["client"], "203.0.113.7");
    assert_eq!(answer.json["person"], ALICE);
    let v6 = "PROXY TCP6 2001:db8::7 2001:db8::9 51000 443\r\n";
    assert_eq!(ask(address, v6, alice()).await.json["client"], "2001:db8::7");
    let stranger = ask(address, LINE, request("GET", "/whoami")).await;
    assert_eq!(stranger.code(), (401, "missing"));

    let follow = service.kick.event("channel.followed", follow_of(7));
    assert_eq!(ask(address, LINE, delivery(&follow)).await.status, 204);
    assert_eq!(ask(address, LINE, delivery(&follow)).await.status, 200);
    let other = service.kick.event("channel.followed", follow_of(8));
    assert_eq!(ask(address, LINE, delivery(&other)).await.code(), (403, "wrong_broadcaster"));

    // A new key is believed once the keys were read again.
    service.issuer.rotate();
    let before = service.issuer.requests();
    let believed = async {
        while ask(address, LINE, alice()).await.status != 200 {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(30), believed).await.unwrap();
    assert_eq!(service.issuer.requests(), before.saturating_add(1));

    // Past HAProxy, from its own address.
    let stream = connect("127.0.0.2", service.address).await;
    assert!(send_on(stream, alice()).await.is_err());
    let metrics = send(CLIENT, service.health, request("GET", "/metrics")).await.text;
    assert!(metrics.contains("proxy_protocol_total{code=\"not_proxy\"} 1"), "{metrics}");
    assert_eq!(service.program.terminate().await.code(), Some(0), "{}", service.program.output());
}

const CONFIGURATION: &str = "\
global
    maxconn 256
    log stdout format raw local0

defaults
    mode tcp
    log global
    option tcplog
    timeout connect 2s
    timeout client 60s
    timeout server 60s

listen edge
    bind {address} accept-proxy
    server origin {origin} send-proxy-v2 proxy-v2-options crc32c source 127.0.0.2
";
