use axum::Router;
use axum::body::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{Browser, Service, eventually};

#[tokio::test]
async fn asked_to_end_it_finishes_the_request_in_flight_and_accepts_no_other() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let forge = Router::new().fallback(async |body: Bytes| body);
    tokio::spawn(async { axum::serve(listener, forge).await });
    let secret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let mut edge = Service::start(
        &["--single-process"],
        &[
            ("PLUE_ORIGIN", "https://plue.example"),
            ("PLUE_UPSTREAM", &url),
            ("PLUE_SESSION_KEYS", &format!("a:{secret}")),
            ("PLUE_NONCE_SECRETS", secret),
        ],
    )
    .await;
    let mut browser = Browser::default();
    let body = browser.begin(&edge).await;
    let body = body.replacen('{', "{\"session\":\"token\",", 1);
    let told = browser.verify(&edge, &body).await.1;
    let token = told.split("\"token\":\"").nth(1).unwrap().split('"').next().unwrap();

    let mut in_flight = TcpStream::connect(edge.edge).await.unwrap();
    let head = format!(
        "POST /api/pushes HTTP/1.1\r\nHost: plue.example\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    );
    in_flight.write_all(head.as_bytes()).await.unwrap();
    // The edge asks for the body when the forge is there to take it: in flight from here on.
    let mut asked_for_body = [0; 25];
    in_flight.read_exact(&mut asked_for_body).await.unwrap();
    assert_eq!(&asked_for_body, b"HTTP/1.1 100 Continue\r\n\r\n");

    edge.process.ask_to_end();
    eventually("it is not ready", async || edge.look("/readyz").await.0 == 503).await;
    eventually("nothing is accepted", async || TcpStream::connect(edge.edge).await.is_err()).await;
    in_flight.write_all(b"push").await.unwrap();
    let mut answer = String::new();
    in_flight.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("push"), "{answer}");
    assert_eq!(edge.process.wait().await.code(), Some(0), "{}", edge.process.output());
}
