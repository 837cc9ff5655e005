use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::{RequestBuilder, StatusCode};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use siwe_session::Message;
use siwe_session::testing::Wallet;
use testkit::pki::Issued;

/// A browser: a wallet, and the cookies that it was given.
pub(crate) struct Client {
    pub(crate) wallet: Wallet,
    pub(crate) cookies: Vec<String>,
    http: reqwest::Client,
    site: String,
}

/// Status, headers, and the JSON body; `null` for another one.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) set_cookies: Vec<String>,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(site: &str) -> Self {
        let http = http(rustls(None, None));
        Self { wallet: Wallet::new(), cookies: Vec::new(), http, site: site.to_owned() }
    }

    /// Another one with the same cookies.
    pub(crate) fn copy(&self) -> Self {
        Self { cookies: self.cookies.clone(), ..Self::new(&self.site) }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.site));
        request.header("cookie", self.cookies.join("; "))
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let answer = send(self.request("GET", path)).await.unwrap();
        self.keep(&answer);
        answer
    }

    /// Begins a sign-in, and says what is to be sent to end it.
    pub(crate) async fn begin(&mut self) -> String {
        let asked = self.get("/api/auth/nonce").await;
        assert_eq!(asked.status, 200, "{asked:?}");
        let message =
            Message::builder(asked.body["domain"].as_str().unwrap(), self.wallet.address())
                .uri(asked.body["uri"].as_str().unwrap())
                .chain_id(1)
                .nonce(asked.body["nonce"].as_str().unwrap())
                .issued_at(now())
                .build()
                .unwrap();
        json!({ "message": message.as_str(), "signature": self.wallet.sign(&message) }).to_string()
    }

    pub(crate) fn verify(&self, body: &str) -> RequestBuilder {
        let request = self.request("POST", "/api/auth/verify").header("origin", &self.site);
        request.header("content-type", "application/json").body(body.to_owned())
    }

    pub(crate) async fn sign_in(&mut self) {
        let body = self.begin().await;
        let answer = send(self.verify(&body)).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        self.keep(&answer);
    }

    pub(crate) async fn renew(&mut self) -> Option<Answer> {
        let request = self.request("POST", "/api/auth/refresh").header("origin", &self.site);
        let answer = send(request).await?;
        self.keep(&answer);
        Some(answer)
    }

    pub(crate) async fn sign_out(&mut self) -> Answer {
        let request = self.request("POST", "/api/auth/logout").header("origin", &self.site);
        let answer = send(request).await.unwrap();
        self.keep(&answer);
        answer
    }

    pub(crate) fn address(&self) -> String {
        self.wallet.address().to_string()
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in &answer.set_cookies {
            let cookie = cookie.split(';').next().unwrap();
            let name = cookie.split_inclusive('=').next().unwrap();
            self.cookies.retain(|other| !other.starts_with(name));
            if cookie != name {
                self.cookies.push(cookie.to_owned());
            }
        }
    }
}

/// `None` if nobody answers.
pub(crate) async fn send(request: RequestBuilder) -> Option<Answer> {
    let answer = request.send().await.ok()?;
    let cookies = answer.headers().get_all("set-cookie").iter();
    let set_cookies = cookies.map(|cookie| cookie.to_str().unwrap().to_owned()).collect();
    let status = answer.status();
    let body = serde_json::from_slice(&answer.bytes().await.ok()?).unwrap_or_default();
    Some(Answer { status, set_cookies, body })
}

impl Answer {
    /// The status, and the code of a refusal.
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error"].as_str().unwrap_or("-"))
    }
}

pub(crate) fn http(tls: ClientConfig) -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20));
    // Each request is somebody else's.
    let client = client.pool_max_idle_per_host(0).tls_info(true);
    client.tls_backend_preconfigured(tls).build().unwrap()
}

/// A client of TLS that trusts this authority, and shows this certificate.
pub(crate) fn rustls(authority: Option<&str>, identity: Option<&Issued>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    if let Some(authority) = authority {
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    match identity {
        None => config.with_no_client_auth(),
        Some(Issued { certificate, key, .. }) => {
            let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            config.with_client_auth_cert(vec![certificate], key).unwrap()
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a message is issued now")]
fn now() -> SystemTime {
    SystemTime::now()
}
