//! One connection, of any kind of stream.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use proxy_protocol::{EncoderV2, Evidence, ParseError, Tlv, Transport, VerifyError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, ReadBuf, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, advance, sleep};

use crate::{CLIENT, EDGE, LINE, Outcomes, STRANGER, on_loopback, production, socket, v2};

const PAYLOAD: &[u8] = b"PROXY TCP4 1.1.1.1 1.1.1.1 1 1\r\n\0\r\n\r\n";

/// A header of version 2 that is longer than a first read takes.
fn long() -> Vec<u8> {
    let mut out = [0; 4112];
    let (source, destination) = (socket(CLIENT), socket("198.51.100.9:22"));
    let header = EncoderV2::proxy(Transport::Stream, source, destination, &mut out).unwrap();
    let length = header.tlv(Tlv::NOOP, &[7; 4000]).unwrap().finish_with_crc32c().unwrap();
    out[..length].to_vec()
}

fn headers() -> [Vec<u8>; 4] {
    let v6 = v2("[2001:db8::7]:51000", "[2001:db8::9]:22");
    [LINE.to_vec(), v2(CLIENT, "198.51.100.9:22"), v6, long()]
}

#[tokio::test]
async fn reads_the_header_and_not_a_byte_more() {
    let proxy = production().build().unwrap();
    for header in headers() {
        let (near, mut far) = duplex(8192);
        far.write_all(&[&header, PAYLOAD].concat()).await.unwrap();
        drop(far);
        let (mut stream, client) = proxy.accept(near, socket(EDGE)).await.unwrap();
        assert_eq!(client.evidence(), Evidence::Header);
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, PAYLOAD);
    }
}

#[tokio::test]
async fn gives_a_tcp_stream_back_as_it_was_with_what_follows_still_in_the_socket() {
    let proxy = on_loopback().build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    for header in headers() {
        let mut far = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        far.write_all(&[&header, PAYLOAD].concat()).await.unwrap();
        far.shutdown().await.unwrap();
        let (near, peer) = listener.accept().await.unwrap();
        let (stream, client): (TcpStream, _) = proxy.accept(near, peer).await.unwrap();
        assert_eq!(client.peer(), peer);
        // Another owner of the socket reads the rest: nothing is kept back here.
        let mut rest = Vec::new();
        let stream = stream.into_std().unwrap();
        stream.set_nonblocking(false).unwrap();
        io::Read::read_to_end(&mut &stream, &mut rest).unwrap();
        assert_eq!(rest, PAYLOAD);
    }
}

/// Counts how often it is read from.
struct Counting<S>(S, usize);

impl<S: AsyncRead + Unpin> AsyncRead for Counting<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.1 += 1;
        Pin::new(&mut self.0).poll_read(cx, out)
    }
}

#[tokio::test]
async fn version_2_takes_two_reads_and_one_if_the_stream_is_buffered() {
    let proxy = production().build().unwrap();
    let received = [v2(CLIENT, "198.51.100.9:22").as_slice(), PAYLOAD].concat();
    let counting = Counting(received.as_slice(), 0);
    let (exact, _) = proxy.accept(counting, socket(EDGE)).await.unwrap();
    assert_eq!(exact.1, 2);
    let buffered = BufReader::new(Counting(received.as_slice(), 0));
    let (mut buffered, client) = proxy.accept(buffered, socket(EDGE)).await.unwrap();
    assert_eq!(buffered.get_ref().1, 1);
    assert_eq!(client.socket_addr(), socket(CLIENT));
    let mut rest = Vec::new();
    buffered.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, PAYLOAD);
}

#[tokio::test]
async fn a_line_takes_a_few_reads_and_not_one_a_byte() {
    let proxy = production().build().unwrap();
    for line in [
        LINE,
        b"PROXY TCP4 203.0.113.254 198.51.100.100 65535 65535\r\n",
        b"PROXY TCP6 2001:db8:85a3:8d3:1319:8a2e:370:7348 2001:db8::ff00:42:8329 56324 443\r\n",
    ] {
        let (counting, _) = proxy.accept(Counting(line, 0), socket(EDGE)).await.unwrap();
        assert!(counting.1 <= 20, "{} reads", counting.1);
    }
}

