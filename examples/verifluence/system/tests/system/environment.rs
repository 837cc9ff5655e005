//! The rows of "Environment variables".

use std::process::Command;

use testkit::issuer::IssuerServer;
use verifluence::{ADMIN_API, AUDIENCE};

use crate::Scene;

#[test]
fn cf_access_team_domain_is_required_and_so_is_the_audience() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_verifluence")).arg("admin-api").env_clear().output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    for name in ["CF_ACCESS_TEAM_DOMAIN", "CF_ACCESS_AUD"] {
        assert!(told.contains(name), "{told}");
    }
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn cf_access_team_domain_says_whose_tokens_are_believed() {
    let scene = Scene::start().await;
    let other = IssuerServer::start(AUDIENCE.parse().unwrap()).await.unwrap();
    let token = other.user("alice@verifluence.io");
    let request = scene.get(ADMIN_API, "/api/streams");
    let request = request.header("cookie", format!("CF_Authorization={token}"));
    assert_eq!(scene.send(request).await.status, 401);
}

#[test]
fn admin_secret_is_removed_one_that_is_left_over_is_not_asked_for() {
    let output = Command::new(env!("CARGO_BIN_EXE_verifluence"))
        .arg("admin-api")
        .env_clear()
        .env("ADMIN_SECRET", "hunter2")
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!told.contains("ADMIN_SECRET") && !told.contains("hunter2"), "{told}");
}
