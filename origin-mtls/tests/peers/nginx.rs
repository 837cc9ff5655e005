//! nginx in front of the origin, which it shows a certificate.

use std::net::SocketAddr;

use testkit::folder::Folder;
use testkit::nginx::Nginx;
use testkit::port;
use tokio::net::TcpStream;

use crate::HOST;
use crate::scene::{Answer, Service, WHOAMI, ask};
use crate::zone::{Client, SERIAL, Zone, changes};

const VERSIONS: [&str; 2] = ["TLSv1.2", "TLSv1.3"];

#[tokio::test]
#[ignore = "needs nginx: run .ci/run peers"]
async fn is_served_with_a_good_certificate() {
    let zone = Zone::new();
    let client = zone.client("nginx");
    for version in VERSIONS {
        let service = Service::start(zone.builder()).await;
        let through = Through::start(&zone, Some(&client), service.address(), version).await;
        for number in 1..=3 {
            let answer = through.ask().await;
            assert_eq!(answer.common_name(), "nginx", "{}", through.nginx.output());
            // A connection each, though nginx would go on with a session.
            assert_eq!(service.outcomes(), vec!["accepted"; number]);
        }
        assert_eq!(service.seen().len(), 3);
    }
}

#[tokio::test]
#[ignore = "needs nginx: run .ci/run peers"]
async fn is_refused_without_one_and_with_each_that_is_not_good() {
    let (zone, other) = (Zone::new(), Zone::named("another"));
    let cases = [
        (None, "no_certificate"),
        (Some(other.client("other")), "unknown_issuer"),
        (Some(zone.client("revoked")), "revoked"),
    ];
    for version in VERSIONS {
        for (client, code) in &cases {
            let policy = zone.policy().crls(zone.crl(&[SERIAL]));
            let service = Service::start(zone.builder_with(policy)).await;
            let through = Through::start(&zone, client.as_ref(), service.address(), version).await;
            assert_eq!(through.ask().await.status, 502, "{}", through.nginx.output());
            assert_eq!(service.decided(1).await, [*code]);
            assert!(service.seen().is_empty());
        }
    }
}

#[tokio::test]
#[ignore = "needs nginx: run .ci/run peers"]
async fn is_refused_after_each_reload_that_no_longer_accepts_it() {
    let zone = Zone::new();
    let client = zone.client("nginx");
    for version in VERSIONS {
        for (code, policy) in changes(&zone, &client) {
            let service = Service::start(zone.builder()).await;
            let through = Through::start(&zone, Some(&client), service.address(), version).await;
            assert_eq!(through.ask().await.common_name(), "nginx");
            service.origin().reload(policy, &zone.server()).unwrap();
            assert_eq!(through.ask().await.status, 502, "{}", through.nginx.output());
            assert_eq!(service.decided(2).await, ["accepted", code]);
            assert_eq!(service.seen().len(), 1);
        }
    }
}

/// nginx, and where it listens.
struct Through {
    nginx: Nginx,
    listen: SocketAddr,
}

impl Through {
    async fn start(
        zone: &Zone,
        client: Option<&Client>,
        origin: SocketAddr,
        version: &str,
    ) -> Self {
        let listen = port::reserve();
        let shown = client.map_or_else(String::new, |client| {
            let Client { certificate, key } = client;
            format!("proxy_ssl_certificate {certificate}; proxy_ssl_certificate_key {key};")
        });
        let location = format!(
            "proxy_pass https://{origin}; proxy_ssl_protocols {version}; {shown} \
             proxy_ssl_server_name on; proxy_ssl_name {HOST}; proxy_ssl_verify on; \
             proxy_ssl_trusted_certificate {}; proxy_ssl_session_reuse on;",
            zone.ca
        );
        let nginx = Nginx::start_http(Folder::new(), listen, &location).await;
        Self { nginx, listen }
    }

    async fn ask(&self) -> Answer {
        let stream = TcpStream::connect(self.listen).await.unwrap();
        let answer = ask(stream, WHOAMI).await;
        answer.unwrap_or_else(|| panic!("no answer\n{}", self.nginx.output()))
    }
}
