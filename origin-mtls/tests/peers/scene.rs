//! The origin under test, and what it tells of who came.

use std::fmt::Debug;
use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::routing::get;
use axum::serve::Listener;
use http::Extensions;
use origin_mtls::axum::with_edge_identity;
use origin_mtls::tokio::EdgeAddress;
use origin_mtls::{
    EdgeIdentity, OriginMtls, OriginMtlsBuilder, OriginPullPolicy, ServerCertificate,
};
use proxy_protocol::axum::Proofs;
use proxy_protocol::{ClientAddress, ProxyProtocol, Trust, loopback};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// An application that answers with what it knows of the client.
pub(crate) struct Service {
    address: SocketAddr,
    origin: OriginMtls,
    outcomes: Outcomes,
    seen: watch::Receiver<Vec<Value>>,
    next: Next,
    task: JoinHandle<io::Result<()>>,
}

type Outcomes = watch::Receiver<Vec<&'static str>>;

/// What is accepted once [`RELOAD`] was asked for.
type Next = Arc<Mutex<Option<(OriginPullPolicy, ServerCertificate)>>>;

impl Service {
    pub(crate) async fn start(builder: OriginMtlsBuilder) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        Self::start_on(builder, address, |origin| origin.listener(tcp))
    }

    /// Behind a proxy on this machine that names its clients. What becomes of its headers is told
    /// apart.
    pub(crate) async fn start_behind_proxy(builder: OriginMtlsBuilder) -> (Self, Outcomes) {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let (header, headers) = watch::channel(Vec::new());
        let proxy = ProxyProtocol::builder(Trust::require(loopback()))
            .allow_sources(loopback())
            .on_outcome(move |code| header.send_modify(|all| all.push(code)))
            .build()
            .unwrap();
        let listener = |origin: &OriginMtls| origin.listener(proxy.listener(tcp));
        (Self::start_on(builder, address, listener), headers)
    }

    fn start_on<L, A>(
        builder: OriginMtlsBuilder,
        address: SocketAddr,
        listener: impl FnOnce(&OriginMtls) -> L,
    ) -> Self
    where
        L: Listener<Addr = EdgeAddress<A>>,
        A: Proofs + Debug,
    {
        let (outcome, outcomes) = watch::channel(Vec::new());
        let (visit, seen) = watch::channel(Vec::new());
        let builder = builder.on_outcome(move |code| outcome.send_modify(|all| all.push(code)));
        let origin = builder.build().unwrap();
        let next = Next::default();
        let app = Router::new()
            .route(WHOAMI, get(whoami).with_state(visit))
            .route(RELOAD, get(reload).with_state((origin.clone(), Arc::clone(&next))))
            .layer(origin.layer());
        let served = axum::serve(listener(&origin), with_edge_identity(app));
        let task = tokio::spawn(served.into_future());
        Self { address, origin, outcomes, seen, next, task }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn origin(&self) -> &OriginMtls {
        &self.origin
    }

    /// Accepts by this policy once [`RELOAD`] was asked for.
    pub(crate) fn reload_when_asked(
        &self,
        policy: OriginPullPolicy,
        certificate: ServerCertificate,
    ) {
        *self.next.lock().unwrap() = Some((policy, certificate));
    }

    /// What has become of connections and requests until now.
    pub(crate) fn outcomes(&self) -> Vec<&'static str> {
        self.outcomes.borrow().clone()
    }

    /// What the handler has seen until now, for each request.
    pub(crate) fn seen(&self) -> Vec<Value> {
        self.seen.borrow().clone()
    }

    /// Waits until there are so many outcomes, and says which.
    pub(crate) async fn decided(&self, count: usize) -> Vec<&'static str> {
        decided(&self.outcomes, count).await
    }
}

/// Waits until there are so many outcomes, and says which.
pub(crate) async fn decided(outcomes: &Outcomes, count: usize) -> Vec<&'static str> {
    let mut outcomes = outcomes.clone();
    let decided = outcomes.wait_for(|outcomes| outcomes.len() >= count);
    within(&format!("{count} outcomes"), decided).await.unwrap().clone()
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn whoami(
    State(visit): State<watch::Sender<Vec<Value>>>,
    edge: EdgeIdentity,
    plain: ConnectInfo<SocketAddr>,
    extensions: Extensions,
) -> String {
    let client = ClientAddress::of(&extensions).ok();
    let seen = json!({
        "common_name": edge.common_name(),
        "connect_info": plain.0.to_string(),
        "client": client.map(|client| client.socket_addr().to_string()),
    });
    visit.send_modify(|visits| visits.push(seen.clone()));
    seen.to_string()
}

async fn reload(State((origin, next)): State<(OriginMtls, Next)>, _: EdgeIdentity) -> String {
    let (policy, certificate) = next.lock().unwrap().take().unwrap();
    origin.reload(policy, &certificate).unwrap();
    "{}".to_owned()
}

/// The status, and what the handler saw; `null` if it was not asked.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) seen: Value,
}

impl Answer {
    /// The one in what a client has written; `None` if there is none.
    pub(crate) fn find(output: &str) -> Option<Self> {
        let start = output.find("HTTP/")?;
        let (head, body) = output.get(start..)?.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        // What a client says of itself may stand right behind it.
        let seen = serde_json::Deserializer::from_str(body).into_iter().next();
        Some(Self { status, seen: seen.and_then(Result::ok).unwrap_or_default() })
    }

    /// The common name of the certificate of a request that was answered.
    pub(crate) fn common_name(&self) -> &str {
        assert_eq!(self.status, 200);
        self.seen["common_name"].as_str().unwrap()
    }
}

/// Asks over this connection. `None` if there was no answer.
pub(crate) async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    path: &str,
) -> Option<Answer> {
    let asked = async {
        let mut answer = Vec::new();
        // It may be closed before all of it is sent or read.
        let _ = stream.write_all(request(path).as_bytes()).await;
        let _ = stream.read_to_end(&mut answer).await;
        answer
    };
    let answer = within("an answer, or the end", asked).await;
    Answer::find(&String::from_utf8_lossy(&answer))
}

pub(crate) fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", crate::HOST)
}

/// Waits for it, but not for ever. How long it takes proves nothing: what does not come would hang.
pub(crate) async fn within<T>(what: &str, awaited: impl Future<Output = T>) -> T {
    timeout(PATIENCE, awaited).await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}

pub(crate) const WHOAMI: &str = "/whoami";
pub(crate) const RELOAD: &str = "/reload";
const PATIENCE: Duration = Duration::from_secs(60);
