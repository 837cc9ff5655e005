//! Instances of a service with real sessions, behind real proxies.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use siwe_session::testing::Site;
use siwe_session::{
    Audience, KeyRing, LoginVerifier, NonceKeys, Nonces, Routes, Session, SessionKey, SiweLogin,
    SiweSession,
};
use testkit::port;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::servers::exchange;

/// Of which there may be several. Dropping this stops it.
pub(crate) struct Instance {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

pub(crate) const ORIGIN: &str = "http://localhost:8080";

pub(crate) fn audience() -> Audience {
    Audience::origin(ORIGIN).unwrap().chains([1])
}

/// All instances have the same keys.
pub(crate) fn keys() -> KeyRing {
    KeyRing::new([SessionKey::hs256("a", [8; 32]).unwrap()]).unwrap()
}

impl Instance {
    pub(crate) async fn start(name: &'static str, nonces: Nonces) -> Self {
        let verifier = LoginVerifier::builder(audience(), NonceKeys::new([[7; 32]]).unwrap());
        let routes = Routes::protected().public("/page/{name}").public("/silent/{name}");
        let login = SiweLogin::builder(verifier, nonces);
        let siwe = SiweSession::builder(login, keys()).routes(routes).build().unwrap();
        let who = |session: Option<Session>| {
            session.map_or_else(|| "stranger".to_owned(), |who| who.address().to_string())
        };
        // What a cache would keep, by the words of three who write them.
        let page = async move |session: Option<Session>| {
            let headers = [
                ("cache-control", "public, max-age=3600"),
                ("x-accel-expires", "3600"),
                ("surrogate-control", "max-age=3600"),
            ];
            (headers, who(session))
        };
        let app = Router::new()
            .route("/page/{name}", get(page))
            .route("/silent/{name}", get(async move |session: Option<Session>| who(session)))
            .route("/me", get(async |session: Session| session.address().to_string()))
            .nest("/api/auth", siwe.router())
            .layer(siwe.layer())
            .layer(axum::middleware::map_response(
                move |mut response: axum::response::Response| {
                    response.headers_mut().insert("x-instance", name.parse().unwrap());
                    std::future::ready(response)
                },
            ));
        let address = port::reserve();
        let listener = TcpListener::bind(address).await.unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, task }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The site whose tokens the instances take.
pub(crate) fn site() -> Site {
    Site::for_audience(audience())
}

/// An answer to a request with these further lines of headers, and this body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

pub(crate) async fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &str,
) -> Answer {
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n");
    for header in headers {
        request.push_str(&format!("{header}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    let answer = exchange(address, &request).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

impl Answer {
    /// The value of a header, in lower case; of the first, if there are several.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(found, value)| (found == name).then_some(value))
    }

    /// `name=value` of the cookie that it sets.
    pub(crate) fn cookie(&self) -> String {
        let cookie = self.header("set-cookie").unwrap();
        // Values are hexadecimal digits, or come from `token` below.
        cookie.split(';').next().unwrap().to_owned()
    }
}
