//! The visitor's address, in the header that Cloudflare names it by.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::http::request::Builder;
use edge::visitors;
use serve::Outcomes;

use crate::{Answer, Scene, get, send};

const HEADER: &str = "cf-connecting-ip";

/// The edge, behind these networks, which may be none.
fn behind(scene: &Scene, networks: &[&str], outcomes: &Outcomes) -> Router {
    let networks = networks.iter().map(|network| network.parse().unwrap()).collect();
    scene.app.clone().layer(visitors(networks, outcomes).unwrap())
}

/// A request over a connection from there.
async fn from(app: &Router, peer: &str, request: Builder) -> Answer {
    let mut request: Request<Body> = request.body(Body::empty()).unwrap();
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    send(app, request).await
}

#[tokio::test]
async fn whoever_connects_is_the_visitor_and_is_named_whatever_was_sent() {
    for (peer, named) in [
        ("203.0.113.7:1", "203.0.113.7"),
        ("[2001:db8::7]:1", "2001:db8::7"),
        // As a listener of both families gives it.
        ("[::ffff:203.0.113.7]:1", "203.0.113.7"),
    ] {
        let scene = Scene::start().await;
        let app = behind(&scene, &[], &Outcomes::default());
        let request = get("/plue/edge")
            .header(HEADER, "198.51.100.1")
            .header(HEADER, "198.51.100.2")
            .header("cf_connecting_ip", "198.51.100.3")
            .header("x-forwarded-for", "198.51.100.4")
            .header("true-client-ip", "198.51.100.5");
        assert_eq!(from(&app, peer, request).await.status, 200);
        let seen = scene.seen();
        assert_eq!(seen.all(HEADER), [named], "{peer}");
        let others = seen.headers.values().filter(|value| value.as_bytes().starts_with(b"198."));
        assert_eq!(others.count(), 0, "{peer}");
    }
}

#[tokio::test]
async fn what_stands_before_the_edge_names_the_visitor_and_nobody_else_may_connect() {
    let scene = Scene::start().await;
    let outcomes = Outcomes::default();
    let app = behind(&scene, &["10.0.0.0/8", "173.245.48.0/20"], &outcomes);
    let visitor = || get("/plue/edge").header(HEADER, "203.0.113.7");
    for peer in ["10.1.2.3:1", "173.245.48.9:1"] {
        assert_eq!(from(&app, peer, visitor()).await.status, 200, "{peer}");
        assert_eq!(scene.forge.seen().pop().unwrap().all(HEADER), ["203.0.113.7"], "{peer}");
    }
    for peer in ["203.0.113.7:1", "127.0.0.1:1", "11.0.0.1:1", "[2001:db8::7]:1"] {
        assert_eq!(from(&app, peer, visitor()).await.status, 403, "{peer}");
    }
    // On every path, and before a session counts.
    let signed = get("/api/whoami").header(HEADER, "203.0.113.7");
    assert_eq!(from(&app, "203.0.113.7:1", signed).await.status, 403);
    assert_eq!(outcomes.counts()["denied"], 5);
    assert_eq!(scene.forge.seen().len(), 2);
}

#[tokio::test]
async fn a_visitor_who_is_not_named_once_and_well_is_refused() {
    let scene = Scene::start().await;
    let app = behind(&scene, &["10.0.0.0/8"], &Outcomes::default());
    let request = || get("/plue/edge");
    for wrong in [
        request(),
        request().header("cf_connecting_ip", "203.0.113.7"),
        request().header("x-forwarded-for", "203.0.113.7"),
        request().header(HEADER, "203.0.113.7").header(HEADER, "203.0.113.7"),
        request().header(HEADER, "203.0.113.7, 203.0.113.8"),
        request().header(HEADER, "plue.example"),
        // Somebody passes for this machine.
        request().header(HEADER, "127.0.0.1"),
    ] {
        assert_eq!(from(&app, "10.1.2.3:1", wrong).await.status, 400);
    }
    assert_eq!(scene.forge.seen().len(), 0);
}

#[test]
fn what_stands_before_the_edge_cannot_be_everybody() {
    for network in ["0.0.0.0/0", "::/0"] {
        let networks = vec![network.parse().unwrap()];
        assert!(visitors(networks, &Outcomes::default()).is_err(), "{network}");
    }
}
