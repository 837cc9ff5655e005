use crate::stand_in::BANNER;
use crate::{Client, Service, StandIn};

const ONLY_THE_OFFICE: (&str, &str) = ("DIRECT_NETWORKS", "127.0.0.5");

#[tokio::test]
async fn who_is_in_no_network_is_refused_before_saying_anything() {
    let sshd = StandIn::start().await;
    let service = Service::start(sshd.address, &[ONLY_THE_OFFICE]).await;
    Client::connect("127.0.0.9", service.address).await.must_be_closed().await;
    service.logs(&["denied"]).await;
    let mut office = Client::connect("127.0.0.5", service.address).await;
    assert_eq!(office.hear().await, BANNER);
}

#[tokio::test]
async fn who_would_be_denied_is_served_while_that_is_observed_and_known_to_nobody() {
    let sshd = StandIn::start().await;
    let service = Service::start(sshd.address, &[ONLY_THE_OFFICE, ("OBSERVE", "true")]).await;
    let mut connection = Client::connect("127.0.0.9", service.address).await;
    assert_eq!(connection.hear().await, BANNER);
    service.logs(&["WARN", "would be denied", "127.0.0.9"]).await;
    service
        .logs(&["session began", "client=unknown", "peer=127.0.0.9:", "evidence=\"denied\""])
        .await;
}

#[tokio::test]
async fn the_bounds_of_who_is_observed_are_those_of_the_peer() {
    let sshd = StandIn::start().await;
    let observe = ("OBSERVE", "true");
    let once = ("CONNECTIONS_PER_MINUTE", "1");
    let service = Service::start(sshd.address, &[ONLY_THE_OFFICE, observe, once]).await;
    let mut connection = Client::connect("127.0.0.9", service.address).await;
    assert_eq!(connection.hear().await, BANNER);
    Client::connect("127.0.0.9", service.address).await.must_be_closed().await;
    service.logs(&["refused", "client=unknown", "peer=127.0.0.9:", "rate_limited"]).await;
    let mut other = Client::connect("127.0.0.8", service.address).await;
    assert_eq!(other.hear().await, BANNER);
}

#[tokio::test]
async fn while_others_are_observed_who_must_send_a_header_is_refused_without_one() {
    let sshd = StandIn::start().await;
    let service = Service::behind_spectrum(sshd.address, &[("OBSERVE", "true")]).await;
    let mut connection = Client::connect("127.0.0.1", service.address).await;
    connection.say("SSH-2.0-client\r\n").await;
    connection.must_be_closed().await;
    service.logs(&["not_proxy"]).await;
}
