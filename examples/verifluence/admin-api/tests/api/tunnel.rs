use std::net::SocketAddr;

use admin_api::behind_tunnel;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::http::request::Builder;
use serve::{Environment, Outcomes, Tunnel};

use crate::{Answer, PANEL, alice, app, empty, send as answer};

const DAEMON: &str = "172.28.0.7:40000";

/// The API, behind a tunnel that ends in these networks.
fn behind(networks: &str, outcomes: &Outcomes) -> Router {
    let variable = |name: &str| (name == "TUNNEL_FROM").then(|| networks.to_owned());
    let mut environment = Environment::new(variable);
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
    let app = behind("172.28.0.0/24", &outcomes);
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

/// The forms of the header, and the networks, are tested where they are read.
#[tokio::test]
async fn the_daemon_is_let_in_and_must_name_its_visitor() {
    let outcomes = Outcomes::default();
    let app = behind("172.28.0.0/24", &outcomes);
    let named = streams().header("cf-connecting-ip", "203.0.113.7");
    assert_eq!(send(&app, DAEMON, named).await.status, 200);
    assert_eq!(send(&app, DAEMON, streams()).await.code(), (400, "missing"));
    assert_eq!(outcomes.counts(), [("accepted", 1), ("missing", 1)].into());
}

#[tokio::test]
async fn a_server_that_is_not_told_of_its_peers_serves_nobody() {
    let app = behind("172.28.0.0/24", &Outcomes::default());
    assert_eq!(answer(&app, empty(streams())).await.code(), (500, "missing_layer"));
}
