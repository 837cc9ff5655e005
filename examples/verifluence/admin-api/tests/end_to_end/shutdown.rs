use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Scene, eventually};

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn asked_to_end_it_finishes_the_request_in_flight_and_accepts_no_other() {
    let mut scene = Scene::start().await;
    let body = r#"{"email":"dave@example.com"}"#;
    let mut in_flight = TcpStream::connect(scene.service).await.unwrap();
    let head = format!(
        "POST /api/invitations HTTP/1.1\r\nHost: admin-api.verifluence.io\r\n\
         Cf-Access-Jwt-Assertion: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        scene.alice(),
        body.len(),
    );
    in_flight.write_all(head.as_bytes()).await.unwrap();
    // The service asks for the body when a handler reads it: the request is in flight from here on.
    let mut asked_for_body = [0; 25];
    in_flight.read_exact(&mut asked_for_body).await.unwrap();
    assert_eq!(&asked_for_body, b"HTTP/1.1 100 Continue\r\n\r\n");

    scene.program.ask_to_end();
    eventually("it is not ready", async || scene.readiness().await.status == 503).await;
    assert_eq!(scene.readiness().await.body["draining"], true);
    eventually("nothing is accepted", async || TcpStream::connect(scene.service).await.is_err())
        .await;

    in_flight.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    in_flight.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    let status = scene.program.wait().await;
    assert_eq!(status.code(), Some(0), "{}", scene.program.output());
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn asked_to_end_with_nothing_to_do_it_ends() {
    let mut scene = Scene::start().await;
    assert_eq!(scene.streams(&scene.alice()).await.status, 200);
    let status = scene.program.terminate().await;
    assert_eq!(status.code(), Some(0), "{}", scene.program.output());
}
