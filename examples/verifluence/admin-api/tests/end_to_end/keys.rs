use testkit::issuer::IssuerServer;

use crate::{AUDIENCE, Scene, eventually};

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_new_key_is_believed_after_one_more_fetch_and_the_old_one_all_along() {
    let scene = Scene::start().await;
    let before = scene.alice();
    scene.issuer.rotate();
    let after = scene.alice();
    // Until the cool-down after the fetch at the start is over, nothing is asked for.
    eventually("the new key is believed", async || {
        assert_eq!(scene.streams(&before).await.status, 200);
        let answer = scene.streams(&after).await;
        assert!(matches!(answer.code(), (200, "-") | (401, "unknown_kid")), "{answer:?}");
        answer.status == 200
    })
    .await;
    assert_eq!(scene.issuer.requests(), 2);
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn without_keys_at_the_start_it_is_not_ready_and_refuses_until_they_come() {
    let issuer = IssuerServer::start(AUDIENCE.parse().unwrap()).await.unwrap();
    issuer.stop().await;
    let scene = Scene::start_before_keys(issuer).await;
    assert_eq!(scene.readiness().await.status, 503);
    let answer = scene.streams(&scene.alice()).await;
    assert_eq!(answer.code(), (503, "keys_unavailable"));
    assert!(answer.headers.contains_key("retry-after"));

    scene.issuer.resume().await.unwrap();
    eventually("it is ready", async || scene.readiness().await.status == 200).await;
    assert_eq!(scene.streams(&scene.alice()).await.status, 200);
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn while_the_issuer_is_down_a_known_key_is_believed_and_an_unknown_one_cannot_be_judged() {
    let scene = Scene::start().await;
    let before = scene.alice();
    scene.issuer.stop().await;
    scene.issuer.rotate();
    let after = scene.alice();
    eventually("the keys cannot be read", async || {
        assert_eq!(scene.streams(&before).await.status, 200);
        let answer = scene.streams(&after).await;
        assert!(matches!(answer.code(), (503 | 401, "keys_unavailable" | "unknown_kid")));
        answer.code() == (503, "keys_unavailable")
    })
    .await;
    let readiness = scene.readiness().await;
    assert_eq!(readiness.status, 200);
    assert_eq!(readiness.body["last_error"], "connection");

    scene.issuer.resume().await.unwrap();
    eventually("the new key is believed", async || scene.streams(&after).await.status == 200).await;
}
