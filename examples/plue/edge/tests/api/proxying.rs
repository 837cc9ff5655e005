use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, Method, Request, StatusCode};
use edge::{Upstream, guard, router};
use http_body_util::BodyExt;
use testkit::port;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tower::ServiceExt;

use crate::{Scene, app, audience, empty, get, send};

#[tokio::test]
async fn the_forge_is_told_the_sites_name_and_scheme_and_nothing_of_who_connects() {
    let scene = Scene::start().await;
    let request = get("/plue/edge?tab=issues&q=%20x")
        .header("host", "evil.example")
        .header("forwarded", "for=203.0.113.7")
        .header("x-forwarded-for", "203.0.113.7")
        .header("x_forwarded_for", "203.0.113.7")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("x-real-ip", "203.0.113.7")
        .header("cf-connecting-ip", "203.0.113.7")
        .header("cf_connecting_ip", "203.0.113.7")
        .header("accept-language", "de");
    assert_eq!(scene.send(empty(request)).await.body, "forge");
    let seen = scene.seen();
    assert_eq!(seen.target, "/plue/edge?tab=issues&q=%20x");
    let mut names: Vec<_> = seen.headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept-language", "host", "x-forwarded-proto"]);
    assert_eq!(seen.all("host"), ["plue.example"]);
    assert_eq!(seen.all("x-forwarded-proto"), ["https"]);
}

#[tokio::test]
async fn headers_of_a_connection_end_with_it_in_both_directions() {
    let scene = Scene::start().await;
    let request = get("/hop/by-hop")
        .header("connection", "keep-alive, x-of-the-client")
        .header("connection", "accept-language")
        .header("x-of-the-client", "1")
        .header("accept-language", "de")
        .header("keep-alive", "timeout=5")
        .header("proxy-authorization", "Basic eDp5")
        .header("proxy-connection", "keep-alive")
        .header("te", "trailers")
        .header("trailer", "x-plue-user-address")
        .header("expect", "100-continue");
    let answer = scene.send(empty(request)).await;
    let seen = scene.seen();
    let mut names: Vec<_> = seen.headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["host", "x-forwarded-proto"]);
    for name in ["connection", "x-of-the-connection", "keep-alive", "proxy-authenticate"] {
        assert!(answer.all(name).is_empty(), "{name}");
    }
    assert_eq!(answer.all("x-of-the-forge"), ["1"]);
}

#[tokio::test]
async fn what_one_signs_in_with_does_not_reach_the_forge() {
    let scene = Scene::start().await;
    let token = scene.token(Duration::ZERO);
    let request = get("/api/whoami")
        .header("cookie", format!("theme=dark; __Host-siwe={token};  __Host-siwe-pre=1;lang=de"))
        .header("cookie", format!(" __Host-siwe = {token}"))
        .header("cookie", "plue_session=of-before")
        .header("authorization", format!("bearer  {token}"));
    assert_eq!(scene.send(empty(request)).await.status, 200);
    let seen = scene.seen();
    assert_eq!(seen.all("cookie"), ["theme=dark; lang=de"]);
    assert!(seen.all("authorization").is_empty());
    assert!(!seen.headers.values().any(|value| value.to_str().unwrap().contains(&token)));
}

#[tokio::test]
async fn other_credentials_and_cookies_that_look_alike_are_the_forges() {
    let scene = Scene::start().await;
    let request = get("/plue/edge")
        .header("cookie", "__Host-siwe2=1; my__Host-siwe=2; __host-siwe=3; plue_sessions=4")
        .header("authorization", "Basic eDp5");
    assert_eq!(scene.send(empty(request)).await.status, 200);
    let seen = scene.seen();
    assert_eq!(
        seen.all("cookie"),
        ["__Host-siwe2=1; my__Host-siwe=2; __host-siwe=3; plue_sessions=4"]
    );
    assert_eq!(seen.all("authorization"), ["Basic eDp5"]);
}

#[tokio::test]
async fn the_forge_sets_its_own_cookies_and_none_of_the_edge() {
    let scene = Scene::start().await;
    let answer = scene.send(empty(get("/sets/cookies"))).await;
    assert_eq!(answer.all("set-cookie"), ["theme=dark; Path=/"]);
}

#[tokio::test]
async fn a_body_goes_through_with_its_length() {
    let scene = Scene::start().await;
    let body = "x".repeat(3 << 20);
    let request = Request::post("/api/pushes").body(Body::from(body.clone())).unwrap();
    assert_eq!(scene.send(scene.site.sign(request)).await.status, 200);
    let seen = scene.seen();
    assert_eq!(seen.all("content-length"), [body.len().to_string()]);
    assert!(seen.body == body);
}

