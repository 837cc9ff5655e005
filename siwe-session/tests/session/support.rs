use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use axum::routing::{any, get};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use siwe_session::testing::{Site, Wallet};
use siwe_session::{Claims, Message, Routes, Session, SiweSession, SiweSessionBuilder};
use tower::ServiceExt;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// 2026-11-22T12:00:00Z
pub(crate) fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_348_800)
}

#[expect(clippy::disallowed_methods, reason = "of the clock that the code under test has")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// A clock that tests set.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Arc<Mutex<SystemTime>>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(start())))
    }

    pub(crate) fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }

    pub(crate) fn of(&self, builder: SiweSessionBuilder) -> SiweSessionBuilder {
        let clock = self.clone();
        builder.clock(move || clock.now())
    }
}

pub(crate) fn routes() -> Routes {
    Routes::protected().public("/").public("/{owner}/{repo}").public_for([Method::POST], "/hook")
}

/// A site with its layer and router, and a handler for each kind of route.
pub(crate) fn app(siwe: &SiweSession) -> Router {
    // What a cache would store.
    let cached = async || ([("cache-control", "public, max-age=60")], "cached");
    let who = async |session: Option<Session>| match session {
        Some(session) => session.address().to_string(),
        None => "stranger".to_owned(),
    };
    Router::new()
        .route("/", get(cached))
        .route("/{owner}/{repo}", any(who))
        .route("/hook", any(who))
        .route("/me", any(async |session: Session| session.address().to_string()))
        .route("/cached", get(cached))
        .route("/error", get(async || StatusCode::CONFLICT))
        .route("/headers", get(headers))
        .route("/a/headers", get(headers))
        .nest("/api/auth", siwe.router())
        .layer(siwe.layer())
}

async fn headers(headers: HeaderMap) -> String {
    let lines =
        headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
    lines.collect()
}

pub(crate) fn request(method: &str, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

/// With the token in the cookie of the session.
pub(crate) fn with_cookie(mut request: Request<Body>, token: &str) -> Request<Body> {
    let cookie = format!("{}={token}", Session::COOKIE).parse().unwrap();
    request.headers_mut().insert(COOKIE, cookie);
    request
}

pub(crate) fn with_bearer(mut request: Request<Body>, token: &str) -> Request<Body> {
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

pub(crate) fn with(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

pub(crate) async fn ask(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone().oneshot(request).await.unwrap()
}

pub(crate) async fn status(app: &Router, request: Request<Body>) -> u16 {
    ask(app, request).await.status().as_u16()
}

pub(crate) async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) async fn json_of(response: Response<Body>) -> Value {
    serde_json::from_str(&text(response).await).unwrap()
}

/// The code of a refusal by an endpoint.
pub(crate) async fn code(response: Response<Body>) -> String {
    json_of(response).await["error"].as_str().unwrap().to_owned()
}

/// The code of a refusal by the layer.
pub(crate) fn refusal(response: &Response<Body>) -> &'static str {
    response.extensions().get::<siwe_session::SessionError>().unwrap().code()
}

/// What the answer sets the cookie with this name to.
pub(crate) fn cookie_set(response: &Response<Body>, name: &str) -> Option<String> {
    response.headers().get_all(SET_COOKIE).iter().find_map(|cookie| {
        let (found, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
        (found == name).then(|| rest.split(';').next().unwrap().to_owned())
    })
}

/// A token of a wallet's session that began at this time.
pub(crate) fn token(site: &Site, now: SystemTime) -> String {
    site.token(site.wallet(), Claims::new(), now)
}

/// The body of a sign-in with a nonce that was fetched, and the cookie that the nonce is bound to.
pub(crate) async fn signed(app: &Router, wallet: &Wallet, now: SystemTime) -> (Value, String) {
    let response = ask(app, request("GET", "/api/auth/nonce")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let binding = cookie_set(&response, "__Host-siwe-pre").unwrap();
    let nonce = json_of(response).await;
    let message = Message::builder(nonce["domain"].as_str().unwrap(), wallet.address())
        .uri(nonce["uri"].as_str().unwrap())
        .chain_id(nonce["chainIds"][0].as_u64().unwrap())
        .nonce(nonce["nonce"].as_str().unwrap())
        .issued_at(now)
        .build()
        .unwrap();
    let signature = wallet.sign(&message);
    let body = json!({ "message": message.as_str(), "signature": signature });
    (body, format!("__Host-siwe-pre={binding}"))
}

pub(crate) fn post(path: &str, body: &Value, cookie: &str) -> Request<Body> {
    Request::post(path)
        .header("content-type", "application/json")
        .header(COOKIE, cookie)
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// Signs in, and gives the token of the cookie.
pub(crate) async fn sign_in(app: &Router, wallet: &Wallet, now: SystemTime) -> String {
    let (body, binding) = signed(app, wallet, now).await;
    let response = ask(app, post("/api/auth/verify", &body, &binding)).await;
    assert_eq!(response.status(), StatusCode::OK);
    cookie_set(&response, Session::COOKIE).unwrap()
}
