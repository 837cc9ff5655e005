//! The bounds at their edges: how many connections may wait for their header.

use std::net::SocketAddr;
use std::time::Duration;

use proxy_protocol::handshakes::Incoming;
use proxy_protocol::tokio::ProxyListener;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::listener::{connect_from, listen};
use crate::{LINE, Outcomes, on_loopback};

/// Lets the listener do what it can now.
async fn settle(listener: &mut ProxyListener<TcpListener>) {
    let nothing = timeout(MOMENT, listener.accept()).await;
    assert!(nothing.is_err(), "a connection was handed out: {nothing:?}");
}

/// Whether this one was closed.
async fn is_closed(stream: &mut TcpStream) -> bool {
    timeout(MOMENT, stream.read(&mut [0])).await.is_ok()
}

async fn connect_many(count: u8, network: u8, to: SocketAddr) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for n in 1..=count {
        streams.push(connect_from([127, network, 0, n], to).await);
    }
    streams
}

fn pending(listener: &ProxyListener<TcpListener>) -> String {
    let shown = format!("{listener:?}");
    shown.split("pending: ").nth(1).unwrap().split(',').next().unwrap().to_owned()
}

#[tokio::test]
async fn as_many_wait_as_may_and_the_next_is_accepted_when_one_is_done() {
    let builder = on_loopback().max_pending(3).max_pending_per_peer(3);
    let (proxy, outcomes) = Outcomes::of(builder);
    let (mut listener, address) = listen(&proxy).await;
    let mut streams = connect_many(3, 1, address).await;
    settle(&mut listener).await;
    assert_eq!(pending(&listener), "3");

    // The fourth has sent all that it must, and waits in the backlog all the same.
    let mut fourth = connect_from([127, 2, 0, 1], address).await;
    fourth.write_all(LINE).await.unwrap();
    settle(&mut listener).await;
    assert_eq!(pending(&listener), "3");
    assert!(!is_closed(&mut fourth).await);

    streams[0].write_all(LINE).await.unwrap();
    let (_, first) = listener.accept().await;
    assert_eq!(first.peer(), streams[0].local_addr().unwrap());
    let (_, second) = listener.accept().await;
    assert_eq!(second.peer(), fourth.local_addr().unwrap());
    assert_eq!(outcomes.take(), ["accepted", "accepted"]);
}

#[tokio::test]
async fn of_one_peer_as_many_wait_as_may_and_one_more_is_closed() {
    let builder = on_loopback().max_pending(10).max_pending_per_peer(2);
    let (proxy, outcomes) = Outcomes::of(builder);
    let (mut listener, address) = listen(&proxy).await;
    let mut of_one = Vec::new();
    for _ in 0..3 {
        of_one.push(connect_from([127, 1, 0, 1], address).await);
        settle(&mut listener).await;
    }
    assert_eq!(outcomes.take(), ["too_many_pending"]);
    assert_eq!(pending(&listener), "2");
    assert!(is_closed(&mut of_one[2]).await);
    assert!(!is_closed(&mut of_one[0]).await && !is_closed(&mut of_one[1]).await);

    // Another peer is not concerned, and a place that is given back can be taken.
    let _other = connect_from([127, 1, 0, 2], address).await;
    settle(&mut listener).await;
    assert_eq!(pending(&listener), "3");
    of_one[0].write_all(LINE).await.unwrap();
    listener.accept().await;
    let mut again = connect_from([127, 1, 0, 1], address).await;
    settle(&mut listener).await;
    assert!(!is_closed(&mut again).await);
    assert_eq!(outcomes.take(), ["accepted"]);
}

