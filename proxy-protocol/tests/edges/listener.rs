//! The listener: nobody waits for anybody else.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use proxy_protocol::handshakes::Incoming;
use proxy_protocol::tokio::ProxyListener;
use proxy_protocol::{Evidence, ProxyProtocol, ProxyProtocolBuilder};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::{CLIENT, LINE, Outcomes, networks, on_loopback, socket};

/// A listener, and where it listens.
pub(crate) async fn listen(proxy: &ProxyProtocol) -> (ProxyListener<TcpListener>, SocketAddr) {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let listener = proxy.listener(tcp);
    assert_eq!(Incoming::local_addr(&listener).unwrap(), address);
    (listener, address)
}

/// Connects from an address of 127.0.0.0/8.
pub(crate) async fn connect_from(source: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::from(source), 0).into()).unwrap();
    socket.connect(to).await.unwrap()
}

/// Answers each connection with its client's address.
pub(crate) fn serve(mut listener: ProxyListener<TcpListener>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let (mut stream, accepted) = listener.accept().await;
            tokio::spawn(async move {
                let client = accepted.client().unwrap().socket_addr();
                let _ = stream.write_all(client.to_string().as_bytes()).await;
            });
        }
    })
}

async fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

async fn ask(from: [u8; 4], to: SocketAddr) -> String {
    let mut stream = connect_from(from, to).await;
    stream.write_all(LINE).await.unwrap();
    answer(stream).await
}

/// Both ends of each connection are of this process, and some systems give it 1024.
fn allow_many_sockets() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
}

fn waiting(seconds: u64) -> ProxyProtocolBuilder {
    on_loopback().deadline(Duration::from_secs(seconds))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_silent_and_fifty_slow_peers_delay_nobody() {
    allow_many_sockets();
    let (proxy, outcomes) = Outcomes::of(waiting(30));
    let (listener, address) = listen(&proxy).await;
    let server = serve(listener);

    let mut silent = Vec::new();
    for n in 0..500_u16 {
        let [high, low] = n.to_be_bytes();
        silent.push(connect_from([127, 1, high, low.max(1)], address).await);
    }
    let mut slow = JoinSet::new();
    for n in 1..=50 {
        let mut stream = connect_from([127, 2, 0, n], address).await;
        slow.spawn(async move {
            for byte in LINE {
                if stream.write_all(&[*byte]).await.is_err() {
                    break;
                }
                sleep(Duration::from_secs(1)).await;
            }
        });
    }
    let mut good = JoinSet::new();
    for n in 1..=200 {
        good.spawn(ask([127, 3, 0, n], address));
    }
    while let Some(answer) = good.join_next().await {
        assert_eq!(answer.unwrap(), CLIENT);
    }
    // All were answered before the first of the silent ones ran out of time.
    let outcomes = outcomes.take();
    assert_eq!(outcomes.len(), 200, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| *outcome == "accepted"));
    for stream in silent {
        assert!(stream.try_read(&mut [0]).is_err(), "a silent one was closed");
    }
    server.abort();
}

#[tokio::test]
async fn the_silent_are_closed_when_their_time_is_over_and_their_places_are_free_again() {
    let builder = waiting(3).max_pending(4).max_pending_per_peer(2);
    let (proxy, outcomes) = Outcomes::of(builder);
    let (listener, address) = listen(&proxy).await;
    let server = serve(listener);
    let mut silent = Vec::new();
    for n in 1..=4 {
        silent.push(connect_from([127, 1, 0, n], address).await);
    }
    for stream in silent {
        assert_eq!(answer(stream).await, "");
    }
    assert_eq!(outcomes.take(), ["timeout"; 4]);
    for n in 1..=8 {
        assert_eq!(ask([127, 1, 0, n], address).await, CLIENT);
    }
    server.abort();
}

#[tokio::test]
async fn giving_up_on_accept_loses_no_connection() {
    let (listener, address) = listen(&on_loopback().build().unwrap()).await;
    let mut listener = listener;
    let clients = tokio::spawn(async move {
        let mut streams = Vec::new();
        for _ in 0..40 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            for part in LINE.chunks(16) {
                stream.write_all(part).await.unwrap();
                tokio::task::yield_now().await;
            }
            streams.push(stream);
        }
        streams
    });
    let mut accepted = 0;
    let deadline = Instant::now() + PATIENCE;
    while accepted < 40 {
        assert!(Instant::now() < deadline, "only {accepted} of 40");
        // Given up at every point where it may wait: after a moment, and after none at all.
        let moment = Duration::from_micros(if accepted % 2 == 0 { 0 } else { 50 });
        if let Ok((_, connection)) = timeout(moment, listener.accept()).await {
            assert_eq!(connection.client().unwrap().socket_addr(), socket(CLIENT));
            accepted += 1;
        }
    }
    clients.await.unwrap();
}

#[tokio::test]
async fn dropping_the_listener_closes_those_that_have_sent_no_header() {
    let (mut listener, address) = listen(&waiting(60).build().unwrap()).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(&LINE[..20]).await.unwrap();
    let mut ready = TcpStream::connect(address).await.unwrap();
    ready.write_all(LINE).await.unwrap();
    // The silent one came first, and is under way.
    let _ready = listener.accept().await;
    assert!(format!("{listener:?}").contains("pending: 1"), "{listener:?}");
    drop(listener);
    // A reset, since what it sent was not all read, or an end.
    let read = timeout(PATIENCE, silent.read(&mut [0])).await.unwrap();
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
}

#[tokio::test]
async fn a_peer_who_is_denied_is_closed_and_one_who_connects_directly_is_not_asked() {
    let trust = proxy_protocol::Trust::require(networks(&["127.1.0.0/16"]));
    let trust = trust.direct(networks(&["127.2.0.0/16"]));
    let (proxy, outcomes) = Outcomes::of(ProxyProtocol::builder(trust));
    let (mut listener, address) = listen(&proxy).await;
    let denied = connect_from([127, 3, 0, 1], address).await;
    let direct = connect_from([127, 2, 0, 1], address).await;
    let (_direct, accepted) = listener.accept().await;
    let client = accepted.client().unwrap();
    assert_eq!(client.socket_addr(), direct.local_addr().unwrap());
    assert_eq!((client.evidence(), accepted.peer()), (Evidence::Direct, client.peer()));
    assert_eq!(answer(denied).await, "");
    assert_eq!(outcomes.take(), ["denied", "accepted"]);
}

#[tokio::test]
async fn probes_that_connect_and_leave_disturb_nobody() {
    let (proxy, outcomes) = Outcomes::of(on_loopback());
    let (mut listener, address) = listen(&proxy).await;
    for _ in 0..3 {
        drop(TcpStream::connect(address).await.unwrap());
    }
    let mut good = TcpStream::connect(address).await.unwrap();
    good.write_all(LINE).await.unwrap();
    listener.accept().await;
    drop(timeout(Duration::from_millis(100), listener.accept()).await);
    let mut outcomes = outcomes.take();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["accepted", "closed", "closed", "closed"]);
}

const PATIENCE: Duration = Duration::from_secs(20);
