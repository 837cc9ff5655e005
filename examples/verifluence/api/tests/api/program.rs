use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use database::testing::Migrated;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use siwe_session::Message;
use siwe_session::testing::Wallet;
use sqlx::Executor;
use testkit::port;
use testkit::postgres::Postgres;
use testkit::process::Process;
use tokio::process::Command;
use tokio::time::timeout;

use crate::startup::{GOOD, PROGRAM};
use crate::{Answer, WEB, eventually, now, with_json};

/// The program, over a real socket.
struct Service {
    process: Process,
    api: SocketAddr,
    health: SocketAddr,
    client: Client<HttpConnector, Body>,
}

impl Service {
    /// Starts it, and waits until it listens.
    async fn start(settings: &[(&str, &str)]) -> Self {
        let (api, health) = (port::reserve(), port::reserve());
        let mut process = Process::start(command(api, health, settings));
        process.wait_until_listening(api).await;
        process.wait_until_listening(health).await;
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Self { process, api, health, client }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        self.send_to(self.api, request).await
    }

    async fn send_to(&self, to: SocketAddr, mut request: Request<Body>) -> Answer {
        *request.uri_mut() = format!("http://{to}{}", request.uri()).parse().unwrap();
        let answer = timeout(Duration::from_secs(20), self.client.request(request)).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer\n{}", self.process.output()));
        let (parts, body) = answer.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn eventually_serves(&self) {
        let serves = async || self.get("/api/streams").await.status == 200;
        eventually("it serves", serves).await;
    }

    async fn look(&self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).unwrap();
        self.send_to(self.health, request).await
    }

    /// The session of a wallet that signs in.
    async fn sign_in(&self, wallet: &Wallet) -> Answer {
        let nonce = Request::get("/api/auth/nonce").header("origin", WEB);
        let asked = self.send(nonce.body(Body::empty()).unwrap()).await;
        let message = Message::builder(asked.body["domain"].as_str().unwrap(), wallet.address())
            .uri(asked.body["uri"].as_str().unwrap())
            .chain_id(1)
            .nonce(asked.body["nonce"].as_str().unwrap())
            .issued_at(now())
            .build()
            .unwrap();
        let signature = wallet.sign(&message);
        let body =
            json!({ "message": message.as_str(), "signature": signature, "session": "token" });
        let cookie = cookie(&asked.headers);
        let request = Request::post("/api/auth/verify").header("origin", WEB);
        self.send(with_json(request.header("cookie", cookie), &body)).await
    }
}

fn cookie(headers: &HeaderMap) -> String {
    let cookie = headers["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn command(api: SocketAddr, health: SocketAddr, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().envs(GOOD).env_remove("SINGLE_PROCESS");
    command.env("LISTEN", api.to_string()).env("HEALTH_LISTEN", health.to_string());
    command.envs(settings.iter().copied());
    command
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn with_a_user_of_its_role_it_does_all_that_it_does_and_two_of_it_share_what_is_kept() {
    let migrated = Migrated::start().await;
    let url = migrated.url("api");
    let settings = [("DATABASE_URL", url.as_str())];
    let one = Service::start(&settings).await;
    let other = Service::start(&settings).await;
    let wallet = Wallet::new();
    let signed_in = one.sign_in(&wallet).await;
    assert_eq!(signed_in.status, 200, "{signed_in:?}\n{}", one.process.output());
    let bearer = format!("Bearer {}", signed_in.body["token"].as_str().unwrap());
    let send = async |service: &Service, method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).header("authorization", &bearer);
        service.send(request.body(Body::empty()).unwrap()).await
    };

    assert_eq!(one.get("/api/streams").await.body[1]["id"], "rust");
    assert_eq!(one.get("/api/operators").await.body, json!([]));
    assert_eq!(send(&one, "POST", "/api/watchlist/rust").await.status, 201);
    assert_eq!(send(&other, "POST", "/api/watchlist/rust").await.status, 200);
    assert_eq!(send(&other, "GET", "/api/watchlist").await.body, json!(["rust"]));
    assert_eq!(send(&other, "DELETE", "/api/watchlist/rust").await.status, 204);
    assert_eq!(send(&one, "GET", "/api/watchlist").await.body, json!([]));

    let issued = "INSERT INTO impersonations
        VALUES (sha256('a token'), 'user-7', '7335d417', now() + interval '1 minute')";
    migrated.owner.execute(issued).await.unwrap();
    let redeem = |token| with_json(Request::post("/api/impersonate"), &json!({ "token": token }));
    assert_eq!(one.send(redeem("another")).await.code(), (410, "used_or_unknown"));
    assert_eq!(one.send(redeem("a token")).await.status, 200);
    assert_eq!(other.send(redeem("a token")).await.code(), (410, "used_or_unknown"));
    let told = one.process.output();
    let begun = "impersonation begun user=\"user-7\" by=\"7335d417\" client=127.0.0.1";
    assert!(told.contains(begun) && !told.contains("a token"), "{told}");

    assert_eq!(send(&other, "POST", "/api/auth/logout").await.status, 204);
    assert_eq!(send(&one, "GET", "/api/me").await.code(), (401, "revoked_session"));
    assert_eq!(one.look("/readyz").await.status, 200);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_database_that_has_not_been_migrated_is_not_used_and_the_program_says_what_to_run() {
    let postgres = Postgres::start().await;
    let settings = [("DATABASE_URL", postgres.url())];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut process = Process::start(command(port::reserve(), port::reserve(), &settings));
    assert_eq!(process.wait().await.code(), Some(1));
    assert!(process.output().contains("run verifluence-migrate"), "{}", process.output());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn the_program_goes_on_without_its_database_until_it_is_back() {
    let mut migrated = Migrated::start().await;
    let url = migrated.url("api");
    let service = Service::start(&[("DATABASE_URL", &url)]).await;
    assert_eq!(service.get("/api/streams").await.status, 200);
    migrated.postgres.kill().await;
    for _ in 0..3 {
        assert_eq!(service.get("/api/streams").await.code(), (503, "store_unavailable"));
    }
    assert_eq!(service.look("/readyz").await.status, 503);
    assert_eq!(service.look("/livez").await.status, 200);
    migrated.postgres.start_again().await;
    service.eventually_serves().await;
    assert_eq!(service.look("/readyz").await.status, 200);

    migrated.postgres.freeze();
    for _ in 0..20 {
        assert_eq!(service.get("/api/streams").await.code(), (503, "store_unavailable"));
    }
    migrated.postgres.thaw();
    service.eventually_serves().await;
}

#[tokio::test]
async fn who_connects_from_elsewhere_than_the_tunnel_is_refused_and_counted() {
    let settings = [("SINGLE_PROCESS", "true"), ("TUNNEL_FROM", "127.0.0.2")];
    let elsewhere = Service::start(&settings).await;
    assert_eq!(elsewhere.get("/api/streams").await.code(), (403, "denied"));
    let metrics = elsewhere.look("/metrics").await.body;
    let counted = "\nproxy_protocol_outcomes_total{code=\"denied\"} 1\n";
    assert!(metrics.as_str().unwrap().contains(counted), "{metrics}");

    let tunnel = Service::start(&[("SINGLE_PROCESS", "true"), ("TUNNEL_FROM", "127.0.0.1")]).await;
    assert_eq!(tunnel.get("/api/streams").await.code(), (400, "missing"));
    let named = Request::get("/api/streams").header("cf-connecting-ip", "203.0.113.7");
    assert_eq!(tunnel.send(named.body(Body::empty()).unwrap()).await.status, 200);
}
