use std::net::SocketAddr;
use std::time::Duration;

use database::testing::Migrated;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use testkit::issuer::IssuerServer;
use testkit::port;
use testkit::postgres::Postgres;
use testkit::process::Process;
use tokio::process::Command;

use crate::startup::PROGRAM;
use crate::{ISSUER, PANEL, eventually};

/// The program, over a real socket, with an issuer of its own.
struct Service {
    process: Process,
    issuer: IssuerServer,
    api: SocketAddr,
    health: SocketAddr,
    client: Client,
}

impl Service {
    /// Starts it, and waits until it has its keys.
    async fn start(settings: &[(&str, &str)]) -> Self {
        let issuer = IssuerServer::start(ISSUER.audience().clone()).await.unwrap();
        let (api, health) = (port::reserve(), port::reserve());
        let mut process = Process::start(command(&issuer, api, health, settings));
        process.wait_until_listening(api).await;
        process.wait_until_listening(health).await;
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0);
        let client = client.timeout(Duration::from_secs(20)).build().unwrap();
        let service = Self { process, issuer, api, health, client };
        eventually("it has its keys", async || service.look("/readyz").await.0 == 200).await;
        service
    }

    /// A request of a person of the staff.
    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let request =
            self.client.request(method.parse().unwrap(), format!("http://{}{path}", self.api));
        request.header("cf-access-jwt-assertion", self.issuer.user("alice@verifluence.io"))
    }

    fn json(&self, method: &str, path: &str, body: &Value) -> RequestBuilder {
        let request = self.request(method, path).header("content-type", "application/json");
        request.body(body.to_string())
    }

    /// The status, and the code of a refusal or what else there is.
    async fn send(&self, request: RequestBuilder) -> (u16, Value) {
        let answer = request.send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{error:?}\n{}", self.process.output()));
        let status = answer.status().as_u16();
        let body: Value =
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        (status, body.get("error").cloned().unwrap_or(body))
    }

    async fn streams(&self) -> (u16, Value) {
        self.send(self.request("GET", "/api/streams")).await
    }

    async fn look(&self, path: &str) -> (u16, String) {
        let answer = self.client.get(format!("http://{}{path}", self.health)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

fn command(
    issuer: &IssuerServer,
    api: SocketAddr,
    health: SocketAddr,
    settings: &[(&str, &str)],
) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().envs([
        ("ADMIN_PANEL_ORIGIN", PANEL),
        ("CF_ACCESS_AUD", ISSUER.audience().as_str()),
        ("CF_ACCESS_TEAM_DOMAIN", issuer.team().issuer()),
        ("HEALTH_LISTEN", &health.to_string()),
        ("LISTEN", &api.to_string()),
    ]);
    command.envs(settings.iter().copied());
    command
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn with_a_user_of_its_role_it_does_all_that_it_does_and_another_of_it_sees_that() {
    let migrated = Migrated::start().await;
    let url = migrated.url("admin");
    let one = Service::start(&[("DATABASE_URL", &url)]).await;
    let other = Service::start(&[("DATABASE_URL", &url)]).await;

    assert_eq!(one.streams().await.1["streams"][1]["id"], "rust");
    let probes = one.request("GET", "/api/streams/chess/probes");
    assert_eq!(one.send(probes).await.1["probes"][0]["viewers"], 812);
    for (path, body) in [
        ("/api/operators", json!({ "name": "First" })),
        ("/api/invitations", json!({ "email": "dave@example.com" })),
    ] {
        let created = one.send(one.json("POST", path, &body)).await;
        assert_eq!((created.0, &created.1["id"]), (201, &json!(1)), "{path}");
        let path = format!("{path}/1");
        if path.starts_with("/api/operators") {
            assert_eq!(other.send(other.json("PUT", &path, &body)).await.0, 200);
        }
        assert_eq!(other.send(other.request("DELETE", &path)).await.0, 204);
        assert_eq!(one.send(one.request("DELETE", &path)).await, (404, json!("not_found")));
    }
    let wanted = json!({ "user_id": "user-7" });
    assert_eq!(one.send(one.json("POST", "/api/auth/impersonate", &wanted)).await.0, 201);
    let told = one.process.output();
    assert!(told.contains("impersonation asked for user=\"user-7\""), "{told}");
    assert!(told.contains("client=127.0.0.1"), "{told}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_database_that_has_not_been_migrated_is_not_used_and_the_program_says_what_to_run() {
    let postgres = Postgres::start().await;
    let issuer = IssuerServer::start(ISSUER.audience().clone()).await.unwrap();
    let settings = [("DATABASE_URL", postgres.url())];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut process = Process::start(command(&issuer, port::reserve(), port::reserve(), &settings));
    assert_eq!(process.wait().await.code(), Some(1));
    assert!(process.output().contains("run verifluence-migrate"), "{}", process.output());
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_by_its_variable_and_without_its_password() {
    let issuer = IssuerServer::start(ISSUER.audience().clone()).await.unwrap();
    let settings = [("DATABASE_URL", "postgres://admin:hunter2@127.0.0.1:1/verifluence")];
    let mut process = Process::start(command(&issuer, port::reserve(), port::reserve(), &settings));
    assert_eq!(process.wait().await.code(), Some(1));
    assert!(process.output().contains("DATABASE_URL"), "{}", process.output());
    assert!(!process.output().contains("hunter2"), "{}", process.output());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn the_program_goes_on_without_its_database_until_it_is_back() {
    let mut migrated = Migrated::start().await;
    let url = migrated.url("admin");
    let service = Service::start(&[("DATABASE_URL", &url)]).await;
    let away = (503, json!("store_unavailable"));
    assert_eq!(service.streams().await.0, 200);
    migrated.postgres.kill().await;
    for _ in 0..3 {
        assert_eq!(service.streams().await, away);
    }
    assert_eq!(service.look("/readyz").await.0, 503);
    assert_eq!(service.look("/livez").await.0, 200);
    migrated.postgres.start_again().await;
    eventually("it serves", async || service.streams().await.0 == 200).await;
    assert_eq!(service.look("/readyz").await.0, 200);

    migrated.postgres.freeze();
    for _ in 0..20 {
        assert_eq!(service.streams().await, away);
    }
    migrated.postgres.thaw();
    eventually("it serves", async || service.streams().await.0 == 200).await;
}

#[tokio::test]
async fn who_connects_from_elsewhere_than_the_tunnel_is_refused_and_counted() {
    let settings = [("SINGLE_PROCESS", "true"), ("TUNNEL_FROM", "127.0.0.2")];
    let elsewhere = Service::start(&settings).await;
    assert_eq!(elsewhere.streams().await, (403, json!("denied")));
    let metrics = elsewhere.look("/metrics").await.1;
    let counted = "\nproxy_protocol_outcomes_total{code=\"denied\"} 1\n";
    assert!(metrics.contains(counted), "{metrics}");

    let tunnel = Service::start(&[("SINGLE_PROCESS", "true"), ("TUNNEL_FROM", "127.0.0.1")]).await;
    assert_eq!(tunnel.streams().await, (400, json!("missing")));
    let named = tunnel.json("POST", "/api/auth/impersonate", &json!({ "user_id": "user-7" }));
    let named = named.header("cf-connecting-ip", "203.0.113.7");
    assert_eq!(tunnel.send(named).await.0, 201);
    eventually("it is logged", async || tunnel.process.output().contains("client=203.0.113.7"))
        .await;
}
