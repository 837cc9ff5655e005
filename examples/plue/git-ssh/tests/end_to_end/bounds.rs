use crate::stand_in::BANNER;
use crate::{Client, Service, StandIn};

#[tokio::test]
async fn who_connects_too_often_is_refused_and_not_who_comes_by_the_same_proxy() {
    let sshd = StandIn::start().await;
    let service = Service::behind_spectrum(sshd.address, &[("CONNECTIONS_PER_MINUTE", "2")]).await;
    for _ in 0..2 {
        let mut connection = Client::through_spectrum("198.51.100.7", service.address).await;
        assert_eq!(connection.hear().await, BANNER);
    }
    Client::through_spectrum("198.51.100.7", service.address).await.must_be_closed().await;
    service.logs(&["INFO", "refused", "client=198.51.100.7:", "rate_limited"]).await;

    let mut connection = Client::through_spectrum("198.51.100.8", service.address).await;
    assert_eq!(connection.hear().await, BANNER);
}

#[tokio::test]
async fn a_client_of_ipv6_does_not_get_round_its_bounds_by_another_address() {
    let sshd = StandIn::start().await;
    let service = Service::behind_spectrum(sshd.address, &[("CONNECTIONS_PER_MINUTE", "1")]).await;
    let mut first = Client::through_spectrum("2001:db8::1", service.address).await;
    assert_eq!(first.hear().await, BANNER);
    Client::through_spectrum("2001:db8::2", service.address).await.must_be_closed().await;
    let mut other = Client::through_spectrum("2001:db8:0:1::1", service.address).await;
    assert_eq!(other.hear().await, BANNER);
}

#[tokio::test]
async fn a_client_with_all_of_its_sessions_gets_another_when_one_has_ended() {
    let sshd = StandIn::start().await;
    let service = Service::behind_spectrum(sshd.address, &[("MAX_SESSIONS_PER_CLIENT", "1")]).await;
    let mut first = Client::through_spectrum("198.51.100.7", service.address).await;
    assert_eq!(first.hear().await, BANNER);
    Client::through_spectrum("198.51.100.7", service.address).await.must_be_closed().await;
    service.logs(&["refused", "client=198.51.100.7:", "too_many_sessions_of_client"]).await;
    let mut other = Client::through_spectrum("198.51.100.8", service.address).await;
    assert_eq!(other.hear().await, BANNER);

    drop(first);
    service.logs(&["session ended", "client=198.51.100.7:"]).await;
    let mut second = Client::through_spectrum("198.51.100.7", service.address).await;
    assert_eq!(second.hear().await, BANNER);
}

#[tokio::test]
async fn when_there_are_as_many_sessions_as_may_be_nobody_gets_another() {
    let sshd = StandIn::start().await;
    let service = Service::behind_spectrum(sshd.address, &[("MAX_SESSIONS", "2")]).await;
    let mut kept = Vec::new();
    for client in ["198.51.100.7", "198.51.100.8"] {
        let mut connection = Client::through_spectrum(client, service.address).await;
        assert_eq!(connection.hear().await, BANNER);
        kept.push(connection);
    }
    Client::through_spectrum("198.51.100.9", service.address).await.must_be_closed().await;
    service.logs(&["refused", "client=198.51.100.9:", "code=\"too_many_sessions\""]).await;
}
