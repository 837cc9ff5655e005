use hyper::StatusCode;
use rustls::ClientConfig;
use rustls::version::TLS12;

use crate::client::tls_of;
use crate::{Http, Scene, Zone, get, refused, tls};

#[tokio::test]
async fn who_shows_the_zones_certificate_is_answered_and_known() {
    let scene = Scene::start(&[]).await;
    let mut http = scene.connect().await;
    let answer = http.get("/").await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "Plue\n"));

    let visitor = [("cf-connecting-ip", "203.0.113.7")];
    let who = http.get_with("/whoami", &visitor).await.unwrap().json();
    assert_eq!(who["edge"]["common_name"], "Cloudflare Origin Pull");
    assert_eq!(who["client"], "203.0.113.7");
    let status = scene.service.status().await;
    assert_eq!(who["edge"]["pin"], status["clients"][0]["pin"]);
    assert_eq!(who["edge"]["anchor"], status["anchors"][0]["pin"]);
    scene.service.counted("accepted", 1).await;

    assert_eq!(http.get("/nothing").await.unwrap().status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_shows_none_or_another_authoritys_is_refused_in_the_handshake() {
    let scene = Scene::start(&[]).await;
    let other = Zone::new("another account's authority").client(7);
    let namesake = Zone::new("the zone's authority").client(7);
    for (client, code) in [
        (None, "no_certificate"),
        (Some(&other), "unknown_issuer"),
        (Some(&namesake), "bad_signature"),
        (Some(&scene.zone.server()), "extended_key_usage"),
    ] {
        refused(scene.address(), tls(&scene.zone, client)).await;
        scene.service.counted(code, 1).await;
    }
    scene.service.counted("accepted", 0).await;
}

#[tokio::test]
async fn a_request_for_a_host_that_is_not_served_is_misdirected() {
    let scene = Scene::start(&[]).await;
    let mut http = scene.connect().await;
    for host in ["plue.dev", "plue.dev:8443", "PLUE.DEV", "staging.plue.dev"] {
        let answer = http.get_from(host, "/", &[]).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{host}");
    }
    for host in ["evil.example", "plue.dev.evil.example", "a.b.plue.dev", "127.0.0.1"] {
        let answer = http.get_from(host, "/", &[]).await.unwrap();
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert_eq!(answer.body, "");
    }
    scene.service.counted("host_mismatch", 4).await;
}

#[tokio::test]
async fn http_2_is_spoken_with_who_offers_it() {
    let scene = Scene::start(&[]).await;
    let mut config = scene.cloudflare();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut http = Http::connect(scene.address(), config).await.unwrap();
    assert!(matches!(http, Http::Two(_)));
    assert_eq!(http.get("/").await.unwrap().body, "Plue\n");
    let answer = http.get_from("evil.example", "/", &[]).await.unwrap();
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn tls_1_2_is_spoken_where_that_is_allowed() {
    let scene = Scene::start(&[]).await;
    assert!(Http::connect(scene.address(), tls12(&scene)).await.is_none());
    scene.service.counted("handshake", 1).await;

    let scene = Scene::start(&[("PLUE_ALLOW_TLS12", "true")]).await;
    assert_eq!(get(scene.address(), tls12(&scene), "/").await.body, "Plue\n");
}

fn tls12(scene: &Scene) -> ClientConfig {
    tls_of(&[&TLS12], &scene.zone.certificate, Some(&scene.client))
}

#[tokio::test]
async fn another_key_than_those_that_are_pinned_is_refused() {
    let scene = Scene::start(&[("PLUE_PINS", &format!("{:064}", 7))]).await;
    refused(scene.address(), scene.cloudflare()).await;
    scene.service.counted("pin_mismatch", 1).await;
}

#[tokio::test]
async fn under_the_strict_profile_a_certificate_is_not_for_ever() {
    let scene = Scene::start(&[("PLUE_STRICT", "true")]).await;
    refused(scene.address(), scene.cloudflare()).await;
    scene.service.counted("validity_too_long", 1).await;
    let scene = Scene::start(&[]).await;
    assert_eq!(get(scene.address(), scene.cloudflare(), "/").await.status, StatusCode::OK);
}
