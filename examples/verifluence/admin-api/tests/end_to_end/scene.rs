use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cf_access::testing::{Issuer, Token};
use reqwest::{Client, RequestBuilder, StatusCode};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use testkit::haproxy::Edge;
use testkit::issuer::IssuerServer;
use testkit::pki::CertificateAuthority;
use testkit::port;
use testkit::process::Process;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

pub(crate) const AUDIENCE: &str =
    "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228";
pub(crate) const CI: &str = "e367826f93b8d71185e03fe518aff3b4.access";
pub(crate) const PANEL: &str = "https://admin.verifluence.io";
const HOST: &str = "admin-api.verifluence.io";

/// The issuer, the program, and the edge before it.
pub(crate) struct Scene {
    pub(crate) issuer: IssuerServer,
    pub(crate) program: Process,
    pub(crate) service: SocketAddr,
    health: SocketAddr,
    edge: Edge,
    browser: Client,
    direct: Client,
}

impl Scene {
    /// Ready to answer.
    pub(crate) async fn start() -> Self {
        let issuer = IssuerServer::start(AUDIENCE.parse().unwrap()).await.unwrap();
        let scene = Self::start_before_keys(issuer).await;
        eventually("it is ready", async || scene.readiness().await.status == 200).await;
        scene
    }

    /// Listening, with this issuer, whatever it answers.
    pub(crate) async fn start_before_keys(issuer: IssuerServer) -> Self {
        let (service, health) = (port::reserve(), port::reserve());
        let mut command = Command::new(env!("CARGO_BIN_EXE_verifluence-admin-api"));
        command.env_clear().envs([
            ("ADMIN_PANEL_ORIGIN", PANEL),
            ("CF_ACCESS_AUD", AUDIENCE),
            ("CF_ACCESS_SERVICE_TOKENS", CI),
            ("CF_ACCESS_TEAM_DOMAIN", issuer.team().issuer()),
            ("HEALTH_LISTEN", &health.to_string()),
            ("LISTEN", &service.to_string()),
            ("LOG_LEVEL", "debug"),
            ("SINGLE_PROCESS", "true"),
        ]);
        let mut program = Process::start(command);
        program.wait_until_listening(service).await;
        program.wait_until_listening(health).await;

        let ca = CertificateAuthority::new();
        let edge = Edge::start(&ca, HOST, service).await;
        let browser = client()
            .tls_backend_preconfigured(trusting(&ca))
            .resolve(HOST, edge.address())
            .build()
            .unwrap();
        let direct = client().build().unwrap();
        Self { issuer, program, service, health, edge, browser, direct }
    }

    /// A request through the edge.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("https://{HOST}:{}{path}", self.edge.address().port());
        self.browser.request(method.parse().unwrap(), url)
    }

    /// What a visitor with this session gets to see of the streams.
    pub(crate) async fn streams(&self, token: &str) -> Answer {
        self.send(self.request("GET", "/api/streams").header("cookie", cookie(token))).await
    }

    /// Past the edge, to the port of the service itself.
    pub(crate) fn direct(&self, path: &str) -> RequestBuilder {
        self.direct.get(format!("http://{}{path}", self.service))
    }

    pub(crate) async fn readiness(&self) -> Answer {
        self.send(self.direct.get(format!("http://{}/readyz", self.health))).await
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap_or_else(|error| {
            panic!("no answer: {error:?}\n{}\n{}", self.program.output(), self.edge.output())
        });
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        Answer { status, headers, body }
    }

    pub(crate) fn alice(&self) -> String {
        self.issuer.user("alice@verifluence.io")
    }

    /// Alice's token, changed.
    pub(crate) fn alice_with(&self, change: impl FnOnce(Token<'_>) -> Token<'_>) -> String {
        self.issuer.with(|issuer| change(issuer.user("alice@verifluence.io")).token())
    }

    pub(crate) fn service_token(&self, client_id: &str) -> String {
        let client_id = client_id.parse().unwrap();
        self.issuer.with(|issuer| issuer.service_token(&client_id).token())
    }

    /// An issuer of the attacker's own, who says to be the team's.
    pub(crate) fn impostor(&self) -> Issuer {
        Issuer::at(self.issuer.team().clone(), AUDIENCE.parse().unwrap())
    }
}

/// Status, headers, and the JSON body; `null` for another one.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The status, and the code of a refusal.
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error"].as_str().unwrap_or("-"))
    }
}

/// The session that Access's edge knows a visitor by.
pub(crate) fn cookie(token: &str) -> String {
    format!("CF_Authorization={token}")
}

/// Asks until it is so. The longest that anything here takes is the cool-down between two fetches of
/// the keys, 10 seconds and a quarter.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let deadline = Instant::now().checked_add(Duration::from_secs(30)).unwrap();
    while !is_so().await {
        assert!(Instant::now() < deadline, "not within 30 seconds: {what}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "tokens are issued around the present")]
pub(crate) fn two_hours_ago() -> SystemTime {
    SystemTime::now().checked_sub(Duration::from_secs(2 * 60 * 60)).unwrap()
}

fn client() -> reqwest::ClientBuilder {
    Client::builder().no_proxy().timeout(Duration::from_secs(20))
}

fn trusting(ca: &CertificateAuthority) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.certificate().as_bytes()).unwrap()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}
