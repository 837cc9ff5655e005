//! What sends the requests: a client that keeps cookies only where it is told to.

use std::error::Error;

use alloy_primitives::{Address, U256, hex};
use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, SET_COOKIE};
use serde_json::{Value, json};
use siwe_session::testing::Wallet;
use siwe_session::{BrowserBinding, Message, MessageBuilder, Session};

use crate::siwe_session::NOBODY;

pub(super) struct Client {
    http: reqwest::Client,
    url: String,
}

/// What a browser has that began a sign-in.
pub(super) struct Begun {
    pub(super) nonce: String,
    pub(super) cookie: String,
    domain: String,
    uri: String,
    chain_id: u64,
}

impl Client {
    pub(super) fn new(url: String) -> Self {
        Self { http: reqwest::Client::new(), url }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.url))
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.url))
    }

    /// Begins a sign-in in a new browser.
    pub(super) async fn begin(&self) -> Result<Begun, Box<dyn Error>> {
        let answer = Answer::of(self.get("/api/auth/nonce")).await?;
        let value: Value = serde_json::from_str(&answer.text)?;
        let text = |name| value.get(name).and_then(Value::as_str).ok_or("no nonce");
        Ok(Begun {
            nonce: text("nonce")?.to_owned(),
            cookie: answer.cookie(BrowserBinding::COOKIE).ok_or("no cookie")?,
            domain: text("domain")?.to_owned(),
            uri: text("uri")?.to_owned(),
            chain_id: value.pointer("/chainIds/0").and_then(Value::as_u64).ok_or("no chain")?,
        })
    }

    /// Sends a message and its signature, with the cookie of a browser.
    pub(super) fn verify(&self, cookie: &str, signed: &Signed) -> RequestBuilder {
        let request = self.post("/api/auth/verify").header(CONTENT_TYPE, "application/json");
        request.header(COOKIE, cookie).body(signed.body())
    }
}

impl Begun {
    /// The message that a page of the site would make for this wallet.
    pub(super) fn message(&self, address: Address) -> MessageBuilder {
        self.message_for(&self.domain, address).uri(self.uri.as_str())
    }

    /// The message of a page of another site, to the same nonce.
    pub(super) fn message_for(&self, domain: &str, address: Address) -> MessageBuilder {
        Message::builder(domain, address)
            .uri(format!("https://{domain}"))
            .statement(STATEMENT)
            .chain_id(self.chain_id)
            .nonce(self.nonce.as_str())
            .issued_at(super::hours_ago(0))
    }
}

/// A message and its signature.
#[derive(Clone)]
pub(super) struct Signed {
    message: String,
    signature: String,
}

impl Signed {
    pub(super) fn new(message: MessageBuilder, wallet: &Wallet) -> Result<Self, Box<dyn Error>> {
        let message = message.build()?;
        let signature = wallet.sign(&message);
        Ok(Self { message: message.as_str().to_owned(), signature })
    }

    pub(super) fn body(&self) -> String {
        json!({ "message": self.message, "signature": self.signature }).to_string()
    }

    /// With another statement than the one that was signed.
    pub(super) fn changed(mut self) -> Self {
        self.message = self.message.replace(STATEMENT, "Sign in to read.");
        self
    }

    /// With a line that no message has.
    pub(super) fn lengthened(mut self) -> Self {
        self.message.push_str("\nRole: admin");
        self
    }

    /// With the other signature that anybody can make of a signature: `n - s`, and the other `v`.
    pub(super) fn mirrored(mut self) -> Result<Self, Box<dyn Error>> {
        let bytes: [u8; 65] = hex::decode(&self.signature)?.try_into().map_err(|_| "65 bytes")?;
        let [r_and_s @ .., v] = bytes;
        let (r, s) = r_and_s.split_at(32);
        let s = ORDER.wrapping_sub(U256::from_be_slice(s));
        let v = if v == 27 { 28 } else { 27 };
        self.signature = hex::encode_prefixed([r, s.to_be_bytes::<32>().as_slice(), &[v]].concat());
        Ok(self)
    }
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
    headers: HeaderMap,
}

impl Answer {
    pub(super) async fn of(request: RequestBuilder) -> Result<Self, reqwest::Error> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Self { status, headers, text: answer.text().await? })
    }

    /// The code of a refusal.
    pub(super) fn code(&self) -> &str {
        self.header("x-code")
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("-", |value| value.to_str().unwrap_or("?"))
    }

    /// Who a page says that it is for; the code, if it is refused.
    pub(super) fn who(&self, address: Address) -> &str {
        if self.code() != "-" {
            self.code()
        } else if self.text == address.to_string() {
            "its address"
        } else if self.text == NOBODY {
            NOBODY
        } else {
            "another"
        }
    }

    /// The cookie that is set, as it is sent again.
    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut cookies = set.filter_map(|value| value.split(';').next());
        let is_named = |cookie: &&str| cookie.split_once('=').is_some_and(|(own, _)| own == name);
        cookies.find(is_named).map(str::to_owned)
    }
}

/// The cookie of a session, as it is sent.
pub(super) fn session_cookie(token: &str) -> String {
    format!("{}={token}", Session::COOKIE)
}

const STATEMENT: &str = "Sign in to Plue.";

/// Of secp256k1.
const ORDER: U256 =
    U256::from_be_bytes(hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
