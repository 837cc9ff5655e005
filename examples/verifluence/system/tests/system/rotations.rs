//! The run-book, `docs/operations.md`: its commands are run as they stand there, while people, staff and Kick
//! go on as if nothing were done, and at the end what was replaced is refused.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use kick_hmac::testing::{KickSigner, RelaySigner};
use kick_hmac::{RelayKeys, RelaySecret};
use siwe_session::testing::Wallet;
use testkit::runbook::{Operator, steps};
use testkit::traffic::Traffic;
use tokio::time::sleep;
use verifluence::{ADMIN_API, Server};

use crate::scene::trusting;
use crate::visitors::{Deliveries, Staff, Wallets};
use crate::{Scene, eventually};

const RUNBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/operations.md");

/// Runs the steps below this heading. After each of them the traffic goes on, and then this is done.
async fn run(
    scene: &mut Scene,
    heading: &str,
    variables: &[(&str, &str)],
    traffic: &Traffic,
    mut after: impl AsyncFnMut(&mut Scene, usize),
) {
    let operator = Operator::new(&["restart"], &[]).await;
    traffic.goes_on().await;
    for (index, step) in steps(Path::new(RUNBOOK), heading).iter().enumerate() {
        let restart = async |words: Vec<String>| scene.restart(&words[1]).await;
        operator.run(step, variables, restart).await;
        traffic.goes_on().await;
        after(scene, index).await;
        traffic.goes_on().await;
    }
}

fn pid(server: &Server) -> String {
    server.pid().unwrap().to_string()
}

/// Changes the settings of a server, which count from its next start on.
fn set(scene: &Scene, server: &str, from: &str, to: &str) {
    let path = scene.system.files.path(&format!("{server}.env"));
    let settings = fs::read_to_string(&path).unwrap();
    assert!(settings.contains(from), "{settings}");
    fs::write(path, settings.replace(from, to)).unwrap();
}

/// One hangup a step; then people go to and fro between an instance that has read the files and one that has
/// not, and then the second reads them too.
async fn has_reloaded(scene: &Scene, second: &Server, step: usize, traffic: &Traffic) {
    let has_read = async |api: &Server| {
        let told = "the keys were read again, and are used";
        eventually("keys are read", async || api.output().matches(told).count() > step).await;
    };
    has_read(&scene.system.api).await;
    traffic.goes_on().await;
    second.hang_up();
    has_read(second).await;
}

