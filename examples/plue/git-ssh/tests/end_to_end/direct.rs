use testkit::port;

use crate::client::header;
#[cfg(target_os = "linux")]
use crate::service::eventually;
use crate::stand_in::BANNER;
use crate::{Client, Service, StandIn};

#[tokio::test]
async fn on_loopback_a_client_needs_no_header() {
    let sshd = StandIn::start().await;
    let service = Service::start(sshd.address, &[]).await;
    let mut client = Client::connect("127.0.0.9", service.address).await;
    assert_eq!(client.hear().await, BANNER);
    service.logs(&["session began", "client=127.0.0.9:", "evidence=\"direct\""]).await;
}

#[tokio::test]
async fn a_header_of_a_direct_client_is_for_sshd_and_not_believed() {
    let sshd = StandIn::start().await;
    let service = Service::start(sshd.address, &[]).await;
    let mut client = Client::connect("127.0.0.9", service.address).await;
    client.say(header("198.51.100.77")).await;
    assert_eq!(client.hear().await, BANNER);
    assert_eq!(client.hear().await, header("198.51.100.77").trim_end());
    assert_eq!(service.logged(&["198.51.100.77"]), 0);
}

#[tokio::test]
async fn a_client_that_falls_silent_hears_the_rest() {
    let sshd = StandIn::start().await;
    let service = Service::start(sshd.address, &[]).await;
    let mut client = Client::connect("127.0.0.9", service.address).await;
    client.say("all that I have to say\r\n").await;
    client.fall_silent().await;
    assert_eq!(client.hear().await, BANNER);
    assert_eq!(client.hear().await, "all that I have to say");
    assert_eq!(client.hear().await, "bye");
    client.must_be_closed().await;
    let counted = ["session ended", "bytes_from_client=24", "bytes_to_client=47"];
    service.logs(&counted).await;
    assert_eq!(service.logged(&["broken"]), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_is_silent_is_asked_whether_it_is_still_there() {
    let sshd = StandIn::start().await;
    let service = Service::start(sshd.address, &[]).await;
    let mut client = Client::connect("127.0.0.9", service.address).await;
    assert_eq!(client.hear().await, BANNER);
    // proc_net_tcp: the timer of a connection that is ESTABLISHED (01) is that of keepalive (02).
    let port = format!("0100007F:{:04X} 0900007F:", service.address.port());
    let waits_to_ask = || {
        let connections = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let mut ours = connections.lines().filter(|line| line.contains(&port));
        ours.any(|line| line.contains(" 01 ") && line.contains(" 02:"))
    };
    eventually(waits_to_ask, || "keepalive is not on".to_owned()).await;
}

#[tokio::test]
async fn without_sshd_the_client_is_let_go_and_with_it_again_the_next_is_served() {
    let address = port::reserve();
    let service = Service::start(address, &[]).await;
    Client::connect("127.0.0.9", service.address).await.must_be_closed().await;
    service.logs(&["WARN", "sshd_unavailable", "client=127.0.0.9:", &address.to_string()]).await;

    let _sshd = StandIn::start_at(address).await;
    assert_eq!(Client::connect("127.0.0.9", service.address).await.hear().await, BANNER);
}
