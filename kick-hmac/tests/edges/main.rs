//! The layer, the extractors and the stores' side of them, in this process and on loopback.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod axum;
mod body;
mod hyper;
mod layer;
mod logs;
mod settle;
mod sockets;
mod store;
mod tonic;

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use kick_hmac::testing::{KickSigner, Message, RelaySigner};
use kick_hmac::tower::KickHmacLayer;
use kick_hmac::{Broadcasters, KickHmac, KickHmacBuilder, Replays};
use tower::{Layer, Service, ServiceExt, service_fn};

/// Kick, with a key of its own.
static KICK: LazyLock<KickSigner> = LazyLock::new(KickSigner::new);

/// A relay, whose signatures cost nothing.
static RELAY: LazyLock<RelaySigner> = LazyLock::new(RelaySigner::new);

const FOLLOWED: &str = "channel.followed";
const FOLLOWER: &str = r#"{"broadcaster":{"user_id":7},"follower":{"user_id":8}}"#;

fn followed() -> Message<'static> {
    RELAY.event(FOLLOWED, FOLLOWER)
}

/// As a request with the simplest of bodies.
trait Sent {
    fn sent(&self) -> Request<Full<Bytes>>;
}

impl Sent for Message<'_> {
    fn sent(&self) -> Request<Full<Bytes>> {
        self.request()
    }
}

fn builder(replays: impl Into<Replays>) -> KickHmacBuilder {
    KickHmac::builder(RELAY.keys(), Broadcasters::only([7]), replays)
}

fn kick() -> KickHmac {
    builder(Replays::single_process()).build().unwrap()
}

/// How often a handler ran.
#[derive(Clone, Debug, Default)]
struct Runs(Arc<AtomicUsize>);

impl Runs {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// A handler that counts, and answers so.
    fn handler(
        &self,
        status: StatusCode,
    ) -> impl Service<
        Request<Full<Bytes>>,
        Response = Response<Vec<u8>>,
        Error = Infallible,
        Future: Send,
    > + Clone
    + Send
    + 'static {
        let runs = self.clone();
        service_fn(move |_| {
            runs.add();
            std::future::ready(Ok(Response::builder().status(status).body(Vec::new()).unwrap()))
        })
    }
}

/// Sends it through the layer to a handler that succeeds. Gives the status, and whether that has run.
async fn send(layer: &KickHmacLayer, request: Request<Full<Bytes>>) -> (u16, bool) {
    let runs = Runs::default();
    let service = layer.layer(runs.handler(StatusCode::NO_CONTENT));
    let response = service.oneshot(request).await.unwrap();
    (response.status().as_u16(), runs.count() == 1)
}

const RUN: (u16, bool) = (204, true);
const DUPLICATE: (u16, bool) = (200, false);

/// The outcomes that a handle tells of.
#[derive(Clone, Default)]
struct Outcomes(Arc<Mutex<Vec<&'static str>>>);

impl Outcomes {
    fn of(builder: KickHmacBuilder) -> (KickHmac, Self) {
        let outcomes = Self::default();
        let heard = outcomes.clone();
        let builder = builder.on_outcome(move |outcome| heard.0.lock().unwrap().push(outcome));
        (builder.build().unwrap(), outcomes)
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}
