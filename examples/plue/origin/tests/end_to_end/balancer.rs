//! All that is proven of one request, one proof around the other: behind HAProxy, which writes a PROXY header
//! of version 2 before TLS.

use std::net::SocketAddr;

use hyper::StatusCode;
use testkit::folder::Folder;
use testkit::haproxy::HaProxy;
use testkit::port;
use tokio::net::TcpStream;

use crate::client::handshake_over;
use crate::site::SETTINGS;
use crate::{Browser, Http, Issued, Scene, VISITOR, Zone, refused, tls};

struct Balancer {
    address: SocketAddr,
    _haproxy: HaProxy,
}

impl Balancer {
    async fn before(scene: &Scene) -> Self {
        let address = port::reserve();
        let configuration = CONFIGURATION
            .replace("{address}", &address.to_string())
            .replace("{origin}", &scene.address().to_string());
        let haproxy = HaProxy::start(Folder::new(), &configuration, &[address]).await;
        Self { address, _haproxy: haproxy }
    }

    /// `None` if it is refused.
    async fn connect(&self, scene: &Scene, client: Option<&Issued>) -> Option<Http> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let config = tls(&scene.zone, client);
        Http::over(handshake_over(stream, "plue.dev", config).await.ok()?).await
    }

    /// Without the header, and without the certificate.
    async fn nobody_comes_without(&self, scene: &Scene) {
        refused(scene.address(), scene.cloudflare()).await;
        scene.service.counted_of("proxy", "not_proxy", 1).await;
        if let Some(mut http) = self.connect(scene, None).await {
            assert!(http.get_with("/api/whoami", &[VISITOR]).await.is_none());
        }
        scene.service.counted("no_certificate", 1).await;
    }
}

const BEHIND: (&str, &str) = ("PLUE_PROXY_FROM", "127.0.0.1");

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn the_origin_takes_proxy_then_mtls_then_the_session() {
    let zone = Zone::new("the zone's authority");
    let settings = [&SETTINGS[..], &[BEHIND]].concat();
    let scene = Scene::with_arguments(zone, &settings, &["--single-process"]).await;
    let balancer = Balancer::before(&scene).await;
    let mut http = balancer.connect(&scene, Some(&scene.client)).await.unwrap();
    let mut browser = Browser::default();
    assert_eq!(browser.get(&mut http, "/api/whoami").await.status, StatusCode::UNAUTHORIZED);
    browser.sign_in(&mut http).await;
    let me = browser.get(&mut http, "/api/whoami").await.json();
    assert_eq!(me["user"]["address"], browser.address());
    assert_eq!((&me["client"], &me["edge"]), (&"203.0.113.7".into(), &scene.client.pin().into()));
    balancer.nobody_comes_without(&scene).await;
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn the_origin_takes_proxy_then_mtls_then_the_word_of_the_edge() {
    let (scene, edge) = Scene::with_edge(&[BEHIND]).await;
    let balancer = Balancer::before(&scene).await;
    let user = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
    let told = [VISITOR, ("x-plue-user-address", user)];
    let mut http = balancer.connect(&scene, Some(&edge)).await.unwrap();
    let me = http.get_with("/api/whoami", &told).await.unwrap().json();
    assert_eq!((&me["user"]["address"], &me["client"]), (&user.into(), &"203.0.113.7".into()));
    let mut http = balancer.connect(&scene, Some(&scene.client)).await.unwrap();
    let answer = http.get_with("/api/whoami", &told).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    balancer.nobody_comes_without(&scene).await;
}

const CONFIGURATION: &str = "\
global
    maxconn 256
    log stdout format raw local0

defaults
    mode tcp
    log global
    timeout connect 2s
    timeout client 20s
    timeout server 20s

frontend balancer
    bind {address}
    # Of Cloudflare's network: what connects in a test is on loopback, and no edge is there.
    tcp-request connection set-src ipv4(173.245.48.9)
    default_backend origin

backend origin
    server origin {origin} send-proxy-v2
";
