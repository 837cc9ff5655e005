use axum::http::Request;
use serde_json::Value;
use testkit::postgres::Postgres;
use testkit::redis::Redis;

use crate::{Browser, Service, eventually};

const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// Two edges of one site that share a store.
async fn two(store: (&str, &str)) -> [Service; 2] {
    let keys = format!("a:{SECRET}");
    let variables = [
        ("PLUE_ORIGIN", "https://plue.example"),
        ("PLUE_UPSTREAM", "http://127.0.0.1:1"),
        ("PLUE_SESSION_KEYS", &*keys),
        ("PLUE_NONCE_SECRETS", SECRET),
        store,
    ];
    // At once, on an empty store.
    tokio::join!(Service::start(&[], &variables), Service::start(&[], &variables)).into()
}

async fn are_one([first, second]: &[Service; 2]) {
    let mut browser = Browser::default();
    // Begun at one and ended at the other, once.
    let body = browser.begin(first).await;
    let mut thief = Browser::default();
    assert_ne!(thief.verify(first, &body).await.0, 200);
    assert_eq!(browser.verify(second, &body).await.0, 200);
    assert_eq!(browser.verify(first, &body).await.0, 401);
    for edge in [first, second] {
        assert_eq!(browser.get(edge, "/api/auth/session").await.0, 200);
        // The forge is down, which is found out by those alone who may ask it.
        assert_eq!(browser.get(edge, "/api/whoami").await.0, 502);
    }
    // Signed out of at one, at the other as well: whoever has kept the cookie.
    let kept = Request::post("/api/auth/logout").header("cookie", browser.cookie());
    assert_eq!(first.send(kept, String::new()).await.0, 204);
    assert_eq!(browser.get(second, "/api/whoami").await.0, 401);
}

#[tokio::test]
#[ignore = "needs Redis: run .ci/run peers"]
async fn two_edges_with_one_redis_are_one() {
    let redis = Redis::start().await;
    are_one(&two(("REDIS_URL", &redis.url())).await).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn two_edges_with_one_database_are_one() {
    let postgres = Postgres::start().await;
    are_one(&two(("DATABASE_URL", &postgres.url())).await).await;
}

#[tokio::test]
#[ignore = "needs Redis: run .ci/run peers"]
async fn while_redis_is_away_strangers_are_served_and_nobody_is_let_in() {
    let mut redis = Redis::start().await;
    let [edge, _other] = two(("REDIS_URL", &redis.url())).await;
    let mut browser = Browser::default();
    browser.sign_in(&edge).await;
    redis.stop().await;
    assert_eq!(browser.get(&edge, "/api/whoami").await.0, 503);
    // A page for everybody is asked for, of a forge that is down.
    assert_eq!(edge.get("/plue/edge").await.0, 502);
    let ready: Value = serde_json::from_str(&edge.look("/readyz").await.1).unwrap();
    assert_eq!((&ready["ready"], &ready["store_is_failing"]), (&true.into(), &true.into()));

    redis.start_again().await;
    eventually("it is back", async || {
        edge.get("/login/").await;
        let request = Request::get("/api/whoami").header("cookie", browser.cookie());
        edge.send(request, String::new()).await.0 == 502
    })
    .await;
}