#[tokio::test]
async fn bodies_are_streamed_in_both_directions_at_once() {
    let scene = Scene::start().await;
    let (parts, stream) = mpsc::channel(1);
    let stream = ReceiverStream::new(stream).map(Ok::<_, std::io::Error>);
    parts.send("first").await.unwrap();
    let request = Request::post("/echo").body(Body::from_stream(stream)).unwrap();
    let answer = scene.app.clone().oneshot(scene.site.sign(request)).await.unwrap();
    let mut body = answer.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, "first");
    // Sent when the first has come back.
    parts.send("second").await.unwrap();
    drop(parts);
    assert_eq!(body.collect().await.unwrap().to_bytes(), "second");
}

#[tokio::test]
async fn a_forge_that_is_down_is_a_bad_gateway() {
    let scene = Scene::start().await;
    let down = app(&scene.site, &format!("http://{}", port::reserve()).parse().unwrap());
    let answer = send(&down, empty(get("/plue/edge"))).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (502, "bad gateway\n"));
    let answer = send(&down, scene.site.sign(empty(get("/api/whoami")))).await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.all("cache-control"), ["no-store"]);
}

#[tokio::test]
async fn a_forge_that_does_not_answer_is_given_up() {
    let scene = Scene::start().await;
    let upstream = Upstream::builder(&scene.forge.url(), &audience());
    let upstream = upstream.patience(Duration::from_millis(300)).build().unwrap();
    let impatient = router(&guard(scene.site.builder()).unwrap().build().unwrap(), upstream);
    let answer = send(&impatient, empty(get("/never/ends"))).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (504, "gateway timeout\n"));

    // Who goes on sending is waited for.
    let (parts, stream) = mpsc::channel(1);
    tokio::spawn(async move {
        for _ in 0..8 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            parts.send("part").await.unwrap();
        }
    });
    let stream = ReceiverStream::new(stream).map(Ok::<_, std::io::Error>);
    let request = Request::post("/api/pushes").body(Body::from_stream(stream)).unwrap();
    assert_eq!(send(&impatient, scene.site.sign(request)).await.status, 200);
    assert_eq!(scene.forge.seen().pop().unwrap().body, "part".repeat(8));
}

/// A forge that answers one request with these bytes.
async fn answers(bytes: &'static [u8]) -> axum::http::Uri {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let _ = connection.read(&mut [0; 4096]).await.unwrap();
        connection.write_all(bytes).await.unwrap();
        connection.shutdown().await.unwrap();
    });
    url
}

#[tokio::test]
async fn what_is_no_answer_is_a_bad_gateway() {
    let scene = Scene::start().await;
    for bytes in [
        &b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"[..],
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    ] {
        let app = app(&scene.site, &answers(bytes).await);
        let answer = send(&app, empty(get("/plue/edge"))).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{}", String::from_utf8_lossy(bytes));
    }
}

#[tokio::test]
async fn neither_a_tunnel_nor_an_echo_is_to_be_had() {
    let scene = Scene::start().await;
    for (method, path) in [(Method::TRACE, "/api/whoami"), (Method::CONNECT, "plue.example:22")] {
        let answer = scene.send_signed(Request::builder().method(&method).uri(path)).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    let answer = scene.send_signed(Request::options("*")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(scene.forge.seen().len(), 0);
}

#[tokio::test]
async fn of_an_absolute_uri_the_path_alone_counts() {
    let scene = Scene::start().await;
    let request = empty(get("http://evil.example/plue/edge"));
    assert_eq!(scene.send(request).await.status, 200);
    let seen = scene.seen();
    assert_eq!((&*seen.target, seen.all("host")), ("/plue/edge", vec!["plue.example"]));
}

#[test]
fn an_upstream_is_a_server_and_no_path() {
    for url in ["http://127.0.0.1:3000", "https://origin.example", "http://[::1]:3000/"] {
        assert!(Upstream::builder(&url.parse().unwrap(), &audience()).build().is_ok(), "{url}");
    }
    for url in ["/", "127.0.0.1", "ftp://x", "http://x/y", "http://x/?y", "http://user@x"] {
        assert!(Upstream::builder(&url.parse().unwrap(), &audience()).build().is_err(), "{url}");
    }
}
