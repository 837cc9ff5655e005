use api::{People, Watchlists};
use axum::http::Request;
use serde_json::json;

use crate::{Scene, Wallet};

#[tokio::test]
async fn a_wallet_has_a_watchlist_of_its_own() {
    let scene = Scene::new();
    let (one, other) = (Wallet::new(), Wallet::new());
    let watch = |stream: &str| Request::post(format!("/api/watchlist/{stream}"));
    assert_eq!(scene.send_as(&one, watch("rust")).await.status, 201);
    assert_eq!(scene.send_as(&one, watch("chess")).await.status, 201);
    assert_eq!(scene.send_as(&one, watch("rust")).await.status, 200);
    assert_eq!(scene.send_as(&one, watch("none")).await.code(), (404, "not_found"));

    let list = || Request::get("/api/watchlist");
    assert_eq!(scene.send_as(&one, list()).await.body, json!(["rust", "chess"]));
    assert_eq!(scene.send_as(&other, list()).await.body, json!([]));
    for _ in 0..2 {
        let answer = scene.send_as(&one, Request::delete("/api/watchlist/rust")).await;
        assert_eq!(answer.status, 204);
    }
    assert_eq!(scene.send_as(&one, list()).await.body, json!(["chess"]));
}

#[tokio::test]
async fn what_is_kept_is_bounded() {
    let scene = Scene::with(People::default(), Watchlists::new(1, 2));
    let (one, other) = (Wallet::new(), Wallet::new());
    let watch = |stream: &str| Request::post(format!("/api/watchlist/{stream}"));
    for stream in ["rust", "chess"] {
        assert_eq!(scene.send_as(&one, watch(stream)).await.status, 201);
    }
    let answer = scene.send_as(&one, watch("speedrun")).await;
    assert_eq!(answer.code(), (409, "watchlist_full"));
    assert_eq!(scene.send_as(&one, watch("rust")).await.status, 200);
    assert_eq!(scene.send_as(&other, watch("rust")).await.code(), (503, "full"));

    // One that is empty takes no place.
    for stream in ["rust", "chess"] {
        scene.send_as(&one, Request::delete(format!("/api/watchlist/{stream}"))).await;
    }
    assert_eq!(scene.send_as(&other, watch("rust")).await.status, 201);
}
