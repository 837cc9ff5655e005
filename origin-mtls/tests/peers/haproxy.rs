//! HAProxy in front of the origin, which it shows a certificate.

use std::net::SocketAddr;

use testkit::folder::Folder;
use testkit::haproxy::HaProxy;
use testkit::port;
use tokio::net::{TcpSocket, TcpStream};

use crate::HOST;
use crate::scene::{Answer, Service, WHOAMI, ask};
use crate::zone::{Client, SERIAL, Zone};

const VERSIONS: [&str; 2] = ["ssl-max-ver TLSv1.2", "ssl-min-ver TLSv1.3"];

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn is_served_with_a_good_certificate() {
    let zone = Zone::new();
    let client = zone.client("haproxy");
    for version in VERSIONS {
        let service = Service::start(zone.builder()).await;
        let through = Through::start(&zone, Some(&client), service.address(), version).await;
        for _ in 0..3 {
            let answer = through.ask(WHOAMI).await.unwrap();
            assert_eq!(answer.common_name(), "haproxy", "{}", through.output());
        }
        assert_eq!(service.seen().len(), 3);
        // It keeps the connection for others who ask.
        assert_eq!(service.outcomes(), ["accepted"]);
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn is_refused_without_one_and_with_each_that_is_not_good() {
    let (zone, other) = (Zone::new(), Zone::named("another"));
    let policy = || zone.policy().crls(zone.crl(&[SERIAL]));
    let good = zone.client_with("good", |params| params.serial_number = Some(8.into()));
    let cases = [
        (None, "no_certificate"),
        (Some(other.client("other")), "unknown_issuer"),
        (Some(zone.client("revoked")), "revoked"),
    ];
    for version in VERSIONS {
        let service = Service::start(zone.builder_with(policy())).await;
        for (client, code) in &cases {
            let through = Through::start(&zone, client.as_ref(), service.address(), version).await;
            let before = service.outcomes().len();
            through.is_refused().await;
            let outcomes = service.decided(before + 1).await;
            assert!(outcomes[before..].iter().all(|heard| heard == code), "{outcomes:?}");
        }
        assert!(service.seen().is_empty());
        let through = Through::start(&zone, Some(&good), service.address(), version).await;
        assert_eq!(through.ask(WHOAMI).await.unwrap().common_name(), "good");
    }
}

/// HAProxy, and where it listens.
pub(crate) struct Through {
    haproxy: HaProxy,
    listen: SocketAddr,
}

impl Through {
    /// In front of this origin, whose certificate it verifies, with further options of its `server`.
    pub(crate) async fn start(
        zone: &Zone,
        client: Option<&Client>,
        origin: SocketAddr,
        options: &str,
    ) -> Self {
        let (folder, listen) = (Folder::new(), port::reserve());
        let shown = client.map_or_else(String::new, |client| {
            format!("crt {}", folder.write("client.pem", &client.with_key()))
        });
        let configuration = CONFIGURATION
            .replace("{listen}", &listen.to_string())
            .replace("{origin}", &origin.to_string())
            .replace("{ca}", &zone.ca)
            .replace("{host}", HOST)
            .replace("{options}", &format!("{shown} {options}"));
        let haproxy = HaProxy::start(folder, &configuration, &[listen]).await;
        Self { haproxy, listen }
    }

    /// Asks over a connection of its own.
    pub(crate) async fn ask(&self, path: &str) -> Option<Answer> {
        ask(TcpStream::connect(self.listen).await.unwrap(), path).await
    }

    /// Asks from this address of the machine, and says what it was, with its port.
    pub(crate) async fn ask_from(&self, ip: &str, path: &str) -> (SocketAddr, Answer) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(ip.parse().unwrap(), 0)).unwrap();
        let stream = socket.connect(self.listen).await.unwrap();
        let client = stream.local_addr().unwrap();
        let answer = ask(stream, path).await;
        (client, answer.unwrap_or_else(|| panic!("no answer\n{}", self.output())))
    }

    /// Asserts that it has no answer of the origin's.
    pub(crate) async fn is_refused(&self) {
        let answer = self.ask(WHOAMI).await;
        let answer = answer.unwrap_or_else(|| panic!("no answer\n{}", self.output()));
        // Bad Gateway or Service Unavailable: by when it learned of it.
        assert!(matches!(answer.status, 502 | 503), "{answer:?}\n{}", self.output());
    }

    /// What HAProxy has written until now.
    pub(crate) fn output(&self) -> String {
        self.haproxy.output()
    }
}

// `nbthread 1`: a thread need not find the connection that another one keeps. `retries 0`: what is
// refused stays so, and is heard of once.
const CONFIGURATION: &str = "\
global
    maxconn 256
    nbthread 1
    log stdout format raw local0

defaults
    mode http
    log global
    option httplog
    retries 0
    timeout connect 10s
    timeout client 60s
    timeout server 60s

listen front
    bind {listen}
    http-reuse always
    server origin {origin} ssl verify required ca-file {ca} verifyhost {host} sni str({host}) {options}
";
