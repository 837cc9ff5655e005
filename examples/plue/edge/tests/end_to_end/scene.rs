use std::net::SocketAddr;
use std::path::Path;

use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use testkit::port;
use testkit::process::Process;
use testkit::redis::Redis;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinHandle;

/// The edge, and the forge behind it. Dropping this stops both.
pub(crate) struct Edge {
    address: SocketAddr,
    forge: JoinHandle<()>,
    _process: Process,
}

impl Edge {
    pub(crate) async fn with(redis: &Redis, arguments: &[&str]) -> Self {
        let forge_address = port::reserve();
        let listener = TcpListener::bind(forge_address).await.unwrap();
        let forge = Router::new().route("/api/whoami", get(whoami));
        let forge = tokio::spawn(async move { axum::serve(listener, forge).await.unwrap() });

        let (address, health) = (port::reserve(), port::reserve());
        let mut command = Command::new(env!("CARGO_BIN_EXE_plue-edge"));
        command
            .env_clear()
            .env("PLUE_LISTEN", address.to_string())
            .env("PLUE_HEALTH_LISTEN", health.to_string())
            .env("PLUE_ORIGIN", origin(address))
            .env("PLUE_UPSTREAM", format!("http://{forge_address}"))
            .env("PLUE_SESSION_KEYS", "test:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
            .env("PLUE_NONCE_SECRETS", "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=")
            .env("REDIS_URL", redis.url())
            .args(arguments);
        let mut process = Process::start(command);
        process.wait_until_listening(address).await;
        Self { address, forge, _process: process }
    }

    pub(crate) fn origin(&self) -> String {
        origin(self.address)
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.forge.abort();
    }
}

fn origin(address: SocketAddr) -> String {
    format!("http://localhost:{}", address.port())
}

/// As the forge tells who it is told of.
async fn whoami(headers: HeaderMap) -> impl IntoResponse {
    match headers.get("x-plue-user-address").and_then(|value| value.to_str().ok()) {
        Some(address) => Json(serde_json::json!({ "address": address })).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// Runs one of the clients, which says on its own what went wrong.
pub(crate) async fn client(script: &str, arguments: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    assert!(folder.join("node_modules").is_dir(), "run `npm ci` in {}", folder.display());
    let output =
        Command::new("node").current_dir(folder).arg(script).args(arguments).output().await;
    let output = output.unwrap();
    let [told, errors] = [&output.stdout, &output.stderr].map(|of| String::from_utf8_lossy(of));
    assert!(output.status.success(), "{script}:\n{told}\n{errors}");
    let steps = told.lines().filter(|line| line.contains("\"ok\":true")).count();
    assert!(steps >= 10, "{script} took {steps} steps:\n{told}");
}
