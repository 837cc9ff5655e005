use std::fs;
use std::sync::Arc;
use std::time::Duration;

use testkit::folder::Folder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::{Service, follow, head};

#[tokio::test(flavor = "multi_thread")]
async fn bodies_without_end_take_no_more_memory_than_their_limit() {
    let folder = Folder::new();
    let service = Arc::new(Service::start(&[("KICK_DATA", &folder.path(""))]).await);
    assert_eq!(service.deliver(&follow()).await, 204);
    let before = peak(&service);

    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let service = Arc::clone(&service);
        clients.spawn(async move { send(&service, "Transfer-Encoding: chunked", true).await });
    }
    assert!(clients.join_all().await.iter().all(|status| status == "413"));
    // Nor is room made for what is announced.
    let announced = format!("Content-Length: {}", 8 * SENT * CLIENTS);
    assert_eq!(send(&service, &announced, false).await, "413");

    // Each may hold its limit, 256 KiB, and what the connection has read ahead.
    let grown = peak(&service) - before;
    assert!(
        grown < CLIENTS * 1024,
        "{grown} KiB more, of {} that were sent",
        SENT * CLIENTS / 1024
    );
    assert_eq!(service.deliver(&follow()).await, 204);
}

/// Sends a signed head, and then for as long as it is read, `SENT` bytes at most. Gives the status.
async fn send(service: &Service, length: &str, has_body: bool) -> String {
    let head = head(&follow(), &format!("{length}\r\n"));
    let mut stream = TcpStream::connect(service.kick).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let write = tokio::spawn(async move {
        let chunk = format!("{CHUNK:x}\r\n{}\r\n", " ".repeat(CHUNK));
        for _ in 0..if has_body { SENT / CHUNK } else { 0 } {
            // It may have had enough.
            if writing.write_all(chunk.as_bytes()).await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    });
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let read = timeout(PATIENCE, reading.read_buf(&mut answer)).await.expect("an answer");
        assert!(read.unwrap() > 0, "no answer\n{}", service.process.output());
    }
    write.abort();
    String::from_utf8(answer).unwrap().split(' ').nth(1).unwrap().to_owned()
}

/// The most that the program has had in memory until now, in KiB.
fn peak(service: &Service) -> usize {
    let status =
        fs::read_to_string(format!("/proc/{}/status", service.id().as_raw_nonzero())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
}

const CHUNK: usize = 16 * 1024;
const CLIENTS: usize = 32;
const PATIENCE: Duration = Duration::from_secs(60);
const SENT: usize = 8 * 1024 * 1024;
