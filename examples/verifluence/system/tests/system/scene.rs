use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::{Client, RequestBuilder, StatusCode};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use siwe_session::Message;
use siwe_session::testing::Wallet;
use testkit::port;
use tokio::time::{Instant, sleep};
use verifluence::{ADMIN_API, API, KICK, Server, System, WEB};

/// The whole, and whoever is out there.
pub(crate) struct Scene {
    pub(crate) system: System,
    visitor: Client,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_verifluence"));
        let system = System::start(program, port::reserve()).await.unwrap();
        let mut visitor = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .tls_backend_preconfigured(trusting(system.authority.certificate()));
        for host in [API, ADMIN_API, KICK] {
            visitor = visitor.resolve(host, system.edge.address());
        }
        let scene = Self { system, visitor: visitor.build().unwrap() };
        eventually("the keys of Access are there", async || {
            scene.send(scene.looks(&scene.system.admin_api, "/readyz")).await.status == 200
        })
        .await;
        scene
    }

    /// A request of a visitor to this host, through the edge.
    pub(crate) fn request(&self, method: &str, host: &str, path: &str) -> RequestBuilder {
        let url = format!("https://{host}:{}{path}", self.system.edge.address().port());
        self.visitor.request(method.parse().unwrap(), url)
    }

    pub(crate) fn get(&self, host: &str, path: &str) -> RequestBuilder {
        self.request("GET", host, path)
    }

    /// Past the edge, to the port of this server itself.
    pub(crate) fn past_the_edge(&self, method: &str, to: &Server, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", to.listen);
        self.visitor.request(method.parse().unwrap(), url)
    }

    /// What the operator of this server looks at.
    pub(crate) fn looks(&self, at: &Server, path: &str) -> RequestBuilder {
        self.visitor.get(format!("http://{}{path}", at.operator))
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap_or_else(|error| {
            let System { api, admin_api, kick_server, edge, .. } = &self.system;
            let outputs = [api, admin_api, kick_server].map(Server::output).join("\n");
            panic!("no answer: {error:?}\n{outputs}\n{}", edge.output())
        });
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        Answer { status, headers, body }
    }

    /// The session of somebody whom Access let in, in the visitor's cookie.
    pub(crate) fn access(&self, email: &str) -> String {
        format!("CF_Authorization={}", self.system.issuer.user(email))
    }

    /// A request of the admin panel's, by somebody of the staff.
    pub(crate) fn panel(&self, method: &str, path: &str, body: &Value) -> RequestBuilder {
        self.request(method, ADMIN_API, path)
            .header("cookie", self.access("alice@verifluence.io"))
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Signs this wallet in on the front end, and gives its session.
    pub(crate) async fn sign_in(&self, wallet: &Wallet) -> String {
        let nonce = self.get(API, "/api/auth/nonce").header("origin", WEB);
        let asked = self.send(nonce).await;
        assert_eq!(asked.status, 200);
        let cookie = asked.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
        let message = Message::builder(asked.body["domain"].as_str().unwrap(), wallet.address())
            .uri(asked.body["uri"].as_str().unwrap())
            .chain_id(1)
            .nonce(asked.body["nonce"].as_str().unwrap())
            .issued_at(now())
            .build()
            .unwrap();
        let body = json!({
            "message": message.as_str(), "signature": wallet.sign(&message), "session": "token",
        });
        let verify = self.request("POST", API, "/api/auth/verify").header("origin", WEB);
        let verify = verify.header("cookie", cookie).header("content-type", "application/json");
        let answer = self.send(verify.body(body.to_string())).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["token"].as_str().unwrap().to_owned()
    }

    /// A request with this session.
    pub(crate) fn signed_in(&self, session: &str, method: &str, path: &str) -> RequestBuilder {
        self.request(method, API, path).bearer_auth(session)
    }

    /// A delivery of Kick's, about this broadcaster.
    pub(crate) fn follow(&self, broadcaster: u64) -> http::Request<Vec<u8>> {
        let body = format!(r#"{{"broadcaster":{{"user_id":{broadcaster}}}}}"#);
        self.system.kick.event("channel.followed", body).request()
    }

    /// Sends it through the edge.
    pub(crate) async fn deliver(&self, delivery: &http::Request<Vec<u8>>) -> u16 {
        let request = self.request("POST", KICK, "/").headers(delivery.headers().clone());
        self.send(request.body(delivery.body().clone())).await.status.as_u16()
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

/// Asks until it is so.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let deadline = Instant::now().checked_add(Duration::from_secs(30)).unwrap();
    while !is_so().await {
        assert!(Instant::now() < deadline, "not within 30 seconds: {what}");
        sleep(Duration::from_millis(50)).await;
    }
}

fn trusting(authority: &str) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[expect(clippy::disallowed_methods, reason = "a message is issued now")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
