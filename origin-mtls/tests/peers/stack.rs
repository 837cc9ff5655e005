//! A proxy that names its clients, then TLS with a certificate: all proofs in one handler.

use testkit::process::Process;
use tokio::process::Command;

use crate::client::{ALL, curl};
use crate::haproxy::Through;
use crate::scene::{Service, WHOAMI, decided};
use crate::zone::Zone;

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_handler_gets_the_edge_and_the_client_that_haproxy_names() {
    let zone = Zone::new();
    let edge = zone.client("edge");
    for header in ["send-proxy-v2", "send-proxy"] {
        let (service, headers) = Service::start_behind_proxy(zone.builder()).await;
        let through = Through::start(&zone, Some(&edge), service.address(), header).await;
        for ip in ["127.0.0.7", "127.0.0.8"] {
            let (client, answer) = through.ask_from(ip, WHOAMI).await;
            assert_eq!(answer.common_name(), "edge");
            assert_eq!(answer.seen["client"], client.to_string());
            assert_eq!(answer.seen["connect_info"], client.to_string());
        }
        assert_eq!(service.outcomes(), ["accepted"; 2]);
        assert_eq!(decided(&headers, 2).await, ["accepted"; 2]);
    }
}

#[tokio::test]
#[ignore = "needs curl: run .ci/run peers"]
async fn a_handler_gets_the_edge_that_names_itself() {
    let zone = Zone::new();
    let (service, _) = Service::start_behind_proxy(zone.builder()).await;
    let client = zone.client("edge");
    let options = ["--haproxy-protocol"];
    let said = curl(service.address(), &zone, Some(&client), &options, &[], &[WHOAMI]).await;
    let answer = said.answer().unwrap_or_else(|| panic!("{said}"));
    assert_eq!(answer.common_name(), "edge");
    assert_eq!(answer.seen["client"], answer.seen["connect_info"]);
    assert!(answer.seen["client"].as_str().unwrap().starts_with("127.0.0.1:"), "{said}");
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn haproxys_word_is_nothing_without_a_good_certificate() {
    let (zone, another) = (Zone::new(), Zone::named("another"));
    let other = another.client("other");
    for (client, code) in [(None, "no_certificate"), (Some(&other), "unknown_issuer")] {
        let (service, headers) = Service::start_behind_proxy(zone.builder()).await;
        let through = Through::start(&zone, client, service.address(), "send-proxy-v2").await;
        through.is_refused().await;
        assert_eq!(service.decided(1).await, [code]);
        assert_eq!(decided(&headers, 1).await, ["accepted"]);
        assert!(service.seen().is_empty());
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL and curl: run .ci/run peers"]
async fn a_handshake_without_a_header_before_it_is_none() {
    let zone = Zone::new();
    let (service, headers) = Service::start_behind_proxy(zone.builder()).await;
    let client = zone.client("edge");
    for (count, (program, tls)) in (1..).zip(ALL) {
        let said = program.ask(service.address(), &zone, Some(&client), tls).await;
        assert!(!said.is_content && said.answer().is_none(), "{program:?} {tls:?}: {said}");
        assert_eq!(decided(&headers, count).await, vec!["not_proxy"; count]);
    }
    assert!(service.outcomes().is_empty() && service.seen().is_empty());
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_header_that_haproxy_does_not_send_is_missed() {
    let zone = Zone::new();
    let (service, headers) = Service::start_behind_proxy(zone.builder()).await;
    let through = Through::start(&zone, Some(&zone.client("edge")), service.address(), "").await;
    through.is_refused().await;
    assert_eq!(decided(&headers, 1).await, ["not_proxy"]);
    assert!(service.outcomes().is_empty() && service.seen().is_empty());
}

#[tokio::test]
#[ignore = "needs curl: run .ci/run peers"]
async fn a_header_before_plain_http_is_of_no_use() {
    let zone = Zone::new();
    let (service, headers) = Service::start_behind_proxy(zone.builder()).await;
    let mut command = Command::new("curl");
    command.args(["-q", "--silent", "--include", "--noproxy", "*", "--haproxy-protocol"]);
    command.arg(format!("http://{}{WHOAMI}", service.address()));
    let mut process = Process::start(command);
    assert!(!process.wait().await.success());
    assert_eq!(service.decided(1).await, ["handshake"]);
    assert_eq!(decided(&headers, 1).await, ["accepted"]);
    assert!(service.seen().is_empty());
}
