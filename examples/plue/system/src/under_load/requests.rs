use std::error::Error;
use std::time::SystemTime;

use load::Request;
use plue::System;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use siwe_session::testing::{Site, Wallet};
use siwe_session::{Audience, Claims, Message};
use sqlx::{Connection, PgConnection};

/// Somebody who is signed in, and somebody who was before all of this.
pub(crate) struct People {
    site: String,
    new: String,
    old: String,
}

impl People {
    /// Signs one in, and writes down a session of the other in the old database.
    pub(crate) async fn sign_in(system: &System) -> Result<Self, Box<dyn Error>> {
        let client = Visitor::new(&system.site)?;
        let (cookie, body) = client.begin(&Wallet::new()).await?;
        let (_, new) = client.send(client.verify(&cookie, &body)).await?;
        let mut connection = PgConnection::connect(&system.old_database.url()).await?;
        sqlx::query(OLD_SESSION).bind(OLD_TOKEN).execute(&mut connection).await?;
        Ok(Self { site: system.site.clone(), new, old: format!("plue_session={OLD_TOKEN}") })
    }

    /// A page for everybody, which the origin serves.
    pub(crate) fn public(&self) -> Vec<Request> {
        vec![self.get("page for everybody", "/", &[])]
    }

    /// Who they are, which the origin tells.
    pub(crate) fn signed_in(&self) -> Vec<Request> {
        vec![self.get("signed in", "/api/whoami", &[("Cookie", &self.new)])]
    }

    pub(crate) fn good(&self) -> Vec<Vec<Request>> {
        vec![
            self.public(),
            self.signed_in(),
            vec![self.get("old session", "/api/whoami", &[("Cookie", &self.old)])],
            vec![self.get("session", "/api/auth/session", &[("Cookie", &self.new)])],
            vec![self.get("nonce", "/api/auth/nonce", &[])],
        ]
    }

    /// Sign-ins that have been begun.
    pub(crate) async fn sign_ins(
        &self,
        system: &System,
        count: usize,
    ) -> Result<Vec<Request>, Box<dyn Error>> {
        let (client, wallet) = (Visitor::new(&system.site)?, Wallet::new());
        let mut sign_ins = Vec::with_capacity(count);
        for _ in 0..count {
            let (cookie, body) = client.begin(&wallet).await?;
            sign_ins.push(self.verify("sign-in", &cookie, &self.site, body));
        }
        Ok(sign_ins)
    }

    pub(crate) async fn hostile(&self, system: &System) -> Result<Vec<Request>, Box<dyn Error>> {
        let client = Visitor::new(&system.site)?;
        // A sign-in that has been, a session that has ended, and a sign-in that another wallet has signed.
        let (cookie, used) = client.begin(&Wallet::new()).await?;
        let (_, ended) = client.send(client.verify(&cookie, &used)).await?;
        let out = client.http.post(client.url("/api/auth/logout"));
        client.send(out.header("origin", &self.site).header("cookie", &ended)).await?;
        let (other_cookie, other) = client.begin(&Wallet::new()).await?;
        let forged = other.replace("0x", "0X");

        let elsewhere = Site::for_audience(Audience::origin(&self.site)?.chains([1]));
        let elsewhere = elsewhere.token(&Wallet::new(), Claims::new(), now());
        let elsewhere = format!("__Host-siwe={elsewhere}");
        let unknown = format!("plue_session={}", OLD_TOKEN.replace("00", "ff"));
        let zone = "https://evil.example".to_owned();
        Ok(vec![
            self.get("nobody", "/api/whoami", &[]),
            self.get("forged header", "/api/whoami", &[("X-Plue-User-Address", ADDRESS)]),
            self.get("other spelling", "/api/whoami", &[("X_Plue_User_Address", ADDRESS)]),
            self.get("session of other keys", "/api/whoami", &[("Cookie", &elsewhere)]),
            self.get("unknown old session", "/api/whoami", &[("Cookie", &unknown)]),
            self.get("ended session", "/api/whoami", &[("Cookie", &ended)]),
            self.get(
                "two sessions",
                "/api/whoami",
                &[("Cookie", &format!("{}; {ended}", self.new))],
            ),
            self.get("other spelling of a path", "/%61pi/whoami", &[]),
            self.get("slashes", "//owner/repo/../../api/whoami", &[]),
            self.get("setting of another", "/settings/keys", &[]),
            self.verify("used nonce", &cookie, &self.site, used.clone()),
            self.verify("another site", &other_cookie, &zone, other.clone()),
            self.verify("another browser", "", &self.site, other),
            self.verify("malformed sign-in", &other_cookie, &self.site, forged),
        ])
    }

    fn get(&self, kind: &'static str, path: &str, headers: &[(&str, &str)]) -> Request {
        let mut headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        headers.push(("Host".to_owned(), self.host().to_owned()));
        Request { kind, method: "GET", path: path.to_owned(), headers, body: Vec::new() }
    }

    fn verify(&self, kind: &'static str, cookie: &str, origin: &str, body: String) -> Request {
        let json = "application/json";
        let headers = [("Cookie", cookie), ("Origin", origin), ("Content-Type", json)];
        let get = self.get(kind, "/api/auth/verify", &headers);
        Request { method: "POST", body: body.into_bytes(), ..get }
    }

    fn host(&self) -> &str {
        self.site.trim_start_matches("http://")
    }
}

/// A browser.
struct Visitor {
    http: Client,
    site: String,
}

impl Visitor {
    fn new(site: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self { http: Client::builder().no_proxy().build()?, site: site.to_owned() })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.site)
    }

    fn verify(&self, cookie: &str, body: &str) -> RequestBuilder {
        let request = self.http.post(self.url("/api/auth/verify")).header("origin", &self.site);
        let request = request.header("cookie", cookie).header("content-type", "application/json");
        request.body(body.to_owned())
    }

    /// The cookie that a sign-in of this wallet is bound to, and what is to be sent to end it.
    async fn begin(&self, wallet: &Wallet) -> Result<(String, String), Box<dyn Error>> {
        let (asked, cookie) = self.send(self.http.get(self.url("/api/auth/nonce"))).await?;
        let text = |name: &str| asked.get(name).and_then(Value::as_str).ok_or("not a nonce");
        let message = Message::builder(text("domain")?, wallet.address())
            .uri(text("uri")?)
            .chain_id(1)
            .nonce(text("nonce")?)
            .issued_at(now())
            .build()?;
        let body = json!({ "message": message.as_str(), "signature": wallet.sign(&message) });
        Ok((cookie, body.to_string()))
    }

    /// The body, and the cookie that is set last.
    async fn send(&self, request: RequestBuilder) -> Result<(Value, String), Box<dyn Error>> {
        let answer = request.send().await?.error_for_status()?;
        let cookies = answer.headers().get_all("set-cookie").iter();
        let mut cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        // What is taken away is set to nothing.
        let cookie = cookies.rfind(|cookie| !cookie.ends_with('='));
        let cookie = cookie.unwrap_or_default().to_owned();
        Ok((serde_json::from_slice(&answer.bytes().await?).unwrap_or_default(), cookie))
    }
}

#[expect(clippy::disallowed_methods, reason = "what is sent is of the present")]
fn now() -> SystemTime {
    SystemTime::now()
}

const ADDRESS: &str = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";
const OLD_TOKEN: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OLD_SESSION: &str = "\
INSERT INTO sessions VALUES (
    sha256(decode($1, 'hex')), '0x71C7656EC7ab88b098defB751B7401B5f6d8976F', 1, now() + interval '1 hour'
)";
