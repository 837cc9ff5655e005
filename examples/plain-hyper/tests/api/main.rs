//! The server over sockets of this machine: real tokens, deliveries and headers through the real
//! verifiers. To it 127.0.0.1 is a client, 127.0.0.2 a proxy, and all others are nobody.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod behind_haproxy;
mod client;
mod connections;
mod dependencies;
mod health;
mod kick;
mod program;
mod proxy;
mod whoami;

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use cf_access::testing::Issuer;
use cf_access::{CfAccess, TeamKeys};
use client::{Answer, connect, head, request, send, send_on};
use hyper::Request;
use kick_hmac::testing::{KickSigner, Message};
use kick_hmac::{Broadcasters, KickHmac, Replays};
use plain_hyper::{App, Counts, Health};
use proxy_protocol::{Network, Networks, ProxyProtocol, Trust};
use serve::Draining;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const ALICE: &str = "alice@verifluence.io";
const CLIENT: &str = "127.0.0.1";
const PROXY: &str = "127.0.0.2";
const STRANGER: &str = "127.0.0.3";
/// What the proxy says of a client on the Internet.
const LINE: &str = "PROXY TCP4 203.0.113.7 198.51.100.9 51000 443\r\n";

struct Scene {
    issuer: Issuer,
    kick: KickSigner,
    counts: Counts,
    draining: Draining,
    address: SocketAddr,
    health: SocketAddr,
    server: JoinHandle<()>,
}

impl Scene {
    async fn start() -> Self {
        let issuer = Issuer::new();
        let keys = issuer.keys();
        Self::with_keys(issuer, keys).await
    }

    async fn with_keys(issuer: Issuer, keys: TeamKeys) -> Self {
        let (kick_signer, counts) = (KickSigner::new(), Counts::default());
        let access = CfAccess::builder(keys, [issuer.audience().clone()])
            .on_outcome(counts.access.counter())
            .build()
            .unwrap();
        let (ours, replays) = (Broadcasters::only([7]), Replays::single_process());
        let kick = KickHmac::builder(kick_signer.keys(), ours, replays)
            .on_outcome(counts.kick.counter())
            .build()
            .unwrap();
        let trust = Trust::require(network(PROXY)).direct(network(CLIENT));
        let proxy = ProxyProtocol::builder(trust).on_outcome(counts.proxy.counter()).build();

        let (listener, address) = listen().await;
        let (health_listener, health) = listen().await;
        let draining = Draining::new();
        let app = App::new(access.clone(), kick, counts.events.clone());
        let server = app.serve(proxy.unwrap().listener(listener), draining.clone().begun());
        let server = tokio::spawn(server);
        let told = Health::new(access, counts.clone(), draining.clone());
        tokio::spawn(told.serve(health_listener));
        Self { issuer, kick: kick_signer, counts, draining, address, health, server }
    }

    /// From a client that needs no header.
    async fn send(&self, request: Request<Vec<u8>>) -> Answer {
        send(CLIENT, self.address, request).await
    }

    async fn ask_health(&self, path: &str) -> Answer {
        send(CLIENT, self.health, request("GET", path)).await
    }

    /// Alice asks who she is.
    fn alice(&self) -> Request<Vec<u8>> {
        self.issuer.user(ALICE).sign(request("GET", "/whoami"))
    }

    /// Somebody follows this broadcaster.
    fn follow_of(&self, broadcaster: u64) -> Message<'_> {
        self.kick.event("channel.followed", follow_of(broadcaster))
    }
}

fn follow_of(broadcaster: u64) -> String {
    format!(
        r#"{{"broadcaster":{{"user_id":{broadcaster}}},"follower":{{"user_id":8,"username":"sample"}}}}"#
    )
}

/// As Kick sends it, to the path of this server.
fn delivery(message: &Message<'_>) -> Request<Vec<u8>> {
    let mut request = message.request();
    *request.uri_mut() = "/kick".parse().unwrap();
    request
}

fn network(address: &str) -> Networks {
    [address.parse::<Network>().unwrap()].into_iter().collect()
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[expect(clippy::disallowed_methods, reason = "tokens and deliveries are of the present")]
fn two_hours_ago() -> SystemTime {
    SystemTime::now().checked_sub(Duration::from_secs(2 * 60 * 60)).unwrap()
}