#[tokio::test]
async fn who_is_denied_or_connects_directly_takes_no_place() {
    let trust = proxy_protocol::Trust::require(crate::networks(&["127.1.0.0/16"]))
        .direct(crate::networks(&["127.2.0.0/16"]));
    let builder = proxy_protocol::ProxyProtocol::builder(trust);
    let (proxy, outcomes) = Outcomes::of(builder.max_pending(1).max_pending_per_peer(1));
    let (mut listener, address) = listen(&proxy).await;
    let _denied = connect_many(5, 3, address).await;
    settle(&mut listener).await;
    assert_eq!(pending(&listener), "0");
    assert_eq!(outcomes.take(), ["denied"; 5]);
    let _direct = connect_many(5, 2, address).await;
    for _ in 0..5 {
        listener.accept().await;
    }
    assert_eq!(outcomes.take(), ["accepted"; 5]);
}

#[tokio::test]
async fn peers_of_one_64_of_ipv6_share_a_bound_and_those_of_ipv4_do_not() {
    use proxy_protocol::handshakes::{Begin, Handshake, Handshakes};
    use std::future::pending;
    use std::net::IpAddr;

    /// Hands out these addresses, each with a handshake that does not end.
    struct Addresses(Vec<IpAddr>);

    impl Incoming for Addresses {
        type Io = ();
        type Address = IpAddr;

        async fn accept(&mut self) -> ((), IpAddr) {
            match self.0.pop() {
                Some(address) => ((), address),
                None => pending().await,
            }
        }

        fn local_addr(&self) -> std::io::Result<SocketAddr> {
            Err(std::io::ErrorKind::Unsupported.into())
        }
    }

    struct Endless(std::sync::Mutex<Vec<IpAddr>>);

    impl Handshake<Addresses> for &'static Endless {
        type Io = ();
        type Address = IpAddr;

        fn begin(&self, (): (), _: IpAddr) -> Begin<(), IpAddr> {
            Begin::Wait(Box::pin(pending()))
        }

        fn key(&self, address: &IpAddr) -> IpAddr {
            *address
        }

        fn crowded(&self, key: IpAddr) {
            self.0.lock().unwrap().push(key);
        }
    }

    for (first, second, share) in [
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true),
        ("2001:db8::1", "2001:db8:0:1::1", false),
        ("192.0.2.1", "192.0.2.2", false),
        ("192.0.2.1", "::ffff:192.0.2.1", true),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
    ] {
        let endless: &'static Endless = Box::leak(Box::new(Endless(std::sync::Mutex::default())));
        let addresses = Addresses(vec![second.parse().unwrap(), first.parse().unwrap()]);
        let mut listener = Handshakes::new(addresses, endless, 10, 1);
        assert!(timeout(MOMENT, listener.accept()).await.is_err());
        let crowded = endless.0.lock().unwrap().len();
        assert_eq!(crowded, usize::from(share), "{first} and {second}");
    }
}

#[tokio::test]
async fn a_handshake_that_panics_gives_its_place_back() {
    use proxy_protocol::handshakes::{Begin, Handshake, Handshakes};

    struct Panicking;

    impl Handshake<TcpListener> for Panicking {
        type Io = TcpStream;
        type Address = SocketAddr;

        fn begin(&self, io: TcpStream, address: SocketAddr) -> Begin<TcpStream, SocketAddr> {
            Begin::Wait(Box::pin(async move {
                let mut first = [0];
                let mut io = io;
                io.read_exact(&mut first).await.ok()?;
                assert_eq!(&first, b"!", "as it is asked to");
                Some((io, address))
            }))
        }

        fn key(&self, address: &SocketAddr) -> std::net::IpAddr {
            address.ip()
        }

        fn crowded(&self, key: std::net::IpAddr) {
            panic!("{key} has a place that was not given back");
        }
    }

    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let mut listener = Handshakes::new(tcp, Panicking, 1, 1);
    for sent in [b"?", b"!"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        let accepted = timeout(MOMENT, listener.accept()).await;
        assert_eq!(accepted.is_ok(), sent == b"!");
    }
}

const MOMENT: Duration = Duration::from_millis(200);
