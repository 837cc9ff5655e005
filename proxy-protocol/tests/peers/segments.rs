//! What arrives at once and what does not, and what is no header.

use std::net::SocketAddr;
use std::time::Duration;

use proxy_protocol::{EncoderV2, Tlv, Transport};
use testkit::chaos::{Chaos, Faults};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::{CLIENT, LINE, REQUEST, Service, ask, closed_without_an_answer, connect_from, socket};

/// Long enough for the other side to have read what came before, mostly. Whether it has is no
/// condition of any test.
const SOON: Duration = Duration::from_millis(1);

#[tokio::test]
async fn header_and_request_may_come_in_one_segment() {
    let service = Service::start().await;
    for header in [LINE.to_vec(), version_2()] {
        let stream = sending(&service, &[&header, REQUEST].concat()).await;
        let answer = ask(stream, &()).await;
        assert_eq!(answer.client(), (socket(CLIENT), "Header"));
    }
}

#[tokio::test]
async fn each_byte_may_come_alone() {
    let service = Service::start().await;
    let faults = Faults::default().split(1, SOON);
    let chaos = Chaos::start(service.address(), faults, Faults::default()).await.unwrap();
    for header in [LINE.to_vec(), version_2()] {
        let mut stream = TcpStream::connect(chaos.address()).await.unwrap();
        stream.write_all(&header).await.unwrap();
        assert_eq!(ask(stream, &()).await.client(), (socket(CLIENT), "Header"));
    }
}

#[tokio::test]
async fn a_header_may_be_split_at_every_position() {
    let service = Service::start().await;
    let mut connections = JoinSet::new();
    for header in [LINE.to_vec(), version_2()] {
        for position in 1..header.len() {
            let (address, header) = (service.address(), header.clone());
            connections.spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (first, second) = header.split_at(position);
                stream.write_all(first).await.unwrap();
                sleep(SOON).await;
                stream.write_all(second).await.unwrap();
                let answer = ask(stream, &()).await;
                assert_eq!(answer.client(), (socket(CLIENT), "Header"), "at {position}");
            });
        }
    }
    connections.join_all().await;
}

#[tokio::test]
async fn every_request_of_a_connection_has_its_client() {
    let service = Service::start().await;
    let first = b"GET /whoami HTTP/1.1\r\nHost: origin.test\r\n\r\n";
    let stream = sending(&service, &[LINE, first].concat()).await;
    service.visited(1, &()).await;
    let _ = ask(stream, &()).await;
    let seen = service.visited(2, &()).await;
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0]["client"], CLIENT);
}

#[tokio::test]
async fn a_second_header_is_payload() {
    let service = Service::start().await;
    for first in [LINE.to_vec(), version_2()] {
        for second in [LINE.to_vec(), version_2()] {
            let stream = sending(&service, &[first.as_slice(), &second].concat()).await;
            assert_eq!(ask(stream, &()).await.status, 400);
        }
    }
    assert_eq!(service.outcomes(), ["accepted"; 4]);
    assert!(service.seen().is_empty());
}

#[tokio::test]
async fn what_is_no_header_is_closed_without_an_answer() {
    let line = |text: &str| text.as_bytes().to_vec();
    let altered = |position: usize, byte: u8| {
        let mut header = version_2();
        header[position] = byte;
        header
    };
    let cases = [
        (REQUEST.to_vec(), "not_proxy"),
        (line("SSH-2.0-OpenSSH_9.2\r\n"), "not_proxy"),
        (vec![0x16, 0x03, 0x01, 0x02, 0x00, 0x01], "not_proxy"),
        (line("proxy TCP4 203.0.113.7 198.51.100.9 51000 443\r\n"), "not_proxy"),
        (line("PROXY TCP4 203.0.113.7 198.51.100.9 51000 443\n"), "v1_bad_line_ending"),
        (line("PROXY TCP4 203.0.113.7 198.51.100.9 51000 443\r\r"), "v1_bad_line_ending"),
        (line("PROXY TCP4  203.0.113.7 198.51.100.9 51000 443\r\n"), "v1_bad_address"),
        (line("PROXY TCP4 203.0.113.7 198.51.100.9 51000 443 \r\n"), "v1_bad_syntax"),
        (line("PROXY UDP4 203.0.113.7 198.51.100.9 51000 443\r\n"), "v1_bad_protocol"),
        (line("PROXY TCP4 203.0.113.07 198.51.100.9 51000 443\r\n"), "v1_bad_address"),
        (line("PROXY TCP6 203.0.113.7 198.51.100.9 51000 443\r\n"), "v1_bad_address"),
        (line("PROXY TCP4 203.0.113.7 198.51.100.9 +51000 443\r\n"), "v1_bad_port"),
        (line("PROXY TCP4 203.0.113.7 198.51.100.9 51000 0443\r\n"), "v1_bad_port"),
        (line("PROXY TCP4 203.0.113.7 198.51.100.9 51000 65536\r\n"), "v1_bad_port"),
        (line(&format!("PROXY UNKNOWN {}\r\n", "1".repeat(92))), "v1_too_long"),
        (line("PROXY TCP4 10.0.0.7 198.51.100.9 51000 443\r\n"), "special_source"),
        (line("PROXY TCP6 ::ffff:10.0.0.7 2001:db8::9 51000 443\r\n"), "special_source"),
        (altered(12, 0x11), "v2_bad_version"),
        (altered(12, 0x22), "v2_bad_command"),
        (altered(13, 0x41), "v2_bad_family"),
        (altered(14, 0x20), "v2_header_too_large"),
        (altered(16, 198), "crc_mismatch"),
    ];
    for (sent, code) in cases {
        let service = Service::start().await;
        let stream = sending(&service, &sent).await;
        closed_without_an_answer(stream, &()).await;
        assert_eq!(service.decided(1, &()).await, [code], "{}", sent.escape_ascii());
    }
}

#[tokio::test]
async fn the_addresses_of_a_header_are_believed_whoever_of_the_network_sends_it() {
    let service = Service::start().await;
    for peer in ["127.0.0.1", "127.0.0.7", "127.255.255.254"] {
        let mut stream = connect_from(peer, service.address()).await;
        let own = stream.local_addr().unwrap();
        stream.write_all(LINE).await.unwrap();
        let answer = ask(stream, &()).await;
        assert_eq!(answer.client(), (socket(CLIENT), "Header"));
        assert_eq!(answer.peer(), own);
    }
}

async fn sending(service: &Service, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(service.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// [`CLIENT`]'s header of version 2, with a TLV and a checksum.
pub(crate) fn version_2() -> Vec<u8> {
    let mut out = [0; 128];
    let destination: SocketAddr = socket("198.51.100.9:443");
    let header = EncoderV2::proxy(Transport::Stream, socket(CLIENT), destination, &mut out);
    let header = header.unwrap().tlv(Tlv::AUTHORITY, b"origin.test").unwrap();
    let length = header.finish_with_crc32c().unwrap();
    out[..length].to_vec()
}
