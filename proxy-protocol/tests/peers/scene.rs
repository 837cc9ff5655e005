//! The service under test, and who asks it.

use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::routing::get;
use proxy_protocol::axum::with_client_address;
use proxy_protocol::{
    ClientAddress, Header, ProxyProtocol, ProxyProtocolBuilder, Ssl, Trust, loopback,
};
use serde_json::{Value, json};
use testkit::folder::Folder;
use testkit::haproxy::{HaProxy, Spectrum};
use testkit::nginx::Nginx;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// An application that answers with what it knows of the client.
pub(crate) struct Service {
    address: SocketAddr,
    outcomes: watch::Receiver<Vec<&'static str>>,
    seen: watch::Receiver<Vec<Value>>,
    task: JoinHandle<io::Result<()>>,
}

impl Service {
    /// On loopback, of whose addresses all send headers.
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0", on_loopback()).await
    }

    pub(crate) async fn start_at(listen: &str, builder: ProxyProtocolBuilder) -> Self {
        let (outcome, outcomes) = watch::channel(Vec::new());
        let (visit, seen) = watch::channel(Vec::new());
        let builder = builder.on_outcome(move |code| outcome.send_modify(|all| all.push(code)));
        let tcp = TcpListener::bind(listen).await.unwrap();
        let address = tcp.local_addr().unwrap();
        let listener = builder.build().unwrap().listener(tcp);
        let app = Router::new().route("/whoami", get(whoami)).with_state(visit);
        let served = axum::serve(listener, with_client_address(app));
        Self { address, outcomes, seen, task: tokio::spawn(served.into_future()) }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has become of each connection until now.
    pub(crate) fn outcomes(&self) -> Vec<&'static str> {
        self.outcomes.borrow().clone()
    }

    /// What the handler has seen until now, for each request.
    pub(crate) fn seen(&self) -> Vec<Value> {
        self.seen.borrow().clone()
    }

    /// Waits until so many connections have been decided about, and says what has become of them.
    pub(crate) async fn decided(
        &self,
        connections: usize,
        peer: &impl Output,
    ) -> Vec<&'static str> {
        let mut outcomes = self.outcomes.clone();
        let decided = outcomes.wait_for(|outcomes| outcomes.len() >= connections);
        within(&format!("{connections} outcomes"), peer, decided).await.unwrap().clone()
    }

    /// Waits until the handler has seen so many requests, and says what it saw.
    pub(crate) async fn visited(&self, requests: usize, peer: &impl Output) -> Vec<Value> {
        let mut seen = self.seen.clone();
        let visited = seen.wait_for(|seen| seen.len() >= requests);
        within(&format!("{requests} requests"), peer, visited).await.unwrap().clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// All of loopback sends headers, and may be named in them.
pub(crate) fn on_loopback() -> ProxyProtocolBuilder {
    ProxyProtocol::builder(Trust::require(loopback())).allow_sources(loopback())
}

async fn whoami(
    State(visit): State<watch::Sender<Vec<Value>>>,
    client: ClientAddress,
    plain: ConnectInfo<SocketAddr>,
) -> String {
    let seen = json!({
        "client": client.socket_addr().to_string(),
        "connect_info": plain.0.to_string(),
        "peer": client.peer().to_string(),
        "evidence": format!("{:?}", client.evidence()),
        "header": client.header().map(|header| describe(&header)),
    });
    visit.send_modify(|visits| visits.push(seen.clone()));
    seen.to_string()
}

fn describe(header: &Header<'_>) -> Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    json!({
        "version": format!("{:?}", header.version()),
        "command": format!("{:?}", header.command()),
        "family": format!("{:?}", header.family()),
        "destination": header.destination().map(|destination| destination.to_string()),
        "tlvs": header.tlvs().map(|tlv| tlv.kind).collect::<Vec<_>>(),
        "alpn": header.alpn().unwrap().map(text),
        "authority": header.authority().unwrap(),
        "unique_id": header.unique_id().unwrap().map(text),
        "ssl": header.ssl().unwrap().map(|ssl| describe_ssl(&ssl)),
    })
}

fn describe_ssl(ssl: &Ssl<'_>) -> Value {
    json!({
        "is_tls": ssl.is_tls(),
        "has_cert_on_connection": ssl.has_cert_on_connection(),
        "verify_code": ssl.verify_code(),
        "client_cert_verified": ssl.client_cert_verified(),
        "version": ssl.version().unwrap(),
        "common_name": ssl.common_name().unwrap(),
        "cipher": ssl.cipher().unwrap(),
        "signature_algorithm": ssl.signature_algorithm().unwrap(),
        "key_algorithm": ssl.key_algorithm().unwrap(),
        "tlvs": ssl.tlvs().map(|tlv| tlv.kind).collect::<Vec<_>>(),
    })
}

