use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kick_server::EmbeddedStore;
use tokio::task::JoinSet;

use crate::{Scene, follow};

#[tokio::test(start_paused = true)]
async fn what_was_acknowledged_survives_a_restart_and_another_run_of_its_message_adds_nothing() {
    let scene = Scene::new();
    let message = follow();
    assert_eq!(scene.deliver(&message).await.status, 204);

    let scene = Scene::in_folder(scene.end());
    // The ids that were handled are forgotten with the process, so it is handled once more.
    assert_eq!(scene.deliver(&message).await.status, 204);
    assert_eq!(scene.kept().await.len(), 1);
    let name = "kick_events_total{kind=\"channel.followed\",kept=\"before\"}";
    assert_eq!(scene.metric(name).await, "1");

    assert_eq!(scene.deliver(&follow()).await.status, 204);
    let sequences: Vec<_> = scene.kept().await.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn of_64_deliveries_of_a_message_at_once_one_is_handled() {
    let scene = Arc::new(Scene::new());
    let message = follow();
    let mut deliveries = JoinSet::new();
    for _ in 0..64 {
        let (scene, request) = (Arc::clone(&scene), message.request());
        deliveries.spawn(async move { scene.send(request).await.status.as_u16() });
    }
    let answers = deliveries.join_all().await;
    // Whoever comes while it is handled is to come again, and finds it done.
    assert!(answers.iter().all(|status| [200, 204, 503].contains(status)), "{answers:?}");
    while scene.deliver(&message).await.status == 503 {}
    assert_eq!(scene.kept().await.len(), 1);
    let name = "kick_events_total{kind=\"channel.followed\",kept=\"new\"}";
    assert_eq!(scene.metric(name).await, "1");
}

#[tokio::test(start_paused = true)]
async fn what_is_old_is_removed_and_numbers_go_on() {
    let scene = Scene::new();
    for _ in 0..3 {
        assert_eq!(scene.deliver(&follow()).await.status, 204);
    }
    assert_eq!(scene.store.prune(Duration::from_secs(60 * 60)).await.unwrap(), 0);
    // All of them are older than that in a second from now. The last one stays, for its number.
    let mut removed = 0;
    while removed < 2 {
        removed += scene.store.prune(Duration::ZERO).await.unwrap();
    }
    assert_eq!(removed, 2);
    assert_eq!(scene.deliver(&follow()).await.status, 204);
    let sequences: Vec<_> = scene.kept().await.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, [3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_folder_is_used_once_at_a_time_and_must_be_there() {
    let scene = Scene::new();
    assert!(EmbeddedStore::open(Path::new(&scene.folder.path(""))).is_err());
    assert!(EmbeddedStore::open(Path::new(&scene.folder.path("mounted/later"))).is_err());
}
