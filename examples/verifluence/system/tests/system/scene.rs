use std::net::{IpAddr, SocketAddr};
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
use testkit::haproxy::Edge;
use testkit::port;
use tokio::time::{Instant, sleep};
use verifluence::{ADMIN_API, API, KICK, Server, System, WEB};

/// The whole, and whoever is out there.
pub(crate) struct Scene {
    pub(crate) system: System,
    pub(crate) outside: Outside,
}

/// Out there: what is asked goes through the edge, or as what comes from the tunnel to one instance of the
/// public API.
#[derive(Clone)]
pub(crate) struct Outside {
    client: Client,
    port: u16,
    instance: Option<SocketAddr>,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_verifluence"));
        let system = System::start(program, port::reserve()).await.unwrap();
        let mut visitor = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20))
            // Each request is somebody else's.
            .pool_max_idle_per_host(0)
            .tls_backend_preconfigured(trusting(system.authority.certificate()));
        for host in [API, ADMIN_API, KICK] {
            visitor = visitor.resolve(host, system.edge.address());
        }
        let (client, port) = (visitor.build().unwrap(), system.edge.address().port());
        let outside = Outside { client, port, instance: None };
        let scene = Self { system, outside };
        // With the keys of Access.
        is_ready(&scene.outside.client, &scene.system.admin_api).await;
        scene
    }

    /// Restarts the server of this name, with the settings that are in its file now.
    pub(crate) async fn restart(&mut self, name: &str) {
        let client = &self.outside.client;
        self.system.restart(name, async |server| is_ready(client, server).await).await;
    }

    /// A request of a visitor to this host, through the edge.
    pub(crate) fn request(&self, method: &str, host: &str, path: &str) -> RequestBuilder {
        self.outside.request(method, host, path)
    }

    pub(crate) fn get(&self, host: &str, path: &str) -> RequestBuilder {
        self.request("GET", host, path)
    }

    /// Past the edge, to the port of this server itself.
    pub(crate) fn past_the_edge(&self, method: &str, to: &Server, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", to.listen);
        self.outside.client.request(method.parse().unwrap(), url)
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        send(request).await.unwrap_or_else(|error| {
            let System { api, admin_api, kick_server, edge, .. } = &self.system;
            let outputs = [api, admin_api, kick_server].map(Server::output).join("\n");
            panic!("no answer: {error:?}\n{outputs}\n{}", edge.output())
        })
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
        let answer = self.send(self.outside.begin(wallet, &self.outside).await).await;
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

impl Outside {
    /// What reaches this instance of the public API.
    pub(crate) fn at(&self, api: &Server) -> Self {
        let client = Client::builder().no_proxy().local_address(IpAddr::from(Edge::TUNNEL));
        let client = client.tls_backend_preconfigured(trusting("")).build().unwrap();
        Self { client, port: self.port, instance: Some(api.listen) }
    }

    /// As [`Scene::request`].
    pub(crate) fn request(&self, method: &str, host: &str, path: &str) -> RequestBuilder {
        let method = method.parse().unwrap();
        match self.instance {
            None => self.client.request(method, format!("https://{host}:{}{path}", self.port)),
            Some(instance) => {
                let request = self.client.request(method, format!("http://{instance}{path}"));
                request.header("cf-connecting-ip", "203.0.113.7")
            }
        }
    }

    /// Begins a sign-in of this wallet on the front end, and says what is to be sent to end it there.
    pub(crate) async fn begin(&self, wallet: &Wallet, there: &Self) -> RequestBuilder {
        let nonce = self.request("GET", API, "/api/auth/nonce").header("origin", WEB);
        let asked = send(nonce).await.unwrap();
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
        let verify = there.request("POST", API, "/api/auth/verify").header("origin", WEB);
        let verify = verify.header("cookie", cookie).header("content-type", "application/json");
        verify.body(body.to_string())
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let answer = request.send().await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = serde_json::from_slice(&answer.bytes().await?).unwrap_or_default();
    Ok(Answer { status, headers, body })
}

async fn is_ready(client: &Client, server: &Server) {
    eventually("it is ready", async || {
        let looks = client.get(format!("http://{}/readyz", server.operator));
        send(looks).await.is_ok_and(|answer| answer.status == 200)
    })
    .await;
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

pub(crate) fn trusting(authority: &str) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        roots.add(certificate.unwrap()).unwrap();
    }
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
