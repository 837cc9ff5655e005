use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use testkit::issuer::{Answer, IssuerServer};
use testkit::port;
use testkit::process::Process;
use tokio::time::{sleep, timeout};

use crate::{ISSUER, PANEL};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_verifluence-admin-api");

#[test]
fn the_program_ends_with_status_2_and_tells_all_that_is_wrong() {
    let output = Command::new(PROGRAM).env_clear().env("LISTEN", "everywhere").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    for name in
        ["CF_ACCESS_TEAM_DOMAIN", "CF_ACCESS_AUD", "ADMIN_PANEL_ORIGIN", "DATABASE_URL", "LISTEN"]
    {
        assert!(told.contains(name), "{name} is not in:\n{told}");
    }
}

/// Starts the program with an issuer that answers so, and waits until `/readyz` tells why it has no
/// keys.
async fn why_not_ready(answer: Answer) -> Value {
    let issuer = IssuerServer::start(ISSUER.audience().clone()).await.unwrap();
    issuer.answer(answer);
    let health = port::reserve();
    let mut command = tokio::process::Command::new(PROGRAM);
    command.env_clear().envs([
        ("ADMIN_PANEL_ORIGIN", PANEL),
        ("CF_ACCESS_AUD", ISSUER.audience().as_str()),
        ("CF_ACCESS_TEAM_DOMAIN", issuer.team().issuer()),
        ("HEALTH_LISTEN", &health.to_string()),
        ("LISTEN", &port::reserve().to_string()),
        ("SINGLE_PROCESS", "true"),
    ]);
    let mut program = Process::start(command);
    program.wait_until_listening(health).await;

    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let told = async {
        loop {
            let answer = client.get(format!("http://{health}/readyz")).send().await.unwrap();
            assert_eq!(answer.status(), 503);
            let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            if !body["last_error"].is_null() {
                break body["last_error"].clone();
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let told = timeout(Duration::from_secs(20), told).await;
    told.unwrap_or_else(|_| panic!("no error is told\n{}", program.output()))
}

#[tokio::test]
async fn it_is_not_ready_while_the_certs_address_answers_500() {
    assert_eq!(why_not_ready(Answer::ServerError).await, "status");
}

#[tokio::test]
async fn it_is_not_ready_while_the_certs_address_answers_with_a_page() {
    assert_eq!(why_not_ready(Answer::Html).await, "document");
}

#[tokio::test]
async fn it_is_not_ready_while_the_certs_document_is_too_large() {
    assert_eq!(why_not_ready(Answer::Huge).await, "document");
}

#[tokio::test]
async fn it_is_not_ready_while_the_certs_address_redirects() {
    assert_eq!(why_not_ready(Answer::Redirect).await, "redirect");
}

#[tokio::test]
async fn it_is_not_ready_while_the_certs_address_hangs() {
    assert_eq!(why_not_ready(Answer::Hang).await, "timeout");
}
