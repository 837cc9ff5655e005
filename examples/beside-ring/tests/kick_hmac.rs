//! kick-hmac in this process: its signatures, with the application's cryptography beside them.
#![cfg(not(feature = "with-fetch"))]

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http::StatusCode;
use kick_hmac::axum::KickEvent;
use kick_hmac::testing::{KickSigner, RelaySigner};
use kick_hmac::{Broadcasters, Delivery, Keys, KickHmac, Replays};
use tower::ServiceExt;

const BODY: &str = r#"{"broadcaster":{"user_id":7},"follower":{"user_id":8}}"#;

#[tokio::test]
async fn handles_what_kick_or_a_relay_has_signed_once_and_nothing_else() {
    let (kick, relay) = (KickSigner::new(), RelaySigner::new());
    let (of_kick, of_relay) = (app(kick.keys()), app(relay.keys()));
    let (signed, tagged) =
        (kick.event("channel.followed", BODY), relay.event("channel.followed", BODY));
    let status = async |app: &Router, request: http::Request<Body>| {
        app.clone().oneshot(request).await.unwrap().status()
    };

    for (app, message, other) in [(of_kick, &signed, &tagged), (of_relay, &tagged, &signed)] {
        assert_eq!(status(&app, message.request::<Body>()).await, StatusCode::NO_CONTENT);
        assert_eq!(status(&app, message.request::<Body>()).await, StatusCode::OK);
        assert_eq!(status(&app, other.request::<Body>()).await, StatusCode::UNAUTHORIZED);
    }
}

fn app(keys: impl Into<Keys>) -> Router {
    let kick = KickHmac::builder(keys, Broadcasters::only([7]), Replays::single_process());
    let handler = async |_: Delivery, _: KickEvent| StatusCode::NO_CONTENT;
    Router::new().route("/", post(handler)).layer(kick.build().unwrap().layer())
}
