use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use testkit::folder::Folder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Service, eventually, follow, head};

#[tokio::test]
async fn asked_to_end_it_finishes_the_delivery_in_flight_and_accepts_no_other() {
    let folder = Folder::new();
    let data = [("KICK_DATA", &*folder.path(""))];
    let mut service = Service::start(&data).await;
    let message = follow();
    let body = message.request::<Full<Bytes>>().into_body().collect().await.unwrap().to_bytes();
    let lines = format!("Content-Length: {}\r\nExpect: 100-continue\r\n", body.len());
    let mut in_flight = TcpStream::connect(service.kick).await.unwrap();
    in_flight.write_all(head(&message, &lines).as_bytes()).await.unwrap();
    // The service asks for the body when it reads it: the delivery is in flight from here on.
    let mut asked_for_body = [0; 25];
    in_flight.read_exact(&mut asked_for_body).await.unwrap();
    assert_eq!(&asked_for_body, b"HTTP/1.1 100 Continue\r\n\r\n");

    service.process.ask_to_end();
    eventually("it is not ready", async || service.look("/readyz").await.0 == 503).await;
    eventually("nothing is accepted", async || TcpStream::connect(service.kick).await.is_err())
        .await;
    in_flight.write_all(&body).await.unwrap();
    let mut answer = String::new();
    in_flight.read_to_string(&mut answer).await.unwrap();
    // Or that the disk took longer than Kick waits.
    let is_kept = answer.starts_with("HTTP/1.1 204 ");
    assert!(is_kept || answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let status = service.process.wait().await;
    assert_eq!(status.code(), Some(0), "{}", service.process.output());

    let service = Service::start(&data).await;
    if is_kept {
        assert_eq!(service.kept().await, [message.message_id().as_str()]);
    }
}
