//! "Reliability: cloudflared is not a SPOF".

use siwe_session::testing::Wallet;
use verifluence::{API, KICK};

use crate::{Scene, eventually};

/// Sessions, and what was handled, are not the tunnel's.
#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn after_a_crash_of_the_tunnels_daemon_everything_goes_on() {
    let mut scene = Scene::start().await;
    let session = scene.sign_in(&Wallet::new()).await;
    let delivery = scene.follow(7);
    assert_eq!(scene.deliver(&delivery).await, 204);

    scene.system.restart_tunnel().await;
    eventually("the session goes on", async || {
        scene.send(scene.signed_in(&session, "GET", "/api/me")).await.status == 200
    })
    .await;
    assert_eq!(scene.deliver(&delivery).await, 200);
    assert_eq!(scene.deliver(&scene.follow(7)).await, 204);
    assert_eq!(scene.send(scene.get(KICK, "/")).await.status, 405);
    assert_eq!(scene.send(scene.get(API, "/api/streams")).await.status, 200);
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn while_access_is_down_staff_go_on_by_the_keys_that_are_there() {
    let scene = Scene::start().await;
    scene.system.issuer.stop().await;
    let request = scene.get(verifluence::ADMIN_API, "/api/streams");
    let request = request.header("cookie", scene.access("alice@verifluence.io"));
    assert_eq!(scene.send(request).await.status, 200);
}
