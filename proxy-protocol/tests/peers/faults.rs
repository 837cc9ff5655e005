//! A network on which things go wrong: the service says what, and stays up.

use std::time::Duration;

use testkit::chaos::{Chaos, Faults};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::segments::version_2;
use crate::{CLIENT, LINE, REQUEST, Service, ask, closed_without_an_answer, on_loopback, socket};

#[tokio::test]
async fn a_header_that_is_late_and_comes_in_pieces_is_read() {
    let service = Service::start().await;
    let slow =
        Faults::default().delay(Duration::from_millis(100)).split(7, Duration::from_millis(5));
    for header in [LINE.to_vec(), version_2()] {
        let chaos = Chaos::start(service.address(), slow, slow).await.unwrap();
        let mut stream = TcpStream::connect(chaos.address()).await.unwrap();
        stream.write_all(&header).await.unwrap();
        assert_eq!(ask(stream, &()).await.client(), (socket(CLIENT), "Header"));
    }
    assert_eq!(service.outcomes(), ["accepted"; 2]);
}

#[tokio::test]
async fn a_header_that_stops_delays_nobody_else() {
    let service = Service::start().await;
    let mut stopped = Vec::new();
    for bytes in [0, 1, 20] {
        let mut stream = TcpStream::connect(service.address()).await.unwrap();
        stream.write_all(&LINE[..bytes]).await.unwrap();
        stopped.push(stream);
    }
    answers(&service).await;
    // All of the others are waited for still.
    assert_eq!(service.outcomes(), ["accepted"]);
    drop(stopped);
    let mut outcomes = service.decided(4, &()).await;
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["accepted", "closed", "truncated", "truncated"]);
}

#[tokio::test]
async fn a_header_that_stops_is_closed_at_the_deadline() {
    let builder = on_loopback().deadline(Duration::from_secs(3));
    let service = Service::start_at("127.0.0.1:0", builder).await;
    let faults = Faults::default().stall_after(20);
    let chaos = Chaos::start(service.address(), faults, Faults::default()).await.unwrap();
    let stream = sending(&chaos).await;
    closed_without_an_answer(stream, &()).await;
    assert_eq!(service.decided(1, &()).await, ["timeout"]);
    answers(&service).await;
}

#[tokio::test]
async fn a_header_that_ends_early_is_truncated() {
    for header in [LINE.to_vec(), version_2()] {
        let service = Service::start().await;
        for position in 0..header.len() {
            let faults = Faults::default().truncate_after(position);
            let chaos = Chaos::start(service.address(), faults, Faults::default()).await.unwrap();
            let mut stream = TcpStream::connect(chaos.address()).await.unwrap();
            stream.write_all(&[&header, REQUEST].concat()).await.unwrap();
            closed_without_an_answer(stream, &()).await;
            // Who sends nothing is a probe.
            let expected = if position == 0 { "closed" } else { "truncated" };
            let outcomes = service.decided(position + 1, &()).await;
            assert_eq!((outcomes.len(), outcomes.last()), (position + 1, Some(&expected)));
        }
        answers(&service).await;
    }
}

#[tokio::test]
async fn a_connection_that_breaks_within_its_header_is_told_apart() {
    for header in [LINE.to_vec(), version_2()] {
        let service = Service::start().await;
        for position in 0..header.len() {
            let faults = Faults::default().reset_after(position);
            let chaos = Chaos::start(service.address(), faults, Faults::default()).await.unwrap();
            let mut stream = TcpStream::connect(chaos.address()).await.unwrap();
            // It may be broken before all of it is sent.
            let _ = stream.write_all(&header).await;
            let outcomes = service.decided(position + 1, &()).await;
            let expected = if position == 0 { "closed" } else { "io" };
            assert_eq!((outcomes.len(), outcomes.last()), (position + 1, Some(&expected)));
        }
        answers(&service).await;
    }
}

#[tokio::test]
async fn a_connection_that_breaks_behind_its_header_is_the_applications() {
    let service = Service::start().await;
    let faults = Faults::default().reset_after(LINE.len() + 10);
    let chaos = Chaos::start(service.address(), faults, Faults::default()).await.unwrap();
    let stream = sending(&chaos).await;
    assert_eq!(service.decided(1, &()).await, ["accepted"]);
    drop(stream);
    answers(&service).await;
    assert_eq!(service.seen().len(), 1);
}

/// [`CLIENT`]'s line and a request, into the faults.
async fn sending(chaos: &Chaos) -> TcpStream {
    let mut stream = TcpStream::connect(chaos.address()).await.unwrap();
    stream.write_all(&[LINE, REQUEST].concat()).await.unwrap();
    stream
}

/// That the service is up, to who comes without faults.
async fn answers(service: &Service) {
    let mut stream = TcpStream::connect(service.address()).await.unwrap();
    stream.write_all(LINE).await.unwrap();
    assert_eq!(ask(stream, &()).await.client(), (socket(CLIENT), "Header"));
}