/// What the public API answers to a daemon with this address.
async fn from(scene: &Scene, address: [u8; 4]) -> u16 {
    let client = reqwest::Client::builder().no_proxy().local_address(IpAddr::from(address));
    let client = client.tls_backend_preconfigured(trusting(scene.system.authority.certificate()));
    let url = format!("http://{}/api/streams", scene.system.api.listen);
    let request = client.build().unwrap().get(url).header("cf-connecting-ip", "203.0.113.7");
    scene.send(request).await.status.as_u16()
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn access_rotates_its_keys_and_staff_go_on() {
    let mut scene = Scene::start().await;
    let first = scene.access("alice@verifluence.io");
    let traffic = Traffic::start(Staff::new(&scene));
    // Keys are not read twice in ten seconds; a team rotates its own every few weeks.
    for _ in 0..2 {
        traffic.goes_on().await;
        sleep(Duration::from_secs(11)).await;
        scene.system.issuer.rotate();
        let status = format!("http://{}", scene.system.admin_api.operator);
        run(&mut scene, "Access team keys", &[("STATUS", &status)], &traffic, async |_, _| {})
            .await;
    }
    let request = scene.get(ADMIN_API, "/api/streams").header("cookie", first);
    assert_eq!(scene.send(request).await.code(), (401, "unknown_kid"));
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn another_access_application_replaces_the_one_before() {
    const NEW: &str = "62eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228";
    let mut scene = Scene::start().await;
    let old = scene.access("alice@verifluence.io");
    let staff = Staff::new(&scene);
    let audience = staff.audience.clone();
    let traffic = Traffic::start(staff);
    let settings = scene.system.files.path("admin-api.env");
    let variables = [("SETTINGS", &*settings), ("NEW_AUD", NEW)];
    run(&mut scene, "The Access application", &variables, &traffic, async |_, step| {
        // Both are accepted: Cloudflare's side is changed.
        if step == 0 {
            *audience.lock().unwrap() = NEW.to_owned();
        }
    })
    .await;
    let request = scene.get(ADMIN_API, "/api/streams").header("cookie", old);
    assert_eq!(scene.send(request).await.code(), (401, "wrong_audience"));
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn session_keys_are_replaced_and_nobody_is_signed_out() {
    let mut scene = Scene::start().await;
    let old = scene.sign_in(&Wallet::new()).await;
    let second = scene.system.another_api().await;
    let traffic = Traffic::start(Wallets::sign_in(&scene, &second).await);
    let file = scene.system.files.path("session-keys");
    // The first instance reads the file before the second.
    let pid = pid(&scene.system.api);
    let variables = [("KEYS", &*file), ("KID", "2027"), ("PID", &*pid)];
    run(&mut scene, "Session keys", &variables, &traffic, async |scene, step| {
        has_reloaded(scene, &second, step, &traffic).await;
    })
    .await;
    let me = scene.signed_in(&old, "GET", "/api/me");
    assert_eq!(scene.send(me).await.code(), (401, "unknown_key"));
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn nonce_secrets_are_replaced_while_people_are_signing_in() {
    let mut scene = Scene::start().await;
    let wallet = Wallet::new();
    let old = scene.outside.begin(&wallet, &scene.outside).await;
    let second = scene.system.another_api().await;
    let traffic = Traffic::start(Wallets::sign_in(&scene, &second).await);
    let file = scene.system.files.path("nonce-secrets");
    let pid = pid(&scene.system.api);
    let variables = [("KEYS", &*file), ("PID", &*pid)];
    run(&mut scene, "Nonce secrets", &variables, &traffic, async |scene, step| {
        has_reloaded(scene, &second, step, &traffic).await;
    })
    .await;
    assert_eq!(scene.send(old).await.code(), (401, "unknown_nonce"));
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn kick_replaces_its_key_and_deliveries_go_on() {
    let mut scene = Scene::start().await;
    let (old, new) = (scene.follow(7), KickSigner::new());
    let published = scene.system.files.write("published.pem", &new.pem());
    let file = scene.system.files.path("kick.pem");
    let deliveries = Deliveries::new(&scene);
    let signer = deliveries.signer.clone();
    let traffic = Traffic::start(deliveries);
    let server = &scene.system.kick_server;
    let (pid, status) = (pid(server), format!("http://{}", server.operator));
    let variables =
        [("KEY", &*file), ("NEW_KEY", &*published), ("PID", &*pid), ("STATUS", &*status)];
    let mut new = Some(new);
    run(&mut scene, "Kick's public key", &variables, &traffic, async |scene, step| {
        if step == 0 {
            let server = &scene.system.kick_server;
            eventually("the key is read", async || {
                server.output().contains("the key file was read")
            })
            .await;
            // What Kick has on its way is good for a day.
            assert_eq!(scene.deliver(&scene.follow(7)).await, 204);
            signer.kick(new.take().unwrap());
        }
    })
    .await;
    assert_eq!(scene.deliver(&old).await, 401);
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn the_relays_secret_is_replaced_and_deliveries_go_on() {
    const OLD: &str = "b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZC0=";
    let mut scene = Scene::start().await;
    let file = scene.system.files.write("relay-secret", &format!("{OLD}\n"));
    set(&scene, "kick-server", "KICK_PUBLIC_KEY_FILE=", "KICK_RELAY_SECRET_FILE=");
    set(&scene, "kick-server", "kick.pem", "relay-secret");
    scene.restart("kick-server").await;
    let relay = |secret: &str| {
        let secret = RelaySecret::from_base64(secret.trim().as_bytes()).unwrap();
        RelaySigner::with(RelayKeys::kick_relay([secret]).unwrap())
    };
    let deliveries = Deliveries::new(&scene);
    let signer = deliveries.signer.clone();
    signer.relay(relay(OLD));
    let old = signer.delivery();
    let traffic = Traffic::start(deliveries);
    let pid = pid(&scene.system.kick_server);
    run(
        &mut scene,
        "A relay's secret",
        &[("SECRETS", &file), ("PID", &pid)],
        &traffic,
        async |scene, step| {
            let server = &scene.system.kick_server;
            let told = "the key file was read";
            eventually("it is read", async || server.output().matches(told).count() > step).await;
            if step == 0 {
                let secrets = fs::read_to_string(&file).unwrap();
                signer.relay(relay(secrets.lines().last().unwrap()));
            }
        },
    )
    .await;
    assert_eq!(scene.deliver(&old).await, 401);
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn the_networks_of_the_tunnel_are_replaced() {
    let mut scene = Scene::start().await;
    set(&scene, "api", "TUNNEL_FROM=127.0.0.2", "TUNNEL_FROM=127.0.0.3,127.0.0.2");
    scene.restart("api").await;
    let (old, new) = ([127, 0, 0, 3], [127, 0, 0, 4]);
    assert_eq!((from(&scene, old).await, from(&scene, new).await), (200, 403));
    let second = scene.system.another_api().await;
    let traffic = Traffic::start(Wallets::sign_in(&scene, &second).await);
    let settings = scene.system.files.path("api.env");
    let variables = [
        ("SERVER", "api"),
        ("SETTING", "TUNNEL_FROM"),
        ("SETTINGS", &*settings),
        ("OLD", "127.0.0.3"),
        ("NEW", "127.0.0.4"),
    ];
    run(&mut scene, "Networks", &variables, &traffic, async |scene, step| {
        let answers = (from(scene, old).await, from(scene, new).await);
        assert_eq!(answers, if step == 0 { (200, 200) } else { (403, 200) });
    })
    .await;
}
