//! nginx's stream module, which writes version 1.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use testkit::haproxy::{SendProxy, Spectrum};
use testkit::nginx::Nginx;
use testkit::port;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::{CLIENT, LINE, Service, ask, connect_from, on_loopback, socket};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

#[tokio::test]
#[ignore = "needs nginx with its stream module: run .ci/run peers"]
async fn names_the_client_by_the_family_that_it_came_with() {
    for (front, back, family) in [(V4, V4, "Inet"), (V6, V6, "Inet6"), (V6, V4, "Inet6")] {
        let service = Service::start_at(&SocketAddr::new(back, 0).to_string(), on_loopback()).await;
        let listen = port::reserve_at(front);
        let nginx = Nginx::start(listen, service.address()).await;
        let stream = TcpStream::connect(listen).await.unwrap();
        let client = stream.local_addr().unwrap();
        let answer = ask(stream, &nginx).await;
        assert_eq!(answer.client(), (client, "Header"), "{front} to {back}");
        assert_eq!(answer.peer().ip(), back);
        assert_eq!(answer.header(), ("V1", "Proxy"));
        assert_eq!(answer.seen["header"]["family"], family);
        assert_eq!(answer.seen["header"]["destination"], listen.to_string());
    }
}

#[tokio::test]
#[ignore = "needs nginx with its stream module: run .ci/run peers"]
async fn behind_another_proxy_it_names_the_client_that_that_one_names() {
    let service = Service::start().await;
    let listen = port::reserve();
    let nginx = Nginx::start_chained(listen, service.address()).await;
    let mut stream = TcpStream::connect(listen).await.unwrap();
    stream.write_all(LINE).await.unwrap();
    let answer = ask(stream, &nginx).await;
    assert_eq!(answer.client(), (socket(CLIENT), "Header"));
    // The destination stays nginx's own.
    assert_eq!(answer.seen["header"]["destination"], listen.to_string());
}

#[tokio::test]
#[ignore = "needs HAProxy and nginx with its stream module: run .ci/run peers"]
async fn the_client_is_known_behind_spectrum_and_nginx() {
    for header in [SendProxy::V1, SendProxy::V2] {
        let service = Service::start().await;
        let listen = port::reserve();
        let nginx = Nginx::start_chained(listen, service.address()).await;
        let spectrum = Spectrum::start(header, listen).await;
        let stream = connect_from("127.0.0.7", spectrum.address()).await;
        let client = stream.local_addr().unwrap();
        assert_eq!(ask(stream, &nginx).await.client(), (client, "Header"));
    }
}

#[tokio::test]
#[ignore = "needs nginx with its stream module: run .ci/run peers"]
async fn a_header_of_the_client_itself_comes_behind_nginxs_and_is_payload() {
    let service = Service::start().await;
    let listen = port::reserve();
    let nginx = Nginx::start(listen, service.address()).await;
    let mut stream = TcpStream::connect(listen).await.unwrap();
    stream.write_all(LINE).await.unwrap();
    assert_eq!(ask(stream, &nginx).await.status, 400);
    assert!(service.seen().is_empty());
}
