use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use siwe_session::Message;
use siwe_session::testing::Wallet;
use testkit::port;
use testkit::process::Process;
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_plue-edge");

/// The program, on ports of its own.
pub(crate) struct Service {
    pub(crate) process: Process,
    pub(crate) edge: SocketAddr,
    health: SocketAddr,
    client: Client<HttpConnector, Body>,
}

impl Service {
    /// Starts it with these arguments and variables, and waits until it listens.
    pub(crate) async fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let (edge, health) = (port::reserve(), port::reserve());
        // The shell tells the process's id, and is the process from then on.
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "echo \"pid $$\"; exec \"$0\" \"$@\"", PROGRAM])
            .args(arguments)
            .env_clear()
            .env("PLUE_LISTEN", edge.to_string())
            .env("PLUE_HEALTH_LISTEN", health.to_string())
            .envs(variables.iter().copied());
        let mut process = Process::start(command);
        process.wait_until_listening(edge).await;
        process.wait_until_listening(health).await;
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { process, edge, health, client }
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let (status, _, body) = self.send(Request::get(path), String::new()).await;
        (status, body)
    }

    /// What the operator sees at this path.
    pub(crate) async fn look(&self, path: &str) -> (u16, String) {
        let uri = format!("http://{}{path}", self.health).parse().unwrap();
        let answer = self.client.get(uri).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    pub(crate) async fn send(&self, request: Builder, body: String) -> (u16, HeaderMap, String) {
        let path = request.uri_ref().unwrap().clone();
        let request = request.uri(format!("http://{}{path}", self.edge));
        let answer = self.client.request(request.body(Body::from(body)).unwrap());
        let answer = timeout(PATIENCE, answer).await.unwrap();
        let answer = answer.unwrap_or_else(|error| panic!("{error}\n{}", self.process.output()));
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    pub(crate) fn hang_up(&self) {
        let output = self.process.output();
        let id = output.lines().find_map(|line| line.strip_prefix("pid ")?.parse().ok());
        kill_process(id.and_then(Pid::from_raw).unwrap(), Signal::HUP).unwrap();
    }
}

/// A wallet in a browser: it has the cookies that it was given.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) wallet: Wallet,
    cookies: Vec<String>,
}

impl Browser {
    pub(crate) fn cookie(&self) -> String {
        self.cookies.join("; ")
    }

    pub(crate) async fn send(
        &mut self,
        to: &Service,
        request: Builder,
        body: String,
    ) -> (u16, String) {
        let request = request.header("cookie", self.cookie());
        let (status, headers, body) = to.send(request, body).await;
        for cookie in headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let name = cookie.split_inclusive('=').next().unwrap();
            self.cookies.retain(|other| !other.starts_with(name));
            self.cookies.push(cookie.to_owned());
        }
        (status, body)
    }

    pub(crate) async fn get(&mut self, to: &Service, path: &str) -> (u16, String) {
        self.send(to, Request::get(path), String::new()).await
    }

    /// Begins a sign-in at this one, and says what is to be sent to end it.
    pub(crate) async fn begin(&mut self, at: &Service) -> String {
        let (status, body) = self.get(at, "/api/auth/nonce").await;
        assert_eq!(status, 200, "{body}");
        let asked: Value = serde_json::from_str(&body).unwrap();
        let message = Message::builder(asked["domain"].as_str().unwrap(), self.wallet.address())
            .uri(asked["uri"].as_str().unwrap())
            .chain_id(1)
            .nonce(asked["nonce"].as_str().unwrap())
            .issued_at(now())
            .build()
            .unwrap();
        json!({ "message": message.as_str(), "signature": self.wallet.sign(&message) }).to_string()
    }

    pub(crate) async fn verify(&mut self, at: &Service, body: &str) -> (u16, String) {
        let request = Request::post("/api/auth/verify").header("content-type", "application/json");
        self.send(at, request, body.to_owned()).await
    }

    pub(crate) async fn sign_in(&mut self, at: &Service) {
        let body = self.begin(at).await;
        let (status, told) = self.verify(at, &body).await;
        assert_eq!(status, 200, "{told}");
    }
}

/// Asks until it is so.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let deadline = Instant::now().checked_add(PATIENCE).unwrap();
    while !is_so().await {
        assert!(Instant::now() < deadline, "not in time: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the program reads the system's clock")]
fn now() -> SystemTime {
    SystemTime::now()
}

const PATIENCE: Duration = Duration::from_secs(60);
