use crate::client::header;
use crate::stand_in::BANNER;
use crate::{Client, Service, StandIn};

#[tokio::test]
async fn the_client_is_who_spectrum_says_it_is() {
    let sshd = StandIn::start().await;
    let service = Service::behind_spectrum(sshd.address, &[]).await;
    for client in ["198.51.100.77", "2001:db8::77"] {
        let mut connection = Client::through_spectrum(client, service.address).await;
        assert_eq!(connection.hear().await, BANNER);
        let logged = format!("client={}:50001", client.replace("2001:db8::77", "[2001:db8::77]"));
        service.logs(&["session began", &logged, "peer=127.0.0.1:", "evidence=\"header\""]).await;
    }
}

#[tokio::test]
async fn what_comes_in_one_piece_with_the_header_is_sshds() {
    let sshd = StandIn::start().await;
    let service = Service::behind_spectrum(sshd.address, &[]).await;
    let mut connection = Client::connect("127.0.0.1", service.address).await;
    connection.say(header("198.51.100.77") + "SSH-2.0-client\r\n").await;
    assert_eq!(connection.hear().await, BANNER);
    assert_eq!(connection.hear().await, "SSH-2.0-client");
}

#[tokio::test]
async fn a_header_of_version_2_is_taken_as_well() {
    let sshd = StandIn::start().await;
    let service = Service::behind_spectrum(sshd.address, &[]).await;
    let mut connection = Client::connect("127.0.0.1", service.address).await;
    connection.say(b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c").await;
    connection.say([198, 51, 100, 77, 192, 0, 2, 1, 0xc3, 0x51, 0, 22]).await;
    assert_eq!(connection.hear().await, BANNER);
    service.logs(&["session began", "client=198.51.100.77:50001"]).await;
}

#[tokio::test]
async fn a_health_check_counts_as_its_peer() {
    let sshd = StandIn::start().await;
    let service = Service::behind_spectrum(sshd.address, &[]).await;
    let mut connection = Client::connect("127.0.0.1", service.address).await;
    connection.say("PROXY UNKNOWN\r\n").await;
    assert_eq!(connection.hear().await, BANNER);
    service.logs(&["session began", "client=127.0.0.1:", "evidence=\"peer\""]).await;
}

#[tokio::test]
async fn who_must_send_a_header_and_begins_with_ssh_is_refused() {
    let sshd = StandIn::start().await;
    let service = Service::behind_spectrum(sshd.address, &[]).await;
    let mut connection = Client::connect("127.0.0.1", service.address).await;
    connection.say("SSH-2.0-what_it_wrote\r\n").await;
    connection.must_be_closed().await;
    service.logs(&["not_proxy"]).await;
    assert_eq!(service.logged(&["session began"]), 0);
}

#[tokio::test]
async fn a_client_with_an_address_of_this_machine_or_server_is_refused() {
    let sshd = StandIn::start().await;
    let own = [("OWN_ADDRESSES", "203.0.113.22")];
    let service = Service::behind_spectrum(sshd.address, &own).await;
    for (client, code) in [
        ("127.0.0.1", "special_source"),
        ("10.0.0.1", "special_source"),
        ("::ffff:127.0.0.1", "special_source"),
        ("203.0.113.22", "own_source"),
    ] {
        Client::through_spectrum(client, service.address).await.must_be_closed().await;
        service.logs(&[code]).await;
    }
    assert_eq!(service.logged(&["session began"]), 0);
    let near_miss = Client::through_spectrum("203.0.113.23", service.address).await.hear().await;
    assert_eq!(near_miss, BANNER);
}

#[tokio::test]
async fn nothing_that_a_client_writes_is_logged() {
    let sshd = StandIn::start().await;
    let service = Service::behind_spectrum(sshd.address, &[("LOG_LEVEL", "trace")]).await;
    for refused in ["what_it_wrote\r\n", "PROXY TCP4 what_it_wrote 192.0.2.1 1 22\r\n"] {
        let mut connection = Client::connect("127.0.0.1", service.address).await;
        connection.say(refused).await;
        connection.must_be_closed().await;
    }
    let mut connection = Client::through_spectrum("198.51.100.77", service.address).await;
    connection.say("SSH-2.0-what_it_wrote\r\n").await;
    assert_eq!(connection.hear().await, BANNER);
    assert_eq!(connection.hear().await, "SSH-2.0-what_it_wrote");
    drop(connection);
    service.logs(&["session ended"]).await;
    assert_eq!(service.logged(&["what_it_wrote"]), 0, "{}", service.process.output());
}
