//! A forge of two pages, for who tries the edge on their own machine.

use std::io;
use std::net::Ipv4Addr;

use axum::extract::Path;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use axum::{Json, Router};
use forge::USER_ADDRESS;
use serde_json::json;
use tokio::net::TcpListener;

/// Serves it at a port of this machine for as long as the process runs, and says where.
pub(crate) async fn start() -> io::Result<Uri> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, router()).await });
    url.parse().map_err(io::Error::other)
}

fn router() -> Router {
    Router::new()
        .route("/", get(front))
        .route("/{owner}/{repo}", get(repository))
        .route("/{owner}/{repo}/tree/{*path}", get(file))
        .route("/{owner}/{repo}/blob/{*path}", get(file))
        .route("/api/whoami", get(whoami))
}

async fn front(headers: HeaderMap) -> impl IntoResponse {
    page(format!(
        "<h1>Plue</h1><p>{}</p><ul><li><a href=\"/login/\">Sign in, or out</a>\
         <li><a href=\"/plue/edge\">a public repository</a>\
         <li><a href=\"/api/whoami\">/api/whoami</a>, for who is signed in</ul>",
        greeting(&headers)
    ))
}

async fn repository(
    Path((owner, repo)): Path<(String, String)>,
    headers: HeaderMap,
) -> impl IntoResponse {
    page(format!("<h1>{}/{}</h1><p>{}</p>", text(&owner), text(&repo), greeting(&headers)))
}

async fn file(uri: Uri, headers: HeaderMap) -> impl IntoResponse {
    page(format!("<h1>{}</h1><p>{}</p>", text(uri.path()), greeting(&headers)))
}

async fn whoami(headers: HeaderMap) -> impl IntoResponse {
    match address(&headers) {
        Some(address) => Json(json!({ "address": address })).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn address(headers: &HeaderMap) -> Option<&str> {
    headers.get(USER_ADDRESS)?.to_str().ok()
}

fn greeting(headers: &HeaderMap) -> String {
    match address(headers) {
        Some(address) => format!("You are {}.", text(address)),
        None => "You are a stranger here.".to_owned(),
    }
}

fn page(body: String) -> impl IntoResponse {
    ([(CONTENT_SECURITY_POLICY, "default-src 'none'")], Html(body))
}

fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
