use hyper::Method;
use serde_json::json;
use siwe_session::Message;
use siwe_session::testing::Wallet;

use crate::client::Answer;
use crate::site::now;
use crate::{Http, VISITOR};

/// A wallet in a browser: it has the cookies that it was given, whoever gave them.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) wallet: Wallet,
    cookies: Vec<String>,
}

impl Browser {
    pub(crate) fn address(&self) -> String {
        self.wallet.address().to_checksum(None)
    }

    pub(crate) async fn get(&mut self, from: &mut Http, path: &str) -> Answer {
        self.send(from, Method::GET, path, String::new()).await
    }

    pub(crate) async fn sign_in(&mut self, at: &mut Http) {
        let answer = self.get(at, "/api/auth/nonce").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let asked = answer.json();
        let message = Message::builder(asked["domain"].as_str().unwrap(), self.wallet.address())
            .uri(asked["uri"].as_str().unwrap())
            .chain_id(1)
            .nonce(asked["nonce"].as_str().unwrap())
            .issued_at(now())
            .build()
            .unwrap();
        let signature = self.wallet.sign(&message);
        let body = json!({ "message": message.as_str(), "signature": signature }).to_string();
        let answer = self.send(at, Method::POST, "/api/auth/verify", body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    pub(crate) async fn sign_out(&mut self, at: &mut Http) {
        let answer = self.send(at, Method::POST, "/api/auth/logout", String::new()).await;
        assert_eq!(answer.status, 204, "{answer:?}");
    }

    async fn send(&mut self, to: &mut Http, method: Method, path: &str, body: String) -> Answer {
        let cookies = self.cookies.join("; ");
        let headers = [VISITOR, ("cookie", &cookies), ("content-type", "application/json")];
        let answer = to.send(method, "plue.dev", path, &headers, body).await.unwrap();
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let name = cookie.split_inclusive('=').next().unwrap();
            self.cookies.retain(|other| !other.starts_with(name));
            self.cookies.push(cookie.to_owned());
        }
        answer
    }

    /// What it keeps, whatever becomes of the original.
    pub(crate) fn copy(&self) -> Self {
        Self { wallet: self.wallet.clone(), cookies: self.cookies.clone() }
    }
}
