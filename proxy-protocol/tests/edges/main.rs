//! Who may connect, connections, and requests.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod accept;
mod axum;
mod bounds;
mod configuration;
mod documents_of_cloudflare;
mod hyper;
mod layer;
mod listener;
mod logs;
mod networks;
mod observe;
mod reload;
mod sources;
mod tonic;
mod trust;
mod verify;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use proxy_protocol::{
    ClientAddress, EncoderV2, Network, Networks, ProxyProtocol, ProxyProtocolBuilder, Transport,
    Trust, Verified, VerifyError, cloudflare, loopback,
};

/// Of Cloudflare's networks.
const EDGE: &str = "173.245.48.9:40000";
const CLIENT: &str = "203.0.113.7:51000";
const STRANGER: &str = "198.51.100.66:40000";

/// The line of [`CLIENT`].
const LINE: &[u8] = b"PROXY TCP4 203.0.113.7 198.51.100.9 51000 22\r\n";

fn socket(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn network(text: &str) -> Network {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn networks(texts: &[&str]) -> Networks {
    texts.iter().map(|text| network(text)).collect()
}

/// Cloudflare's networks send headers, loopback connects directly.
fn production() -> ProxyProtocolBuilder {
    ProxyProtocol::builder(Trust::require(cloudflare()).direct(loopback()))
}

/// For sockets of this machine: all of loopback sends headers.
fn on_loopback() -> ProxyProtocolBuilder {
    ProxyProtocol::builder(Trust::require(loopback()))
}

fn v2(source: &str, destination: &str) -> Vec<u8> {
    let mut out = [0; 64];
    let header = EncoderV2::proxy(Transport::Stream, socket(source), socket(destination), &mut out);
    let length = header.unwrap().finish().unwrap();
    out[..length].to_vec()
}

fn client(proxy: &ProxyProtocol, peer: &str, header: &[u8]) -> Result<ClientAddress, VerifyError> {
    match proxy.verify(socket(peer), header)? {
        Verified::Complete { client, .. } => Ok(client),
        Verified::Incomplete { need } => panic!("{need} bytes are missing"),
    }
}

/// The outcomes that a handle tells of.
#[derive(Clone, Default)]
struct Outcomes(Arc<Mutex<Vec<&'static str>>>);

impl Outcomes {
    fn of(builder: ProxyProtocolBuilder) -> (ProxyProtocol, Self) {
        let outcomes = Self::default();
        let heard = outcomes.clone();
        let builder = builder.on_outcome(move |outcome| heard.0.lock().unwrap().push(outcome));
        (builder.build().unwrap(), outcomes)
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}
