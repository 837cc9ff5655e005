//! HAProxy's headers: whose address they name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use testkit::folder::Folder;
use testkit::haproxy::{HaProxy, SendProxy, Spectrum};
use testkit::port;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::{LINE, Service, ask, closed_without_an_answer, connect_from, haproxy, on_loopback};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn names_the_client_in_either_version() {
    for (header, version) in [(SendProxy::V1, "V1"), (SendProxy::V2, "V2")] {
        let service = Service::start().await;
        let spectrum = Spectrum::start(header, service.address()).await;
        let stream = connect_from("127.0.0.7", spectrum.address()).await;
        let client = stream.local_addr().unwrap();
        let answer = ask(stream, &spectrum).await;
        assert_eq!(answer.client(), (client, "Header"));
        assert_eq!(answer.peer().ip(), V4);
        assert_eq!(answer.header(), (version, "Proxy"));
        assert_eq!(answer.seen["header"]["destination"], spectrum.address().to_string());
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn keeps_each_client_apart_from_the_others() {
    let service = Service::start().await;
    let spectrum = Spectrum::start(SendProxy::V2, service.address()).await;
    let mut clients = JoinSet::new();
    for number in 1..=50 {
        let address = spectrum.address();
        clients.spawn(async move {
            let stream = connect_from(&format!("127.0.1.{number}"), address).await;
            let client = stream.local_addr().unwrap();
            assert_eq!(ask(stream, &()).await.client(), (client, "Header"));
        });
    }
    clients.join_all().await;
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn names_the_client_by_the_family_that_it_came_with() {
    for send in ["send-proxy", "send-proxy-v2"] {
        for (front, back, family) in
            [(V6, V6, "Inet6"), (V4, V6, "Inet"), (V6, V4, "Inet6"), (V4, V4, "Inet")]
        {
            let service =
                Service::start_at(&SocketAddr::new(back, 0).to_string(), on_loopback()).await;
            let listen = port::reserve_at(front);
            let haproxy = sending(send, listen, service.address()).await;
            let stream = TcpStream::connect(listen).await.unwrap();
            let client = stream.local_addr().unwrap();
            let answer = ask(stream, &haproxy).await;
            assert_eq!(answer.client(), (client, "Header"), "{send}, {front} to {back}");
            assert_eq!(answer.peer().ip(), back);
            assert_eq!(answer.seen["header"]["family"], family);
            assert_eq!(answer.seen["header"]["destination"], listen.to_string());
        }
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn is_known_to_a_listener_of_both_families_by_its_address_of_ipv4() {
    let service = Service::start_at("[::]:0", on_loopback()).await;
    let origin = SocketAddr::new(V4, service.address().port());
    let spectrum = Spectrum::start(SendProxy::V2, origin).await;
    let stream = connect_from("127.0.0.7", spectrum.address()).await;
    let client = stream.local_addr().unwrap();
    let answer = ask(stream, &spectrum).await;
    assert_eq!(answer.client(), (client, "Header"));
    assert_eq!(answer.peer().ip(), V4);
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_header_of_the_client_itself_comes_behind_haproxys_and_is_payload() {
    for header in [SendProxy::V1, SendProxy::V2] {
        let service = Service::start().await;
        let spectrum = Spectrum::start(header, service.address()).await;
        let mut stream = TcpStream::connect(spectrum.address()).await.unwrap();
        stream.write_all(LINE).await.unwrap();
        assert_eq!(ask(stream, &spectrum).await.status, 400);
        assert!(service.seen().is_empty());
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn is_refused_when_it_was_not_told_to_send_a_header() {
    let service = Service::start().await;
    let spectrum = Spectrum::start(SendProxy::None, service.address()).await;
    // The connection by which HAProxy is seen to listen.
    assert_eq!(service.decided(1, &spectrum).await, ["closed"]);
    let mut stream = TcpStream::connect(spectrum.address()).await.unwrap();
    stream.write_all(crate::REQUEST).await.unwrap();
    closed_without_an_answer(stream, &spectrum).await;
    assert_eq!(service.decided(2, &spectrum).await, ["closed", "not_proxy"]);
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn checks_its_own_checksum_as_we_do() {
    let service = Service::start().await;
    let listen = port::reserve();
    let send = "send-proxy-v2 proxy-v2-options crc32c";
    let haproxy = sending(send, listen, service.address()).await;
    let answer = ask(TcpStream::connect(listen).await.unwrap(), &haproxy).await;
    assert_eq!(answer.client().1, "Header");
    assert_eq!(answer.tlvs(), [0x03]);
}

async fn sending(send: &str, listen: SocketAddr, service: SocketAddr) -> HaProxy {
    let section = format!("listen front\n    bind {listen}\n    server service {service} {send}\n");
    haproxy(Folder::new(), &section, &[listen]).await
}
