//! Connections that stand while a reload changes who is accepted.

use origin_mtls::OriginMtlsBuilder;

use crate::client::{Tls, curl};
use crate::haproxy::Through;
use crate::scene::{RELOAD, Service, WHOAMI};
use crate::zone::{Client, Zone, changes};

#[tokio::test]
#[ignore = "needs curl: run .ci/run peers"]
async fn curl_is_refused_with_the_next_request_over_http_1_1() {
    let zone = Zone::new();
    let client = zone.client("edge");
    for tls in [Tls::V12, Tls::V13] {
        for (code, policy) in changes(&zone, &client) {
            let service = Service::start(with_alpn(&zone)).await;
            service.reload_when_asked(policy, zone.server());
            let paths = [WHOAMI, RELOAD, WHOAMI, WHOAMI];
            let got = versions_of(&service, &zone, &client, "--http1.1", tls, &paths).await;
            // The third over the connection of the first, which ends with it, and none over another.
            assert_eq!(got, ["1.1 200 1", "1.1 200 0", "1.1 421 0", "0 000 1"], "{code}");
            assert_eq!(service.decided(3).await, ["accepted", code, code]);
            assert_eq!(service.seen().len(), 1);
        }
    }
}

#[tokio::test]
#[ignore = "needs curl: run .ci/run peers"]
async fn curl_is_refused_with_the_next_request_over_http_2() {
    let zone = Zone::new();
    let client = zone.client("edge");
    for tls in [Tls::V12, Tls::V13] {
        for (code, policy) in changes(&zone, &client) {
            let service = Service::start(with_alpn(&zone)).await;
            service.reload_when_asked(policy, zone.server());
            let paths = [WHOAMI, RELOAD, WHOAMI, WHOAMI];
            let got = versions_of(&service, &zone, &client, "--http2", tls, &paths).await;
            assert_eq!(got, ["2 200 1", "2 200 0", "2 421 0", "2 421 0"], "{code}");
            assert_eq!(service.decided(3).await, ["accepted", code, code]);
            assert_eq!(service.seen().len(), 1);
        }
    }
}

#[tokio::test]
#[ignore = "needs curl: run .ci/run peers"]
async fn curl_goes_on_over_its_connection_when_it_is_still_accepted() {
    let zone = Zone::new();
    let client = zone.client("edge");
    for (version, number) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let service = Service::start(with_alpn(&zone)).await;
        let policy = zone.policy().pin(client.pin()).build().unwrap();
        service.reload_when_asked(policy, zone.server());
        let paths = [WHOAMI, RELOAD, WHOAMI];
        let got = versions_of(&service, &zone, &client, version, Tls::V13, &paths).await;
        let expected = ["200 1", "200 0", "200 0"].map(|rest| format!("{number} {rest}"));
        assert_eq!(got, expected);
        assert_eq!(service.outcomes(), ["accepted"]);
        assert_eq!(service.seen().len(), 2);
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_connection_that_haproxy_keeps_is_refused_with_its_next_request() {
    let zone = Zone::new();
    let client = zone.client("haproxy");
    for version in ["", "alpn h2"] {
        for (code, policy) in changes(&zone, &client) {
            let service = Service::start(with_alpn(&zone)).await;
            let through = Through::start(&zone, Some(&client), service.address(), version).await;
            for _ in 0..2 {
                assert_eq!(through.ask(WHOAMI).await.unwrap().common_name(), "haproxy");
            }
            assert_eq!(service.outcomes(), ["accepted"], "one connection");

            service.origin().reload(policy, &zone.server()).unwrap();
            assert_eq!(through.ask(WHOAMI).await.unwrap().status, 421, "{}", through.output());
            assert_eq!(service.outcomes(), ["accepted", code], "the same connection");
            assert_eq!(service.seen().len(), 2);
        }
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn haproxy_comes_back_when_it_is_accepted_again() {
    let zone = Zone::new();
    let client = zone.client("haproxy");
    let service = Service::start(zone.builder()).await;
    let through = Through::start(&zone, Some(&client), service.address(), "").await;
    assert_eq!(through.ask(WHOAMI).await.unwrap().status, 200);
    let other = Zone::named("another").policy().build().unwrap();
    service.origin().reload(other, &zone.server()).unwrap();
    assert_eq!(through.ask(WHOAMI).await.unwrap().status, 421);
    through.is_refused().await;
    service.origin().reload(zone.policy().build().unwrap(), &zone.server()).unwrap();
    assert_eq!(through.ask(WHOAMI).await.unwrap().common_name(), "haproxy");
    let expected = ["accepted", "unknown_issuer", "unknown_issuer", "accepted"];
    assert_eq!(service.outcomes(), expected, "{}", through.output());
}

fn with_alpn(zone: &Zone) -> OriginMtlsBuilder {
    zone.builder().alpn_protocols([b"h2".to_vec(), b"http/1.1".to_vec()])
}

/// Of each answer: the version of HTTP, the status, and how many connections it took.
async fn versions_of(
    service: &Service,
    zone: &Zone,
    client: &Client,
    version: &str,
    tls: Tls,
    paths: &[&str],
) -> Vec<String> {
    let options = [version, "--write-out", "\n=> %{http_version} %{http_code} %{num_connects}\n"];
    let tls = tls.of_curl();
    let said = curl(service.address(), zone, Some(client), &options, tls, paths).await;
    let lines = said.output.lines().filter_map(|line| line.strip_prefix("=> "));
    lines.map(str::to_owned).collect()
}