/// The status, and what the handler saw; `null` if it was not asked.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) seen: Value,
}

impl Answer {
    /// The client's address and how it is known, of a request that was answered.
    pub(crate) fn client(&self) -> (SocketAddr, &str) {
        assert_eq!(self.status, 200);
        let (client, evidence) = (&self.seen["client"], &self.seen["evidence"]);
        // What does not know of this crate must not see somebody else.
        assert_eq!(client, &self.seen["connect_info"]);
        (socket(client.as_str().unwrap()), evidence.as_str().unwrap())
    }

    /// The other end of the service's connection.
    pub(crate) fn peer(&self) -> SocketAddr {
        socket(self.seen["peer"].as_str().unwrap())
    }

    /// Version and command of the header.
    pub(crate) fn header(&self) -> (&str, &str) {
        let header = &self.seen["header"];
        (header["version"].as_str().unwrap(), header["command"].as_str().unwrap())
    }

    /// The types of the header's TLVs, in their order.
    pub(crate) fn tlvs(&self) -> Vec<u64> {
        let tlvs = self.seen["header"]["tlvs"].as_array().unwrap();
        tlvs.iter().map(|kind| kind.as_u64().unwrap()).collect()
    }

    pub(crate) fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer but {text:?}"));
        Self { status, seen: serde_json::from_str(body).unwrap_or_default() }
    }
}

/// Asks over this connection, on which the header has been sent or is sent by somebody else.
pub(crate) async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: &impl Output,
) -> Answer {
    let asked = async {
        stream.write_all(REQUEST).await?;
        stream.flush().await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    let answer = within("an answer", peer, asked).await;
    match answer {
        Ok(answer) if !answer.is_empty() => Answer::read(&answer),
        failed => panic!("no answer but {failed:?}\n{}", peer.output()),
    }
}

/// Waits until the other end closes the connection, which it must do without having said a word.
pub(crate) async fn closed_without_an_answer(mut stream: TcpStream, peer: &impl Output) {
    let mut received = Vec::new();
    let closed = within("the end of the connection", peer, stream.read_to_end(&mut received)).await;
    // What the other end has not read when it closes, it answers with a reset (RFC 1122 §4.2.2.13).
    if let Err(error) = closed {
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
    assert_eq!(String::from_utf8_lossy(&received), "");
}

/// Connects from this address of the machine.
pub(crate) async fn connect_from(ip: &str, to: SocketAddr) -> TcpStream {
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.unwrap();
    socket.bind(SocketAddr::new(ip.parse().unwrap(), 0)).unwrap();
    within("a connection", &(), socket.connect(to)).await.unwrap()
}

/// HAProxy in TCP mode, with these sections.
pub(crate) async fn haproxy(folder: Folder, sections: &str, listens: &[SocketAddr]) -> HaProxy {
    let defaults = "\
global
    maxconn 256
    log stdout format raw local0

defaults
    mode tcp
    log global
    timeout connect 2s
    timeout client 60s
    timeout server 60s
";
    HaProxy::start(folder, &format!("{defaults}\n{sections}"), listens).await
}

/// Waits for it, but not for ever. How long it takes proves nothing: what does not come would hang.
pub(crate) async fn within<T>(
    what: &str,
    peer: &impl Output,
    awaited: impl Future<Output = T>,
) -> T {
    let awaited = timeout(PATIENCE, awaited).await;
    awaited.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}\n{}", peer.output()))
}

/// What a peer has written, for who reads the failure.
pub(crate) trait Output {
    fn output(&self) -> String;
}

/// Nobody is between the service and the test.
impl Output for () {
    fn output(&self) -> String {
        String::new()
    }
}

impl Output for HaProxy {
    fn output(&self) -> String {
        Self::output(self)
    }
}

impl Output for Nginx {
    fn output(&self) -> String {
        Self::output(self)
    }
}

impl Output for Spectrum {
    fn output(&self) -> String {
        Self::output(self)
    }
}

pub(crate) fn socket(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(crate) const REQUEST: &[u8] =
    b"GET /whoami HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n";
const PATIENCE: Duration = Duration::from_secs(30);
