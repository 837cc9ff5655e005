//! kick-hmac in an origin: what a service adds to handle what Kick sent, and each message once.

pub(crate) mod attacks;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::post;
use axum::serve;
use kick_hmac::axum::KickEvent;
use kick_hmac::{
    Broadcasters, ConfigError, Delivery, Event, KickHmac, KickKeys, Replays, VerifyError,
};
use tokio::net::TcpListener;

const BROADCASTER: u64 = 4_809_577;

/// Kick's key, whose events, and where the ids of what was handled are remembered.
fn configure(keys: KickKeys) -> Result<KickHmac, ConfigError> {
    let ours = Broadcasters::only([BROADCASTER]);
    KickHmac::builder(keys, ours, Replays::single_process()).body_limit(64 * 1024).build()
}

/// The service: its route, behind the proof.
fn router(kick: &KickHmac) -> Router {
    Router::new().route("/", post(on_event)).layer(kick.layer().on_refuse(refuse))
}

/// Answers with 204 what it has handled. A message whose handler fails comes again.
async fn on_event(delivery: Delivery, KickEvent(event): KickEvent) -> StatusCode {
    match event {
        Event::ChannelFollowed(event) if event.follower.user_id == Some(FAILS) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        // An answer of the class 4xx for a day would end the subscription.
        Event::Unknown(_) => StatusCode::ACCEPTED,
        _ if delivery.is_drops_claim() => StatusCode::OK,
        _ => StatusCode::NO_CONTENT,
    }
}

/// The code is for the service's log; here it is sent as well, so that the table can show it.
fn refuse(error: VerifyError) -> Response {
    let mut response = error.response(Body::empty());
    response.headers_mut().insert("x-code", HeaderValue::from_static(error.code()));
    response
}

async fn run(listener: TcpListener, kick: KickHmac) -> std::io::Result<()> {
    serve(listener, router(&kick)).await
}

/// Somebody whose following cannot be handled.
const FAILS: u64 = 500;
