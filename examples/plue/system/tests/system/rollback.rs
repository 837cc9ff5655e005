//! The steps of "Rollback Plan".

use plue::{Settings, SignIn};

use crate::client::send;
use crate::{Scene, node};

const USER: &str = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";

/// "SIWE at edge: toggle feature flag to use origin SIWE verification".
#[tokio::test]
#[ignore = "needs Node with its packages, HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn rollback_of_the_sign_in_wallets_sign_in_at_the_origin_with_nothing_changed_for_them() {
    let settings = Settings { sign_in: SignIn::Origin, ..Settings::default() };
    let mut scene = Scene::with(settings).await;
    let steps = node("viem.mjs", &scene.system.site).await;
    assert!(steps.iter().any(|step| step == "cookie: protected route"), "{steps:?}");

    let mut visitor = scene.browser();
    visitor.sign_in().await;
    assert_eq!(visitor.get("/api/whoami").await.body["user"]["address"], visitor.address());
    // No header is believed: not the edge's own word either.
    let edge = &scene.system.certificates.edge;
    let told = scene.past_the_edge(Some(edge), "/api/whoami").header("x-plue-user-address", USER);
    let told = told.header("cf-connecting-ip", "203.0.113.7");
    assert_eq!(send(told).await.unwrap().code(), (401, "missing_session"));
    // It is the origin that signs in.
    scene.system.origin.kill().await;
    assert_eq!(scene.browser().get("/api/auth/nonce").await.status, 502);
}

/// "Spectrum: point DNS directly to origin IP".
#[tokio::test]
#[ignore = "needs git, HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn rollback_of_spectrum_clients_connect_to_the_origin_themselves() {
    let scene = Scene::start().await;
    let address = scene.system.git_ssh.listen;
    scene.system.sshd.push_and_clone("127.0.0.9", "127.0.0.10", address).await;
    let log = scene.system.git_ssh.output();
    let is_direct =
        |line: &str| line.contains("client=127.0.0.9:") && line.contains("evidence=\"direct\"");
    assert!(log.lines().any(is_direct), "{log}");
}

/// "mTLS: disable client cert requirement".
#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn rollback_of_mtls_everybody_is_answered_and_nobody_is_taken_for_the_edge() {
    let scene = Scene::with(Settings { observe: true, ..Settings::default() }).await;
    let stranger = |path| scene.past_the_edge(None, path).header("x-plue-user-address", USER);
    assert_eq!(send(stranger("/")).await.unwrap().status, 200);
    let whoami = send(stranger("/api/whoami").header("cf-connecting-ip", "203.0.113.7")).await;
    let whoami = whoami.unwrap();
    assert!(whoami.status.is_client_error(), "{whoami:?}");
    assert!(scene.origin_counted("no_certificate").await >= 1);
    // Who comes through the edge notices nothing.
    let mut visitor = scene.browser();
    visitor.sign_in().await;
    assert_eq!(visitor.get("/api/whoami").await.body["user"]["address"], visitor.address());
}