/// A stream that must not be read from.
struct Untouchable;

impl AsyncRead for Untouchable {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        panic!("a byte was asked for")
    }
}

#[tokio::test]
async fn nothing_is_read_from_a_peer_who_is_denied_or_direct() {
    let proxy = production().build().unwrap();
    let denied = proxy.accept(Untouchable, socket(STRANGER)).await;
    assert_eq!(denied.err(), Some(VerifyError::Denied));
    let (_, direct) = proxy.accept(Untouchable, socket("127.0.0.1:40000")).await.unwrap();
    assert_eq!(direct.evidence(), Evidence::Direct);
}

#[tokio::test]
async fn tells_apart_how_a_header_fails_to_come() {
    let (proxy, outcomes) = Outcomes::of(production());
    for (sent, error) in [
        (&b""[..], VerifyError::Closed),
        (b"P", VerifyError::Truncated),
        (&LINE[..LINE.len() - 1], VerifyError::Truncated),
        (&long()[..4000], VerifyError::Truncated),
        (b"SSH-2.0-x\r\n", VerifyError::Header(ParseError::NotProxy)),
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 080 1\r\n", VerifyError::Header(ParseError::V1Port)),
    ] {
        assert_eq!(proxy.accept(sent, socket(EDGE)).await.err(), Some(error));
        assert_eq!(outcomes.take(), [error.code()]);
    }
    proxy.accept(LINE, socket(EDGE)).await.unwrap();
    assert_eq!(outcomes.take(), ["accepted"]);
}

/// Gives these bytes, then an error.
struct Breaking<'a>(&'a [u8]);

impl AsyncRead for Breaking<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.0).poll_read(cx, out)
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_a_probe_only_if_it_never_sent_a_byte() {
    let proxy = production().build().unwrap();
    let probe = proxy.accept(Breaking(b""), socket(EDGE)).await;
    assert_eq!(probe.err(), Some(VerifyError::Closed));
    let broken = proxy.accept(Breaking(b"PROX"), socket(EDGE)).await;
    assert_eq!(broken.err(), Some(VerifyError::Io));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_for_the_whole_header_however_it_comes() {
    let proxy = production().build().unwrap();
    let started = Instant::now();
    let (near, mut far) = duplex(64);
    let slow = tokio::spawn(async move {
        for byte in LINE {
            if far.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
    });
    let refused = proxy.accept(near, socket(EDGE)).await;
    assert_eq!(refused.err(), Some(VerifyError::Timeout));
    assert_eq!(started.elapsed(), Duration::from_secs(5));
    slow.abort();
}

#[tokio::test(start_paused = true)]
async fn a_header_that_is_whole_in_the_last_moment_counts() {
    let proxy = production().deadline(Duration::from_secs(3)).build().unwrap();
    for (late, expected) in [(2_999, None), (3_001, Some(VerifyError::Timeout))] {
        let (near, mut far) = duplex(64);
        far.write_all(&LINE[..20]).await.unwrap();
        let rest = tokio::spawn(async move {
            sleep(Duration::from_millis(late)).await;
            let _ = far.write_all(&LINE[20..]).await;
            far
        });
        assert_eq!(proxy.accept(near, socket(EDGE)).await.err(), expected);
        rest.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_asks_the_stream_for_nothing_until_it_has_something() {
    let proxy = production().build().unwrap();
    let (near, mut far) = duplex(64);
    far.write_all(&LINE[..20]).await.unwrap();
    let mut accept = pin!(proxy.accept(Counting(near, 0), socket(EDGE)));
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..3 {
        assert!(accept.as_mut().poll(&mut cx).is_pending());
        advance(Duration::from_secs(1)).await;
    }
    far.write_all(&LINE[20..]).await.unwrap();
    let (counting, _) = accept.await.unwrap();
    assert!(counting.1 < 16, "{} reads", counting.1);
}
