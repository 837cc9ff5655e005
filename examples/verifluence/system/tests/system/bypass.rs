//! "VPS inbound ports: none", "IP bypass possible: no", "WAF bypass possible: no".

use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use siwe_session::testing::Wallet;

use crate::{Scene, listening};

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn vps_inbound_ports_are_none_but_those_of_loopback() {
    let scene = Scene::start().await;
    let system = &scene.system;
    for server in [&system.api, &system.admin_api, &system.kick_server] {
        let listening = listening::addresses(server.pid().unwrap());
        assert!(listening.contains(&server.listen), "{listening:?}");
        assert!(listening.iter().all(|address| address.ip().is_loopback()), "{listening:?}");
        assert_eq!(listening.len(), 2, "and the operator's: {listening:?}");
    }
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn ip_bypass_finds_no_socket_at_the_address_of_the_machine() {
    let scene = Scene::start().await;
    let system = &scene.system;
    // Another address of loopback is not the one that they listen at either.
    let other = Some(IpAddr::from([127, 0, 0, 9]));
    for address in [other, address_of_this_machine()].into_iter().flatten() {
        for server in [&system.api, &system.admin_api, &system.kick_server] {
            let there = SocketAddr::new(address, server.listen.port());
            let connected = TcpStream::connect_timeout(&there, Duration::from_secs(5));
            assert!(connected.is_err(), "{there}");
        }
    }
}

/// The address that others would reach this machine at. A machine without a network has none.
fn address_of_this_machine() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    // Sends nothing: the system chooses the address that it would send from.
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().unwrap().ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// Who is on the machine already, in another container say, reaches the port and is not the tunnel.
#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn ip_bypass_a_connection_past_the_edge_is_refused_by_each_server() {
    let scene = Scene::start().await;
    let system = &scene.system;
    for server in [&system.api, &system.admin_api, &system.kick_server] {
        for path in ["/", "/api/streams", "/api/auth/nonce", "/wh/kick", "/nothing"] {
            for method in ["GET", "POST", "OPTIONS"] {
                let bare = scene.past_the_edge(method, server, path);
                assert_eq!(scene.send(bare).await.status, 403, "{method} {path}");
                // Nor by saying what the edge says.
                let dressed = scene
                    .past_the_edge(method, server, path)
                    .header("cf-connecting-ip", "203.0.113.7")
                    .header("cf-ray", "8c5d0e0fca4d2e1b-TST")
                    .header("x-forwarded-for", "127.0.0.2");
                assert_eq!(scene.send(dressed).await.status, 403, "{method} {path}");
            }
        }
    }
}

/// What the edge would let through is refused too, when it has not come through the edge: a filter, a
/// rate limit and a policy cannot be gone around.
#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn waf_bypass_what_is_good_at_the_edge_is_refused_past_it() {
    let scene = Scene::start().await;
    let system = &scene.system;

    let session = scene.sign_in(&Wallet::new()).await;
    assert_eq!(scene.send(scene.signed_in(&session, "GET", "/api/me")).await.status, 200);
    let past = scene.past_the_edge("GET", &system.api, "/api/me").bearer_auth(&session);
    assert_eq!(scene.send(past).await.code(), (403, "denied"));

    let token = system.issuer.user("alice@verifluence.io");
    let past = scene.past_the_edge("GET", &system.admin_api, "/api/streams");
    let answer = scene.send(past.header("cf-access-jwt-assertion", token)).await;
    assert_eq!(answer.code(), (403, "denied"));

    let delivery = scene.follow(7);
    let past = scene.past_the_edge("POST", &system.kick_server, "/");
    let past = past.headers(delivery.headers().clone()).body(delivery.body().clone());
    assert_eq!(scene.send(past).await.status, 403);
    // Its id is not used up by that.
    assert_eq!(scene.deliver(&delivery).await, 204);
}
