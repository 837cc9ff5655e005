//! Connections that stand while a reload changes who is accepted.

use std::future::Future;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::{StatusCode, Version};
use origin_mtls::{EdgeIdentity, OriginMtls, OriginPullPolicyBuilder};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::Outcomes;
use crate::axum::serve;
use crate::client::{Http, TLS13, config};
use crate::zone::{Zone, trusting};

fn app() -> Router {
    Router::new()
        .route("/", get(async |edge: EdgeIdentity| edge.common_name().unwrap_or("").to_owned()))
        .route("/blind", get(async || "nobody asks"))
}

fn with_h2(zone: &Zone) -> (OriginMtls, Outcomes) {
    Outcomes::of(zone.builder().alpn_protocols([b"h2".to_vec(), b"http/1.1".to_vec()]))
}

/// Each change after which a connection of this client must not be answered any more, with its code.
fn changes(zone: &Zone) -> [(&'static str, OriginPullPolicyBuilder); 3] {
    let other = Zone::new("other");
    [
        ("unknown_issuer", trusting(&[&other])),
        ("revoked", zone.policy().crls(zone.crl(1, &[7]))),
        ("pin_mismatch", zone.policy().pin(other.client(1).pin())),
    ]
}

#[tokio::test]
async fn a_live_connection_is_refused_after_each_change_over_http_1_and_2() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let zone = Zone::new("zone");
        let client = zone.client(7);
        for (code, policy) in changes(&zone) {
            let (origin, outcomes) = with_h2(&zone);
            let address = serve(&origin, app()).await;
            let mut config = config(&zone, Some(&client), TLS13);
            if version == Version::HTTP_2 {
                config.alpn_protocols = vec![b"h2".to_vec()];
            }
            let mut http = Http::connect(address, config, version).await.unwrap();
            assert_eq!(http.get("/").await.unwrap().body(), "client 7");
            assert_eq!(outcomes.take(), ["accepted"]);

            origin.reload(policy.build().unwrap(), &zone.server()).unwrap();
            // Whether or not the handler asks who it is.
            let answer = http.get("/blind").await.unwrap();
            assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST, "{code}");
            assert_eq!(answer.body(), "");
            assert_eq!(answer.headers()["cache-control"], "no-store");
            assert_eq!(outcomes.take(), [code]);
            if version == Version::HTTP_11 {
                assert_eq!(answer.headers()["connection"], "close");
                assert!(http.get("/").await.is_none(), "the connection has ended");
            } else {
                let answer = http.get("/").await.unwrap();
                assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST);
            }
        }
    }
}

#[tokio::test]
async fn a_live_connection_goes_on_after_a_reload_that_still_accepts_it() {
    let (old, new) = (Zone::new("old"), Zone::new("new"));
    let (origin, _) = with_h2(&old);
    let address = serve(&origin, app()).await;
    let config = config(&old, Some(&old.client(7)), TLS13);
    let mut http = Http::connect(address, config, Version::HTTP_11).await.unwrap();
    assert_eq!(http.get("/").await.unwrap().status(), StatusCode::OK);
    for policy in [trusting(&[&old, &new]), trusting(&[&new, &old]), old.policy()] {
        origin.reload(policy.build().unwrap(), &old.server()).unwrap();
        assert_eq!(http.get("/").await.unwrap().body(), "client 7");
    }
}

#[tokio::test]
async fn an_answer_that_is_under_way_is_finished() {
    let zone = Zone::new("zone");
    let (origin, outcomes) = with_h2(&zone);
    let (began, mut begun) = mpsc::channel::<mpsc::Sender<()>>(1);
    let slow = get(async move || {
        let (finish, mut finished) = mpsc::channel(1);
        began.send(finish).await.unwrap();
        finished.recv().await;
        "whole".repeat(100_000)
    });
    let address = serve(&origin, Router::new().route("/", slow)).await;
    let config = config(&zone, Some(&zone.client(7)), TLS13);
    let mut http = Http::connect(address, config, Version::HTTP_11).await.unwrap();
    let answer = tokio::spawn(async move { http.get("/").await });
    let finish = begun.recv().await.unwrap();
    let revoked = zone.policy().crls(zone.crl(1, &[7])).build().unwrap();
    origin.reload(revoked, &zone.server()).unwrap();
    finish.send(()).await.unwrap();
    let answer = answer.await.unwrap().unwrap();
    assert_eq!(answer.body().len(), 500_000);
    assert_eq!(outcomes.take(), ["accepted"]);
}

#[tokio::test]
async fn served_without_with_edge_identity_the_connection_breaks() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let zone = Zone::new("zone");
        let (origin, outcomes) = with_h2(&zone);
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let server: Box<dyn Future<Output = _> + Send + Unpin> =
            Box::new(axum::serve(origin.listener(tcp), app()).into_future());
        tokio::spawn(server);
        let mut config = config(&zone, Some(&zone.client(7)), TLS13);
        if version == Version::HTTP_2 {
            config.alpn_protocols = vec![b"h2".to_vec()];
        }
        let mut http = Http::connect(address, config, version).await.unwrap();
        assert_eq!(http.get("/blind").await.unwrap().body(), "nobody asks");
        let revoked = zone.policy().crls(zone.crl(1, &[7])).build().unwrap();
        origin.reload(revoked, &zone.server()).unwrap();
        assert!(http.get("/blind").await.is_none());
        assert_eq!(outcomes.wait_for(2).await, ["accepted", "revoked"]);
    }
}

#[tokio::test]
async fn the_time_to_finish_ends_and_reloads_do_not_prolong_it() {
    let zone = Zone::new("zone");
    let (origin, outcomes) = with_h2(&zone);
    let address = serve(&origin, app()).await;
    let mut config = config(&zone, Some(&zone.client(7)), TLS13);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let mut http = Http::connect(address, config, Version::HTTP_2).await.unwrap();
    assert_eq!(http.get("/").await.unwrap().status(), StatusCode::OK);
    let revoked = zone.policy().crls(zone.crl(1, &[7])).build().unwrap();
    tokio::time::pause();
    for passed in [0, 6, 3] {
        tokio::time::advance(Duration::from_secs(passed)).await;
        origin.reload(revoked.clone(), &zone.server()).unwrap();
        let answer = http.get("/").await.unwrap();
        assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST, "after {passed} more");
    }
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(http.get("/").await.is_none());
    // The stream tells of it as well, once.
    let outcomes = outcomes.take();
    assert_eq!(outcomes, ["accepted", "revoked", "revoked", "revoked", "revoked"]);
}
