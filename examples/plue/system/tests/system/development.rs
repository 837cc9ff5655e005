//! The lines of "Local Development", and "Local development still works without Cloudflare".

use std::process::Command;

use crate::Scene;
use crate::client::send;

/// "PLUE_DEV_MODE=true skips mTLS requirement": it would, on any machine that it is left over on.
#[test]
fn plue_dev_mode_turns_nothing_off_and_the_origin_does_not_start_with_it() {
    let program = env!("CARGO_BIN_EXE_plue");
    let output =
        Command::new(program).arg("origin").env_clear().env("PLUE_DEV_MODE", "true").output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("--ephemeral"), "{told}");
}

/// "Mock X-Plue-User-Address header for testing auth".
#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn who_holds_the_edges_throw_away_certificate_says_who_is_signed_in() {
    let scene = Scene::start().await;
    let user = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";
    let request = scene
        .past_the_edge(Some(&scene.system.certificates.edge), "/api/whoami")
        .header("cf-connecting-ip", "203.0.113.7")
        .header("x-plue-user-address", user);
    let answer = send(request).await.unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.body["user"]["address"].as_str()),
        (200, Some(user))
    );
}

/// "SSH server accepts connections without PROXY protocol": from the networks that are named for that.
#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn ssh_takes_connections_without_a_header_from_loopback() {
    let scene = Scene::start().await;
    assert!(scene.system.sshd.gets_through("127.0.0.9", scene.system.git_ssh.listen).await);
    // Not from where a header is due.
    assert!(!scene.system.sshd.gets_through("127.0.0.1", scene.system.git_ssh.listen).await);
}

/// Nothing here is Cloudflare's, and all of it runs.
#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn the_whole_runs_on_one_machine_without_cloudflare() {
    let scene = Scene::start().await;
    let mut visitor = scene.browser();
    visitor.sign_in().await;
    assert_eq!(visitor.get("/api/whoami").await.body["user"]["address"], visitor.address());
    assert_eq!(visitor.get("/login/").await.status, 200);
}
