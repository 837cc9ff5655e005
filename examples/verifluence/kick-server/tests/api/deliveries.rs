use axum::body::Body;

use crate::{CAMPAIGN, FOLLOW, SIGNER, Scene, follow};

#[tokio::test(start_paused = true)]
async fn a_delivery_is_kept_as_it_is_signed_and_acknowledged_with_an_empty_answer() {
    let scene = Scene::new();
    let message = follow();
    let answer = scene.deliver(&message).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));

    let kept = scene.kept().await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].message_id, message.message_id().as_str());
    assert_eq!(kept[0].kind, "channel.followed");
    assert_eq!(kept[0].claimed_type.as_deref(), Some("channel.followed"));
    assert_eq!(kept[0].claimed_version.as_deref(), Some("1"));
    assert_eq!(kept[0].body, FOLLOW.as_bytes());
    assert_eq!(message.headers()["kick-event-message-timestamp"], kept[0].sent_at);
}

#[tokio::test(start_paused = true)]
async fn the_path_of_the_old_system_is_one_too() {
    let scene = Scene::new();
    let mut request = follow().request::<Body>();
    *request.uri_mut() = "/wh/kick".parse().unwrap();
    assert_eq!(scene.send(request).await.status, 204);
    assert_eq!(scene.kept().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_comes_again_is_acknowledged_and_kept_once() {
    let scene = Scene::new();
    let message = follow();
    assert_eq!(scene.deliver(&message).await.status, 204);
    assert_eq!(scene.deliver(&message).await.status, 200);
    assert_eq!(scene.kept().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_type_that_nobody_knows_is_kept_and_acknowledged() {
    let scene = Scene::new();
    let message = SIGNER.event("channel.raided", FOLLOW);
    assert_eq!(scene.deliver(&message).await.status, 204);
    let kept = scene.kept().await;
    assert_eq!(kept[0].kind, "unknown");
    assert_eq!(kept[0].claimed_type.as_deref(), Some("channel.raided"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_have_the_claimed_shape_is_kept_and_says_so() {
    let scene = Scene::new();
    let message = SIGNER.event("kicks.gifted", FOLLOW);
    assert_eq!(scene.deliver(&message).await.status, 204);
    let kept = scene.kept().await;
    assert_eq!(kept[0].kind, "malformed");
    assert_eq!(kept[0].body, FOLLOW.as_bytes());
    assert_eq!(scene.metric("kick_events_total{kind=\"malformed\",kept=\"new\"}").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_a_database_would_not_take_as_text_is_kept() {
    let scene = Scene::new();
    let body = b"{\"broadcaster\":{\"user_id\":7},\"follower\":{},\"new\":\"\\u0000\xff\"}";
    let message = SIGNER.event("channel.followed", body);
    assert_eq!(scene.deliver(&message).await.status, 204);
    assert_eq!(scene.kept().await[0].body, body);
}

#[tokio::test(start_paused = true)]
async fn a_drops_claim_of_our_campaign_is_kept_and_answered_with_200() {
    let scene = Scene::new();
    let claim = format!(
        r#"{{"claim_id":"01JQR5KV0QC94HMETWYNBWRW4Z","user_id":8,"campaign_id":"{CAMPAIGN}","reward_id":"r"}}"#
    );
    assert_eq!(scene.deliver(&SIGNER.drops_claim(&claim)).await.status, 200);
    let kept = scene.kept().await;
    assert_eq!((kept[0].kind.as_str(), kept[0].claimed_type.as_deref()), ("drops.claim", None));

    let of_others = claim.replace(CAMPAIGN, "01JQ79DGGK8C9117GJN8EHCYGH");
    assert_eq!(scene.deliver(&SIGNER.drops_claim(of_others)).await.status, 403);
    assert_eq!(scene.kept().await.len(), 1);
}
