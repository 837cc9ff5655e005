use std::time::Duration;

use crate::{Scene, empty, get};

#[tokio::test]
async fn what_is_the_same_for_everybody_is_cached_as_the_forge_says() {
    let scene = Scene::start().await;
    let answer = scene.send(empty(get("/cached/page"))).await;
    assert_eq!(answer.all("cache-control"), ["public, max-age=60"]);
    assert!(answer.all("set-cookie").is_empty());
}

#[tokio::test]
async fn what_is_answered_to_someone_is_kept_by_no_shared_cache() {
    let scene = Scene::start().await;
    for path in ["/cached/page", "/plue/edge", "/api/whoami"] {
        let answer = scene.send_signed(get(path)).await;
        assert_eq!(answer.all("cache-control"), ["no-store"], "{path}");
        assert!(answer.all("cloudflare-cdn-cache-control").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn what_is_answered_to_a_session_that_has_expired_is_not_kept_either() {
    let scene = Scene::start().await;
    let cookie = format!("__Host-siwe={}", scene.token(Duration::from_secs(2 * 60 * 60)));
    let answer = scene.send(empty(get("/cached/page").header("cookie", cookie))).await;
    assert_eq!(answer.all("cache-control"), ["no-store"]);
}

#[tokio::test]
async fn a_session_in_the_second_half_of_its_life_is_renewed_on_the_way() {
    let scene = Scene::start().await;
    let cookie = format!("__Host-siwe={}", scene.token(Duration::from_secs(45 * 60)));
    let answer = scene.send(empty(get("/cached/page").header("cookie", cookie))).await;
    assert!(answer.all("set-cookie")[0].starts_with("__Host-siwe="));
    assert_eq!(answer.all("cache-control"), ["no-store"]);
}
