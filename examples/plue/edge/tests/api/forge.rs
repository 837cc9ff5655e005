use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{AppendHeaders, IntoResponse, Response};
use http_body_util::BodyExt;
use tokio::net::TcpListener;

/// A forge that keeps what it was asked.
pub(crate) struct Forge {
    url: Uri,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request as it has come.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }
}

impl Forge {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let seen = Arc::default();
        let app = router(Arc::clone(&seen));
        tokio::spawn(async { axum::serve(listener, app).await });
        Self { url, seen }
    }

    pub(crate) fn url(&self) -> Uri {
        self.url.clone()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub(crate) fn router(seen: Arc<Mutex<Vec<Seen>>>) -> Router {
    Router::new().fallback(answer).with_state(seen)
}

async fn answer(State(seen): State<Arc<Mutex<Vec<Seen>>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut this = Seen {
        method: parts.method,
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: String::new(),
    };
    if parts.uri.path() == "/echo" {
        seen.lock().unwrap().push(this);
        return Response::new(body);
    }
    let body = body.collect().await.unwrap().to_bytes();
    this.body = String::from_utf8_lossy(&body).into_owned();
    seen.lock().unwrap().push(this);
    match parts.uri.path() {
        "/nobody/nothing" => StatusCode::NOT_FOUND.into_response(),
        "/broken/down" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "/cached/page" => {
            let headers = [
                (CACHE_CONTROL.as_str(), "public, max-age=60"),
                ("cloudflare-cdn-cache-control", "max-age=60"),
            ];
            (headers, "forge").into_response()
        }
        "/hop/by-hop" => {
            let headers = [
                (CONNECTION.as_str(), "x-of-the-connection"),
                ("x-of-the-connection", "1"),
                ("keep-alive", "timeout=5"),
                ("proxy-authenticate", "Basic"),
                ("x-of-the-forge", "1"),
            ];
            (headers, "forge").into_response()
        }
        "/sets/cookies" => {
            let cookies = AppendHeaders([
                (SET_COOKIE, "theme=dark; Path=/"),
                (SET_COOKIE, "__Host-siwe=forged; Path=/; Secure"),
                (SET_COOKIE, "__Host-siwe-pre=forged; Path=/; Secure"),
                (SET_COOKIE, "plue_session=forged; Path=/"),
            ]);
            (cookies, "forge").into_response()
        }
        "/never/ends" => std::future::pending().await,
        _ => Body::from("forge").into_response(),
    }
}
