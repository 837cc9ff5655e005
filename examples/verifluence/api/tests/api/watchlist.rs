use std::time::Duration;

use api::{Limits, People, Stores};
use axum::http::Request;
use axum::http::request::Builder;
use database::testing::Migrated;
use serde_json::json;
use siwe_session::Claims;
use sqlx::Executor;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::{Scene, Wallet, empty, now};

fn watch(stream: &str) -> Builder {
    Request::post(format!("/api/watchlist/{stream}"))
}

fn unwatch(stream: &str) -> Builder {
    Request::delete(format!("/api/watchlist/{stream}"))
}

fn list() -> Builder {
    Request::get("/api/watchlist")
}

over_both!(a_wallet_has_a_watchlist_of_its_own, what_is_no_stream_is_not_found);

async fn a_wallet_has_a_watchlist_of_its_own(scene: &Scene) {
    let (one, other) = (Wallet::new(), Wallet::new());
    assert_eq!(scene.send_as(&one, watch("rust")).await.status, 201);
    assert_eq!(scene.send_as(&one, watch("chess")).await.status, 201);
    assert_eq!(scene.send_as(&one, watch("rust")).await.status, 200);

    assert_eq!(scene.send_as(&one, list()).await.body, json!(["rust", "chess"]));
    assert_eq!(scene.send_as(&other, list()).await.body, json!([]));
    assert_eq!(scene.send_as(&other, unwatch("rust")).await.status, 204);
    for _ in 0..2 {
        assert_eq!(scene.send_as(&one, unwatch("rust")).await.status, 204);
        assert_eq!(scene.send_as(&one, list()).await.body, json!(["chess"]));
    }
}

async fn what_is_no_stream_is_not_found(scene: &Scene) {
    let wallet = Wallet::new();
    for stream in ["none", "Rust", "rust%20", "rust%00", "%00", "%ff", "'"] {
        for request in [watch(stream), unwatch(stream)] {
            let answer = scene.send_as(&wallet, request).await;
            assert_eq!(answer.code(), (404, "not_found"), "{stream}");
        }
    }
    assert_eq!(scene.send_as(&wallet, list()).await.body, json!([]));
}

const FEW: Limits = Limits { wallets: 1, streams: 2 };

/// That a watchlist is as long as it may be.
async fn a_list_is_bounded(scene: &Scene, wallet: &Wallet) {
    for stream in ["rust", "chess"] {
        assert_eq!(scene.send_as(wallet, watch(stream)).await.status, 201);
    }
    let answer = scene.send_as(wallet, watch("speedrun")).await;
    assert_eq!(answer.code(), (409, "watchlist_full"));
    assert_eq!(scene.send_as(wallet, watch("rust")).await.status, 200);
    assert_eq!(scene.send_as(wallet, watch("none")).await.code(), (404, "not_found"));
    assert_eq!(scene.send_as(wallet, unwatch("rust")).await.status, 204);
    assert_eq!(scene.send_as(wallet, watch("speedrun")).await.status, 201);
}

#[tokio::test]
async fn what_is_kept_in_memory_is_bounded() {
    let scene = Scene::with(People::default(), Stores::single_process(FEW));
    let (one, other) = (Wallet::new(), Wallet::new());
    a_list_is_bounded(&scene, &one).await;
    assert_eq!(scene.send_as(&other, watch("rust")).await.code(), (503, "full"));

    // One that is empty takes no place.
    for stream in ["speedrun", "chess"] {
        scene.send_as(&one, unwatch(stream)).await;
    }
    assert_eq!(scene.send_as(&other, watch("rust")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_is_kept_of_a_wallet_in_a_database_is_bounded_though_all_of_it_comes_at_once() {
    let migrated = Migrated::start().await;
    let stores = Stores::postgres(&migrated.store("api"), FEW);
    let scene = Scene::with(People::default(), stores);
    for _ in 0..2 {
        a_list_is_bounded(&scene, &Wallet::new()).await;
    }

    let more = "INSERT INTO streams SELECT 'more-' || i, '' FROM generate_series(1, 4) AS i";
    migrated.owner.execute(more).await.unwrap();
    // Whoever has found room waits here to take it.
    let mut gate = migrated.owner.begin().await.unwrap();
    gate.execute("LOCK TABLE watchlists IN SHARE MODE").await.unwrap();
    let wallet = Wallet::new();
    let bearer = format!("Bearer {}", scene.site.token(&wallet, Claims::new(), now()));
    let mut requests = JoinSet::new();
    for stream in 1..=4 {
        let request = watch(&format!("more-{stream}")).header("authorization", &bearer);
        let (app, request) = (scene.app.clone(), empty(request));
        requests.spawn(async { crate::answer(app, request).await.status.as_u16() });
    }
    for _ in 0..50 {
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&migrated.owner).await.unwrap();
        if waiting == 4 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    gate.rollback().await.unwrap();
    let statuses = requests.join_all().await;
    // On a machine that is busy, some may not have their turn in time.
    assert!(statuses.iter().all(|status| [201, 409, 503].contains(status)), "{statuses:?}");
    assert!(statuses.iter().filter(|status| **status == 201).count() <= 2, "{statuses:?}");
    let listed = scene.send_as(&wallet, list()).await.body;
    assert!(listed.as_array().unwrap().len() <= 2, "{listed}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_wallet_is_kept_in_the_form_of_eip_55_and_a_stream_that_is_removed_is_on_no_list() {
    let migrated = Migrated::start().await;
    let (scene, wallet) = (Scene::over(&migrated), Wallet::new());
    assert_eq!(scene.send_as(&wallet, watch("rust")).await.status, 201);
    let kept: String = sqlx::query_scalar("SELECT wallet FROM watchlists")
        .fetch_one(&migrated.owner)
        .await
        .unwrap();
    assert_eq!(kept, wallet.address().to_checksum(None));

    migrated.owner.execute("DELETE FROM streams WHERE id = 'rust'").await.unwrap();
    assert_eq!(scene.send_as(&wallet, list()).await.body, json!([]));
    assert_eq!(scene.send_as(&wallet, watch("rust")).await.code(), (404, "not_found"));
}
