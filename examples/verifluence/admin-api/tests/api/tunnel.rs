use std::net::SocketAddr;

use admin_api::behind_tunnel;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::http::request::Builder;
use serve::{Environment, Outcomes, Tunnel};

use crate::{Answer, PANEL, alice, app, empty, send as answer};

const DAEMON: &str = "172.28.0.7:40000";

/// The API, behind a tunnel that these networks are given for.
fn behind(networks: Option<&str>, outcomes: &Outcomes) -> Router {
    let networks = networks.map(str::to_owned);
    let mut environment =
        Environment::new(|name| networks.clone().filter(|_| name == "TUNNEL_FROM"));
    let tunnel = Tunnel::read(&mut environment).build(outcomes.counter()).unwrap();
    behind_tunnel(app(), &tunnel)
}

async fn send(app: &Router, peer: &str, request: Builder) -> Answer {
    let mut request = alice().sign(empty(request));
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    answer(app, request).await
}

fn streams() -> Builder {
    Request::get("/api/streams")
}

#[tokio::test]
async fn who_is_not_the_tunnels_daemon_is_refused_whatever_they_ask_for() {
    let outcomes = Outcomes::default();
    let app = behind(Some("172.28.0.0/24"), &outcomes);
    for peer in ["127.0.0.1:40000", "[::1]:40000", "172.28.1.7:40000", "203.0.113.7:40000"] {
        let preflight = Request::options("/api/streams")
            .header("origin", PANEL)
            .header("access-control-request-method", "GET");
        for request in [streams(), Request::get("/api/none"), preflight] {
            let request = request.header("cf-connecting-ip", "203.0.113.7");
            let answer = send(&app, peer, request).await;
            assert_eq!(answer.code(), (403, "denied"), "{peer}");
            assert_eq!(answer.headers["content-type"], "application/json");
            // It is refused outside of what tells pages whether they may read it.
            assert!(!answer.headers.contains_key("access-control-allow-origin"));
        }
    }
    assert_eq!(outcomes.counts(), [("denied", 12)].into());
}

#[tokio::test]
async fn the_daemon_names_one_visitor() {
    let outcomes = Outcomes::default();
    let app = behind(Some("172.28.0.0/24, fd00::/64"), &outcomes);
    for (peer, visitor) in [(DAEMON, "203.0.113.7"), ("[fd00::7]:40000", "2001:4860:4860::8888")] {
        let answer = send(&app, peer, streams().header("cf-connecting-ip", visitor)).await;
        assert_eq!(answer.status, 200, "{visitor}");
    }
    let refused = async |values: &[(&str, &str)]| {
        let request =
            values.iter().fold(streams(), |request, (name, value)| request.header(*name, *value));
        let answer = send(&app, DAEMON, request).await;
        assert_eq!(answer.status, 400, "{values:?}");
        answer.code().1.to_owned()
    };
    let name = "cf-connecting-ip";
    assert_eq!(refused(&[]).await, "missing");
    // Another spelling is another header, which is taken away.
    assert_eq!(refused(&[("cf_connecting_ip", "203.0.113.7")]).await, "missing");
    assert_eq!(refused(&[("x-forwarded-for", "203.0.113.7")]).await, "missing");
    assert_eq!(refused(&[(name, "203.0.113.7"), (name, "203.0.113.7")]).await, "several");
    assert_eq!(refused(&[(name, "203.0.113.7, 203.0.113.8")]).await, "invalid_address");
    assert_eq!(refused(&[(name, "")]).await, "invalid_address");
    let both = streams().header(name, "203.0.113.7").header("cf_connecting_ip", "203.0.113.8");
    assert_eq!(send(&app, DAEMON, both).await.status, 200);
    assert_eq!(outcomes.counts().get("accepted"), Some(&3));
}

#[tokio::test]
async fn without_the_setting_this_machine_alone_may_ask_and_names_nobody() {
    let app = behind(None, &Outcomes::default());
    for peer in ["127.0.0.1:40000", "[::1]:40000", "[::ffff:127.0.0.1]:40000"] {
        assert_eq!(send(&app, peer, streams()).await.status, 200, "{peer}");
        let request = streams().header("cf-connecting-ip", "not an address");
        assert_eq!(send(&app, peer, request).await.status, 200, "{peer}");
    }
    assert_eq!(send(&app, DAEMON, streams()).await.code(), (403, "denied"));
}

#[tokio::test]
async fn a_server_that_is_not_told_of_its_peers_serves_nobody() {
    let app = behind(Some("172.28.0.0/24"), &Outcomes::default());
    assert_eq!(answer(&app, empty(streams())).await.code(), (500, "missing_layer"));
}
